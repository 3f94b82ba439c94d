# SPDX-License-Identifier: Apache-2.0
"""Identities that differ in one thing each, and the services that give each one keys of its own."""
import contextlib
import datetime
import hashlib
import json
import threading
import urllib.parse

import token_check
from botocore.credentials import Credentials
from loopback import ACCOUNT, Certificate, serve
from sources import Sts
from support import outputs
from token_check import LONG_TERM

REGION, CLUSTER = "eu-west-1", "c1"
HUB, SPOKE = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("hub", "spoke"))
TOKENS = [f"eyJhbGciOiJub25lIn0.loadidentity{number}.c2ln" for number in range(2)]
POD_TOKENS = [f"loadpodtoken{number}" for number in range(2)]
outputs.secret(*TOKENS, *POD_TOKENS)
PROFILE = f"role_arn = {HUB}\nsource_profile = base\nregion = {REGION}\n"
CONFIG = (f"[profile first]\n{PROFILE}external_id = first\n[profile second]\n{PROFILE}external_id = second\n"
          f"[profile named]\n{PROFILE}role_session_name = me\n")
BASE = f"[base]\naws_access_key_id = {LONG_TERM.access_key}\naws_secret_access_key = {LONG_TERM.secret_key}\n"


def rfc3339(seconds):
    """That far from now."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Identity:
    """Who a run is by its environment, and by what its calls ask; `calls` counts those that a service has read.

    `before_answer` is what a service does between call and answer; `refused`: the answer is no.
    """

    def __init__(self, name, asks, **env):
        self.name, self.asks, self.env = name, asks, env
        self.calls, self.before_answer, self.refused = 0, lambda: None, False

    def new_keys(self):
        """Keys that last an hour; nothing where the service refuses them."""
        with KEYS_LOCK:
            self.calls += 1
            number = self.calls
        self.before_answer()
        if self.refused:
            return None
        secret, token = (hashlib.sha256(f"{kind} {number} of {self.name}".encode()).hexdigest() for kind in ("secret", "token"))
        keys = Credentials(f"ASIA{self.name}{number}", secret, token)
        outputs.secret(secret, token)
        with KEYS_LOCK:
            token_check.KEYS[keys.access_key], OWNERS[keys.access_key] = keys, self
        return keys


KEYS_LOCK, OWNERS = threading.Lock(), {}  # whose an access key id is


def sts(number, by_asks):
    def answer(request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        if form["Action"] == "AssumeRole":
            assert request.headers["Authorization"] == Sts().authorization(request), "botocore signs another way"
        session = "" if form["RoleSessionName"].startswith("eksauth-") else form["RoleSessionName"]
        asks = ("sts", number, form["RoleArn"], session, form.get("WebIdentityToken", ""), form.get("ExternalId", ""))
        keys = by_asks[asks].new_keys()
        if not keys:
            return 403, b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not now</Message></Error></ErrorResponse>"
        return 200, f"""<{form["Action"]}Response><{form["Action"]}Result><Credentials><AccessKeyId>{keys.access_key}</AccessKeyId>
            <SecretAccessKey>{keys.secret_key}</SecretAccessKey><SessionToken>{keys.token}</SessionToken>
            <Expiration>{rfc3339(3600)}</Expiration></Credentials></{form["Action"]}Result></{form["Action"]}Response>""".encode()
    return answer


def as_json(keys):
    return {"Code": "Success", "AccessKeyId": keys.access_key, "SecretAccessKey": keys.secret_key, "Token": keys.token,
            "Expiration": rfc3339(3600)}


def container(by_asks):
    def answer(request):
        keys = by_asks["container", request.path, request.headers["Authorization"]].new_keys()
        return (200, as_json(keys)) if keys else (403, {"code": "AccessDenied", "message": "not now"})
    return answer


@contextlib.contextmanager
def all_identities(folder):
    """Gives them, while their services run; their files are in the folder."""
    def write(name, text):
        (folder / name).write_text(text)
        return str(folder / name)

    by_asks, certificate = {}, Certificate(folder)
    with contextlib.ExitStack() as services:
        def at(certificate, answer):
            return services.enter_context(serve(certificate, answer))
        stses = [f"https://{at(certificate, sts(number, by_asks))}" for number in range(2)]
        pods = f"http://{at(None, container(by_asks))}"
        files = [write(f"token{number}", text) for number, text in enumerate(TOKENS)]
        pod_files = [write(f"pod-token{number}", text) for number, text in enumerate(POD_TOKENS)]
        common = {"AWS_CA_BUNDLE": str(certificate.file), "HOME": str(folder), "AWS_CONFIG_FILE": write("config", CONFIG),
                  "AWS_SHARED_CREDENTIALS_FILE": write("credentials", BASE), "AWS_EC2_METADATA_DISABLED": "true"}

        def web(name, server=0, role=HUB, session="me", token=0):
            return Identity(name, ("sts", server, role, session, TOKENS[token], ""), AWS_ENDPOINT_URL_STS=stses[server],
                            AWS_ROLE_ARN=role, AWS_ROLE_SESSION_NAME=session, AWS_WEB_IDENTITY_TOKEN_FILE=files[token], **common)

        def profile(name, selected, session="", external_id=""):
            asks = ("sts", 0, HUB, session, "", external_id)
            return Identity(name, asks, AWS_ENDPOINT_URL_STS=stses[0], AWS_PROFILE=selected, **common)

        def pod(name, path, token):
            return Identity(name, ("container", path, POD_TOKENS[token]), AWS_CONTAINER_CREDENTIALS_FULL_URI=pods + path,
                            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=pod_files[token], **common)

        found = [web("WEB"), web("SESSION", session="you"), web("TOKEN", token=1), web("ROLE", role=SPOKE), web("SERVER", server=1),
                 profile("FIRST", "first", external_id="first"), profile("SECOND", "second", external_id="second"),
                 profile("NAMED", "named", "me"), pod("POD", "/v1", 0), pod("PATH", "/v2", 0), pod("OTHERPOD", "/v1", 1)]
        by_asks.update((one.asks, one) for one in found)
        assert len(by_asks) == len(found)
        yield found
