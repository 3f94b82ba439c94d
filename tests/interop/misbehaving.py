# SPDX-License-Identifier: Apache-2.0
"""Plugins that answer in every way that a plugin shouldn't, and some that should, with the verdict on each.

Our host and client-go have one verdict, unless `client_go` says which client-go has, and `why` the reason.
"""
import json
import typing

V1, V1BETA1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
TOKEN = "hosttoken"


class Accepted(typing.NamedTuple):
    token: str = TOKEN
    certificate: str = ""  # PEM; of several the leaf first
    expires: typing.Optional[str] = None


class Refused(typing.NamedTuple):
    start: str  # of the error; client-go's may go on in another way
    word: str = "EXEC-BAD-ANSWER"  # our own, as is
    end: str = ""  # of our error, behind `start`


class Plugin(typing.NamedTuple):
    name: str
    verdict: typing.Union[Accepted, Refused]
    out: typing.Union[str, bytes] = ""  # what is in the file that the script may print
    script: str = 'cat "$0.out"'  # of /bin/sh
    version: str = V1  # that it is asked for
    why: str = ""
    client_go: typing.Union[Accepted, Refused, None] = None
    no_limit: bool = False  # client-go would wait for it without end
    mode: int = 0o755
    command: str = "{folder}/plugin"


def credential(version=V1, kind="ExecCredential", **status):
    return json.dumps({"kind": kind, "apiVersion": version, "status": status}, ensure_ascii=False)


GOOD = credential(token=TOKEN)


def before_kind(members):
    return GOOD.replace('"kind"', members + ', "kind"')


def sized(size):
    """A good answer of so many bytes."""
    return credential(token=TOKEN, unknown="x" * (size - len(credential(token=TOKEN, unknown=""))))


STATUS = json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "tenant is locked",
                     "reason": "InternalError", "code": 500})
YAML = f"kind: ExecCredential\napiVersion: {V1}\nstatus:\n  token: {TOKEN}\n"

DECODING = Refused("decoding stdout: ")
NO_TOKEN = Refused("exec plugin didn't return a token or cert/key pair")
NO_STATUS = Refused("exec plugin didn't return a status field")
HALF_PAIR = Refused("exec plugin returned only certificate or key, not both")
BAD_TOKEN = Refused("exec plugin returned an invalid token")
BAD_PAIR = Refused("failed parsing client key/certificate: ")


def other_version(version, asked=V1):
    return Refused(f"exec plugin is configured to use API version {asked}, plugin returned version {version}")


def failed(code, end=""):
    return Refused(f"exec: executable {{folder}}/plugin failed with exit code {code}", "EXEC-FAILED", end)


def not_started(why):
    return Refused(f"exec: fork/exec {{folder}}/plugin: {why}", "EXEC-NOT-FOUND")


# Where no apiVersion is found; client-go has a version of its own for that.
NO_VERSION = Refused(f"exec plugin is configured to use API version {V1}, plugin returned no apiVersion")
INTERNAL = other_version("client.authentication.k8s.io/__internal")


def no_version(name, out="", **more):
    return Plugin(name, NO_VERSION, out, **{"why": "our words", "client_go": INTERNAL, **more})


TIMED_OUT = Refused("exec: executable {folder}/plugin timed out after 1s", "EXEC-TIMEOUT")
TOO_MUCH = Refused("exec: executable {folder}/plugin wrote more than 1048576 bytes to stdout", "EXEC-FAILED")

