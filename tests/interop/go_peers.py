# SPDX-License-Identifier: Apache-2.0
"""The EKS API server's verifier and a controller's client-go, with our plugin.

    python3 go_peers.py --plugin PATH --build DIR
"""
import base64
import json
import pathlib
import sys
import tempfile

from loopback import ACCOUNT, RESOURCES, Certificate, api_server, sts
from peers import Missing, arguments, environment, go_program, run
from token_check import LONG_SESSION, LONG_TERM, SESSION, session, sts_host

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from tap import Tap  # noqa: E402

API_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
REGION, CLUSTER = "us-west-2", "prod-cluster"
VERSION = RESOURCES["/version"]["gitVersion"]


def regions_of_partitions():
    return {partition: session().get_available_regions("sts", partition)
            for partition in session().get_available_partitions()}


class Verifier:
    """aws-iam-authenticator's, with the loopback's STS."""

    def __init__(self, program, plugin, home, sts_address, certificate):
        self.command = [program, "-sts", sts_address, "-ca", certificate.file]
        self.plugin, self.home = plugin, home

    def token(self, region=REGION, keys=LONG_TERM):
        info = {"kind": "ExecCredential", "apiVersion": API_VERSIONS[0],
                "spec": {"cluster": {"server": "https://127.0.0.1", "config": {"region": region, "clusterId": CLUSTER}},
                         "interactive": False}}
        result = run([self.plugin], environment(self.home, keys) | {"KUBERNETES_EXEC_INFO": json.dumps(info)})
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)["status"]["token"]

    def verify(self, tokens, cluster_id=CLUSTER, partition="aws", region=REGION):
        """A list of identities and errors."""
        questions = [json.dumps({"token": token, "clusterId": cluster_id, "partition": partition, "region": region})
                     for token in tokens]
        result = run(self.command, {}, "\n".join(questions))
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    def refusal(self, token, **verifier):
        [answer] = self.verify([token], **verifier)
        assert "identity" not in answer, answer
        return answer["error"]


def identity(partition, region, keys=LONG_TERM):
    arn = f"arn:{partition}:iam::{ACCOUNT}:user/example"
    return {"identity": {"ARN": arn, "CanonicalARN": arn, "AccountID": ACCOUNT, "UserID": "AIDAEXAMPLE",
                         "SessionName": "", "AccessKeyID": keys.access_key, "STSEndpoint": sts_host(region)}}


def other_signature(token):
    prefix, encoded = token.split(".")
    url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    url = url[:-1] + ("1" if url.endswith("0") else "0")
    return prefix + "." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def check(actual, expected):
    assert actual == expected, f"{actual} instead of {expected}"


def verifier_cases(tap, verifier, partitions):
    for partition, regions in partitions.items():
        with tap.case(f"verifier of {partition}: accepts the token of each region, {len(regions)} in all"):
            assert regions
            tokens = [verifier.token(region) for region in regions]
            # A verifier takes the host of its own region unseen, so its region is one that no token has.
            check(verifier.verify(tokens, partition=partition, region="us-none-1"),
                  [identity(partition, region) for region in regions])
    with tap.case("verifier: accepts a token of session credentials"):
        check(verifier.verify([verifier.token(keys=SESSION)]), [identity("aws", REGION, SESSION)])
    with tap.case("verifier of another cluster: refuses"):
        error = verifier.refusal(verifier.token(), cluster_id="staging-cluster")
        assert "expected 200, got 403" in error and "the signature does not match" in error, error
    with tap.case("verifier of another partition: refuses"):
        check(verifier.refusal(verifier.token("cn-north-1")),
              "input token was not properly formatted: partition {aws} does not support hostname "
              + sts_host("cn-north-1"))
    with tap.case("verifier: refuses a changed signature"):
        error = verifier.refusal(other_signature(verifier.token()))
        assert "expected 200, got 403" in error and "the signature does not match" in error, error
    with tap.case("verifier: refuses a token of more than 4096 bytes, as the plugin warns"):
        check(verifier.refusal(verifier.token(keys=LONG_SESSION)),
              "input token was not properly formatted: token is too large")


class Controller:
    """client-go's exec authenticator in a process of its own."""

    def __init__(self, program, plugin, home, certificate):
        self.program, self.plugin, self.home, self.certificate = program, plugin, home, certificate

    def get(self, api_version, requests=1, keys=LONG_TERM, cluster_id=CLUSTER, server_cluster_id=CLUSTER):
        """What it got for its requests, the plugin's exit codes with their counts, stderr."""
        with api_server(self.certificate, REGION, server_cluster_id) as address:
            result = run([self.program, "-plugin", self.plugin, "-api-version", api_version,
                          "-server", f"https://{address}", "-ca", self.certificate.file,
                          "-config", json.dumps({"region": REGION, "clusterId": cluster_id}),
                          "-requests", str(requests)], environment(self.home, keys))
        assert result.returncode == 0, result.stderr
        outcome = json.loads(result.stdout)
        return outcome["answers"], outcome["pluginExits"], result.stderr


def controller_cases(tap, controller, api_version):
    name = "client-go, " + api_version.rpartition("/")[2]
    with tap.case(f"{name}: one run of the plugin serves three requests"):
        check(controller.get(api_version, requests=3), ([VERSION] * 3, {"0": 1}, ""))
    with tap.case(f"{name}: session credentials"):
        check(controller.get(api_version, keys=SESSION), ([VERSION], {"0": 1}, ""))
    with tap.case(f"{name}: shows why the plugin failed"):
        [answer], exits, stderr = controller.get(api_version, cluster_id=123456)
        failure = f"getting credentials: exec: executable {controller.plugin} failed with exit code 1"
        assert answer.endswith(failure), answer
        assert exits.keys() == {"1"}, exits
        check(stderr, "[eks] invalid extensions config: clusterId: expected string, got number (EXEC-BAD-CONFIG)\n" * exits["1"])
    with tap.case(f"{name}: runs the plugin again when the server refuses its token"):
        check(controller.get(api_version, server_cluster_id="staging-cluster"),
              (["the server has asked for the client to provide credentials"], {"0": 2}, ""))


def main():
    tap = Tap()
    plugin, build = arguments()
    partitions = regions_of_partitions()
    try:
        verify, clientgo = go_program(build, "verify"), go_program(build, "clientgo")
    except Missing as missing:
        tap.skip("verifier and client-go", str(missing))
        tap.done()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        hosts = [sts_host(region) for regions in partitions.values() for region in regions]
        certificate = Certificate(pathlib.Path(folder), hosts)
        with sts(certificate) as address:
            verifier_cases(tap, Verifier(verify, plugin, pathlib.Path(home), address, certificate), partitions)
        for api_version in API_VERSIONS:
            controller_cases(tap, Controller(clientgo, plugin, pathlib.Path(home), certificate), api_version)
    tap.done()


if __name__ == "__main__":
    main()
