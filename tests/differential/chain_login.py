# SPDX-License-Identifier: Apache-2.0
"""Console logins, as `aws login` keeps them."""
import hashlib
import json

from chain_calls import ELSEWHERE
from chain_environment import CONTAINER
from chain_logins import login_answer, refused
from chain_profiles import PROCESS, on
from chain_scenario import CLIENT_ID, EXPIRES, Fails, Keys, always, assumed, both_fail, differ, ini_keys, login_token, role_arn, same, secret_of, token_of

SESSION = "arn:aws:sts::123456789012:assumed-role/Admin/me"
CONFIG = f"[default]\nlogin_session = {SESSION}\n"
ID, RENEWED = "ASIA_login_me", Keys("ASIA_login_me_renewed", expires=None)
RENEW = ["CreateOAuth2Token"]
NO_LOGIN = "aws login"
PAST = "2020-01-01T00:00:00Z"


def without_none(members):
    return {key: value for key, value in members.items() if value is not None}


def cache(folder=".aws/login/cache", session=SESSION, keys=None, **changes):
    """The file of a login; `keys` changes what is in `accessToken`, None takes a member out."""
    access = {"accessKeyId": ID, "secretAccessKey": secret_of(ID), "sessionToken": token_of(ID), "accountId": "123456789012", "expiresAt": EXPIRES}
    members = {"accessToken": without_none(access | (keys or {})), "tokenType": "aws_sigv4", "refreshToken": login_token("login",
                                                                                                                         "me"), "identityToken": "x",
               "clientId": CLIENT_ID, "dpopKey": "LOGIN_KEY"}
    text = json.dumps(without_none(members | changes)).replace("LOGIN_KEY", "{login_key}")
    return {f"{folder}/{hashlib.sha256(session.encode()).hexdigest()}.json": text}


def login(*first, expires=EXPIRES, **world):
    """A login that expires then; `first` are the first replies to a renewal."""
    return {"config": CONFIG, "files": cache(keys={"expiresAt": expires}), "replies": {"CreateOAuth2Token": list(first)}, **world}


def over(*first, **world):
    return login(*first, expires=PAST, **world)


def held(files, **world):
    return {"config": CONFIG, "files": files, **world}


def answers(**changes):
    return over((200, login_answer("ASIA_login_me_renewed", "me-renewed", **changes)))


def by_name(**changes):
    return held(cache(keys={"expiresAt": PAST}, **changes), env={"AWS_ENDPOINT_URL_SIGNIN": None, "HTTPS_PROXY": "http://{proxy}"})


