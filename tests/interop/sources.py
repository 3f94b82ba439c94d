#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The plugin with each source of credentials, as a process, against services on the loopback: STS, SSO and
Sign-In over TLS, a proxy, a container endpoint, instance metadata, a credential process. The token is checked by the keys
that the service gave.

    sources.py --plugin PATH --build DIR
"""
import base64
import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

import peers
from logins import EXPIRATION, REGION, login, sso
from loopback import Certificate, connect_proxy, serve
from token_check import LONG_TERM, SESSION, check_token

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402

CLUSTER, ROLE = "c1", "arn:aws:iam::123456789012:role/hub"
JWT = "eyJhbGciOiJub25lIn0.loopbackidentity.c2ln"
PROXY_PASSWORD = "p%40ssloopback"
SECRETS = [*peers.SECRETS, JWT, "p@ssloopback", PROXY_PASSWORD, "podidentitytoken", "metadatatoken",
           "ssoaccesstoken", "ssorefreshtoken", "ssoclientsecret", "loginrefreshtoken", "loginoldsecret", "loginoldtoken"]
outputs.secret(*SECRETS)


def sts_answer(action):
    return f"""<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>
        <AccessKeyId>{SESSION.access_key}</AccessKeyId><SecretAccessKey>{SESSION.secret_key}</SecretAccessKey>
        <SessionToken>{SESSION.token}</SessionToken><Expiration>{EXPIRATION}</Expiration>
        </Credentials></{action}Result></{action}Response>""".encode()


def sts_error(code, message):
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>".encode()


class Sts:
    """Answers AssumeRoleWithWebIdentity for JWT and AssumeRole for those that sign as `signer`; before that, `first`."""

    def __init__(self, first=(), signer=LONG_TERM):
        self.first, self.signer, self.seen, self.connections = list(first), signer, [], set()

    def __call__(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        self.seen.append(form)
        self.connections.add(request.connection)
        if self.first:
            return self.first.pop(0)
        if request.method != "POST" or form.get("RoleArn") != ROLE or form.get("Version") != "2011-06-15":
            return 400, sts_error("ValidationError", "another request was expected")
        if form["Action"] == "AssumeRoleWithWebIdentity":
            if form["WebIdentityToken"] != JWT or "Authorization" in request.headers:
                return 400, sts_error("InvalidIdentityToken", "another token was expected")
        elif request.headers["Authorization"] != self.authorization(request):
            return 403, sts_error("SignatureDoesNotMatch", "botocore signs another way")
        return 200, sts_answer(form["Action"])

    def authorization(self, request):
        token = {"X-Amz-Security-Token": self.signer.token} if self.signer.token else {}
        signed = AWSRequest("POST", f"https://{request.headers['Host']}/", data=request.body,
                            headers={"Content-Type": request.headers["Content-Type"], "X-Amz-Date": request.headers["X-Amz-Date"], **token})
        signed.context["timestamp"] = request.headers["X-Amz-Date"]
        signer = SigV4Auth(self.signer, "sts", REGION)
        to_sign = signer.string_to_sign(signed, signer.canonical_request(signed))
        return (f"AWS4-HMAC-SHA256 Credential={self.signer.access_key}/{signer.credential_scope(signed)}, "
                f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(signed))}, Signature={signer.signature(to_sign, signed)}")


@contextlib.contextmanager
def proxy(user_info, to):
    """Tunnels every CONNECT to one address, for those who know `user_info`. Gives its address and the list of what was asked."""
    asked = []
    expected = "Basic " + base64.b64encode(user_info.encode()).decode()

    def answer(lines):
        asked.append(lines[0])
        return to if f"Proxy-Authorization: {expected}" in lines else 407

    with connect_proxy(answer) as address:
        yield address, asked


class Runner:
    def __init__(self, plugin, folder):
        self.plugin, self.folder = plugin, folder

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def run(self, *arguments, region=REGION, user=None, **env):
        """`region` is the cluster's; `user` another one than that of this process."""
        info = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                "spec": {"cluster": {"config": {"region": region, "clusterId": CLUSTER}}, "interactive": False}}
        done = subprocess.run([self.plugin, *arguments], capture_output=True, text=True, timeout=peers.HANG_SECONDS, user=user, env={
            "HOME": str(self.folder / "home"), "PATH": "/usr/bin:/bin", "KUBERNETES_EXEC_INFO": json.dumps(info),
            "AWS_EC2_METADATA_DISABLED": "true", **env})
        outputs.said(done.stderr)
        assert not any(secret in done.stderr for secret in SECRETS), "a secret on stderr"
        return done

    def served(self, **env):
        done = self.run(**env)
        assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stderr)
        check_token(json.loads(done.stdout)["status"]["token"], REGION, CLUSTER)

    def refused(self, *parts, **env):
        done = self.run(**env)
        assert done.returncode == 1 and done.stdout == "", (done.returncode, done.stderr)
        assert done.stderr.startswith("[eks] failed to get EKS token: ") and done.stderr.count("\n") == 1, done.stderr
        for part in parts:
            assert part in done.stderr, (part, done.stderr)


