# SPDX-License-Identifier: Apache-2.0
"""Programs that print credentials."""
import json

from chain_scenario import Fails, Keys, both_fail, differ, json_keys, same, secret_of, token_of

ID = "ASIA_PROCESS"
CAT = "/bin/cat {home}/keys.json"


def printed(**changes):
    return json.dumps({"Version": 1, **json_keys(ID, "SessionToken", **changes)})


def runs(command, output=None, **world):
    return {"config": f"[default]\ncredential_process = {command}\n", "files": {"keys.json": printed() if output is None else output}, **world}


def prints(output):
    return runs(CAT, output)


SCENARIOS = [
    same("keys with an expiry", ID, **prints(printed())),
    same("keys without an expiry", Keys(ID, expires=None), **prints(printed(Expiration=None))),
    same("long-term keys", "AKIDPROCESS",
         **prints(json.dumps({"Version": 1, **json_keys("AKIDPROCESS", "SessionToken", SessionToken=None, Expiration=None)}))),
    same("further members, a line end and blanks", ID, **prints("  \n" + printed(AccountId="123456789012", Other=[{}]) + "\n\n")),
    same("a member twice", ID, **prints('{"AccessKeyId": "AKIDOTHER", ' + printed()[1:])),
    same("an expiry with an offset", ID, **prints(printed(Expiration="2100-01-01T05:30:00+05:30"))),
    same("in the credentials file", ID, credentials="[default]\ncredential_process = " + CAT + "\n", files={"keys.json": printed()}),
    both_fail("expired", "expire", "RuntimeError", **prints(printed(Expiration="2020-01-01T00:00:00Z"))),
    differ("about to expire", Fails("more than a minute must be left"), Keys(ID, expires=None), "5.8: a token of it would die at once",
           **prints(printed(Expiration="{now+45}"))),
    both_fail("an expiry without a zone", "Expiration", "TypeError", **prints(printed(Expiration="2100-01-01T00:00:00"))),
    both_fail("an expiry that is none", "Expiration", "ParserError", **prints(printed(Expiration="soon"))),
    both_fail("another version", "Version", "CredentialRetrievalError", **prints(printed(Version=2))),
    both_fail("a version in quotes", "Version", "CredentialRetrievalError", **prints(printed(Version="1"))),
    both_fail("no version", "Version", "CredentialRetrievalError", **prints(json.dumps(json_keys(ID, "SessionToken")))),
    both_fail("no secret", "SecretAccessKey", "CredentialRetrievalError", **prints(printed(SecretAccessKey=None))),
    both_fail("no key id", "AccessKeyId", "CredentialRetrievalError", **prints(printed(AccessKeyId=None))),
    differ("an empty key id", Fails("AccessKeyId"), Keys("", secret_of(ID), token_of(ID)), "5.8: both must be there and not empty",
           **prints(printed(AccessKeyId=""))),
    both_fail("no JSON", "no JSON", "JSONDecodeError", **prints("keys: none")),
    both_fail("nothing", "no JSON", "JSONDecodeError", **prints("")),
    both_fail("another kind of JSON", "its output", "AttributeError", **prints("[]")),
    differ("more than anybody prints", Fails("65536"), ID, "5.8: 64 KiB at most", **prints(printed() + " " * 65536)),
    both_fail("an exit status", "exit status 3; stderr: no such user", "CredentialRetrievalError", **runs("sh -c 'echo no such user >&2; exit 3'")),
    both_fail("keys and an exit status", "exit status 1", "CredentialRetrievalError", **runs("sh -c '/bin/cat {home}/keys.json; exit 1'")),
    both_fail("ended by a signal", "signal 15", "CredentialRetrievalError", **runs("sh -c 'kill $$'")),
    same("words on stderr", ID, **runs("sh -c 'echo hello >&2; exec cat {home}/keys.json'")),
    both_fail("a program that isn't there", "/nowhere/program", "FileNotFoundError", **runs("/nowhere/program")),
    both_fail("a file that is no program", "keys.json", "PermissionError", **runs("{home}/keys.json")),
    same("a program of the PATH", ID, **runs("cat {home}/keys.json")),
    both_fail("a program that the PATH hasn't", "no-such-program", "FileNotFoundError", **runs("no-such-program")),
    same("a word in double quotes", ID, config='[default]\ncredential_process = "/bin/cat" "{home}/my keys.json"\n',
         files={"my keys.json": printed()}),
    same("a word in single quotes", ID, config="[default]\ncredential_process = /bin/cat '{home}/my keys.json'\n", files={"my keys.json": printed()}),
    same("a blank behind a backslash", ID, config="[default]\ncredential_process = /bin/cat {home}/my\\ keys.json\n",
         files={"my keys.json": printed()}),
    same("quotes within a word", ID, config='[default]\ncredential_process = /bin/cat {home}/"my keys".json\n', files={"my keys.json": printed()}),
    same("quotes within quotes", ID, config="""[default]\ncredential_process = sh -c 'cat "$HOME/my keys.json"'\n""",
         files={"my keys.json": printed()}),
    same("an empty word", ID, **runs("sh -c 'test -z \"$1\" && cat {home}/keys.json' x \"\"")),
    both_fail("quotes that don't end", "isn't closed", "ValueError", **runs("/bin/cat '{home}/keys.json")),
    both_fail("no shell: a variable", "exit status 1", "CredentialRetrievalError", **runs("/bin/cat $HOME/keys.json")),
    both_fail("no shell: a pipe", "exit status 1", "CredentialRetrievalError", **runs("/bin/cat {home}/keys.json | /bin/cat")),
    both_fail("nothing to run", "credential_process is empty", "IndexError", **runs("")),
    differ("a comment behind the command", ID, Fails("CredentialRetrievalError"), "8 row 39: as Go, comments end a value", **runs(CAT + " # mine")),
    same("the environment is passed on", ID, env={"AWS_PROFILE": "default", "MINE": "x"},
         **runs("sh -c 'test $AWS_PROFILE$MINE = defaultx && cat {home}/keys.json'")),
    same("nothing is on stdin", ID, **runs("sh -c 'test -z \"$(cat)\" && cat {home}/keys.json'")),
]
