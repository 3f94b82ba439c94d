#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recomputes every signature, token and answer of the vectors beside it, and prints what held in the Test Anything Protocol.

It stands on Python's standard library alone, so that a copy of this folder checks itself, and it may be read as the rules.
"""
import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import sys
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
NEVER_SIGNED = {"authorization", "user-agent", "x-amzn-trace-id", "expect", "transfer-encoding", "connection"}


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def mac(key, text):
    return hmac.digest(key, text.encode(), "sha256")


def canonical_path(path):
    kept = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return quote("/" + "/".join(kept) + ("/" if kept and path.endswith("/") else ""))


def canonical_query(pairs):
    return "&".join(f"{name}={value}" for name, value in sorted((quote(n, safe=""), quote(v, safe="")) for n, v in pairs))


def canonical_headers(pairs):
    """A line for each name, sorted, and the names."""
    values = {}
    for name, value in pairs:
        if name.lower() not in NEVER_SIGNED:
            values.setdefault(name.lower(), []).append(" ".join(value.split()))
    names = sorted(values)
    return "".join(f"{name}:{','.join(values[name])}\n" for name in names), ";".join(names)


def sign(keys, region, service, stamp, *, host, method="GET", path="/", query=(), headers=(), body="", expires=None):
    """Canonical request, string to sign, signature, and what carries it: the query, or where nothing expires the header."""
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    credential = f"{keys['access_key_id']}/{scope}"
    headers, query = [("host", host.removesuffix(":443")), *headers], list(query)
    if expires is None:
        headers += [("x-amz-date", stamp)] + [("x-amz-security-token", keys["session_token"])] * bool(keys["session_token"])
    lines, names = canonical_headers(headers)
    if expires is not None:
        query += [("X-Amz-Algorithm", ALGORITHM), ("X-Amz-Credential", credential), ("X-Amz-Date", stamp),
                  ("X-Amz-Expires", str(expires)), ("X-Amz-SignedHeaders", names)]
        query += [("X-Amz-Security-Token", keys["session_token"])] * bool(keys["session_token"])
    canonical = "\n".join([method, canonical_path(path), canonical_query(query), lines, names, hash_of(body)])
    to_sign = "\n".join([ALGORITHM, stamp, scope, hash_of(canonical)])
    key = ("AWS4" + keys["secret_access_key"]).encode()
    for part in scope.split("/"):
        key = mac(key, part)
    signature = mac(key, to_sign).hex()
    carrier = (f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}" if expires is None else
               f"{canonical_query(query)}&X-Amz-Signature={signature}")
    return {"canonical_request": canonical, "string_to_sign": to_sign, "signature": signature}, carrier


def sigv4(case):
    request = {name: case[name] for name in ("host", "method", "path", "query", "headers", "body", "expires")}
    stages, carrier = sign(case, case["region"], case["service"], case["time"], **request)
    return {**stages, "authorization": carrier if case["mode"] == "header" else None}


def token(case):
    stamp = datetime.datetime.fromtimestamp(case["time"], datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    stages, query = sign(case, case["region"], "sts", stamp, host=case["host"], headers=[("x-k8s-aws-id", case["cluster"])],
                         query=[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")], expires=60)
    url = f"https://{case['host']}/?{query}"
    return {**stages, "url": url, "token": "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")}


def member(config, name):
    """By its exact name, else by the one that differs in case alone."""
    return config[name] if name in config else next(value for key, value in config.items() if key.lower() == name.lower())


def answer(case, hosts):
    """What follows from a request that is served; where one is refused, the shape is all that is checked."""
    if case["failure"] is not None:
        return {"exit_code": 1, "answer": None}
    request = json.loads(case["exec_info"].removeprefix("\ufeff"))  # of names that occur twice, Python too takes the last
    spec, env = request["spec"], case["env"]
    region, cluster = (member(spec["cluster"]["config"], name) for name in ("region", "clusterId"))
    keys = {name: env.get("AWS_" + name.upper()) for name in ("access_key_id", "secret_access_key", "session_token")}
    expires = datetime.datetime.fromtimestamp(case["time"] + 14 * 60, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = token({**keys, "region": region, "cluster": cluster, "time": case["time"], "host": hosts[region]})["token"]
    return {"exit_code": 0, "answer": {
        "kind": "ExecCredential", "apiVersion": request["apiVersion"], "spec": {"interactive": bool(spec.get("interactive"))},
        "status": {"expirationTimestamp": expires, "token": made}}}


folder = pathlib.Path(__file__).resolve().parent
files = {name: json.loads((folder / name).read_text())["cases"] for name in ("sigv4.json", "tokens.json", "exec.json")}
sts_hosts = {case["region"]: case["host"] for case in files["tokens.json"]}
rules = [sigv4, token, lambda case: answer(case, sts_hosts)]
failed = False
for number, ((name, cases), rule) in enumerate(zip(files.items(), rules), 1):
    wrong = [f"# {case['name']}: {stage}" for case in cases for stage, value in rule(case).items() if case[stage] != value]
    print(f"{'not ok' if wrong else 'ok'} {number} - {name}: {len(cases)} cases follow from their inputs", *wrong, sep="\n")
    failed |= bool(wrong)
print(f"1..{len(files)}")
sys.exit(failed)
