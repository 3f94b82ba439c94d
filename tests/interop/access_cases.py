# SPDX-License-Identifier: Apache-2.0
"""Provider files and ClusterProfiles, and what comes of them.

The plugin gets the same arguments, the same environment and the same bytes of KUBERNETES_EXEC_INFO from our host as from
cluster-inventory-api's pkg/access and client-go, or both refuse, unless `why` says for what reason ours does otherwise.
"""
import json
import typing

from profiles import ABSENT, EXEC, V1, V1BETA1, Raw, named, profile, profile_of, provider, providers, text, variables


class Case(typing.NamedTuple):
    name: str
    file: str
    profiles: typing.List[str]
    error: str = ""  # how it begins where both refuse
    why: str = ""
    ours: typing.Union[str, dict] = ""  # how our error begins, or what our plugin is told of the cluster beside the same
    theirs: str = ""  # how their error begins
    instead: dict = {}  # arguments and variables of theirs, and which ours are
    together: typing.Optional[list] = None  # what they add for each profile, all in one process


PLAIN = providers(provider())
PARSING = "failed to parse ClusterProfile: "
NO_MATCH = 'no matching cluster accessor found for cluster profile "prod"'
LOADING = "failed to unmarshal access providers: "
FIRST_EXEC = LOADING + "providers[0].execConfig."


def config(name, payload, **more):
    return Case("config: " + name, PLAIN, [profile((EXEC, payload))], **more)


def sized(size, **more):
    """With a config that makes so many bytes of KUBERNETES_EXEC_INFO."""
    info = {"kind": "ExecCredential", "apiVersion": V1,
            "spec": {"cluster": {"server": "https://prod.example:6443", "config": ""}, "interactive": False}}
    rest = len(json.dumps(info, separators=(",", ":")) + "\n")
    return Case(f"config: {size} bytes in all", PLAIN, [profile((EXEC, "x" * (size - rest)), certificate_authority_data="")], **more)


CONFIGS = [
    Case("config: no extension", PLAIN, [profile()]),
    Case("config: extensions of other names", PLAIN,
         [profile(("example.com/x", {"a": 1}), ("client.authentication.k8s.io/EXEC", {"a": 1}))]),
    config("extension without a payload", ABSENT),
    config("null", None),
    config("empty object", {}),
    config("object, not sorted", {"region": "us-west-2", "clusterId": "c1", "a": {"z": 1, "b": [None, True, False]}}),
    config("array", [1, "a", None]),
    config("string with <, >, & and line separators", Raw('"a<b>&c\u2028\u2029ö😀/"')),
    config("string with escapes", Raw(r'"\u00e9\/\ud83d\ude00\n\u003c\u0000\u2028"')),
    config("true", True),
    config("false", False),
    config("zero", 0),
    config("minus zero", Raw("-0")),
    config("all digits past 64 bits", Raw("12345678901234567890123")),
    config("past 2 to the 53rd", Raw("9007199254740993")),
    config("1.10", Raw("1.10")),
    config("1E400", Raw("1E400")),
    config("white space within", Raw('{ "a" :\t[ 1 ,\n 2 ] , "b" : { } }')),
    config("duplicate names", Raw('{"a": 1, "a": 2}')),
    config("with apiVersion and kind of its own", {"apiVersion": "v1", "kind": "Status", "message": "m"}),
    config("nested 400 times", Raw("[" * 400 + "]" * 400)),
    config("nested 600 times", Raw("[" * 600 + "]" * 600), why="limit of our parser", ours=PARSING),
    sized(131050),
    sized(131051, why="said before the start", ours="KUBERNETES_EXEC_INFO is too large (131051 bytes, limit 131050)",
          theirs="exec: fork/exec @FOLDER@/record: argument list too long"),
    Case("config: v1beta1", providers(provider(apiVersion=V1BETA1)), [profile((EXEC, {"a": 1}))]),
    Case("config: provideClusterInfo false", providers(provider(provideClusterInfo=False)), [profile((EXEC, {"a": 1}))]),
    Case("config: provideClusterInfo null", providers(provider(provideClusterInfo=None)), [profile((EXEC, {"a": 1}))]),
    Case("config: the extension twice", PLAIN, [profile((EXEC, {"a": 1}), (EXEC, {"a": 2}))], why="our words",
         ours='duplicate extension "client.authentication.k8s.io/exec"', theirs="failed to convert v1 Cluster to internal: "),
    Case("config: another extension twice", PLAIN, [profile(("x", 1), ("x", 2))], why="our words",
         ours='duplicate extension "x"', theirs="failed to convert v1 Cluster to internal: "),
]

