# SPDX-License-Identifier: Apache-2.0
"""Many runs of the program on one cache folder: what came of each, and the state that its entry is in."""
import base64
import collections
import concurrent.futures
import contextlib
import io
import json
import os
import signal
import subprocess
import threading
import urllib.parse

from identities import CLUSTER, KEYS_LOCK, OWNERS, REGION, rfc3339
from support import outputs
from token_check import check_token

AT_ONCE, HANG_SECONDS, CROWD_SECONDS = 64, 60, 4
INFO = json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                   "spec": {"cluster": {"config": {"region": REGION, "clusterId": CLUSTER}}, "interactive": False}})
SIGNALS = {-signal.SIGKILL, -signal.SIGTERM}


class Run:
    """One run of the program, from its start to what came of it; `tracer` is a command that runs it."""

    def __init__(self, fleet, identity, tracer=()):
        self.identity = identity
        self.process = subprocess.Popen([*tracer, fleet.plugin, "--cache", fleet.cache], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env={**identity.env, "KUBERNETES_EXEC_INFO": INFO})
        # Its number may be another's by the time that it is to be killed.
        self.handle = io.FileIO(os.pidfd_open(self.process.pid))

    def kill(self, number):
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle.fileno(), number)

    def end(self):
        """`token`, `token and warning`, `error` or `killed`; anything else is a fault, told without secrets."""
        try:
            out, err = self.process.communicate(timeout=HANG_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        outputs.said(err)
        code = self.process.returncode
        if code in SIGNALS and not err:
            return "killed"
        lines = err.count("\n")
        if code == 1 and not out and lines == 1 and err.startswith("[eks] failed to get EKS token: "):
            return "error"
        assert code == 0 and lines <= 1 and (not err or err.startswith("[eks] warning: ")), (code, err)
        token = json.loads(out)["status"]["token"]
        check_token(token, REGION, CLUSTER)
        url = base64.urlsafe_b64decode(token.partition(".")[2] + "==").decode()
        key_id = urllib.parse.parse_qs(url)["X-Amz-Credential"][0].partition("/")[0]
        with KEYS_LOCK:
            owner = OWNERS[key_id]
        assert owner is self.identity, f"a token of {owner.name} for {self.identity.name}"
        return "token and warning" if err else "token"


class Fleet:
    """Starts runs, and counts what comes of them."""

    def __init__(self, plugin, cache, identities):
        self.plugin, self.cache, self.identities = plugin, cache, identities
        self.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        self.changed, self.to_start, self.under_way, self.ended, self.victims = threading.Condition(), 0, 0, 0, []
        self.runs, self.kills, self.renewals, self.crowd = 0, 0, 0, 0

    def run(self, identity, signal_number=None, after=0):
        """Runs once; the signal is sent when `after` others have ended since the start, if it comes in time."""
        run = Run(self, identity)
        with self.changed:
            if signal_number:
                self.victims.append((self.ended + after, run, signal_number))
            self.to_start -= 1
            self.under_way += 1
            self.crowd = max(self.crowd, self.under_way)
            self.changed.notify_all()
        outcome = run.end()
        with self.changed:
            self.under_way -= 1
            self.ended += 1
            due = [victim for victim in self.victims if victim[0] <= self.ended]
            self.victims = [victim for victim in self.victims if victim not in due]
        for _, victim, number in due:
            victim.kill(number)
        return outcome

    def run_all(self, plan):
        """Runs all of the plan, lists of the arguments of `run`; gives the outcomes of each identity."""
        self.to_start, outcomes = len(plan), collections.defaultdict(collections.Counter)
        for (identity, *_), outcome in zip(plan, self.pool.map(lambda one: self.run(*one), plan)):
            outcomes[identity][outcome] += 1
        self.count(outcomes)
        return outcomes

    def wait_for_crowd(self):
        """Until as many runs are under way as may be, or all are; a slow machine has fewer, since the runs' patience has an end."""
        with self.changed:
            self.changed.wait_for(lambda: self.under_way == AT_ONCE or self.to_start == 0, CROWD_SECONDS)

    def count(self, outcomes):
        self.runs += sum(counter.total() for counter in outcomes.values())
        self.kills += sum(counter["killed"] for counter in outcomes.values())

    def age(self, states):
        """Changes the entries while no run is under way: `due` for renewal, `over`, or `gone`. Readers see them whole."""
        for path in self.cache.glob("*.kept"):
            if path.name == "lock.kept":
                continue
            entry = json.loads(path.read_text())
            state = states[OWNERS[entry["AccessKeyId"]]]
            if state == "gone":
                path.unlink()
            elif state in ("due", "over"):
                entry |= {"Renew": rfc3339(-60)} if state == "due" else {"Expiration": rfc3339(-60)}
                beside = self.cache.parent / "aged"
                beside.touch(0o600)
                beside.write_text(json.dumps(entry))
                beside.rename(path)
