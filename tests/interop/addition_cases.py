# SPDX-License-Identifier: Apache-2.0
"""What a ClusterProfile adds to the plugin's arguments and variables, as `access_cases`."""
import json

from access_cases import LOADING, Case
from profiles import ABSENT, ARGS, ENVS, EXEC, Raw, profile, provider, providers, variables

SOME, TWICE = variables(FILE="1", HOST="of the file"), variables(FILE="1") + variables(FILE="2")
AS_YAML = "there JSON is read as YAML"


def args(policy, payload, name, **more):
    return Case(f"additional arguments, {policy}: {name}", providers(provider(args_policy=policy, args=["of the file"])),
                [profile((ARGS, payload))], **more)


def envs(policy, payload, name, **more):
    return Case(f"additional variables, {policy}: {name}", providers(provider(envs_policy=policy, env=SOME)),
                [profile((ENVS, payload))], **more)


BAD_ARGS, BAD_ENVS = "failed to unmarshal additional CLI args extension: ", "failed to unmarshal additional env vars extension: "
NO_ARGS_POLICY = LOADING + "providers[0].profileSourcedCLIArgsPolicy: unsupported ProfileSourcedCLIArgsPolicy: "
NO_ENVS_POLICY = LOADING + "providers[0].profileSourcedEnvVarsPolicy: unsupported ProfileSourcedEnvVarsPolicy: "
DENIED = ["LD_PRELOAD", "DYLD_X", "PATH", "HOME", "KUBERNETES_EXEC_INFO", "AWS_ENDPOINT_URL_STS", "AWS_CONFIG_FILE", "HTTPS_PROXY",
          "no_proxy", "SSL_CERT_FILE", "PYTHONPATH", "home"]
