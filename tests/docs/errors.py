#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/errors.md has a section for each code, and what it shows is what the plugin prints.

    errors.py --plugin PATH

An example of the page is a line of a code block; `…` in it stands for what varies. Codes that can be provoked without waiting and
without another clock, network or plugin are: the n-th example of their section must be what the n-th provocation prints. The
texts of all other examples must be texts of the sources.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TABLES = [ROOT / "include" / library / "base" / "errors.hpp" for library in ("eksauth", "credplugin")]
ROW = re.compile(r'^inline constexpr credbase::errc (\w+)\{"([^"]*)"\}; +///< \S.*$', re.M)
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
GAP = "…"

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hushSECRETkey"}
outputs.secret(KEYS["AWS_SECRET_ACCESS_KEY"])
CLUSTER = {"region": "us-east-1", "clusterId": "prod-a"}


def sources(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.?pp")) if path not in TABLES]


def request(config=CLUSTER, version="v1", kind="ExecCredential", **cluster):
    return json.dumps({"kind": kind, "apiVersion": "client.authentication.k8s.io/" + version,
                       "spec": {"cluster": {"server": "https://127.0.0.1:6443", **cluster, "config": config}, "interactive": False}})


class Provoked:
    """What one run is given."""

    def __init__(self, info=None, arguments=(), stdout=subprocess.PIPE, **env):
        self.info = request() if info is None else info
        self.arguments, self.stdout, self.env = arguments, stdout, env


class World:
    """A folder for files, and servers that live as long as the run."""

    def __init__(self, folder, stack):
        self.folder, self.stack = folder, stack

    def file(self, text):
        path = self.folder / f"file{len(os.listdir(self.folder))}"
        path.write_text(text)
        return str(path)

    def config(self, text):
        return {"AWS_CONFIG_FILE": self.file(text)}

    def server(self, answer):
        """Its address; it answers the head of a request, or the begin of a TLS handshake, with these bytes."""

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                got = b""
                while not got.startswith(b"\x16") and b"\r\n\r\n" not in got:
                    got += self.request.recv(65536)
                with contextlib.suppress(OSError):  # who has seen enough closes
                    self.request.sendall(answer)

        server = self.stack.enter_context(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=server.serve_forever).start()
        self.stack.callback(server.shutdown)
        return "127.0.0.1:{}".format(server.server_address[1])

    def container(self, answer):
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{self.server(answer)}/keys"}

    def nobody(self):
        """An address where nobody listens."""
        taken = self.stack.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        return "127.0.0.1:{}".format(taken.getsockname()[1])

    def identity(self, **env):
        """A web identity, whose calls go by TLS and trust an authority of this world."""
        authority = self.folder / "authority.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=a",
                        "-keyout", os.devnull, "-out", authority], check=True, capture_output=True)
        return {"AWS_WEB_IDENTITY_TOKEN_FILE": self.file("identity"), "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
                "AWS_CA_BUNDLE": str(authority), **env}

    def stream(self, path):
        return self.stack.enter_context(open(path, "wb"))


def http(status, body, *fields):
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *fields, "", body]).encode()


NO_SHA256 = "openssl_conf = init\n[init]\nproviders = providers\n[providers]\nnull = null\n[null]\nactivate = 1\n"
OTHER_CLUSTER = json.dumps({"cluster": {
    "name": "prod-a", "arn": "arn:aws:eks:us-east-1:123456789012:cluster/prod-a",
    "endpoint": "https://abcd.gr7.us-east-1.eks.amazonaws.com", "certificateAuthority": {"data": "QQ=="}}})

