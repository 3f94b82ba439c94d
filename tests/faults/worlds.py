# SPDX-License-Identifier: Apache-2.0
"""What surrounds the plugin in a run for each source of credentials, and what must hold after the run, whatever failed in it."""
import base64
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop")]
from support import outputs  # noqa: E402
import profiles  # noqa: E402
from logins import EXPIRATION, REGION, IdentityCenter  # noqa: E402
from loopback import Certificate, serve  # noqa: E402
from sources import CLUSTER, JWT, ROLE, SECRETS, Sts  # noqa: E402
from token_check import LONG_SESSION, LONG_TERM, SESSION, check_token  # noqa: E402

HANG_SECONDS = 120
HOST_TOKEN = "tokenofthehostsplugin"
outputs.secret(HOST_TOKEN)
PARTS = [secret.encode() for secret in (*SECRETS, HOST_TOKEN)]
NAME = "localhost"  # asks the system's resolver, which finds it in /etc/hosts
STRANGER = LONG_SESSION  # whom the instance metadata has, for those who fall back to it


def metadata_keys(keys):
    return {"AccessKeyId": keys.access_key, "SecretAccessKey": keys.secret_key, "Token": keys.token, "Expiration": EXPIRATION}


SESSION_KEYS = metadata_keys(SESSION)
RENEWED_SSO, RENEWED_LOGIN = {"accessToken": "ssoaccesstoken2", "refreshToken": "ssorefreshtoken2"}, {"refreshToken": "loginrefreshtoken2"}


class Broken(Exception):
    """A promise that the run didn't keep."""


def require(holds, promise, *shown):
    if not holds:
        raise Broken(" ".join([promise, *map(repr, shown)]))


@dataclasses.dataclass
class World:
    """`env` is all that the program gets, `keys` what its token must be signed with, `login` the file that a renewal puts back."""
    folder: pathlib.Path
    keys: object
    env: dict
    login: pathlib.Path = None
    before: dict = None
    renewed: dict = None  # what a renewal changes; `...` stands for any value
    optional: bool = False  # without its files this source isn't configured, and the next one serves
    speaker: bytes = b"[eks] "
    certificate: Certificate = None  # of its servers
    meanwhile: object = lambda request: None  # what a server does first; what it gives is the answer, if it is any

    def serve(self, certificate, answer):
        return serve(certificate, lambda request: self.meanwhile(request) or answer(request))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def restore(self):
        """The login's file is as it was before the first run, and alone."""
        if self.login:
            for path in self.login.parent.iterdir():
                path.unlink()
            self.login.write_text(json.dumps(self.before))

    def check_login(self):
        """The file is as it was, or renewed as a whole; and it is alone."""
        if not self.login:
            return
        names = os.listdir(self.login.parent)
        require(names == [self.login.name], "files beside the login's:", names)
        try:
            now = json.loads(self.login.read_text())
        except ValueError:
            raise Broken("the login's file is broken") from None
        new = {**self.before, **{name: now.get(name) if value is ... else value for name, value in self.renewed.items()}}
        require(now in (self.before, new), "the login's file is neither the old nor the new one; it has", sorted(now))

    def bears_interruption(self, call):
        """Whether a call may be interrupted without an end of the run; OpenSSL, and the C library for its own files, don't try again."""
        theirs = {"AWS_CA_BUNDLE", "SSL_CERT_DIR"} & set(self.env)
        return not theirs or call not in ("open", "openat", "read", "readv")

    def check_credential(self, out, absent=False):
        require(out.endswith(b"}\n") and out.count(b"\n") == 1, "stdout isn't one line:", len(out))
        token = json.loads(out)["status"]["token"]
        check_token(token, REGION, CLUSTER)
        url = base64.urlsafe_b64decode(token.partition(".")[2] + "==").decode()
        good = [self.keys, STRANGER] if absent and self.optional else [self.keys]
        require(any(f"X-Amz-Credential={keys.access_key}%2F" in url for keys in good), "another identity")

    def judge(self, code, out, err, closed_out=False, absent=False):
        """`credential` or `error`, by the exit code, where all promises are kept; else Broken. `code`: -N where signal N ended it.

        `closed_out`: closing stdout failed, so that an error may come when all is written. `absent`: a file is said not to be there.
        """
        outputs.said(err)
        require(not any(secret in err for secret in PARTS) and b"k8s-aws-v1." not in err, "a secret on stderr")
        lines = err.splitlines()
        require(err.endswith(b"\n") or not err, "a partial line on stderr:", err)
        self.check_login()
        if code == 0 or (closed_out and out):
            self.check_credential(out, absent)
        if code == 0:
            require(all(line.startswith(self.speaker + b"warning: ") for line in lines), "a success with an error:", lines)
            return "credential"
        require(code == 1, "its end is", code, "with", err)
        require(not out or closed_out, "an error, and bytes on stdout:", len(out), err)
        require(len(lines) == 1 and lines[0].startswith(self.speaker) and len(lines[0]) > 20, "not one line on stderr:", lines)
        return "error"

    def judge_ended(self, number, code, out, err):
        """`ended` by signal `number`, or `credential` where that came too late."""
        if code == 0:
            return self.judge(code, out, err)
        outputs.said(err)
        require(code == -number and not err, "its end is", code, "with", err)
        self.check_login()
        if out:  # the signal came behind the write
            self.check_credential(out)
        return "ended"


