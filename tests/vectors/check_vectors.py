# SPDX-License-Identifier: Apache-2.0
"""The kept vectors are what botocore computes today, and of the form that their schemas say."""
import copy
import json
import pathlib
import sys

import botocore
from jsonschema import Draft202012Validator

import make_vectors

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from tap import Tap  # noqa: E402

tap = Tap()


def loose(schema, place="schema"):
    """Where a schema says less than it should: objects that take any member, members without a description."""
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            yield f"{place} takes any member"
        for name, member in schema["properties"].items():
            if not member.get("description"):
                yield f"{place} doesn't describe {name}"
    for name, part in schema.items():
        yield from loose(part, f"{place}.{name}")


def spoilt(document):
    """The document in forms that no longer fit, each with what was done."""
    for name in document["cases"][0]:
        less = copy.deepcopy(document)
        del less["cases"][0][name]
        yield f"without {name}", less
        other = copy.deepcopy(document)
        other["cases"][0][name] = [0]
        yield f"another type of {name}", other
    more = copy.deepcopy(document)
    more["cases"][0]["more"] = 1
    yield "a member more", more
    yield "another version", {**document, "version": document["version"] + 1}


with tap.case(f"botocore is version {make_vectors.BOTOCORE}"):
    assert botocore.__version__ == make_vectors.BOTOCORE, f"it is {botocore.__version__}"
for name, text in make_vectors.documents().items():
    with tap.case(f"{name} is reproduced byte for byte"):
        kept = (HERE / name).read_bytes().splitlines()
        made = text.encode().splitlines()
        differing = [n for n, lines in enumerate(zip(kept, made), 1) if lines[0] != lines[1]]
        assert not differing, f"line {differing[0]} differs"
        assert (HERE / name).read_bytes() == text.encode(), f"{len(kept)} lines are kept, {len(made)} are made"
    schema = json.loads((HERE / name.replace(".json", ".schema.json")).read_text(encoding="ascii"))
    with tap.case(f"the schema of {name} is one, and says all"):
        Draft202012Validator.check_schema(schema)
        assert not list(loose(schema)), list(loose(schema))
    with tap.case(f"{name} fits its schema, and no name occurs twice"):
        document = json.loads((HERE / name).read_bytes())
        # Not the errors themselves, which show what is wrong with its value.
        assert not (wrong := [list(error.absolute_path) for error in Draft202012Validator(schema).iter_errors(document)]), wrong
        assert len({case["name"] for case in document["cases"]}) == len(document["cases"])
    with tap.case(f"its schema refuses {name} with a member more, less or of another type"):
        small = {**document, "cases": document["cases"][:1]}
        assert not (taken := [what for what, one in spoilt(small) if Draft202012Validator(schema).is_valid(one)]), taken
tap.done()
