# SPDX-License-Identifier: Apache-2.0
"""Our host beside cluster-inventory-api's pkg/access and client-go, with the same plugins, provider files and ClusterProfiles;
and plugins that others wrote.

    python3 host_peers.py --host PROGRAM --plugin PATH --build DIR
"""
import argparse
import base64
import datetime
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import access_cases
import addition_cases
import misbehaving
from hosts import HURRIED_MS, SERVER_NAME, UNHURRIED_MS, Hosts
from misbehaving import Refused
from peers import Missing, environment, go_program
from profiles import ARGS, EXEC, V1, V1BETA1, Raw, profile, provider, providers, variables
from token_check import LONG_TERM, SESSION, check_token

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from tap import Tap  # noqa: E402

REGION, CLUSTER = "us-west-2", "prod-cluster"
# Without any credentials, aws-iam-authenticator would ask the instance metadata, disabled or not.
NO_PROFILE, NO_PROFILE_WORDS = variables(AWS_PROFILE="none"), "could not create config: failed to get shared config profile, none"


def pem_files(folder):
    """Certificates and keys for `misbehaving.pairs`."""
    def openssl(*arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout

    ec, rsa = folder / "a.key", folder / "b.key"
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", ec)
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", rsa)
    pem = {"a.key": ec.read_text(), "b.key": rsa.read_text()}
    for name, key in (("a", ec), ("b", rsa)):
        pem[name] = openssl("req", "-x509", "-key", key, "-days", "1", "-subj", f"/CN={name}")
    pem["a.old-key"] = openssl("pkey", "-in", ec, "-traditional")
    pem["a.encrypted-key"] = openssl("pkey", "-in", ec, "-aes128", "-passout", "pass:x")
    pem["a.base64"] = base64.b64encode(pem["a"].encode()).decode()
    pem["parameters"] = openssl("ecparam", "-name", "prime256v1")
    pem["zeros"] = f"-----BEGIN CERTIFICATE-----\n{'A' * 64}\n-----END CERTIFICATE-----\n"
    return pem


def blocks(pem):
    return re.findall("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", pem, re.DOTALL)


def check(actual, expected):
    assert actual == expected, f"{actual} instead of {expected}"


def check_refusal(answer, refused, folder):
    start = refused.start.replace("{folder}", str(folder))
    assert answer.get("error", "").startswith(start), f"{answer} instead of {start}"
    assert misbehaving.TOKEN not in answer["error"], answer


def check_ours(answer, verdict, folder):
    if isinstance(verdict, Refused):
        check_refusal(answer, verdict, folder)
        check(answer["word"], verdict.word)
        assert answer["error"].endswith(verdict.end), answer
    else:
        assert "error" not in answer, answer
        check(answer.get("token", ""), verdict.token)
        check(blocks(answer.get("certificate", "")), blocks(verdict.certificate))
        check(answer.get("expires"), verdict.expires)


def check_theirs(answer, verdict, folder):
    if isinstance(verdict, Refused):
        check_refusal(answer, verdict, folder)
    else:
        assert "error" not in answer, answer
        check(answer.get("authorization", ""), f"Bearer {verdict.token}".strip() if verdict.token or not verdict.certificate else "")
        check(blocks(answer.get("certificate", "")), blocks(verdict.certificate))


def misbehaving_case(hosts, plugin):
    command = plugin.command.replace("{folder}", str(hosts.folder))
    out = hosts.folder / "plugin.out"
    out.unlink(missing_ok=True)
    out.write_bytes(plugin.out if isinstance(plugin.out, bytes) else plugin.out.encode())
    out.chmod(0o755 if command == str(out) else 0o644)
    hosts.program(hosts.folder / "plugin", "#!/bin/sh\n" + plugin.script + "\n", plugin.mode)
    file = providers(provider(apiVersion=plugin.version, command=command, provideClusterInfo=False))
    [answer], _ = hosts.ours(file, [profile()], HURRIED_MS if plugin.no_limit else UNHURRIED_MS)
    check_ours(answer, plugin.verdict, hosts.folder)
    if not plugin.no_limit:
        [answer], _ = hosts.theirs(file, [profile()])
        check_theirs(answer, plugin.client_go or plugin.verdict, hosts.folder)


def check_errors(answers, start, hosts):
    """At least one of them was refused; that the others weren't is seen by their records."""
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert errors and all(error.startswith(hosts.fill(start)) for error in errors), f"{answers} instead of {start}"


def with_cluster(record, more):
    """The record of a plugin that is also told `more` of the cluster."""
    name = "KUBERNETES_EXEC_INFO="
    [said] = [variable for variable in record["environment"] if variable.startswith(name)]
    info = json.loads(said.removeprefix(name))
    info["spec"]["cluster"] |= more
    return {**record, "environment": [variable for variable in record["environment"] if variable != said], "info": info}


def as_ours(record, case):
    expected = with_cluster(record, case.ours)
    for member in ("arguments", "environment"):
        expected[member] = [case.instead.get(text, text) for text in expected[member]]
    return expected


def added(record):
    """What is neither the file's nor the host's."""
    return " ".join(record["arguments"][1:] + [text for text in record["environment"] if text.startswith(("A=", "NEW="))])


def access_case(hosts, case):
    if case.together:
        _, records = hosts.answers([hosts.access, "-certificate", hosts.certificate.file, "-key", hosts.certificate.key],
                                   case.file, case.profiles)
        check([added(record) for record in records], case.together)
    answers, records = hosts.ours(case.file, case.profiles)
    expected_answers, expected_records = hosts.theirs(case.file, case.profiles)
    if not case.why:
        check(records, expected_records)
        if case.error:
            check_errors(answers, case.error, hosts)
            check_errors(expected_answers, case.error, hosts)
            check(["error" in answer for answer in answers], ["error" in answer for answer in expected_answers])
        else:
            check([answer.get("token") for answer in answers], ["recorded"] * len(case.profiles))
            check(len(records), len(case.profiles))
        return
    if case.theirs:
        check_errors(expected_answers, case.theirs, hosts)
        check(expected_records, [])
    else:
        check(len(expected_records), len(case.profiles))
    if isinstance(case.ours, str):
        check_errors(answers, case.ours, hosts)
        check(records, [])
    elif expected_records:
        check([with_cluster(record, {}) for record in records], [as_ours(record, case) for record in expected_records])
    else:
        check(len(records), len(case.profiles))


def sorted_query(token):
    """The same token as far as STS is concerned; others write the parameters in another order."""
    prefix, _, encoded = token.partition(".")
    host, _, query = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode().partition("?")
    *parameters, signature = query.split("&")
    assert signature.startswith("X-Amz-Signature="), "the signature isn't last"
    url = host + "?" + "&".join([*sorted(parameters), signature])
    return prefix + "." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def eks_token(answer):
    assert "error" not in answer, answer
    check_token(sorted_query(answer["token"]), REGION, CLUSTER)
    remaining = datetime.datetime.fromisoformat(answer["expires"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(0) < remaining <= datetime.timedelta(minutes=15), answer["expires"]


def plugin_cases(tap, hosts, eks_plugin, build):
    """What others wrote runs under our host."""
    for version in (V1, V1BETA1):
        short = version.rpartition("/")[2]
        with tap.case(f"client-go's own reader and writer as the plugin, {short}: understands what our host says"):
            reader = provider(apiVersion=version, command=str(go_program(build, "execinfo")))
            payload = Raw('{"clusterId":"c1","n":12345678901234567890123,"list":[null,"\\u003c"]}')
            [answer], _ = hosts.ours(providers(reader), [profile((EXEC, payload), proxy_url="http://u:p@127.0.0.1:9")])
            check(answer, {"token": f"https://{SERVER_NAME}:6443|{payload}"})
        for keys, name in ((LONG_TERM, "long-term keys"), (SESSION, "session keys")):
            env = {"PATH": "/usr/bin:/bin", **environment(hosts.folder / "home", keys)}
            with tap.case(f"our own plugin, {short}, {name}"):
                file = providers(provider(apiVersion=version, command=str(eks_plugin)))
                [answer], _ = hosts.ours(file, [profile((EXEC, {"region": REGION, "clusterId": CLUSTER}))], env=env)
                eks_token(answer)
            aws = pathlib.Path(sys.executable).parent / "aws"
            if not aws.exists():
                tap.skip(f"aws eks get-token, {short}, {name}", "awscli is not installed beside this Python")
                continue
            with tap.case(f"aws eks get-token, {short}, {name}"):
                file = providers(provider(apiVersion=version, command=str(aws), args=["eks", "get-token", "--region", REGION],
                                          args_policy="Append", provideClusterInfo=False))
                [answer], _ = hosts.ours(file, [profile((ARGS, ["--cluster-name", CLUSTER]))], env=env)
                eks_token(answer)
    iam_token = str(go_program(build, "iamtoken"))
    for version in (V1, V1BETA1):
        with tap.case(f"aws-iam-authenticator's token, {version.rpartition('/')[2]}"):
            file = providers(provider(apiVersion=version, command=iam_token, args=[CLUSTER], env=variables(AWS_REGION=REGION)))
            [answer], _ = hosts.ours(file, [profile()], env=environment(hosts.folder / "home", SESSION))
            eks_token(answer)
    with tap.case("aws-iam-authenticator's token without its profile: its message is told"):
        file = providers(provider(command=iam_token, args=[CLUSTER], env=NO_PROFILE))
        [answer], _ = hosts.ours(file, [profile()], env=environment(hosts.folder / "home", None))
        check_refusal(answer, Refused(f"exec: executable {iam_token} failed with exit code 1: "), hosts.folder)
        assert NO_PROFILE_WORDS in answer["error"], answer
        check(answer["word"], "EXEC-FAILED")
    runner_cases(tap, hosts, str(go_program(build, "runner")))


def runner_cases(tap, hosts, runner):
    """A plugin on cluster-inventory-api's runner."""
    config = {"region": REGION, "clusterId": CLUSTER}
    for keys, name in ((LONG_TERM, "long-term keys"), (SESSION, "session keys")):
        with tap.case(f"cluster-inventory-api's runner, {name}"):
            [answer], _ = hosts.ours(providers(provider(command=runner)), [profile((EXEC, config))],
                                     env=environment(hosts.folder / "home", keys))
            eks_token(answer)
    for name, payload, exec_config, words in [
            ("without its profile", config, {"env": NO_PROFILE}, NO_PROFILE_WORDS),
            ("without a region", {"clusterId": CLUSTER}, {}, "spec.cluster.config wants region and clusterId"),
            ("v1beta1", config, {"apiVersion": V1BETA1}, "unexpected ExecCredential type (expect v1), got *v1beta1.ExecCredential"),
            ("without the cluster", config, {"provideClusterInfo": False},
             "failed to read KUBERNETES_EXEC_INFO: ExecCredential does not contain cluster information")]:
        with tap.case(f"cluster-inventory-api's runner, {name}: its message is told"):
            [answer], _ = hosts.ours(providers(provider(command=runner, **exec_config)), [profile((EXEC, payload))],
                                     env=environment(hosts.folder / "home", None))
            check(answer, {"error": f"exec: executable {runner} failed with exit code 1: [runner] {words}", "word": "EXEC-FAILED"})


def main():
    parser = argparse.ArgumentParser()
    for name in ("--host", "--plugin", "--build"):
        parser.add_argument(name, type=lambda path: pathlib.Path(path).resolve(), required=True)
    options = parser.parse_args()
    # A host written in Go hands on what nohup has set, ours begins anew.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    tap = Tap()
    try:
        access = go_program(options.build, "access")
    except Missing as missing:
        tap.skip("hosts and plugins of others", str(missing))
        tap.done()
    with tempfile.TemporaryDirectory() as name:
        hosts = Hosts(pathlib.Path(name), options.host, access)
        for plugin in misbehaving.all_plugins(pem_files(hosts.folder)):
            with tap.case(f"plugin: {plugin.name}{': ' + plugin.why if plugin.why else ''}"):
                misbehaving_case(hosts, plugin)
        for case in access_cases.CASES + addition_cases.CASES:
            with tap.case(f"{case.name}{': ' + case.why if case.why else ''}"):
                access_case(hosts, case)
        plugin_cases(tap, hosts, options.plugin, options.build)
    tap.done()


if __name__ == "__main__":
    main()
