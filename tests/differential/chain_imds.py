# SPDX-License-Identifier: Apache-2.0
"""The instance metadata of EC2."""
from chain_environment import IMDS
from chain_scenario import Fails, Keys, always, both_fail, differ, from_now, json_keys, same

ID = "ASIA_imds_node_role"
CALLS = ["token", "role", "credentials node-role"]
V1 = ["token", "role v1", "credentials node-role"]
PROFILE = {"AWS_EC2_METADATA_DISABLED": None, "AWS_METADATA_SERVICE_TIMEOUT": "10"}
HERE = "[default]\nec2_metadata_service_endpoint = http://{imds}\n"
BY_WORD = "8 row 22: IMDSv1 only where it is asked for"
TOLD = "8 row 24: a service that answers is an EC2 instance's, and its failure is told"
THREE = "8 row 26: three attempts"


def on_ec2(*, env=None, **replies):
    """`replies` are the first ones, by step."""
    return {"env": IMDS | (env or {}), "replies": {step: first if isinstance(first, list) else [first] for step, first in replies.items()}}


def attempts(number, **replies):
    return on_ec2(env={"AWS_METADATA_SERVICE_NUM_ATTEMPTS": str(number)}, **replies)


def endpoint(url, **env):
    return on_ec2(env={"AWS_EC2_METADATA_SERVICE_ENDPOINT": url, **env})


def credentials(**changes):
    return 200, json_keys(ID, **{"Code": "Success", **changes})