ENDS = [
    Plugin("exit 1", failed(1), script="exit 1"),
    Plugin("exit 3 with a message on stderr", failed(3, ": [acme] tenant is locked"), script="echo '[acme] tenant is locked' >&2; exit 3"),
    Plugin("exit 1 with a good credential", failed(1), GOOD, 'cat "$0.out"; exit 1'),
    Plugin("exit 1 with a metav1.Status", failed(1, ": tenant is locked"), STATUS, 'cat "$0.out"; exit 1'),
    Plugin("exit 255", failed(255), script="exit 255"),
    Plugin("ended by SIGTERM", failed(-1, " (signal 15)"), GOOD, 'cat "$0.out"; kill -TERM $$'),
    Plugin("ended by SIGKILL", failed(-1, " (signal 9)"), GOOD, 'cat "$0.out"; kill -KILL $$'),
    no_version("only stderr", script="echo '[acme] all is well' >&2"),
    no_version("closes stdout early", script="exec >&-; exec 2>&-; sleep 0.1"),
    Plugin("prints, closes stdout and goes on", Accepted(), GOOD, 'cat "$0.out"; exec >&-; sleep 0.1'),
    Plugin("prints in pieces", Accepted(), GOOD, 'head -c 20 "$0.out"; sleep 0.1; tail -c +21 "$0.out"'),
    Plugin("a megabyte on stderr", Accepted(), GOOD, 'head -c 1048576 /dev/zero | tr "\\0" x >&2; cat "$0.out"'),
    Plugin("reads its stdin, which is empty", Accepted(), GOOD, 'test -z "$(cat)" && cat "$0.out"'),
    Plugin("a child in the background holds stdout", Accepted(), GOOD, 'sleep 2 & cat "$0.out"'),
    Plugin("hangs", TIMED_OUT, GOOD, 'cat "$0.out"; sleep 60', why="client-go has no time limit", no_limit=True),
    Plugin("hangs and ignores SIGTERM", TIMED_OUT, script="trap '' TERM; sleep 60 & wait; sleep 60",
           why="client-go has no time limit", no_limit=True),
    Plugin("1 MiB of output", Accepted(), sized(1048576)),
    Plugin("a byte more than 1 MiB of output", TOO_MUCH, sized(1048577), why="client-go has no limit of size", client_go=Accepted()),
    Plugin("output without end", TOO_MUCH, script="exec cat /dev/zero", why="client-go has no limit of size", no_limit=True),
    Plugin("isn't there", not_started("no such file or directory"), mode=0),
    Plugin("isn't executable", not_started("permission denied"), mode=0o644),
    Plugin("is a directory", Refused("exec: fork/exec {folder}: permission denied", "EXEC-NOT-FOUND"), command="{folder}"),
    Plugin("isn't a program", Refused("exec: fork/exec {folder}/plugin.out: exec format error", "EXEC-NOT-FOUND"), "no program",
           command="{folder}/plugin.out"),
    Plugin("isn't in PATH", Refused("exec: executable no-such-plugin not found", "EXEC-NOT-FOUND"), command="no-such-plugin"),
]

