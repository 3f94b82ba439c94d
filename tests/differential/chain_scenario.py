# SPDX-License-Identifier: Apache-2.0
"""The words that the tables of scenarios are written in.

Keys have labels for ids, and all else follows from the label: `AKID...` are long-term keys, `ASIA...` have a session token.
The services on the loopback (chain_world.py) answer with an id that tells what they were asked with.
"""
import base64
import dataclasses
import datetime
import functools
import hashlib
import re
import typing

EXPIRES = "2100-01-01T00:00:00Z"
REGION = "eu-west-1"
SECRETS = set()  # all that may be in no message


def epoch_of(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def from_now(**delta):
    """A time relative to this moment, as services write it. In files `{now+60}` is better, as it is read when the scenario runs."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _label(*parts):
    return "ASIA_" + re.sub("[^A-Za-z0-9_]", lambda odd: f"{ord(odd[0]):02X}", "_".join(parts))


@functools.cache
def _derived(what, label):
    text = base64.b64encode(hashlib.sha256(f"{what} {label}".encode()).digest()).decode().rstrip("=")
    SECRETS.add(text)
    return text


def secret_of(key_id):
    return _derived("secret", key_id)


def token_of(key_id):
    """The session token; empty for long-term keys."""
    return _derived("token", key_id) + "/+==" if key_id.startswith("ASIA") else ""


CLIENT_ID, CLIENT_SECRET = "arn:aws:signin:::devtools/same-device", _derived("client", "secret")


def jwt(subject):
    """The identity token of a pod; the STS of the test tells its subject."""
    text = f"eyJhbGciOiJub25lIn0.{subject}.{_derived('jwt', subject)[:20].replace('+', '-').replace('/', '_')}"
    SECRETS.add(text)
    return text


def login_token(kind, subject):
    """A token of a person's login, of the kinds `sso`, `refresh` (of an SSO login) and `login`; its services tell the subject."""
    return f"{kind}.{subject}.{_derived(kind, subject)}"


def sso_id(role, account, subject):
    """The key id that IAM Identity Center answers with."""
    return _label("sso", role, account, "by", subject)


def env_keys(key_id):
    return {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret_of(key_id), "AWS_SESSION_TOKEN": token_of(key_id)}


def ini_keys(key_id):
    token = f"aws_session_token = {token_of(key_id)}\n" if token_of(key_id) else ""
    return f"aws_access_key_id = {key_id}\naws_secret_access_key = {secret_of(key_id)}\n{token}"


def json_keys(key_id, token="Token", **changes):
    """As services and credential processes write keys; None takes a member out."""
    members = {"AccessKeyId": key_id, "SecretAccessKey": secret_of(key_id), token: token_of(key_id), "Expiration": EXPIRES}
    return {name: value for name, value in (members | changes).items() if value is not None}


def role_arn(name, partition="aws"):
    return f"arn:{partition}:iam::123456789012:role/{name}"


def assumed(role, by, **told):
    """The key id that STS answers with: `told` are external_id, name, seconds, and region where it isn't REGION."""
    return _label(role, "by", by.removeprefix("ASIA_"), *(f"{key}_{value}" for key, value in sorted(told.items())))


@dataclasses.dataclass(frozen=True)
class Keys:
    """Credentials; what isn't given follows from the id."""
    id: str
    secret: typing.Optional[str] = None
    token: typing.Optional[str] = None
    expires: typing.Any = EXPIRES  # where the program knows an expiry; None for any

    def faults(self, found):
        expected = {"access_key_id": self.id, "secret_access_key": secret_of(self.id) if self.secret is None else self.secret,
                    "session_token": token_of(self.id) if self.token is None else self.token}
        if "failed" in found:
            return [f"failed: {found['failed']}"]
        wrong = [f"{field} is another" for field, value in expected.items() if found[field] != value]
        if self.expires and found["expires"] not in (None, epoch_of(self.expires)):
            wrong.append("expires is another")
        return wrong


@dataclasses.dataclass(frozen=True)
class Fails:
    """A refusal: a part of our message, or the name of botocore's exception."""
    text: str

    def faults(self, found):
        if "failed" not in found:
            return ["credentials where none were expected"]
        return [] if self.text in found["failed"] else [f"failed otherwise than by {self.text!r}: {found['failed']}"]


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    ours: typing.Union[Keys, Fails]
    botocore: typing.Union[Keys, Fails]
    why: str = ""  # they differ: the section of aws-credentials that decides it, and the reason
    env: dict = dataclasses.field(default_factory=dict)  # over that of chain_botocore.py; None takes a variable out
    config: typing.Union[str, bytes, None] = None  # ~/.aws/config
    credentials: typing.Union[str, bytes, None] = None  # ~/.aws/credentials
    files: dict = dataclasses.field(default_factory=dict)  # by path in the home folder; Folder or Link for what is none
    profile: typing.Optional[str] = None  # the caller's own choice
    region: str = REGION  # of the cluster
    replies: dict = dataclasses.field(default_factory=dict)  # by call: what it gets before the good answer
    calls: typing.Optional[list] = None  # that both make; without it they make the same ones
    our_calls: typing.Optional[list] = None  # where the numbers differ
    botocore_calls: typing.Optional[list] = None


class Folder:
    """Stands where a file is expected."""


@dataclasses.dataclass(frozen=True)
class Link:
    to: str


def _keys(outcome):
    return Keys(outcome) if isinstance(outcome, str) else outcome


def same(name, keys, **world):
    """Both get these credentials."""
    return Scenario(name, _keys(keys), _keys(keys), **world)


def both_fail(name, ours, botocore, **world):
    """Both fail, each in its own words."""
    return Scenario(name, Fails(ours), Fails(botocore), **world)


def differ(name, ours, botocore, why, **world):
    """A deviation. A key id stands for its credentials."""
    return Scenario(name, _keys(ours), _keys(botocore), why, **world)


def always(reply):
    """A reply to every call of a kind, however often it is made."""
    return [reply] * 20


def sts_error(code, status=400, message="as the test says"):
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
    return status, body.encode()
