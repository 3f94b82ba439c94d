#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fully static program in a root that holds nothing else: tokens, names, TLS, and what a run may cost.

    static_program.py --plugin PATH [--emulator PATH]

Costs are counts, which don't depend on the machine's load. The emulator, such as qemu-aarch64-static, must be static too.
"""
import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop")]
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402
from loopback import Certificate, serve  # noqa: E402
from token_check import LONG_TERM, SECRET_KEY, SESSION, check_token  # noqa: E402

REGION, CLUSTER, ROLE = "eu-west-1", "c1", "arn:aws:iam::123456789012:role/hub"
IDENTITY = "eyJhbGciOiJub25lIn0.staticidentity.c2ln"
STATIC_KEYS = {"AWS_ACCESS_KEY_ID": LONG_TERM.access_key, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
IN_HOSTS, IN_DNS = "sts.hosts.example", "sts.dns.example"
NAME_SERVER = "127.53.{}.{}".format(*divmod(os.getpid() % 65536, 256))  # runs side by side have one each
LIMITS = {"bytes of the file": 6_500_000, "system calls": 18, "writes": 1, "files opened": 0}
outputs.secret(SECRET_KEY, SESSION.token, IDENTITY)


class EmptyRoot:
    """A root folder with the program, and with the files that a case puts there."""

    def __init__(self, options, folder):
        self.folder, self.command = folder, ["/plugin"]
        shutil.copy(options.plugin, folder / "plugin")
        if options.emulator:
            shutil.copy(shutil.which(options.emulator), folder / "emulator")
            self.command = ["/emulator", "/plugin"]

    def put(self, path, content):
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def run(self, *arguments, **env):
        def enter():
            os.chroot(self.folder)
            os.chdir("/")
        done = subprocess.run([*self.command, *arguments], env=environment(**env), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, preexec_fn=enter)
        outputs.said(done.stderr)
        return done

    def served(self, **env):
        done = self.run(**env)
        assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stderr)
        check_token(json.loads(done.stdout)["status"]["token"], REGION, CLUSTER)

    def refused(self, *parts, **env):
        done = self.run(**env)
        assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1, (done.returncode, done.stderr)
        for part in parts:
            assert part in done.stderr, (part, done.stderr)


def environment(**env):
    info = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "spec": {"cluster": {"config": {"region": REGION, "clusterId": CLUSTER}}, "interactive": False}}
    return {"KUBERNETES_EXEC_INFO": json.dumps(info), "AWS_EC2_METADATA_DISABLED": "true", **env}


def sts(request):
    """Gives SESSION to those who have the identity."""
    if f"WebIdentityToken={IDENTITY}" not in request.body.decode().split("&"):
        return 400, b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>another</Message></Error></ErrorResponse>"
    return 200, f"""<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
        <AccessKeyId>{SESSION.access_key}</AccessKeyId><SecretAccessKey>{SESSION.secret_key}</SecretAccessKey>
        <SessionToken>{SESSION.token}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>
        </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>""".encode()


@contextlib.contextmanager
def name_server(name):
    """A DNS server that knows one name, of 127.0.0.1. Gives the list of what it was asked: name and type."""
    asked = []

    def answer(query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question, kind = query[12:at + 5], struct.unpack("!H", query[at + 1:at + 3])[0]
        asked.append((".".join(labels), {1: "A", 28: "AAAA"}.get(kind, kind)))
        known = asked[-1] == (name, "A")
        record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton("127.0.0.1")
        return query[:2] + struct.pack("!HHHHH", 0x8180, 1, known, 0, 0) + question + (record if known else b"")

    def work():
        with contextlib.suppress(OSError):
            while True:
                query, client = server.recvfrom(512)
                if not query:
                    return
                server.sendto(answer(query), client)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((NAME_SERVER, 53))
        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield asked
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
                stop.sendto(b"", (NAME_SERVER, 53))
            thread.join()


def read_elf(plugin, *options):
    return subprocess.run(["readelf", "--wide", *options, plugin], check=True, capture_output=True, text=True).stdout


def the_file(tap, plugin):
    with tap.case("the file needs no loader and no library"):
        headers = read_elf(plugin, "--program-headers")
        assert "INTERP" not in headers and "EXEC (Executable file)" in headers, headers
        assert "NEEDED" not in read_elf(plugin, "--dynamic")
    with tap.case("the file has no executable stack and no segment that is both written and executed"):
        loads = re.findall(r"^ +(?:LOAD|GNU_STACK) .* ([R ][W ][E ]) 0x", read_elf(plugin, "--program-headers"), re.M)
        assert len(loads) >= 3 and not any("WE" in flags for flags in loads), loads
    with tap.case("nothing asks the processor before main()"):
        # OpenSSL would do it in .init; see tools/static/no-cpuid-before-main.patch.
        names = re.findall(r"^ +\[ *\d+\] (\S+)", read_elf(plugin, "--sections"), re.M)
        assert ".text" in names and ".init" not in names, names
    with tap.case("the file tells of no folder that it was built in"):
        assert f"{TESTS.parent}/".encode() not in plugin.read_bytes()
    with tap.case("the file's size"):
        assert plugin.stat().st_size <= LIMITS["bytes of the file"], plugin.stat().st_size


def system_calls(tap, plugin, emulator):
    name = "a token by keys of the environment: system calls, one write, no file"
    if emulator:
        return tap.skip(name, "the emulator's own calls can't be told apart")
    if not shutil.which("strace"):
        return tap.skip(name, "strace is not installed")
    with tempfile.TemporaryDirectory() as folder:
        trace = pathlib.Path(folder) / "trace"
        done = subprocess.run(["strace", "-f", "-o", trace, plugin], env=environment(**STATIC_KEYS), capture_output=True, text=True)
        lines = trace.read_text().splitlines() if trace.exists() else []
        if done.returncode != 0 and not any("execve(" in line for line in lines):
            return tap.skip(name, "strace may not trace here: " + done.stderr.strip().replace("\n", "; "))
        with tap.case(name):
            assert done.returncode == 0, done.stderr
            calls = [call.group(1) for line in lines if (call := re.match(r"\d+ +(\w+)\(", line))]
            counts = {"system calls": len(calls), "writes": calls.count("write"),
                      "files opened": sum(call in ("open", "openat", "openat2") for call in calls)}
            for what, count in counts.items():
                assert count <= LIMITS[what], (what, count, calls)


def in_empty_root(tap, root):
    with tap.case("an empty root: a token by keys of the environment"):
        root.served(**STATIC_KEYS)
        root.served(AWS_ACCESS_KEY_ID=SESSION.access_key, AWS_SECRET_ACCESS_KEY=SECRET_KEY, AWS_SESSION_TOKEN=SESSION.token)
    with tap.case("an empty root: --version"):
        assert re.fullmatch(r"eks-aws-auth-plugin \d+\.\d+\.\d+\S*\n", root.run("--version").stdout)
    with tap.case("an empty root without keys: what was tried is told, whether there is a home folder or not"):
        root.refused("no AWS credentials found", "AWS_ACCESS_KEY_ID is not set")
        root.refused("no AWS credentials found", "/home/nobody/.aws/config", HOME="/home/nobody")


def over_tls(tap, root, certificate):
    irsa = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": ROLE}
    bundle = {"AWS_CA_BUNDLE": "/ca.pem"}
    root.put("token", IDENTITY + "\n")
    root.put("ca.pem", certificate.file.read_bytes())
    with serve(certificate, sts) as address:
        port = address.rpartition(":")[2]
        by_name = [{"AWS_ENDPOINT_URL_STS": f"https://{name}:{port}"} for name in (IN_HOSTS, IN_DNS)]
        with tap.case("TLS: without CA certificates the places are told that have none"):
            root.refused("no CA certificates found", "/etc/ssl/certs", "/etc/pki/tls/certs", "set AWS_CA_BUNDLE", **irsa,
                         AWS_ENDPOINT_URL_STS=f"https://{address}")
        with tap.case("TLS: web identity, to an address"):
            root.served(**irsa, **bundle, AWS_ENDPOINT_URL_STS=f"https://{address}")
        with tap.case("TLS: web identity, to a name of /etc/hosts"):
            root.put("etc/hosts", f"127.0.0.1 {IN_HOSTS}\n")
            root.served(**irsa, **bundle, **by_name[0])
        with tap.case("TLS: web identity, to a name that the server of /etc/resolv.conf knows"):
            root.put("etc/resolv.conf", f"nameserver {NAME_SERVER}\n")
            with name_server(IN_DNS) as asked:
                root.served(**irsa, **bundle, **by_name[1])
            assert (IN_DNS, "A") in asked, asked
        with tap.case("TLS: a name that nobody knows"):
            with name_server("another.example") as asked:
                root.refused(f"resolving {IN_DNS}", "doesn't exist or has no address", **irsa, **bundle, **by_name[1])
            assert (IN_DNS, "A") in asked, asked
        with tap.case("TLS: the certificate of a usual place is trusted, of another authority not"):
            root.put("etc/ssl/cert.pem", certificate.file.read_bytes())
            root.served(**irsa, AWS_ENDPOINT_URL_STS=f"https://{address}")
            with tempfile.TemporaryDirectory() as folder:
                root.put("etc/ssl/cert.pem", Certificate(pathlib.Path(folder)).file.read_bytes())
            root.refused("can't be trusted", **irsa, AWS_ENDPOINT_URL_STS=f"https://{address}")


def become_root():
    """Root of a user namespace with a network of its own, for who isn't root; ends this process if that can't be had."""
    if os.geteuid() == 0 and "STATIC_PROGRAM_NAMESPACE" not in os.environ:
        return
    if os.geteuid() != 0:
        os.environ["STATIC_PROGRAM_NAMESPACE"] = "1"
        tried = subprocess.run(["unshare", "--map-root-user", "--net", "true"], capture_output=True, text=True)
        if tried.returncode == 0:
            os.execvp("unshare", ["unshare", "--map-root-user", "--net", sys.executable, *sys.argv])
        tap = Tap()
        tap.skip("the static program", "needs root, or user namespaces: " + tried.stderr.strip())
        tap.done()
    with socket.socket() as any_socket:  # the namespace's loopback interface is down at first
        up, set_flags = 1, 0x8914
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", up))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--emulator", help="runs a program of another architecture")
    options = parser.parse_args()
    if options.emulator and not shutil.which(options.emulator):
        parser.error(f"{options.emulator} is not installed")
    become_root()
    tap = Tap()
    the_file(tap, options.plugin)
    system_calls(tap, options.plugin, options.emulator)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other, tempfile.TemporaryDirectory() as keys:
        in_empty_root(tap, EmptyRoot(options, pathlib.Path(one)))
        over_tls(tap, EmptyRoot(options, pathlib.Path(other)), Certificate(pathlib.Path(keys), [IN_HOSTS, IN_DNS]))
    tap.done()


main()
