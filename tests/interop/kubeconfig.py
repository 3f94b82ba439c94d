#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kubeconfigs of the AWS CLI and of aws-iam-authenticator, converted by the plugin, and real kubectl with them.

    kubeconfig.py --plugin PATH --build DIR

`aws eks update-kubeconfig` writes its own, of a cluster that a loopback EKS describes.
"""
import base64
import json
import os
import pathlib
import sys
import tempfile

import peers
from loopback import ACCOUNT, RESOURCES, Certificate, api_server, serve
from sources import ROLE, Sts
from token_check import LONG_TERM

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.tap import Tap  # noqa: E402

REGION, CLUSTER = "eu-west-1", "c1"  # those of Sts
NAME = "eks-aws-auth-plugin"
AWS = pathlib.Path(sys.executable).parent / "aws"
KUBECTLS = [("newest kubectl", lambda build: peers.go_program(build, "kubectl")), ("Debian's kubectl", peers.debian_kubectl)]

# The users are what aws-iam-authenticator's README tells to write.
AUTHENTICATOR = """\
apiVersion: v1
clusters:
- cluster:
    server: https://{address}
    certificate-authority-data: {ca}
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: aws
  name: aws
current-context: aws
kind: Config
preferences: {{}}
users:
- name: aws
  user:
    exec:
      apiVersion: client.authentication.k8s.io/{version}
      command: {command}
      env:
      - name: "AWS_REGION"
        value: "{region}"
      args:
        - "token"
        - "-i"
        - "{cluster}"{more}
  # no client certificate/key needed here!
