#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the built programs as real processes: streams, descriptors, users, files, many at once.

    plugin_process.py --plugin PATH --acme PATH --eks-token PATH

Row numbers are those of tests/CONFORMANCE.md. Nothing here measures time; the timeout only ends a run that hangs.
"""
import argparse
import base64
import datetime
import fcntl
import json
import os
import pathlib
import pty
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402

NOBODY = 65532
SECRETS = {"AWS_SECRET_ACCESS_KEY": "hunter2SECRETkey", "AWS_SESSION_TOKEN": "hunter2SESSIONtoken"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", **SECRETS}
CONFIG = {"region": "us-east-1", "clusterId": "c1"}
EMPTY = "KUBERNETES_EXEC_INFO is empty. set provideClusterInfo: true"
CODE = re.compile(r" \((EKS|EXEC)(-[A-Z]+)+\)$")  # that it is the right one, tests/docs/errors.py looks at
stderr_seen = []


def request(config=CONFIG, version="v1", **cluster):
    """KUBERNETES_EXEC_INFO as client-go writes it."""
    return json.dumps({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/" + version,
                       "spec": {"cluster": {"server": "https://127.0.0.1:6443", **cluster, "config": config}, "interactive": False}},
                      separators=(",", ":"), ensure_ascii=False) + "\n"


def run(*command, exec_info=None, env=KEYS, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options):
    """Runs a command in an environment of its own."""
    whole = {"AWS_EC2_METADATA_DISABLED": "true", **env}
    if exec_info is not None:
        whole["KUBERNETES_EXEC_INFO"] = exec_info
    done = subprocess.run(command, env=whole, stdin=stdin, stdout=stdout, stderr=stderr, timeout=120, **options)
    stderr_seen.append(done.stderr or b"")
    outputs.said(done.stderr)
    return done


def with_streams(redirections, *command, **options):
    """Runs a command with the shell's redirections, such as `>&-`; what they leave alone is captured."""
    return run("/bin/sh", "-c", f'exec "$0" "$@" {redirections}', *command, **options)


def served(done, version="v1"):
    """The status of a success, which is one line on stdout and nothing on stderr."""
    assert done.returncode == 0, done
    assert not done.stderr, done.stderr
    assert done.stdout.endswith(b"}\n") and done.stdout.count(b"\n") == 1, done.stdout
    answer = json.loads(done.stdout)
    assert set(answer) == {"kind", "apiVersion", "spec", "status"}, answer.keys()
    assert answer["kind"] == "ExecCredential" and answer["apiVersion"] == "client.authentication.k8s.io/" + version, answer
    return answer["status"]


def failed(done, message, name="eks"):
    """A failure is exit code 1, an empty stdout and one line on stderr with its code; a message that ends in `*` is a start."""
    assert done.returncode == 1, done
    assert not done.stdout, done.stdout
    if done.stderr is None:
        return
    line = done.stderr.decode()
    assert line.endswith("\n") and line.count("\n") == 1 and len(done.stderr) <= 4096, done.stderr
    expected = f"[{name}] {message}"
    assert CODE.search(line), line
    text = CODE.sub("", line)
    assert text.startswith(expected[:-1]) if message.endswith("*") else text == expected + "\n", line


def url_of(status):
    """The URL that a token carries."""
    prefix, _, text = status["token"].partition(".")
    assert prefix == "k8s-aws-v1", prefix
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def signer_of(done):
    return url_of(served(done)).partition("X-Amz-Credential=")[2].partition("%2F")[0]


def unread(descriptor):
    """How many bytes wait to be read."""
    return struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0]


def keys_text(section, key_id):
    return f"[{section}]\naws_access_key_id = {key_id}\naws_secret_access_key = {SECRETS['AWS_SECRET_ACCESS_KEY']}\n"


