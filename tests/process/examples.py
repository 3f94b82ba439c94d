#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the examples that are hosts: controller and list_pods, with real plugins, signals, and an API server over TLS.

    examples.py --controller PATH --list-pods PATH --plugin PATH --acme PATH

Row numbers are those of tests/CONFORMANCE.md. Nothing here measures time; what is waited for is an event, and the limits only
end what hangs.
"""
import argparse
import base64
import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "interop")]
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402

try:
    import loopback
    import token_check
except ImportError as missing:
    loopback, why_not = None, str(missing)

SAMPLES = HERE.parent.parent / "examples"
V1 = "client.authentication.k8s.io/v1"
EXEC = "client.authentication.k8s.io/exec"
HANG_SECONDS = 120
SECRETS = {"AWS_SECRET_ACCESS_KEY": "hush-examples-secret-key", "AWS_SESSION_TOKEN": "hush-examples-session-token"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", **SECRETS}
TOKENS = ("k8s-aws-v1.", "acme-blue", "hush-")
HEADER = ["CLUSTER", "PROVIDER", "REGION", "EXPIRES", "TOOK"]
EXPIRES, TOOK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), re.compile(r"\d+ ms")
# A credential of that many seconds, printed by a shell.
SHORT_LIVED = f"""printf '{{"kind":"ExecCredential","apiVersion":"{V1}","status":{{"token":"hush-short","expirationTimestamp":"%s"}}}}\\n' \
"$(date -u -d @$(($(date +%s) + 2)) +%Y-%m-%dT%H:%M:%SZ)"
"""
outputs.secret(*SECRETS.values(), "hush-short")


def environment(folder, **more):
    return {"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true", **KEYS, **more}


def check_said(*texts):
    """What a program told must hold no secret."""
    outputs.said(*texts)
    for text in texts:
        assert not any(token.encode() in text for token in TOKENS), "a secret was printed"


def run(folder, *command, env=None, stdout=subprocess.PIPE):
    done = subprocess.run(command, env=env or environment(folder), stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                          timeout=HANG_SECONDS)
    check_said(done.stdout or b"", done.stderr)
    return done


def refused(done, message, code=1):
    """A failure without a result: `message`, or its start where it ends in `*`."""
    assert (done.returncode, done.stdout) == (code, b""), done
    line = done.stderr.decode()
    assert line.startswith(message[:-1]) if message.endswith("*") else line == message + "\n", line


def provider(name, command, **more):
    return {"name": name, "execConfig": {"apiVersion": V1, "command": str(command), "provideClusterInfo": True, **more}}


def access(name, config=None, server="https://127.0.0.1:9", **cluster):
    extensions = [] if config is None else [{"name": EXEC, "extension": config}]
    return {"name": name, "cluster": {"server": server, **cluster, "extensions": extensions}}


def profile(name, *providers, field="accessProviders"):
    return {"metadata": {"namespace": "fleet", "name": name}, "status": {field: list(providers)}}


class Fleet:
    """A folder with a provider file and ClusterProfiles; those given by name as documents, or as text."""

    def __init__(self, folder, name, providers, profiles):
        self.folder = folder / name
        (self.folder / "clusters").mkdir(parents=True)
        self.providers = self.folder / "cp-creds.json"
        self.providers.write_text(json.dumps({"providers": providers}))
        for file, content in profiles.items():
            self.profile(file).write_text(content if isinstance(content, str) else json.dumps(content))

    def profile(self, name):
        return self.folder / "clusters" / (name if "." in name else name + ".json")

    def options(self):
        return "--provider-file", self.providers, "--profiles", self.folder / "clusters"

    def program(self, name, script):
        """A plugin of this folder."""
        path = self.folder / name
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return path


def cells(line):
    return re.split(" {2,}", line)


def rows(done):
    """The table's rows by cluster: what stands behind the cluster's name."""
    header, *lines = done.stdout.decode().splitlines()
    assert cells(header) == HEADER, header
    return {cluster: row for cluster, *row in map(cells, lines)}


def check_good(row, *start):
    assert row[:2] == list(start) and EXPIRES.fullmatch(row[2]) and TOOK.fullmatch(row[3]) and len(row) == 4, row


def check_rows(done, expected):
    """Rows whose last cell is a start where it ends in `*`; `good` is one with a credential."""
    found = rows(done)
    assert list(found) == list(expected), list(found)
    for name, row in expected.items():
        if row[-1] == "good":
            check_good(found[name], *row[:-1])
        elif row[-1].endswith("*"):
            assert found[name][:-1] == row[:-1] and found[name][-1].startswith(row[-1][:-1]), found[name]
        else:
            assert found[name] == row, found[name]


def tables(tap, controller, acme, folder):
    acme_provider = provider("acme", acme)
    blue = access("acme", {"tenant": "blue"})
    with tap.case("controller: the samples are three clusters of three partitions"):
        before = int(time.time())
        done = run(folder, controller, "--provider-file", SAMPLES / "cp-creds.json", "--profiles", SAMPLES / "clusters")
        after = int(time.time())
        assert (done.returncode, done.stderr) == (0, b""), done
        check_rows(done, {"fleet/shop-cn": ["eks", "cn-north-1", "good"], "fleet/records": ["eks", "us-gov-west-1", "good"],
                          "fleet/shop": ["eks", "us-west-2", "good"]})
        for row in rows(done).values():
            expires = datetime.datetime.strptime(row[2] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
            assert before <= expires.timestamp() - 840 <= after, row
    with tap.case("controller: what is wrong with a cluster stands in its row, and the others have theirs"):
        fleet = Fleet(folder, "bad", [acme_provider, provider("gone", "not-installed", installHint="see\nacme.example"),
                                      provider("silent", "/bin/true")], {
            "a": profile("good", blue), "b": profile("red", access("acme", {"tenant": "red"})),
            "c": profile("no-config", access("acme")), "d": profile("foreign", access("other")), "e": profile("none"),
            "f": profile("not-there", access("gone")), "g": profile("quiet", access("silent")),
            "h": profile("clear", access("acme", {"tenant": "blue"}, server="http://127.0.0.1")),
            "i": profile("typed", {"name": "acme", "cluster": {"server": 5}}), "j": "{", "k": json.dumps({"providers": []}),
            "l": profile("\x1b[31m\nname", blue), "m": profile("region", access("acme", {"region": "m\x07rs", "tenant": "blue"})),
            "ignored.txt": "not a profile"})
        done = run(folder, controller, *fleet.options())
        assert (done.returncode, done.stderr) == (1, b""), done
        failed = f"error: exec: executable {acme} failed with exit code 1: [acme] "
        nobody = 'error: no matching cluster accessor found for cluster profile '
        check_rows(done, {
            "fleet/good": ["acme", "-", "good"], "fleet/red": ["acme", "-", failed + 'tenant "red" is unknown to ACME (EXEC-PROVIDER)'],
            "fleet/no-config": ["acme", "-", failed + "missing ExecCredential.Spec.Cluster.Config (extensions)*"],
            "fleet/foreign": ["-", "-", nobody + '"foreign"'], "fleet/none": ["-", "-", nobody + '"none"'],
            "fleet/not-there": ["gone", "-", "error: exec: executable not-installed not found see acme.example"],
            "fleet/quiet": ["silent", "-", "error: *"],
            "fleet/clear": ["-", "-", "error: cluster.server: http:// would send the credential in clear text*"],
            "i.json": ["-", "-", "error: failed to parse ClusterProfile: status.accessProviders[0].cluster.server: expected string, got number"],
            "j.json": ["-", "-", "error: failed to parse ClusterProfile: *"], "k.json": ["-", "-", nobody + '""'],
            "fleet/\\x1b[31m\\nname": ["acme", "-", "good"], "fleet/region": ["acme", "m\\x07rs", "good"]})
    with tap.case("controller: a deprecated field and an unknown key are served with a warning"):
        fleet = Fleet(folder, "old", [{**acme_provider, "policy": "x"}], {"old": profile("old", blue, field="credentialProviders")})
        done = run(folder, controller, *fleet.options())
        assert done.returncode == 0, done
        check_rows(done, {"fleet/old": ["acme", "-", "good"]})
        assert done.stderr.decode() == (f'warning: {fleet.providers}: unknown key "providers[0].policy" is ignored\n'
                                        "warning: fleet/old: status.credentialProviders[0]: deprecated, use status.accessProviders\n"), done
    with tap.case("controller: what it can't begin with"):
        good = Fleet(folder, "start", [acme_provider], {"good": profile("good", blue)})
        broken = Fleet(folder, "broken", [provider("acme", "")], {})
        refused(run(folder, controller, "--provider-file", folder / "gone", "--profiles", good.folder / "clusters"),
                f"failed to read access config file: open {folder}/gone: no such file or directory")
        refused(run(folder, controller, *broken.options()), "failed to unmarshal access providers: providers[0].execConfig.command: *")
        refused(run(folder, controller, "--provider-file", good.providers, "--profiles", folder / "gone"),
                f"reading {folder}/gone: No such file or directory")
        refused(run(folder, controller, "--provider-file", good.providers, "--profiles", broken.folder / "clusters"),
                f"reading {broken.folder}/clusters: no .json, .yaml or .yml file is there")
        for arguments in ([], [*good.options(), "--token"], good.options()[:2], good.options()[:3], [*good.options(), "more"]):
            refused(run(folder, controller, *arguments), "usage: controller *", code=2)
        with open("/dev/full", "wb") as full:
            assert run(folder, controller, *good.options(), stdout=full).returncode == 1
    with tap.case("controller: plugins run at the same time"):
        fleet = Fleet(folder, "together", [provider("left", folder / "together/left"), provider("right", folder / "together/right")],
                      {"left": profile("left", access("left")), "right": profile("right", access("right"))})
        for pipe in ("here", "there"):
            os.mkfifo(fleet.folder / pipe)
        # Each opens a pipe that the other has to open, too.
        fleet.program("left", f"echo > {fleet.folder}/here; read -r line < {fleet.folder}/there\n" + SHORT_LIVED)
        fleet.program("right", f"read -r line < {fleet.folder}/here; echo > {fleet.folder}/there\n" + SHORT_LIVED)
        done = run(folder, controller, *fleet.options())
        assert done.returncode == 0, done
        check_rows(done, {"fleet/left": ["left", "-", "good"], "fleet/right": ["right", "-", "good"]})


@contextlib.contextmanager
def running(folder, *command):
    """A child whose stderr is in a file; killed where it outlives the block or hangs."""
    with open(folder / "stderr", "wb") as errors, \
            subprocess.Popen(command, env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors) as child:
        limit = threading.Timer(HANG_SECONDS, child.kill)
        limit.start()
        try:
            yield child
        finally:
            limit.cancel()
            child.kill()


def read_table(child, clusters):
    lines = [child.stdout.readline().decode().rstrip("\n") for _ in range(clusters + 1)]
    assert cells(lines[0]) == HEADER, lines
    return [cells(line) for line in lines[1:]]


def stopped(folder, child, number, code):
    """Ends the child by a signal. What it had still told."""
    child.send_signal(number)
    out = child.stdout.read()
    assert child.wait() == code, (child.returncode, out)
    err = (folder / "stderr").read_bytes()
    check_said(out, err)
    return out, err.decode()


def watching(tap, controller, acme, folder):
    with tap.case("controller --watch: a line for each refresh until SIGTERM or SIGINT, then 0"):
        fleet = Fleet(folder, "watch", [provider("short", folder / "watch/short"), provider("acme", acme)],
                      {"a": profile("short", access("short", {"region": "mars"})), "b": profile("long", access("acme", {"tenant": "blue"}))})
        fleet.program("short", SHORT_LIVED)
        for number in (signal.SIGTERM, signal.SIGINT):
            with running(folder, controller, *fleet.options(), "--watch") as child:
                short, long = read_table(child, 2)
                check_good(short[1:], "short", "mars")
                check_good(long[1:], "acme", "-")
                for _ in range(2):
                    name, *row = cells(child.stdout.readline().decode().rstrip("\n"))
                    assert name == "fleet/short", name
                    check_good(row, "short", "mars")
                _, err = stopped(folder, child, number, 0)
                assert err == "", err
    with tap.case("controller --watch: a refresh that fails is warned of at once, and an error when the old credential has ended; then 1"):
        fleet = Fleet(folder, "failing", [provider("once", folder / "failing/once")], {"a": profile("once", access("once"))})
        fleet.program("once", f"mkdir {fleet.folder}/used 2>/dev/null || {{ echo no more >&2; exit 3; }}\n" + SHORT_LIVED)
        with running(folder, controller, *fleet.options(), "--watch") as child:
            [once] = read_table(child, 1)
            check_good(once[1:], "once", "-")
            failed = f"exec: executable {fleet.folder}/once failed with exit code 3: no more"
            name, *row = cells(child.stdout.readline().decode().rstrip("\n"))
            assert (name, row[:2]) == ("fleet/once", ["once", "-"]) and row[2].startswith("error: " + failed), row
            _, err = stopped(folder, child, signal.SIGTERM, 1)
            assert f"warning: fleet/once: {failed}\n" in err, err
    with tap.case("controller --watch: clusters without access change nothing, and it ends all the same"):
        fleet = Fleet(folder, "nobody", [], {"a": profile("a", access("acme"))})
        with running(folder, controller, *fleet.options(), "--watch") as child:
            read_table(child, 1)
            assert stopped(folder, child, signal.SIGTERM, 1) == (b"", "")
    for mode in ([], ["--watch"]):
        name = "".join(["hang", *mode])
        with tap.case(f"{' '.join(['controller', *mode])}: ended while plugins hang, it leaves none of their processes"):
            fleet = Fleet(folder, name, [provider("hang", folder / name / "hang")],
                          {each: profile(each, access("hang", each)) for each in "abc"})
            pipe = fleet.folder / "pipe"
            os.mkfifo(pipe)
            # Whoever is left of it holds the pipe open.
            fleet.program("hang", f"exec 9>{pipe}\necho up >&9\nsleep 1000\n")
            with running(folder, controller, *fleet.options(), *mode) as child:
                with open(pipe, "rb") as held:
                    assert [held.readline() for _ in "abc"] == [b"up\n"] * 3
                    assert stopped(folder, child, signal.SIGTERM, 1) == (b"", "")
                    limit = threading.Timer(HANG_SECONDS, os.kill, (os.getpid(), signal.SIGKILL))
                    limit.start()
                    assert held.read() == b""  # the end, which comes when nobody has it open
                    limit.cancel()


# A value of an extension in YAML, and as Kubernetes makes it JSON.
YAML_VALUES = {
    "prod": "prod", "'0755'": "0755", '"123456"': "123456", "123456": 123456, '"yes"': "yes", "yes": True, "No": False, "on": True,
    "off": False, "y": True, "n": False, "TRUE": True, "tRUE": "tRUE", "~": None, "null": None, "": None, '""': "", "'~'": "~",
    "0x10": 16, "0755": 493, "0o17": 15, "0b101": 5, "08": 8, "-0x10": -16, "+5": 5, "1_000": 1000, "_1": "_1", "0x": "0x",
    "9007199254740993": 9007199254740993, "18446744073709551615": 18446744073709551615, "-9223372036854775808": -9223372036854775808,
    "12345678901234567890123": 1.2345678901234568e+22, "1.10": 1.1, ".5": 0.5, "1.": 1.0, "1e3": 1000.0, "-1.5e-3": -0.0015,
    "1e400": "1e400", "1.2.3": "1.2.3", "+": "+", "2024-01-01": "2024-01-01", "12:30:45": "12:30:45", "us-west-2": "us-west-2",
    "!!str 5": "5", "&a [1, two]": [1, "two"], "*a": [1, "two"], "{a: 1, a: 2}": {"a": 2}, "{1: a, y: b, 'n': c}": {"1": "a", "true": "b", "n": "c"},
    '"a\\u003cb\\n"': "a<b\n", "|\n            a: |\n             - b": "a: |\n - b\n",
}
YAML_PROFILE = """\
# as kubectl get -o yaml writes it
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ClusterProfile
metadata:
  name: prod
  namespace: fleet
