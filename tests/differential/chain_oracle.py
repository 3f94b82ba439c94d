# SPDX-License-Identifier: Apache-2.0
"""botocore in environments that others describe: a JSON object a line in, what it finds a line out.

    in:  {"env": {NAME: VALUE}, "profile": NAME or null, "folder": PATH}
    out: {"access_key_id", "secret_access_key", "session_token", "expires": epoch or null} or {"failed": CLASS}

Each gets a process of its own, so that nothing is left over from the one before.
"""
import contextlib
import json
import os
import sys
import time

time.sleep = lambda _: None  # no pauses between attempts; some are bound at import
os.environ["BOTO_DISABLE_CRT"] = "true"  # signatures by botocore itself

import botocore.credentials  # noqa: E402
import botocore.loaders  # noqa: E402
import botocore.session  # noqa: E402
import botocore.tokens  # noqa: E402

with contextlib.suppress(ImportError):  # without it, botocore has no console login
    from awscrt.crypto import EC
    botocore.credentials.EC = EC

LOADER = botocore.loaders.create_loader()


def session(profile=None):
    made = botocore.session.Session(profile=profile)
    made.register_component("data_loader", LOADER)
    return made


def find(profile):
    found = session(profile).get_credentials()
    if found is None:
        return {"failed": "NoCredentials"}
    frozen = found.get_frozen_credentials()
    if not all(isinstance(one, str) for one in (frozen.access_key, frozen.secret_key)):
        return {"failed": "NoText"}
    expires = getattr(found, "_expiry_time", None)
    return {"access_key_id": frozen.access_key, "secret_access_key": frozen.secret_key, "session_token": frozen.token or "",
            "expires": int(expires.timestamp()) if expires else None}


def answer(request):
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["folder"])
    # These were derived from another HOME at import.
    cache = os.path.expanduser("~/.aws/sso/cache")
    botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache
    try:
        return find(request["profile"])
    except Exception as refused:  # its class is the answer
        return {"failed": type(refused).__name__}


def in_child(line, out):
    """With nothing to read from and no terminal to ask for a code on."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.write(out, json.dumps(answer(json.loads(line))).encode() + b"\n")


def main():
    for service in ("sts", "sso", "sso-oidc", "signin"):  # reading the models takes longer than all else
        session().create_client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    out = os.dup(1)
    os.dup2(2, 1)
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            in_child(line, out)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != 0:
            os.write(out, b'{"failed": "the oracle itself"}\n')


main()
