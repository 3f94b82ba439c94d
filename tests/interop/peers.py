# SPDX-License-Identifier: Apache-2.0
"""The programs of others that run our plugin: how to get them, and how to run them."""
import argparse
import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from token_check import KEYS, SECRET_KEY

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from support import outputs  # noqa: E402

SECRETS = [SECRET_KEY, *(keys.token for keys in KEYS.values() if keys.token)]
HANG_SECONDS = 120
outputs.secret(*SECRETS)


class Missing(Exception):
    """A peer that can't be had on this machine, and why."""


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="folder for programs, kept between runs")
    options = parser.parse_args()
    # Peers are started in other folders.
    return options.plugin.resolve(), options.build.resolve()


@contextlib.contextmanager
def locked(build):
    """The drivers may share a folder and run at once."""
    build.mkdir(parents=True, exist_ok=True)
    with open(build / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def go_program(build, name):
    if not shutil.which("go"):
        raise Missing("go is not installed")
    program = build / name
    with locked(build):
        # With the commit in it, each commit would link the program anew.
        subprocess.run(["go", "build", "-buildvcs=false", "-p", "2", "-o", program, f"./{name}"],
                       cwd=HERE, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
    return program


def debian_kubectl(build):
    """Unpacked, not installed."""
    if not shutil.which("apt-get"):
        raise Missing("apt-get is not installed")
    kubectl = build / "kubectl-debian"
    with locked(build), tempfile.TemporaryDirectory(dir=build) as folder:
        if not kubectl.exists():
            download = subprocess.run(["apt-get", "download", "kubernetes-client"],
                                      cwd=folder, capture_output=True, text=True)
            if download.returncode != 0:
                raise Missing("apt-get download kubernetes-client: " + download.stderr.strip().replace("\n", "; "))
            [package] = pathlib.Path(folder).glob("*.deb")
            subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
            pathlib.Path(folder, "usr/bin/kubectl").rename(kubectl)
    return kubectl


def environment(home, keys):
    """All that a plugin may see of the world: `keys`, or no credentials at all."""
    variables = {"HOME": str(home), "AWS_CONFIG_FILE": str(home / "absent"),
                 "AWS_SHARED_CREDENTIALS_FILE": str(home / "absent"), "AWS_EC2_METADATA_DISABLED": "true"}
    if keys:
        variables |= {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}
        if keys.token:
            variables["AWS_SESSION_TOKEN"] = keys.token
    return variables


def run(command, env, text=None):
    result = subprocess.run(command, env=env, input=text, stdin=None if text else subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=HANG_SECONDS)
    outputs.said(result.stderr)
    assert not any(secret in result.stdout + result.stderr for secret in SECRETS), "a secret was printed"
    assert "k8s-aws-v1." not in result.stderr, "a token was printed as a message"
    return result