POLICIES = [
    args("Append", ["--tenant", "a b", ""], "list"),
    args("Append", [], "empty list"),
    args("Append", None, "null"),
    args("Append", ABSENT, "no payload"),
    args("Append", ["of the file"], "what is there already"),
    args("Append", {"a": "b"}, "object", error=BAD_ARGS),
    args("Append", "text", "string", error=BAD_ARGS),
    args("Append", [["a"]], "list in the list", error=BAD_ARGS),
    args("Append", ["yes", "1", "null", "~", "a: b", "- x", "# c", "&a", "*a", "!x", "{", "%", "<<"], "what YAML reads in its own way"),
    args("Append", Raw('[\t"a",\n\t"\\u00e9\\n" ]'), "white space and escapes"),
    args("Append", Raw('["a","\U0001f600\u2028"]'), "compact, with emoji and line separator"),
    *(args("Append", Raw(f'["{item}"]'), name, why=AS_YAML, ours={}, theirs=BAD_ARGS) for name, item in [
        ("surrogate pair", "\\ud83d\\ude00"), ("escaped slash", "a\\/b"), ("DEL", "\x7f"), ("C1 control", "\x9f"), ("noncharacter", "\uffff")]),
    args("Append", Raw('["a\x85b"]'), "next line", why=AS_YAML, ours={}, instead={"a b": "a\x85b"}),
    args("Append", ["x"] * 64, "64"),
    args("Append", ["x"] * 65, "65", why="limit of number", ours=BAD_ARGS + "65 arguments, limit 64"),
    args("Append", ["x" * 32769], "of 32769 bytes", why="limit of size",
         ours="arguments and environment variables from a ClusterProfile are too large"),
    args("Append", ["x\0"], "NUL", why="said before the start", ours=BAD_ARGS + "[0]: may not contain NUL",
         theirs="exec: fork/exec @FOLDER@/record: invalid argument"),
    args("Append", [1], "number", why="strings only", ours=BAD_ARGS),
    args("Append", [None], "null in the list", why="strings only", ours=BAD_ARGS),
    args("Ignore", ["--tenant"], "list"),
    args("Ignore", {"a": 1}, "object"),
    args("", ["--tenant"], "list"),
    args(None, {"a": 1}, "object"),
    args("append", ["--tenant"], "another case", why="said when the file is loaded", ours=NO_ARGS_POLICY + '"append"',
         theirs='unsupported ProfileSourcedCLIArgsPolicy: "append"'),
    Case("additional arguments, unknown policy: none", providers(provider(args_policy="x")), [profile()],
         why="said when the file is loaded", ours=NO_ARGS_POLICY + '"x"'),
    Case("additional arguments: twice", providers(provider(args_policy="Append")), [profile((ARGS, ["a"]), (ARGS, ["b"]))], why="our words",
         ours=f'duplicate extension "{ARGS}"', theirs="failed to convert v1 Cluster to internal: "),
    Case("additional arguments: none of the file", providers(provider(args_policy="Append")), [profile((ARGS, ["a"]))]),
    *(envs(policy, payload, name) for policy in ("AppendIfNotExists", "Replace") for name, payload in [
        ("new and old", {"NEW": "n", "FILE": "of the profile", "ALSO": "é\n="}), ("the host's", {"INHERITED": "of the profile"}),
        ("empty object", {}), ("empty value", {"NEW": "", "FILE": ""}), ("compact", Raw('{"NEW":"n","ALSO":"a"}'))]),
    *(envs(policy, payload, name, why="nothing to add is no panic", ours={}, theirs="panic: assignment to entry in nil map")
      for policy in ("AppendIfNotExists", "Replace") for name, payload in [("null", None), ("no payload", ABSENT)]),
    *(Case(f"additional variables, {policy}: {name}, none of the file", providers(provider(envs_policy=policy)), [profile((ENVS, payload))])
      for policy in ("AppendIfNotExists", "Replace") for name, payload in [("null", None), ("no payload", ABSENT), ("new", {"NEW": "n"})]),
    *(Case(f"additional variables, {policy}: one that the file has twice", providers(provider(envs_policy=policy, env=TWICE)),
           [profile((ENVS, {"FILE": "of the profile"}))]) for policy in ("AppendIfNotExists", "Replace")),
    Case("additional variables, AppendIfNotExists: beside one that the file has twice",
         providers(provider(envs_policy="AppendIfNotExists", env=TWICE)), [profile((ENVS, {"NEW": "n"}))]),
    Case("additional variables, Replace: beside one that the file has twice", providers(provider(envs_policy="Replace", env=TWICE)),
         [profile((ENVS, {"NEW": "n"}))], why="the last counts under each policy", ours={}, instead={"FILE=1": "FILE=2"}),
    *(envs(policy, payload, name, error=BAD_ENVS) for policy in ("AppendIfNotExists", "Replace") for name, payload in [
        ("list", ["A=1"]), ("string", "A=1"), ("object within", {"A": {}})]),
    *(envs("Replace", {"NEW": value}, json.dumps(value), why="strings only", ours=BAD_ENVS) for value in (1, True, None)),
    envs("Replace", Raw('{"NEW": "1", "NEW": "2"}'), "name twice", why=AS_YAML, ours={}, theirs=BAD_ENVS),
    envs("Replace", {"N" * 1025: ""}, "name of 1025 bytes", why=AS_YAML, ours={}, theirs=BAD_ENVS),
    envs("Replace", {f"V{number}": "" for number in range(64)}, "64"),
    envs("Replace", {f"V{number}": "" for number in range(65)}, "65", why="limit of number", ours=BAD_ENVS + "65 variables, limit 64"),
    envs("Replace", {"": "1"}, "no name", why="it would be no variable", ours=BAD_ENVS),
    envs("Replace", {"A=B": "1"}, "name with =", why="it would be another variable", ours=BAD_ENVS),
    envs("Ignore", {"NEW": "n"}, "object"),
    envs("Ignore", ["A=1"], "list"),
    envs("", {"NEW": "n"}, "object"),
    envs(None, 5, "number"),
    envs("replace", {"NEW": "n"}, "another case", why="said when the file is loaded", ours=NO_ENVS_POLICY + '"replace"',
         theirs='unsupported ProfileSourcedEnvVarsPolicy: "replace"'),
    Case("additional variables, unknown policy: none", providers(provider(envs_policy="x")), [profile()],
         why="said when the file is loaded", ours=NO_ENVS_POLICY + '"x"'),
    *(envs("Replace", {name: "/x"}, name, why="it would steer the plugin",
           ours=f'environment variable "{name}" may not be set from a ClusterProfile') for name in DENIED),
    envs("Ignore", {"LD_PRELOAD": "/x"}, "LD_PRELOAD"),
    envs("AppendIfNotExists", {"AZURE_CLIENT_ID": "id", "AWS_PROFILE": "p"}, "names that plugins take"),
]

# All in one process of ours, and each in one of its own of theirs, since pkg/access writes what a cluster adds into the provider.
EACH = providers(provider(args_policy="Append", envs_policy="AppendIfNotExists", args=["of the file"], env=SOME))
SEQUENCES = [
    Case("sequence: B has nothing of A's", EACH, [profile((ARGS, ["--a"]), (ENVS, {"A": "1"}), (EXEC, "a")), profile((EXEC, "b"))],
         together=["--a A=1", "--a A=1"]),
    Case("sequence: B's own value, not A's", EACH, [profile((ENVS, {"NEW": value}), (EXEC, value)) for value in "ab"],
         together=["NEW=a", "NEW=a"]),
    Case("sequence: a cluster again", EACH, [profile((ARGS, ["--a"]), (ENVS, {"A": "1"}), (EXEC, "a"))] * 2,
         together=["--a A=1", "--a --a A=1"]),
    Case("sequence: between A and C one that is refused", EACH,
         [profile((ARGS, ["--a"]), (EXEC, "a")), profile((ARGS, {}), (EXEC, "b")), profile((ARGS, ["--c"]), (EXEC, "c"))], error=BAD_ARGS,
         together=["--a", "--a --c"]),
]

CASES = POLICIES + SEQUENCES
