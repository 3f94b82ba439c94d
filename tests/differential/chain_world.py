# SPDX-License-Identifier: Apache-2.0
"""The services of AWS on the loopback, as far as credentials come from them. Each is started once; a scenario chooses what it
answers first, and afterwards it is asked what calls it got."""
import base64
import contextlib
import json
import pathlib
import re
import socket
import sys
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chain_logins import Logins, make_login_key
from chain_scenario import EXPIRES, REGION, assumed, json_keys, login_token, secret_of, sts_error, token_of

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
from loopback import Certificate, connect_proxy, serve  # noqa: E402

# The hosts that scenarios reach by their names, through the proxy.
STS_HOSTS = ["sts.eu-west-1.amazonaws.com", "sts.us-east-1.amazonaws.com", "sts.amazonaws.com", "sts-fips.us-west-2.amazonaws.com",
             "sts.us-gov-west-1.amazonaws.com", "sts.eu-west-1.api.aws", "sts-fips.us-west-2.api.aws", "sts.cn-north-1.amazonaws.com.cn",
             "sts.zz-north-1.amazonaws.com", "sts.eusc-de-east-1.amazonaws.eu"]
LOGIN_HOSTS = ["portal.sso.eu-central-1.amazonaws.com", "oidc.eu-central-1.amazonaws.com", "eu-west-1.signin.aws.amazon.com", "us-east-1.signin.aws.amazon.com"]
METADATA_TOKEN, PROXY_PASSWORD = (login_token("loopback", name) for name in ("metadata", "proxy"))


def expected_signature(request, keys, region):
    """What botocore signs the request with, by the headers that the client chose to sign."""
    names = re.search("SignedHeaders=([^,]+)", request.headers["Authorization"])[1].split(";")
    signed = AWSRequest("POST", f"https://{request.headers['Host']}{request.path}", data=request.body,
                        headers={name: request.headers[name] for name in names if name != "host"})
    signed.context["timestamp"] = request.headers["X-Amz-Date"]
    signer = SigV4Auth(keys, "sts", region)
    return signer.signature(signer.string_to_sign(signed, signer.canonical_request(signed)), signed)


class Services:
    """What the services answer. `calls` are those since `begin`."""

    def __init__(self):
        self.begin({})

    def begin(self, replies):
        self.calls, self.replies = [], {call: list(first) for call, first in replies.items()}

    def called(self, call, detail=""):
        """Notes the call and gives the reply that the scenario wants, if any is left."""
        self.calls.append(f"{call} {detail}".rstrip())
        first = self.replies.get(call)
        return first.pop(0) if first else None

    def sts(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        action, role = form.get("Action", ""), form.get("RoleArn", "").rpartition("/")[2]
        reply = self.called(action, role)
        if reply:
            return reply
        refusal = sts_refusal(form)
        if refusal or request.method != "POST":
            return sts_error("ValidationError", message=f"{refusal} is wrong")
        refusal, by, region = pod_of(form, request) if action == "AssumeRoleWithWebIdentity" else signer_of(request)
        if refusal:
            return sts_error(*refusal)
        made_up = re.fullmatch("(botocore-session|eksauth)-[0-9]+(-[0-9a-f]{8})?", form["RoleSessionName"])
        told = {"external_id": form.get("ExternalId"), "seconds": form.get("DurationSeconds"),
                "name": None if made_up else form["RoleSessionName"], "region": None if region == REGION else region}
        return 200, sts_answer(action, assumed(role, by, **{key: value for key, value in told.items() if value}))

    def container(self, request):
        reply = self.called("container", request.path)
        if reply:
            return reply
        return 200, json_keys("ASIA_container_" + re.sub(r"\W", "_", request.headers.get("Authorization", "open")))

    def imds(self, request):
        token = request.headers.get("x-aws-ec2-metadata-token")
        version = "" if token else "v1"
        if request.method == "PUT" and "x-aws-ec2-metadata-token-ttl-seconds" in request.headers:
            return self.called("token") or (200, METADATA_TOKEN.encode())
        base = "/latest/meta-data/iam/security-credentials/"
        name = request.path.removeprefix(base) if request.path.startswith(base) else None
        step = "role" if name == "" else "credentials" if name else "another"
        reply = self.called(step, name or version)
        if reply:
            return reply
        if token not in (METADATA_TOKEN, None):
            return 401, b""
        if step == "role":
            return 200, b"node-role"
        return (200, {"Code": "Success", **json_keys("ASIA_imds_node_role")}) if name == "node-role" else (404, b"")


def pod_of(form, request):
    """Why the token isn't taken, else its subject; no region, as nothing is signed."""
    token = form["WebIdentityToken"]
    good = re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token) and len(token) <= 20000 and "Authorization" not in request.headers
    return (None, token.split(".")[1], REGION) if good else (["InvalidIdentityToken"], "", "")


