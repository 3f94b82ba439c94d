# SPDX-License-Identifier: Apache-2.0
"""The whole plugin against botocore: the same token, or a refusal that the table below knows.

    python3 token_botocore.py --replay PATH

`replay` runs the plugin once for each line of its input, with environment, files and clock replaced:
{"env": {}, "files": {}, "now": epoch, "exec_info": text} -> {"code": int, "out": text, "err": text}
"""
import argparse
import base64
import dataclasses
import datetime
import json
import pathlib
import random
import re
import string
import subprocess
import sys
import typing
import urllib.parse
from collections import Counter

from botocore.credentials import EnvProvider
from botocore.exceptions import BotoCoreError

from get_token_oracle import GetTokenOracle, sorted_query, token_of, url_of

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import outputs  # noqa: E402
from tap import Tap  # noqa: E402

SEED = 20260102
CASES_PER_GROUP = 25
TOKEN_LIFE_SECONDS = 14 * 60
TOKEN_WARNING_BYTES, TOKEN_LIMIT_BYTES = 4096, 16384
VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
CREDENTIALS_FILE = "/differential/credentials"


def epoch_of(*date):
    return int(datetime.datetime(*date, tzinfo=datetime.timezone.utc).timestamp())


FIRST_SECOND, LAST_SECOND = epoch_of(2020, 1, 1), epoch_of(2099, 12, 31, 23, 59, 59)


@dataclasses.dataclass
class Case:
    region: typing.Any = "us-west-2"
    cluster: typing.Any = "prod-cluster"
    access_key_id: str = "AKIDEXAMPLE"
    secret: str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    session_token: str = ""
    now: int = epoch_of(2026, 1, 2, 3, 4, 5)
    api_version: str = VERSIONS[0]
    env: dict = dataclasses.field(default_factory=dict)  # beside the keys; must not matter
    keys_in_file: bool = False
    note: str = "generated"
    url: typing.Optional[str] = None  # botocore's answer; None where it refuses
    answer: typing.Optional[dict] = None  # the plugin's

    def keys(self):
        keys = {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret,
                "AWS_SESSION_TOKEN": self.session_token}
        return {name: value for name, value in keys.items() if value}

    def request(self):
        # Without this a missing key would be looked for on the network.
        env = {"AWS_EC2_METADATA_DISABLED": "true", **self.env}
        files = {}
        if self.keys_in_file:
            env["AWS_SHARED_CREDENTIALS_FILE"] = CREDENTIALS_FILE
            lines = [f"{name.lower()} = {value}" for name, value in self.keys().items()]
            files[CREDENTIALS_FILE] = "\n".join(["[default]", *lines, ""])
        else:
            env |= self.keys()
        exec_info = {
            "kind": "ExecCredential", "apiVersion": self.api_version,
            "spec": {"cluster": {"server": "https://k8s.example",
                                 "config": {"clusterId": self.cluster, "region": self.region}},
                     "interactive": False}}
        return {"env": env, "files": files, "now": self.now,
                "exec_info": json.dumps(exec_info, ensure_ascii=False) + "\n"}

    def __str__(self):
        """The inputs, secrets left out."""
        return (f"{self.note}: region {self.region!a}, cluster {self.cluster!a}, now {self.now}, "
                f"{self.api_version}, access key id {self.access_key_id!a}, secret of {len(self.secret)}, "
                f"session token of {len(self.session_token)}, env {sorted(self.env)}")


# --- What we refuse -----------------------------------------------------------------------------
#
# botocore lets most of these through. A refused case must be in exactly one row, and so must differ
# from a good one in one way only.

E6_REGION = "[eks] invalid extensions config: region: expected string, got "
E6_CLUSTER = "[eks] invalid extensions config: clusterId: expected string, got "
E7 = "[eks] extensions must include region and clusterId"
E8_REGION = "[eks] invalid extensions config: region: "
E8_CLUSTER = "[eks] invalid extensions config: clusterId: "
E10 = "[eks] failed to get EKS token: "

