# SPDX-License-Identifier: Apache-2.0
"""What one profile asks for, and the profiles that it stands on."""
from chain_environment import CONTAINER, IMDS
from chain_scenario import Fails, assumed, both_fail, differ, env_keys, ini_keys, jwt, role_arn, same, secret_of

BASE = f"[profile base]\n{ini_keys('AKIDBASE')}"
AMBIGUOUS = "5.3: which identity is meant can't be told"
PROCESS = "credential_process = /bin/cat {home}/keys.json\n"
POD_KEYS = "web_identity_token_file = {home}/token\n" + f"role_arn = {role_arn('pod')}\n"
HUB_BY_BASE = assumed("hub", "AKIDBASE")


def role(name="hub", **settings):
    return f"role_arn = {role_arn(name)}\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())


def selected(**settings):
    """Profile `a`, which stands on the keys of `base`."""
    return f"[profile a]\n{role(source_profile='base', **settings)}{BASE}"


def ladder(*names):
    """Each profile stands on the next one, and all but the last are roles."""
    steps = [f"[profile {name}]\n{role(name, source_profile=below)}" for name, below in zip(names, names[1:])]
    return "".join(steps) + f"[profile {names[-1]}]\n{ini_keys('AKIDBASE')}"


def on(source, **world):
    """The scenario's world with profile `a` on a profile `source`."""
    return {"config": f"[profile a]\n{role(source_profile='source')}[profile source]\n{source}", "profile": "a", **world}


SOURCES = [
    differ("keys and a process", Fails("both aws_access_key_id and credential_process"), "AKIDSHARED", AMBIGUOUS,
           credentials="[default]\n" + ini_keys("AKIDSHARED") + PROCESS),
    differ("keys and web identity", Fails("both aws_access_key_id and web_identity_token_file"), assumed("pod", "pod"), AMBIGUOUS,
           config="[default]\n" + ini_keys("AKIDSHARED") + POD_KEYS, files={"token": jwt("pod")}, our_calls=[],
           botocore_calls=["AssumeRoleWithWebIdentity pod"]),
    differ("web identity and another profile", Fails("both source_profile and web_identity_token_file"), assumed("pod", "pod"), AMBIGUOUS,
           config=f"[profile a]\n{POD_KEYS}source_profile = base\n{BASE}", profile="a", files={"token": jwt("pod")},
           our_calls=[], botocore_calls=["AssumeRoleWithWebIdentity pod"]),
    differ("web identity and a process", Fails("both web_identity_token_file and credential_process"), assumed("pod", "pod"), AMBIGUOUS,
           config=f"[profile a]\n{POD_KEYS}{PROCESS}", profile="a", files={"token": jwt("pod")}, our_calls=[],
           botocore_calls=["AssumeRoleWithWebIdentity pod"]),
    differ("a process and another profile without role", Fails("both source_profile and credential_process"), "AKIDPROCESS", AMBIGUOUS,
           config=f"[profile a]\nsource_profile = base\n{PROCESS}{BASE}", profile="a",
           files={"keys.json": f'{{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "{secret_of("AKIDPROCESS")}"}}'}),
    both_fail("a role without a source", "needs source_profile or credential_source", "PartialCredentialsError", config="[profile a]\n" + role(),
              profile="a", env=CONTAINER, calls=[]),
    both_fail("a role and keys without a source", "needs source_profile or credential_source", "PartialCredentialsError",
              config=f"[profile a]\n{role()}{ini_keys('AKIDOWN')}", profile="a", calls=[]),
    both_fail("a role and a process without a source", "needs source_profile or credential_source", "PartialCredentialsError",
              config=f"[profile a]\n{role()}{PROCESS}", profile="a", calls=[]),
    both_fail("a source without a role", "needs role_arn", "NoCredentials", config=f"[profile a]\nsource_profile = base\n{BASE}", profile="a"),
    differ("keys and a source without a role", Fails("needs role_arn"), "AKIDOWN", "5.3: as Go, half a role is an error",
           config=f"[profile a]\n{ini_keys('AKIDOWN')}source_profile = base\n{BASE}", profile="a"),
    differ("a credential_source without a role", Fails("needs role_arn"), "ASIA_container_open", "5.3: as Go, half a role is an error", env=CONTAINER,
           config="[profile a]\ncredential_source = EcsContainer\n", profile="a", our_calls=[], botocore_calls=["container /"]),
    both_fail("web identity without a role", "needs role_arn", "InvalidConfigError", config="[profile a]\nweb_identity_token_file = {home}/token\n",
              profile="a", files={"token": jwt("pod")}),
    both_fail("an empty role_arn", "role_arn is empty", "ParamValidationError", config=f"[profile a]\nrole_arn =\nsource_profile = base\n{BASE}",
              profile="a"),
    both_fail("an empty source_profile", "source_profile is empty", "InvalidConfigError", config="[profile a]\n" + role(source_profile=""),
              profile="a"),
    both_fail("an empty credential_source", "credential_source is empty", "InvalidConfigError", config="[profile a]\n" + role(credential_source=""),
              profile="a"),
    both_fail("both kinds of source", "both source_profile and credential_source", "InvalidConfigError",
              config="[profile a]\n" + role(source_profile="base", credential_source="Environment") + BASE, profile="a"),
]

