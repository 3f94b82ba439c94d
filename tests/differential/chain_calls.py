# SPDX-License-Identifier: Apache-2.0
"""How STS is called: for which region, at which host, with whose certificates, how often, and what it may answer."""
from chain_profiles import HUB_BY_BASE, selected
from chain_scenario import EXPIRES, Fails, Keys, always, assumed, both_fail, differ, role_arn, same, secret_of, sts_error, token_of
from chain_world import sts_answer

HUB = {"config": selected(), "profile": "a"}
CALL = ["AssumeRole hub"]


def hub(env=None, **settings):
    """The role of `a`, with settings in its profile."""
    return {"config": selected(**settings), "profile": "a", "env": env or {}}


def signed_for(region, **told):
    return assumed("hub", "AKIDBASE", region=region, **told)


def at_its_name(region, env=None, partition="aws", **settings):
    """Called by its public name, through the proxy that notes the name."""
    config = selected(**settings).replace(role_arn("hub"), role_arn("hub", partition))
    return {"config": config, "profile": "a", "env": {"AWS_ENDPOINT_URL_STS": None, "HTTPS_PROXY": "http://{proxy}", "AWS_DEFAULT_REGION": region, **(env or {})}}


def connected(*hosts):
    return [call for host in hosts for call in (f"CONNECT {host}:443", "AssumeRole hub")]