def web_identity(tap, runner, certificate):
    irsa = {"AWS_WEB_IDENTITY_TOKEN_FILE": runner.write("token", JWT + "\n"), "AWS_ROLE_ARN": ROLE, "AWS_CA_BUNDLE": str(certificate.file)}
    with tap.case("web identity: one call over TLS, and the token is signed by its answer"):
        answer = Sts()
        with serve(certificate, answer) as sts:
            runner.served(**irsa, AWS_ENDPOINT_URL_STS=f"https://{sts}")
        assert [form["Action"] for form in answer.seen] == ["AssumeRoleWithWebIdentity"], answer.seen
    with tap.case("web identity: throttled and then unavailable, the third call serves; all go over one connection"):
        answer = Sts([(400, sts_error("Throttling", "slow down")), (503, b"")])
        with serve(certificate, answer) as sts:
            runner.served(**irsa, AWS_ENDPOINT_URL_STS=f"https://{sts}")
        assert len(answer.seen) == 3 and len(answer.connections) == 1, answer.connections
    with tap.case("web identity: a refusal is told with code, message, request and host, and nothing else is asked"):
        answer = Sts([(403, sts_error("AccessDenied", "not you"))])
        with serve(certificate, answer) as sts:
            runner.refused(f"AssumeRoleWithWebIdentity of {ROLE}", "AccessDenied: not you (HTTP 403, request r-1)", sts, "trust policy",
                           **irsa, AWS_ENDPOINT_URL_STS=f"https://{sts}")
        assert len(answer.seen) == 1
    with tap.case("web identity: a server of an unknown authority reads no request"):
        answer = Sts()
        with tempfile.TemporaryDirectory() as other, serve(certificate, answer) as sts:
            stranger = Certificate(pathlib.Path(other))
            runner.refused("127.0.0.1", **{**irsa, "AWS_CA_BUNDLE": str(stranger.file)}, AWS_ENDPOINT_URL_STS=f"https://{sts}")
        assert not answer.seen
    with tap.case("web identity: a CA bundle that isn't there is an error that names it"):
        runner.refused("/nowhere/ca.pem", **{**irsa, "AWS_CA_BUNDLE": "/nowhere/ca.pem"})
    with tap.case("web identity: nobody listens"):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            address = "127.0.0.1:{}".format(closed.getsockname()[1])
        runner.refused(address, "Connection refused", **irsa, AWS_ENDPOINT_URL_STS=f"https://{address}", AWS_MAX_ATTEMPTS="1")
    host = f"sts.{REGION}.amazonaws.com"
    with tap.case("web identity: through a proxy with a password, to the regional host"):
        with tempfile.TemporaryDirectory() as folder:
            regional = Certificate(pathlib.Path(folder), [host])
            with serve(regional, Sts()) as sts, proxy("user:p@ssloopback", sts) as (address, asked):
                runner.served(**{**irsa, "AWS_CA_BUNDLE": str(regional.file)}, HTTPS_PROXY=f"http://user:{PROXY_PASSWORD}@{address}")
            assert asked == [f"CONNECT {host}:443 HTTP/1.1"], asked
    with tap.case("web identity: a proxy that refuses is asked once"):
        with proxy("user:another", "127.0.0.1:9") as (address, asked):
            runner.refused("407", address, **irsa, HTTPS_PROXY=f"http://user:{PROXY_PASSWORD}@{address}")
        assert len(asked) == 1, asked


