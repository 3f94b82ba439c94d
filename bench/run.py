#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the plugin beside programs that do nothing and programs of others, and prints tables; tools/bench builds and calls it.

    run.py --build FOLDER --musl-cc COMPILER --static PATH --static-glibc PATH --dynamic PATH [SECTION...]

The sections are wall, counts, network, compile, library and fleet; without one it is all of them.
"""
import argparse
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

import compile_time
import paths
from counts import OPENING, WRITING, Missing, Stepper, call, calls_of, callgrind, file, system_calls
from floors import floors
from peers import peers
from runs import Program, compile_spawn, interleaved

# Programs of the build folder that print lines of their own: a title, and the command.
LIBRARY = [
    ("tokens in process", ["tokens"]), ("tokens in process, SHA-256 by EVP", ["tokens-evp"]),
    ("a fleet in process", ["fleet", "10000"]), ("a larger fleet in process", ["fleet", "100000"]),
    ("a larger fleet in process, SHA-256 by EVP", ["fleet-evp", "100000"]), ("a day of the credential cache", ["credential_cache"])]
# Below how many seconds a run is of a kind, and how many runs there are then. Kinds are measured apart, so that none slows another.
KINDS = [(0.005, 2000), (0.05, 1000), (float("inf"), 10)]
NETWORK_RUNS = 200
FLEETS, FLEET_SECONDS, REFRESH_SECONDS, AT_ONCE = [10_000, 100_000], 900, 780, 8


def table(title, columns, rows):
    """A row is its label and as many cells as there are columns, or a label and the reason why there are none.

    A column without a name is for notes.
    """
    print(f"\n{title}")
    heads = ["", *columns]
    widths = [max(len(str(cell)) for cell in column) for column in zip(heads, *(row for row in rows if len(row) > 2))]
    widths[0] = max(len(row[0]) for row in [heads, *rows])
    for row in [heads, *rows]:
        cells = [str(cell) for cell in row[1:]]
        if len(row) > 2:
            cells = [cell.rjust(width) if column else cell for cell, width, column in zip(cells, widths[1:], columns)]
        print("  ".join(["  " + row[0].ljust(widths[0]), *cells]).rstrip(), flush=True)


def attempt(measure, *arguments):
    """What was measured, or the reason why it wasn't, as text."""
    try:
        return measure(*arguments)
    except (Missing, RuntimeError) as reason:
        return str(reason)


def connects(call_line, port):
    return call_line.startswith("connect(") and f"htons({port})" in call_line


