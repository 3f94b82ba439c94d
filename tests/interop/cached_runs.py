# SPDX-License-Identifier: Apache-2.0
"""Runs of the plugin that share a folder of credentials, and the sources that they get them from."""
import contextlib
import fcntl
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import typing
import urllib.parse

import peers
from logins import EXPIRATION, REGION, IdentityCenter
from loopback import serve
from sources import CLUSTER, JWT, ROLE, SECRETS, Runner, Sts, sts_answer
from support import outputs
from token_check import LONG_TERM, SESSION, check_token

PAST, FUTURE = "2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z"
KEYS = {"AccessKeyId": SESSION.access_key, "SecretAccessKey": SESSION.secret_key, "Token": SESSION.token, "Expiration": EXPIRATION}


class CachedRunner(Runner):
    """As its base, with `--cache FOLDER`."""

    def __init__(self, plugin, folder, cache):
        super().__init__(plugin, folder)
        self.cache = cache

    def run(self, *more, **rest):
        return super().run("--cache", self.cache, *more, **rest)

    def served(self, **run):
        self.warned(**run)

    def warned(self, *parts, region=REGION, **run):
        """A token, and one warning with these parts; without parts none."""
        done = self.run(region=region, **run)
        assert done.returncode == 0 and done.stderr.count("\n") == (1 if parts else 0), (done.returncode, done.stderr)
        assert not parts or done.stderr.startswith("[eks] warning: "), done.stderr
        for part in parts:
            assert part in done.stderr, (part, done.stderr)
        check_token(json.loads(done.stdout)["status"]["token"], region, CLUSTER)

    def entries(self):
        """The files of the entries. Anything else in the folder is a fault, and so is what others may read."""
        assert self.cache.stat().st_mode == 0o40700, oct(self.cache.stat().st_mode)
        for path in self.cache.iterdir():
            assert path.lstat().st_mode == 0o100600 and re.fullmatch(r"[0-9a-f]{64}\.kept|lock\.kept", path.name), path
        return [path for path in self.cache.iterdir() if path.name != "lock.kept"]

    def entry(self):
        [path] = self.entries()
        return path

    def rewrite(self, **members):
        path = self.entry()
        path.write_text(json.dumps(json.loads(path.read_text()) | members))


@contextlib.contextmanager
def all_locks(cache):
    """Holds the lock of every entry."""
    with open(cache / "lock.kept", "r+b") as file:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        yield


class Anybody:
    """STS for any role and token."""

    def __init__(self):
        self.seen = []

    def __call__(self, request):
        self.seen.append(dict(urllib.parse.parse_qsl(request.body.decode())))
        return 200, sts_answer(self.seen[-1]["Action"])


class Metadata:
    """The container endpoint, and instance metadata of version 2."""

    def __init__(self):
        self.seen = []

    def __call__(self, request):
        self.seen.append(request.path)
        role = "/latest/meta-data/iam/security-credentials/"
        known = {"/v1/credentials": KEYS, "/v2/credentials": KEYS, "/latest/api/token": b"metadatatoken", role: b"node-role",
                 role + "node-role": {"Code": "Success", **KEYS}}
        return (200, known[request.path]) if request.path in known else (404, b"")


class Source(typing.NamedTuple):
    env: dict
    endpoint: str  # the variable that gets the service's address
    answer: object  # counts in `seen`
    calls: int = 1  # that it takes to get credentials
    path: str = ""
    tls: bool = True

    @contextlib.contextmanager
    def running(self, certificate):
        """Gives the environment, while the service runs."""
        with serve(certificate if self.tls else None, self.answer) as address:
            yield {**self.env, self.endpoint: f"{'https' if self.tls else 'http'}://{address}{self.path}"}


