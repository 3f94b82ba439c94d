# SPDX-License-Identifier: Apache-2.0
"""The plugin with the logins that a person has made before: IAM Identity Center and console sign-in."""
import base64
import hashlib
import json
import subprocess
import time

from loopback import serve
from token_check import SESSION

REGION = "eu-west-1"
EXPIRATION = "2100-01-01T00:00:00Z"


class IdentityCenter:
    """The portal and the OIDC service: gives SESSION to those who have the access token, which the refresh token renews once."""

    def __init__(self):
        self.seen = []

    def __call__(self, request):
        self.seen.append(f"{request.method} {request.path.partition('?')[0]}")
        if request.path == "/token":
            if json.loads(request.body) != {"clientId": "client", "clientSecret": "ssoclientsecret", "grantType": "refresh_token", "refreshToken": "ssorefreshtoken"}:
                return 400, {"error": "invalid_grant", "error_description": "another refresh token was expected"}
            return 200, {"accessToken": "ssoaccesstoken2", "expiresIn": 28800, "tokenType": "Bearer", "refreshToken": "ssorefreshtoken2"}
        if request.headers["x-amz-sso_bearer_token"] != "ssoaccesstoken2":
            return 401, {"message": "Session token not found or invalid"}
        assert request.path == "/federation/credentials?role_name=reader&account_id=123456789012", request.path
        return 200, {"roleCredentials": {"accessKeyId": SESSION.access_key, "secretAccessKey": SESSION.secret_key,
                                         "sessionToken": SESSION.token, "expiration": 4102444800000}}


def sso(tap, runner, certificate):
    cache = runner.folder / "home/.aws/sso/cache" / (hashlib.sha1(b"corp").hexdigest() + ".json")
    cache.parent.mkdir(parents=True)
    files = {"AWS_PROFILE": "p", "AWS_CA_BUNDLE": str(certificate.file), "AWS_CONFIG_FILE": runner.write(
        "sso-config", "[profile p]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = reader\n"
                      f"[sso-session corp]\nsso_region = {REGION}\nsso_start_url = https://corp.example/start\n")}
    old = {"startUrl": "https://corp.example/start", "region": REGION, "accessToken": "ssoaccesstoken1", "expiresAt": "2020-01-01T00:00:00Z",
           "clientId": "client", "clientSecret": "ssoclientsecret", "registrationExpiresAt": "2100-01-01T00:00:00Z", "refreshToken": "ssorefreshtoken"}
    with tap.case("SSO: without a login the user learns how to get one"):
        runner.refused(f"reading {cache}: no such file", "run: aws sso login --profile p", **files)
    with tap.case("SSO: a login that is over is renewed, kept for other tools and their eyes alone, and used from then on"):
        cache.write_text(json.dumps(old))
        answer = IdentityCenter()
        with serve(certificate, answer) as address:
            there = {"AWS_ENDPOINT_URL_SSO": f"https://{address}", "AWS_ENDPOINT_URL_SSO_OIDC": f"https://{address}"}
            runner.served(**files, **there)
            runner.served(**files, **there)
        assert answer.seen == ["POST /token", "GET /federation/credentials", "GET /federation/credentials"], answer.seen
        new = json.loads(cache.read_text())
        assert new.pop("expiresAt") > "2026" and cache.stat().st_mode & 0o777 == 0o600
        assert new == {key: value for key, value in old.items() if key != "expiresAt"} | {"accessToken": "ssoaccesstoken2", "refreshToken": "ssorefreshtoken2"}
        assert [path.name for path in cache.parent.iterdir()] == [cache.name], "a file was left behind"
    with tap.case("SSO: a login that the portal no longer knows is told with the way to a new one"):
        cache.write_text(json.dumps(old | {"accessToken": "ssoaccesstoken1", "expiresAt": EXPIRATION}))
        with serve(certificate, IdentityCenter()) as address:
            runner.refused("HTTP 401", "run: aws sso login --profile p", **files, AWS_ENDPOINT_URL_SSO=f"https://{address}")


