#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the results in JUnit files and prints `N passed, N failed, N skipped`; fails unless all that ran passed."""
import sys
import xml.etree.ElementTree as xml

passed = failed = skipped = 0
for case in (case for file in sys.argv[1:] for case in xml.parse(file).getroot().iter("testcase")):
    if case.find("failure") is not None or case.find("error") is not None:
        failed += 1
        print(f"failed: {case.get('classname')}: {case.get('name')}")
    elif case.find("skipped") is not None:
        skipped += 1
        print(f"skipped: {case.get('classname')}: {case.get('name')}")
    else:
        passed += 1
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(0 if passed and not failed else 1)
