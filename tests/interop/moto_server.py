#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The plugin against moto's STS, another author's, over TLS: moto gives keys, the token is signed by exactly those, and moto
names the role that they are of. Its IAM also checks the signature of AssumeRole, the policies and the trust policy.

Of the other services moto has no call that we make: its `sso` is the administrator's API without GetRoleCredentials, and
`sso-oidc` and `signin` are absent; sources.py has fakes of those. Its instance metadata lacks a member that the SDK for Go
demands, and so do we.

    moto_server.py --plugin PATH --build DIR
"""
import base64
import contextlib
import json
import logging
import os
import pathlib
import re
import shutil
import ssl
import sys
import tempfile
import typing
import urllib.parse
import urllib.request
from http.server import ThreadingHTTPServer

import botocore.session
from botocore.credentials import Credentials

import peers
import token_check
from loopback import ACCOUNT, Certificate, running

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402

try:
    from moto.core.authorization import enable_iam_authentication
    from moto.moto_proxy.proxy3 import CertificateCreator, ProxyRequestHandler
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from moto.sts.models import sts_backends
    from werkzeug.serving import make_server
    MISSING = ""
except ImportError as error:
    MISSING = str(error)

REGION, CLUSTER = "eu-west-1", "c1"
HUB, SPOKE = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("hub", "spoke"))
JWT, EXTERNAL_ID = "eyJhbGciOiJub25lIn0.motoidentity.c2ln", "example/id=1:@"
INFO = json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                   "spec": {"cluster": {"config": {"region": REGION, "clusterId": CLUSTER}}, "interactive": False}})


class Moto(typing.NamedTuple):
    """Three ways to reach the same moto, and what it answered."""
    address: str
    plain: str
    proxy: str
    certificate: Certificate
    answers: list

    def caller(self, token):
        """Who the token is. What its URL says of the credential goes along as a header, the only place where moto looks."""
        encoded = token.partition(".")[2]
        query = urllib.parse.urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()).query
        signed = dict(urllib.parse.parse_qsl(query))
        header = "AWS4-HMAC-SHA256 Credential={X-Amz-Credential}, SignedHeaders={X-Amz-SignedHeaders}, Signature={X-Amz-Signature}"
        request = urllib.request.Request(f"https://{self.address}/?{query}", headers={
            "Authorization": header.format_map(signed), "x-k8s-aws-id": CLUSTER})
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=self.certificate.file)) as answer:
            return re.search("<Arn>(.*)</Arn>", answer.read().decode()).group(1)


@contextlib.contextmanager
def moto(folder):
    certificate, answers, app = Certificate(folder), [], DomainDispatcherApplication(create_backend_app)

    def recorded(environ, start_response):
        answers.append(b"".join(app(environ, start_response)))
        return answers[-1:]

    def server(context):
        return running(make_server("127.0.0.1", 0, recorded, threaded=True, request_handler=MotoRequestHandler, ssl_context=context))

    # The proxy answers as any host of AWS, with certificates by an authority of its own; the folder keeps them.
    shutil.copy(pathlib.Path(CertificateCreator.certdir, "req.conf.tmpl"), folder)
    CertificateCreator.certdir = str(folder)
    proxy = running(ThreadingHTTPServer(("127.0.0.1", 0), ProxyRequestHandler))
    with server((str(certificate.file), str(certificate.key))) as address, server(None) as plain, proxy as proxy_address:
        yield Moto(address, plain, proxy_address, certificate, answers)


def account(address, certificate):
    """A user that may become hub, which may become spoke. Gives the user's keys."""
    def policy(**rest):
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **rest}]})

    iam = botocore.session.Session().create_client(
        "iam", "us-east-1", endpoint_url=f"https://{address}", verify=str(certificate.file),
        aws_access_key_id="setup", aws_secret_access_key="setup")
    user = iam.create_user(UserName="alice")["User"]["Arn"]
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=policy(Resource=HUB))
    iam.create_role(RoleName="hub", AssumeRolePolicyDocument=policy(
        Principal={"AWS": user}, Condition={"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}))
    iam.put_role_policy(RoleName="hub", PolicyName="p", PolicyDocument=policy(Resource=SPOKE))
    iam.create_role(RoleName="spoke", AssumeRolePolicyDocument=policy(Principal={"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/hub/first"}))
    keys = iam.create_access_key(UserName="alice")["AccessKey"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"])


def write_profiles(folder, user):
    (folder / "jwt").write_text(JWT)
    (folder / "credentials").write_text("".join(
        f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n" for name, key, secret in [
            ("alice", user.access_key, user.secret_key), ("forger", user.access_key, token_check.SECRET_KEY),
            ("stranger", "AKIDEXAMPLE", token_check.SECRET_KEY)]))
    hub = {"role_arn": HUB, "role_session_name": "first", "external_id": EXTERNAL_ID}
    (folder / "config").write_text("".join(
        f"[profile {name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()) for name, keys in {
            "irsa": {"role_arn": HUB, "role_session_name": "by-profile", "web_identity_token_file": folder / "jwt"},
            "hub": {**hub, "source_profile": "alice"},
            "spoke": {"role_arn": SPOKE, "role_session_name": "second", "source_profile": "hub"},
            "other-id": {**hub, "external_id": "another", "source_profile": "alice"},
            "other-session": {**hub, "role_session_name": "third", "source_profile": "alice"},
            "spoke-from-other-session": {"role_arn": SPOKE, "source_profile": "other-session"},
            "forged": {**hub, "source_profile": "forger"}, "unknown": {**hub, "source_profile": "stranger"},
            "environment": {**hub, "credential_source": "Environment"}}.items()))


class Runner:
    def __init__(self, plugin, folder, user):
        self.plugin, self.folder, self.user = plugin, folder, user
        self.handed_out = sts_backends[ACCOUNT]["aws"].assumed_roles

    def run(self, strict, env):
        """`strict`: moto's IAM looks at each call, and so has to see a signature."""
        self.handed_out.clear()
        with enable_iam_authentication() if strict else contextlib.nullcontext():
            done = peers.run([self.plugin], {
                **peers.environment(self.folder, None), "KUBERNETES_EXEC_INFO": INFO, "AWS_CONFIG_FILE": str(self.folder / "config"),
                "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"), "AWS_MAX_ATTEMPTS": "1", **env})
        given = [text for role in self.handed_out for text in (role.secret_access_key, role.session_token)]
        outputs.secret(*given)
        for secret in given + [urllib.parse.quote(text, safe="") for text in given]:
            assert secret not in done.stdout + done.stderr, "a secret that moto gave was printed"
        return done

    def served(self, sessions, strict, env):
        """Gives the token. Its keys are those of the last of the `sessions`, or else the user's."""
        done = self.run(strict, env)
        assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stderr)
        assert [f"{role.role_arn.rpartition('/')[2]}/{role.session_name}" for role in self.handed_out] == sessions
        keys = [self.user, *(Credentials(role.access_key_id, role.secret_access_key, role.session_token) for role in self.handed_out)][-1]
        token_check.KEYS = {keys.access_key: keys}
        token = json.loads(done.stdout)["status"]["token"]
        token_check.check_token(token, REGION, CLUSTER)
        return token

    def refused(self, parts, sessions, env):
        done = self.run(True, env)
        assert done.returncode == 1 and done.stdout == "", (done.returncode, done.stderr)
        assert done.stderr.startswith("[eks] failed to get EKS token: ") and done.stderr.count("\n") == 1, done.stderr
        assert all(part in done.stderr for part in parts), (parts, done.stderr)
        assert len(self.handed_out) == sessions, "moto gave another number of sessions"


