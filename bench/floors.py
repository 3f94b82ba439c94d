# SPDX-License-Identifier: Apache-2.0
"""Programs that do nothing, or nearly so: what a process costs before it does anything. The first is what others are compared to."""
import os
import pathlib

from counts import Missing, call
from runs import Program

SOURCES = pathlib.Path(__file__).resolve().parent / "floors"


def floors(folder, musl_cc, env):
    """Compiles them into the folder. Gives the programs and, of those that can't be compiled, names and reasons.

    Their environment is the one of what they are compared with: glibc's start goes through all of it."""
    stripped = ["-O2", "-s"]
    wanted = [
        ("glibc static no-op", "noop.c", ["cc", *stripped, "-static", "-no-pie"]),
        ("assembly exit", "exit.S", ["cc", "-s", "-nostdlib", "-static", "-no-pie"]),
        ("musl static no-op", "noop.c", [musl_cc, *stripped, "-static"]),
        ("glibc static-pie no-op", "noop.c", ["cc", *stripped, "-static-pie"]),
        ("C dynamic no-op", "noop.c", ["cc", *stripped]),
        ("C++ dynamic hello", "hello.cpp", ["c++", *stripped]),
        ("Go hello", "hello.go", ["go", "build", "-ldflags=-s -w"]),
    ]
    made, missing = [], []
    for name, source, command in wanted:
        program = pathlib.Path(folder) / name.replace(" ", "-")
        try:
            call(*command, "-o", program, SOURCES / source, env={**os.environ, "CGO_ENABLED": "0"})
            made.append(Program(name, [program], env))
        except (Missing, RuntimeError) as reason:
            missing.append((name, str(reason)))
    return made, missing
