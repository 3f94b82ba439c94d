# SPDX-License-Identifier: Apache-2.0
"""Keys in variables, the choice of the profile, and which source comes first."""
from chain_scenario import EXPIRES, Fails, Keys, assumed, both_fail, differ, env_keys, ini_keys, jwt, role_arn, same, secret_of, token_of

DEFAULT = f"[default]\n{ini_keys('AKIDPROFILE')}"
TWO = f"[profile one]\n{ini_keys('AKIDONE')}\n[profile two]\n{ini_keys('AKIDTWO')}"
ROLE = f"[profile hub]\nrole_arn = {role_arn('hub')}\nsource_profile = base\n[profile base]\n{ini_keys('AKIDBASE')}"
POD = {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token", "AWS_ROLE_ARN": role_arn("pod")}
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://{container}/"}
IMDS = {"AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://{imds}", "AWS_METADATA_SERVICE_TIMEOUT": "10"}
PAIR = env_keys("AKIDENV")
FORM = "2.4: what no AWS credential has is a copy-paste fault"


def expiring(text):
    return env_keys("ASIA_ENV") | {"AWS_CREDENTIAL_EXPIRATION": text}


KEYS = [
    same("a pair", "AKIDENV", env=PAIR),
    same("a pair with a session token", "ASIA_ENV", env=env_keys("ASIA_ENV")),
    same("a long-term pair with a session token", Keys("AKIDENV", token="stray"), env=PAIR | {"AWS_SESSION_TOKEN": "stray"}),
    same("an account id changes nothing", "AKIDENV", env=PAIR | {"AWS_ACCOUNT_ID": "123456789012"}),
    differ("a temporary key without session token", Fails("temporary key"), Keys("ASIA_ENV", token=""), "5.2: STS would refuse it",
           env=env_keys("ASIA_ENV") | {"AWS_SESSION_TOKEN": None}),
    both_fail("an id without secret", "AWS_SECRET_ACCESS_KEY is empty", "PartialCredentialsError", env={"AWS_ACCESS_KEY_ID": "AKIDENV"}),
    both_fail("an id with an empty secret, and a profile", "AWS_SECRET_ACCESS_KEY is empty", "PartialCredentialsError", config=DEFAULT,
              env={"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": ""}),
    both_fail("a secret without id", "AWS_ACCESS_KEY_ID is empty", "NoCredentials", env={"AWS_SECRET_ACCESS_KEY": secret_of("AKIDENV")}),
    differ("a secret without id, and a profile", Fails("AWS_ACCESS_KEY_ID is empty"), "AKIDPROFILE", "5.2: half a pair never means another identity",
           env={"AWS_SECRET_ACCESS_KEY": secret_of("AKIDENV")}, config=DEFAULT),
    same("empty variables count as unset", "AKIDPROFILE", config=DEFAULT,
         env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}),
    both_fail("aliases of other tools", "AWS_ACCESS_KEY and AWS_SECRET_KEY are not read", "NoCredentials",
              env={"AWS_ACCESS_KEY": "AKIDENV", "AWS_SECRET_KEY": secret_of("AKIDENV")}),
    same("the old name of the session token", "ASIA_ENV",
         env=env_keys("ASIA_ENV") | {"AWS_SESSION_TOKEN": None, "AWS_SECURITY_TOKEN": token_of("ASIA_ENV")}),
    same("the old name beside an empty new one", "ASIA_ENV",
         env=env_keys("ASIA_ENV") | {"AWS_SESSION_TOKEN": "", "AWS_SECURITY_TOKEN": token_of("ASIA_ENV")}),
    differ("both names of the session token", "ASIA_ENV", Keys("ASIA_ENV", token="stale"), "8 row 8: an old variable beside a new one must not win",
           env=env_keys("ASIA_ENV") | {"AWS_SECURITY_TOKEN": "stale"}),
    same("an expiry", Keys("ASIA_ENV", expires=EXPIRES), env=expiring(EXPIRES)),
    same("an expiry with an offset", Keys("ASIA_ENV", expires=EXPIRES), env=expiring("2100-01-01T02:00:00+02:00")),
    same("an expiry with a fraction", Keys("ASIA_ENV", expires=EXPIRES), env=expiring("2100-01-01T00:00:00.75Z")),
    same("an empty expiry", "ASIA_ENV", env=expiring("")),
    both_fail("an expiry that is none", "AWS_CREDENTIAL_EXPIRATION", "ParserError", env=expiring("soon")),
    differ("an expiry without time", Fails("AWS_CREDENTIAL_EXPIRATION"), Fails("TypeError"), "5.11: RFC 3339 only", env=expiring("2100-01-01")),
    differ("an expiry with a blank for the T", Fails("AWS_CREDENTIAL_EXPIRATION"), Keys("ASIA_ENV"), "5.11: RFC 3339 only",
           env=expiring("2100-01-01 00:00:00Z")),
    differ("an expiry in the past", Keys("ASIA_ENV", expires="2020-01-01T00:00:00Z"), Fails("RuntimeError"), "1.4: refused where the token is made",
           env=expiring("2020-01-01T00:00:00Z")),
    differ("a secret with a line end", Fails("AWS_SECRET_ACCESS_KEY begins or ends with white space"), Keys("AKIDENV", secret="abc\n"), FORM,
           env=PAIR | {"AWS_SECRET_ACCESS_KEY": "abc\n"}),
    differ("an id with a slash", Fails("AWS_ACCESS_KEY_ID has a character"), Keys("AKID/ENV"), FORM, env=env_keys("AKID/ENV")),
    differ("an id with a blank before it", Fails("AWS_ACCESS_KEY_ID begins or ends"), Keys(" AKIDENV"), FORM, env=env_keys(" AKIDENV")),
    differ("a session token that isn't ASCII", Fails("AWS_SESSION_TOKEN has a character"), Keys("ASIA_ENV", token="t\u00f6ken"), FORM,
           env=env_keys("ASIA_ENV") | {"AWS_SESSION_TOKEN": "t\u00f6ken"}),
    differ("settings of calls that aren't made", "AKIDENV", Fails("ValueError"), "5.1: evaluated when a call is about to be made",
           env=PAIR | {"AWS_METADATA_SERVICE_TIMEOUT": "soon"}),
    same("bad settings of calls that aren't made", "AKIDENV",
         env=PAIR | {"AWS_RETRY_MODE": "never", "AWS_MAX_ATTEMPTS": "x", "AWS_USE_FIPS_ENDPOINT": "yes", "AWS_CA_BUNDLE": "/nowhere"}),
]