def content_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def protocol(tap, plugin):
    with tap.case("P7 P8 a request is answered in its own version"):
        served(run(plugin, exec_info=request()))
        served(run(plugin, exec_info=request(version="v1beta1")), "v1beta1")
    with tap.case("P60 the expiry is 14 minutes behind the second of signing"):
        before = int(time.time())
        status = served(run(plugin, exec_info=request()))
        after = int(time.time())
        expires = datetime.datetime.strptime(status["expirationTimestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        assert before <= expires.timestamp() - 840 <= after, status["expirationTimestamp"]
    with tap.case("P1 P2 P3 no request, and a blank one"):
        failed(run(plugin), EMPTY)
        failed(run(plugin, exec_info=""), EMPTY)
        failed(run(plugin, exec_info=" \n"), EMPTY)
    with tap.case("P87 what kubectl sends with provideClusterInfo: false"):
        exec_info = '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}\n'
        failed(run(plugin, exec_info=exec_info), "missing ExecCredential.Spec.Cluster.Config (extensions). set provideClusterInfo: true")
    with tap.case("P47 131000 bytes, and the most that Linux hands over"):
        for size in (131000, 131050):
            exec_info = request({**CONFIG, "pad": "x" * (size - len(request({**CONFIG, "pad": ""})))})
            assert len(exec_info) == size
            served(run(plugin, exec_info=exec_info))
    with tap.case("P80 an unknown argument is code 2 with the usage on stderr"):
        for arguments in (["--quiet"], ["tokens"], [""], ["--version", "--help"]):
            done = run(plugin, *arguments, exec_info=request())
            assert done.returncode == 2 and done.stdout == b"", done
            assert done.stderr.startswith(b"[eks] unknown argument ") and b"usage: " in done.stderr, done.stderr
    with tap.case("P81 --version and --help are answered on stdout"):
        version, usage = run(plugin, "--version", env={}), run(plugin, "--help", env={})
        assert (version.returncode, usage.returncode, version.stderr, usage.stderr) == (0, 0, b"", b""), (version, usage)
        assert version.stdout.startswith(b"eks-aws-auth-plugin ") and version.stdout.count(b"\n") == 1, version.stdout
        assert b"usage: eks-aws-auth-plugin" in usage.stdout, usage.stdout
    with tap.case("P82 CREDPLUGIN_STATUS_ON_FAILURE=1 prints a Status too"):
        done = run(plugin, env={"CREDPLUGIN_STATUS_ON_FAILURE": "1"})
        assert (done.returncode, done.stderr.decode()) == (1, f"[eks] {EMPTY} (EXEC-NO-INFO)\n"), done
        status = json.loads(done.stdout)
        assert (status["kind"], status["status"], status["code"]) == ("Status", "Failure", 500), status
        assert (status["message"], status["reason"]) == (f"{EMPTY} (EXEC-NO-INFO)", "InternalError"), status
    with tap.case("P70 P71 a long and hostile message is one line of at most 4096 bytes of UTF-8"):
        failed(run(plugin, exec_info=request(), env={"AWS_PROFILE": b"\x1b[31m\n\xff\xc2\x9b"}),
               'failed to get EKS token: the profile\'s name "\\x1b[31m\\n\\xff\\x9b"*')
        for letter in ("x", "\u00e4", "\u20ac", "\U0001f600"):
            path = "/" + letter * 9000
            done = run(plugin, exec_info=request(), env={"AWS_CONFIG_FILE": path})
            failed(done, "failed to get EKS token: shared config: reading /" + letter * 900 + "*")
            assert len(done.stderr) > 4090 and done.stderr.decode().endswith("\u2026 (EKS-BAD-FILE)\n"), done.stderr[-40:]
    with tap.case("P88 50 runs at once are independent"):
        children = []
        for number in range(1, 51):
            exec_info = request({"region": f"us-east-{number}", "clusterId": f"c{number}"})
            env = {"AWS_EC2_METADATA_DISABLED": "true", **KEYS, "KUBERNETES_EXEC_INFO": exec_info}
            children.append(subprocess.Popen([plugin], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        for number, child in enumerate(children, 1):
            out, err = child.communicate(timeout=120)
            stderr_seen.append(err)
            status = served(subprocess.CompletedProcess(child.args, child.returncode, out, err))
            assert url_of(status).startswith(f"https://sts.us-east-{number}.amazonaws.com/?"), number
    with tap.case("P72 secrets that are malformed are refused without being told"):
        for name, secret in SECRETS.items():
            for bad in (secret + "\n", secret + "\x1b", secret + "\u00e4", secret * 1000):
                failed(run(plugin, exec_info=request(), env={**KEYS, name: bad}), "failed to get EKS token: *")
        failed(run(plugin, exec_info=request(), env=SECRETS), "failed to get EKS token: environment: AWS_SECRET_ACCESS_KEY is set*")


def streams(tap, plugin, folder):
    home = folder / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text(keys_text("default", "AKIDHOME"))
    from_files = {"HOME": str(home)}

    with tap.case("P62 a stdout that is full"):
        with open("/dev/full", "wb") as full:
            failed(run(plugin, exec_info=request(), stdout=full), "failed to write ExecCredential: No space left on device")
            assert run(plugin, "--version", stdout=full).returncode == 1
    with tap.case("P63 P67 closed streams: code 1, and no file receives what was meant for one"):
        before = content_of(folder)
        for exec_info in (request(), None):
            for redirections in (">&-", "<&- >&-", "<&- >&- 2>&-"):
                done = with_streams(redirections, plugin, exec_info=exec_info, env=from_files, cwd=folder)
                assert done.returncode == 1 and done.stdout == b"", (redirections, done)
                if "2>" in redirections:
                    assert done.stderr == b"", done.stderr
                else:
                    failed(done, "failed to write ExecCredential: Bad file descriptor" if exec_info else EMPTY)
        assert content_of(folder) == before
    with tap.case("P64 a pipe whose reader is gone is a failure, not the end by a signal"):
        reader, writer = os.pipe()
        os.close(reader)
        done = run(plugin, exec_info=request(), stdout=writer)
        os.close(writer)
        failed(done, "failed to write ExecCredential: Broken pipe")
    with tap.case("P65 an answer larger than the pipe arrives whole at a slow reader"):
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        env = {**KEYS, "AWS_SESSION_TOKEN": "s" * 9000, "KUBERNETES_EXEC_INFO": request()}
        with subprocess.Popen([plugin], env=env, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE) as child:
            os.close(writer)
            out = b""
            while part := os.read(reader, 100):
                out += part
            _, err = child.communicate(timeout=120)
        os.close(reader)
        assert err.startswith(b"[eks] warning: EKS token is ") and err.count(b"\n") == 1, err
        status = served(subprocess.CompletedProcess([], child.returncode, out, b""))
        assert "X-Amz-Security-Token=" + "s" * 9000 + "&" in url_of(status)
        assert len(out) > 3 * 4096, len(out)
    with tap.case("P66 a stderr that takes nothing changes no exit code"):
        for redirection in ("2>&-", "2>/dev/full"):
            done = with_streams(redirection, plugin, exec_info=request())
            served(done)
            assert with_streams(redirection, plugin).returncode == 1
            assert with_streams(redirection, plugin, "--quiet").returncode == 2
    with tap.case("P68 stdin closed, endless or silent: never read, the same answer"):
        served(with_streams("<&-", plugin, exec_info=request()))
        with open("/dev/zero", "rb") as endless:
            served(run(plugin, exec_info=request(), stdin=endless))
        reader, writer = os.pipe()
        served(run(plugin, exec_info=request(), stdin=reader))
        os.write(writer, b"typed\n")
        served(run(plugin, exec_info=request(), stdin=reader))
        assert unread(reader) == 6
        os.close(reader)
        os.close(writer)
    with tap.case("P68 stdin a terminal: never read, the same answer"):
        controller, terminal = pty.openpty()
        os.write(controller, b"typed\n")
        served(run(plugin, exec_info=request(), stdin=terminal))
        assert unread(terminal) == 6
        os.close(controller)
        os.close(terminal)


def files(tap, plugin, folder):
    home = folder / "files"
    aws = home / ".aws"
    aws.mkdir(parents=True)
    credentials, config = aws / "credentials", aws / "config"
    credentials.write_text(keys_text("default", "AKIDDEFAULT") + keys_text("dev", "AKIDDEV"))
    config.write_text("[default]\nregion = eu-west-1\n" + keys_text("profile ops", "AKIDOPS"))
    other = folder / "other"
    other.write_text(keys_text("default", "AKIDOTHER"))
    link = folder / "link"
    link.symlink_to("other")
    base = {"HOME": str(home)}

    with tap.case("the profile of the environment decides which keys of the home folder sign"):
        for env, signer in (({}, "AKIDDEFAULT"), ({"AWS_PROFILE": "dev"}, "AKIDDEV"), ({"AWS_DEFAULT_PROFILE": "dev"}, "AKIDDEV"),
                            ({"AWS_PROFILE": "ops", "AWS_DEFAULT_PROFILE": "dev"}, "AKIDOPS"), ({"AWS_PROFILE": ""}, "AKIDDEFAULT"),
                            ({"AWS_SHARED_CREDENTIALS_FILE": str(other)}, "AKIDOTHER"),
                            ({"AWS_SHARED_CREDENTIALS_FILE": str(link)}, "AKIDOTHER"),
                            ({"AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}, "AKIDDEFAULT"), (KEYS, "AKIDEXAMPLE")):
            signed = signer_of(run(plugin, exec_info=request(), env={**base, **env}))
            assert signed == signer, (env, signed)
    with tap.case("a path is relative to the working folder"):
        assert signer_of(run(plugin, exec_info=request(), env={**base, "AWS_SHARED_CREDENTIALS_FILE": "other"}, cwd=folder)) == "AKIDOTHER"
    with tap.case("a profile that doesn't exist is an error that names both files"):
        failed(run(plugin, exec_info=request(), env={**base, "AWS_PROFILE": "gone"}),
               f'failed to get EKS token: profile "gone" (from AWS_PROFILE) not found in {config} or {credentials}')
    with tap.case("P57 no credentials anywhere"):
        failed(run(plugin, exec_info=request(), env={"HOME": str(folder / "nowhere")}),
               "failed to get EKS token: no AWS credentials found; tried *")
    with tap.case("what isn't a regular file is an error with the absolute path, and never blocks"):
        fifo = folder / "fifo"
        os.mkfifo(fifo)
        large = folder / "large"
        large.write_bytes(b"#" * 1048577)
        for path, why in ((fifo, "not a regular file"), ("/dev/zero", "not a regular file"), (aws, "Is a directory"),
                          (large, "larger than 1048576 bytes")):
            for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
                failed(run(plugin, exec_info=request(), env={**base, variable: str(path)}),
                       f"failed to get EKS token: shared config: reading {path}: {why}")
        failed(run(plugin, exec_info=request(), env={**base, "AWS_CONFIG_FILE": "files/.aws"}, cwd=folder),
               f"failed to get EKS token: shared config: reading {folder}/files/.aws: Is a directory")
    with tap.case("an OpenSSL without SHA-256 can't start the token machinery"):
        settings = folder / "openssl.cnf"
        settings.write_text("openssl_conf = init\n[init]\nproviders = providers\n[providers]\nnull = null\n[null]\nactivate = 1\n")
        failed(run(plugin, exec_info=request(), env={**KEYS, "OPENSSL_CONF": str(settings)}),
               "failed to initialize token generator: OpenSSL offers no *")


def other_users(tap, plugin, folder):
    """Runs as a user without a name, rights or home, as in a container."""
    nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    locked = folder / "locked"
    locked.write_text(keys_text("default", "AKIDLOCKED"))
    locked.chmod(0)
    with tap.case("a file without permission is an error, not an absent file"):
        failed(run(plugin, exec_info=request(), env={"AWS_SHARED_CREDENTIALS_FILE": str(locked)}, **nobody),
               f"failed to get EKS token: shared config: reading {locked}: Permission denied")
    if not nobody:
        tap.skip("P84 another user without HOME in /", "only root can become another user")
        return
    with tap.case("P84 uid 65532, no HOME, in a folder that it can't write to"):
        served(run(plugin, exec_info=request(), cwd="/", **nobody))
        failed(run(plugin, exec_info=request(), env={}, cwd="/", **nobody), "failed to get EKS token: no AWS credentials found; tried *")


def memory(tap, plugin):
    with tap.case("nobody of the same user reads the memory or the environment of a run, or traces it"):
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        env = {**KEYS, "AWS_SESSION_TOKEN": "s" * 9000, "KUBERNETES_EXEC_INFO": request()}
        with subprocess.Popen([plugin], env=env, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE, **user) as running:
            os.close(writer)
            os.read(reader, 1)  # the rest doesn't fit into the pipe: it runs on until we read
            peek = "for name in ('mem', 'environ'):\n try: open(f'/proc/{pid}/{name}', 'rb')\n except PermissionError: print(name)"
            refused = subprocess.run([sys.executable, "-c", f"pid = {running.pid}\n{peek}"], capture_output=True, text=True, **user).stdout
            while os.read(reader, 4096):
                pass
        os.close(reader)
        assert refused == "mem\nenviron\n" and running.returncode == 0, (refused, running.returncode)


def install(tap, plugin, folder):
    """The program copies itself, as an init container would have it. As another user where that is possible."""
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    uid = NOBODY if user else os.geteuid()
    place = folder / "plugins"
    place.mkdir()
    place.chmod(0o777)
    target = place / "eks-aws-auth-plugin"
    program = plugin.read_bytes()

    def installed(done):
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), done
        assert target.read_bytes() == program and stat.filemode(target.stat().st_mode) == "-r-xr-xr-x", oct(target.stat().st_mode)
        assert list(place.iterdir()) == [target], list(place.iterdir())

    with tap.case("--install makes a copy that all may run, whatever the umask; a second run replaces it"):
        for umask in (0o077, 0o777, 0):
            before = target.stat().st_ino if target.exists() else None
            installed(run(plugin, "--install", target, env={}, umask=umask, **user))
            assert target.stat().st_ino != before
            assert run(target, "--version", env={}, **user).stdout.startswith(b"eks-aws-auth-plugin ")
    with tap.case("--install: the copy serves, and can install itself"):
        served(run(target, exec_info=request(), **user))
        installed(run(target, "--install", target, env={}, **user))
    with tap.case("--install copies the file that runs, whatever the command line calls it; a relative path will do"):
        installed(run("/bin/true", "--install", target.name, executable=plugin, env={}, cwd=place, **user))
    with tap.case("--install doesn't disturb who runs the old copy"):
        target.unlink()
        target.write_bytes(program + b"older")
        target.chmod(0o755)
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        env = {**KEYS, "AWS_SESSION_TOKEN": "s" * 9000, "KUBERNETES_EXEC_INFO": request()}
        with subprocess.Popen([target], env=env, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.DEVNULL) as older:
            os.close(writer)
            out = os.read(reader, 1)  # the rest doesn't fit into the pipe: it runs on until we read
            done, code = run(plugin, "--install", target, env={}, **user), older.poll()
            while part := os.read(reader, 4096):
                out += part
        os.close(reader)
        installed(done)
        assert code is None, code
        served(subprocess.CompletedProcess([], older.returncode, out, b""))
    with tap.case("--install: 16 at once, each the first process of a container, and readers see whole programs only"):
        alone = ["unshare", "--user", "--map-root-user", "--pid", "--fork"]
        if not shutil.which("unshare") or subprocess.run([*alone, "true"], stderr=subprocess.DEVNULL).returncode != 0:
            alone = []  # not allowed here: the processes' numbers differ
        children = [subprocess.Popen([*alone, plugin, "--install", target], env={"PATH": os.environ["PATH"]}) for _ in range(16)]
        while any(child.poll() is None for child in children):
            assert target.read_bytes() == program
        assert [child.returncode for child in children] == [0] * 16
        assert list(place.iterdir()) == [target], list(place.iterdir())

    hint = f"the folder must exist, have room and let uid {uid} write"
    with tap.case("--install: what can't be done is told, and the old file is as it was"):
        locked = folder / "read-only"
        locked.mkdir()
        (locked / "old").write_bytes(b"old")
        locked.chmod(0o555)
        for path, why in ((folder / "gone" / "plugin", "No such file or directory; " + hint),
                          (target / "plugin", "Not a directory; " + hint),
                          (locked / "old", "Permission denied; " + hint), (locked / "new", "Permission denied; " + hint),
                          (place, "Is a directory; PATH must end in the name of the new file"), (locked, "Is a directory; *")):
            failed(run(plugin, "--install", path, env={}, **user), f"failed to install: writing {path}: {why}")
        failed(run(plugin, "--install", "", env={}, cwd=locked, **user), f"failed to install: writing {locked}/: Permission denied; {hint}")
        assert [path.read_bytes() for path in locked.iterdir()] == [b"old"]
        assert target.read_bytes() == program and list(place.iterdir()) == [target]
    with tap.case("--install: a disk that takes only a part: the old file is as it was"):
        size = len(program) - 1
        limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)), "env": {}, **user}
        for ignored in (False, True):  # SIGXFSZ, which Python ignores
            done = run(plugin, "--install", target, restore_signals=not ignored, **limits)
            failed(done, f"failed to install: writing {target}: File too large; {hint}")
            assert list(place.iterdir()) == [target] and target.read_bytes() == program
        installed(run(plugin, "--install", target, env={}, **user))
    if user:
        with tap.case("--install: a program that may be run and not read"):
            secretive = folder / "secretive"
            secretive.write_bytes(program)
            secretive.chmod(0o111)
            failed(run(secretive, "--install", target, env={}, **user), "failed to install: reading /proc/self/exe: Permission denied; "
                   "/proc must be mounted and the program's file readable")
    else:
        tap.skip("--install: a program that may be run and not read", "only root can become another user")
    with tap.case("--install with anything but one path is code 2 with the usage on stderr"):
        for arguments, message in ((["--install"], "--install: PATH is missing"), (["--install", target, "x"], 'unknown argument "x"'),
                                   ([f"--install={target}"], "write --install PATH or --version with nothing else")):
            done = run(plugin, *arguments, env={})
            assert done.returncode == 2 and done.stdout == b"", done
            assert done.stderr.startswith(f"[eks] {message} (EXEC-ARGUMENTS)\n".encode()) and b"\nusage: " in done.stderr, done.stderr


def examples(tap, acme, eks_token):
    with tap.case("acme_plugin serves its tenant in either version"):
        for version in ("v1", "v1beta1"):
            assert served(run(acme, exec_info=request({"tenant": "blue"}, version)), version)["token"] == "acme-blue"
    with tap.case("acme_plugin says what is wrong with its config"):
        for config, message in (({"tenant": "red"}, 'tenant "red" is unknown to ACME'), ({}, "spec.cluster.config.tenant: missing"),
                                ({"tenant": 5}, "spec.cluster.config.tenant: expected string, got number"),
                                ([], "spec.cluster.config: expected object, got array"),
                                ({"tenant": "\x1b[31m\n"}, 'tenant "\\x1b[31m\\n" is unknown to ACME'),
                                (None, "missing ExecCredential.Spec.Cluster.Config (extensions)*")):
            failed(run(acme, exec_info=request(config)), message, "acme")
        failed(run(acme), EMPTY, "acme")
    with tap.case("acme_plugin has a version and takes no other argument"):
        assert run(acme, "--version").stdout == b"acme-plugin 1.0\n"
        assert run(acme, "--tenant").returncode == 2
    with tap.case("eks_token prints a token and nothing else"):
        done = run(eks_token, "c1", "eu-west-1")
        assert (done.returncode, done.stderr) == (0, b""), done
        assert url_of({"token": done.stdout.decode().rstrip("\n")}).startswith("https://sts.eu-west-1.amazonaws.com/?"), done.stdout
    with tap.case("eks_token says what is wrong"):
        for arguments, code, start in (([], 2, b"usage: "), (["c1"], 2, b"usage: "), (["c1", "mars"], 1, b"region "),
                                       (["", "eu-west-1"], 1, b"cluster")):
            done = run(eks_token, *arguments)
            assert (done.returncode, done.stdout) == (code, b"") and done.stderr.startswith(start), (arguments, done)
        done = run(eks_token, "c1", "eu-west-1", env={"HOME": "/nowhere"})
        assert done.returncode == 1 and done.stderr.startswith(b"no AWS credentials found"), done
    with tap.case("eks_token fails where stdout takes nothing"):
        with open("/dev/full", "wb") as full:
            assert run(eks_token, "c1", "eu-west-1", stdout=full).returncode == 1


def main():
    parser = argparse.ArgumentParser()
    for name in ("--plugin", "--acme", "--eks-token"):
        parser.add_argument(name, required=True)
    given = parser.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        folder.chmod(0o755)
        plugin = shutil.copy(given.plugin, folder / "eks-aws-auth-plugin")  # where every user may run it
        plugin.chmod(0o755)
        protocol(tap, plugin)
        streams(tap, plugin, folder)
        files(tap, plugin, folder)
        other_users(tap, plugin, folder)
        memory(tap, plugin)
        install(tap, plugin, folder)
    examples(tap, given.acme, given.eks_token)
    with tap.case("P72 no run told a secret on stderr"):
        assert len(stderr_seen) > 100
        assert not any(b"hunter2" in text for text in stderr_seen)
    tap.done()


main()