SCENARIOS = [
    same("a login that holds", ID, calls=[], **login()),
    same("by AWS_PROFILE", ID, calls=[], config=CONFIG.replace("default", "profile x"), files=cache(), env={"AWS_PROFILE": "x"}),
    same("in the credentials file", ID, calls=[], credentials=CONFIG, files=cache()),
    same("another folder", ID, calls=[], **held(cache("logins"), env={"AWS_LOGIN_CACHE_DIRECTORY": "{home}/logins"})),
    same("another folder, with a tilde", ID, calls=[], **held(cache("logins"), env={"AWS_LOGIN_CACHE_DIRECTORY": "~/logins"})),
    differ("another folder, with a dollar sign", Fails(NO_LOGIN), ID, "5.7: taken literally", calls=[],
           **held(cache("logins"), env={"AWS_LOGIN_CACHE_DIRECTORY": "$HOME/logins"})),
    differ("an empty variable for the folder", ID, Fails("LoginTokenLoadError"), "5.1: it counts as unset", calls=[],
           **login(env={"AWS_LOGIN_CACHE_DIRECTORY": ""})),
    both_fail("no login", NO_LOGIN, "LoginTokenLoadError", calls=[], **held({}, env=CONTAINER)),
    both_fail("a login of another session", NO_LOGIN, "LoginTokenLoadError", calls=[], **held(cache(session="x"))),
    both_fail("no refresh token", "refreshToken", "LoginTokenLoadError", calls=[], **held(cache(refreshToken=None))),
    both_fail("no client id", "clientId", "LoginTokenLoadError", calls=[], **held(cache(clientId=None))),
    both_fail("no key", "dpopKey", "LoginTokenLoadError", calls=[], **held(cache(dpopKey=None))),
    both_fail("no credentials", "accessToken", "LoginTokenLoadError", calls=[], **held(cache(accessToken=None))),
    both_fail("no secret", "secretAccessKey", "KeyError", calls=[], **held(cache(keys={"secretAccessKey": None}))),
    both_fail("no account", "accountId", "KeyError", calls=[], **held(cache(keys={"accountId": None}))),
    both_fail("no time", "expiresAt", "KeyError", calls=[], **held(cache(keys={"expiresAt": None}))),
    both_fail("a key that is none, and a renewal", "dpopKey", "Error", calls=[], **held(cache(keys={"expiresAt": PAST}, dpopKey="none"))),
    differ("a key that is none, and a login that holds", Fails("dpopKey"), ID, "5.7: the key is required, and read at once", calls=[],
           **held(cache(dpopKey="none"))),
    same("over, and renewed with a proof", RENEWED, calls=RENEW, **over()),
    same("ten minutes left", Keys(ID, expires=None), calls=[], **login(expires="{now+600}")),
    same("three minutes left", RENEWED, calls=RENEW, **login(expires="{now+180}")),
    same("the renewal is out of order twice, with a new proof each time", RENEWED, calls=RENEW * 3, **over((500, b""), (503, b""))),
    same("the renewal is throttled by the status", RENEWED, calls=RENEW * 2, **over((429, b"{}"))),
    differ("the renewal is throttled by its code", RENEWED, Fails("TooManyRequestsError"), "5.7: it is tried again", our_calls=RENEW * 2,
           botocore_calls=RENEW, **over(refused(429, "TooManyRequestsError", error="SERVER_ERROR"))),
    differ("three minutes left, and no renewal for now", Keys(ID, expires=None), Fails("InternalServerException"), "5.7: used while a minute is left",
           calls=RENEW * 3,
           **login(*always(refused(500, "InternalServerException", error="SERVER_ERROR")), expires="{now+180}")),
    both_fail("over, and no renewal for now", "500", "InternalServerException", calls=RENEW * 3,
              **over(*always(refused(500, "InternalServerException", error="SERVER_ERROR")))),
    both_fail("the session is over", NO_LOGIN, "LoginRefreshRequired", calls=RENEW,
              **over(refused(403, "AccessDeniedException", error="TOKEN_EXPIRED"), env=CONTAINER)),
    both_fail("the password was changed", NO_LOGIN, "LoginRefreshRequired", calls=RENEW,
              **over(refused(403, "AccessDeniedException", error="USER_CREDENTIALS_CHANGED"))),
    both_fail("three minutes left, and the session is over", NO_LOGIN, "LoginRefreshRequired", calls=RENEW,
              **login(refused(403, "AccessDeniedException", error="TOKEN_EXPIRED"), expires="{now+180}")),
    both_fail("no permission to renew", "signin:CreateOAuth2Token", "LoginInsufficientPermissions", calls=RENEW,
              **over(refused(403, "AccessDeniedException", error="INSUFFICIENT_PERMISSIONS"))),
    both_fail("a bad request", NO_LOGIN, "ValidationException", calls=RENEW, **over(refused(400, "ValidationException", error="INVALID_REQUEST"))),
    both_fail("a refresh token that was used", NO_LOGIN, "ValidationException", calls=RENEW,
              **held(cache(keys={"expiresAt": PAST}, refreshToken="used"))),
    both_fail("no credentials in the answer", "accessToken", "KeyError", calls=RENEW, **answers(accessToken=None)),
    both_fail("no time in the answer", "expiresIn", "KeyError", calls=RENEW, **answers(expiresIn=None)),
    both_fail("no refresh token in the answer", "refreshToken", "KeyError", calls=RENEW, **answers(refreshToken=None)),
    both_fail("no JSON in the answer", "EKS-BAD-REPLY", "KeyError", calls=RENEW, **over((200, b"{"))),
    same("called by the name of the region", RENEWED, calls=["CONNECT eu-west-1.signin.aws.amazon.com:443", *RENEW], **by_name()),
    same("called by the name of the region of the login", RENEWED, calls=["CONNECT us-east-1.signin.aws.amazon.com:443", *RENEW],
         **by_name(signInRegion="us-east-1")),
    same("the endpoint in the services section", RENEWED, calls=RENEW, files=cache(keys={"expiresAt": PAST}), env={"AWS_ENDPOINT_URL_SIGNIN": None},
         config=CONFIG + "services = x\nendpoint_url = " + ELSEWHERE + "\n[services x]\nsignin =\n  endpoint_url = https://{signin}\n"),
    same("a role on it", assumed("hub", ID), calls=["AssumeRole hub"], **on(f"login_session = {SESSION}\n", files=cache())),
    both_fail("an empty session", "login_session is empty", "LoginTokenLoadError", calls=[], config="[default]\nlogin_session =\n", files=cache()),
    differ("keys beside it", Fails("both aws_access_key_id and login_session"), "AKIDOWN", "5.3: which identity is meant can't be told", calls=[],
           credentials=CONFIG + ini_keys("AKIDOWN"), files=cache()),
    differ("a process beside it", Fails("both login_session and credential_process"), ID, "5.3: which identity is meant can't be told", calls=[],
           config=CONFIG + PROCESS, files=cache()),
    both_fail("a role beside it", "needs source_profile", "PartialCredentialsError", calls=[], config=CONFIG + f"role_arn = {role_arn('hub')}\n",
              files=cache()),
]