SELECTION = [
    same("AWS_PROFILE", "AKIDTWO", config=TWO, env={"AWS_PROFILE": "two"}),
    same("AWS_DEFAULT_PROFILE", "AKIDTWO", config=TWO, env={"AWS_DEFAULT_PROFILE": "two"}),
    differ("both of them", "AKIDONE", "AKIDTWO", "8 row 2: as Go and AWS CLI v2", config=TWO,
           env={"AWS_PROFILE": "one", "AWS_DEFAULT_PROFILE": "two"}),
    same("an empty AWS_PROFILE beside the other", "AKIDTWO", config=TWO, env={"AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "two"}),
    differ("an empty AWS_PROFILE alone", "AKIDPROFILE", Fails("ProfileNotFound"), "5.1: an empty variable counts as unset", config=DEFAULT,
           env={"AWS_PROFILE": ""}),
    same("the caller's choice", "AKIDTWO", config=TWO, profile="two"),
    same("the caller's choice before AWS_PROFILE", "AKIDTWO", config=TWO, env={"AWS_PROFILE": "one"}, profile="two"),
    same("the caller's choice before keys in the environment", "AKIDTWO", config=TWO, env=PAIR, profile="two"),
    both_fail("the caller's choice doesn't exist, and there are keys", "not found", "ProfileNotFound", config=TWO, env=PAIR, profile="three"),
    both_fail("AWS_PROFILE doesn't exist, and there are keys", "AWS_PROFILE", "ProfileNotFound", config=TWO, env=PAIR | {"AWS_PROFILE": "three"}),
    both_fail("AWS_DEFAULT_PROFILE doesn't exist, and there are keys", "AWS_DEFAULT_PROFILE", "ProfileNotFound", config=TWO,
              env=PAIR | {"AWS_DEFAULT_PROFILE": "three"}),
    both_fail("the default doesn't exist, and AWS_PROFILE names it", "AWS_PROFILE", "ProfileNotFound", config=TWO,
              env=CONTAINER | {"AWS_PROFILE": "default"}),
    same("the default doesn't exist, and nobody names it", "ASIA_container_open", config=TWO, env=CONTAINER),
    both_fail("names are told apart by case", "not found", "ProfileNotFound", config=TWO, env={"AWS_PROFILE": "ONE"}),
    both_fail("in config a profile needs the word", "did you mean [profile one]", "ProfileNotFound", config="[one]\n" + ini_keys("AKIDONE"),
              profile="one"),
    both_fail("in credentials a profile has no such word", "not found", "ProfileNotFound", credentials=TWO, profile="one"),
    same("a name with a blank, in quotes", "AKIDONE", config='[profile "my own"]\n' + ini_keys("AKIDONE"), profile="my own"),
    same("a name that isn't ASCII", "AKIDONE", config="[profile gr\u00fcn]\n" + ini_keys("AKIDONE"),
         env={"AWS_PROFILE": "gr\u00fcn", "LC_ALL": "C.UTF-8"}),
    both_fail("a name with a control character", "control character", "ProfileNotFound", config=TWO, env={"AWS_PROFILE": "one\x01"}),
]

ORDER = [
    both_fail("nothing at all", "EKS-NO-CREDENTIALS", "NoCredentials", calls=[]),
    same("environment before profile", "AKIDENV", env=PAIR, config=DEFAULT),
    same("environment beside AWS_PROFILE", "AKIDENV", env=PAIR | {"AWS_PROFILE": "one"}, config=TWO),
    same("environment before the profile's role", "AKIDENV", env=PAIR | {"AWS_PROFILE": "hub"}, config=ROLE, calls=[]),
    same("environment before web identity", "AKIDENV", env=PAIR | POD, files={"token": jwt("pod")}, calls=[]),
    same("environment before container and instance metadata", "AKIDENV", env=PAIR | CONTAINER | IMDS, calls=[]),
    same("web identity before static keys of the profile", assumed("pod", "pod"), env=POD, files={"token": jwt("pod")}, config=DEFAULT,
         calls=["AssumeRoleWithWebIdentity pod"]),
    differ("web identity and the profile's role", assumed("pod", "pod"), assumed("hub", "AKIDBASE"), "5.1: as Go, the environment comes first",
           env=POD | {"AWS_PROFILE": "hub"}, files={"token": jwt("pod")}, config=ROLE,
           our_calls=["AssumeRoleWithWebIdentity pod"], botocore_calls=["AssumeRole hub"]),
    same("the caller's profile before web identity", "AKIDPROFILE", env=POD, files={"token": jwt("pod")}, config=DEFAULT, profile="default",
         calls=[]),
    same("profile before container", "AKIDPROFILE", env=CONTAINER, config=DEFAULT, calls=[]),
    same("container before instance metadata", "ASIA_container_open", env=CONTAINER | IMDS, calls=["container /"]),
    same("instance metadata at last", "ASIA_imds_node_role", env=IMDS, calls=["token", "role", "credentials node-role"]),
    same("a profile without a source moves on", "ASIA_container_open", env=CONTAINER, config="[default]\nregion = eu-west-1\n"),
    same("the caller's profile without a source moves on", "ASIA_container_open", env=CONTAINER | PAIR, config="[profile x]\nregion = eu-west-1\n",
         profile="x"),
    both_fail("web identity fails, instance metadata is not asked", "AccessDenied", "ClientError", env=POD | IMDS, files={"token": jwt("pod")},
              replies={"AssumeRoleWithWebIdentity": [(403, b"<Error><Code>AccessDenied</Code></Error>")]}, calls=["AssumeRoleWithWebIdentity pod"]),
    both_fail("the profile's role fails, instance metadata is not asked", "AccessDenied", "ClientError", env=IMDS | {"AWS_PROFILE": "hub"},
              config=ROLE,
              replies={"AssumeRole": [(403, b"<Error><Code>AccessDenied</Code></Error>")]}, calls=["AssumeRole hub"]),
    both_fail("the container fails, instance metadata is not asked", "EKS-CALL-REFUSED", "CredentialRetrievalError", env=CONTAINER | IMDS,
              replies={"container": [(500, b"")] * 3}, calls=["container /"] * 3),
    both_fail("the process fails, the container is not asked", "exit status 1", "CredentialRetrievalError", env=CONTAINER,
              config="[default]\ncredential_process = /bin/false\n", calls=[]),
    differ("the file of the first EC2 tools", Fails("EKS-NO-CREDENTIALS"), "AKIDOLD", "8 row 41: not read", env={"AWS_CREDENTIAL_FILE": "{home}/old"},
           files={"old": f"AWSAccessKeyId=AKIDOLD\nAWSSecretKey={secret_of('AKIDOLD')}\n"}),
    differ("the file of boto 2", Fails("EKS-NO-CREDENTIALS"), "AKIDOLD", "8 row 41: not read",
           files={".boto": "[Credentials]\n" + ini_keys("AKIDOLD")}),
]
