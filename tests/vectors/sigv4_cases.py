# SPDX-License-Identifier: Apache-2.0
"""The cases of sigv4.json: requests of all kinds, with each stage that botocore passes through as it signs them."""
import base64
import calendar
import hashlib
import time
import urllib.parse

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from get_token_oracle import EXPIRES_SECONDS, clock_at

ACCESS_KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "FwoGZXIvYXdzEXAMPLE//////////wEaDKexample+session/token==AbCdEf0123456789"
TIME = "20260102T030405Z"


def epoch_of(basic_time):
    return calendar.timegm(time.strptime(basic_time, "%Y%m%dT%H%M%SZ"))


def base64_text(length, seed):
    """Text that looks like a session token: `+` and `/` at the rate of base64."""
    return base64.b64encode(hashlib.shake_256(seed.encode()).digest(length)).decode()[:length]


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