TEXTS = [
    Plugin("a token", Accepted(), GOOD),
    Plugin("as v1beta1", Accepted(), credential(V1BETA1, token=TOKEN), version=V1BETA1),
    Plugin("white space around", Accepted(), " \t\r\n\n" + GOOD + "\n \t\n"),
    Plugin("CRLF line ends", Accepted(), json.dumps(json.loads(GOOD), indent=4).replace("\n", "\r\n")),
    Plugin("byte order mark", Accepted(), "\ufeff" + GOOD),
    Plugin("unknown fields and spec, metadata of any type", Accepted(),
           before_kind('"x": [{}], "metadata": 5, "spec": {"interactive": true, "x": 1}').replace('"token"', '"x": null, "token"')),
    Plugin("a number past all types in an unknown field", Accepted(), before_kind('"x": 1234567890123456789012345678901e99')),
    Plugin("unknown field nested 511 times", Accepted(), before_kind('"x": ' + "[" * 511 + "]" * 511)),
    Plugin("unknown field nested 512 times", DECODING, before_kind('"x": ' + "[" * 512 + "]" * 512), why="limit of depth",
           client_go=Accepted()),
    Plugin("unknown field nested 10001 times", DECODING, before_kind('"x": ' + "[" * 10001 + "]" * 10001)),
    Plugin("no kind", Accepted(), GOOD.replace('"kind": "ExecCredential", ', "")),
    Plugin("empty kind", Accepted(), credential(kind="", token=TOKEN)),
    Plugin("null kind", Accepted(), credential(kind=None, token=TOKEN)),
    Plugin("two apiVersions", Accepted(), before_kind('"apiVersion": "x"')),
    Plugin("null for spec", Accepted(), before_kind('"spec": null')),
    *(Plugin(f"spec {spec}", Accepted(), before_kind('"spec": ' + spec), why="what it echoes isn't read", client_go=DECODING)
      for spec in ("5", "[]", '{"interactive": "x"}', '{"cluster": "x"}')),
    Plugin("two tokens", Accepted(), GOOD.replace('"token"', '"token": "first", "token"')),
    Plugin("escapes in the token", Accepted("host/token"), credential(token="TOKEN").replace("TOKEN", "\\u0068ost\\/token")),
    Plugin("nulls for what isn't there", Accepted(),
           credential(token=TOKEN, clientCertificateData=None, clientKeyData=None, expirationTimestamp=None)),
    Plugin("kind, token and status in upper case beside the right ones", Accepted(),
           before_kind('"KIND": "Foo", "STATUS": 5').replace('"token"', '"TOKEN": "other", "token"')),
    no_version("nothing"),
    no_version("a line end", "\n"),
    no_version("a byte order mark", "\ufeff"),
    Plugin("two byte order marks", DECODING, "\ufeff\ufeff" + GOOD, why="JSON has none; one is let pass", client_go=Accepted()),
    no_version("null", "null"),
    no_version("an empty object", "{}"),
    no_version("no apiVersion", GOOD.replace(f'"apiVersion": "{V1}", ', "")),
    no_version("null apiVersion", credential(None, token=TOKEN)),
    no_version("empty apiVersion", credential("", token=TOKEN)),
    no_version("ApiVersion", GOOD.replace("apiVersion", "ApiVersion"), why="exact names, as in all the rest", client_go=Accepted()),
    Plugin("KIND behind kind", Accepted(), GOOD.replace('"ExecCredential"', '"ExecCredential", "KIND": "Foo"'),
           why="exact names, as in all the rest", client_go=DECODING),
    Plugin("a word", DECODING, "hello\n"),
    Plugin("a page", DECODING, "<html><body>Forbidden</body></html>"),
    Plugin("a page that is YAML", DECODING, "<html><body>403: Forbidden</body></html>", why="JSON only", client_go=INTERNAL),
    Plugin("cut short", DECODING, GOOD[:-1]),
    Plugin("an array", DECODING, f"[{GOOD}]"),
    Plugin("a number", DECODING, "5"),
    Plugin("garbage behind", DECODING, GOOD + "\ngarbage"),
    Plugin("two objects", DECODING, GOOD + "\n" + GOOD),
    Plugin("NUL behind", DECODING, GOOD + "\0"),
    Plugin("a log line before", DECODING, "tenant: is open\n" + GOOD),
    Plugin("a comment", DECODING, GOOD.replace("{", "{ // all of it\n", 1)),
    Plugin("a comma too many", DECODING, GOOD[:-1] + ",}"),
    Plugin("single quotes", DECODING, GOOD.replace('"', "'")),
    *(Plugin(f"in an unknown field {value!r}", DECODING, before_kind('"x": ' + value))
      for value in ("01", "+1", "1.", "NaN", "tRUE", '"a\tb"', '"\0"', '"\\x"')),
    *(Plugin(f"{name} before", DECODING, character + GOOD) for name, character in (("form feed", "\f"), ("no-break space", "\xa0"))),
    Plugin("in an unknown field half a surrogate pair", DECODING, before_kind('"x": "\\ud800"'), why="JSON is UTF-8", client_go=Accepted()),
    Plugin("in an unknown field what isn't UTF-8", DECODING, before_kind('"x": "?"').encode().replace(b"?", b"\xff"), why="JSON is UTF-8",
           client_go=Accepted()),
    Plugin("UTF-16", DECODING, GOOD.encode("utf-16"), why="JSON is UTF-8", client_go=Accepted()),
    Plugin("kind Foo", DECODING, credential(kind="Foo", token=TOKEN)),
    Plugin("kind in lower case", DECODING, credential(kind="execcredential", token=TOKEN)),
    Plugin("kind a number", DECODING, credential(kind=5, token=TOKEN)),
    Plugin("kind Foo and no apiVersion", DECODING, '{"kind": "Foo", "status": {"token": "x"}}'),
    Plugin("apiVersion a number", DECODING, credential(5, token=TOKEN)),
    *(Plugin("apiVersion " + version, DECODING, credential(version, token=TOKEN))
      for version in (V1 + "alpha1", "example.com/v1", "v1", "client.authentication.k8s.io", "a/b/c")),
    Plugin("apiVersion __internal", DECODING, credential("client.authentication.k8s.io/__internal", token=TOKEN), why="our words",
           client_go=INTERNAL),
    Plugin("asked for v1, answers v1beta1", other_version(V1BETA1), credential(V1BETA1, token=TOKEN)),
    Plugin("asked for v1beta1, answers v1", other_version(V1, V1BETA1), GOOD, version=V1BETA1),
    Plugin("YAML", DECODING, YAML, why="JSON only", client_go=Accepted()),
    Plugin("YAML of two documents", DECODING, YAML + "---\nhello\n", why="JSON only", client_go=Accepted()),
    Plugin("a metav1.Status and exit 0", DECODING, STATUS),
]