def profiles(tap, runner, certificate):
    config = runner.write("config", f"[profile hub]\nrole_arn = {ROLE}\nsource_profile = base\nregion = {REGION}\n"
                                    f"[profile spoke]\nrole_arn = {ROLE}\nsource_profile = identity\nregion = {REGION}\n"
                                    f"[profile identity]\nrole_arn = {ROLE}\nweb_identity_token_file = {runner.write('identity', JWT)}\n"
                                    f"[profile process]\ncredential_process = '{sys.executable}' '{runner.folder}/print keys.py'\n")
    runner.write("print keys.py", "import json, os, sys\nassert 'KUBERNETES_EXEC_INFO' not in os.environ and not sys.stdin.read()\n"
                 + f"print({json.dumps({'Version': 1, 'AccessKeyId': SESSION.access_key, 'SecretAccessKey': SESSION.secret_key, 'SessionToken': SESSION.token})!r})\n")
    files = {"AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": runner.write(
        "credentials", f"[base]\naws_access_key_id = {LONG_TERM.access_key}\naws_secret_access_key = {LONG_TERM.secret_key}\n")}
    with tap.case("a role by the keys of another profile: botocore signs the call the same way"):
        answer = Sts()
        with serve(certificate, answer) as sts:
            runner.served(**files, AWS_PROFILE="hub", AWS_CA_BUNDLE=str(certificate.file), AWS_ENDPOINT_URL_STS=f"https://{sts}")
        assert [form["Action"] for form in answer.seen] == ["AssumeRole"], answer.seen
    with tap.case("a role by the role of a web identity: two calls over one connection"):
        answer = Sts(signer=SESSION)
        with serve(certificate, answer) as sts:
            runner.served(**files, AWS_PROFILE="spoke", AWS_CA_BUNDLE=str(certificate.file), AWS_ENDPOINT_URL_STS=f"https://{sts}")
        assert [form["Action"] for form in answer.seen] == ["AssumeRoleWithWebIdentity", "AssumeRole"], answer.seen
        assert len(answer.connections) == 1, answer.connections
    with tap.case("a credential process: no cluster data in its environment, nothing on its stdin"):
        runner.served(**files, AWS_PROFILE="process")


def metadata(tap, runner):
    keys = {"AccessKeyId": SESSION.access_key, "SecretAccessKey": SESSION.secret_key, "Token": SESSION.token, "Expiration": EXPIRATION}
    token_file = runner.write("pod-token", "podidentitytoken")
    proxies = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}

    with tap.case("EKS Pod Identity: the token file's content is the Authorization, and no proxy is used"):
        def container(request):
            good = request.path == "/v1/credentials" and request.headers["Authorization"] == "podidentitytoken"
            return (200, keys) if good else (403, {"code": "AccessDenied", "message": "another token was expected"})
        with serve(None, container) as address:
            pod = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{address}/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token_file}
            runner.served(**pod, **proxies)
            pod["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = runner.write("other", "another")
            runner.refused("403", "AccessDenied", **pod)

    for keeps in (True, False):  # EC2's own service ends the connection after each answer
        seen, connections = [], set()

        def imds(request):
            seen.append(f"{request.method} {request.path}")
            connections.add(request.connection)
            if request.method == "PUT" and request.path == "/latest/api/token":
                return 200, b"metadatatoken"
            if request.headers["x-aws-ec2-metadata-token"] != "metadatatoken":
                return 401, b""
            base = "/latest/meta-data/iam/security-credentials/"
            return {base: (200, b"node-role"), base + "node-role": (200, {"Code": "Success", **keys})}.get(request.path, (404, b""))
        with tap.case("instance metadata: token, role, credentials, in this order and without a proxy, over "
                      + ("one connection" if keeps else "a connection each where the service keeps none")):
            with serve(None, imds, keeps) as address:
                runner.served(**proxies, AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://{address}")
            assert [line.rpartition("/")[2] for line in seen] == ["token", "", "node-role"], seen
            assert len(connections) == (1 if keeps else 3), connections

    with tap.case("instance metadata: where nobody listens this is no EC2 instance, and every source says why it is not configured"):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            address = "127.0.0.1:{}".format(closed.getsockname()[1])
        runner.refused("no AWS credentials found", "AWS_ACCESS_KEY_ID is not set", "AWS_WEB_IDENTITY_TOKEN_FILE is not set", "instance metadata: ",
                       AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://{address}")


def main():
    plugin, _ = peers.arguments()
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "home").mkdir()
        certificate = Certificate(folder)
        runner = Runner(plugin, folder)
        web_identity(tap, runner, certificate)
        profiles(tap, runner, certificate)
        sso(tap, runner, certificate)
        login(tap, runner, certificate)
        metadata(tap, runner)
    tap.done()


if __name__ == "__main__":
    main()
