# SPDX-License-Identifier: Apache-2.0
"""Writes sigv4.json and tokens.json, computed by botocore, beside this file.

    pip install botocore==1.44.8
    python3 make_vectors.py

The same bytes each time; check_vectors.py holds the kept files to that.
"""
import base64
import calendar
import hashlib
import json
import pathlib
import sys
import time
import urllib.parse

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "differential"))
from get_token_oracle import EXPIRES_SECONDS, GetTokenOracle, clock_at, sorted_query, token_of  # noqa: E402

BOTOCORE = "1.44.8"

ACCESS_KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "FwoGZXIvYXdzEXAMPLE//////////wEaDKexample+session/token==AbCdEf0123456789"
TIME = "20260102T030405Z"


def epoch_of(basic_time):
    return calendar.timegm(time.strptime(basic_time, "%Y%m%dT%H%M%SZ"))


def base64_text(length, seed):
    """Text that looks like a session token: `+` and `/` at the rate of base64."""
    return base64.b64encode(hashlib.shake_256(seed.encode()).digest(length)).decode()[:length]


# --- sigv4.json ---------------------------------------------------------------------------------
#
# Left out, since there botocore differs from the rules that the library follows:
# - the headers accept-encoding (botocore signs it, as we do not) and baggage, keep-alive, te, trailer,
#   traceparent, tracestate, upgrade, proxy-authenticate, proxy-authorization (the other way round);
#   authorization in query mode (botocore signs it);
# - a date header (botocore leaves x-amz-date out then) and an x-amz-content-sha256 header that is not
#   the body's hash (botocore believes it);
# - tabs inside a header value (botocore: white space of any kind becomes one space);
# - a host in upper case (botocore lowers it);
# - in query mode: equal parameter names (botocore keeps one), a body (botocore moves it into the
#   query), the content-type of a form with charset (botocore drops it);
# - an empty session token (botocore's presigner writes the empty parameter).

class Recording:
    """Keeps each stage that botocore passes through."""

    def canonical_request(self, request):
        self.canonical = super().canonical_request(request)
        return self.canonical

    def string_to_sign(self, request, canonical_request):
        self.to_sign = super().string_to_sign(request, canonical_request)
        return self.to_sign

    def signature(self, string_to_sign, request):
        self.signed = super().signature(string_to_sign, request)
        return self.signed


class HeaderSigner(Recording, SigV4Auth):
    pass


class QuerySigner(Recording, SigV4QueryAuth):
    pass


def signing_case(name, mode, *, access_key_id=ACCESS_KEY_ID, secret=SECRET, session_token=None, region="us-east-1",
                 service="sts", at=TIME, method="GET", host="sts.us-east-1.amazonaws.com", path="/", query=(),
                 headers=(), body="", expires=None):
    credentials = Credentials(access_key_id, secret, session_token)
    request = AWSRequest(method=method, url=f"https://{host}{path}", data=body.encode())
    for header, value in headers:
        request.headers[header] = value  # appends: a name may occur twice
    if mode == "header":
        request.params = list(query)
        signer = HeaderSigner(credentials, service, region)
    else:
        request.params = dict(query)
        signer = QuerySigner(credentials, service, region, expires)
    with clock_at(epoch_of(at)):
        signer.add_auth(request)
    return {
        "name": name, "mode": mode, "access_key_id": access_key_id, "secret_access_key": secret,
        "session_token": session_token, "region": region, "service": service, "time": at, "method": method,
        "host": host, "path": path, "query": query, "headers": headers, "body": body, "expires": expires,
        "canonical_request": signer.canonical, "string_to_sign": signer.to_sign, "signature": signer.signed,
        "authorization": request.headers["Authorization"] if mode == "header" else None,
    }


def header(name, **inputs):
    return signing_case("header: " + name, "header", **inputs)


def presigned(name, expires=EXPIRES_SECONDS, **inputs):
    return signing_case("query: " + name, "query", expires=expires, **inputs)


GET_CALLER_IDENTITY = (("Action", "GetCallerIdentity"), ("Version", "2011-06-15"))
RESERVED = "".join(chr(c) for c in range(0x20, 0x7F) if not chr(c).isalnum())
CONTROLS = "".join(chr(c) for c in (*range(0x20), 0x7F))
UTF8 = "\u00fcn\u00ef \u65e5\u672c \U0001f511"
FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
TEXT = ("Content-Type", "text/plain")
JSON_TEXT = ("Content-Type", "application/json")


