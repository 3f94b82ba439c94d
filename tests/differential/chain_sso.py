# SPDX-License-Identifier: Apache-2.0
"""Logins to IAM Identity Center (SSO)."""
import hashlib
import json

from chain_calls import ELSEWHERE
from chain_environment import CONTAINER
from chain_logins import refused, sso_answer
from chain_profiles import PROCESS, on
from chain_scenario import CLIENT_ID, CLIENT_SECRET, EXPIRES, Fails, Keys, always, assumed, both_fail, differ, ini_keys, login_token, same, sso_id

START_URL = "https://example.awsapps.com/start"
PLACE = f"sso_start_url = {START_URL}\nsso_region = eu-central-1\n"
WHO = "sso_account_id = 123456789012\nsso_role_name = Reader\n"
SESSION = f"[sso-session s]\n{PLACE}sso_registration_scopes = sso:account:access\n"
BY_SESSION = f"[default]\nsso_session = s\n{WHO}{SESSION}"
LEGACY = f"[default]\n{PLACE}{WHO}"
GET, RENEW = ["GetRoleCredentials"], ["CreateToken", "GetRoleCredentials"]
ID, RENEWED = sso_id("Reader", "123456789012", "me"), sso_id("Reader", "123456789012", "me-renewed")
NO_LOGIN = "aws sso login"
PAST = "2020-01-01T00:00:00Z"


def cache(name="s", **changes):
    """The file of a login, that can be renewed; None takes a member out."""
    members = {"startUrl": START_URL, "region": "eu-central-1", "accessToken": login_token("sso", "me"), "expiresAt": EXPIRES, "clientId": CLIENT_ID,
               "clientSecret": CLIENT_SECRET, "registrationExpiresAt": EXPIRES, "refreshToken": login_token("refresh", "me")}
    return raw_cache(json.dumps({key: value for key, value in (members | changes).items() if value is not None}), name)


def raw_cache(text, name="s"):
    return {f".aws/sso/cache/{hashlib.sha1(name.encode()).hexdigest()}.json": text}


def session(files=None, **world):
    return {"config": BY_SESSION, "files": cache() if files is None else files, **world}


def legacy(**changes):
    return {"config": LEGACY, "files": cache(START_URL, **changes)}


def replies(step="GetRoleCredentials", *first, files=None, **world):
    return session(files, replies={step: list(first)}, **world)


def answers(**changes):
    return replies("GetRoleCredentials", (200, sso_answer(ID, **changes)))


def renewal(*first):
    return replies("CreateToken", *first, files=cache(expiresAt=PAST))


def by_name(**variables):
    """The services are called by their public names, through the proxy."""
    env = {"AWS_ENDPOINT_URL_SSO": None, "AWS_ENDPOINT_URL_SSO_OIDC": None, "HTTPS_PROXY": "http://{proxy}"}
    return session(cache(expiresAt=PAST), env=env | variables)