CLUSTERS = [
    Case("cluster: no CA", PLAIN, [profile(certificate_authority_data="")]),
    Case("cluster: null CA", PLAIN, [profile(certificate_authority_data=None)]),
    Case("cluster: CA in lines", PLAIN, [profile(certificate_authority_data="@CA IN LINES@")]),
    Case("cluster: CA that isn't PEM", PLAIN, [profile(certificate_authority_data="QUJD")], why="who needs the CA reads it", ours={},
         theirs="unable to load root certificates: "),
    Case("cluster: CA that isn't base64", PLAIN, [profile(certificate_authority_data="QUJ*")], why="who needs the CA decodes it",
         ours={}, theirs="illegal base64 data at input byte 3"),
    Case("cluster: proxy", PLAIN, [profile(proxy_url="http://u:p@127.0.0.1:9?a=b&c")]),
    Case("cluster: empty proxy", PLAIN, [profile(proxy_url="")]),
    Case("cluster: proxy in upper case and with an umlaut", PLAIN, [profile(proxy_url="HTTP://u:p@Proxy.example:80/ä")],
         why="Go writes the URL anew", ours={"proxy-url": "HTTP://u:p@Proxy.example:80/ä"}),
    Case("cluster: proxy that is no URL", PLAIN, [profile(proxy_url="http://a b")], why="who uses the proxy reads its URL", ours={},
         theirs="invalid character"),
    Case("cluster: path in the server", PLAIN, [profile(server="https://prod.example:6443/clusters/<a>")]),
    Case("cluster: names in another case, null and unknown ones", PLAIN,
         [profile(Server="https://other.example", PROXY_URL="http://u", tls_server_name=None, unknown=[1])]),
    Case("cluster: path of a CA", PLAIN, [profile(certificate_authority="/etc/passwd")]),
    Case("cluster: server name and compression", PLAIN, [profile(tls_server_name="x.example", disable_compression=True)],
         why="the access library drops them", ours={"tls-server-name": "x.example", "disable-compression": True}),
    Case("cluster: no check of the certificate", PLAIN, [profile(insecure_skip_tls_verify=True)],
         why="the token would go to anybody; the access library drops it",
         ours="cluster.insecure-skip-tls-verify: true is refused from a ClusterProfile; "),
    Case("cluster: plain HTTP", PLAIN, [profile(server="http://prod.example:8080")],
         why="the token would go over the wire in clear text", ours="cluster.server: http:// would send the credential in clear text; "),
    *(Case(f"cluster: server {server!r}", PLAIN, [profile(server=server)], why="not what everybody reads alike",
           ours="cluster.server: ")
      for server in ("", "prod.example", "ftp://prod.example", "https://u:p@prod.example", "https://prod.example/ä", "https://")),
    *(Case(f"cluster: server {server!r}", PLAIN, [profile(server=server)])
      for server in ("HTTPS://Prod.Example:6443", "https://prod.example:6443/", "https://prod.example/?q=1&r", "https://[::1]:6443")),
    Case("cluster: server a number", PLAIN, [profile(server=5)], why="our words", ours=PARSING,
         theirs="json: cannot unmarshal number into Go struct field"),
    Case("profile: no JSON", PLAIN, ["kind: ClusterProfile"], why="our words", ours=PARSING, theirs="invalid character"),
    *(Case("profile: " + name, PLAIN, [content], why="our words", ours=PARSING, theirs=theirs) for name, content, theirs in [
        ("text behind", profile() + "x", "invalid character 'x'"), ("array", f"[{profile()}]", "json: cannot unmarshal array"),
        ("byte order mark", "\ufeff" + profile(), "invalid character"),
        ("extensions an object", profile(extensions={}), "json: cannot unmarshal object")]),
    Case("profile: another version", PLAIN, [profile().replace("v1alpha1", "v9")]),
    Case("profile: neither kind nor version", PLAIN, [profile().replace("apiVersion", "x").replace("kind", "y")]),
    Case("profile: another kind", PLAIN, [profile().replace('"ClusterProfile"', '"ClusterProfileList"')],
         why="a typed client would have refused it", ours=PARSING + "kind: expected ClusterProfile"),
    Case("profile: another group", PLAIN, [profile().replace("multicluster.x-k8s.io", "config.projectsveltos.io")],
         why="a typed client would have refused it", ours=PARSING + "apiVersion: expected multicluster.x-k8s.io"),
    Case("profile: kind a number", PLAIN, [profile().replace('"ClusterProfile"', "5")], why="our words", ours=PARSING,
         theirs="json: cannot unmarshal number"),
    Case("profile: a name twice", PLAIN, [profile().replace('"server"', '"server": "https://other.example", "server"')]),
    *(Case("profile: " + name, PLAIN, [content], why="who needs them reads them", ours={}, theirs="json: cannot unmarshal ")
      for name, content in [
          ("spec a number", profile().replace('{"displayName": "prod"}', "5")),
          ("conditions a string", profile_of(accessProviders=[named("acme", 1)], conditions="x"))]),
    Case("profile: null extensions", PLAIN, [profile(extensions=None)]),
    Case("profile: an access provider twice", PLAIN, [profile_of(accessProviders=[named("acme", 1), named("acme", 2)])],
         why="a list map has each name once", ours=PARSING),
    Case("profile: no cluster", PLAIN, [profile_of(accessProviders=[{"name": "acme"}])], why="there is no server",
         ours="cluster.server: missing"),
    Case("profile: no status", PLAIN, [text({"metadata": {"name": "prod"}})], error=NO_MATCH),
]

