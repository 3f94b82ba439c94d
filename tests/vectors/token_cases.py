# SPDX-License-Identifier: Apache-2.0
"""The cases of tokens.json: keys, region, cluster and second, and the token that botocore makes of them."""
import urllib.parse

from botocore.credentials import Credentials

from get_token_oracle import sorted_query, token_of
from sigv4_cases import ACCESS_KEY_ID, GET_CALLER_IDENTITY, SECRET, SESSION_TOKEN, TIME, base64_text, eks, epoch_of, presigned


def token_case(oracle, name, *, access_key_id=ACCESS_KEY_ID, secret=SECRET, session_token=None, region="us-west-2",
               cluster="prod-cluster", at=TIME):
    credentials = Credentials(access_key_id, secret, session_token)
    url = sorted_query(oracle.presign(credentials, region, cluster, epoch_of(at)))
    host = urllib.parse.urlsplit(url).hostname
    # The oracle's client doesn't show its stages; the same request signed alone does.
    stages = presigned(name, access_key_id=access_key_id, secret=secret, session_token=session_token, region=region,
                       at=at, host=host, query=GET_CALLER_IDENTITY, headers=eks(cluster))
    assert url.endswith("&X-Amz-Signature=" + stages["signature"]), f"{name}: the two don't sign the same"
    return {
        "name": name, "access_key_id": access_key_id, "secret_access_key": secret, "session_token": session_token,
        "region": region, "cluster": cluster, "time": epoch_of(at), "host": host,
        **{stage: stages[stage] for stage in ("canonical_request", "string_to_sign", "signature")},
        "url": url, "token": token_of(url),
    }


CLUSTERS = [
    "a", "0", "Prod_Cluster-01", "x" * 100, "-leading", "trailing-", "hub.cn_1:8443/x", "a+b=c/d~e.f:g",
    "%2F%20", "<&>", '"\\', "12345678-90ab-cdef-1234-567890abcdef", "ARN:aws", "a:/b",
    "".join(map(chr, range(0x21, 0x7F))),
]
TIMES = [
    "20200101T000000Z", "20260102T235959Z", "20260103T000000Z", "20280229T120000Z", "20380119T031408Z",
    "20991231T235959Z",
]
# 1 to 3 give the URL each length modulo 3, for base64; then lengths that STS, IAM Identity Center and
# instance metadata hand out, up to the limit of STS.
SESSION_TOKEN_LENGTHS = [1, 2, 3, 343, 832, 1044, 2500, 4096]


def token_cases(oracle):
    def case(name, **inputs):
        return token_case(oracle, name, **inputs)

    cases = [
        case("vector A"),
        case("vector B, a session token", session_token=SESSION_TOKEN),
        case("vector C, China", region="cn-north-1", cluster="hub.cn_1"),
        case("a long access key id", access_key_id="A_z09" * 25 + "abc"),
        case("a short access key id and secret", access_key_id="A", secret="s"),
        case("a secret of every printable character", secret="".join(map(chr, range(0x21, 0x7F)))),
        case("a session token of every printable character", session_token="".join(map(chr, range(0x21, 0x7F)))),
        case("a region that no list has", region="eu-newplace-12"),
    ]
    for partition, regions in sorted(oracle.regions().items()):
        for region in sorted({regions[0], regions[len(regions) // 2], regions[-1]}):
            cases.append(case(f"{partition}, {region}", region=region))
        cases.append(case(f"{partition}, a session token", region=regions[0], session_token=SESSION_TOKEN))
    cases += [case(f"cluster {cluster}", cluster=cluster) for cluster in CLUSTERS]
    cases += [case(f"at {at}", at=at) for at in TIMES]
    cases += [case(f"a session token of {length} bytes", session_token=base64_text(length, "session"))
              for length in SESSION_TOKEN_LENGTHS]
    return cases
