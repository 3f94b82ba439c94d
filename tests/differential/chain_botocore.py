#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole chain of credentials against botocore: in each scenario of the tables both get the same credentials or both fail,
after the same calls, or they differ in the way that the table says and gives the reason for.

    chain_botocore.py --chain PATH [--only PART OF A NAME]

`chain` prints what our chain finds in its own environment; see chain.cpp.
"""
import argparse
import concurrent.futures
import contextlib
import dataclasses
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import typing

import chain_world
from chain_scenario import SECRETS, Folder, Keys, Link, from_now
from scenarios import GROUPS

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import outputs  # noqa: E402
from tap import Tap  # noqa: E402

HANG_SECONDS = 60
HERE = pathlib.Path(__file__).resolve().parent

# No scenario may reach the network, so everything that may be called has its place on the loopback.
ENVIRONMENT = {
    "HOME": "{home}", "PATH": "/usr/bin:/bin", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CA_BUNDLE": "{ca}", "AWS_ENDPOINT_URL_STS": "https://{sts}",
    "AWS_ENDPOINT_URL_SSO": "https://{sso}", "AWS_ENDPOINT_URL_SSO_OIDC": "https://{oidc}", "AWS_ENDPOINT_URL_SIGNIN": "https://{signin}",
}


def filled(text, words):
    """Puts addresses, folders and times in the place of their names."""
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return re.sub(r"\{now([+-]\d+)\}", lambda found: from_now(seconds=int(found[1])), text)


def lay_out(home, scenario, words):
    files = {".aws/config": scenario.config, ".aws/credentials": scenario.credentials, **scenario.files}
    for name, content in files.items():
        path = home / filled(name, words)
        if content is None:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is Folder:
            path.mkdir()
        elif isinstance(content, Link):
            path.symlink_to(filled(content.to, words))
        else:
            path.write_bytes(content if isinstance(content, bytes) else filled(content, words).encode())


class Ours:
    def __init__(self, program):
        self.program = program

    def find(self, scenario, env, home):
        profile = [scenario.profile] if scenario.profile else []
        done = subprocess.run([self.program, scenario.region, *profile], env=env, cwd=home, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=HANG_SECONDS)
        outputs.said(done.stderr)
        message = done.stderr.decode(errors="backslashreplace")
        assert not any(secret in message for secret in tuple(SECRETS)), "our message has a secret in it"
        if done.returncode == 0:
            return json.loads(done.stdout)
        assert done.returncode == 1 and not done.stdout, f"our program ended with {done.returncode}: {message}"
        return {"failed": message.strip()}


class Botocore:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, HERE / "chain_oracle.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={"PATH": os.environ["PATH"], "HOME": os.devnull})

    def find(self, scenario, env, home):
        request = {"env": env, "profile": scenario.profile, "folder": str(home)}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


@dataclasses.dataclass
class Side:
    """A program with services of its own, so that both can be asked at once."""
    program: typing.Any
    services: chain_world.Services
    words: dict

    def look(self, scenario):
        """What the program finds, and the calls that it makes for it, in a home of its own."""
        with tempfile.TemporaryDirectory() as name:
            words = {**self.words, "home": name}
            lay_out(pathlib.Path(name), scenario, words)
            env = {variable: filled(value, words) for variable, value in (ENVIRONMENT | scenario.env).items() if value is not None}
            self.services.begin(scenario.replies)
            return self.program.find(scenario, env, name), self.services.calls

    def wrong_calls(self, made, wanted):
        wanted = [filled(call, self.words) for call in wanted]
        return [] if made == wanted else [f"{type(self.program).__name__} made the calls {made}, not {wanted}"]


def faults_of(scenario, sides, looks):
    (ours, our_calls), (theirs, their_calls) = looks
    faults = [f"ours: {fault}" for fault in scenario.ours.faults(ours)] + [f"botocore: {fault}" for fault in scenario.botocore.faults(theirs)]
    if not faults and not scenario.why and isinstance(scenario.ours, Keys) and scenario.ours.expires:
        faults += [f"{field} differs" for field in ours if ours[field] != theirs[field] and None not in (ours[field], theirs[field])]
    expected = their_calls if scenario.calls is None else scenario.calls
    for side, made, wanted in ((sides[0], our_calls, scenario.our_calls), (sides[1], their_calls, scenario.botocore_calls)):
        faults += side.wrong_calls(made, expected if wanted is None else wanted)
    return faults


def chosen(part):
    """The scenarios that have that part in their names, with their names."""
    for group, scenarios in GROUPS.items():
        for scenario in scenarios:
            name = f"{group}: {scenario.name}" + (f" (differs: {scenario.why})" if scenario.why else "")
            if part in name:
                yield group, name, scenario


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--chain", type=pathlib.Path, required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    tap = Tap()
    can_log_in = importlib.util.find_spec("awscrt")
    # botocore comes before any thread, as it forks.
    with contextlib.closing(Botocore()) as botocore, contextlib.ExitStack() as running:
        sides = []
        for program in (Ours(options.chain.resolve()), botocore):
            folder = pathlib.Path(running.enter_context(tempfile.TemporaryDirectory()))
            sides.append(Side(program, *running.enter_context(chain_world.started(folder))))
        asker = running.enter_context(concurrent.futures.ThreadPoolExecutor(len(sides)))
        for group, name, scenario in chosen(options.only):
            if group == "login" and not can_log_in:
                tap.skip(name, "botocore's console login needs awscrt")
                continue
            with tap.case(name):
                faults = faults_of(scenario, sides, list(asker.map(Side.look, sides, [scenario] * 2)))
                assert not faults, "\n".join(faults)
    outputs.secret(*SECRETS)
    tap.done()


if __name__ == "__main__":
    main()
