#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has clang's static analyser look at every function of include/ and of the plugin; a finding there is an error.

    check_analyzer.py FOLDER      where a unit with all headers is put
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Beyond so many states it gives a function up; the default would take minutes and has found no more.
NODES = "6000"

unit = pathlib.Path(sys.argv[1]) / "analyzed.cpp"
headers = sorted(path.relative_to(ROOT / "include") for path in (ROOT / "include").rglob("*.hpp"))
unit.write_text("".join(f"#include <{header}>\n" for header in headers) + "#include <eks_provider.hpp>\n")
done = subprocess.run(["clang++", "--analyze", "-std=c++20", f"-I{ROOT}/include", f"-I{ROOT}/plugins/eks-aws-auth-plugin", "-Xclang",
                       "-analyzer-opt-analyze-headers", "-Xclang", "-analyzer-config", "-Xclang", f"max-nodes={NODES}",
                       "--analyzer-output", "text", "-fno-color-diagnostics", unit], capture_output=True, text=True)
print(done.stderr)
print(f"{len(headers)} headers analysed")
sys.exit(1 if done.returncode != 0 or "warning:" in done.stderr or not headers else 0)
