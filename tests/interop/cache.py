#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The plugin with `--cache`, as a process: which runs make calls and which don't, what is kept, and who is refused.

    cache.py --plugin PATH --build DIR
"""
import email.utils
import http.server
import itertools
import json
import os
import pathlib
import shutil
import tempfile
import time
import unittest.mock

import peers
from cached_runs import FUTURE, PAST, CachedRunner, all_locks, all_sources, console_login, of_the_place
from identity_changes import identity_changes
from logins import EXPIRATION
from loopback import Certificate
from sources import SECRETS, sts_error
from support.tap import Tap
from token_check import LONG_TERM, SESSION

OTHER_USER = 65532


def second_runs(tap, fresh, certificate):
    sources = all_sources(fresh(), certificate)
    for name, source in sources.items():
        runner, seen = fresh(), source.answer.seen
        with tap.case(f"{name}: the second run makes no call, and needs no service"):
            with source.running(certificate) as env:
                runner.served(**env)
                assert len(seen) == source.calls, len(seen)
                runner.served(**env)
            runner.served(**env)
            assert len(seen) == source.calls, len(seen)
        with tap.case(f"{name}: what is kept holds no secret that it was got by"):
            text = runner.entry().read_text()
            assert SESSION.token in text
            assert not any(secret in text for secret in set(SECRETS) - {SESSION.secret_key, SESSION.token}), "another secret"
    with tap.case("all sources: each its entry in one folder, which may be removed at any time"):
        runner = fresh()
        for source in sources.values():
            with source.running(certificate) as env:
                runner.served(**env)
        assert len(runner.entries()) == len(sources)
        shutil.rmtree(runner.cache)
        with source.running(certificate) as env:
            runner.served(**env)
        runner.entry()


def not_kept(tap, fresh, certificate):
    with tap.case("keys of the environment: nothing is kept"):
        runner = fresh()
        runner.served(AWS_ACCESS_KEY_ID=LONG_TERM.access_key, AWS_SECRET_ACCESS_KEY=LONG_TERM.secret_key)
        assert list(runner.cache.iterdir()) == []
    with tap.case("a credential process: it is asked each time, and nothing is kept"):
        runner = fresh()
        env = all_sources(runner, certificate)["SSO"].env | {"AWS_PROFILE": "process"}
        keys = {"Version": 1, "AccessKeyId": SESSION.access_key, "SecretAccessKey": SESSION.secret_key, "SessionToken": SESSION.token,
                "Expiration": FUTURE}
        asked = runner.folder / "asked"
        runner.write("print keys.py", f"open({str(asked)!r}, 'a').write('.')\nprint({json.dumps(keys)!r})\n")
        runner.served(**env)
        runner.served(**env)
        assert asked.read_text() == ".." and runner.entries() == []
    with tap.case("a credential process: no run waits for another"):
        (runner.cache / "lock.kept").touch(0o600)  # where nobody has made it
        with all_locks(runner.cache):
            runner.served(**env)
    with tap.case("a console login: its own file is renewed, and nothing is kept beside it"):
        runner = fresh()
        source = console_login(runner, certificate)
        with source.running(certificate) as env:
            runner.served(**env)
            runner.served(**env)
        assert len(source.answer.seen) == 1 and runner.entries() == []
    for name, source in of_the_place().items():
        with tap.case(f"{name}: nothing is kept, and no run waits for another"):
            runner = fresh()
            with source.running(certificate) as env:
                runner.served(**env)
                (runner.cache / "lock.kept").touch(0o600)
                with all_locks(runner.cache):
                    runner.served(**env)
            assert len(source.answer.seen) == 2 * source.calls and runner.entries() == []
    with tap.case("a clock that is ten minutes behind that of the service: nothing is kept"):
        runner = fresh()
        source = all_sources(runner, certificate)["web identity"]
        later = unittest.mock.patch.object(http.server.BaseHTTPRequestHandler, "date_time_string",
                                           lambda *_: email.utils.formatdate(time.time() + 600, usegmt=True))
        with later, source.running(certificate) as env:
            for _ in range(2):
                done = runner.run(**env)  # its token is of the other clock
                assert done.returncode == 0 and "behind that of AWS" in done.stderr and done.stderr.count("\n") == 1, done.stderr
        assert len(source.answer.seen) == 2 and runner.entries() == []


def renewals(tap, fresh, certificate):
    runner, refusal = fresh(), (403, sts_error("AccessDenied", "not any more"))
    source = all_sources(runner, certificate)["web identity"]
    seen, serve = source.answer.seen, f"the kept credentials serve until {EXPIRATION}, since new ones couldn't be got"
    with source.running(certificate) as env:
        env["AWS_MAX_ATTEMPTS"] = "1"
        with tap.case("an entry that is to be renewed, over, or of the future: one call, and the new credentials are kept"):
            runner.served(**env)
            for calls, members in enumerate(({"Renew": PAST}, {"Expiration": PAST}, {"Made": FUTURE}), 2):
                runner.rewrite(**members)
                runner.served(**env)
                runner.served(**env)
                assert len(seen) == calls, (members, len(seen))
        with tap.case("a renewal that another run has begun: the old credentials serve, and nobody is asked"):
            runner.rewrite(Renew=PAST)
            with all_locks(runner.cache):
                runner.served(**env)
            assert len(seen) == 4
            runner.served(**env)
            assert len(seen) == 5
        with tap.case("a renewal that is refused: the old credentials serve with a warning, and a minute passes"):
            runner.rewrite(Renew=PAST)
            source.answer.first.append(refusal)
            runner.warned(serve, "AccessDenied: not any more", **env)
            runner.served(**env)
            assert len(seen) == 6
    with tap.case("a renewal that nobody answers: the same, until the old credentials are over"):
        runner.rewrite(Renew=PAST)
        runner.warned(serve, "Connection refused", **env)
        runner.served(**env)
        runner.rewrite(Expiration=PAST)
        runner.refused("Connection refused", **env)


def broken_entries(tap, fresh, certificate):
    runner = fresh()
    source = all_sources(runner, certificate)["web identity"]
    elsewhere = runner.folder / "elsewhere"

    def link(path):
        os.replace(path, elsewhere)
        path.symlink_to(elsewhere)

    def members(**changed):
        return lambda path: path.write_text(json.dumps(json.loads(path.read_text()) | changed))

    breaks = {
        "nothing": lambda path: path.write_text(""),
        "no object": lambda path: path.write_text("[]"),
        "an object of others": lambda path: path.write_text('{"AccessKeyId": "ASIAOTHER"}'),
        "a half": lambda path: path.write_text(path.read_text()[:len(path.read_text()) // 2]),
        "all but the last byte": lambda path: path.write_text(path.read_text()[:-1]),
        "two of them": lambda path: path.write_text(path.read_text() * 2),
        "zeros": lambda path: path.write_bytes(bytes(len(path.read_bytes()))),
        "too much": lambda path: path.write_text(path.read_text() + " " * 200000),
        "an entry of another key": members(Key="0" * 64),
        "an entry of another token": lambda path: path.write_text(path.read_text().replace('"file ', '"file /elsewhere')),
        "an entry that was got by less": members(Inputs={}),
        "an entry of a later format": members(Format="eksauth credentials, 2"),
        "no expiry": lambda path: path.write_text(path.read_text().replace("Expiration", "Expires")),
        "no token": members(Token=""),
        "a file that others may read": lambda path: path.chmod(0o644),
        "a link to an entry": link,
        "a second name": lambda path: os.link(path, elsewhere),
    }
    if os.geteuid() == 0:
        breaks["a file of another user"] = lambda path: os.chown(path, OTHER_USER, OTHER_USER)
    with source.running(certificate) as env:
        runner.served(**env)
        for what, damage in breaks.items():
            with tap.case(f"an entry that is broken is replaced: {what}"):
                path, before = runner.entry(), len(source.answer.seen)
                elsewhere.unlink(missing_ok=True)
                damage(path)
                left = elsewhere.read_text() if elsewhere.exists() else ""
                runner.served(**env)
                runner.served(**env)
                assert len(source.answer.seen) == before + 1 and runner.entry() == path and path.stat().st_nlink == 1
                assert not left or elsewhere.read_text() == left, "the file elsewhere was changed"
        with tap.case("what a killed writer left is gone with the next one"):
            path.rename(path.with_suffix(".kept.new"))
            runner.served(**env)
            assert runner.entry() == path


def refused_folders(tap, fresh):
    keys = {"AWS_ACCESS_KEY_ID": LONG_TERM.access_key, "AWS_SECRET_ACCESS_KEY": LONG_TERM.secret_key}

    def refused(runner, *parts, **more):
        runner.refused(f"--cache: opening the folder {runner.cache}: ", *parts, **keys, **more)

    with tap.case("a folder that others may enter is refused with the way to close it"):
        runner = fresh()
        runner.cache.mkdir()
        runner.cache.chmod(0o755)
        refused(runner, "others may enter it", f"chmod 700 {runner.cache}")
        runner.cache.chmod(0o700)
        runner.served(**keys)
    with tap.case("a link and a file are refused, and a folder in none is made with what is above it"):
        runner = fresh()
        (runner.folder / "folder").mkdir(mode=0o700)
        runner.cache.symlink_to("folder")
        refused(runner, "is a link or no folder")
        runner.cache.unlink()
        runner.cache.write_text("")
        refused(runner, "is a link or no folder")
        runner.cache = runner.folder / "gone/cache"
        runner.served(**keys)
        assert runner.cache.stat().st_mode & 0o777 == runner.cache.parent.stat().st_mode & 0o777 == 0o700
    with tap.case("arguments: a relative path, an empty one and two are errors of usage"):
        runner = fresh()
        for arguments, why in ((["--cache", "/other"], "is given twice"), (["--cache="], "its value is missing")):
            done = runner.run(*arguments, **keys)
            assert done.returncode == 2 and done.stdout == "" and why in done.stderr.split("\n")[0], (done.returncode, done.stderr)
        runner.cache = "cache"
        done = runner.run(**keys)
        assert done.returncode == 2 and "must be the absolute path of a folder" in done.stderr, (done.returncode, done.stderr)


def other_users(tap, fresh, certificate):
    name = "another user's folder is refused, and so is another user's run"
    if os.geteuid() != 0:
        return tap.skip(name, "needs root")
    with tap.case(name):
        runner = fresh()
        source = all_sources(runner, certificate)["web identity"]
        with source.running(certificate) as env:
            runner.served(**env)
            runner.refused("Permission denied", user=OTHER_USER, **env)
            runner.cache.chmod(0o755)
            runner.refused(f"belongs to uid 0, not to uid {OTHER_USER}", user=OTHER_USER, **env)
            runner.cache.chmod(0o700)
            assert len(source.answer.seen) == 1
            os.chown(runner.cache, OTHER_USER, OTHER_USER)
            runner.refused(f"belongs to uid {OTHER_USER}, not to uid 0", **env)
    with tap.case("a folder that can't be written: a token and a warning each time"):
        with source.running(certificate) as env:
            runner.cache.chmod(0o500)
            for calls in 2, 3:
                runner.warned("nothing is kept: ", "Permission denied", user=OTHER_USER, **env)
                assert len(source.answer.seen) == calls


def main():
    plugin, _ = peers.arguments()
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        base = pathlib.Path(name)
        os.umask(0o022)
        base.chmod(0o755)  # for the other user's runs
        shutil.copy(plugin, base / "plugin")
        certificate = Certificate(base)
        number = itertools.count()

        def fresh():
            """A runner with a folder of its own, and in it a place for the cache."""
            folder = base / str(next(number))
            (folder / "home").mkdir(parents=True)
            return CachedRunner(base / "plugin", folder, folder / "cache")
        second_runs(tap, fresh, certificate)
        identity_changes(tap, fresh, certificate)
        not_kept(tap, fresh, certificate)
        renewals(tap, fresh, certificate)
        broken_entries(tap, fresh, certificate)
        refused_folders(tap, fresh)
        other_users(tap, fresh, certificate)
    tap.done()


main()
