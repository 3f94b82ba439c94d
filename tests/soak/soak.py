#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ten thousand plugins under our host, half of them bad: nothing of them is left behind.

    soak.py --host PROGRAM --misbehave PROGRAM --plugin PATH
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402

PHASES = 6
SECRET_KEY = "hunter2SECRETkeyOFtheSOAK"
outputs.secret(SECRET_KEY, "hunter2-soak")
# What else runs at the same time moves the count by some texts of another length; the least leak in each run would be 16 bytes.
SLACK_BYTES = 512


def phases(options, folder):
    """What the host counted after each."""
    lease = folder / "lease"
    lease.touch()
    env = {"PATH": os.defpath, "HOME": str(folder), "SOAK_LEASE": str(lease),
           "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_EC2_METADATA_DISABLED": "true",
           # So that the count of bytes in use is exact.
           "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1"}
    done = subprocess.run([options.host, options.plugin, options.misbehave, folder, str(PHASES)], env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300)
    outputs.said(done.stdout, done.stderr)
    assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stderr[:5000])
    counts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(counts) == PHASES, done.stdout
    return counts


def main():
    parser = argparse.ArgumentParser()
    for name in ("--host", "--misbehave", "--plugin"):
        parser.add_argument(name, type=lambda path: pathlib.Path(path).resolve(), required=True)
    options = parser.parse_args()
    tap = Tap()
    counts = []
    with tap.case("the host runs good and bad plugins, each of which ends as it has to"), tempfile.TemporaryDirectory() as folder:
        counts = phases(options, pathlib.Path(folder))
        assert all(count["unexpected"] == {} for count in counts)
        per_phase = counts[0]["expected"]
        for number, count in enumerate(counts, 1):
            assert count["expected"] == {kind: times * number for kind, times in per_phase.items()}, count
        print(f"# in each of {PHASES} phases: {per_phase}")
    if not counts:
        tap.done()
    first, last = counts[0], counts[-1]
    with tap.case("there were ten thousand of them, and half failed"):
        print(f"# runs: {last['runs']}, failures: {last['failures']}")
        assert last["runs"] >= 10000 and last["failures"] * 2 >= last["runs"], last
    for what in ("descriptors", "threads", "children"):
        with tap.case(f"{what}: as many as after the first phase"):
            print(f"# {what}: {[count[what] for count in counts]}")
            assert [count[what] for count in counts] == [first[what]] * PHASES
    with tap.case("no thread and no process but the host itself is there"):
        assert (first["threads"], first["children"]) == (1, "none")
    with tap.case("memory in use: as much as after the first phase"):
        print(f"# bytes: {[count['bytes'] for count in counts]}")
        assert all(abs(count["bytes"] - first["bytes"]) <= SLACK_BYTES for count in counts[1:])
    tap.done()


main()