SCENARIOS = [
    same("by a session", ID, calls=GET, **session()),
    same("by a session whose settings the profile repeats", ID, calls=GET, config=BY_SESSION.replace(WHO, WHO + PLACE), files=cache()),
    same("by the profile alone", ID, calls=GET, **legacy()),
    same("by AWS_PROFILE", ID, calls=GET, config=BY_SESSION.replace("default", "profile x"), files=cache(), env={"AWS_PROFILE": "x"}),
    same("a session whose name has capital letters and a dot", ID, calls=GET,
         config=BY_SESSION.replace("= s\n", "= My.Org\n").replace("sso-session s", "sso-session My.Org"), files=cache("My.Org")),
    same("a role with marks in its name", sso_id("A=b,c@d.e+f-g", "123456789012", "me"), calls=GET,
         config=BY_SESSION.replace("Reader", "A=b,c@d.e+f-g"), files=cache()),
    same("no region is needed", ID, calls=GET, **session(env={"AWS_DEFAULT_REGION": None})),
    same("a role on it", assumed("hub", ID), calls=GET + ["AssumeRole hub"], **on(f"sso_session = s\n{WHO}{SESSION}", files=cache())),
    same("the time as old tools wrote it", ID, calls=GET, **session(cache(expiresAt="2100-01-01T00:00:00UTC"))),
    both_fail("no login", NO_LOGIN, "SSOTokenLoadError", calls=[], **session({}, env=CONTAINER)),
    both_fail("no login of the profile alone", NO_LOGIN, "SSOTokenLoadError", calls=[], config=LEGACY, files=cache()),
    both_fail("no JSON", NO_LOGIN, "KeyError", calls=[], **session(raw_cache("{"))),
    both_fail("no token in it", NO_LOGIN, "SSOTokenLoadError", calls=[], **session(cache(accessToken=None))),
    both_fail("no time in it", NO_LOGIN, "SSOTokenLoadError", calls=[], **session(cache(expiresAt=None))),
    both_fail("a time that is none", NO_LOGIN, "ParserError", calls=[], **session(cache(expiresAt="soon"))),
    both_fail("over, by the profile alone", NO_LOGIN, "UnauthorizedSSOTokenError", calls=[], **legacy(expiresAt=PAST)),
    both_fail("over, without what renews it", NO_LOGIN, "TokenRetrievalError", calls=[], **session(cache(expiresAt=PAST, refreshToken=None))),
    both_fail("over, and the registration too", NO_LOGIN, "TokenRetrievalError", calls=[],
              **session(cache(expiresAt=PAST, registrationExpiresAt=PAST))),
    same("over, and renewed", RENEWED, calls=RENEW, **session(cache(expiresAt=PAST))),
    differ("over, and nobody knows until when the registration holds", RENEWED, Fails("TokenRetrievalError"), "5.6: it is tried", our_calls=RENEW,
           botocore_calls=[],
           **session(cache(expiresAt=PAST, registrationExpiresAt=None))),
    differ("ten minutes left", ID, RENEWED, "8 row 32: renewed in the last five", our_calls=GET, botocore_calls=RENEW,
           **session(cache(expiresAt="{now+600}"))),
    same("three minutes left", RENEWED, calls=RENEW, **session(cache(expiresAt="{now+180}"))),
    same("three minutes left, and no renewal", ID, calls=RENEW,
         **replies("CreateToken", refused(400, "InvalidGrantException"), files=cache(expiresAt="{now+180}"))),
    same("three minutes left, and nothing that renews it", ID, calls=GET, **session(cache(expiresAt="{now+180}", refreshToken=None))),
    same("three minutes left, by the profile alone", ID, calls=GET, **legacy(expiresAt="{now+180}")),
    differ("half a minute left, and nothing that renews it", Fails(NO_LOGIN), ID, "5.6: a minute must be left", our_calls=[], botocore_calls=GET,
           **session(cache(expiresAt="{now+30}", refreshToken=None))),
    both_fail("over, and the renewal is refused", NO_LOGIN, "TokenRetrievalError", calls=RENEW[:1], **renewal(refused(400, "InvalidGrantException"))),
    both_fail("over, and the session was ended", NO_LOGIN, "TokenRetrievalError", calls=RENEW[:1], **renewal(refused(400, "ExpiredTokenException"))),
    same("the renewal is out of order once", RENEWED, calls=RENEW[:1] + RENEW, **renewal((500, b""))),
    same("the renewal is throttled by the status", RENEWED, calls=RENEW[:1] + RENEW, **renewal((429, b"{}"))),
    differ("the renewal is throttled by its code", RENEWED, Fails("TokenRetrievalError"), "5.6: it is tried again", our_calls=RENEW[:1] + RENEW,
           botocore_calls=RENEW[:1],
           **renewal(refused(400, "SlowDownException"))),
    both_fail("the renewal is out of order for good", "500", "TokenRetrievalError", calls=RENEW[:1] * 3, **renewal(*always((500, b"")))),
    both_fail("a renewal without token", NO_LOGIN, "KeyError", calls=RENEW[:1], **renewal((200, {"expiresIn": 28800, "tokenType": "Bearer"}))),
    both_fail("a renewal without time", NO_LOGIN, "KeyError", calls=RENEW[:1], **renewal((200, {"accessToken": login_token("sso", "me-renewed")}))),
    both_fail("the login isn't accepted", NO_LOGIN, "UnauthorizedSSOTokenError", calls=GET, **session(cache(accessToken="another"), env=CONTAINER)),
    both_fail("no such role", "ResourceNotFoundException", "ResourceNotFoundException", calls=GET,
              **replies("GetRoleCredentials", refused(404, "ResourceNotFoundException"))),
    both_fail("no access", "ForbiddenException", "ClientError", calls=GET, **replies("GetRoleCredentials", refused(403, "ForbiddenException"))),
    same("throttled once", ID, calls=GET * 2, **replies("GetRoleCredentials", refused(429, "TooManyRequestsException"))),
    same("out of order twice", ID, calls=GET * 3, **replies("GetRoleCredentials", (500, b""), (503, b""))),
    both_fail("out of order, and one attempt", "503", "ClientError", calls=GET,
              **replies("GetRoleCredentials", (503, b""), env={"AWS_MAX_ATTEMPTS": "1"})),
    both_fail("no credentials in the answer", "roleCredentials", "KeyError", calls=GET, **replies("GetRoleCredentials", (200, {}))),
    both_fail("no secret in the answer", "secretAccessKey", "KeyError", calls=GET, **answers(secretAccessKey=None)),
    both_fail("no session token in the answer", "sessionToken", "KeyError", calls=GET, **answers(sessionToken=None)),
    both_fail("no expiry in the answer", "expiration", "KeyError", calls=GET, **answers(expiration=None)),
    differ("expired in the answer", Keys(ID, expires=PAST), Fails("RuntimeError"), "1.4: refused where the token is made", calls=GET,
           **answers(expiration=1577836800000)),
    both_fail("no JSON in the answer", "EKS-BAD-REPLY", "KeyError", calls=GET, **replies("GetRoleCredentials", (200, b"{"))),
    both_fail("a session that isn't there", "[sso-session s]", "InvalidConfigError", calls=[], config=BY_SESSION.replace(SESSION, ""), files=cache()),
    both_fail("a session without region", "sso_region", "InvalidConfigError", calls=[], config=BY_SESSION.replace("sso_region = eu-central-1\n", ""),
              files=cache()),
    both_fail("a profile without account", "sso_account_id", "InvalidConfigError", calls=[],
              config=BY_SESSION.replace("sso_account_id = 123456789012\n", ""), files=cache()),
    both_fail("a profile without account and role", "sso_account_id, sso_role_name", "NoCredentials", calls=[], config=BY_SESSION.replace(WHO, ""),
              files=cache()),
    differ("a profile with a place alone", Fails("sso_account_id, sso_role_name"), "ASIA_container_open", "5.6: any of the keys asks for SSO",
           env=CONTAINER, config="[default]\n" + PLACE,
           our_calls=[], botocore_calls=["container /"]),
    both_fail("a profile without place", "sso_start_url, sso_region", "InvalidConfigError", calls=[], config="[default]\n" + WHO),
    both_fail("profile and session name different places", "another sso_region", "InvalidConfigError", calls=[],
              config=BY_SESSION.replace(WHO, WHO + "sso_region = us-east-1\n"), files=cache()),
    both_fail("an empty session name", "sso_session is empty", "InvalidConfigError", calls=[], config=BY_SESSION.replace("= s\n", "=\n"),
              files=cache()),
    both_fail("a region that is none", "sso_region", "InvalidRegionError", calls=[], config=BY_SESSION.replace("eu-central-1", "eu_central"),
              files=cache()),
    differ("an account that is none", Fails("12 digits"), sso_id("Reader", "1234", "me"), "4.4: 12 digits", our_calls=[], botocore_calls=GET,
           config=BY_SESSION.replace("123456789012", "1234"),
           files=cache()),
    differ("keys beside it", Fails("both aws_access_key_id and sso_session"), ID, "8 row 11: which identity is meant can't be told", our_calls=[],
           botocore_calls=GET,
           config=BY_SESSION.replace(WHO, WHO + ini_keys("AKIDOWN")), files=cache()),
    differ("a process beside it", Fails("both sso_session and credential_process"), ID, "5.3: which identity is meant can't be told", our_calls=[],
           botocore_calls=GET,
           config=BY_SESSION.replace(WHO, WHO + PROCESS), files=cache()),
    both_fail("a role beside it", "needs source_profile", "PartialCredentialsError", calls=[],
              config=BY_SESSION.replace(WHO, WHO + "role_arn = arn:aws:iam::123456789012:role/hub\n"), files=cache()),
    same("called by the names of its region", RENEWED, **by_name(),
         calls=["CONNECT oidc.eu-central-1.amazonaws.com:443", "CreateToken", "CONNECT portal.sso.eu-central-1.amazonaws.com:443", "GetRoleCredentials"]),
    same("endpoints in the services section", RENEWED, calls=RENEW, files=cache(expiresAt=PAST),
         env={"AWS_ENDPOINT_URL_SSO": None, "AWS_ENDPOINT_URL_SSO_OIDC": None},
         config=BY_SESSION.replace(WHO, WHO + "services = x\nendpoint_url = " + ELSEWHERE + "\n")
         + "[services x]\nsso =\n  endpoint_url = https://{sso}\nsso_oidc =\n  endpoint_url = https://{oidc}\n"),
]