def all_sources(runner, certificate):
    sts, tls = "AWS_ENDPOINT_URL_STS", {"AWS_CA_BUNDLE": str(certificate.file)}
    role = f"role_arn = {ROLE}\nregion = {REGION}\n"
    files = {**tls, "AWS_CONFIG_FILE": runner.write(
        "config", f"[profile hub]\n{role}source_profile = base\n[profile spoke]\n{role}source_profile = identity\n"
                  f"[profile identity]\nrole_arn = {ROLE}\nweb_identity_token_file = {runner.write('identity', JWT)}\n"
                  "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = reader\n"
                  f"[sso-session corp]\nsso_region = {REGION}\nsso_start_url = https://corp.example/start\n"
                  f"[profile process]\ncredential_process = '{sys.executable}' '{runner.folder}/print keys.py'\n"),
        "AWS_SHARED_CREDENTIALS_FILE": runner.write(
        "credentials", f"[base]\naws_access_key_id = {LONG_TERM.access_key}\naws_secret_access_key = {LONG_TERM.secret_key}\n")}
    login = runner.folder / "home/.aws/sso/cache" / (hashlib.sha1(b"corp").hexdigest() + ".json")
    login.parent.mkdir(parents=True, exist_ok=True)
    login.write_text(json.dumps({"startUrl": "https://corp.example/start", "region": REGION, "accessToken": "ssoaccesstoken2",
                                 "expiresAt": EXPIRATION}))
    return {
        "web identity": Source({"AWS_WEB_IDENTITY_TOKEN_FILE": runner.write("token", JWT), "AWS_ROLE_ARN": ROLE, **tls},
                               sts, Sts()),
        "role": Source({"AWS_PROFILE": "hub", **files}, sts, Sts()),
        "role by a role": Source({"AWS_PROFILE": "spoke", **files}, sts, Sts(signer=SESSION), calls=2),
        "SSO": Source({"AWS_PROFILE": "sso", "HOME": str(runner.folder / "home"), **files},
                      "AWS_ENDPOINT_URL_SSO", IdentityCenter()),
        "container": Source({"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": runner.write("pod-token", "podidentitytoken")},
                            "AWS_CONTAINER_CREDENTIALS_FULL_URI", Metadata(), path="/v1/credentials", tls=False),
    }


def of_the_place():
    """Sources where the address alone decides who the caller is."""
    return {
        "instance metadata": Source({"AWS_EC2_METADATA_DISABLED": "false"}, "AWS_EC2_METADATA_SERVICE_ENDPOINT", Metadata(), calls=3,
                                    tls=False),
        "a container without a token": Source({}, "AWS_CONTAINER_CREDENTIALS_FULL_URI", Metadata(), path="/v1/credentials", tls=False),
    }


def console_login(runner, certificate):
    """Sign-In, and the files of a login that is over."""
    name = "arn:aws:iam::123456789012:user/me"
    file = runner.folder / "home/.aws/login/cache" / (hashlib.sha256(name.encode()).hexdigest() + ".json")
    file.parent.mkdir(parents=True, exist_ok=True)
    key = subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"], check=True, capture_output=True,
                         text=True).stdout
    file.write_text(json.dumps({
        "accessToken": {"accessKeyId": "ASIAOLD", "secretAccessKey": "loginoldsecret", "sessionToken": "loginoldtoken",
                        "accountId": "123456789012", "expiresAt": PAST},
        "tokenType": "t", "refreshToken": "loginrefreshtoken", "clientId": "client", "dpopKey": key}))
    seen = []

    def answer(request):
        seen.append(request.path)
        return 200, {"accessToken": {"accessKeyId": KEYS["AccessKeyId"], "secretAccessKey": KEYS["SecretAccessKey"],
                                     "sessionToken": KEYS["Token"]},
                     "tokenType": "t", "expiresIn": 900, "refreshToken": "loginrefreshtoken"}
    answer.seen = seen
    config = runner.write("login-config", f"[profile p]\nlogin_session = {name}\nregion = {REGION}\n")
    return Source({"AWS_PROFILE": "p", "AWS_CA_BUNDLE": str(certificate.file), "AWS_CONFIG_FILE": config},
                  "AWS_ENDPOINT_URL_SIGNIN", answer)