def signer_of(request):
    """Why the signature isn't taken, else whose key and for which region it is."""
    authorization = request.headers.get("Authorization", "")
    scope = re.match(r"AWS4-HMAC-SHA256 Credential=(\w+)/\d{8}/([\w-]+)/sts/aws4_request, ", authorization)
    if not scope:
        return ["MissingAuthenticationToken", 403], "", ""
    by, region = scope.groups()
    signature = expected_signature(request, Credentials(by, secret_of(by), token_of(by) or None), region)
    good = request.headers.get("X-Amz-Security-Token", "") == token_of(by) and authorization.endswith("Signature=" + signature)
    return None if good else ["SignatureDoesNotMatch", 403], by, region


def sts_refusal(form):
    """The parameter that STS doesn't take, or nothing. Source: the limits of its model."""
    forms = {"Action": "AssumeRole(WithWebIdentity)?", "Version": "2011-06-15", "RoleArn": r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+",
             "RoleSessionName": r"[\w+=,.@-]{2,64}", "ExternalId": r"[\w+=,.@:/-]{2,1224}", "DurationSeconds": r"\d+"}
    for name, pattern in forms.items():
        optional = name in ("ExternalId", "DurationSeconds")
        if not (optional and name not in form) and not re.fullmatch(pattern, form.get(name, "")):
            return name
    return "" if 900 <= int(form.get("DurationSeconds", 900)) <= 43200 else "DurationSeconds"


def sts_answer(action, key_id, expires=EXPIRES):
    return f"""<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>
        <AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>{secret_of(key_id)}</SecretAccessKey>
        <SessionToken>{token_of(key_id)}</SessionToken><Expiration>{expires}</Expiration>
        </Credentials></{action}Result><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{action}Response>""".encode()


def proxy(services, places):
    """Tunnels every CONNECT to the place whose word is in the host's name, else to the host itself. Gives its address."""
    known = base64.b64encode(f"me:{PROXY_PASSWORD}".encode()).decode()

    def answer(lines):
        name = lines[0].split(" ")[1]
        authorization = [line.partition("Basic ")[2] for line in lines if line.lower().startswith("proxy-authorization:")]
        reply = services.called("CONNECT", name + (" by me" if authorization == [known] else ""))
        if reply or authorization not in ([], [known]):
            return reply[0] if reply else 407
        return next((place for word, place in places.items() if word in name), name)

    return connect_proxy(answer)



def closed_address():
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return "127.0.0.1:{}".format(closed.getsockname()[1])


@contextlib.contextmanager
def started(folder):
    """Gives the services and the words by which scenarios name them."""
    services = Services()
    login_key = make_login_key()
    (folder / "other").mkdir()
    certificate, other = Certificate(folder, STS_HOSTS + LOGIN_HOSTS), Certificate(folder / "other")
    with contextlib.ExitStack() as running:
        sts = running.enter_context(serve(certificate, services.sts))
        container = running.enter_context(serve(None, services.container))
        logins = Logins(services.called, login_key)
        sso, oidc, signin = (running.enter_context(serve(certificate, answer)) for answer in (logins.portal, logins.oidc, logins.signin))
        yield services, {
            "sts": sts,
            "sso": sso,
            "oidc": oidc,
            "signin": signin,
            "open_sts_port": running.enter_context(serve(None, services.sts)).partition(":")[2],
            "container": container,
            "container_port": container.partition(":")[2],
            "tls_container": running.enter_context(serve(certificate, services.container)),
            "imds": running.enter_context(serve(None, services.imds)),
            "proxy_password": PROXY_PASSWORD,
            "proxy": running.enter_context(proxy(services, {"sts": sts, "sso": sso, "oidc": oidc, "signin": signin})),
            "closed": closed_address(),
            "login_key": json.dumps(login_key)[1:-1],
            "ca": str(certificate.file),
            "other_ca": str(other.file),
        }