status:
  accessProviders:
  - name: recorder
    cluster:
      server: https://prod.example:443
      certificate-authority-data: &ca Q0E=
      disable-compression: yes
      extensions:
      - name: client.authentication.k8s.io/exec
        extension: {region: us-west-2, clusterId: "0123", ca: *ca}
"""
SAME_IN_JSON = {"metadata": {"name": "prod", "namespace": "fleet"}, "status": {"accessProviders": [
    access("recorder", {"region": "us-west-2", "clusterId": "0123", "ca": "Q0E="}, "https://prod.example:443",
           **{"certificate-authority-data": "Q0E=", "disable-compression": True})]}}
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 8))
NOT_AS_JSON = {
    "two": ("a: 1\n---\nb: 2\n", "2 documents in one file, instead of one"), "nothing": ("", "0 documents in one file, instead of one"),
    "syntax": ("a: [\n", "yaml-cpp: error at line *"), "merge": ("x: &x {a: 1}\ny: {<<: *x}\n", "merge keys (<<) aren't supported"),
    "itself": ("a: &a [*a]\n", "too large or too deep with its aliases put in"),
    "bomb": (BOMB, "too large or too deep with its aliases put in"), "deep": ("[" * 2000, "yaml-cpp: error at line *"),
    "tag": ("a: !mine b\n", 'the tag "!mine" isn\'t supported'), "infinite": ("a: -.inf\n", '"-.inf" has no JSON'),
    "key": ("{[1]: a}\n", "a key must be text"), "null key": ("~: a\n", "a key must be text"),
}


def yaml(tap, controller, folder):
    fleet = Fleet(folder, "yaml", [provider("recorder", folder / "yaml/recorder")], {"empty.yaml": "{}"})
    fleet.program("recorder", f'printf %s "$KUBERNETES_EXEC_INFO" > {fleet.folder}/record\n' + SHORT_LIVED)
    if b"built without yaml-cpp" in run(folder, controller, *fleet.options()).stdout:
        tap.skip("controller: YAML", "built without yaml-cpp")
        return

    def recorded(name, content, region="us-west-2"):
        """What the plugin was told of a profile."""
        for old in (fleet.folder / "clusters").iterdir():
            old.unlink()
        fleet.profile(name).write_text(content)
        done = run(folder, controller, *fleet.options())
        assert (done.returncode, done.stderr) == (0, b""), done
        check_rows(done, {"fleet/prod": ["recorder", region, "good"]})
        return json.loads((fleet.folder / "record").read_text())

    with tap.case("controller: a profile in YAML is the same as in JSON"):
        from_json = recorded("prod.json", json.dumps(SAME_IN_JSON))
        for name in ("prod.yaml", "prod.yml"):
            assert recorded(name, YAML_PROFILE) == from_json, name
    with tap.case("controller: values in YAML are of the types that Kubernetes makes of them"):
        lines = "".join(f"          v{number}: {text}\n" for number, text in enumerate(YAML_VALUES))
        content = YAML_PROFILE.partition(" {region:")[0] + "\n" + lines
        config = recorded("prod.yaml", content, "-")["spec"]["cluster"]["config"]
        for number, (text, expected) in enumerate(YAML_VALUES.items()):
            found = config[f"v{number}"]
            assert (found, isinstance(found, bool)) == (expected, isinstance(expected, bool)), (text, found)
    with tap.case("controller: YAML that isn't one document of JSON's kind is an error"):
        for file in (fleet.folder / "clusters").iterdir():
            file.unlink()
        for name, (text, _) in NOT_AS_JSON.items():
            fleet.profile(name + ".yaml").write_text(text)
        done = run(folder, controller, *fleet.options())
        assert done.returncode == 1, done
        check_rows(done, {name + ".yaml": ["-", "-", "error: YAML: " + why] for name, (_, why) in sorted(NOT_AS_JSON.items())})


def pod(name, phase):
    return {"metadata": {"name": name}, "status": {"phase": phase}}


PODS = {"kind": "PodList", "apiVersion": "v1", "items": [pod("web-1", "Running"), pod("job-2", "\x1b[31m"), {"spec": {}}]}
REGION, CLUSTER = "us-west-2", "prod"


@contextlib.contextmanager
def api_server(certificate, *answers, path="/api/v1/namespaces/default/pods"):
    """Gives `answers` in turn to those whose token is good for the cluster. Gives its URL, and the tokens that came."""
    tokens, left = [], list(answers)

    def answer(request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        tokens.append(token)
        try:
            token_check.check_token(token, REGION, CLUSTER)
        except ValueError as why:
            return loopback.failure(401, f"Unauthorized: {why}")
        return left.pop(0) if request.path == path and left else loopback.failure(404, f"NotFound: {request.path}")

    with loopback.serve(certificate, answer) as address:
        yield f"https://{address}", tokens


@contextlib.contextmanager
def mutual_tls_server(certificate, clients):
    """Answers one request, of somebody with a certificate of `clients`. Gives its URL, and the headers that came."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    context.load_verify_locations(clients.file)
    context.verify_mode = ssl.CERT_REQUIRED
    heads = []

    def answer(listener):
        with context.wrap_socket(listener.accept()[0], server_side=True) as peer:
            head = b""
            while b"\r\n\r\n" not in head:
                head += peer.recv(4096)
            heads.append(head)
            body = json.dumps(PODS).encode()
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,), daemon=True)
        thread.start()
        yield "https://{}:{}".format(*listener.getsockname()), heads
        thread.join(HANG_SECONDS)


