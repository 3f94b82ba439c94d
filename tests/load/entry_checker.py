#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads all entries of a folder again and again until its stdin ends: each must be whole at any time, and for its owner alone.

Prints a JSON object: `reads` counts files, `broken` says what was wrong, `owners` has the access key ids that each entry held.

    entry_checker.py FOLDER
"""
import json
import os
import re
import select
import sys

MEMBERS = {"Format", "Key", "Inputs", "Source", "Made", "Renew", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"}


def fault(name, file, owners):
    """What is wrong with an entry; nothing of what is in it is told."""
    mode = os.fstat(file.fileno()).st_mode
    if mode != 0o100600:
        return f"mode {mode:o}"
    text = file.read()
    try:
        entry = json.loads(text)
    except ValueError:
        return f"no JSON in {len(text)} bytes"
    if entry.keys() != MEMBERS or entry["Key"] != name:
        return f"members {sorted(entry)}, of key {entry.get('Key')}"
    owners.setdefault(name, set()).add(entry["AccessKeyId"])
    return None


def main():
    os.nice(10)  # what it checks comes first
    folder = sys.argv[1]
    reads, broken, owners = 0, {}, {}
    while not select.select([sys.stdin], [], [], 0)[0]:
        for path in os.listdir(folder) if os.path.isdir(folder) else []:
            entry = re.fullmatch(r"([0-9a-f]{64})\.kept", path)
            if not entry:
                if not re.fullmatch(r"lock\.kept|[0-9a-f]{64}\.kept\.new", path):
                    broken[path] = "an unknown file"
                continue
            try:
                with open(os.path.join(folder, path)) as file:
                    why = fault(entry.group(1), file, owners)
            except FileNotFoundError:
                continue
            reads += 1
            if why:
                broken[path] = why
    print(json.dumps({"reads": reads, "broken": broken, "owners": {name: sorted(ids) for name, ids in owners.items()}}))


main()
