# SPDX-License-Identifier: Apache-2.0
"""A run that is killed at each of its system calls in turn."""
import collections
import json
import re
import shutil
import tempfile

from fleet import Run


# What may change a folder or tell of it; others are as many as the network's pieces.
CALLS = {"mkdir", "open", "openat", "fstat", "newfstatat", "fcntl", "getdents64", "unlink", "unlinkat", "fchmod", "write", "fsync",
         "rename", "renameat", "close"}


def calls_of(trace):
    """The system calls from the first that may touch the folder on, each as its name and its number among those of that name."""
    seen, found = collections.Counter(), []
    for name in re.findall(r"^\d+ +(\w+)\(", trace, re.M):
        seen[name] += 1
        if name in CALLS and (found or name == "mkdir"):
            found.append((name, seen[name]))
    return found


def killed_anywhere(tap, fleet, identity):
    """The entry is over, so that each run goes all the way to a new one."""
    name = "a run that is killed at any of its calls about files leaves an entry that is whole, or none"
    if not shutil.which("strace"):
        return tap.skip(name, "strace is not installed")
    identity.before_answer = lambda: None
    states = collections.defaultdict(lambda: "fresh", {identity: "over"})
    with tempfile.NamedTemporaryFile("r") as trace:
        fleet.age(states)
        Run(fleet, identity, ["strace", "-f", "-o", trace.name]).process.communicate()
        calls = calls_of(trace.read())
    if not calls:
        return tap.skip(name, "strace may not trace here")
    print(f"# {len(calls)} calls about files")
    with tap.case(name):
        own = {path.name for path in fleet.cache.iterdir()}
        for call, number in calls:
            fleet.age(states)
            before = identity.calls
            when = f"inject={call}:signal=SIGKILL:when={number}"
            tracer = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", when]
            killed = Run(fleet, identity, tracer).end()
            for path in set(fleet.cache.glob("*.kept")) - {fleet.cache / "lock.kept"}:
                assert json.loads(path.read_text())["Key"] == path.stem, (call, number)
            assert (killed, Run(fleet, identity).end()) == ("killed", "token"), (call, number, killed)
            assert identity.calls - before <= 2, (call, number, identity.calls - before)
            assert {path.name for path in fleet.cache.iterdir()} == own, (call, number)
