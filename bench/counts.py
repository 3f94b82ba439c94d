# SPDX-License-Identifier: Apache-2.0
"""What can be counted of a program, whatever the machine's load: instructions, system calls, what is in its file."""
import dataclasses
import pathlib
import platform
import re
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


class Missing(Exception):
    """Something can't be counted here; the text says why."""


def call(tool, *arguments, env=None):
    """What it wrote to stdout. A missing tool is Missing, a failure a RuntimeError with the last line of its stderr."""
    if not shutil.which(tool):
        raise Missing(f"{tool} is not installed")
    done = subprocess.run([shutil.which(tool), *arguments], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(": ".join([f"{pathlib.Path(tool).name} ended with {done.returncode}", *done.stderr.splitlines()[-1:]]))
    return done.stdout


def callgrind(program):
    """Instructions of a run, all threads, on valgrind's processor: it lacks some extensions of the real one, such as SHA's."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        call("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}", *program.command, env=program.env)
        return int(re.search(r"Collected : (\d+)", log.read_text()).group(1))


def system_calls(program):
    """The system calls of a run, its threads and children included, as strace shows them: `name(arguments) = result`."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        call("strace", "-f", "-o", log, *program.command, env=program.env)
        return [shown.group(1) for line in log.read_text().splitlines() if (shown := re.match(r"\d+ +(\w+\(.*)", line))]


OPENING, WRITING = ("open", "openat", "openat2"), ("write", "writev")


def calls_of(calls, *names):
    return sum(line.partition("(")[0] in names for line in calls)


@dataclasses.dataclass
class Steps:
    instructions: int
    cpuids: int
    system_calls: int


class Stepper:
    """Counts of a run on the real processor, by steps.c, which is compiled into the folder."""

    def __init__(self, folder):
        self.tool = pathlib.Path(folder) / "steps"
        if platform.machine() == "x86_64":
            call("cc", "-std=c17", "-O2", "-o", self.tool, HERE / "steps.c")

    def steps(self, program):
        if platform.machine() != "x86_64":
            raise Missing("single steps are counted on x86_64 only")
        return Steps(*map(int, call(str(self.tool), *program.command, env=program.env).split()))


@dataclasses.dataclass
class File:
    size: int
    constructors: int
    iostream: bool


# Names that are in a file only with what sets up std::cin and std::cout, and which stripping leaves: of the constructor of
# std::ios_base::Init in a dynamic program, of the class behind std::cin in a static one (libstdc++, libc++).
IOSTREAM = re.compile(rb"ios_base4InitC|stdio_sync_filebuf|__stdinbuf")


def file(path):
    """Its size in bytes, the entries of its .init_array, and whether it sets up the standard streams of C++."""
    sections = call("readelf", "--wide", "--sections", path)
    array = re.search(r"\.init_array +INIT_ARRAY +\w+ \w+ (\w+)", sections)
    content = pathlib.Path(path).read_bytes()
    return File(len(content), int(array.group(1), 16) // 8 if array else 0, bool(IOSTREAM.search(content)))