def served(tap, runner, moto):
    sts = {"AWS_ENDPOINT_URL_STS": f"https://{moto.address}", "AWS_CA_BUNDLE": str(moto.certificate.file)}
    irsa = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(runner.folder / "jwt"), "AWS_ROLE_ARN": HUB, "AWS_ROLE_SESSION_NAME": "by-environment"}
    keys = {"AWS_ACCESS_KEY_ID": runner.user.access_key, "AWS_SECRET_ACCESS_KEY": runner.user.secret_key}
    proxied = {"HTTPS_PROXY": f"http://{moto.proxy}", "AWS_CA_BUNDLE": CertificateCreator.cacert}
    for name, sessions, strict, env in [
            ("web identity by the environment", ["hub/by-environment"], False, sts | irsa),
            ("web identity by a profile", ["hub/by-profile"], False, sts | {"AWS_PROFILE": "irsa"}),
            ("web identity over plain HTTP, which the loopback may have", ["hub/by-environment"], False,
             irsa | {"AWS_ENDPOINT_URL_STS": f"http://{moto.plain}"}),
            ("web identity at the regional host, by moto's proxy with a wildcard certificate", ["hub/by-environment"], False, irsa | proxied),
            ("a role: the signature, the policies and the external id are good", ["hub/first"], True, sts | {"AWS_PROFILE": "hub"}),
            ("a role by a role: the session's signature is good too", ["hub/first", "spoke/second"], True, sts | {"AWS_PROFILE": "spoke"}),
            # As in the SDKs: the environment's keys are taken before a profile could take them for its role.
            ("keys in the environment, though the profile has credential_source", [], True, sts | keys | {"AWS_PROFILE": "environment"})]:
        with tap.case("moto serves: " + name):
            caller = moto.caller(runner.served(sessions, strict, env))
            assert caller == (f"arn:aws:sts::{ACCOUNT}:assumed-role/{sessions[-1]}" if sessions else f"arn:aws:iam::{ACCOUNT}:user/alice"), caller


