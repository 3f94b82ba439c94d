# SPDX-License-Identifier: Apache-2.0
"""What runs of programs cost, measured side by side: spawn.c runs them in an order that is shuffled anew each round."""
import collections
import dataclasses
import pathlib
import statistics
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Program:
    name: str
    command: list
    env: dict


@dataclasses.dataclass
class Cost:
    """Wall and processor time in microseconds; `ratio` is the median, over the rounds, of the wall time to the first program's."""
    runs: int
    ratio: float
    p10: float
    p50: float
    least: float
    faults: float
    most_faults: int
    rss_kb: int
    cpu: float


def compile_spawn(folder, compiler="cc"):
    """Makes the runner, which is linked statically, and gives its path."""
    program = pathlib.Path(folder) / "spawn"
    subprocess.run([compiler, "-std=c17", "-O2", "-static", "-s", "-o", program, HERE / "spawn.c"], check=True)
    return program


def interleaved(spawn, programs, rounds, warm_ups=3):
    """The Cost of each program, `rounds` times. A program that fails is a RuntimeError."""
    with tempfile.TemporaryDirectory() as folder:
        commands, results = pathlib.Path(folder) / "commands", pathlib.Path(folder) / "results"
        strings = [part for program in programs
                   for part in [*program.command, "", *(f"{name}={value}" for name, value in program.env.items()), ""]]
        commands.write_bytes(b"".join(str(part).encode() + b"\0" for part in strings))
        seed = 1
        done = subprocess.run([spawn, commands, results, str(rounds), str(warm_ups), str(seed)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        runs = collections.defaultdict(list)
        for line in results.read_text().splitlines():
            number, *costs = line.split()
            runs[int(number)].append([float(cost) for cost in costs])
    reference = [wall for wall, *_ in runs[0]]
    return [cost_of(runs[number], reference) for number in range(len(programs))]


def cost_of(runs, reference):
    walls, faults, rss, cpu = zip(*runs)
    return Cost(runs=len(runs), ratio=statistics.median(wall / other for wall, other in zip(walls, reference)),
                p10=sorted(walls)[len(walls) // 10], p50=statistics.median(walls), least=min(walls), faults=statistics.median(faults),
                most_faults=int(max(faults)), rss_kb=int(max(rss)), cpu=statistics.fmean(cpu))
