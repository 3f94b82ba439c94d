#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Searches every output of the suite for the secrets that its tests used, and writes the result as JUnit.

    check_secrets.py OUTPUTS LOG... RESULT

OUTPUTS is the folder that tests/support/outputs.py writes to, LOG a log of all tests.
"""
import pathlib
import sys
import urllib.parse
from xml.sax.saxutils import quoteattr

# Each secret of the C++ tests has this word in it, or is the secret key of the AWS documentation.
WORDS = [b"hush-", b"hush+", b"wJalrXUtnFEMI"]
SHORTEST = 8


def texts(folder, kind):
    return [text for path in sorted(folder.glob(kind + ".*")) for text in path.read_bytes().split(b"\0") if text]


def main():
    folder, *logs, result = map(pathlib.Path, sys.argv[1:])
    secrets = {secret for secret in texts(folder, "secret") if len(secret) >= SHORTEST}
    secrets |= {urllib.parse.quote(secret, safe="-_.~").encode() for secret in secrets}
    said = [("a program's output", text) for text in texts(folder, "said")]
    said += [(log.name, log.read_bytes()) for log in logs]
    # A message needs no token and no signature either.
    found = sorted({where for where, text in said
                    for secret in [*secrets, *WORDS, b"k8s-aws-v1.aHR0", b"X-Amz-Signature="] if secret in text})
    name = f"no output of {len(said)} has one of {len(secrets)} secrets"
    failure = f"<failure message={quoteattr('found in ' + ', '.join(found))}/>" if found or not secrets or len(said) < 100 else ""
    result.write_text(f'<testsuites><testsuite name="secrets"><testcase classname="secrets" name={quoteattr(name)}>{failure}</testcase></testsuite></testsuites>\n')
    for where in found:
        print(f"a secret in {where}")


main()
