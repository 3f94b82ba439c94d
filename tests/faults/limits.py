#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Too little memory and too few descriptors, for each source of credentials: a run ends with a valid credential or with exit code 1
and one line on stderr.

    limits.py --plugin PATH

The plugin is the static program. Below some limit the system itself can't start a program and kills it; main() hasn't begun then.
"""
import argparse
import collections
import concurrent.futures
import multiprocessing
import os
import pathlib
import resource
import signal
import subprocess
import tempfile

from worlds import HANG_SECONDS, SOURCES, Broken, require, world_of
from injected import call_names, compile_inject
from support.tap import Tap

KB, MB = 1024, 1024 * 1024
FINE_STEP, FINE_STEPS, MOST = 8 * KB, 128, 64 * MB  # beyond the fine steps only a thread's stack is to be had, of some megabytes
DESCRIPTORS = range(16)


def limited(plugin, world, kind, limit):
    """The end of a run with a limit: exit code, stdout, stderr; None where the system didn't even begin to start it."""
    world.restore()
    try:
        done = subprocess.run([plugin], env=world.env | {"AWS_MAX_ATTEMPTS": "1"}, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=HANG_SECONDS, preexec_fn=lambda: resource.setrlimit(kind, (limit, limit)))
    except OSError:
        return None
    return done.returncode, done.stdout, done.stderr


def main_begins(options, world, report, limit):
    """Whether main() begins under that limit of memory."""
    done = subprocess.run([options.inject, report, "calls", "/usr/bin/prlimit", f"--as={limit}", options.plugin], env=world.env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=HANG_SECONDS)
    require(done.returncode == 0, "inject ended with", done.returncode)
    return any(call_names()[int(line.split()[1])] == "prctl" for line in report.read_text().splitlines()[:-1])


def memory(options, source, folder, world):
    """Outcomes by kind; `system` where main() didn't begin."""
    outcomes = collections.Counter()

    def outcome(limit):
        done = limited(options.plugin, world, resource.RLIMIT_AS, limit)
        if done is None or (done[0] in (-signal.SIGSEGV, -signal.SIGKILL) and not main_begins(options, world, folder / "report", limit)):
            return "system"
        try:
            return world.judge(*done)
        except Broken as broken:
            raise Broken(f"with {limit} bytes: {broken}") from None

    limit, last = 0, "system"
    while last == "system":
        require(limit < MOST, "never started")
        limit, last = limit + 256 * KB, outcome(limit)
        outcomes[last] += 1
    limit -= 512 * KB  # where that step began
    for _ in range(FINE_STEPS):
        limit, last = limit + FINE_STEP, outcome(limit)
        outcomes[last] += 1
    while last != "credential":
        require(limit < MOST, "no credential, whatever it may use; the last answer was", last)
        limit, last = limit + MB, outcome(limit)
        outcomes[last] += 1
    return outcomes


def descriptors(options, source, folder, world):
    outcomes = collections.Counter()
    for limit in DESCRIPTORS:
        last = world.judge(*limited(options.plugin, world, resource.RLIMIT_NOFILE, limit))
        outcomes[last] += 1
    require(last == "credential", "no credential with as many descriptors as", limit)
    return outcomes


def in_world(act, options, source):
    with tempfile.TemporaryDirectory() as name, world_of(source, pathlib.Path(name)) as world:
        return act(options, source, pathlib.Path(name), world)


def told(outcomes):
    return ", ".join(f"{outcomes[kind]} {kind if kind == 'system' else kind + 's'}" for kind in sorted(outcomes))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=lambda path: pathlib.Path(path).resolve(), required=True)
    options = parser.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ProcessPoolExecutor(
            os.cpu_count(), multiprocessing.get_context("fork")) as pool:
        options.inject, why_not = compile_inject(pathlib.Path(name))
        if why_not:
            tap.skip("limits of memory", why_not)
        for act, limit in ((descriptors, "descriptors"), *([] if why_not else [(memory, "memory")])):
            for source, done in [(source, pool.submit(in_world, act, options, source)) for source in SOURCES]:
                why = done.exception()
                with tap.case(f"{source}: {'failed' if why else told(done.result())}, by limits of {limit}"):
                    if why:
                        raise why
                    # Keys in the environment need nothing of what may be refused.
                    assert done.result()["error"] or source in ("environment keys", "static profile", "credential process"), done.result()
    tap.done()


if __name__ == "__main__":
    main()
