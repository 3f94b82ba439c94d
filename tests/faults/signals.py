#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signals while the plugin waits: SIGTERM, SIGINT and SIGKILL end it there and then, and its credential process with it; stopped
and continued it goes on. Without a reader it is no signal that ends it, but an error.

    signals.py --plugin PATH [--host PATH]

The plugin is the static program, the host is host.cpp. Each wait is known by an event; timeouts only end what hangs.
"""
import argparse
import contextlib
import json
import os
import pathlib
import selectors
import signal
import socket
import subprocess
import tempfile
import threading

from worlds import CLUSTER, HANG_SECONDS, REGION, World, environment, require, world_of
from injected import Call, Fault, Injector, compile_inject
import profiles  # of the folder that worlds.py adds, as are those that follow
from loopback import serve
from sources import Sts
from support import outputs
from support.tap import Tap

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)


@contextlib.contextmanager
def started(command, env):
    with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def end_of(process):
    """Exit code, stdout, stderr."""
    out, err = process.communicate(timeout=HANG_SECONDS)
    outputs.said(err)
    return process.returncode, out, err


def ends_by(number, process):
    process.send_signal(number)
    ended = end_of(process)
    require(ended == (-number, b"", b""), "its end is", ended)


class Silent:
    """A server that takes connections and says nothing. `connected` is set with the first."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:{}".format(self.listener.getsockname()[1])
        self.connections, self.connected = [], threading.Event()

    def __enter__(self):
        def accept():
            with contextlib.suppress(OSError):
                while True:
                    self.connections.append(self.listener.accept()[0])
                    self.connected.set()
        self.thread = threading.Thread(target=accept)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for one in (self.listener, *self.connections):
            one.close()


class Fifo:
    """What programs write, and whether any of them is still there."""

    def __init__(self, path):
        os.mkfifo(path)
        self.path, self.reader = path, os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.came = selectors.DefaultSelector()
        self.came.register(self.reader, selectors.EVENT_READ)

    def read(self, until_nobody):
        got = b""
        while until_nobody or not got.endswith(b"\n"):
            require(self.came.select(HANG_SECONDS), "nothing more comes, and somebody is there, after", got)
            block = os.read(self.reader, 4096)
            if not block:
                break
            got += block
        return got

    def close(self):
        self.came.close()
        os.close(self.reader)


def waits_to_connect(port):
    """Whether a connection to that port has been begun and nobody has taken it."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[2].endswith(f":{port:04X}") and row[3] == "02" for row in rows)


def connecting(tap, options, world):
    env = world.env | {"AWS_MAX_ATTEMPTS": "1"}
    for number in ENDING:
        with tap.case(f"{number.name} while it connects"), socket.create_server(("127.0.0.1", 0), backlog=0) as listener, \
                socket.create_connection(listener.getsockname()):  # which takes all the room there is for connections
            port = listener.getsockname()[1]
            with started([options.plugin], env | {"AWS_ENDPOINT_URL_STS": f"https://127.0.0.1:{port}"}) as process:
                while not waits_to_connect(port):
                    require(process.poll() is None, "it has ended")
                ends_by(number, process)


def shaking_hands(tap, options, world):
    for number in ENDING:
        with tap.case(f"{number.name} in the TLS handshake with a server that says nothing"), Silent() as server:
            with started([options.plugin], world.env | {"AWS_ENDPOINT_URL_STS": f"https://{server.address}"}) as process:
                require(server.connected.wait(HANG_SECONDS), "it doesn't connect")
                ends_by(number, process)


def waiting_for_answer(tap, options, world, certificate):
    for number in ENDING + (signal.SIGSTOP,):
        asked, may_answer = threading.Event(), threading.Event()

        def slow(request, answer=Sts()):
            asked.set()
            may_answer.wait(HANG_SECONDS)
            return answer(request)
        stops = number == signal.SIGSTOP
        with tap.case("stopped and continued while it waits for an answer: a credential" if stops else
                      f"{number.name} while it waits for an answer"), serve(certificate, slow) as sts:
            with started([options.plugin], world.env | {"AWS_ENDPOINT_URL_STS": f"https://{sts}"}) as process:
                try:
                    require(asked.wait(HANG_SECONDS), "it doesn't ask")
                    if stops:
                        stop_and_continue(process)
                        may_answer.set()
                        require(world.judge(*end_of(process)) == "credential", "an error")
                    else:
                        ends_by(number, process)
                finally:
                    may_answer.set()


def stop_and_continue(process):
    process.send_signal(signal.SIGSTOP)
    require(os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1]), "it doesn't stop")
    process.send_signal(signal.SIGCONT)
    require(os.WIFCONTINUED(os.waitpid(process.pid, os.WCONTINUED)[1]), "it doesn't go on")


def between_attempts(tap, options, world, certificate, folder):
    """The sleep can't be seen from outside: the signal comes with the call that begins it. Of a pause by chance of 0 ms there is none."""
    with serve(certificate, lambda _: (503, b"")) as sts:
        injector = Injector(options.inject, folder / "report", [options.plugin], world.env | {"AWS_ENDPOINT_URL_STS": f"https://{sts}"})
        for number in ENDING:
            with tap.case(f"{number.name} between two attempts"):
                tries = (injector.fail(Fault(Call(0, name, 1, None), number.name)) for name in ("nanosleep", "clock_nanosleep") * 20)
                done = next((done for done, reached in tries if reached), None)
                require(done == [-number, b"", b""], "its end is", done)


