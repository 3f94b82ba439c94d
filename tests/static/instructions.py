#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a token may cost the fully static program: instructions, memory, constructors that run before main().

    instructions.py --plugin PATH

Counts by callgrind don't depend on the machine's load; they depend a little on the extensions of its processor.
"""
import argparse
import json
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop"), str(TESTS.parent / "bench")]
import counts  # noqa: E402
import paths  # noqa: E402
import runs  # noqa: E402
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402
from token_check import check_token  # noqa: E402

KEYS, IRSA = "instructions, keys in the environment", "instructions, IRSA with a hashed directory"
LIMITS = {KEYS: 180_000, IRSA: 22_000_000, "entries of .init_array": 14, "page faults": 52}
outputs.secret(*paths.SECRETS)


def within(what, found):
    print(f"# {what}: {found}")
    assert found <= LIMITS[what], (what, found, LIMITS[what])


def minting(plugin, env):
    """The program with that environment, in which it was seen to print a token."""
    done = subprocess.run([plugin], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    outputs.said(done.stderr)
    assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stderr)
    check_token(json.loads(done.stdout)["status"]["token"], paths.REGION, paths.CLUSTER)
    return runs.Program("plugin", [plugin], env)


def instructions(tap, plugin):
    if platform.machine() != "x86_64" or not shutil.which("valgrind"):
        for name in (KEYS, IRSA):
            tap.skip(name, "needs valgrind, and x86_64, for which the limits are")
        return
    with tap.case(KEYS):
        within(KEYS, counts.callgrind(minting(plugin, paths.static_keys())))
    with tap.case(IRSA), tempfile.TemporaryDirectory() as folder, paths.over_network(folder) as ways:
        env, _ = ways["IRSA, hashed directory"]
        within(IRSA, counts.callgrind(minting(plugin, env)))


def memory(tap, plugin):
    """Page faults repeat; resident memory depends on how much of the file the system maps beside what was asked for."""
    with tempfile.TemporaryDirectory() as folder, tap.case("memory, keys in the environment"):
        spawn = runs.compile_spawn(folder)
        [cost] = runs.interleaved(spawn, [minting(plugin, paths.static_keys())], 50)
        print(f"# KB of resident memory: {cost.rss_kb}")
        within("page faults", cost.faults)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=lambda path: pathlib.Path(path).resolve(), required=True)
    plugin = parser.parse_args().plugin
    tap = Tap()
    file = counts.file(plugin)
    with tap.case("constructors that run before main()"):
        within("entries of .init_array", file.constructors)
    with tap.case("the standard streams of C++ are not in the program"):
        assert not file.iostream
    instructions(tap, plugin)
    memory(tap, plugin)
    tap.done()


main()