@dataclasses.dataclass
class HostWorld(World):
    """That of host.cpp, whose `arguments` name a plugin that prints HOST_TOKEN."""
    arguments: list = None
    speaker: bytes = b"[host] "

    def check_credential(self, out, absent=False):
        require(out == HOST_TOKEN.encode() + b"\n", "stdout isn't the token:", len(out))


def environment(folder, **env):
    info = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "spec": {"cluster": {"config": {"region": REGION, "clusterId": CLUSTER}}, "interactive": False}}
    return {"HOME": str(folder / "home"), "PATH": "/usr/bin:/bin", "KUBERNETES_EXEC_INFO": json.dumps(info), **env}


def metadata(keys, request):
    """Answers as EC2's instance metadata."""
    if request.method == "PUT":
        return 200, b"metadatatoken"
    if request.headers["x-aws-ec2-metadata-token"] != "metadatatoken":
        return 401, b""
    return 200, {"Code": "Success", **keys} if request.path.endswith("/node-role") else b"node-role"


@contextlib.contextmanager
def environment_keys(folder, certificate):
    yield World(folder, LONG_TERM, {"AWS_ACCESS_KEY_ID": LONG_TERM.access_key, "AWS_SECRET_ACCESS_KEY": LONG_TERM.secret_key})


@contextlib.contextmanager
def static_profile(folder, certificate):
    world = World(folder, SESSION, {}, optional=True)
    world.write("home/.aws/config", f"[default]\nregion = {REGION}\n")
    world.write("home/.aws/credentials", f"[default]\naws_access_key_id = {SESSION.access_key}\n"
                                         f"aws_secret_access_key = {SESSION.secret_key}\naws_session_token = {SESSION.token}\n")
    yield world


def port_of(address):
    return address.rpartition(":")[2]


@contextlib.contextmanager
def web_identity(folder, certificate):
    world = World(folder, SESSION, {"AWS_ROLE_ARN": ROLE, "AWS_CA_BUNDLE": str(certificate.file)})
    world.env["AWS_WEB_IDENTITY_TOKEN_FILE"] = world.write("identity", JWT + "\n")
    with world.serve(certificate, Sts()) as sts:
        world.env["AWS_ENDPOINT_URL_STS"] = f"https://{NAME}:{port_of(sts)}"
        yield world


@contextlib.contextmanager
def role_chain(folder, certificate):
    """A role by the role of a web identity, and certificates in a folder."""
    world = World(folder, SESSION, {"AWS_PROFILE": "hub"})
    world.write("home/.aws/config", f"[profile hub]\nrole_arn = {ROLE}\nsource_profile = identity\nregion = {REGION}\n"
                                    f"[profile identity]\nrole_arn = {ROLE}\nweb_identity_token_file = {world.write('identity', JWT)}\n")
    hashed = pathlib.Path(world.write("hashed/server.pem", certificate.file.read_text())).parent
    subprocess.run(["openssl", "rehash", hashed], check=True, capture_output=True)
    world.env["SSL_CERT_DIR"] = str(hashed)
    with world.serve(certificate, Sts(signer=SESSION)) as sts:
        world.env["AWS_ENDPOINT_URL_STS"] = f"https://{sts}"
        yield world


@contextlib.contextmanager
def sso(folder, certificate):
    world = World(folder, SESSION, {"AWS_PROFILE": "p", "AWS_CA_BUNDLE": str(certificate.file)}, renewed={**RENEWED_SSO, "expiresAt": ...})
    world.write("home/.aws/config", "[profile p]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = reader\n"
                                    f"[sso-session corp]\nsso_region = {REGION}\nsso_start_url = https://corp.example/start\n")
    world.login = pathlib.Path(world.write("home/.aws/sso/cache/" + hashlib.sha1(b"corp").hexdigest() + ".json", ""))
    world.before = {"startUrl": "https://corp.example/start", "region": REGION, "accessToken": "ssoaccesstoken1",
                    "expiresAt": "2020-01-01T00:00:00Z", "clientId": "client", "clientSecret": "ssoclientsecret",
                    "registrationExpiresAt": "2100-01-01T00:00:00Z", "refreshToken": "ssorefreshtoken"}
    with world.serve(certificate, IdentityCenter()) as address:
        world.env |= {"AWS_ENDPOINT_URL_SSO": f"https://{address}", "AWS_ENDPOINT_URL_SSO_OIDC": f"https://{address}"}
        yield world


