#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds CONFORMANCE.md and docs/SECURITY.md to the tests: each test that a row names exists, or the row says why there is none."""
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent


def faults():
    rows = re.findall(r"^\| ([PH]?\d+) \| (.*?) \|", (TESTS / "CONFORMANCE.md").read_text(), re.M)
    want = [f"P{n}" for n in range(1, 91)] + [f"H{n}" for n in range(1, 108)] + [str(n) for n in range(1, 153)]
    if [row for row, _ in rows] != want:
        yield f"the rows are not P1 to P90, H1 to H107 and 1 to 152, each once and in order: {sorted(set(want) ^ {row for row, _ in rows})}"
    for row, covered in rows:
        if covered.startswith("not covered: "):
            continue
        for name in covered.split("<br>"):
            yield from missing(f"row {row}", name)
    defences = re.findall(r"^\| .* \| (tests/.*) \|$", (TESTS.parent / "docs/SECURITY.md").read_text(), re.M)
    if len(defences) < 20:
        yield f"docs/SECURITY.md: {len(defences)} rows that name tests, where more were"
    for name in "<br>".join(defences).split("<br>"):
        yield from missing("docs/SECURITY.md", name)


def missing(place, name):
    """What is wrong with the name of a test: `file: test`, or a file."""
    path, _, case = name.partition(": ")
    source = TESTS.parent / path
    if not source.is_file():
        yield f"{place}: no file {path}"
    elif case and case not in source.read_text():
        yield f"{place}: no test {case!r} in {path}"


found = list(faults())
print("\n".join(found) or "every row names a test that exists, or says why it is not covered")
sys.exit(1 if found else 0)