STATUSES = [
    Plugin("no status", NO_STATUS, '{"kind": "ExecCredential", "apiVersion": "%s"}' % V1),
    Plugin("null status", NO_STATUS, '{"kind": "ExecCredential", "apiVersion": "%s", "status": null}' % V1),
    Plugin("status in upper case", NO_STATUS, GOOD.replace("status", "STATUS")),
    Plugin("status an array", DECODING, '{"kind": "ExecCredential", "apiVersion": "%s", "status": []}' % V1),
    Plugin("status a string", DECODING, '{"kind": "ExecCredential", "apiVersion": "%s", "status": "x"}' % V1),
    Plugin("status twice, the last null", NO_STATUS, GOOD[:-1] + ', "status": null}'),
    Plugin("status twice, the last without a token", NO_TOKEN, GOOD[:-1] + ', "status": {"x": 1}}', why="Go puts both into one",
           client_go=Accepted()),
    Plugin("status twice, the first of a wrong type", Accepted(), before_kind('"status": {"token": 5}'), why="the last one counts",
           client_go=DECODING),
    Plugin("certificate a number", DECODING, credential(token=TOKEN, clientCertificateData=5)),
    Plugin("empty status", NO_TOKEN, credential()),
    Plugin("empty token", NO_TOKEN, credential(token="")),
    Plugin("null token", NO_TOKEN, credential(token=None)),
    Plugin("Token", NO_TOKEN, credential(Token=TOKEN)),
    Plugin("token a number", DECODING, credential(token=5)),
    Plugin("token a boolean", DECODING, credential(token=True)),
    Plugin("token an array", DECODING, credential(token=[TOKEN])),
    *(Plugin(f"token with {character!r}", BAD_TOKEN, credential(token=TOKEN + character), why="our words; there it is HTTP that refuses",
             client_go=Refused('net/http: invalid header field value for "Authorization"')) for character in "\r\n\0\x7f"),
    Plugin("token with a space", BAD_TOKEN, credential(token="host token"), why="no bearer token has a space",
           client_go=Accepted("host token")),
    Plugin("token with a tab", BAD_TOKEN, credential(token="host\ttoken"), why="no bearer token has a tab",
           client_go=Accepted("host\ttoken")),
    Plugin("token outside ASCII", BAD_TOKEN, credential(token="hösttoken"), why="no bearer token has it",
           client_go=Accepted("hösttoken")),
    Plugin("token of a space", BAD_TOKEN, credential(token=" "), why="no bearer token", client_go=Accepted("")),
    Plugin("token of 65536 bytes", Accepted("t" * 65536), credential(token="t" * 65536)),
    Plugin("token of 65537 bytes", BAD_TOKEN, credential(token="t" * 65537), why="limit of size", client_go=Accepted("t" * 65537)),
    Plugin("token that isn't UTF-8", DECODING, credential(token="host?token").encode().replace(b"?", b"\xff"), why="JSON is UTF-8",
           client_go=Accepted("host\ufffdtoken")),
    Plugin("token with half a surrogate pair", DECODING, credential(token="host?token").replace("?", "\\ud800"), why="JSON is UTF-8",
           client_go=Accepted("host\ufffdtoken")),
]


def timestamp(text, verdict, **more):
    return Plugin(f"expirationTimestamp {json.dumps(text)}", verdict, credential(token=TOKEN, expirationTimestamp=text), **more)