@contextlib.contextmanager
def console_login(folder, certificate):
    name = "arn:aws:iam::123456789012:user/me"
    world = World(folder, SESSION, {"AWS_PROFILE": "p", "AWS_CA_BUNDLE": str(certificate.file)}, renewed={**RENEWED_LOGIN, "accessToken": ...})
    world.write("home/.aws/config", f"[profile p]\nlogin_session = {name}\nregion = {REGION}\n")
    world.login = pathlib.Path(world.write("home/.aws/login/cache/" + hashlib.sha256(name.encode()).hexdigest() + ".json", ""))
    key = subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"], check=True, capture_output=True, text=True).stdout
    keys = {"accessKeyId": SESSION.access_key, "secretAccessKey": SESSION.secret_key, "sessionToken": SESSION.token}
    world.before = {"accessToken": {"accessKeyId": "ASIAOLD", "secretAccessKey": "loginoldsecret", "sessionToken": "loginoldtoken",
                                    "accountId": "123456789012", "expiresAt": "2020-01-01T00:00:00Z"},
                    "tokenType": "t", "refreshToken": "loginrefreshtoken", "clientId": "client", "dpopKey": key}

    def signin(request):
        if json.loads(request.body)["refreshToken"] != "loginrefreshtoken" or request.headers["DPoP"].count(".") != 2:
            return 400, {"error": "invalid_request"}
        return 200, {"accessToken": keys, "tokenType": "t", "expiresIn": 900, "refreshToken": "loginrefreshtoken2"}

    with world.serve(certificate, signin) as address:
        world.env["AWS_ENDPOINT_URL_SIGNIN"] = f"https://{address}"
        yield world


@contextlib.contextmanager
def credential_process(folder, certificate):
    world = World(folder, SESSION, {"AWS_PROFILE": "p"})
    keys = {"Version": 1, **SESSION_KEYS}
    keys["SessionToken"] = keys.pop("Token")
    world.write("home/.aws/config", f"[profile p]\ncredential_process = cat {world.write('keys.json', json.dumps(keys))}\n")
    yield world


@contextlib.contextmanager
def container(folder, certificate):
    world = World(folder, SESSION, {})
    world.env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = world.write("pod-token", "podidentitytoken")

    def agent(request):
        return (200, SESSION_KEYS) if request.headers["Authorization"] == "podidentitytoken" else (403, {"code": "AccessDenied"})

    with world.serve(None, agent) as address:
        world.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"http://{address}/v1/credentials"
        yield world


@contextlib.contextmanager
def instance_metadata(folder, certificate):
    with serve(None, lambda request: metadata(SESSION_KEYS, request)) as address:
        yield World(folder, SESSION, {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{address}"})


SOURCES = {"environment keys": environment_keys, "static profile": static_profile, "web identity": web_identity, "role chain": role_chain,
           "SSO": sso, "console login": console_login, "credential process": credential_process, "container": container,
           "instance metadata": instance_metadata}


@contextlib.contextmanager
def world_of(source, folder):
    """The world of a source, in a folder that is there."""
    (folder / "home").mkdir()
    certificate = Certificate(folder, [NAME])
    with serve(None, lambda request: metadata(metadata_keys(STRANGER), request)) as address, SOURCES[source](folder, certificate) as world:
        world.certificate = certificate
        world.env = environment(folder, AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://{address}") | world.env
        world.restore()
        yield world


@contextlib.contextmanager
def host_world(folder):
    answer = {"kind": "ExecCredential", "apiVersion": profiles.V1, "status": {"token": HOST_TOKEN}}
    world = HostWorld(folder, None, {"PATH": "/usr/bin:/bin"})
    plugin = profiles.provider(command="cat", args=[world.write("answer.json", json.dumps(answer))])
    authority = base64.b64encode(Certificate(folder).file.read_bytes()).decode()
    world.arguments = [world.write("providers.json", profiles.providers(plugin)),
                       world.write("profile.json", profiles.profile((profiles.EXEC, {"region": REGION})).replace("@CA@", authority))]
    yield world
