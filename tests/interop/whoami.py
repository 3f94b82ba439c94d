#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command `whoami`: what it sends is what aws-iam-authenticator's verifier would, at the token's own host and nowhere else.
botocore signs the token again; moto's STS, another author's, says whose it is, in XML, and the loopback's STS in the JSON of the
real one; the verifier itself says which principal a cluster looks up. A proxy leads to them, since no setting moves the call.

    whoami.py --plugin PATH --build DIR
"""
import contextlib
import json
import logging
import os
import pathlib
import sys
import tempfile
import urllib.parse

import botocore.session
from botocore.credentials import Credentials

import peers
import token_check
from loopback import ACCOUNT, Certificate, connect_proxy, running, serve
from token_check import LONG_TERM, SESSION

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402

try:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from moto.sts.models import sts_backends
    from werkzeug.serving import make_server
    MISSING = ""
except ImportError as error:
    MISSING = str(error)

REGION, CLUSTER = "eu-west-1", "c1"
HUB, SPOKE = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("hub", "spoke"))
PARTITION_REGIONS = ["us-gov-west-1", "cn-north-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1"]


class Sts:
    """Plays the real one for whoever plays a token: `outcome` is a status and a document, or a caller's ARN."""

    def __init__(self, region=REGION, outcome=f"arn:aws:iam::{ACCOUNT}:user/alice"):
        self.region, self.outcome, self.played = region, outcome, []

    def __call__(self, request):
        self.played.append(request.path.partition("?")[2])
        check_played(request.method, request.headers, request.path, self.region)
        if isinstance(self.outcome, tuple):
            return self.outcome
        role, _, session = self.outcome.partition(":assumed-role/")[2].partition("/")
        user_id = f"AROAEXAMPLE:{session}" if role else "AIDAEXAMPLE"
        return 200, {"GetCallerIdentityResponse": {
            "GetCallerIdentityResult": {"Account": ACCOUNT, "Arn": self.outcome, "UserId": user_id},
            "ResponseMetadata": {"RequestId": "loopback"}}}


def check_played(method, headers, path, region):
    """ValueError: the verifier would send another request, or botocore signs it otherwise."""
    token_check.require(method == "GET" and headers.get("Accept") == "application/json", "another request than the verifier's")
    token_check.require("Authorization" not in headers, "the token alone says who it is")
    token_check.check_url(f"https://{headers['Host']}{path}", region, headers.get("x-k8s-aws-id"))


def refusal(code, message):
    return 403, {"Error": {"Code": code, "Message": message, "Type": "Sender"}, "RequestId": "r-1"}


class Runner:
    def __init__(self, plugin, folder, certificate):
        self.plugin, self.folder, self.certificate = plugin, folder, certificate
        self.asked = []  # of the proxy

    @contextlib.contextmanager
    def proxy(self, address):
        self.asked.clear()

        def answer(lines):
            self.asked.append(lines[0])
            return address
        with connect_proxy(answer) as proxy:
            yield {"HTTPS_PROXY": f"http://{proxy}", "AWS_CA_BUNDLE": str(self.certificate.file), "AWS_MAX_ATTEMPTS": "1"}

    def run(self, address, arguments, keys, env, region=REGION):
        with self.proxy(address) as way:
            return peers.run([self.plugin, "whoami", "--cluster-name", CLUSTER, "--region", region, *arguments],
                             {**peers.environment(self.folder, keys), **way, **env})

    def told(self, address, keys, env=None, arguments=(), region=REGION):
        """What it says as JSON."""
        done = self.run(address, ["--output", "json", *arguments], keys, env or {}, region)
        assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stderr)
        assert "k8s-aws-v1." not in done.stdout, "a token was printed"
        return json.loads(done.stdout)

    def refused(self, parts, address, keys, env=None, arguments=()):
        done = self.run(address, arguments, keys, env or {})
        assert done.returncode == 1 and done.stdout == "", (done.returncode, done.stdout)
        assert done.stderr.startswith("[eks] ") and done.stderr.count("\n") == 1, done.stderr
        assert all(part in done.stderr for part in parts), (parts, done.stderr)
        return done.stderr


def callers(tap, runner):
    for name, keys in [("long-term keys", LONG_TERM), ("a session's keys", SESSION)]:
        with tap.case("the verifier's request, signed as botocore signs it: " + name):
            answer = Sts()
            with serve(runner.certificate, answer) as address:
                told = runner.told(address, keys)
            user = f"arn:aws:iam::{ACCOUNT}:user/alice"
            expected = {"account": ACCOUNT, "arn": user, "accessEntry": user, "userId": "AIDAEXAMPLE", "keyId": keys.access_key}
            assert expected.items() <= told.items(), told
            assert len(answer.played) == 1 and not any(query in str(told) for query in answer.played)
    with tap.case("for people it is lines"):
        with serve(runner.certificate, Sts(outcome=f"arn:aws:sts::{ACCOUNT}:assumed-role/hub/me@example.com")) as address:
            done = runner.run(address, [], LONG_TERM, {})
        assert done.returncode == 0 and done.stderr == "", done.stderr
        lines = {tuple(line.rsplit(maxsplit=1)) for line in done.stdout.splitlines()}
        assert {("arn", f"arn:aws:sts::{ACCOUNT}:assumed-role/hub/me@example.com"), ("access entry", HUB)} <= lines, done.stdout


