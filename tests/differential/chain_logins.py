# SPDX-License-Identifier: Apache-2.0
"""The services behind the logins of people on the loopback: IAM Identity Center (SSO) and AWS Sign-In."""
import base64
import json
import pathlib
import subprocess
import tempfile
import time
import urllib.parse

from chain_scenario import EXPIRES, CLIENT_ID, CLIENT_SECRET, epoch_of, login_token, secret_of, sso_id, token_of

CURVE_POINT = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")  # of a SubjectPublicKeyInfo, before x and y


def subject_of(token, kind):
    """Whose token it is; empty where it is no such token."""
    parts = token.split(".")
    return parts[1] if len(parts) == 3 and token == login_token(kind, parts[1]) else ""


def refused(status, kind, **members):
    return status, {"__type": kind, "message": "as the test says", **members}


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


def make_login_key():
    """As `aws login` makes it: SEC1, in PEM."""
    return openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout").decode()


class Logins:
    """`called` notes a call and gives the reply that the scenario wants, if any; see chain_world.py."""

    def __init__(self, called, login_key):
        self.called, self.proofs = called, set()
        with tempfile.NamedTemporaryFile() as file:
            file.write(login_key.encode())
            file.flush()
            self.point = openssl("ec", "-in", file.name, "-pubout", "-outform", "DER")

    def portal(self, request):
        url = urllib.parse.urlsplit(request.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        reply = self.called("GetRoleCredentials")
        if reply:
            return reply
        subject = subject_of(request.headers.get("x-amz-sso_bearer_token", ""), "sso")
        if request.method != "GET" or url.path != "/federation/credentials" or "Authorization" in request.headers:
            return refused(400, "InvalidRequestException")
        if not subject:
            return refused(401, "UnauthorizedException")
        key_id = sso_id(asked["role_name"], asked["account_id"], subject)
        return 200, sso_answer(key_id)

    def oidc(self, request):
        reply = self.called("CreateToken")
        if reply:
            return reply
        asked = json.loads(request.body)
        subject = subject_of(asked.get("refreshToken", ""), "refresh")
        expected = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, "grantType": "refresh_token", "refreshToken": asked.get("refreshToken")}
        if request.method != "POST" or request.path != "/token" or asked != expected or not subject:
            return refused(400, "InvalidGrantException", error="invalid_grant")
        renewed = subject + "-renewed"
        return 200, {"accessToken": login_token("sso", renewed), "expiresIn": 28800, "tokenType": "Bearer", "refreshToken": login_token("refresh",
                                                renewed)}

    def signin(self, request):
        reply = self.called("CreateOAuth2Token")
        if reply:
            return reply
        asked = json.loads(request.body)
        subject = subject_of(asked.get("refreshToken", ""), "login")
        expected = {"clientId": CLIENT_ID, "grantType": "refresh_token", "refreshToken": asked.get("refreshToken")}
        if request.method != "POST" or request.path != "/v1/token" or asked != expected or not subject:
            return refused(400, "ValidationException", error="INVALID_REQUEST")
        if not self.is_proof(request.headers.get("DPoP", ""), f"https://{request.headers['Host']}/v1/token"):
            return refused(403, "AccessDeniedException", error="INVALID_PROOF")
        return 200, login_answer("ASIA_login_" + subject + "_renewed", subject + "-renewed")

    def is_proof(self, text, url):
        """Whether it is a fresh proof (RFC 9449) that its sender has the login's key."""
        head, _, signature = text.rpartition(".")
        decoded = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split(".")]
        header, payload = json.loads(decoded[0]), json.loads(decoded[1])
        key, raw = header.pop("jwk"), decoded[2]
        point = CURVE_POINT + b"".join(base64.urlsafe_b64decode(key[axis] + "=") for axis in "xy")
        fresh = abs(time.time() - payload["iat"]) < 60 and payload["jti"] not in self.proofs
        self.proofs.add(payload["jti"])
        return (header == {"typ": "dpop+jwt", "alg": "ES256"} and key["kty"] == "EC" and key["crv"] == "P-256" and point == self.point and "=" not in text
                and fresh and payload["htm"] == "POST" and payload["htu"] == url and len(raw) == 64 and verifies(point, raw, head.encode()))


def verifies(point, raw, signed):
    """Whether `raw`, r and s, is the signature of a text."""

    def integer(value):
        body = value.lstrip(b"\0") or b"\0"
        body = (b"\0" if body[0] >= 0x80 else b"") + body
        return b"\x02" + bytes([len(body)]) + body

    pair = integer(raw[:32]) + integer(raw[32:])
    with tempfile.TemporaryDirectory() as folder:
        files = {name: pathlib.Path(folder, name) for name in ("key", "signature", "text")}
        files["key"].write_bytes(point)
        files["signature"].write_bytes(b"\x30" + bytes([len(pair)]) + pair)
        files["text"].write_bytes(signed)
        done = subprocess.run(["openssl", "dgst", "-sha256", "-keyform", "DER", "-verify", files["key"], "-signature", files["signature"], files["text"]],
                              capture_output=True)
    return done.returncode == 0


def sso_answer(key_id, **changes):
    members = {"accessKeyId": key_id, "secretAccessKey": secret_of(key_id), "sessionToken": token_of(key_id), "expiration": epoch_of(EXPIRES) * 1000}
    return {"roleCredentials": {name: value for name, value in (members | changes).items() if value is not None}}


def login_answer(key_id, subject, **changes):
    members = {"accessToken": {"accessKeyId": key_id, "secretAccessKey": secret_of(key_id), "sessionToken": token_of(key_id)},
               "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": login_token("login", subject)}
    return {name: value for name, value in (members | changes).items() if value is not None}
