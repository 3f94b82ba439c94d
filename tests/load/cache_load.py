#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Load on one cache folder: over a thousand runs of the program, up to 64 at a time, as many identities, killed and not.

    cache_load.py --plugin PATH

Each token must be of the identity that its run asked for, and each call that is made must be one that nobody could save. Moments
are events: services answer when there is a crowd, and a run is killed when so many others have ended, while it waits for an
answer, or at a system call.
"""
import argparse
import collections
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "interop")]
from fleet import HANG_SECONDS, Fleet, Run  # noqa: E402
from identities import OWNERS, all_identities  # noqa: E402
from killed_anywhere import killed_anywhere  # noqa: E402
from support.tap import Tap  # noqa: E402

SEED = 20260102
SIGNALS = [signal.SIGKILL, signal.SIGTERM]


def mixed_round(fleet, chance, number, share_killed):
    """Runs of all identities mixed, each of whose entries is in some state; then one run each that nobody kills."""
    before = {one: one.calls for one in fleet.identities}
    states = {one: chance.choice(["fresh", "due", "over", "gone"]) if number else "gone" for one in fleet.identities}
    fleet.age(states)
    for one in fleet.identities:
        if one.asks[0] != "container":  # which is asked with more haste
            one.before_answer = fleet.wait_for_crowd
    plan = [[one, chance.choice(SIGNALS), chance.randrange(24)] if chance.random() < share_killed else [one]
            for one in fleet.identities for _ in range(8)]
    chance.shuffle(plan)
    outcomes = fleet.run_all(plan)
    closing = fleet.run_all([[one] for one in fleet.identities])
    for one in fleet.identities:
        killed, needed = outcomes[one]["killed"], int(states[one] != "fresh")
        assert outcomes[one].keys() <= {"token", "killed"} and closing[one] == {"token": 1}, (one.name, outcomes[one], closing[one])
        made = one.calls - before[one]
        assert needed <= made <= needed * (1 + killed), f"{one.name}, {states[one]}: {made} calls, {needed} needed, {killed} killed"
        fleet.renewals += needed


def held_round(fleet, state):
    """A run is killed while the service holds its answer. Those behind it go on with what is kept; or wait, and one makes the call."""
    called = [one for one in fleet.identities if one.asks[0] == "sts"]
    before = {one: one.calls for one in called}
    fleet.age({one: state if one in called else "fresh" for one in fleet.identities})

    def kill_in_call(one):
        arrived, answered = threading.Event(), threading.Event()
        one.before_answer = lambda: arrived.set() or answered.wait()
        victim = Run(fleet, one)
        assert arrived.wait(HANG_SECONDS), f"{one.name}: no call has come"
        others = [Run(fleet, one) for _ in range(4)]
        ends = [other.end() for other in others] if state == "due" else []
        assert one.calls == before[one] + 1
        victim.kill(SIGNALS[called.index(one) % 2])
        ends.append(victim.end())
        answered.set()
        return one, collections.Counter(ends + ([other.end() for other in others] if state != "due" else []))
    outcomes = dict(fleet.pool.map(kill_in_call, called))
    fleet.count(outcomes)
    fleet.run_all([[one] for one in called])
    for one in called:
        assert outcomes[one] == {"killed": 1, "token": 4}, (one.name, outcomes[one])
        assert one.calls == before[one] + 2, f"{one.name}, {state}: {one.calls - before[one]} calls"
        fleet.renewals += 1


def refused_round(fleet):
    """While services refuse, what is kept serves and is asked for once; where nothing is, each run says so."""
    before = {one: one.calls for one in fleet.identities}
    states = {one: ("due", "over")[number % 2] for number, one in enumerate(fleet.identities)}
    fleet.age(states)
    for one in fleet.identities:
        one.refused = True
    outcomes = fleet.run_all([[one] for one in fleet.identities for _ in range(4)])
    for one in fleet.identities:
        one.refused = False
    fleet.run_all([[one] for one in fleet.identities])
    for one in fleet.identities:
        good = states[one] == "due"
        assert outcomes[one] == ({"token and warning": 1, "token": 3} if good else {"error": 4}), (one.name, states[one], outcomes[one])
        assert one.calls - before[one] == (1 if good else 5), f"{one.name}, {states[one]}: {one.calls - before[one]} calls"
        fleet.renewals += not good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=lambda path: pathlib.Path(path).resolve(), required=True)
    options = parser.parse_args()
    tap, chance = Tap(), random.Random(SEED)
    with tempfile.TemporaryDirectory() as name, all_identities(pathlib.Path(name)) as identities:
        cache = pathlib.Path(name) / "cache"
        fleet = Fleet(options.plugin, cache, identities)
        checker = subprocess.Popen([sys.executable, HERE / "entry_checker.py", cache], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True)
        with tap.case("nothing kept yet: one call for each identity"):
            mixed_round(fleet, chance, 0, 0)
        with tap.case("entries of all ages: one call for each that needs one"):
            for number in 1, 2:
                mixed_round(fleet, chance, number, 0)
        with tap.case("runs that are killed cost a call each at most"):
            for number in range(3, 15):
                mixed_round(fleet, chance, number, 0.25)
            assert fleet.kills >= 80, fleet.kills
        for state in "due", "over":
            with tap.case(f"runs that are killed in their call, entries {state}: the next one makes it"):
                held_round(fleet, state)
        with tap.case("services that refuse"):
            refused_round(fleet)
        killed_anywhere(tap, fleet, next(one for one in identities if one.name == "POD"))
        with tap.case("an entry was whole at any time, and of one identity"):
            seen = json.loads(checker.communicate()[0])
            assert not seen["broken"] and seen["reads"] > 1000, seen
            owners = {key: {OWNERS[key_id].name for key_id in ids} for key, ids in seen["owners"].items()}
            assert sorted(map(list, owners.values())) == sorted([one.name] for one in identities), owners
        with tap.case("nothing is left but an entry for each identity, and the lock"):
            assert {path.name for path in cache.iterdir()} == {"lock.kept", *(f"{key}.kept" for key in owners)}
            assert sum(one.calls for one in identities) >= fleet.renewals and fleet.runs >= 1000
        print(f"# {fleet.runs} runs of {len(identities)} identities, up to {fleet.crowd} at a time, {fleet.kills} killed; "
              f"{fleet.renewals} renewals by {sum(one.calls for one in identities)} calls; entries read {seen['reads']} times")
    tap.done()


main()