def hosts(tap, runner):
    for region in [REGION, *PARTITION_REGIONS]:
        with tap.case(f"no setting moves it from the token's own host: {region}"):
            host = token_check.sts_host(region)
            with serve(runner.certificate, Sts(region)) as address:
                runner.told(address, LONG_TERM, region=region, env={
                    "AWS_ENDPOINT_URL": "https://127.0.0.1:1", "AWS_ENDPOINT_URL_STS": "https://127.0.0.1:1",
                    "AWS_REGION": "us-east-2"})
            assert runner.asked == [f"CONNECT {host}:443 HTTP/1.1"], runner.asked
    with tap.case("nor do FIPS and dual-stack"):
        with serve(runner.certificate, Sts()) as address:
            runner.told(address, LONG_TERM, {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"})
        assert runner.asked == [f"CONNECT {token_check.sts_host(REGION)}:443 HTTP/1.1"], runner.asked
    with tap.case("a host that the certificate isn't for gets nothing"):
        answer = Sts()
        with serve(runner.certificate, answer) as address:
            done = runner.run(address, [], LONG_TERM, {}, region="eu-west-2")
        assert done.returncode == 1 and "EKS-HTTP-TLS" in done.stderr, done.stderr
        assert not answer.played


def refusals(tap, runner):
    """The codes of the real STS, each with what it means, none with what is secret."""
    for code, meaning in [
            ("SignatureDoesNotMatch", "another secret"), ("InvalidClientTokenId", "unknown, inactive or of another partition"),
            ("ExpiredToken", "has expired"), ("RegionDisabledException", "not active in that region"), ("AccessDenied", "VPC endpoint")]:
        with tap.case("STS refuses: " + code):
            answer = Sts()

            def told_back(request):
                """Tells the canonical request, as the real one does, and the whole of what it got."""
                query = request.path.partition("?")[2]
                canonical = query.partition("&X-Amz-Signature=")[0]
                answer.outcome = refusal(code, f"should have been 'GET\n/\n{canonical}\nhost:...', was {query}, of {SESSION.token}")
                return answer(request)
            with serve(runner.certificate, told_back) as address:
                said = runner.refused(["failed to ask STS whose the token is: ", f'"{CLUSTER}" with key {SESSION.access_key} failed: ',
                                       f"{code}: should have been", "[redacted]", meaning, token_check.sts_host(REGION)], address, SESSION)
            secret = [dict(urllib.parse.parse_qsl(query))["X-Amz-Signature"] for query in answer.played]
            assert len(secret) == 1, "it was asked again"
            outputs.secret(*secret)
            for text in [*secret, urllib.parse.quote(SESSION.token, safe="")]:
                assert text not in said, "a secret was printed"
    with tap.case("what isn't STS's answer is not told"):
        with serve(runner.certificate, Sts(outcome=(200, b"<html>login</html>"))) as address:
            said = runner.refused(["EKS-BAD-REPLY", "HTTP 200"], address, LONG_TERM)
        assert "login" not in said, said
    with tap.case("a caller that no cluster knows is refused"):
        with serve(runner.certificate, Sts(outcome="arn:aws:s3:::bucket")) as address:
            runner.refused(["EKS-BAD-REPLY", '"arn:aws:s3:::bucket"'], address, LONG_TERM)


def verifier(tap, runner, build):
    """The principal is the one that aws-iam-authenticator makes of each caller."""
    try:
        program = peers.go_program(build, "verify")
    except peers.Missing as reason:
        return tap.skip("the principal is the verifier's", str(reason))
    for caller in [f"arn:aws:iam::{ACCOUNT}:user/path/of/alice", f"arn:aws:iam::{ACCOUNT}:root",
                   f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
                   f"arn:aws:sts::{ACCOUNT}:assumed-role/hub/me@example.com",
                   f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/me@example.com"]:
        with tap.case("the principal is the verifier's: " + caller):
            with serve(runner.certificate, Sts(outcome=caller)) as address, runner.proxy(address) as way:
                printed = peers.run([runner.plugin, "token", "--cluster-name", CLUSTER, "--region", REGION, "--token-only"],
                                    {**peers.environment(runner.folder, LONG_TERM), **way})
                assert printed.returncode == 0, printed.stderr
                question = {"token": printed.stdout.strip(), "clusterId": CLUSTER, "partition": "aws", "region": REGION}
                done = peers.run([program, "-sts", address, "-ca", runner.certificate.file], {}, json.dumps(question))
                identity = json.loads(done.stdout)["identity"]
                told = runner.told(address, LONG_TERM)
            assert (identity["ARN"], identity["CanonicalARN"]) == (told["arn"], told["accessEntry"]), (identity, told)
    return None


class Moto:
    """moto behind a check of each token that is played; what the URL says of the credential goes along as a header, the only
    place where moto looks."""

    def __init__(self):
        self.app = DomainDispatcherApplication(create_backend_app)
        self.roles = sts_backends[ACCOUNT]["aws"].assumed_roles
        self.users = {}

    def __call__(self, environ, start_response):
        query = environ["QUERY_STRING"]
        signed = dict(urllib.parse.parse_qsl(query))
        if "X-Amz-Credential" in signed:
            keys = [Credentials(role.access_key_id, role.secret_access_key, role.session_token) for role in self.roles]
            outputs.secret(*(text for one in keys for text in (one.secret_key, one.token)))
            token_check.KEYS = self.users | {one.access_key: one for one in keys}
            headers = {"Host": environ["HTTP_HOST"], "Accept": environ.get("HTTP_ACCEPT"), "x-k8s-aws-id": environ.get("HTTP_X_K8S_AWS_ID")}
            check_played(environ["REQUEST_METHOD"], headers, f"{environ['PATH_INFO']}?{query}", REGION)
            environ["HTTP_AUTHORIZATION"] = ("AWS4-HMAC-SHA256 Credential={X-Amz-Credential}, SignedHeaders={X-Amz-SignedHeaders}, "
                                             "Signature={X-Amz-Signature}").format_map(signed)
        return self.app(environ, start_response)


def account(address, certificate):
    """A user, in a path, and two roles. Gives the user's keys and ARN."""
    iam = botocore.session.Session().create_client(
        "iam", "us-east-1", endpoint_url=f"https://{address}", verify=str(certificate.file),
        aws_access_key_id="setup", aws_secret_access_key="setup")
    user = iam.create_user(UserName="alice", Path="/team/")["User"]["Arn"]
    for name in ("hub", "spoke"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    keys = iam.create_access_key(UserName="alice")["AccessKey"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"]), user


def moto(tap, runner):
    answer = Moto()
    tls = (str(runner.certificate.file), str(runner.certificate.key))
    with running(make_server("127.0.0.1", 0, answer, threaded=True, request_handler=MotoRequestHandler, ssl_context=tls)) as address:
        keys, user = account(address, runner.certificate)
        answer.users = {keys.access_key: keys}
        peers.SECRETS.append(keys.secret_key)
        outputs.secret(keys.secret_key)
        config, credentials = runner.folder / "config", runner.folder / "credentials"
        credentials.write_text(f"[alice]\naws_access_key_id = {keys.access_key}\naws_secret_access_key = {keys.secret_key}\n")
        config.write_text(f"[profile alice]\nregion = {REGION}\n"
                          f"[profile hub]\nrole_arn = {HUB}\nrole_session_name = first\nsource_profile = alice\n")
        files = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
        for name, environment, env, arguments, caller, entry in [
                ("a user", keys, {}, [], user, user),
                ("a user's profile", None, {}, ["--profile", "alice"], user, user),
                ("a role of a profile", None, {"AWS_PROFILE": "hub"}, [], f"arn:aws:sts::{ACCOUNT}:assumed-role/hub/first", HUB),
                ("a role of the arguments", keys, {}, ["--role-arn", SPOKE, "--session-name", "second", "--external-id", "id"],
                 f"arn:aws:sts::{ACCOUNT}:assumed-role/spoke/second", SPOKE),
                ("a role of the arguments by a role of a profile", None, {},
                 ["--profile", "hub", "--role-arn", SPOKE, "--session-name", "third"],
                 f"arn:aws:sts::{ACCOUNT}:assumed-role/spoke/third", SPOKE)]:
            with tap.case("moto names " + name):
                answer.roles.clear()
                told = runner.told(address, environment, files | env, arguments)
                assert (told["account"], told["arn"], told["accessEntry"]) == (ACCOUNT, caller, entry), told
                assert told["keyId"] in token_check.KEYS and told["userId"], told
                for role in answer.roles:
                    assert not any(secret in str(told) for secret in (role.secret_access_key, role.session_token)), "a secret was printed"
                assert set(runner.asked) == {f"CONNECT {token_check.sts_host(REGION)}:443 HTTP/1.1"}, runner.asked


def main():
    plugin, build = peers.arguments()
    tap = Tap()
    os.environ["no_proxy"] = "127.0.0.1"
    logging.disable(logging.CRITICAL)  # of servers: a request line may have a token
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificate = Certificate(folder, [token_check.sts_host(region) for region in (REGION, *PARTITION_REGIONS)])
        runner = Runner(plugin, folder, certificate)
        callers(tap, runner)
        hosts(tap, runner)
        refusals(tap, runner)
        verifier(tap, runner, build)
        if MISSING:
            tap.skip("moto", MISSING)
        else:
            moto(tap, runner)
    tap.done()


main()
