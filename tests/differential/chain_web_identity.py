# SPDX-License-Identifier: Apache-2.0
"""The identity tokens of pods (IRSA), named by the environment or by a profile."""
from chain_environment import CONTAINER, IMDS, POD
from chain_scenario import Fails, Keys, always, assumed, both_fail, differ, jwt, role_arn, same, sts_error

TOKEN = {"token": jwt("pod")}
CALL = ["AssumeRoleWithWebIdentity pod"]
OF_POD = assumed("pod", "pod")
IN_PROFILE = "[default]\nweb_identity_token_file = {home}/token\n" + f"role_arn = {role_arn('pod')}\n"
UNMIXED = "5.5: environment and profile are not mixed"
WHOLE = "5.5: no token has white space, so it isn't sent"

SCENARIOS = [
    same("by the environment", OF_POD, env=POD, files=TOKEN, calls=CALL),
    same("with a session name", assumed("pod", "pod", name="mine"), env=POD | {"AWS_ROLE_SESSION_NAME": "mine"}, files=TOKEN),
    same("an empty session name counts as none", OF_POD, env=POD | {"AWS_ROLE_SESSION_NAME": ""}, files=TOKEN),
    same("a relative path", OF_POD, env=POD | {"AWS_WEB_IDENTITY_TOKEN_FILE": "token"}, files=TOKEN),
    differ("a tilde in the path", OF_POD, Fails("FileNotFoundError"), "4.1: expanded", env=POD | {"AWS_WEB_IDENTITY_TOKEN_FILE": "~/token"},
           files=TOKEN,
           our_calls=CALL, botocore_calls=[]),
    differ("a line end behind the token", OF_POD, Fails("InvalidIdentityTokenException"), "8 row 18: trimmed", env=POD,
           files={"token": jwt("pod") + "\n"},
           our_calls=CALL, botocore_calls=CALL),
    differ("a blank within the token", Fails("holds no token"), Fails("InvalidIdentityTokenException"), WHOLE, env=POD,
           files={"token": jwt("pod") + " x"},
           our_calls=[], botocore_calls=CALL),
    both_fail("an empty file", "is empty", "ParamValidationError", env=POD, files={"token": ""}, calls=[]),
    both_fail("no file", "No such file", "FileNotFoundError", env=POD, calls=[]),
    differ("more than STS takes", Fails("20000"), Fails("InvalidIdentityTokenException"), "5.5: 20000 bytes at most", env=POD,
           files={"token": jwt("pod" * 7000)},
           our_calls=[], botocore_calls=[CALL[0]]),
    both_fail("no role", "AWS_ROLE_ARN is empty", "InvalidConfigError", env=POD | {"AWS_ROLE_ARN": None} | IMDS, files=TOKEN, calls=[]),
    both_fail("an empty role", "AWS_ROLE_ARN is empty", "InvalidConfigError", env=POD | {"AWS_ROLE_ARN": ""}, files=TOKEN, calls=[]),
    both_fail("a role that is none", "role ARN", "ParamValidationError", env=POD | {"AWS_ROLE_ARN": "pod"}, files=TOKEN, calls=[]),
    same("a role without a token file is no source", "ASIA_container_open", env=POD | CONTAINER | {"AWS_WEB_IDENTITY_TOKEN_FILE": None},
         calls=["container /"]),
    same("an empty token file variable is no source", "ASIA_container_open", env=POD | CONTAINER | {"AWS_WEB_IDENTITY_TOKEN_FILE": ""},
         calls=["container /"]),
    same("the identity provider is out of reach once", OF_POD, env=POD, files=TOKEN, calls=CALL * 2,
         replies={"AssumeRoleWithWebIdentity": [sts_error("IDPCommunicationError")]}),
    differ("STS doesn't know the token yet", OF_POD, Fails("InvalidIdentityTokenException"), "6.4: as Go, tried again", env=POD, files=TOKEN,
           replies={"AssumeRoleWithWebIdentity": [sts_error("InvalidIdentityToken")]}, our_calls=CALL * 2, botocore_calls=CALL),
    both_fail("the token has expired", "ExpiredTokenException", "ExpiredTokenException", env=POD | IMDS, files=TOKEN, calls=CALL,
              replies={"AssumeRoleWithWebIdentity": always(sts_error("ExpiredTokenException"))}),
    same("by a profile", OF_POD, config=IN_PROFILE, files=TOKEN, calls=CALL),
    same("by a profile with a session name", assumed("pod", "pod", name="mine"), config=IN_PROFILE + "role_session_name = mine\n", files=TOKEN),
    same("by a profile that AWS_PROFILE names", OF_POD, config=IN_PROFILE.replace("default", "profile x"), files=TOKEN, env={"AWS_PROFILE": "x"}),
    both_fail("by a profile, STS refuses, instance metadata is not asked", "AccessDenied", "ClientError", config=IN_PROFILE, files=TOKEN, env=IMDS,
              calls=CALL,
              replies={"AssumeRoleWithWebIdentity": [sts_error("AccessDenied", 403)]}),
    both_fail("an empty file name in a profile", "web_identity_token_file is empty", "NoCredentials",
              config=f"[default]\nweb_identity_token_file =\nrole_arn = {role_arn('pod')}\n"),
    same("the environment's before the profile's", OF_POD, env=POD, files=TOKEN | {"other": jwt("other")}, calls=CALL,
         config=IN_PROFILE.replace("home}/token", "home}/other").replace("role/pod", "role/other")),
    differ("the token of the environment, the role of the profile", Fails("AWS_ROLE_ARN is empty"), OF_POD, UNMIXED,
           env={"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token"}, files=TOKEN, config=IN_PROFILE, our_calls=[], botocore_calls=CALL),
    differ("the token of the profile, the role of the environment", OF_POD, assumed("other", "pod"), UNMIXED,
           env={"AWS_ROLE_ARN": role_arn("other")}, files=TOKEN, config=IN_PROFILE, our_calls=CALL,
           botocore_calls=["AssumeRoleWithWebIdentity other"]),
    differ("the token of the profile, the session name of the environment", OF_POD, assumed("pod", "pod", name="mine"), UNMIXED,
           env={"AWS_ROLE_SESSION_NAME": "mine"}, files=TOKEN, config=IN_PROFILE),
    same("the caller's profile hears nothing of the environment", OF_POD, env={"AWS_ROLE_ARN": role_arn("other"), "AWS_ROLE_SESSION_NAME": "mine"},
         files=TOKEN,
         config=IN_PROFILE, profile="default", calls=CALL),
    same("no keys are needed, and none are used", Keys(OF_POD), env=POD, files=TOKEN, credentials="[other]\naws_access_key_id = AKIDOTHER\n",
         calls=CALL),
]
