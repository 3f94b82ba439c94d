# SPDX-License-Identifier: Apache-2.0
"""Real kubectl, new and old, with our plugin in its kubeconfig.

    python3 kubectl.py --plugin PATH --build DIR
"""
import base64
import json
import pathlib
import sys
import tempfile
import typing

from loopback import RESOURCES, Certificate, api_server
from peers import Missing, arguments, debian_kubectl, environment, go_program, run
from token_check import LONG_SESSION, LONG_TERM, SESSION

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from tap import Tap  # noqa: E402

PEERS = [
    ("newest kubectl", lambda build: go_program(build, "kubectl"), ["v1", "v1beta1"]),
    # Before 1.22 there is no v1.
    ("Debian's kubectl", debian_kubectl, ["v1beta1"]),
]

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: eks
contexts:
- name: eks
  context: {{cluster: eks, user: eks}}
clusters:
- name: eks
  cluster:
    server: https://{address}
    {trust}
    extensions: [{extension}]
users:
- name: eks
  user:
    exec:
      apiVersion: client.authentication.k8s.io/{api_version}
      command: {plugin}
      interactiveMode: Never
      provideClusterInfo: {provide_cluster_info}
"""

PROD = "{region: us-west-2, clusterId: prod-cluster}"
CA_FILE = "certificate-authority: {file}"
CA_DATA = "certificate-authority-data: {data}"
NO_CHECK = "insecure-skip-tls-verify: true"


class Case(typing.NamedTuple):
    name: str
    extension: typing.Optional[str] = PROD  # YAML; None for a cluster without
    region: str = "us-west-2"  # of the API server, as is the id
    cluster_id: str = "prod-cluster"
    keys: typing.Any = LONG_TERM
    trust: str = CA_FILE
    provide_cluster_info: str = "true"
    resource: str = "/version"
    message: typing.Optional[str] = None  # how each line that the plugin prints begins


ACCEPTED = [
    Case("certificate-authority"),
    Case("certificate-authority-data", trust=CA_DATA),
    Case("insecure-skip-tls-verify", trust=NO_CHECK),
    Case("another path", resource="/x"),
    Case("session token", keys=SESSION),
    Case("token over 4096 bytes, with a warning", keys=LONG_SESSION, message="[eks] warning: EKS token is "),
    Case("all-digit clusterId in quotes", '{region: us-west-2, clusterId: "123456"}', cluster_id="123456"),
    Case("clusterId of the authenticator's own kind", "{region: us-west-2, clusterId: 'my.cluster:1_x-y'}",
         cluster_id="my.cluster:1_x-y"),
    *(Case(region, f"{{region: {region}, clusterId: prod-cluster}}", region=region)
      for region in ("us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1")),
]

REFUSED_BY_PLUGIN = [
    Case("provideClusterInfo false", provide_cluster_info="false",
         message="[eks] missing ExecCredential.Spec.Cluster.Config (extensions). set provideClusterInfo: true"),
    Case("no extension", None, message="[eks] missing ExecCredential.Spec.Cluster.Config (extensions)"),
    Case("extension without clusterId", "{region: us-west-2}",
         message="[eks] extensions must include region and clusterId"),
    Case("all-digit clusterId without quotes", "{region: us-west-2, clusterId: 123456}",
         message="[eks] invalid extensions config: clusterId: expected string, got number"),
    Case("region that would be another host", "{region: us-west-2.example/, clusterId: prod-cluster}",
         message="[eks] invalid extensions config: region: "),
    Case("roleArn", "{region: us-west-2, clusterId: prod-cluster, roleArn: 'arn:aws:iam::123456789012:role/r'}",
         message='[eks] invalid extensions config: roleArn: "arn:aws:iam::123456789012:role/r" is not honoured'),
    Case("no credentials", keys=None, message="[eks] failed to get EKS token: "),
]

REFUSED_BY_SERVER = [
    Case("another cluster's token", cluster_id="staging-cluster", message="the signature does not match"),
    Case("another region's token", region="eu-west-1", message="scheme, host or path differs"),
]


class Kubectl:
    def __init__(self, program, api_version, plugin, folder, certificate):
        self.program, self.api_version, self.plugin = program, api_version, plugin
        self.folder, self.certificate = folder, certificate

    def get(self, case):
        with api_server(self.certificate, case.region, case.cluster_id) as address:
            config = self.folder / "kubeconfig"
            config.write_text(self.kubeconfig(case, address))
            with tempfile.TemporaryDirectory(dir=self.folder) as home:
                return run([self.program, "--kubeconfig", config, "get", "--raw", case.resource],
                           environment(pathlib.Path(home), case.keys))

    def kubeconfig(self, case, address):
        file = self.certificate.file
        trust = case.trust.format(file=file, data=base64.b64encode(file.read_bytes()).decode())
        extension = ""
        if case.extension:
            extension = f"{{name: client.authentication.k8s.io/exec, extension: {case.extension}}}"
        return KUBECONFIG.format(
            address=address, trust=trust, extension=extension, api_version=self.api_version,
            plugin=self.plugin, provide_cluster_info=case.provide_cluster_info)

    def accepted(self, case):
        result = self.get(case)
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout) == RESOURCES[case.resource], result.stdout
        check_lines(result.stderr.splitlines(), case.message)

    def refused_by_plugin(self, case):
        result = self.get(case)
        assert (result.returncode, result.stdout) == (1, ""), result
        *lines, last = result.stderr.splitlines()
        check_lines(lines, case.message)
        assert last == ("Unable to connect to the server: getting credentials: "
                        f"exec: executable {self.plugin} failed with exit code 1"), last

    def refused_by_server(self, case):
        result = self.get(case)
        assert (result.returncode, result.stdout) == (1, ""), result
        message = f"error: You must be logged in to the server (Unauthorized: {case.message})\n"
        assert result.stderr == message, result.stderr


def check_lines(lines, message):
    """kubectl may run the plugin more than once, so the message may be there more than once."""
    assert bool(lines) == bool(message), lines
    assert all(line.startswith(message) for line in lines), lines


def main():
    tap = Tap()
    plugin, build = arguments()
    with tempfile.TemporaryDirectory() as folder:
        certificate = Certificate(pathlib.Path(folder))
        for peer, get_program, api_versions in PEERS:
            try:
                program = get_program(build)
            except Missing as missing:
                tap.skip(peer, str(missing))
                continue
            for api_version in api_versions:
                kubectl = Kubectl(program, api_version, plugin, pathlib.Path(folder), certificate)
                for outcome, check, cases in [
                        ("accepted", kubectl.accepted, ACCEPTED),
                        ("refused by the plugin", kubectl.refused_by_plugin, REFUSED_BY_PLUGIN),
                        ("refused by the server", kubectl.refused_by_server, REFUSED_BY_SERVER)]:
                    for case in cases:
                        with tap.case(f"{peer}, {api_version}: {outcome}: {case.name}"):
                            check(case)
    tap.done()


if __name__ == "__main__":
    main()