REGIONS = [
    same("AWS_DEFAULT_REGION", signed_for("us-east-1"), **hub({"AWS_DEFAULT_REGION": "us-east-1"})),
    differ("AWS_REGION", signed_for("us-east-1"), Fails("NoRegionError"), "8 row 1: read", our_calls=CALL, botocore_calls=[],
           **hub({"AWS_DEFAULT_REGION": None, "AWS_REGION": "us-east-1"})),
    differ("both variables", signed_for("us-east-1"), signed_for("us-west-2"), "8 row 1: as Go and AWS CLI v2, AWS_REGION first",
           **hub({"AWS_DEFAULT_REGION": "us-west-2", "AWS_REGION": "us-east-1"})),
    same("the profile's", signed_for("us-east-1"), **hub({"AWS_DEFAULT_REGION": None}, region="us-east-1")),
    same("a variable before the profile's", signed_for("us-west-2"), **hub({"AWS_DEFAULT_REGION": "us-west-2"}, region="us-east-1")),
    differ("an empty variable", signed_for("us-east-1"), Fails("ClientError"), "5.1: it counts as unset",
           **hub({"AWS_DEFAULT_REGION": "", "AWS_REGION": ""}, region="us-east-1")),
    same("the credentials file's before the config file's", signed_for("us-east-1"), credentials="[a]\nregion = us-east-1\n",
         **hub({"AWS_DEFAULT_REGION": None}, region="us-west-2")),
    same("not that of the profile below", signed_for("us-east-1"), profile="a", env={"AWS_DEFAULT_REGION": None},
         config=selected(region="us-east-1") + "region = us-west-2\n"),
    differ("none, but the cluster's", signed_for("us-east-2"), Fails("NoRegionError"), "3.3: the cluster's is used", region="us-east-2",
           our_calls=CALL, botocore_calls=[],
           **hub({"AWS_DEFAULT_REGION": None})),
    differ("one of no partition", Fails("no known partition"), signed_for("zz-north-1"), "8 row 37: no guessed partition", our_calls=[],
           botocore_calls=connected("sts.zz-north-1.amazonaws.com"), **at_its_name("zz-north-1")),
    differ("a pseudo region", Fails("no known partition"), signed_for("us-east-1"), "3.2: not a real region", our_calls=[],
           botocore_calls=connected("sts.amazonaws.com"), **at_its_name("aws-global")),
    both_fail("one with a slash", "region", "InvalidRegionError", calls=[], **at_its_name("us-east-1/")),
    same("its regional host", HUB_BY_BASE, calls=connected("sts.eu-west-1.amazonaws.com"), **at_its_name("eu-west-1")),
    same("its FIPS host", signed_for("us-west-2"), calls=connected("sts-fips.us-west-2.amazonaws.com"),
         **at_its_name("us-west-2", {"AWS_USE_FIPS_ENDPOINT": "true"})),
    same("its FIPS host by the profile", signed_for("us-west-2"), calls=connected("sts-fips.us-west-2.amazonaws.com"),
         **at_its_name("us-west-2", use_fips_endpoint="True")),
    same("its dual-stack host", HUB_BY_BASE, calls=connected("sts.eu-west-1.api.aws"),
         **at_its_name("eu-west-1", {"AWS_USE_DUALSTACK_ENDPOINT": "true"})),
    same("both", signed_for("us-west-2"), calls=connected("sts-fips.us-west-2.api.aws"),
         **at_its_name("us-west-2", {"AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_USE_FIPS_ENDPOINT": "true"})),
    same("in aws-cn", signed_for("cn-north-1"), calls=connected("sts.cn-north-1.amazonaws.com.cn"), **at_its_name("cn-north-1", partition="aws-cn")),
    same("in aws-us-gov the plain host is the FIPS host", signed_for("us-gov-west-1"), calls=connected("sts.us-gov-west-1.amazonaws.com"),
         **at_its_name("us-gov-west-1", {"AWS_USE_FIPS_ENDPOINT": "true"}, partition="aws-us-gov")),
    same("in aws-eusc", signed_for("eusc-de-east-1"), calls=connected("sts.eusc-de-east-1.amazonaws.eu"),
         **at_its_name("eusc-de-east-1", partition="aws-eusc")),
    differ("the global host, when asked for", signed_for("us-east-1"), signed_for("us-east-1"), "8 row 35: always regional",
           our_calls=connected("sts.us-east-1.amazonaws.com"), botocore_calls=connected("sts.amazonaws.com"),
           **at_its_name("us-east-1", {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"})),
    differ("a switch that is neither true nor false", Fails("true or false"), HUB_BY_BASE, "3.4: as Go, an error", our_calls=[],
           botocore_calls=connected("sts.eu-west-1.amazonaws.com"), **at_its_name("eu-west-1", {"AWS_USE_FIPS_ENDPOINT": "yes"})),
]

ELSEWHERE = "https://{closed}"
HERE = "https://{sts}"
UNSET = {"AWS_ENDPOINT_URL_STS": None, "AWS_MAX_ATTEMPTS": "1"}
SERVICES = "[services s]\nsts =\n  endpoint_url = " + HERE + "\n"


def in_files(extra="", env=None, **settings):
    """No endpoint in the environment but what `env` says."""
    return {"config": selected(**settings) + extra, "profile": "a", "env": UNSET | (env or {})}


ENDPOINTS = [
    same("for all services", HUB_BY_BASE, calls=CALL, **in_files(env={"AWS_ENDPOINT_URL": HERE})),
    same("for STS before the one for all", HUB_BY_BASE, calls=CALL, **in_files(env={"AWS_ENDPOINT_URL": ELSEWHERE, "AWS_ENDPOINT_URL_STS": HERE})),
    same("an empty one for STS counts as none", HUB_BY_BASE, calls=CALL, **in_files(env={"AWS_ENDPOINT_URL": HERE, "AWS_ENDPOINT_URL_STS": ""})),
    same("in the services section", HUB_BY_BASE, calls=CALL, **in_files(SERVICES, services="s")),
    same("in the environment for all, before the services section", HUB_BY_BASE, calls=CALL,
         **in_files(SERVICES.replace(HERE, ELSEWHERE), {"AWS_ENDPOINT_URL": HERE}, services="s")),
    same("in the services section before the profile's own", HUB_BY_BASE, calls=CALL, **in_files(SERVICES, services="s", endpoint_url=ELSEWHERE)),
    same("in the profile", HUB_BY_BASE, calls=CALL, **in_files(endpoint_url=HERE)),
    same("in the profile, where the services section has none for STS", HUB_BY_BASE, calls=CALL,
         **in_files("[services s]\ns3 =\n  endpoint_url = " + ELSEWHERE + "\n", services="s", endpoint_url=HERE)),
    both_fail("a services section that isn't there", "no section [services s]", "InvalidConfigError", calls=[], **in_files(services="s")),
    same("all of them switched off by the environment", HUB_BY_BASE, calls=connected("sts.eu-west-1.amazonaws.com"),
         **at_its_name("eu-west-1", {"AWS_ENDPOINT_URL_STS": ELSEWHERE, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"})),
    same("all of them switched off by the profile", HUB_BY_BASE, calls=connected("sts.eu-west-1.amazonaws.com"),
         **at_its_name("eu-west-1", endpoint_url=ELSEWHERE, ignore_configured_endpoint_urls="true")),
    same("not that of the profile below", HUB_BY_BASE, calls=CALL, profile="a", env=UNSET,
         config=selected(endpoint_url=HERE) + "endpoint_url = " + ELSEWHERE + "\n"),
    same("without TLS on this host", HUB_BY_BASE, calls=CALL, **in_files(env={"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:{open_sts_port}"})),
    same("without TLS by the name of this host", HUB_BY_BASE, calls=CALL,
         **in_files(env={"AWS_ENDPOINT_URL_STS": "http://localhost:{open_sts_port}"})),
    differ("without TLS elsewhere", Fails("http is for loopback hosts only"), HUB_BY_BASE, "3.5: keys would be open to all", our_calls=[],
           botocore_calls=CALL,
           **in_files(env={"AWS_ENDPOINT_URL_STS": "http://0.0.0.0:{open_sts_port}"})),
    differ("with a path", Fails("a path or a query"), HUB_BY_BASE, "3.5: host and port only", our_calls=[], botocore_calls=CALL,
           **in_files(env={"AWS_ENDPOINT_URL_STS": HERE + "/x"})),
    both_fail("of another scheme", "scheme must be http or https", "HTTPClientError", calls=[],
              **in_files(env={"AWS_ENDPOINT_URL_STS": "ftp://{sts}"})),
    both_fail("without a scheme", "URL", "ValueError", calls=[], **in_files(env={"AWS_ENDPOINT_URL_STS": "{sts}"})),
    differ("together with FIPS", Fails("can't be combined with FIPS"), signed_for("us-west-2"), "3.4: one of the two can't be meant", our_calls=[],
           botocore_calls=CALL,
           **in_files(env={"AWS_ENDPOINT_URL_STS": HERE, "AWS_USE_FIPS_ENDPOINT": "true", "AWS_DEFAULT_REGION": "us-west-2"})),
    differ("together with dual-stack", Fails("can't be combined with dual-stack"), HUB_BY_BASE, "3.4: one of the two can't be meant", our_calls=[],
           botocore_calls=CALL,
           **in_files(env={"AWS_ENDPOINT_URL_STS": HERE, "AWS_USE_DUALSTACK_ENDPOINT": "true"})),
    both_fail("where nobody listens", "EKS-HTTP-UNREACHABLE", "EndpointConnectionError", calls=[],
              **in_files(env={"AWS_ENDPOINT_URL_STS": ELSEWHERE})),
]

ONCE = {"AWS_MAX_ATTEMPTS": "1"}
TRUST = [
    same("a bundle in the profile", HUB_BY_BASE, **hub({"AWS_CA_BUNDLE": None}, ca_bundle="{ca}")),
    same("the environment's bundle before the profile's", HUB_BY_BASE, **hub(ca_bundle="{other_ca}")),
    both_fail("a bundle without the server's authority", "EKS-HTTP-TLS", "SSLError", calls=[], **hub(ONCE | {"AWS_CA_BUNDLE": "{other_ca}"})),
    both_fail("no bundle that knows the server", "EKS-HTTP-TLS", "SSLError", calls=[], **hub(ONCE | {"AWS_CA_BUNDLE": None})),
    both_fail("a bundle that isn't there", "/nowhere", "SSLError", calls=[], **hub(ONCE | {"AWS_CA_BUNDLE": "/nowhere"})),
    both_fail("a bundle without a certificate", "EKS-HTTP-TLS", "SSLError", calls=[], files={"empty.pem": "# nothing\n"},
              **hub(ONCE | {"AWS_CA_BUNDLE": "{home}/empty.pem"})),
]

THROUGH = "http://{proxy}"
TUNNEL = ["CONNECT {sts}", *CALL]
PROXIES = [
    same("by the variable in small letters", HUB_BY_BASE, calls=connected("sts.eu-west-1.amazonaws.com"),
         **at_its_name("eu-west-1", {"HTTPS_PROXY": None, "https_proxy": THROUGH})),
    differ("by both variables", HUB_BY_BASE, Fails("ProxyConnectionError"), "7.2: as Go, capital letters first",
           our_calls=connected("sts.eu-west-1.amazonaws.com"), botocore_calls=[],
           **at_its_name("eu-west-1", ONCE | {"https_proxy": "http://{closed}"})),
    same("with a password", HUB_BY_BASE, calls=["CONNECT sts.eu-west-1.amazonaws.com:443 by me", *CALL],
         **at_its_name("eu-west-1", {"HTTPS_PROXY": "http://me:{proxy_password}@{proxy}"})),
    both_fail("with another password", "407", "ProxyConnectionError", calls=connected("sts.eu-west-1.amazonaws.com")[:1],
              **at_its_name("eu-west-1", ONCE | {"HTTPS_PROXY": "http://me:another@{proxy}"})),
    both_fail("that refuses", "502", "ProxyConnectionError", calls=connected("sts.eu-west-1.amazonaws.com")[:1], replies={"CONNECT": [(502, b"")]},
              **at_its_name("eu-west-1", ONCE)),
    both_fail("where nobody listens", "EKS-HTTP-UNREACHABLE", "ProxyConnectionError", calls=[],
              **at_its_name("eu-west-1", ONCE | {"HTTPS_PROXY": "http://{closed}"})),
    both_fail("of another kind", "unsupported proxy scheme", "ProxyConnectionError", calls=[],
              **at_its_name("eu-west-1", ONCE | {"HTTPS_PROXY": "socks5://{closed}"})),
    differ("and a host of this machine", HUB_BY_BASE, HUB_BY_BASE, "7.2: never through a proxy", our_calls=CALL, botocore_calls=TUNNEL,
           **hub({"HTTPS_PROXY": THROUGH})),
    same("and a host that is left out", HUB_BY_BASE, calls=CALL, **hub({"HTTPS_PROXY": "http://{closed}", "NO_PROXY": "example.com,127.0.0.1"})),
    same("and everything is left out", HUB_BY_BASE, calls=CALL, **hub({"HTTPS_PROXY": "http://{closed}", "NO_PROXY": "*"})),
    same("for http isn't used for https", HUB_BY_BASE, calls=CALL, **hub({"HTTP_PROXY": "http://{closed}", "http_proxy": "http://{closed}"})),
    same("for all isn't used", HUB_BY_BASE, calls=CALL, **hub({"ALL_PROXY": "http://{closed}", "all_proxy": "http://{closed}"})),
]

BUSY = (503, b"")


def after(*replies, **world):
    return HUB | {"replies": {"AssumeRole": list(replies)}} | world


def attempts(text, **settings):
    return {**hub({"AWS_MAX_ATTEMPTS": text} if text else {}, **settings), "replies": {"AssumeRole": always(BUSY)}}


RETRIES = [
    same("throttled once", HUB_BY_BASE, calls=CALL * 2, **after(sts_error("Throttling"))),
    same("throttled by another code", HUB_BY_BASE, calls=CALL * 2, **after(sts_error("RequestLimitExceeded"))),
    same("throttled by the status", HUB_BY_BASE, calls=CALL * 2, **after(sts_error("Slower", 429))),
    differ("throttled by the status, with nothing to read", HUB_BY_BASE, Fails("ResponseParserError"), "6.4: 429 is tried again", our_calls=CALL * 2,
           botocore_calls=CALL,
           **after((429, b""))),
    same("out of order twice", HUB_BY_BASE, calls=CALL * 3, **after((500, b""), BUSY)),
    same("a bad gateway, then its time-out", HUB_BY_BASE, calls=CALL * 3, **after((502, b"<html>"), (504, b""))),
    same("the request took too long", HUB_BY_BASE, calls=CALL * 2, **after(sts_error("RequestTimeout"))),
    both_fail("out of order for good", "EKS-CALL-REFUSED", "ClientError", calls=CALL * 3, **after(*always(BUSY))),
    both_fail("a refusal is final", "AccessDenied", "ClientError", calls=CALL, **after(sts_error("AccessDenied", 403))),
    both_fail("a refusal that can't be read is final", "403", "ResponseParserError", calls=CALL, **after((403, b"no"))),
    both_fail("one attempt", "503", "ClientError", calls=CALL, **attempts("1")),
    both_fail("two attempts", "503", "ClientError", calls=CALL * 2, **attempts("2")),
    both_fail("five attempts", "503", "ClientError", calls=CALL * 5, **attempts("5")),
    both_fail("two attempts by the profile", "503", "ClientError", calls=CALL * 2, **attempts("", max_attempts="2")),
    both_fail("the environment's attempts before the profile's", "503", "ClientError", calls=CALL, **attempts("1", max_attempts="2")),
    both_fail("no attempt", "max_attempts", "InvalidMaxRetryAttemptsError", calls=[], **attempts("0")),
    both_fail("attempts that are no number", "max_attempts", "ValueError", calls=[], **attempts("x")),
    same("adaptive mode", HUB_BY_BASE, calls=CALL * 2, **after(BUSY, env={"AWS_RETRY_MODE": "adaptive"})),
    same("legacy mode", HUB_BY_BASE, calls=CALL * 3, **after(BUSY, BUSY, env={"AWS_RETRY_MODE": "legacy"})),
    differ("legacy mode for good", Fails("503"), Fails("ClientError"), "8 row 29: three attempts", our_calls=CALL * 3, botocore_calls=CALL * 5,
           **after(*always(BUSY), env={"AWS_RETRY_MODE": "legacy"})),
    both_fail("another mode", "retry_mode", "InvalidRetryModeError", calls=[], **hub({"AWS_RETRY_MODE": "never"})),
]

ID = "ASIA_ANSWER"
GOOD = sts_answer("AssumeRole", ID).decode()
TWICE = "6.2: asked for once more"


def answered(text, again=True):
    return after(*[(200, text.encode())] * (2 if again else 1))


def told(name, text, keys=ID):
    return same(name, keys, calls=CALL, **answered(text, again=False))


def refused(name, text, ours, botocore):
    """Ours asks again; botocore's calls are as they are."""
    return differ(name, Fails(ours), botocore if isinstance(botocore, Keys) else Fails(botocore), TWICE, our_calls=CALL * 2, botocore_calls=CALL,
                  **answered(text))


ANSWERS = [
    told("as it should be", GOOD),
    told("members in another order, and others among them", GOOD.replace("<AccessKeyId>", "<Other>x</Other><AccessKeyId>", 1).replace(
        f"<Expiration>{EXPIRES}</Expiration>", "").replace("<Credentials>", f"<Credentials><Expiration>{EXPIRES}</Expiration>")),
    told("with a declaration and comments",
         "<?xml version='1.0' encoding='UTF-8'?><!-- x -->" + GOOD.replace("<SessionToken>", "<!-- y --><SessionToken>")),
    told("with entities and CDATA", GOOD.replace(ID, "&#65;SIA_ANSWER").replace(secret_of(ID), f"<![CDATA[{secret_of(ID)}]]>")),
    told("with a fraction of a second", GOOD.replace(EXPIRES, EXPIRES.replace("Z", ".123Z"))),
    told("with an offset", GOOD.replace(EXPIRES, "2100-01-01T01:00:00+01:00")),
    told("with a prefix of its namespace",
         GOOD.replace("xmlns=", "xmlns:q=").replace("<AssumeRoleResponse", "<q:AssumeRoleResponse").replace("</AssumeRoleResponse", "</q:AssumeRoleResponse")),
    differ("expired", Keys(ID, expires="2020-01-01T00:00:00Z"), Fails("RuntimeError"), "1.4: refused where the token is made",
           our_calls=CALL, botocore_calls=CALL, **answered(GOOD.replace(EXPIRES, "2020-01-01T00:00:00Z"), again=False)),
    refused("no XML", "{}", "EKS-BAD-REPLY", "ResponseParserError"),
    refused("cut short", GOOD[:200], "EKS-BAD-REPLY", "ResponseParserError"),
    refused("nothing", "", "EKS-BAD-REPLY", "ResponseParserError"),
    refused("without the session token", GOOD.replace(f"<SessionToken>{token_of(ID)}</SessionToken>", ""), "SessionToken", "KeyError"),
    refused("without an expiry", GOOD.replace(f"<Expiration>{EXPIRES}</Expiration>", ""), "Expiration", "KeyError"),
    refused("with an expiry that is none", GOOD.replace(EXPIRES, "soon"), "Expiration", "ValueError"),
    refused("with an empty key id", GOOD.replace(ID, ""), "AccessKeyId", Keys("", secret_of(ID), token_of(ID))),
    refused("with two key ids", GOOD.replace("<Credentials>", "<Credentials><AccessKeyId>ASIA_OTHER</AccessKeyId>"), "AccessKeyId", "NoText"),
    refused("of another document", GOOD.replace("AssumeRole", "GetSessionToken"), "EKS-BAD-REPLY", "KeyError"),
    refused("with a document type", "<!DOCTYPE x [<!ENTITY e 'ASIA'>]>" + GOOD, "EKS-BAD-REPLY", Keys(ID)),
]