def login(tap, runner, certificate):
    name = "arn:aws:iam::123456789012:user/me"
    cache = runner.folder / "home/.aws/login/cache" / (hashlib.sha256(name.encode()).hexdigest() + ".json")
    cache.parent.mkdir(parents=True)
    key = subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"], check=True, capture_output=True, text=True).stdout
    files = {"AWS_PROFILE": "p", "AWS_CA_BUNDLE": str(certificate.file),
             "AWS_CONFIG_FILE": runner.write("login-config", f"[profile p]\nlogin_session = {name}\nregion = {REGION}\n")}
    keys = {"accessKeyId": SESSION.access_key, "secretAccessKey": SESSION.secret_key, "sessionToken": SESSION.token}
    old = {"accessToken": {"accessKeyId": "ASIAOLD", "secretAccessKey": "loginoldsecret", "sessionToken": "loginoldtoken",
                           "accountId": "123456789012", "expiresAt": "2020-01-01T00:00:00Z"},
           "tokenType": "t", "refreshToken": "loginrefreshtoken", "clientId": "client", "dpopKey": key}
    with tap.case("console login: one that is over is renewed with a proof that openssl verifies, and kept"):
        seen = []

        def signin(request):
            seen.append(f"{request.method} {request.path}")
            check_proof(request.headers["DPoP"], f"https://{request.headers['Host']}/v1/token", key, runner.folder)
            assert json.loads(request.body) == {"clientId": "client", "grantType": "refresh_token", "refreshToken": "loginrefreshtoken"}
            return 200, {"accessToken": keys, "tokenType": "t", "expiresIn": 900, "refreshToken": "loginrefreshtoken2"}
        cache.write_text(json.dumps(old))
        with serve(certificate, signin) as address:
            runner.served(**files, AWS_ENDPOINT_URL_SIGNIN=f"https://{address}")
        runner.served(**files)
        assert seen == ["POST /v1/token"], seen
        new = json.loads(cache.read_text())
        assert new["refreshToken"] == "loginrefreshtoken2" and new["dpopKey"] == key and cache.stat().st_mode & 0o777 == 0o600
        assert {part: new["accessToken"][part] for part in keys} == keys and new["accessToken"]["accountId"] == "123456789012"
    with tap.case("console login: a session that is over is told with the way to a new one"):
        cache.write_text(json.dumps(old))
        with serve(certificate, lambda _: (400, {"error": "TOKEN_EXPIRED", "message": "not any more"})) as address:
            runner.refused("TOKEN_EXPIRED: not any more (HTTP 400)", "run: aws login --profile p", **files, AWS_ENDPOINT_URL_SIGNIN=f"https://{address}")


def check_proof(proof, url, key, folder):
    """By openssl: the signature of a DPoP proof is good by the key's public half, which the proof itself names."""
    def decoded(text):
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    header, payload, signature = proof.split(".")
    jwk = json.loads(decoded(header))["jwk"]
    public = subprocess.run(["openssl", "ec", "-pubout", "-outform", "DER"], input=key.encode(), check=True, capture_output=True).stdout
    assert public[-64:] == decoded(jwk["x"]) + decoded(jwk["y"]) and len(jwk["x"]) == len(jwk["y"]) == 43
    claims = json.loads(decoded(payload))
    assert (claims["htm"], claims["htu"]) == ("POST", url) and abs(claims["iat"] - time.time()) < 300 and len(claims["jti"]) == 36, claims

    def integer(number):  # of DER
        number = number.lstrip(b"\0")
        number = (b"\0" if number[0] & 0x80 else b"") + number
        return bytes([2, len(number)]) + number
    raw = decoded(signature)
    pair = integer(raw[:32]) + integer(raw[32:])
    for name, content in {"public.der": public, "signature": bytes([0x30, len(pair)]) + pair, "signed": f"{header}.{payload}".encode()}.items():
        (folder / name).write_bytes(content)
    subprocess.run(["openssl", "dgst", "-sha256", "-verify", folder / "public.der", "-keyform", "DER", "-signature", folder / "signature",
                    folder / "signed"], check=True, capture_output=True)