CLUSTER_LIMIT_BYTES = 100
VISIBLE = re.compile("[!-~]*")
REGION = re.compile("(?!-)[a-z0-9-]{1,63}(?<!-)")
PARTITIONS = re.compile(
    "((us|eu|ap|sa|ca|me|af|il|mx)|cn|us-gov|us-iso|us-isob|eu-isoe|us-isof|eusc-de)-[a-z0-9]+-[0-9]{1,2}")


def is_text(value):
    return isinstance(value, str) and value != ""


class Refusal(typing.NamedTuple):
    name: str
    section: str
    why: str
    message: str
    applies: typing.Callable[[Case], bool]


REFUSALS = [
    Refusal("region or cluster is missing", "exec-credential 3.2", "nothing to sign for", E7,
            lambda c: c.region in (None, "") or c.cluster in (None, "")),
    Refusal("region is no string", "exec-credential 3.2", "a mistake in the configuration", E6_REGION,
            lambda c: c.region is not None and not isinstance(c.region, str)),
    Refusal("cluster is no string", "exec-credential 3.2", "YAML makes a number of 123456", E6_CLUSTER,
            lambda c: c.cluster is not None and not isinstance(c.cluster, str)),
    Refusal("region is no lower-case host label", "aws-credentials 3.2, step 1", "it becomes part of a host name",
            E8_REGION, lambda c: is_text(c.region) and not REGION.fullmatch(c.region)),
    Refusal("region is in no known partition", "aws-credentials 3.2, step 2", "botocore would assume aws", E8_REGION,
            lambda c: is_text(c.region) and REGION.fullmatch(c.region) and not PARTITIONS.fullmatch(c.region)),
    Refusal("cluster has a byte outside 0x21..0x7E", "aws-credentials 1.2",
            "signing trims white space; a line break would inject a header", E8_CLUSTER,
            lambda c: is_text(c.cluster) and not VISIBLE.fullmatch(c.cluster)),
    Refusal("cluster is too long", "exec-credential 3.2", "an EKS name has 1 to 100 characters", E8_CLUSTER,
            lambda c: is_text(c.cluster) and len(c.cluster.encode()) > CLUSTER_LIMIT_BYTES),
    Refusal("cluster is an ARN or a URL", "aws-credentials 1.2", "the server signs for the name", E8_CLUSTER,
            lambda c: is_text(c.cluster) and (c.cluster.startswith("arn:") or "://" in c.cluster)),
    Refusal("a key is missing", "aws-credentials 5.2", "half a pair never means another source", E10,
            lambda c: not (c.access_key_id and c.secret)),
    Refusal("access key id has an illegal form", "aws-credentials 2.4", "it would break scope or header", E10,
            lambda c: c.access_key_id and not re.fullmatch("[A-Za-z0-9_]{1,128}", c.access_key_id)),
    Refusal("secret has an illegal form", "aws-credentials 2.4", "a copy-paste fault", E10,
            lambda c: c.secret and not re.fullmatch("[!-~]{1,512}", c.secret)),
    Refusal("session token has an illegal form", "aws-credentials 2.4", "a copy-paste fault", E10,
            lambda c: not VISIBLE.fullmatch(c.session_token)),
    Refusal("temporary key without its session token", "aws-credentials 5.2", "STS would refuse it", E10,
            lambda c: c.access_key_id.startswith("ASIA") and not c.session_token),
    Refusal("token is too long", "aws-credentials 1.5", "no API server takes it", E10,
            lambda c: c.url is not None and len(token_of(c.url)) > TOKEN_LIMIT_BYTES),
    Refusal("clock is wrong", "aws-credentials 1.4", "before 2020 or after 2100", E10,
            lambda c: not FIRST_SECOND <= c.now <= LAST_SECOND),
]


# --- Generated cases ----------------------------------------------------------------------------