def eks(cluster):
    return (("x-k8s-aws-id", cluster),)


def assume_role_body(**optional):
    parameters = {"Action": "AssumeRole", "Version": "2011-06-15", **optional,
                  "RoleArn": "arn:aws:iam::123456789012:role/hub/reader",
                  "RoleSessionName": "eksauth-1767323045-0a1b2c3d"}
    return urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote, safe="")


def sigv4_cases():
    us_west_2 = {"region": "us-west-2", "host": "sts.us-west-2.amazonaws.com"}
    cn_north_1 = {"region": "cn-north-1", "host": "sts.cn-north-1.amazonaws.com.cn"}
    get_caller_identity = {"query": GET_CALLER_IDENTITY, "headers": eks("prod-cluster")}
    assume_role = {"method": "POST", "headers": (FORM,), "body": assume_role_body()}
    body = "sp\u00e9cial \u65e5\u672c\n"
    return [
        presigned("vector A", **us_west_2, **get_caller_identity),
        presigned("vector B, a session token", **us_west_2, **get_caller_identity, session_token=SESSION_TOKEN),
        presigned("vector C, China", **cn_north_1, query=GET_CALLER_IDENTITY, headers=eks("hub.cn_1")),
        presigned("no header but the host"),
        presigned("expires 1 s", 1, **get_caller_identity),
        presigned("expires 15 min", 900, **get_caller_identity),
        presigned("expires 7 days", 604800, **get_caller_identity),
        presigned("the last second of a day", **get_caller_identity, at="20260102T235959Z"),
        presigned("the first second of the next", **get_caller_identity, at="20260103T000000Z"),
        presigned("a leap day", **get_caller_identity, at="20280229T120000Z"),
        presigned("the first second that is accepted", **get_caller_identity, at="20200101T000000Z"),
        presigned("the end of 2099", **get_caller_identity, at="20991231T235959Z"),
        presigned("another secret", **get_caller_identity, secret="another/secret+of/the+same/access+key/id"),
        presigned("a secret of every printable character", **get_caller_identity,
                  secret="".join(map(chr, range(0x21, 0x7F)))),
        presigned("a long access key id", **get_caller_identity, access_key_id="A_z09" * 25 + "abc"),
        presigned("a session token of 1044 bytes", **get_caller_identity, session_token=base64_text(1044, "imds")),
        presigned("a session token of reserved characters", **get_caller_identity,
                  session_token=RESERVED.strip()),
        presigned("every reserved character in a value", query=(("Name", RESERVED),)),
        presigned("every reserved character in a name", query=((RESERVED, "value"),)),
        presigned("control characters in a value", query=(("Name", CONTROLS),)),
        presigned("UTF-8 in name and value", query=((UTF8, UTF8),)),
        presigned("an empty value", query=(("Empty", ""), ("Name", "value"))),
        presigned("a value that is already encoded", query=(("Name", "%2F%20+%zz"),)),
        presigned("parameters on both sides of ours",
                  query=(("~", "1"), ("x-amz-date", "2"), ("a", "3"), ("X-Amz-Meta", "4"), ("A", "5"), ("0", "6"))),
        presigned("signed headers beside the host",
                  headers=(("X-B", "2"), ("x-a", "1"), ("X-K8s-Aws-Id", "prod"), ("Accept", "application/json"))),
        presigned("a header value with runs of spaces", headers=eks("  a   b  c ")),
        presigned("port 443", host="sts.us-east-1.amazonaws.com:443", **get_caller_identity),
        presigned("port 8443", host="127.0.0.1:8443", **get_caller_identity),
        presigned("a path with an encoded space", path="/a%20b/c", **get_caller_identity),
        presigned("POST without a body", method="POST", query=GET_CALLER_IDENTITY),
        presigned("another service and region", region="eu-central-1", service="eks",
                  host="eks.eu-central-1.amazonaws.com", path="/clusters"),

        header("a bare GET"),
        header("vector D, AssumeRole with a session token", **us_west_2, session_token=SESSION_TOKEN,
               method="POST", headers=(FORM,), body=assume_role_body(DurationSeconds="3600", ExternalId="a/b+c")),
        header("AssumeRole without a session token", **assume_role),
        header("AssumeRole in China", **cn_north_1, **assume_role),
        header("AssumeRole with a long session token", **assume_role, session_token=base64_text(2500, "tags")),
        header("AssumeRole, the last second of a day", **assume_role, at="20260102T235959Z"),
        header("AssumeRole, the first second of the next", **assume_role, at="20260103T000000Z"),
        header("AssumeRole through port 443", **assume_role, host="127.0.0.1:443"),
        header("AssumeRole through port 8443", **assume_role, host="127.0.0.1:8443"),
        header("port 80 is no default of https", host="localhost:80"),
        header("an IPv6 host with a port", host="[::1]:8443"),
        header("a header of the body's hash", method="POST", headers=(
            TEXT, ("X-Amz-Content-SHA256", hashlib.sha256(body.encode()).hexdigest())), body=body),
        header("a body of UTF-8", method="POST", headers=(TEXT,), body=body),
        header("a body of JSON", service="ecr", method="POST", headers=(JSON_TEXT,), body='{"a": [1, "b"]}\n'),
        header("POST without a body", method="POST"),
        header("DELETE", method="DELETE", path="/thing"),
        header("names in mixed case", headers=(("My-Header2", "b"), ("my-header1", "a"), ("MY-HEADER10", "C"))),
        header("names that sort by bytes", headers=(
            ("a_b", "1"), ("a-b", "2"), ("a.b", "3"), ("a", "4"), ("a0", "5"))),
        header("values with runs of spaces", headers=(("X-One", "   a   b   c"), ("X-Two", '  "d  e   f"  '))),
        header("values with tabs at both ends", headers=(("X-One", "\t a b\t"),)),
        header("a value folded over three lines", headers=(("X-One", "a\n  b\n     c"),)),
        header("an empty value", headers=(("X-Empty", ""), ("X-Blank", "   "))),
        header("a name that occurs three times", headers=(("X-One", "c"), ("x-one", " a  a "), ("X-ONE", "b"))),
        header("names that are never signed", headers=(
            ("User-Agent", "eksauth"), ("X-Amzn-Trace-Id", "Root=1"), ("Expect", "100-continue"),
            ("Transfer-Encoding", "chunked"), ("Connection", "close"), ("Authorization", "Bearer stale"))),
        header("a query with every reserved character", query=((RESERVED, RESERVED),)),
        header("a query of UTF-8", query=((UTF8, UTF8),)),
        header("equal names sort by value", query=(("a", "2"), ("a", "10"), ("a", ""), ("a", "%"), ("A", "~"))),
        header("names sort by their encoded form",
               query=(("b", "1"), ("a b", "2"), ("a/", "3"), ("a", "4"), ("a.", "5"), ("\u00e9", "6"))),
        header("an empty query value", query=(("Param1", ""),)),
        header("a path that is already encoded", path="/a%20b/%2F/%C3%A9"),
        header("a path of every reserved character", path="/-._~!$&'()*+,;=:@"),
        header("dot segments", path="/a/./b/../c"),
        header("a dot segment at the end", path="/a/b/.."),
        header("dot segments above the root", path="/../../a/"),
        header("only a dot segment", path="/./"),
        header("runs of slashes", path="//a//b///"),
        header("an encoded dot is a dot no more", path="/a/%2E%2E/b"),
        header("three dots are a name", path="/a/.../b"),
        header("no path at all", path=""),
    ]


# --- tokens.json --------------------------------------------------------------------------------

def token_case(oracle, name, *, access_key_id=ACCESS_KEY_ID, secret=SECRET, session_token=None, region="us-west-2",
               cluster="prod-cluster", at=TIME):
    credentials = Credentials(access_key_id, secret, session_token)
    url = sorted_query(oracle.presign(credentials, region, cluster, epoch_of(at)))
    return {
        "name": name, "access_key_id": access_key_id, "secret_access_key": secret, "session_token": session_token,
        "region": region, "cluster": cluster, "time": epoch_of(at),
        "host": urllib.parse.urlsplit(url).hostname, "url": url, "token": token_of(url),
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


def token_cases():
    oracle = GetTokenOracle()

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


def documents():
    """The text of each kept file, one case a line."""
    all_cases = {"sigv4.json": sigv4_cases(), "tokens.json": token_cases()}
    return {name: '{"cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]}\n"
            for name, cases in all_cases.items()}


if __name__ == "__main__":
    for name, text in documents().items():
        (HERE / name).write_text(text, encoding="ascii")
