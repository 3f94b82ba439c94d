# SPDX-License-Identifier: Apache-2.0
"""All that decides an identity, one by one: a run that differs in it shares no credentials with the one before."""
from cached_runs import Anybody, Metadata
from logins import REGION
from loopback import serve
from sources import JWT, ROLE
from support import outputs
from token_check import LONG_TERM

CONTAINER, STS = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ENDPOINT_URL_STS"
OTHER_JWT, OTHER_TOKEN = "eyJhbGciOiJub25lIn0.anotheridentity.c2ln", "anotherpodidentitytoken"
outputs.secret(OTHER_JWT, OTHER_TOKEN)
PROFILE = f"[profile hub]\nrole_arn = {ROLE}\nsource_profile = base\nregion = {REGION}\n"
BASE = f"[base]\naws_access_key_id = {LONG_TERM.access_key}\naws_secret_access_key = {LONG_TERM.secret_key}\n"
HOME = {"config": PROFILE + PROFILE.replace("hub", "same"), "credentials": BASE + BASE.replace("base", "other")}


def home(runner, name, **changed):
    (runner.folder / name / ".aws").mkdir(parents=True, exist_ok=True)
    for file, text in {**HOME, **changed}.items():
        runner.write(f"{name}/.aws/{file}", text)
    return str(runner.folder / name)


def web_identity(runner, one):
    return {"AWS_WEB_IDENTITY_TOKEN_FILE": runner.write("token", JWT), "AWS_ROLE_ARN": ROLE, STS: f"https://{one}"}


def role(runner, one):
    return {"HOME": home(runner, "home"), "AWS_PROFILE": "hub", STS: f"https://{one}"}


def container(runner, one):
    return {CONTAINER: f"http://{one}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": runner.write("pod-token", "podidentitytoken")}


def in_home(**files):
    return lambda runner, *_: home(runner, "home", **files) and {}


# Each change is a function from the runner, the environment and another service's address to what differs in the run.
OF_STS = {
    "endpoint": lambda _, __, other: {STS: f"https://{other}"},
    "region of the calls": lambda *_: {"AWS_REGION": "us-east-1"},
    "region of the cluster": lambda *_: {"region": "us-east-1"},
    "home folder": lambda runner, *_: {"HOME": home(runner, "another home")},
}
CHANGES = [
    ("web identity", web_identity, True, {
        "token in the file": lambda runner, *_: runner.write("token", OTHER_JWT) and {},
        "token file of the same content": lambda runner, *_: {"AWS_WEB_IDENTITY_TOKEN_FILE": runner.write("token 2", JWT)},
        "role": lambda *_: {"AWS_ROLE_ARN": ROLE + "2"},
        "session name": lambda *_: {"AWS_ROLE_SESSION_NAME": "me"},
        "profile by a variable": lambda runner, *_: home(runner, "home") and {"AWS_PROFILE": "hub"},
        **OF_STS}),
    ("a role", role, True, {
        "profile of the same content": lambda *_: {"AWS_PROFILE": "same"},
        "role in the profile": in_home(config=PROFILE.replace(ROLE, ROLE + "2")),
        "external id": in_home(config=PROFILE + "external_id = x1\n"),
        "session name in the profile": in_home(config=PROFILE + "role_session_name = me\n"),
        "length in the profile": in_home(config=PROFILE + "duration_seconds = 900\n"),
        "source profile": in_home(config=PROFILE.replace("base", "other")),
        "key id of the source profile": in_home(credentials=BASE.replace(LONG_TERM.access_key, "AKIDANOTHER")),
        "config file": lambda runner, *_: {"AWS_CONFIG_FILE": runner.write("config", PROFILE)},
        "credentials file": lambda runner, *_: {"AWS_SHARED_CREDENTIALS_FILE": runner.write("credentials", BASE)},
        **OF_STS}),
    ("container", container, False, {
        "endpoint": lambda _, __, other: {CONTAINER: f"http://{other}/v1/credentials"},
        "path": lambda _, env, __: {CONTAINER: env[CONTAINER].replace("v1", "v2")},
        "token in the file": lambda runner, *_: runner.write("pod-token", OTHER_TOKEN) and {},
        "token in the variable": lambda *_: {"AWS_CONTAINER_AUTHORIZATION_TOKEN": OTHER_TOKEN,
                                             "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": ""},
    }),
]


def identity_changes(tap, fresh, certificate):
    for name, source, tls, changes in CHANGES:
        answer = Anybody() if tls else Metadata()
        with serve(certificate if tls else None, answer) as one, serve(certificate if tls else None, answer) as other:
            for what, change in changes.items():
                with tap.case(f"{name}: another {what} is another identity"):
                    runner, calls = fresh(), []
                    first = source(runner, one) | ({"AWS_CA_BUNDLE": str(certificate.file)} if tls else {})

                    def run(**env):
                        before = len(answer.seen)
                        runner.served(**env)
                        calls.append(len(answer.seen) > before)
                    run(**first)
                    run(**first)
                    second = {**first, **change(runner, first, other)}
                    run(**second)
                    run(**second)
                    assert calls == [True, False, True, False], calls