CHOICES = [
    Case("choice: the file's order counts", providers(provider("b", args=["b"]), provider("a", args=["a"])),
         [profile_of(accessProviders=[named("a", 1), named("b", 2)])]),
    Case("choice: credentialProviders", PLAIN, [profile_of(credentialProviders=[named("acme", "old")])]),
    Case("choice: in both lists", PLAIN, [profile_of(credentialProviders=[named("acme", "old")], accessProviders=[named("acme", "new")])]),
    Case("choice: one in each list", providers(provider("b"), provider("a")),
         [profile_of(credentialProviders=[named("b", "old")], accessProviders=[named("a", "new")])]),
    *(Case("choice: none of " + name, file, [profile()], error=NO_MATCH)
      for name, file in [("the file", providers(provider("other"))), ("an empty file", "{}"), ("null providers", '{"providers": null}')]),
    Case("choice: without execConfig", text({"providers": [{"name": "acme", "execConfig": None}]}), [profile()],
         why="said when the file is loaded", ours=LOADING + 'providers[0].execConfig: no exec config found for provider "acme"',
         theirs='no exec config found for provider "acme"'),
]

COMMANDS = [
    Case("arguments: verbatim", providers(provider(args=["a b", "", "$HOME", "*", "é", "-x=1;true", "\n"])), [profile()]),
    Case("arguments and env: null", providers(provider(args=None, env=None)), [profile()]),
    Case("env: of the file over the host's", providers(provider(env=variables(FILE="", HOST="é=\n"))), [profile()]),
    Case("env: twice", providers(provider(env=variables(FILE="1") + variables(FILE="2"))), [profile()]),
    Case("env: KUBERNETES_EXEC_INFO", providers(provider(env=variables(KUBERNETES_EXEC_INFO="{}"))), [profile()]),
    Case("env: name with =", providers(provider(env=variables(**{"A=B": "1"}))), [profile()], why="it would be another variable",
         ours=FIRST_EXEC + 'env[0].name: may not contain "="'),
    Case("env: no name", providers(provider(env=variables(**{"": "1"}))), [profile()], why="as kubectl says",
         ours=FIRST_EXEC + "env[0].name: env variable name must be specified for acme to use exec authentication plugin"),
    Case("env: NUL", providers(provider(env=variables(A="1\0"))), [profile()], why="said when the file is loaded",
         ours=FIRST_EXEC + "env[0].value: may not contain NUL", theirs="exec: exec: environment variable contains NUL"),
    Case("arguments: NUL", providers(provider(args=["1\0"])), [profile()], why="said when the file is loaded",
         ours=FIRST_EXEC + "args[0]: may not contain NUL", theirs="exec: fork/exec @FOLDER@/record: invalid argument"),
    Case("command: in PATH", providers(provider(command="record-in-path")), [profile()]),
    Case("command: in the env's PATH only", providers(provider(command="provider-only", env=variables(PATH="@FOLDER@/env"))), [profile()],
         error="exec: executable provider-only not found"),
    Case("command: by . and nothing in PATH", providers(provider(command="record")), [profile()],
         error="exec: executable record not found"),
    *(Case(f"command: {command}", providers(provider(command=command)), [profile()])
      for command in ("@FOLDER@//record", "@FOLDER@/bin/../record", "../record")),
    *(Case(f"command: {command}", providers(provider(command=command)), [profile()], error=error) for command, error in [
        ("@FOLDER@/record x", "exec: fork/exec @FOLDER@/record x: no such file or directory"), (".", "exec: executable . not found")]),
    Case("command: below the working directory", providers(provider(command="here/record")), [profile()]),
    Case("command: in the working directory", providers(provider(command="./record")), [profile()],
         why="client-go makes a name of it and searches PATH", ours={}, theirs="exec: executable record not found"),
    Case("command: not there, with a hint", providers(provider(command="no-record", installHint="get it")), [profile()],
         why="the access library drops the hint", ours="exec: executable no-record not found\n\nget it",
         theirs="exec: executable no-record not found"),
    Case("command: empty", providers(provider(command="")), [profile()], why="said when the file is loaded",
         ours=FIRST_EXEC + "command: command must be specified for acme to use exec authentication plugin", theirs="exec: "),
    *(Case(f"{member}: null in the list", providers(provider(**{member: [None]})), [profile()], why="strings and variables only",
           ours=FIRST_EXEC + f"{member}[0]: expected ") for member in ("args", "env")),
    Case("interactiveMode Always", providers(provider(interactiveMode="Always")), [profile()]),
    *(Case(f"apiVersion {version}", providers(provider(apiVersion=version)), [profile()], why="said when the file is loaded",
           ours=FIRST_EXEC + f'apiVersion: exec plugin: invalid apiVersion "{version}"',
           theirs=f'exec plugin: invalid apiVersion "{version}"')
      for version in ("", "client.authentication.k8s.io/v1alpha1", "client.authentication.k8s.io/v2", "v1")),
]