def signer(token):
    encoded = token.removeprefix("k8s-aws-v1.")
    url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    return url.partition("X-Amz-Credential=")[2].partition("%2F")[0]


def key_variables(keys):
    return {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key, "AWS_SESSION_TOKEN": keys.token or ""}


def listing(tap, list_pods, folder):
    outputs.secret(token_check.SECRET_KEY)
    (folder / "tls").mkdir()
    (folder / "foreign").mkdir()
    certificate, foreign = loopback.Certificate(folder / "tls", ["prod.example"]), loopback.Certificate(folder / "foreign")
    fleet = Fleet(folder, "pods", [provider("eks", "eks-aws-auth-plugin")], {})
    env = environment(folder, **key_variables(token_check.LONG_TERM))
    authority = {"certificate-authority-data": base64.b64encode(certificate.file.read_bytes()).decode()}

    def pods(server, *more, cluster=authority, fleet=fleet, env=env):
        """A run for a cluster of that server."""
        fleet.profile("prod").write_text(json.dumps(
            profile("prod", access("eks", {"region": REGION, "clusterId": CLUSTER}, server, **cluster))))
        return run(folder, list_pods, "--provider-file", fleet.providers, "--profile", fleet.profile("prod"), *more, env=env)

    def check_pods(done):
        assert (done.returncode, done.stderr) == (0, b""), done
        assert list(map(cells, done.stdout.decode().splitlines())) == [
            ["POD", "PHASE"], ["web-1", "Running"], ["job-2", "\\x1b[31m"], ["-", "-"]], done.stdout

    with tap.case("list_pods: our host, our plugin and a server that checks the token"):
        with api_server(certificate, (200, PODS)) as (url, tokens):
            check_pods(pods(url))
            assert len(tokens) == 1
        with api_server(certificate, (200, PODS), path="/k8s/clusters/c/api/v1/namespaces/kube-system/pods") as (url, tokens):
            check_pods(pods(url + "/k8s/clusters/c/", "--namespace", "kube-system"))
    with tap.case("list_pods: the server must prove the name that tls-server-name says"):
        with api_server(certificate, (200, PODS)) as (url, tokens):
            refused(pods(url, cluster={**authority, "tls-server-name": "other.example"}),
                    f"TLS handshake with {url[8:]}: certificate verify failed (SSL routines): hostname mismatch")
            assert tokens == []
            check_pods(pods(url, cluster={**authority, "tls-server-name": "prod.example"}))
    with tap.case("list_pods: H106 refused with 401 once, a new credential is made and taken"):
        # Its keys are exchanged between the first run and the second, so that another token comes out.
        rotated = Fleet(folder, "rotated", [provider("eks", folder / "rotated/plugin")], {})
        later = " ".join(f"{name}='{value}'" for name, value in key_variables(token_check.SESSION).items())
        rotated.program("plugin", f"echo run >> {rotated.folder}/runs\n"
                                  f"mkdir {rotated.folder}/used 2>/dev/null || export {later}\nexec eks-aws-auth-plugin\n")
        with api_server(certificate, loopback.failure(401, "Unauthorized: the keys are no longer known"), (200, PODS)) as (url, tokens):
            check_pods(pods(url, fleet=rotated))
            assert list(map(signer, tokens)) == [token_check.LONG_TERM.access_key, token_check.SESSION.access_key]
        assert (rotated.folder / "runs").read_text() == "run\n" * 2
    with tap.case("list_pods: refused twice, it gives up with the server's words"):
        with api_server(certificate) as (url, tokens):
            refused(pods(url, env={**env, "AWS_ACCESS_KEY_ID": "AKIDUNKNOWN"}),
                    "GET /api/v1/namespaces/default/pods: HTTP 401: Unauthorized: the access key id is not known")
            assert len(tokens) == 2
    with tap.case("list_pods: other answers are errors, and nothing is asked again"):
        for answer, why in ((loopback.failure(403, "Forbidden: no\x1b[31m"), "HTTP 403: Forbidden: no*"), ((500, b"oops"), "HTTP 500")):
            with api_server(certificate, answer, (200, PODS)) as (url, tokens):
                refused(pods(url), "GET /api/v1/namespaces/default/pods: " + why)
                assert len(tokens) == 1
        for body in (b"{", {"items": 5}, b"[" * 100000):
            with api_server(certificate, (200, body)) as (url, _):
                refused(pods(url), "the server's answer is no list of pods")
    with tap.case("list_pods: a server of another authority gets no token"):
        with api_server(foreign, (200, PODS)) as (url, tokens):
            for cluster in (authority, {}):
                refused(pods(url, cluster=cluster), f"TLS handshake with {url[8:]}: certificate verify failed (SSL routines): self-signed certificate")
            assert tokens == []
    with tap.case("list_pods: a server that is down, one that isn't found, and one that only speaks HTTP"):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = "{}:{}".format(*listener.getsockname())
        refused(pods("https://" + address), f"connecting to {address}: Connection refused")
        refused(pods("https://host.invalid"), "looking up host.invalid: *")
        refused(pods("https://[::1]:1"), "connecting to [::1]:1: *")
        with loopback.serve(None, lambda _: (200, PODS)) as address:
            refused(pods("https://" + address), f"TLS handshake with {address}: *")
    with tap.case("list_pods: a plugin that fails, a proxy, a bad authority, and arguments"):
        with api_server(certificate, (200, PODS)) as (url, tokens):
            refused(pods(url, env=environment(folder, **{name: "" for name in KEYS})),
                    "exec: executable eks-aws-auth-plugin failed with exit code 1: [eks] failed to get EKS token: no AWS credentials found*")
            refused(pods(url, cluster={**authority, "proxy-url": "http://user:hush-proxy@127.0.0.1:9"}),
                    "the cluster has a proxy-url, which this example doesn't support")
            refused(pods(url, cluster={"certificate-authority-data": "*"}), "*")
            for arguments in (["--namespace"], ["--namespace", ""], ["--namespace", "a/b"], ["--namespace", "a b"], ["--token"]):
                refused(pods(url, *arguments), "usage: list_pods *", code=2)
            assert tokens == []
    with tap.case("list_pods: a credential that is a client certificate"):
        status = {"clientCertificateData": foreign.file.read_text(), "clientKeyData": foreign.key.read_text()}
        mine = Fleet(folder, "mine", [provider("eks", folder / "mine/plugin")], {})
        (mine.folder / "answer").write_text(json.dumps({"kind": "ExecCredential", "apiVersion": V1, "status": status}))
        mine.program("plugin", f"cat {mine.folder}/answer\n")
        with mutual_tls_server(certificate, foreign) as (url, heads):
            check_pods(pods(url, fleet=mine))
        assert len(heads) == 1 and b"authorization" not in heads[0].lower(), heads


def main():
    parser = argparse.ArgumentParser()
    for name in ("--controller", "--list-pods", "--plugin", "--acme"):
        parser.add_argument(name, type=lambda path: str(pathlib.Path(path).resolve()), required=True)
    given = parser.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        (folder / "bin").mkdir()
        shutil.copy(given.plugin, folder / "bin" / "eks-aws-auth-plugin")
        tables(tap, given.controller, given.acme, folder)
        watching(tap, given.controller, given.acme, folder)
        yaml(tap, given.controller, folder)
        if loopback:
            listing(tap, given.list_pods, folder)
        else:
            tap.skip("list_pods", why_not)
    tap.done()


main()
