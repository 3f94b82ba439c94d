# SPDX-License-Identifier: Apache-2.0
"""The kept vectors are what botocore computes today."""
import pathlib
import sys

import botocore

import make_vectors

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from tap import Tap  # noqa: E402

tap = Tap()
with tap.case(f"botocore is version {make_vectors.BOTOCORE}"):
    assert botocore.__version__ == make_vectors.BOTOCORE, f"it is {botocore.__version__}"
for name, text in make_vectors.documents().items():
    with tap.case(f"{name} is reproduced byte for byte"):
        kept = (HERE / name).read_bytes().splitlines()
        made = text.encode().splitlines()
        differing = [n for n, lines in enumerate(zip(kept, made), 1) if lines[0] != lines[1]]
        assert not differing, f"line {differing[0]} differs"
        assert (HERE / name).read_bytes() == text.encode(), f"{len(kept)} lines are kept, {len(made)} are made"
tap.done()