ENDLESS = "0001-01-01T00:00:00Z"
STRICTER = "Go takes more than RFC 3339"
TIMES = [
    timestamp("2030-01-02T03:04:05Z", Accepted(expires="2030-01-02T03:04:05Z")),
    timestamp("2030-01-02T03:04:05+09:00", Accepted(expires="2030-01-01T18:04:05Z")),
    timestamp("2030-01-02T03:04:05-00:30", Accepted(expires="2030-01-02T03:34:05Z")),
    timestamp("2030-01-02T03:04:05.9Z", Accepted(expires="2030-01-02T03:04:05Z")),
    timestamp("2030-01-02T03:04:05.123456789Z", Accepted(expires="2030-01-02T03:04:05Z")),
    timestamp("2028-02-29T00:00:00Z", Accepted(expires="2028-02-29T00:00:00Z")),
    timestamp("9999-12-31T23:59:59Z", Accepted(expires="9999-12-31T23:59:59Z")),
    timestamp("2000-01-01T00:00:00Z", Accepted(expires="2000-01-01T00:00:00Z")),
    timestamp("0000-01-01T00:00:00Z", Accepted(expires="0000-01-01T00:00:00Z")),
    timestamp(ENDLESS, Accepted()),
    timestamp("0001-01-01T09:00:00+09:00", Accepted()),
    timestamp(None, Accepted()),
    *(timestamp(text, DECODING) for text in [
        "", "never", "1893456000", "2030-01-02t03:04:05Z", "2030-01-02T03:04:05z", "2030-01-02 03:04:05Z", "2030-01-02T03:04:05",
        "2030-01-02T03:04:05+0900", "2030-01-02T03:04Z", "10000-01-02T03:04:05Z", "2030-13-02T03:04:05Z", "2030-01-02T24:04:05Z",
        "2030-01-02T03:04:60Z", "2030-02-30T03:04:05Z", "2027-02-29T00:00:00Z", "2030-01-02T03:04:05.Z", " 2030-01-02T03:04:05Z",
        "2030-01-02T03:04:05Z ", 1893456000, True, {}]),
    *(timestamp(text, DECODING, why=STRICTER, client_go=Accepted()) for text in [
        "2030-01-02T03:04:05,5Z", "2030-01-02T3:04:05Z", "2030-01-02T03:04:05-24:00", "2030-01-02T03:04:05+09:60",
        "2030-01-02T03:04:05.1234567890Z"]),
]


def pairs(pem):
    """`pem` has the certificates and keys `a` and `b`, and the key of `a` in other forms."""
    def plugin(name, verdict, certificate, key, **more):
        status = {"clientCertificateData": certificate, "clientKeyData": key, **more}
        return Plugin(name, verdict, credential(**{field: text for field, text in status.items() if text}))

    a, a_key, b, b_key = pem["a"], pem["a.key"], pem["b"], pem["b.key"]
    good = Accepted("", a)
    return [
        plugin("a pair", good, a, a_key),
        plugin("a pair and a token", Accepted(TOKEN, a), a, a_key, token=TOKEN),
        plugin("a pair of RSA", Accepted("", b), b, b_key),
        plugin("a chain", Accepted("", a + b), a + b, a_key),
        plugin("a key of the old form", good, a, pem["a.old-key"]),
        plugin("text and other blocks before certificate and key", good,
               "Issuer: acme\n" + pem["parameters"] + a, pem["parameters"] + a_key),
        plugin("a pair without the last line ends", good, a.strip(), a_key.strip()),
        plugin("certificate alone", HALF_PAIR, a, ""),
        plugin("key alone", HALF_PAIR, "", a_key),
        plugin("token and certificate", HALF_PAIR, a, "", token=TOKEN),
        plugin("token and key", HALF_PAIR, "", a_key, token=TOKEN),
        plugin("certificate and foreign key", BAD_PAIR, a, b_key),
        plugin("chain in the wrong order", BAD_PAIR, b + a, a_key),
        plugin("certificate that isn't PEM", BAD_PAIR, "certificate", a_key),
        plugin("key that isn't PEM", BAD_PAIR, a, "key"),
        plugin("base64 of PEM", BAD_PAIR, pem["a.base64"], a_key),
        plugin("encrypted key", BAD_PAIR, a, pem["a.encrypted-key"]),
        plugin("certificate and key exchanged", BAD_PAIR, a_key, a),
        plugin("certificate of zeros", BAD_PAIR, pem["zeros"], a_key),
        plugin("certificate a second time for the key", BAD_PAIR, a, a),
    ]


def all_plugins(pem):
    return ENDS + TEXTS + STATUSES + TIMES + pairs(pem)
