# SPDX-License-Identifier: Apache-2.0
"""What STS and the API server demand of a token, stricter than either: botocore signs it again.

A refusal is a ValueError that names the rule and shows nothing of the token.
"""
import base64
import datetime
import functools
import re
import urllib.parse

import botocore.session
from botocore.auth import SIGV4_TIMESTAMP, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
LONG_TERM = Credentials("AKIDEXAMPLE", SECRET_KEY)
SESSION = Credentials("ASIDEXAMPLE", SECRET_KEY, "FwoGZXIvYXdzEXAMPLE//////////wEaDKexample+session/token==")
# Makes a token of more than 4096 bytes.
LONG_SESSION = Credentials("ASIDEXAMPLELONG", SECRET_KEY, "AbCdEf0123456789" * 200)
KEYS = {keys.access_key: keys for keys in (LONG_TERM, SESSION, LONG_SESSION)}

CLOCK_DIFFERENCE = datetime.timedelta(minutes=1)


def require(holds, rule):
    if not holds:
        raise ValueError(rule)


@functools.cache
def session():
    return botocore.session.Session()


@functools.cache
def sts_host(region):
    return session().get_component("endpoint_resolver").construct_endpoint("sts", region)["hostname"]


def check_token(token, region, cluster_id):
    """`region` and `cluster_id` are those of the cluster that got the token."""
    match = re.fullmatch(r"k8s-aws-v1\.([A-Za-z0-9_-]+)", token)
    require(match, "the token has another form")
    encoded = match.group(1)
    check_url(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("ascii"), region, cluster_id)


def check_url(url, region, cluster_id):
    start = f"https://{sts_host(region)}/?"
    require(url.startswith(start), "scheme, host or path differs")
    query = url.removeprefix(start)
    signed = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    signature = signed.pop("X-Amz-Signature", None)

    date = signed.get("X-Amz-Date", "")
    require(re.fullmatch(r"\d{8}T\d{6}Z", date), "X-Amz-Date has another form")
    signed_at = datetime.datetime.strptime(date + "+0000", SIGV4_TIMESTAMP + "%z")
    age = datetime.datetime.now(datetime.timezone.utc) - signed_at
    require(abs(age) <= CLOCK_DIFFERENCE, "X-Amz-Date is not now")

    keys = KEYS.get(signed.get("X-Amz-Credential", "").partition("/")[0])
    require(keys, "the access key id is not known")
    expected = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{keys.access_key}/{date[:8]}/{region}/sts/aws4_request",
        "X-Amz-Date": date,
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    }
    if keys.token:
        expected["X-Amz-Security-Token"] = keys.token
    for name in sorted(signed.keys() | expected.keys()):
        require(signed.get(name) == expected.get(name), f"the parameter {name} differs")

    # botocore encodes and sorts the values anew, so that what was signed is also what was sent.
    request = AWSRequest("GET", start, params=expected, headers={"x-k8s-aws-id": cluster_id})
    request.context["timestamp"] = date
    signer = SigV4QueryAuth(keys, "sts", region)
    require(query == f"{signer.canonical_query_string(request)}&X-Amz-Signature={signature}",
            "the query's order or encoding differs")
    string_to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    require(signature == signer.signature(string_to_sign, request), "the signature does not match")
