#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Disks that are full, files that may not grow, and files that go between the steps of a run.

    disk.py --plugin PATH

The plugin is the static program. A login that was renewed and can't be kept serves nevertheless, with a warning.
"""
import argparse
import contextlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

from worlds import HANG_SECONDS, require, world_of
from support import outputs
from support.tap import Tap

LOGINS = ("SSO", "console login")
IN_NAMESPACE = "FAULTS_IN_NAMESPACE"


def run(options, world, limit=None, **streams):
    """Exit code, stdout, stderr. `limit`: the most bytes that a file may have."""
    limited = {} if limit is None else {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))}
    done = subprocess.run([options.plugin], env=world.env, stdin=subprocess.DEVNULL, timeout=HANG_SECONDS,
                          **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **limited, **streams})
    return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def world(source):
    with tempfile.TemporaryDirectory() as name, world_of(source, pathlib.Path(name)) as found:
        yield found


def unkept(one, done, why):
    """A credential, with a warning that the login couldn't be kept; its file is as it was."""
    require(one.judge(*done) == "credential", "an error")
    require(b"can't be kept" in done[2] and why in done[2], "another warning:", done[2])
    require(json.loads(one.login.read_text()) == one.before, "the login's file has changed")


@contextlib.contextmanager
def tiny_disk(one, size, names):
    """The folder of the login's file is a file system of that many bytes and names, the root's among these."""
    folder = one.login.parent
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={names}", "tmpfs", folder], check=True)
    try:
        one.restore()
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def full_disks(tap, options):
    for source in LOGINS:
        for what, size, names in (("no room for a byte more", resource.getpagesize(), 100), ("no room for a file more", 1048576, 2)):
            name = f"{source}: a disk with {what}"
            if IN_NAMESPACE not in os.environ:
                tap.skip(name, "no file system may be mounted here")
                continue
            with tap.case(name), world(source) as one, tiny_disk(one, size, names):
                unkept(one, run(options, one), b"No space left on device")


def limited_files(tap, options):
    for source in LOGINS:
        with tap.case(f"{source}: a file may have fewer bytes than the login's needs"), world(source) as one:
            require(one.judge(*run(options, one)) == "credential", "an error")
            needed = len(one.login.read_text())
            for limit in (0, 1, needed // 2, needed - 1):
                one.restore()
                unkept(one, run(options, one, limit), b"File too large")
            one.restore()
            require(run(options, one, needed)[0] == 0 and json.loads(one.login.read_text()) != one.before, "it isn't kept")
    with tap.case("stdout is a file that may have fewer bytes than the answer: an error"), world("environment keys") as one:
        answer = one.folder / "answer"
        for limit in (0, 1, 100):
            with open(answer, "wb") as file:
                code, _, err = run(options, one, limit, stdout=file)
            require((code, err) == (1, b"[eks] failed to write ExecCredential: File too large (EXEC-WRITE)\n"), "its end is", code, err)
            require(answer.stat().st_size == limit, "it wrote", answer.stat().st_size)  # what the system took can't be taken back


def first_time(act):
    """For `World.meanwhile`: done with the first request."""
    left = [act]
    return lambda request: left.pop()() if left else None


def going_files(tap, options):
    """A server does it while the plugin waits for the answer."""
    for source in LOGINS:
        with tap.case(f"{source}: the login's file goes while it is renewed, and is there again"), world(source) as one:
            one.meanwhile = first_time(one.login.unlink)
            require(one.judge(*run(options, one)) == "credential", "an error")
            require(json.loads(one.login.read_text()) != one.before, "it isn't kept")
        with tap.case(f"{source}: the login's folder goes while it is renewed: a warning"), world(source) as one:
            one.meanwhile = first_time(lambda: shutil.rmtree(one.login.parent))
            code, out, err = run(options, one)
            outputs.said(err)
            require(code == 0 and err.startswith(b"[eks] warning: ") and b"No such file or directory" in err, "its end is", code, err)
            one.check_credential(out)
            require(not one.login.parent.exists(), "the folder is there again")
        with tap.case(f"{source}: a folder takes the file's place while it is renewed: a warning"), world(source) as one:
            def replace():
                one.login.unlink()
                one.login.mkdir()
            one.meanwhile = first_time(replace)
            code, out, err = run(options, one)
            outputs.said(err)
            require(code == 0 and err.startswith(b"[eks] warning: ") and b"Is a directory" in err, "its end is", code, err)
            one.check_credential(out)
            require(os.listdir(one.login.parent) == [one.login.name], "files beside it:", os.listdir(one.login.parent))
    for source, path in (("web identity", "identity"), ("web identity", "server.pem"), ("container", "pod-token"), ("SSO", "server.pem")):
        with tap.case(f"{source}: {path} goes between two attempts"), world(source) as one:
            def fail(gone=one.folder / path):
                gone.unlink()
                return 503, b""
            one.meanwhile = first_time(fail)
            one.judge(*run(options, one))
            require(not (one.folder / path).exists(), "nothing was asked")


def enter_namespace():
    """A mount namespace, where it can be had: what is mounted there goes with this process."""
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    unshare = ["unshare", "--mount", *root]
    tried = tempfile.mkdtemp()
    can_mount = subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", tried], capture_output=True).returncode == 0
    os.rmdir(tried)
    if can_mount:
        os.environ[IN_NAMESPACE] = "1"
        os.execvp("unshare", [*unshare, sys.executable, *sys.argv])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=lambda path: pathlib.Path(path).resolve(), required=True)
    options = parser.parse_args()
    if IN_NAMESPACE not in os.environ:
        enter_namespace()
    tap = Tap()
    full_disks(tap, options)
    limited_files(tap, options)
    going_files(tap, options)
    tap.done()


if __name__ == "__main__":
    main()
