#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each system call fails in turn, for each source of credentials and for the host half: a run ends with a valid credential or with
exit code 1 and one line on stderr, and leaves nothing behind.

    system_calls.py --plugin PATH [--host PATH]

The plugin is the static program, the host is host.cpp. Also: SIGTERM comes at each call, and reads and writes move single bytes.
"""
import argparse
import collections
import concurrent.futures
import multiprocessing
import os
import pathlib
import signal
import tempfile

from worlds import SOURCES, Broken, host_world, require, world_of
from injected import NEVER_FAIL, Fault, Injector, compile_inject, faults_of
from support.tap import Tap

HOST = "host"
MEMORY = {"mmap", "munmap", "brk", "mremap", "mprotect", "madvise"}  # a signal there is as good as one before or behind
PER_TASK = 100


def with_world(options, inject, source, act):
    """Runs `act` with the injector and the world of a source."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with host_world(folder) if source == HOST else world_of(source, folder) as world:
            command = [options.host, *world.arguments] if source == HOST else [options.plugin]
            return act(Injector(inject, folder / "report", command, world.env), world)


def undisturbed(injector, world):
    """What is called in a run without a fault, which brings a credential, as does one in which reads and writes move single bytes."""
    done, calls = injector.calls()
    require(world.judge(*done) == "credential", "without a fault:", done)
    world.restore()
    done, _ = injector.calls("short")
    require(world.judge(*done) == "credential", "in single bytes:", done)
    return calls


def disturbed(faults, injector, world):
    """The outcome of each fault; None where the program didn't come that far, as it may where it waits less often."""
    outcomes = []
    for fault in faults:
        call, error = fault
        world.restore()
        reached = False
        try:
            done, reached = injector.fail(fault)
            if error.startswith("SIG"):
                outcome = world.judge_ended(signal.Signals[error], *done)
            else:
                outcome = world.judge(*done, closed_out=call.name == "close" and call.first == 1, absent=error == "ENOENT")
            goes_on = error == "EINTR" and world.bears_interruption(call.name)
            require(outcome != "error" or not goes_on, "an interrupted call ended it:", done[2])
        except Broken as broken:
            outcome = f"broken: {broken}"
        outcomes.append((fault, outcome if reached or outcome.startswith("broken") else None))
    return outcomes


class Run:
    """What the processes of the pool do for a source."""

    def __init__(self, options, inject, source):
        self.arguments = options, inject, source

    def calls(self):
        return with_world(*self.arguments, undisturbed)

    def outcomes(self, faults):
        return with_world(*self.arguments, lambda injector, world: disturbed(faults, injector, world))


def told(outcomes):
    counts = collections.Counter(outcome.partition(":")[0] if outcome else "not reached" for _, outcome in outcomes)
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def check(outcomes):
    broken = [f"{fault.error} of {fault.call}: {outcome}" for fault, outcome in outcomes if outcome and outcome.startswith("broken")]
    assert not broken, "\n".join([f"{len(broken)} of {len(outcomes)}:", *broken[:20]])
    missed = {fault.call.name for fault, _ in outcomes} - {fault.call.name for fault, outcome in outcomes if outcome} - NEVER_FAIL
    assert not missed, f"never reached: {missed}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--host", type=lambda path: pathlib.Path(path).resolve())
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # whatever the suite was started with; a program inherits that a signal is ignored
    tap = Tap()
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ProcessPoolExecutor(
            os.cpu_count() + 1, multiprocessing.get_context("fork")) as pool:  # one more, since some wait
        inject, why_not = compile_inject(pathlib.Path(name))
        if why_not:
            tap.skip("system calls that fail", why_not)
            tap.done()
        runs = {source: Run(options, inject, source) for source in [*SOURCES, *([HOST] if options.host else [])]}
        baselines = {source: pool.submit(run.calls) for source, run in runs.items()}
        asked = {}
        for source, run in runs.items():
            if baselines[source].exception():
                continue
            calls = baselines[source].result()
            ends = [Fault(call, "SIGTERM") for call in calls if call.name not in MEMORY]
            asked[source] = [[pool.submit(run.outcomes, part[at:at + PER_TASK]) for at in range(0, len(part), PER_TASK)]
                             for part in (list(faults_of(calls)), ends)]
        for source in runs:
            with tap.case(f"{source}: a run in which nothing fails, and one in which reads and writes move single bytes: credentials"):
                calls = baselines[source].result()
            if source not in asked:
                continue
            failed, ended = ([one for task in tasks for one in task.result()] for tasks in asked[source])
            with tap.case(f"{source}: {len(failed)} faults in {len(calls)} system calls, one a run: {told(failed)}"):
                check(failed)
            with tap.case(f"{source}: SIGTERM at {len(ended)} calls, one a run: {told(ended)}"):
                check(ended)
    tap.done()


if __name__ == "__main__":
    main()