ROLES = [
    same("on the keys of another profile", HUB_BY_BASE, config=selected(), profile="a", calls=["AssumeRole hub"]),
    same("by AWS_PROFILE", HUB_BY_BASE, config=selected(), env={"AWS_PROFILE": "a"}),
    same("in the credentials file", HUB_BY_BASE, credentials=f"[a]\n{role(source_profile='base')}[base]\n{ini_keys('AKIDBASE')}", profile="a"),
    same("in config on keys in credentials", HUB_BY_BASE, config="[profile a]\n" + role(source_profile="base"),
         credentials="[base]\n" + ini_keys("AKIDBASE"), profile="a"),
    same("on the default profile", HUB_BY_BASE, config=f"[profile a]\n{role(source_profile='default')}[default]\n{ini_keys('AKIDBASE')}",
         profile="a"),
    same("on temporary keys", assumed("hub", "ASIA_base"),
         config=f"[profile a]\n{role(source_profile='base')}[profile base]\n{ini_keys('ASIA_base')}", profile="a"),
    same("with a path in its name", HUB_BY_BASE, config=selected().replace("role/hub", "role/team/of/hub"), profile="a"),
    same("over three levels, the innermost first", assumed("a", assumed("b", "AKIDBASE")), config=ladder("a", "b", "c"), profile="a",
         calls=["AssumeRole b", "AssumeRole a"]),
    same("over five levels", assumed("a", assumed("b", assumed("c", assumed("d", assumed("e", "AKIDBASE"))))),
         config=ladder("a", "b", "c", "d", "e", "f"), profile="a"),
    differ("over six levels", Fails("more than 5 roles"),
           assumed("a", assumed("b", assumed("c", assumed("d", assumed("e", assumed("f", "AKIDBASE")))))),
           "5.4: five roles at most", config=ladder("a", "b", "c", "d", "e", "f", "g"), profile="a", our_calls=[],
           botocore_calls=[f"AssumeRole {name}" for name in "fedcba"]),
    same("an external id", assumed("hub", "AKIDBASE", external_id="a/b+c"), config=selected(external_id="a/b+c"), profile="a"),
    same("a session name", assumed("hub", "AKIDBASE", name="me@x"), config=selected(role_session_name="me@x"), profile="a"),
    same("a duration", assumed("hub", "AKIDBASE", seconds="3600"), config=selected(duration_seconds="3600"), profile="a"),
    same("all three, each in its own level", assumed("a", assumed("hub", "AKIDBASE", seconds="900", external_id="xy"), name="outer"),
         config=f"[profile top]\n{role('a', source_profile='a', role_session_name='outer')}{selected(external_id='xy', duration_seconds='900')}",
         profile="top"),
    differ("a duration that is no number", Fails("duration_seconds"), HUB_BY_BASE, "8 row 15: a mistake is told",
           config=selected(duration_seconds="1h"), profile="a",
           our_calls=[], botocore_calls=["AssumeRole hub"]),
    both_fail("a duration below the least", "duration_seconds", "ParamValidationError", config=selected(duration_seconds="899"), profile="a",
              calls=[]),
    differ("a duration above the most", Fails("duration_seconds"), Fails("ClientError"), "5.4: told before STS refuses it",
           config=selected(duration_seconds="43201"), profile="a",
           our_calls=[], botocore_calls=["AssumeRole hub"]),
    same("an empty duration", HUB_BY_BASE, config=selected(duration_seconds=""), profile="a"),
    both_fail("an external id of one character", "external_id", "ParamValidationError", config=selected(external_id="x"), profile="a", calls=[]),
    differ("an external id with a blank", Fails("external_id"), Fails("ClientError"), "4.4: told before STS refuses it",
           config=selected(external_id="a b+c"), profile="a",
           our_calls=[], botocore_calls=["AssumeRole hub"]),
    differ("a session name with a slash", Fails("role_session_name"), Fails("ClientError"), "4.4: told before STS refuses it",
           config=selected(role_session_name="a/b"), profile="a",
           our_calls=[], botocore_calls=["AssumeRole hub"]),
    both_fail("a code from a device", "MFA", "EOFError", config=selected(mfa_serial="arn:aws:iam::123456789012:mfa/me"), profile="a", calls=[]),
    both_fail("an ARN that is none", "role ARN", "ParamValidationError", config=selected().replace(role_arn("hub"), "hub"), profile="a", calls=[]),
    differ("an ARN of a user", Fails("role ARN"), Fails("ClientError"), "4.4: told before STS refuses it",
           config=selected().replace("role/hub", "user/hub"), profile="a",
           our_calls=[], botocore_calls=["AssumeRole hub"]),
    differ("a role of another partition", Fails("partition aws-cn"), HUB_BY_BASE, "3.3: STS of this region can't know it", profile="a",
           config=selected().replace(role_arn("hub"), role_arn("hub", "aws-cn")), our_calls=[], botocore_calls=["AssumeRole hub"]),
    same("on itself, with keys", assumed("hub", "AKIDOWN"), config=f"[profile a]\n{role(source_profile='a')}{ini_keys('AKIDOWN')}", profile="a"),
    both_fail("on itself, without keys", "has no credentials", "InfiniteLoopConfigError", config="[profile a]\n" + role(source_profile="a"),
              profile="a", calls=[]),
    both_fail("in a circle of two", "a -> b -> a", "InfiniteLoopConfigError", calls=[], profile="a",
              config=f"[profile a]\n{role(source_profile='b')}[profile b]\n{role('other', source_profile='a')}"),
    both_fail("in a circle further down", "a -> b -> c -> b", "InfiniteLoopConfigError", calls=[], profile="a",
              config=f"[profile a]\n{role(source_profile='b')}[profile b]\n{role('b', source_profile='c')}[profile c]\n{role('c', source_profile='b')}"),
    both_fail("on a profile that doesn't exist", "none", "InvalidConfigError", config="[profile a]\n" + role(source_profile="none"), profile="a"),
    both_fail("on a profile without credentials, instance metadata is not asked", "has no credentials", "InvalidConfigError", calls=[],
              **on("region = eu-west-1\n", env=IMDS | CONTAINER)),
    both_fail("on half a pair", "no aws_secret_access_key", "PartialCredentialsError", calls=[], **on("aws_access_key_id = AKIDBASE\n")),
    same("on a profile with keys and a role of its own: its keys", HUB_BY_BASE, calls=["AssumeRole hub"],
         **on(ini_keys("AKIDBASE") + role("other", source_profile="x"))),
    same("on another profile, beside keys of its own", HUB_BY_BASE, profile="a",
         config=selected().replace("source_profile", ini_keys("AKIDOWN") + "source_profile", 1)),
    same("on a process", assumed("hub", "AKIDPROCESS"), calls=["AssumeRole hub"],
         **on(PROCESS, files={"keys.json": f'{{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "{secret_of("AKIDPROCESS")}"}}'})),
    same("on web identity", assumed("hub", assumed("pod", "pod")), calls=["AssumeRoleWithWebIdentity pod", "AssumeRole hub"],
         **on(POD_KEYS, files={"token": jwt("pod")})),
    same("on a role by the environment", assumed("hub", assumed("b", "AKIDENV")), calls=["AssumeRole b", "AssumeRole hub"],
         **on(role("b", credential_source="Environment"), env=env_keys("AKIDENV"))),
    both_fail("the environment's identity is no source of a profile", "has no credentials", "InvalidConfigError", calls=[],
              **on("region = eu-west-1\n", env=env_keys("AKIDENV") | {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token", "AWS_ROLE_ARN": role_arn("pod")},
                   files={"token": jwt("pod")})),
    both_fail("STS refuses the inner one", "AccessDenied", "ClientError", config=ladder("a", "b", "c"), profile="a", calls=["AssumeRole b"],
              replies={"AssumeRole": [(403, b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")]}),
]


def from_source(name, **world):
    return {"config": f"[profile a]\n{role(credential_source=name)}", "profile": "a", **world}


CREDENTIAL_SOURCES = [
    same("Environment", assumed("hub", "AKIDENV"), **from_source("Environment", env=env_keys("AKIDENV"))),
    same("Environment with a session token", assumed("hub", "ASIA_env"), **from_source("Environment", env=env_keys("ASIA_env"))),
    both_fail("Environment without keys", "AWS_ACCESS_KEY_ID is not set", "CredentialRetrievalError", calls=[],
              **from_source("Environment", env=CONTAINER)),
    both_fail("Environment with half a pair", "AWS_SECRET_ACCESS_KEY is empty", "PartialCredentialsError", calls=[],
              **from_source("Environment", env={"AWS_ACCESS_KEY_ID": "AKIDENV"})),
    same("EcsContainer", assumed("hub", "ASIA_container_open"), calls=["container /", "AssumeRole hub"],
         **from_source("EcsContainer", env=CONTAINER)),
    both_fail("EcsContainer without a URL", "is set", "CredentialRetrievalError", calls=[], **from_source("EcsContainer", env=IMDS)),
    same("Ec2InstanceMetadata", assumed("hub", "ASIA_imds_node_role"), calls=["token", "role", "credentials node-role", "AssumeRole hub"],
         **from_source("Ec2InstanceMetadata", env=IMDS)),
    both_fail("Ec2InstanceMetadata, disabled", "disabled", "CredentialRetrievalError", calls=[], **from_source("Ec2InstanceMetadata", env=CONTAINER)),
    both_fail("Ec2InstanceMetadata where nobody listens", "no EC2 instance", "CredentialRetrievalError", calls=[],
              **from_source("Ec2InstanceMetadata", env=IMDS | {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://{closed}"})),
    both_fail("another case", "must be Environment, Ec2InstanceMetadata or EcsContainer", "InvalidConfigError",
              **from_source("environment", env=env_keys("AKIDENV"))),
    both_fail("another word", "must be Environment, Ec2InstanceMetadata or EcsContainer", "InvalidConfigError", **from_source("Foo")),
]
