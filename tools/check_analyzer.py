#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has clang's static analyser look at the functions of include/ and of the plugin; a finding there is an error.

The analyser goes through the functions of the main file. If asked for those of headers it takes the system's too, of which there
are many more; within the same time it then gives up before it has found what a header of ours was seen to have. So our headers
are put into the main file, each where it is first included. Templates are seen as the units use them.
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
# Beyond so many states it gives a function up. Its own limit, 225000, takes four times as long and has found no more.
STATES = 40000
# The units, and the libraries whose headers are put into them.
UNITS = {"plugins/eks-aws-auth-plugin/main.cpp": {"eksauth"}, "examples/list_pods.cpp": {"credbase", "credplugin"},
         "examples/plugin_test.cpp": {"awsfakes"}}


def headers_of(libraries):
    return sorted(header for library in libraries for header in (INCLUDE / library).rglob("*.hpp"))


def joined(unit, headers):
    """The text of the unit behind the headers; each part tells its file and lines."""
    done, parts = set(), []

    def put(path):
        if path in done:
            return
        done.add(path)
        parts.append(f'#line 1 "{path}"')
        for number, line in enumerate(path.read_text().splitlines(), 1):
            name = re.match(r'#include [<"]([^>"]+)[>"]', line)
            places = (path.parent / name[1], INCLUDE / name[1]) if name else ()
            own = next((place for place in places if place in headers or (place.parent == unit.parent and place.is_file())), None)
            if own:
                put(own)
                parts.append(f'#line {number + 1} "{path}"')
            else:
                parts.append("" if line == "#pragma once" else line)

    for path in [*headers, unit]:
        put(path)
    return "\n".join(parts) + "\n"


def analyse(unit):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write(joined(ROOT / unit, headers_of(UNITS[unit])))
        file.flush()
        return subprocess.run(["clang++", "--analyze", "-std=c++20", f"-I{INCLUDE}", "--analyzer-output", "text", "-fno-color-diagnostics",
                               "-Xclang", "-analyzer-werror", "-Xclang", "-analyzer-config", "-Xclang", f"max-nodes={STATES}", file.name],
                              capture_output=True, text=True)


libraries = {path.name for path in INCLUDE.iterdir() if path.is_dir()}
assert libraries == set.union(*UNITS.values()), libraries
with concurrent.futures.ThreadPoolExecutor() as pool:
    runs = list(pool.map(analyse, UNITS))
for run in runs:
    print(run.stderr, end="")
print(f"{len(headers_of(libraries))} headers and {len(UNITS)} units analysed")
sys.exit(any(run.returncode != 0 for run in runs))