def refused(tap, runner, moto):
    sts = {"AWS_ENDPOINT_URL_STS": f"https://{moto.address}", "AWS_CA_BUNDLE": str(moto.certificate.file)}
    hub, spoke = ([f"AssumeRole of {role} with ", "HTTP 403", moto.address] for role in (HUB, SPOKE))
    for name, code, parts, sessions, profile in [
            ("another external id than the trust policy has", "AccessDenied", hub, 0, "other-id"),
            ("a role by a session that it doesn't trust", "AccessDenied", spoke, 1, "spoke-from-other-session"),
            ("a signature by another secret", "SignatureDoesNotMatch", hub, 0, "forged"),
            ("an unknown access key", "InvalidClientTokenId", hub, 0, "unknown")]:
        with tap.case("moto refuses: " + name):
            runner.refused([code, *parts], sessions, sts | {"AWS_PROFILE": profile})
            assert code in moto.answers[-1].decode(), moto.answers[-1]
    with tap.case("moto breaks: its IAM wants a signature where none is due, and the answer is a page"):
        runner.refused(["AssumeRoleWithWebIdentity of " + HUB, "HTTP 500", moto.address], 0, sts | {"AWS_PROFILE": "irsa"})
    with tap.case("moto's instance metadata: credentials without Code: Success are none"):
        runner.refused(["instance metadata: ", moto.plain, "/default-role: ", "Code"], 0, {
            "AWS_CONFIG_FILE": "/nowhere", "AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{moto.plain}"})


def main():
    plugin, _ = peers.arguments()
    tap = Tap()
    if MISSING:
        tap.skip("moto", MISSING)
        tap.done()
    os.environ["no_proxy"] = "127.0.0.1"
    logging.disable(logging.CRITICAL)  # of servers: a request line may have a token
    with tempfile.TemporaryDirectory() as folder, moto(pathlib.Path(folder)) as server:
        runner = Runner(plugin, pathlib.Path(folder), account(server.address, server.certificate))
        peers.SECRETS += [JWT, runner.user.secret_key, "test-secret-key", "test-session-token", "fake-imdsv2-token"]
        write_profiles(runner.folder, runner.user)
        served(tap, runner, server)
        refused(tap, runner, server)
    tap.done()


main()