PROVOKED = {
    "EKS-BAD-CREDENTIALS": [lambda w: Provoked(**{**KEYS, "AWS_ACCESS_KEY_ID": "AKID EXAMPLE"})],
    "EKS-BAD-FILE": [lambda w: Provoked(AWS_CONFIG_FILE=str(w.folder)), lambda w: Provoked(**w.config("[default\n"))],
    "EKS-BAD-PROFILE": [lambda w: Provoked(**w.config("[profile ci]\naws_access_key_id = AKIDEXAMPLE\n"), AWS_PROFILE="ci")],
    "EKS-BAD-REPLY": [lambda w: Provoked(**w.container(http("200 OK", "<html>")))],
    "EKS-CALL-REFUSED": [lambda w: Provoked(**w.container(http("403 Forbidden", '{"code":"AccessDenied","message":"no association"}')))],
    "EKS-CANNOT-START": [lambda w: Provoked(**KEYS, OPENSSL_CONF=w.file(NO_SHA256))],
    "EKS-CLUSTER": [lambda w: Provoked(request({**CLUSTER, "clusterId": "prod a"}), **KEYS)],
    "EKS-HTTP-CUT": [lambda w: Provoked(**w.container(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"))],
    "EKS-HTTP-MALFORMED": [lambda w: Provoked(**w.container(b"220 mail.example ESMTP\r\n"))],
    "EKS-HTTP-PROXY": [lambda w: Provoked(**w.identity(HTTPS_PROXY="http://" + w.server(http("407 Who are you", ""))))],
    "EKS-HTTP-TLS": [lambda w: Provoked(**w.identity(AWS_ENDPOINT_URL_STS="https://" + w.server(http("400 Bad Request", "")))),
                     lambda w: Provoked(**w.identity(AWS_CA_BUNDLE="/no/such/bundle.pem"))],
    "EKS-HTTP-TOO-LARGE": [lambda w: Provoked(**w.container(http("200 OK", "x" * 2000000)))],
    "EKS-HTTP-UNREACHABLE": [lambda w: Provoked(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"http://{w.nobody()}/keys")],
    "EKS-KUBECONFIG": [lambda w: Provoked("", arguments=["kubeconfig", w.file("users:\n- <<: {}\n")])],
    "EKS-NO-CREDENTIALS": [lambda w: Provoked()],
    "EKS-NO-PROFILE": [lambda w: Provoked(AWS_PROFILE="prod")],
    "EKS-NOT-SUPPORTED": [lambda w: Provoked(AWS_PROFILE="ops", **w.config(
        "[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = ops\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/me\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = hushSECRETkey\n"))],
    "EKS-REGION": [lambda w: Provoked(request({**CLUSTER, "region": "us-east"}), **KEYS)],
    "EKS-SETTING": [lambda w: Provoked(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://host.example/keys")],
    "EKS-SOURCE-FAILED": [lambda w: Provoked(AWS_ACCESS_KEY_ID="AKIDEXAMPLE"),
                          lambda w: Provoked(AWS_PROFILE="ci", **w.config("[profile ci]\ncredential_process = /bin/false\n"))],
    "EKS-TOKEN-TOO-LONG": [lambda w: Provoked(**KEYS, AWS_SESSION_TOKEN="s" * 12000)],
    "EXEC-ARGUMENTS": [lambda w: Provoked(arguments=["--alow-region", "us-*"])],
    "EXEC-BAD-CONFIG": [lambda w: Provoked(request({"region": "us-east-1"})), lambda w: Provoked(request({**CLUSTER, "clusterId": 7})),
                        lambda w: Provoked(arguments=["--allow-region", "eu-*"])],
    "EXEC-BAD-INFO": [lambda w: Provoked("{")],
    "EXEC-KIND": [lambda w: Provoked(request(kind="Config"))],
    "EXEC-NO-CONFIG": [lambda w: Provoked('{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{}}'),
                       lambda w: Provoked(request(None))],
    "EXEC-NO-INFO": [lambda w: Provoked("")],
    "EXEC-PROVIDER": [lambda w: Provoked(arguments=["--verify-cluster"], **KEYS, AWS_ENDPOINT_URL_EKS="http://" + w.server(
        http("200 OK", OTHER_CLUSTER)))],
    "EXEC-VERSION": [lambda w: Provoked(request(version="v1alpha1"))],
    "EXEC-WRITE": [lambda w: Provoked(stdout=w.stream("/dev/full"), **KEYS),
                   lambda w: Provoked("", arguments=["--install", str(w.folder)])],
}


def printed(plugin, code, provoke):
    """The line that a run prints which fails."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        given = provoke(World(pathlib.Path(name), stack))
        env = {"HOME": name, "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "KUBERNETES_EXEC_INFO": given.info, **given.env}
        done = subprocess.run([plugin, *given.arguments], env=env, stdin=subprocess.DEVNULL, stdout=given.stdout, stderr=subprocess.PIPE,
                              text=True, timeout=120)
    outputs.said(done.stderr)
    misused = code == "EXEC-ARGUMENTS"  # the usage follows
    assert done.returncode == (2 if misused else 1) and not done.stdout, (code, done)
    assert done.stderr.endswith("\n") and (misused or done.stderr.count("\n") == 1), (code, done.stderr)
    return done.stderr.splitlines()[0]


def tables():
    """Code by name, the codes of the host half, and the names of the plugin's own codes, which stand beside their use."""
    names, host, own = {}, set(), set()
    for table in TABLES + sources("plugins"):
        text = table.read_text()
        rows = ROW.findall(text)
        assert len(rows) == text.count("inline constexpr credbase::errc "), f"{table}: a row of another form"
        for name, code in rows:
            assert re.fullmatch("(EKS|EXEC)(-[A-Z]+)+", code), code
            assert name not in names and code not in names.values(), f"{code} is there twice"
            names[name] = code
            own |= {name} if table not in TABLES else set()
        host |= {code for _, code in ROW.findall(text.partition("// The host half.")[2])}
    return names, host, own


class Section:
    def __init__(self, code, text):
        self.code, self.text = code, text
        self.examples = "\n".join(re.findall(r"^```text\n(.*?)\n```$", text, re.M | re.S)).splitlines()


def sections():
    parts = re.split(r"^## (.*)$", (ROOT / "docs" / "errors.md").read_text(), flags=re.M)
    return [Section(code, text) for code, text in zip(parts[1::2], parts[2::2])]


def own_texts():
    """All texts of the sources, and those of the system's errors."""
    texts = [os.strerror(number) for number in range(1, 134)]
    texts += [text.lower() for text in texts]
    for path in sources("include", "plugins"):
        text = re.sub(r"""'\\?"'""", "", path.read_text())  # characters, not the begin of a text
        for run in re.findall(rf"{LITERAL}(?:\s*{LITERAL})*", text):
            texts.append(re.sub(r"\\(.)", r"\1", "".join(one[1:-1] for one in re.findall(LITERAL, run))))
    return set(texts) - {""}


def made_of(text, texts, least=8):
    """Whether a text is whole ones, of which the first and the last may be cut if `least` letters are left."""
    if not text or any(text in one for one in texts if len(text) >= least):
        return True
    begins = {text[:size] for one in texts for size in range(least, len(one)) if text.startswith(one[-size:])}
    return any(goes_on(text[len(begin):], texts, least) for begin in begins | {""})


def goes_on(rest, texts, least):
    """`made_of` behind the first. Short words are none, since anything could be made of them."""
    if not rest or (len(rest) >= least and any(one.startswith(rest) for one in texts)):
        return True
    return any(goes_on(rest[len(one):], texts, least) for one in texts if rest.startswith(one) and (len(one) > 2 or not one.isalnum()))


def check_texts(example, texts):
    """Between its gaps an example is made of texts of the sources."""
    for part in re.sub(r"^\[\w+\] | \([A-Z-]+\)$", "", example).split(GAP):
        assert made_of(part, texts), f"{part!r} of {example!r} is in no source"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=lambda path: pathlib.Path(path).resolve(), required=True)
    plugin = parser.parse_args().plugin
    tap = Tap()
    names, host, own = tables()
    codes, page = set(names.values()), sections()

    with tap.case("each code has its section, sorted, with an example, cause and remedy"):
        assert [section.code for section in page] == sorted(codes), codes.symmetric_difference(section.code for section in page)
        for section in page:
            assert section.examples, section.code
            for word in ("- Cause: ", "- Remedy: "):
                assert section.text.count(f"\n{word}") == 1, (section.code, word)
    with tap.case("each code of the tables is used, and each code that is used is of the tables"):
        used = set()
        for path in sources("include", "plugins"):
            text = path.read_text()
            if ROOT / "plugins" in path.parents:
                text = ROW.sub("", text)
                used |= own & set(re.findall(r"\w+", text))
            used |= set(re.findall(r"\berrc::(\w+)", text))
            assert not re.search(r'"(EKS|EXEC)-[A-Z-]+"', text), f"{path} has a code of its own"
        assert used == set(names), used.symmetric_difference(names)
        for path in sources("examples"):
            assert set(re.findall(r"\berrc::(\w+)", path.read_text())) <= set(names), path
    with tap.case("pages name codes of the tables alone"):
        for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
            named = {match[0] for match in re.finditer(r"\b(EKS|EXEC)(-[A-Z]+)+\b", path.read_text())}
            assert named <= codes, (path.name, named - codes)
    with tap.case("an example ends in its section's code; a text of the host half has none"):
        for section in page:
            for example in section.examples:
                end = re.search(r" \(([A-Z-]+)\)$", example)
                assert (end[1] if end else None) == (None if section.code in host else section.code), example
    with tap.case("examples that aren't provoked here have the texts of the sources"):
        texts = own_texts()
        assert len(texts) > 1000
        for section in page:
            for example in section.examples if section.code not in PROVOKED else []:
                check_texts(example, texts)
    examples = {section.code: section.examples for section in page}
    for code, provocations in PROVOKED.items():
        with tap.case(f"{code}: the plugin prints what the page shows"):
            assert len(provocations) == len(examples[code]), (code, len(provocations))
            for example, provoke in zip(examples[code], provocations):
                line = printed(plugin, code, provoke)
                pattern = ".+".join(map(re.escape, example.split(GAP)))
                assert re.fullmatch(pattern, line), f"{line!r} is not {example!r}"
    tap.done()


main()
