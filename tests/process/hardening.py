#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What stands in the plugin of a release build against whoever finds a fault in it, as its file shows.

    hardening.py --build FOLDER      of `tools/build release`

What leaves no trace in a file is looked for in the commands that made it.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from support.tap import Tap  # noqa: E402

MACHINES = {  # what a function begins with that may be called by its address, and a touch of a stack's next page
    "x86_64": (r"\tendbr64", r"\torq +\$0x0,\(%rsp\)"),
    "aarch64": (r"\t(?:bti|paciasp)", r"\tstr\txzr, \[sp, #1024\]"),
}
FLAGS = {"-D_FORTIFY_SOURCE=3", "-D_GLIBCXX_ASSERTIONS", "-fstack-protector-strong", "-fstack-clash-protection",
         "-ftrivial-auto-var-init=zero"}


def told(*command):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout


def flags_of(build):
    """By unit, the flags of its command."""
    return {unit["file"]: set(shlex.split(unit["command"])) for unit in json.loads((build / "compile_commands.json").read_text())}


def layout(tap, plugin):
    headers, dynamic = told("readelf", "-hlW", plugin), told("readelf", "-dW", plugin)
    with tap.case("position-independent: it is loaded to another address each time"):
        assert re.search(r"Type: +DYN", headers) and re.search(r"\(FLAGS_1\).* PIE\b", dynamic), (headers, dynamic)
        assert "TEXTREL" not in dynamic, dynamic
    with tap.case("no executable stack, and no segment that is both written and executed"):
        segments = re.findall(r"^ +(LOAD|GNU_STACK) .* ([R ][W ][E ]) 0x", headers, re.M)
        assert len(segments) >= 4 and ("GNU_STACK", "RW ") in segments, headers
        assert not any("WE" in flags for _, flags in segments), segments
    with tap.case("all addresses of functions are found at the start, and closed to writing then"):
        assert "GNU_RELRO" in headers and re.search(r"\(FLAGS_1\).* NOW\b", dynamic), (headers, dynamic)
    with tap.case("no library is looked for beside it, or where it was built"):
        assert not re.search(r"\((?:RPATH|RUNPATH)\)", dynamic), dynamic


def checks(tap, plugin):
    imported = set(re.findall(r" UND (\w+)", told("readelf", "--dyn-syms", "-W", plugin)))
    with tap.case("frames are checked before a function returns"):
        assert "__stack_chk_fail" in imported, imported
    with tap.case("copies of known size are checked by the C library"):
        assert {"__memcpy_chk", "__explicit_bzero_chk"} <= imported, imported
    with tap.case("accesses to containers are checked by the C++ library"):
        assert any("glibcxx_assert_fail" in name for name in imported), imported
    name = "functions are entered at their beginning only, and no frame leaps over the page that guards a stack"
    if platform.machine() not in MACHINES:
        return tap.skip(name, f"what shows it isn't known for {platform.machine()}")
    with tap.case(name):
        code = told("objdump", "--disassemble", "--no-show-raw-insn", plugin)
        entries, touches = (len(re.findall(pattern, code)) for pattern in MACHINES[platform.machine()])
        assert entries > 1000 and touches > 0, (entries, touches)


def commands(tap, build):
    with tap.case("each unit of it is compiled that way, that of Boost.JSON too"):
        units = {file: flags for file, flags in flags_of(build).items() if "examples" not in file}
        assert any(file.endswith("main.cpp") for file in units), units
        for file, flags in units.items():
            assert FLAGS <= flags, (file, FLAGS - flags)
    with tap.case("nothing of it comes to users of the headers by Meson, who choose for themselves"), tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "subprojects").mkdir()
        (folder / "subprojects/credplugin").symlink_to(ROOT)
        (folder / "meson.build").write_text("project('user', 'cpp', default_options: 'cpp_std=c++20')\n"
                                            "executable('user', 'user.cpp', dependencies: dependency('eksauth', fallback: 'credplugin'))\n")
        (folder / "user.cpp").touch()
        told("meson", "setup", "--buildtype=release", "--wrap-mode=forcefallback", folder / "build", folder)
        rules = (folder / "build/build.ninja").read_text()
        found = [flag for flag in {*FLAGS, "-fPIE", " -pie ", "-fcf-protection", "-mbranch-protection", "-z,now"} if flag in rules]
        assert not found, found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    build = parser.parse_args().build
    plugin = build / "plugins/eks-aws-auth-plugin/eks-aws-auth-plugin"
    tap = Tap()
    layout(tap, plugin)
    checks(tap, plugin)
    commands(tap, build)
    tap.done()


main()
