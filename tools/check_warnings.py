#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles the units of a build folder a second time with clang, warnings as errors, and keeps nothing. Units of one header
alone are left out, since others have all headers, and so are the second builds for the thread sanitizer.

    check_warnings.py FOLDER
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys


def check(unit):
    words = shlex.split(unit["command"])[1:]
    for option in ("-o", "-MF", "-MQ"):
        at = words.index(option)
        del words[at:at + 2]
    run = subprocess.run(["clang++", *(word for word in words if word != "-MD"), "-fsyntax-only", "-Werror", "-fno-color-diagnostics"],
                         cwd=unit["directory"], capture_output=True, text=True)
    return run.returncode == 0, unit["file"], run.stderr


if not shutil.which("clang++"):
    sys.exit("clang++ is not installed")
units = json.loads((pathlib.Path(sys.argv[1]) / "compile_commands.json").read_text())
# Boost.JSON's own source is not ours to keep free of warnings.
own = [unit for unit in units if not unit["file"].endswith("boost_json.cpp") and not any(part in unit["output"] for part in ("libheader_alone", "watched.p"))]
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    failed = [(file, text) for good, file, text in pool.map(check, own) if not good]
for file, text in failed:
    print(f"{file}:\n{text}")
print(f"{len(own)} units compiled with clang++, {len(failed)} failed")
sys.exit(1 if failed or not own else 0)
