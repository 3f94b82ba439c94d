# SPDX-License-Identifier: Apache-2.0
"""Programs of others that do the plugin's job: keys in the environment, a token of one cluster on stdout."""
import dataclasses
import json
import os
import pathlib
import sys

import paths
from counts import Missing, call
from token_check import check_token

HERE = pathlib.Path(__file__).resolve().parent
MODULE, INTEROP = HERE / "peers", HERE.parent / "tests/interop"
AUTHENTICATOR = "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator"


@dataclasses.dataclass
class Peer:
    """`missing` says why the peer can't be measured; then there may be no command."""
    name: str
    command: list[str]
    env: dict
    missing: str = ""


def environment(folder):
    """The plugin's, and what keeps the others from the user's files."""
    home = folder / "empty-home"
    home.mkdir(parents=True, exist_ok=True)
    variables = paths.static_keys()
    info = json.loads(variables["KUBERNETES_EXEC_INFO"])
    info["spec"]["cluster"]["server"] = "https://127.0.0.1"  # without one cluster-inventory-api's runner gives up
    return {**variables, "KUBERNETES_EXEC_INFO": json.dumps(info), "HOME": str(home), "AWS_CONFIG_FILE": str(home / "absent"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "absent"),
            # The AWS CLI runs without awscrt unless that was asked for, and is faster so.
            "BOTO_DISABLE_CRT": "true"}


def go_program(folder, name, package, *flags, module=MODULE):
    """Compiles it as such programs are released: static and stripped."""
    program = folder / name
    call("go", "build", "-C", module, "-buildvcs=false", "-p", "2", "-trimpath", "-ldflags=-s -w", *flags, "-o", program, package,
         env={**os.environ, "CGO_ENABLED": "0"})
    return program


def aws_cli():
    """The one beside this Python."""
    program = pathlib.Path(sys.executable).parent / "aws"
    if not program.exists():
        raise Missing("awscli is not installed beside this Python")
    return program


def checked(command, env, region, cluster):
    """Runs it once. Output that isn't a token of the cluster is a ValueError, which shows nothing of it."""
    output = call(*command, env=env)
    try:
        answer = json.loads(output)
        kind, token = answer["kind"], answer["status"]["token"]
    except (ValueError, KeyError, TypeError):
        raise ValueError("prints no ExecCredential with a token") from None
    if kind != "ExecCredential" or not isinstance(token, str):
        raise ValueError("prints no ExecCredential with a token")
    check_token(token, region, cluster)


def peers(build_folder):
    """Builds what can be built into the folder; each peer that isn't missing made a right token."""
    folder = pathlib.Path(build_folder).resolve()
    env = environment(folder)
    config = json.loads(env["KUBERNETES_EXEC_INFO"])["spec"]["cluster"]["config"]
    region, cluster = config["region"], config["clusterId"]
    wanted = [
        ("Go, standard library", lambda: go_program(folder, "go-stdlib", "./stdlib"), []),
        ("Go, with net/http linked", lambda: go_program(folder, "go-stdlib-http", "./stdlib", "-tags=http"), []),
        ("Go, cluster-inventory-api and AWS SDK", lambda: go_program(folder, "go-runner", "./runner", module=INTEROP), []),
        ("aws-iam-authenticator token", lambda: go_program(folder, "aws-iam-authenticator", AUTHENTICATOR),
         ["token", "-i", cluster, "--region", region]),
        ("aws eks get-token", aws_cli, ["eks", "get-token", "--cluster-name", cluster, "--region", region]),
    ]
    made = []
    for name, program, arguments in wanted:
        peer = Peer(name, [], env)
        try:
            peer.command = [str(program()), *arguments]
            checked(peer.command, env, region, cluster)
        except (Missing, RuntimeError, ValueError) as reason:
            peer.missing = str(reason).splitlines()[-1]
        made.append(peer)
    return made
