# SPDX-License-Identifier: Apache-2.0
"""What a translation unit pays for including one public header."""
import os
import pathlib
import re
import subprocess
import tempfile

INCLUDE = pathlib.Path(__file__).resolve().parent.parent / "include"
ALWAYS = ["credplugin/credplugin.hpp", "eksauth/eksauth.hpp"]


def headers():
    """Those that are installed."""
    names = re.search(r"header_names = \[(.*?)\]", (INCLUDE / "meson.build").read_text(), re.S).group(1)
    return re.findall(r"'(.+?)'", names)


def cost(header):
    """Seconds of user time and peak MB of g++ -O0 -c on a file that includes nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "unit.cpp"
        source.write_text(f"#include <{header}>\n")
        compiler = subprocess.Popen(["g++", "-std=c++20", "-O0", f"-I{INCLUDE}", "-c", source, "-o", f"{folder}/unit.o"])
        _, status, used = os.wait4(compiler.pid, 0)
        compiler.returncode = os.waitstatus_to_exitcode(status)
    if compiler.returncode != 0:
        raise RuntimeError(f"{header} doesn't compile alone")
    return used.ru_utime, used.ru_maxrss / 1024


def heaviest(count=10):
    """Rows of header, seconds, MB: the heaviest first, and then those that are always shown."""
    rows = sorted(((header, *cost(header)) for header in headers()), key=lambda row: -row[1])
    return rows[:count] + [row for row in rows[count:] if row[0] in ALWAYS]