FILES = [
    Case("file: names in another case", text({"PROVIDERS": [{"Name": "acme", "EXECCONFIG": {
        "ApiVersion": V1, "Command": "@FOLDER@/record", "ARGS": ["a"], "Env": [{"Name": "A", "VALUE": "1"}],
        "PROVIDECLUSTERINFO": True}}]}), [profile()]),
    Case("file: unknown names", text({"x": 1, "providers": [{"x": {}, **provider(x=[], config={"a": 1}, stdinUnavailable=True)}]}),
         [profile()]),
    Case("file: duplicate names",
         PLAIN.replace('"name"', '"name": "other", "name"').replace('"command"', '"command": "other", "command"'), [profile()]),
    Case("file: a name in the right case and in another", PLAIN.replace('"acme"', '"acme", "NAME": "other"'), [profile()],
         why="in Go the last one counts", ours={}, theirs="no matching cluster accessor found"),
    Case("file: a name in two other cases", PLAIN.replace('"command"', '"Args": [], "ARGS": [], "command"'), [profile()],
         why="in Go the last one counts", ours=LOADING + 'providers[0].execConfig: ambiguous key "args"'),
    Case("file: not UTF-8", PLAIN.replace('"name"', '"x": "\ud800", "name"'), [profile()], why="JSON is UTF-8", ours=LOADING),
    Case("file: unknown name nested 600 times", PLAIN.replace('"name"', '"x": ' + "[" * 600 + "]" * 600 + ', "name"'), [profile()],
         why="limit of depth", ours=LOADING),
    Case("file: a null provider", PLAIN.replace('[{', '[null, {', 1), [profile()], why="a provider is an object",
         ours=LOADING + "providers[0]: expected object, got null"),
    Case("file: a name twice", providers(provider(args=["first"]), provider(args=["second"])), [profile()],
         why="one of them would never be used", ours=LOADING + 'providers[1].name: duplicate provider name "acme"'),
    *(Case("file: " + name, content, [profile()], error=LOADING) for name, content in [
        ("empty", ""), ("byte order mark", "\ufeff" + PLAIN), ("text behind", PLAIN + "x"), ("a comment", "// mine\n" + PLAIN),
        ("array", "[]"), ("cut short", PLAIN[:-1]),
        ("providers an object", '{"providers": {}}'), ("name a number", PLAIN.replace('"acme"', "5")),
        ("argument a number", providers(provider(args=[1]))), ("env an object", providers(provider(env={"A": "b"}))),
        ("env value a number", providers(provider(env=[{"name": "A", "value": 1}]))),
        ("provideClusterInfo a string", providers(provider(provideClusterInfo="true"))),
        ("command a number", providers(provider(command=5))),
        ("execConfig an array", text({"providers": [{"name": "acme", "execConfig": []}]}))]),
    Case("file: null", "null", [profile()], why="not a file that anybody means", ours=LOADING,
         theirs="no matching cluster accessor found"),
    Case("file: YAML", "providers: []\n", [profile()], error=LOADING),
]

CASES = CONFIGS + CLUSTERS + CHOICES + COMMANDS + FILES