WORD = string.ascii_letters + string.digits
EKS_NAME = WORD + "-_"
BASE64 = WORD + "+/"
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
NON_ASCII = "\u00e9\u00df\u0416\u65e5\u00a0\u2028\ufeff\U0001f511"
CONTROLS = "".join(map(chr, (*range(0x20), 0x7F)))
IDENTIFIER_MARKS = "+/=.:~@,;%&?#!'()*"


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, alphabet, shortest, longest):
        return "".join(self.random.choices(alphabet, k=self.random.randint(shortest, longest)))

    def with_one_of(self, strange, alphabet, longest):
        """Text with at least one strange character, at any place."""
        text = self.text(alphabet, 1, longest - 1)
        at = self.random.randint(0, len(text))
        return text[:at] + self.random.choice(strange) + text[at:]

    def cluster(self):
        return self.random.choice(WORD) + self.text(EKS_NAME, 0, 99)

    def session_token(self):
        raw = self.random.randbytes(self.random.randint(1, 2500 // 4 * 3))
        return base64.b64encode(raw).decode()

    def case(self, **fixed):
        temporary = self.random.random() < 0.5
        drawn = {
            "cluster": self.cluster(),
            "access_key_id": ("ASIA" if temporary else "AKIA") + self.text(string.ascii_uppercase + "234567", 16, 16),
            "secret": self.text(BASE64, 40, 40),
            "session_token": self.session_token() if temporary else "",
            "now": self.random.randint(FIRST_SECOND, LAST_SECOND),
            "api_version": self.random.choice(VERSIONS),
        }
        return Case(**drawn | fixed)

    def group(self, draw):
        """One group: `draw` answers the fields that it is about."""
        return [self.case(**draw()) for _ in range(CASES_PER_GROUP)]


def generated_groups(oracle):
    g = Generator(SEED)
    regions = oracle.regions()
    every_region = sorted(name for names in regions.values() for name in names)

    def region():
        return g.random.choice(every_region)

    def cluster_of(alphabet, shortest, longest):
        return lambda: {"region": region(), "cluster": g.text(alphabet, shortest, longest)}

    def cluster_with(strange, longest):
        return lambda: {"region": region(), "cluster": g.with_one_of(strange, EKS_NAME, longest)}

    def padded_cluster():
        left, right = g.random.choice([(" ", ""), ("", " "), ("\t", "  "), ("", "\n"), ("\r\n", "")])
        return {"region": region(), "cluster": left + g.text(EKS_NAME, 1, 90) + right}

    def arn_or_url():
        start = g.random.choice(["arn:aws:eks:us-west-2:123456789012:cluster/", "arn:", "https://", "x://"])
        return {"region": region(), "cluster": start + g.text(EKS_NAME, 1, 50)}

    def upper_case_region():
        name = region()
        at = g.random.choice([i for i, c in enumerate(name) if c.islower()])
        return {"region": name[:at] + name[at].upper() + name[at + 1:]}

    def region_with_marks():
        return {"region": g.with_one_of("./:@#?%\\ _\t", string.ascii_lowercase + string.digits + "-", 30)}

    def unknown_region():
        return {"region": g.text(string.ascii_lowercase, 2, 3) + "x-" + g.text(string.ascii_lowercase, 2, 8) + "-1"}

    def unlisted_region():
        start = region().rpartition("-")[0].rpartition("-")[0]
        return {"region": f"{start}-{g.text(string.ascii_lowercase, 3, 10)}-{g.random.randint(1, 99)}"}

    def illegal_access_key_id():
        return {"region": region(), "access_key_id": "AKIA" + g.with_one_of("/,+=. %\n\u00e9-", WORD, 20)}

    def illegal_secret():
        return {"region": region(), "secret": g.with_one_of(" \t\n\r\x7f\u00e9", BASE64, 40)}

    def illegal_session_token():
        return {"region": region(), "session_token": g.with_one_of(" \t\n\r\x7f\u00e9", BASE64, 900)}

    groups = {f"regions of {partition}": g.group(lambda: {"region": g.random.choice(names)})
              for partition, names in regions.items()}
    groups |= {
        "regions that no list has": g.group(unlisted_region),
        "regions with a letter in upper case": g.group(upper_case_region),
        "regions with dots, slashes and the like": g.group(region_with_marks),
        "regions of no partition": g.group(unknown_region),
        "pseudo regions": [g.case(region=name) for name in oracle.pseudo_regions()],
        "clusters of letters and URL marks": g.group(cluster_of(WORD + IDENTIFIER_MARKS, 1, 100)),
        "clusters of all printable characters": g.group(cluster_of(PRINTABLE, 1, 100)),
        "clusters of 100 characters": g.group(cluster_of(EKS_NAME, 100, 100)),
        "clusters of 101 characters and more": g.group(cluster_of(EKS_NAME, 101, 300)),
        "clusters with a space": g.group(cluster_with(" ", 100)),
        "clusters with white space at an end": g.group(padded_cluster),
        "clusters with a control character": g.group(cluster_with(CONTROLS, 100)),
        "clusters beyond ASCII": g.group(cluster_with(NON_ASCII, 50)),
        "clusters given as ARN or URL": g.group(arn_or_url),
        "session tokens of all lengths": g.group(lambda: {"region": region(), "session_token": g.session_token()}),
        "session tokens of all printable characters": g.group(
            lambda: {"region": region(), "session_token": g.text(PRINTABLE, 1, 2500)}),
        "keys of all printable characters": g.group(
            lambda: {"region": region(), "access_key_id": "A" + g.text(WORD + "_", 15, 127),
                     "secret": g.text(PRINTABLE, 8, 512)}),
        "keys in the credentials file": g.group(lambda: {"region": region(), "keys_in_file": True}),
        "access key ids of illegal form": g.group(illegal_access_key_id),
        "secrets of illegal form": g.group(illegal_secret),
        "session tokens of illegal form": g.group(illegal_session_token),
    }
    return groups


# --- Edges --------------------------------------------------------------------------------------

def edge_groups(oracle):
    def session_token_for_url_of(length):
        return "A" * (length - len(expected_url(oracle, Case())) - len("&X-Amz-Security-Token="))

    return {
        "edges of the region": [
            Case(note="one digit", region="us-east-9"),
            Case(note="two digits", region="us-east-99"),
            Case(note="three digits", region="us-east-100"),
            Case(note="no number", region="us-east"),
            Case(note="a digit within the name", region="us-ea5t-1"),
            Case(note="no such German region yet", region="eusc-de-west-2"),
            Case(note="no such country", region="eusc-fr-west-1"),
            Case(note="four words", region="us-east-1-extra"),
            Case(note="a host of its own", region="us-east-1.evil.example/"),
            Case(note="a host and a fragment", region="x.evil.example/#"),
            Case(note="user info", region="us-east-1@evil.example"),
            Case(note="a line break at the end", region="us-east-1\n"),
            Case(note="a space in front", region=" us-east-1"),
            Case(note="a blank", region=" "),
            Case(note="beyond ASCII", region="us-\u00e9ast-1"),
            Case(note="a dash in front", region="-us-east-1"),
            Case(note="a dash at the end", region="us-east-1-"),
            Case(note="digits alone", region="123"),
            Case(note="63 bytes", region="us-" + "x" * 58 + "-1"),
            Case(note="64 bytes", region="us-" + "x" * 59 + "-1"),
            Case(note="empty", region=""),
            Case(note="null", region=None),
            Case(note="a number", region=1),
            Case(note="a list", region=["us-east-1"]),
            Case(note="an object", region={"name": "us-east-1"}),
        ],
        "edges of the cluster": [
            Case(note="one character", cluster="a"),
            Case(note="a dash", cluster="-"),
            Case(note="100 bytes", cluster="x" * 100),
            Case(note="101 bytes", cluster="x" * 101),
            Case(note="what looks encoded", cluster="%20%2f+"),
            Case(note="what JSON escapes", cluster='"\\/'),
            Case(note="what Go escapes", cluster="<&>"),
            Case(note="ARN in upper case", cluster="ARN:aws"),
            Case(note="arn: further in", cluster="x-arn:aws"),
            Case(note="half of ://", cluster="a:/b//c:d"),
            Case(note="only arn:", cluster="arn:"),
            Case(note="only ://", cluster="://"),
            Case(note="a line break and a header", cluster="a\r\nx-injected: b"),
            Case(note="NUL", cluster="a\0b"),
            Case(note="DEL", cluster="a\x7f"),
            Case(note="a blank", cluster=" "),
            Case(note="a no-break space", cluster="a\u00a0"),
            Case(note="empty", cluster=""),
            Case(note="null", cluster=None),
            Case(note="a number", cluster=123456),
            Case(note="a boolean", cluster=True),
            Case(note="a list", cluster=["prod"]),
        ],
        "edges of the keys": [
            Case(note="access key id of 1", access_key_id="A"),
            Case(note="access key id of 128", access_key_id="A" * 128),
            Case(note="access key id of 129", access_key_id="A" * 129),
            Case(note="access key id with an underscore", access_key_id="AK_ID"),
            Case(note="access key id with a line break", access_key_id="AKIDEXAMPLE\n"),
            Case(note="secret of 8", secret="Secret-8"),
            Case(note="secret of 512", secret="s" * 512),
            Case(note="secret of 513", secret="s" * 513),
            Case(note="secret with a line break", secret="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n"),
            Case(note="secret with a space in front", secret=" wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            Case(note="no access key id", access_key_id=""),
            Case(note="no secret", secret=""),
            Case(note="no keys", access_key_id="", secret=""),
            Case(note="temporary, without a session token", access_key_id="ASIAEXAMPLE"),
            Case(note="temporary, with it", access_key_id="ASIAEXAMPLE", session_token="Session-Token"),
            Case(note="permanent, with a session token", session_token="Session-Token"),
            Case(note="an empty session token", env={"AWS_SESSION_TOKEN": ""}),
            Case(note="no warning yet", session_token=session_token_for_url_of(3063)),
            Case(note="the shortest token with a warning", session_token=session_token_for_url_of(3064)),
            Case(note="the longest token", session_token=session_token_for_url_of(12279)),
            Case(note="a token too long by one", session_token=session_token_for_url_of(12280)),
        ],
        "edges of the clock": [
            Case(note="the last second of 2019", now=FIRST_SECOND - 1),
            Case(note="the first of 2020", now=FIRST_SECOND),
            Case(note="midnight", now=epoch_of(2026, 1, 2)),
            Case(note="a leap day", now=epoch_of(2028, 2, 29, 23, 59, 59)),
            Case(note="2^31 - 1", now=2**31 - 1),
            Case(note="2^31", now=2**31),
            Case(note="the last second of 2099", now=LAST_SECOND),
            Case(note="2101", now=epoch_of(2101, 1, 1)),
        ],
        "settings of calls do not reach the token": [
            Case(note=name, env={name: value}) for name, value in {
                "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ENDPOINT_URL_STS": "https://evil.example",
                "AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true",
                "AWS_STS_REGIONAL_ENDPOINTS": "legacy", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "cn-north-1",
                "HTTPS_PROXY": "http://127.0.0.1:9", "AWS_RETRY_MODE": "no such mode",
            }.items()
        ],
    }


# --- Comparison ---------------------------------------------------------------------------------

def expected_url(oracle, case):
    """What the AWS CLI signs for the case; None where botocore refuses."""
    try:
        return oracle.presign(EnvProvider(case.keys()).load(), case.region, case.cluster, case.now)
    except (BotoCoreError, ValueError, TypeError, AttributeError):  # the last two: values that are no strings
        return None


def url_difference(url, expected):
    """The first part in which two URLs differ, without a value that is secret."""
    (head, _, query), (expected_head, _, expected_query) = url.partition("?"), expected.partition("?")
    if head != expected_head:
        return f"{head!r} is not {expected_head!r}"
    pairs, expected_pairs = urllib.parse.parse_qsl(query), urllib.parse.parse_qsl(expected_query)
    names, expected_names = [name for name, _ in pairs], [name for name, _ in expected_pairs]
    if names != expected_names:
        return f"parameters {names}, not {expected_names}"
    return "other value or encoding of " + ", ".join(
        name for (name, value), (_, expected_value) in zip(pairs, expected_pairs) if value != expected_value)


def check_equal(case):
    answer = case.answer
    assert answer["code"] == 0, f"exit code {answer['code']}, {answer['err']!a}"
    assert answer["out"].endswith("\n") and answer["out"].count("\n") == 1, "not one line on stdout"
    credential = json.loads(answer["out"])
    assert credential["kind"] == "ExecCredential", credential["kind"]
    assert credential["apiVersion"] == case.api_version, credential["apiVersion"]
    expires = datetime.datetime.fromtimestamp(case.now + TOKEN_LIFE_SECONDS, datetime.timezone.utc)
    stated = credential["status"]["expirationTimestamp"]
    assert stated == expires.strftime("%Y-%m-%dT%H:%M:%SZ"), stated
    # The signature covers the sorted query, so with a session token only the order is ours.
    url = sorted_query(case.url) if case.session_token else case.url
    token = credential["status"]["token"]
    assert token == token_of(url), url_difference(url_of(token), url)
    if len(token) > TOKEN_WARNING_BYTES:
        assert f"EKS token is {len(token)} bytes" in answer["err"], "no warning of the token's size"
    else:
        assert answer["err"] == "", f"{answer['err']!a}"


def check_refused(row, answer):
    assert answer["code"] == 1, f"exit code {answer['code']}; refused by the table: {row.name}"
    assert answer["out"] == "", "stdout is not empty"
    assert answer["err"].startswith(row.message), f"{answer['err']!a} does not start {row.message!a}"
    assert answer["err"].endswith("\n") and answer["err"].count("\n") == 1, "not one line on stderr"


def check(case, counts):
    outputs.said(case.answer["err"])
    # Run by run, since a message may escape what stands between; short ones could be in any text.
    for secret in re.findall("[!-~]{8,}", f"{case.secret}\n{case.session_token}"):
        assert secret not in case.answer["err"], "a secret is on stderr"
    rows = [row for row in REFUSALS if row.applies(case)]
    assert len(rows) <= 1, f"in more than one row of the table: {[row.name for row in rows]}"
    if rows:
        check_refused(rows[0], case.answer)
        counts[rows[0].name] += 1
        counts["refused by botocore too"] += case.url is None
    else:
        assert case.url is not None, "botocore refuses, and no row of the table knows why"
        check_equal(case)
        counts["equal"] += 1


def replay_all(program, cases):
    lines = "".join(json.dumps(case.request()) + "\n" for case in cases)
    run = subprocess.run([program.resolve()], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(cases), f"{len(answers)} answers to {len(cases)} cases"
    return answers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--replay", type=pathlib.Path, required=True)
    program = parser.parse_args().replay

    oracle = GetTokenOracle()
    groups = generated_groups(oracle) | edge_groups(oracle)
    cases = [case for group in groups.values() for case in group]

    tap = Tap()
    with tap.case(f"replay answers all {len(cases)} cases"):
        for case, answer in zip(cases, replay_all(program, cases)):
            case.url = expected_url(oracle, case)
            case.answer = answer
    if tap.failed:
        tap.done()

    counts = Counter()
    index = 0
    for name, group in groups.items():
        with tap.case(f"{name} ({len(group)} cases)"):
            for at, case in enumerate(group, index):
                try:
                    check(case, counts)
                except Exception as difference:  # whatever it is, say with which inputs
                    raise AssertionError(f"case {at}, {case}") from difference
        index += len(group)
    with tap.case("every row of the table refuses something"):
        unused = [row.name for row in REFUSALS if not counts[row.name]]
        assert not unused, unused

    refused = sum(counts[row.name] for row in REFUSALS)
    print(f"# {counts['equal']} equal, {refused} refused as the table says "
          f"({counts['refused by botocore too']} of them by botocore too)")
    for row in REFUSALS:
        print(f"#   {counts[row.name]:3} {row.name}: {row.why} ({row.section})")
    tap.done()


if __name__ == "__main__":
    main()
