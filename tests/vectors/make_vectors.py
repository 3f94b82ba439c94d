# SPDX-License-Identifier: Apache-2.0
"""Writes sigv4.json, tokens.json and exec.json, computed by botocore, beside this file.

    pip install botocore==1.44.8
    python3 make_vectors.py

The same bytes each time; check_vectors.py holds the kept files to that.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "differential"))
from exec_cases import exec_cases  # noqa: E402
from get_token_oracle import GetTokenOracle  # noqa: E402
from sigv4_cases import sigv4_cases  # noqa: E402
from token_cases import token_cases  # noqa: E402

BOTOCORE = "1.44.8"
VERSION = 1  # of the files' form; README.md says what it promises


def documents():
    """The text of each kept file, one case a line."""
    oracle = GetTokenOracle()
    all_cases = {"sigv4.json": sigv4_cases(), "tokens.json": token_cases(oracle), "exec.json": exec_cases(oracle)}
    return {name: f'{{"version": {VERSION}, "cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]}\n"
            for name, cases in all_cases.items()}


if __name__ == "__main__":
    for name, text in documents().items():
        (HERE / name).write_text(text, encoding="ascii")