SCENARIOS = [
    same("token, role, credentials", ID, calls=CALLS, **on_ec2()),
    same("the endpoint of the profile", ID, calls=CALLS, env=PROFILE, config=HERE),
    same("the endpoint of the environment before the profile's", ID, calls=CALLS, config=HERE.replace("{imds}", "{closed}"), **on_ec2()),
    same("the endpoint before the mode", ID, calls=CALLS, **on_ec2(env={"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv4"})),
    same("a slash behind the endpoint", ID, calls=CALLS, **endpoint("http://{imds}/")),
    differ("an endpoint with a path", Fails("no user info, path or query"), Fails("NoCredentials"), "5.10: host and port only", our_calls=[],
           botocore_calls=["token", "another"],
           **endpoint("http://{imds}/x")),
    both_fail("an endpoint without scheme", "URL", "InvalidIMDSEndpointError", calls=[], **endpoint("{imds}")),
    both_fail("a mode that is none", "IPv4 or IPv6", "InvalidIMDSEndpointModeError", calls=[],
              **endpoint(None, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE="IPv5")),
    both_fail("disabled", "EKS-NO-CREDENTIALS", "NoCredentials", calls=[], **on_ec2(env={"AWS_EC2_METADATA_DISABLED": "true"})),
    both_fail("disabled in capital letters", "EKS-NO-CREDENTIALS", "NoCredentials", calls=[], **on_ec2(env={"AWS_EC2_METADATA_DISABLED": "TRUE"})),
    same("another word disables nothing", ID, calls=CALLS, **on_ec2(env={"AWS_EC2_METADATA_DISABLED": "1"})),
    same("a profile without a source", ID, calls=CALLS, config="[default]\nregion = eu-west-1\n", **on_ec2()),
    both_fail("nobody listens", "no EC2 instance", "NoCredentials", calls=[], **endpoint("http://{closed}")),
    differ("a proxy in the environment", ID, Fails("ProxyConnectionError"), "8 row 25: never through a proxy", our_calls=CALLS, botocore_calls=[],
           **on_ec2(env={"HTTP_PROXY": "http://{closed}", "http_proxy": "http://{closed}"})),
    differ("no tokens to be had", Fails("IMDSv2 is required"), ID, BY_WORD, our_calls=["token"], botocore_calls=V1, **on_ec2(token=(404, b""))),
    differ("tokens not allowed", Fails("IMDSv2 is required"), ID, BY_WORD, our_calls=["token"], botocore_calls=V1, **on_ec2(token=(405, b""))),
    differ("turned off", Fails("turned off"), ID, "5.10: 403 is an error always", our_calls=["token"], botocore_calls=V1, **on_ec2(token=(403, b""))),
    same("no tokens to be had, and version 1 allowed", ID, calls=V1, **on_ec2(env={"AWS_EC2_METADATA_V1_DISABLED": "false"}, token=(404, b""))),
    same("no tokens to be had, and version 1 allowed by the profile", ID, calls=V1, config="[default]\nec2_metadata_v1_disabled = false\n",
         **on_ec2(token=(404, b""))),
    both_fail("no tokens to be had, and version 1 forbidden", "IMDSv2 is required", "MetadataRetrievalError", calls=["token"],
              **on_ec2(env={"AWS_EC2_METADATA_V1_DISABLED": "true"}, token=(404, b""))),
    both_fail("a bad request", "400", "NoCredentials", calls=["token"], **on_ec2(token=(400, b""))),
    same("out of order at the token, and again", ID, calls=["token"] + CALLS, **attempts(2, token=(500, b""))),
    differ("out of order at the token once", ID, ID, THREE, our_calls=["token"] + CALLS, botocore_calls=V1, **on_ec2(token=(500, b""))),
    differ("out of order at the token for good", Fails("500"), ID, BY_WORD, our_calls=["token"] * 2, botocore_calls=["token"] * 2 + V1[1:],
           **attempts(2, token=always((500, b"")))),
    same("out of order at the role, and again", ID, calls=["token", "role"] + CALLS[1:], **attempts(2, role=(503, b""))),
    same("out of order at the credentials, and again", ID, calls=CALLS + CALLS[2:], **attempts(2, credentials=(500, b""))),
    both_fail("out of order at the credentials for good", "500", "NoCredentials", calls=CALLS + CALLS[2:],
              **attempts(2, credentials=always((500, b"")))),
    differ("out of order at the credentials once", ID, Fails("NoCredentials"), THREE, our_calls=CALLS + CALLS[2:], botocore_calls=CALLS,
           **on_ec2(credentials=(500, b""))),
    both_fail("no role", "no IAM role", "NoCredentials", calls=["token", "role"], **on_ec2(role=(404, b""))),
    both_fail("an empty role", "name is empty", "NoCredentials", calls=["token", "role"], **attempts(1, role=always((200, b"")))),
    differ("two roles", ID, Fails("NoCredentials"), "5.10: the first line", our_calls=CALLS, botocore_calls=None,
           **on_ec2(role=(200, b"node-role\nanother-role"))),
    differ("a role that IAM doesn't allow", Fails("IAM doesn't allow"), Fails("NoCredentials"), "5.10: not asked for", our_calls=["token", "role"],
           botocore_calls=None,
           **attempts(1, role=(200, b"../node-role"))),
    differ("the token is over", ID, Fails("NoCredentials"), "5.10: a new one, once", our_calls=["token", "role", *CALLS],
           botocore_calls=["token", "role"], **on_ec2(role=(401, b""))),
    both_fail("tokens are never good", "401", "NoCredentials", our_calls=["token", "role"] * 2, botocore_calls=["token", "role"],
              **on_ec2(role=always((401, b"")))),
    both_fail("the role isn't trusted", "AssumeRoleUnauthorizedAccess", "NoCredentials", calls=CALLS,
              **on_ec2(credentials=(200, {"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role"}))),
    both_fail("no credentials of the role", "404", "NoCredentials", calls=CALLS, **on_ec2(credentials=(404, b""))),
    same("no JSON, and again", ID, calls=CALLS + CALLS[2:], **attempts(2, credentials=(200, b"<html>"))),
    both_fail("no session token", "Token", "NoCredentials", calls=CALLS, **attempts(1, credentials=credentials(Token=None))),
    both_fail("no expiry", "Expiration", "NoCredentials", calls=CALLS, **attempts(1, credentials=credentials(Expiration=None))),
    differ("no code", Fails("Code"), ID, "5.10: anything but Success is a failure", calls=CALLS, **attempts(1, credentials=credentials(Code=None))),
    differ("a code of failure, and keys", Fails("Failed"), ID, "5.10: anything but Success is a failure", calls=CALLS,
           **attempts(1, credentials=credentials(Code="Failed"))),
    differ("expired a short while ago", Keys(ID, expires=None), Keys(ID, expires=None), "5.10: used for five minutes; botocore takes a random time",
           calls=CALLS, **on_ec2(credentials=credentials(Expiration=from_now(minutes=-10)))),
    differ("expired two hours ago", Fails("expired at"), Keys(ID, expires=None), "5.10: an hour at most",
           **on_ec2(credentials=credentials(Expiration=from_now(hours=-2)))),
    both_fail("a time-out that is no number", "metadata_service_timeout", "ValueError", calls=[],
              **on_ec2(env={"AWS_METADATA_SERVICE_TIMEOUT": "soon"})),
    both_fail("no attempt", "metadata_service_num_attempts", "NoCredentials", calls=[], **attempts(0)),
    same("the number of attempts in the profile", ID, calls=["token"] + CALLS, config="[default]\nmetadata_service_num_attempts = 2\n",
         **on_ec2(token=(500, b""))),
]
