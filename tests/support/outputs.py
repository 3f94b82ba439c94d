# SPDX-License-Identifier: Apache-2.0
"""What programs said in the tests, kept for the search that ends the suite: no secret of any test in any output."""
import os
import pathlib


def keep(kind, *texts):
    """Adds texts to a file of this process in the folder TEST_OUTPUTS, if there is one."""
    folder = os.environ.get("TEST_OUTPUTS")
    if folder:
        with open(pathlib.Path(folder) / f"{kind}.{os.getpid()}", "ab") as file:
            file.writelines((text.encode() if isinstance(text, str) else text) + b"\0" for text in texts if text)


def said(*texts):
    """What a program wrote to stderr, or anything else that a person may see."""
    keep("said", *texts)


def secret(*texts):
    """Values that must not be in it."""
    keep("secret", *texts)