def sleeper(world, folder, then):
    """A profile whose process says that it runs, heeds no signal but SIGKILL, and is known to be there by the FIFO it holds."""
    fifo = Fifo(folder / "fifo")
    script = world.write("process.sh", f"#!/bin/sh\ntrap '' TERM INT HUP\nexec 9>{fifo.path}\necho ready >&9\n{then}\n")
    os.chmod(script, 0o755)
    world.write("home/.aws/config", f"[profile p]\ncredential_process = {script}\n")
    return fifo


def each_step(tap, options):
    with tap.case("SIGKILL at each step to a credential process: it is never left"), tempfile.TemporaryDirectory() as name, \
            world_of("credential process", pathlib.Path(name)) as world:
        injector = Injector(options.inject, world.folder / "report", [options.plugin], world.env)
        _, calls = injector.calls()
        sleeper(world, world.folder, "exec sleep 1000").close()
        steps = [call for call in calls if call.task == 1]
        require(steps[-1].name == "execve", "its last step is", steps[-1])
        for step in steps:  # the injector waits for all that is left
            done, reached = injector.fail(Fault(step, "SIGKILL"))
            require(reached and done[0] == -signal.SIGKILL, "at", step, "its end is", done)


def credential_process(tap, options):
    for number in ENDING:
        with tap.case(f"{number.name} while a credential process runs: neither is left"), tempfile.TemporaryDirectory() as name, \
                world_of("credential process", pathlib.Path(name)) as world:
            fifo = sleeper(world, world.folder, "exec sleep 1000")
            with contextlib.closing(fifo), started([options.plugin], world.env) as process:
                require(fifo.read(False) == b"ready\n", "the process doesn't begin")
                ends_by(number, process)
                require(fifo.read(True) == b"", "the process wrote more")
    with tap.case("stopped and continued while a credential process runs: a credential"), tempfile.TemporaryDirectory() as name, \
            world_of("credential process", pathlib.Path(name)) as world:
        gate = world.folder / "gate"
        os.mkfifo(gate)
        fifo = sleeper(world, world.folder, f"read go <{gate}\nexec cat {world.folder}/keys.json")
        with contextlib.closing(fifo), started([options.plugin], world.env) as process:
            require(fifo.read(False) == b"ready\n", "the process doesn't begin")
            stop_and_continue(process)
            gate.write_text("go\n")
            require(world.judge(*end_of(process)) == "credential", "an error")


def host_and_plugin(tap, options):
    if not options.host:
        return
    for number in ENDING:
        with tap.case(f"{number.name} to a host whose plugin's credential process runs: none of the three is left"), \
                tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            world = World(folder, None, environment(folder, AWS_PROFILE="p"))
            fifo = sleeper(world, folder, "exec sleep 1000")
            plugin = profiles.provider(command=str(options.plugin))
            cluster = json.loads(profiles.profile((profiles.EXEC, {"region": REGION, "clusterId": CLUSTER})))
            del cluster["status"]["accessProviders"][0]["cluster"]["certificate-authority-data"]
            files = [world.write("providers.json", profiles.providers(plugin)), world.write("profile.json", json.dumps(cluster))]
            with contextlib.closing(fifo), started([options.host, *files], world.env) as process:
                require(fifo.read(False) == b"ready\n", "the process doesn't begin")
                ends_by(number, process)
                require(fifo.read(True) == b"", "the process wrote more")


def without_reader(tap, options):
    with tempfile.TemporaryDirectory() as name, world_of("environment keys", pathlib.Path(name)) as world:
        for stream, env, expected in (("stdout", {}, (1, None, b"[eks] failed to write ExecCredential: Broken pipe (EXEC-WRITE)\n")),
                                      ("stderr", {"KUBERNETES_EXEC_INFO": ""}, (1, b"", None))):
            with tap.case(f"nobody reads {stream}: an error, and no signal"):
                read, write = os.pipe()
                os.close(read)
                streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: write}
                done = subprocess.run([options.plugin], env=world.env | env, stdin=subprocess.DEVNULL, timeout=HANG_SECONDS, **streams)
                os.close(write)
                outputs.said(done.stderr)
                require((done.returncode, done.stdout, done.stderr) == expected, "its end is", done)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--host", type=lambda path: pathlib.Path(path).resolve())
    options = parser.parse_args()
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        signal.signal(number, usual)  # whatever the suite was started with; a program inherits that a signal is ignored
    tap = Tap()
    with (tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as tools,
          world_of("web identity", pathlib.Path(name)) as world):
        options.inject, why_not = compile_inject(pathlib.Path(tools))
        connecting(tap, options, world)
        shaking_hands(tap, options, world)
        waiting_for_answer(tap, options, world, world.certificate)
        if why_not:
            tap.skip("signals at a call", why_not)
        else:
            between_attempts(tap, options, world, world.certificate, pathlib.Path(tools))
            each_step(tap, options)
        credential_process(tap, options)
        host_and_plugin(tap, options)
        without_reader(tap, options)
    tap.done()


if __name__ == "__main__":
    main()
