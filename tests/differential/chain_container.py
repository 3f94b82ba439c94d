# SPDX-License-Identifier: Apache-2.0
"""The endpoint of ECS tasks and of EKS Pod Identity. The address of its relative form is one that a test can't have, so that form
is here only where it leads elsewhere."""
from chain_scenario import EXPIRES, Fails, Keys, both_fail, differ, json_keys, same, secret_of

URL = "http://{container}/"
CALL = ["container /"]
OPEN = "ASIA_container_open"
TOKEN = "ASIA_container_podtoken"
LOCALLY = "5.9: an address in full, or localhost"
FINAL = "5.9: of refusals, only those that may pass are tried again"


def at(url=URL, **env):
    return {"env": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url, **{f"AWS_CONTAINER_{name}": value for name, value in env.items()}}}


def by_token(text="podtoken", **env):
    return {**at(AUTHORIZATION_TOKEN_FILE="{home}/pod", **env), "files": {"pod": text}}


def after(*replies, **world):
    return {**at(), "replies": {"container": list(replies)}, **world}


def answers(**changes):
    return after((200, json_keys(OPEN, **changes)))


def raw(text):
    return after((200, text.encode()))


SCENARIOS = [
    same("open to all", OPEN, calls=CALL, **at()),
    same("by the name of this host", OPEN, calls=CALL, **at(URL.replace("{container}", "localhost:{container_port}"))),
    same("with path and query", OPEN, calls=["container /v1/credentials?id=1&x=%2F"], **at(URL + "v1/credentials?id=1&x=%2F")),
    same("without a path", OPEN, calls=CALL, **at("http://{container}")),
    same("a token in a variable", TOKEN, **at(AUTHORIZATION_TOKEN="podtoken")),
    same("a token in a file", TOKEN, **by_token()),
    same("the file before the variable", TOKEN, **by_token(AUTHORIZATION_TOKEN="another")),
    differ("a line end behind the token in the file", TOKEN, Fails("ValueError"), "8 row 19: trimmed", our_calls=CALL, botocore_calls=[],
           **by_token("podtoken\n")),
    both_fail("a line end within the token in the file", "line end", "ValueError", calls=[], **by_token("pod\ntoken")),
    both_fail("a line end within the token in the variable", "line end", "ValueError", calls=[], **at(AUTHORIZATION_TOKEN="pod\ntoken")),
    both_fail("a line end behind the token in the variable", "line end", "ValueError", calls=[], **at(AUTHORIZATION_TOKEN="podtoken\n")),
    both_fail("a token file that isn't there", "no such file", "FileNotFoundError", calls=[], **at(AUTHORIZATION_TOKEN_FILE="{home}/absent")),
    both_fail("a token file that isn't there, and a token", "no such file", "FileNotFoundError", calls=[],
              **at(AUTHORIZATION_TOKEN_FILE="{home}/absent", AUTHORIZATION_TOKEN="podtoken")),
    differ("an empty token file", Fails("token is empty"), "ASIA_container_", "5.9: an error", our_calls=[], botocore_calls=CALL, **by_token("")),
    differ("an empty token file variable", TOKEN, Fails("FileNotFoundError"), "5.1: an empty variable counts as unset", our_calls=CALL,
           botocore_calls=[],
           **at(AUTHORIZATION_TOKEN_FILE="", AUTHORIZATION_TOKEN="podtoken")),
    differ("a relative URL that leads elsewhere", Fails("must begin with /"), OPEN, "5.9: it would choose the host", our_calls=[],
           botocore_calls=["container /x"],
           env={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "@{container}/x"}),
    differ("a relative URL before a full one", Fails("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), OPEN, "5.9: it would choose the host", our_calls=[],
           botocore_calls=["container /x"], **at(CREDENTIALS_RELATIVE_URI="@{container}/x")),
    both_fail("an empty URL", "EKS-NO-CREDENTIALS", "ValueError", calls=[], **at("")),
    both_fail("a host elsewhere", "not allowed over http", "ValueError", calls=[], **at("http://10.0.0.1/")),
    both_fail("a name elsewhere", "not allowed over http", "ValueError", calls=[], **at("http://evil.example/")),
    both_fail("a name that begins like this host", "not allowed over http", "ValueError", calls=[], **at("http://127.0.0.1.evil.example/")),
    both_fail("an address next to the right one", "not allowed over http", "ValueError", calls=[], **at("http://169.254.170.3/")),
    both_fail("a shortened address", "not allowed over http", "ValueError", calls=[], **at("http://127.1/")),
    both_fail("an address in another family's dress", "not allowed over http", "ValueError", calls=[], **at("http://[::ffff:169.254.170.2]/")),
    both_fail("another scheme", "scheme must be http or https", "ValueError", calls=[], **at("ftp://evil.example/")),
    both_fail("no scheme", "URL", "ValueError", calls=[], **at("evil.example/")),
    differ("user information", Fails("user info"), OPEN, LOCALLY, our_calls=[], botocore_calls=CALL, **at("http://u@{container}/")),
    differ("TLS by the authority of AWS_CA_BUNDLE", OPEN, Fails("SSLError"), "7.3: the bundle is for all", our_calls=CALL, botocore_calls=[],
           **at("https://{tls_container}/")),
    both_fail("nobody listens", "EKS-HTTP-UNREACHABLE", "CredentialRetrievalError", calls=[], **at("http://{closed}/")),
    same("no proxy is used", OPEN, calls=CALL, env=at()["env"] | {"HTTP_PROXY": "http://{closed}", "http_proxy": "http://{closed}"}),
    same("out of order twice", OPEN, calls=CALL * 3, **after((500, b""), (503, b""))),
    same("throttled once", OPEN, calls=CALL * 2, **after((429, b""))),
    both_fail("out of order for good", "500", "CredentialRetrievalError", calls=CALL * 3, **after(*[(500, b"")] * 3)),
    differ("refused", Fails("403"), Fails("CredentialRetrievalError"), FINAL, our_calls=CALL, botocore_calls=CALL * 3,
           **after(*[(403, {"code": "AccessDenied"})] * 3)),
    differ("refused once", Fails("403"), OPEN, FINAL, our_calls=CALL, botocore_calls=CALL * 2, **after((403, {"code": "AccessDenied"}))),
    differ("not found", Fails("404"), Fails("CredentialRetrievalError"), FINAL, our_calls=CALL, botocore_calls=CALL * 3, **after(*[(404, b"")] * 3)),
    differ("no JSON at first", Fails("EKS-BAD-REPLY"), OPEN, FINAL, our_calls=CALL, botocore_calls=CALL * 2, **raw("<html>")),
    both_fail("another kind of JSON", "EKS-BAD-REPLY", "TypeError", calls=CALL, **raw("[]")),
    same("further members", OPEN, **answers(AccountId="123456789012", RoleArn="x", Extra=None)),
    same("an expiry with a fraction", OPEN, **answers(Expiration=EXPIRES.replace("Z", ".5Z"))),
    differ("no expiry", OPEN, Fails("KeyError"), "8 row 21: as Go, static keys", **answers(Expiration=None)),
    both_fail("an expiry that is none", "Expiration", "ParserError", **answers(Expiration="soon")),
    differ("expired", Keys(OPEN, expires="2020-01-01T00:00:00Z"), Fails("RuntimeError"), "1.4: refused where the token is made",
           our_calls=CALL, botocore_calls=CALL * 2, **after(*[(200, json_keys(OPEN, Expiration="2020-01-01T00:00:00Z"))] * 2)),
    both_fail("no session token of a temporary key", "Token", "KeyError", **answers(Token=None)),
    differ("no session token of a long-term key", Keys("AKIALONGTERM"), Fails("KeyError"), "5.9: AKIA keys have none",
           **after((200, json_keys("AKIALONGTERM", Token=None)))),
    both_fail("no secret", "SecretAccessKey", "KeyError", **answers(SecretAccessKey=None)),
    differ("an empty secret", Fails("SecretAccessKey"), Keys(OPEN, secret=""), "5.9: not empty", **answers(SecretAccessKey="")),
    both_fail("members in lower case", "AccessKeyId", "KeyError", **raw('{"accessKeyId": "AKIDLOWER", "secretAccessKey": "x", "token": "y"}')),
    same("a member twice", "AKIALAST",
         **raw('{"AccessKeyId": "AKIDFIRST", "AccessKeyId": "AKIALAST", "Token": "", "Expiration": "%s", "SecretAccessKey": "%s"}'
                                             % (EXPIRES, secret_of("AKIALAST")))),
]