"""


class Converter:
    def __init__(self, plugin, folder, certificate):
        self.plugin, self.folder, self.certificate = plugin, folder, certificate
        # The new command is a name, which kubectl looks for in PATH.
        (folder / "bin").mkdir()
        (folder / "bin" / NAME).symlink_to(plugin)
        self.env = {**peers.environment(folder / "home", LONG_TERM), "PATH": str(folder / "bin"), "AWS_CA_BUNDLE": str(certificate.file)}

    def write(self, text):
        file = self.folder / "kubeconfig"
        file.write_text(text)
        return file

    def by_aws(self, address, *options):
        """What `aws eks update-kubeconfig` writes for the API server at the address."""
        file = self.folder / "kubeconfig"
        file.unlink(missing_ok=True)
        cluster = {"name": CLUSTER, "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}", "status": "ACTIVE",
                   "endpoint": f"https://{address}", "certificateAuthority": {"data": self.ca()}}
        with serve(self.certificate, lambda _: (200, {"cluster": cluster})) as eks:
            done = peers.run([AWS, "eks", "update-kubeconfig", "--region", REGION, "--name", CLUSTER, "--kubeconfig", file,
                              "--endpoint-url", f"https://{eks}", *options], {**os.environ, **self.env})
        assert done.returncode == 0, done.stderr
        return file

    def ca(self):
        return base64.b64encode(self.certificate.file.read_bytes()).decode()

    def by_authenticator(self, address, command="aws-iam-authenticator", version="v1beta1", more=()):
        return self.write(AUTHENTICATOR.format(address=address, ca=self.ca(), version=version, command=command, region=REGION, cluster=CLUSTER,
                                               more="".join(f'\n        - "{argument}"' for argument in more)))

    def convert(self, file, *changes):
        """Converts in place; nothing but the changes, pairs of lines, may be other than it was."""
        before = expected = file.read_text()
        for old, new in changes:
            assert before.count(old) == 1, old
            expected = expected.replace(old, new)
        printed = peers.run([self.plugin, "kubeconfig", file], self.env)
        assert (printed.returncode, printed.stdout) == (0, expected), printed
        done = peers.run([self.plugin, "kubeconfig", "--in-place", file], self.env)
        assert (done.returncode, done.stdout) == (0, ""), done
        copy = file.with_name(file.name + ".bak")
        assert file.read_text() == expected and copy.read_text() == before
        copy.unlink()

    def get(self, kubectl, file, **env):
        return peers.run([kubectl, "--kubeconfig", file, "get", "--raw", "/version"], {**self.env, **env})

    def served(self, kubectl, file, **env):
        done = self.get(kubectl, file, **env)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        assert json.loads(done.stdout) == RESOURCES["/version"], done.stdout


def cases(tap, converter, certificate, peer, kubectl):
    ours = f"command: {NAME}\n"
    with api_server(certificate, REGION, CLUSTER) as address, serve(certificate, Sts()) as sts:
        role = {"AWS_ENDPOINT_URL_STS": f"https://{sts}"}
        if AWS.exists():
            with tap.case(f"{peer}: aws eks update-kubeconfig"):
                file = converter.by_aws(address)
                assert converter.get(kubectl, file).returncode == 1, "there should be no aws in PATH"
                converter.convert(file, ("command: aws\n", ours))
                converter.served(kubectl, file)
            with tap.case(f"{peer}: aws eks update-kubeconfig --role-arn"):
                file = converter.by_aws(address, "--role-arn", ROLE)
                converter.convert(file, ("command: aws\n", ours))
                converter.served(kubectl, file, **role)
            with tap.case(f"{peer}: as the AWS CLI wrote it before 1.24, by v1alpha1"):
                file = converter.by_aws(address)
                converter.write(file.read_text().replace("k8s.io/v1beta1", "k8s.io/v1alpha1"))
                converter.convert(file, ("command: aws\n", ours), ("k8s.io/v1alpha1", "k8s.io/v1beta1"))
                converter.served(kubectl, file)
        else:
            tap.skip(f"{peer}: aws eks update-kubeconfig", "awscli is not installed beside this Python")
        for command, version in [("aws-iam-authenticator", "v1beta1"), ("/usr/local/bin/aws-iam-authenticator", "v1alpha1"),
                                 ('"heptio-authenticator-aws"', "v1alpha1")]:
            with tap.case(f"{peer}: {command}, {version}"):
                file = converter.by_authenticator(address, command, version)
                new = f'command: "{NAME}"\n' if command.startswith('"') else ours
                converter.convert(file, (f"command: {command}\n", new), *[("k8s.io/v1alpha1", "k8s.io/v1beta1")][:version == "v1alpha1"])
                converter.served(kubectl, file)
        for what, more, env in [
                ("a role", ["-r", ROLE], role), ("a role, joined", [f"--role={ROLE}"], role),
                ("each other argument", ["-r", ROLE, "-s", "session", "-e", "external", "--region", REGION, "--cache"], role)]:
            with tap.case(f"{peer}: aws-iam-authenticator with {what}"):
                file = converter.by_authenticator(address, more=more)
                converter.convert(file, ("command: aws-iam-authenticator\n", ours))
                converter.served(kubectl, file, **env)
    with api_server(certificate, REGION, "another") as address:
        with tap.case(f"{peer}: another cluster's API server refuses the token"):
            file = converter.by_authenticator(address)
            converter.convert(file, ("command: aws-iam-authenticator\n", ours))
            done = converter.get(kubectl, file)
            assert done.returncode == 1 and "the signature does not match" in done.stderr, done


def main():
    tap = Tap()
    plugin, build = peers.arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certificate = Certificate(folder)
        converter = Converter(plugin, folder, certificate)
        for peer, get_program in KUBECTLS:
            try:
                kubectl = get_program(build)
            except peers.Missing as missing:
                tap.skip(peer, str(missing))
                continue
            cases(tap, converter, certificate, peer, kubectl)
        with tap.case("a user with arguments that aren't ours is left, and told; the exit code says so"):
            file = converter.by_authenticator("127.0.0.1:1", more=["--token-only"])
            before = file.read_text()
            done = peers.run([plugin, "kubeconfig", "--in-place", file], converter.env)
            assert (done.returncode, done.stdout) == (1, ""), done
            assert done.stderr.startswith('[eks] user "aws" is left as it is: its argument "--token-only": '), done.stderr
            assert file.read_text() == before and not file.with_name("kubeconfig.bak").exists()
    tap.done()


if __name__ == "__main__":
    main()