class Bench:
    def __init__(self, options):
        self.build = options.build
        self.build.mkdir(parents=True, exist_ok=True)
        self.spawn = compile_spawn(self.build, options.musl_cc)
        built = {"static on musl": options.static, "static on glibc": options.static_glibc, "dynamic": options.dynamic}
        # Copies: how long a start takes depends on how the file came into the system's memory, which is to be the same for all.
        copied = {kind: shutil.copy(path, self.build / f"plugin {kind}".replace(" ", "-")) for kind, path in built.items()}
        self.plugins = [Program(f"plugin, {kind}", [path], paths.static_keys()) for kind, path in copied.items()]
        self.floors, self.no_floors = floors(self.build, options.musl_cc, paths.static_keys())
        self.reference = self.floors[0]

    @functools.cached_property
    def peers(self):
        """Programs, and rows of those that are missing."""
        found = peers(self.build)
        return ([Program(peer.name, peer.command, peer.env) for peer in found if not peer.missing],
                [(peer.name, peer.missing) for peer in found if peer.missing])

    @functools.cached_property
    def costs(self):
        """Pairs of program and Cost, of all programs; of the reference twice in each kind."""
        programs = [*self.floors[1:], *self.plugins, *self.peers[0]]
        seconds = {program.name: interleaved(self.spawn, [program], 3)[0].least / 1e6 for program in programs}
        costs, least = [], 0
        for most, rounds in KINDS:
            kind = [program for program in programs if least <= seconds[program.name] < most]
            least = most
            if kind:
                again = Program(f"{self.reference.name}, again", self.reference.command, self.reference.env)
                together = [self.reference, again, *kind]
                costs += zip(together, interleaved(self.spawn, together, rounds))
        return costs

    def wall(self):
        rows = [(program.name, f"{cost.ratio:.2f}", *(round(time) for time in (cost.p50, cost.p10, cost.least, cost.cpu)),
                 f"{cost.faults:g}", cost.rss_kb, cost.runs) for program, cost in self.costs]
        table(f"Processes, keys in the environment: microseconds, ratios to the {self.reference.name} of the same rounds",
              ["ratio", "p50", "p10", "min", "processor", "faults", "peak KB", "runs"], rows + self.no_floors + self.peers[1])

    def counts(self):
        stepper, rows = Stepper(self.build), []
        for program in [*self.floors, *self.plugins]:
            total, calls, steps = attempt(callgrind, program), attempt(system_calls, program), attempt(stepper.steps, program)
            notes = "; ".join(dict.fromkeys(value for value in (total, calls, steps) if isinstance(value, str)))
            on_processor = ["-"] * 2 if isinstance(steps, str) else [steps.instructions, steps.cpuids]
            asked = ["-"] * 3 if isinstance(calls, str) else [len(calls), calls_of(calls, *OPENING), calls_of(calls, *WRITING)]
            it = file(program.command[0])
            rows.append((program.name, "-" if isinstance(total, str) else total, *on_processor, *asked, it.size, it.constructors,
                         "yes" if it.iostream else "no", notes))
        table("Counts, keys in the environment: instructions by callgrind and on the processor, system calls by strace, the file",
              ["callgrind", "processor", "CPUID", "system calls", "files opened", "writes", "bytes", ".init_array", "iostream", ""],
              rows + self.no_floors)

    def network(self):
        rows = []
        with tempfile.TemporaryDirectory() as folder, paths.over_network(folder) as ways:
            for way, (env, port) in ways.items():
                programs = [Program(plugin.name, plugin.command, env) for plugin in self.plugins]
                for program, cost in zip(programs, interleaved(self.spawn, [self.reference, *programs], NETWORK_RUNS)[1:]):
                    calls = attempt(system_calls, program)
                    connected = calls if isinstance(calls, str) else sum(connects(line, port) for line in calls)
                    times = (f"{time / 1000:.2f}" for time in (cost.p50, cost.p10, cost.least, cost.cpu))
                    rows.append((f"{way}: {program.name}", f"{cost.ratio:.1f}", *times, cost.rss_kb, attempt(callgrind, program),
                                 connected))
        table(f"Over the loopback: milliseconds, all but the processor's with the server's work; {NETWORK_RUNS} runs",
              ["ratio", "p50", "p10", "min", "processor", "peak KB", "callgrind", "connections"], rows)

    def compile(self):
        table("Compile time of a header alone, g++ -O0: the heaviest, and those that users include", ["user seconds", "peak MB"],
              [(header, f"{seconds:.2f}", f"{megabytes:.0f}") for header, seconds, megabytes in compile_time.heaviest()])

    def library(self):
        for title, (name, *arguments) in LIBRARY:
            print(f"\nThe library, {title}", flush=True)
            if (self.build / name).exists():
                subprocess.run([self.build / name, *arguments], check=True)
            else:
                print(f"  {name} is not built")

    def fleet(self):
        mine = {program.name for program in [*self.plugins, *self.peers[0]]}
        refreshes = FLEET_SECONDS / REFRESH_SECONDS
        rows = [(program.name, *(f"{clusters * refreshes * cost.cpu / 1e6:.1f}" for clusters in FLEETS),
                 f"{AT_ONCE * cost.rss_kb / 1024:.0f}", cost.runs) for program, cost in self.costs if program.name in mine]
        table(f"A fleet by exec, a token per cluster each {REFRESH_SECONDS} s: processor seconds of {FLEET_SECONDS} s, "
              f"peak MB of {AT_ONCE} at once if they shared nothing, and from how many runs",
              [f"{clusters} clusters" for clusters in FLEETS] + ["peak MB", "runs"], rows + self.peers[1])


SECTIONS = ["wall", "counts", "network", "compile", "library", "fleet"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--build", type=pathlib.Path, required=True)
    for name in ("--musl-cc", "--static", "--static-glibc", "--dynamic"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    bench = Bench(options)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {call('uname', '-srm').strip()}", flush=True)
    for section in options.sections or SECTIONS:
        getattr(bench, section)()


main()
