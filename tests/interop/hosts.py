# SPDX-License-Identifier: Apache-2.0
"""A folder with plugins, and the two hosts that run them: ours, and client-go in `access`."""
import base64
import json
import subprocess
import sys

from loopback import Certificate
from peers import HANG_SECONDS

SERVER_NAME = "prod.example"
UNHURRIED_MS, HURRIED_MS = 60000, 1000

# Tells what it was told, as the kernel has it: Python itself would add to the environment.
RECORDER = f"""\
#!{sys.executable} -IS
import json, os, pathlib, sys
proc = pathlib.Path("/proc/self")
env = sorted((proc / "environ").read_bytes().decode("utf-8", "surrogateescape").split("\\0")[:-1])
signals = [line for line in (proc / "status").read_text().splitlines() if line.startswith(("SigBlk", "SigIgn"))]
record = {{"arguments": sys.argv[1:], "environment": env, "folder": os.getcwd(), "stdin": os.readlink(proc / "fd/0"),
          "descriptors": sorted(os.listdir(proc / "fd")), "signals": signals}}
with open(pathlib.Path(__file__).resolve().parent / "records", "a") as file:
    print(json.dumps(record), file=file)
info = json.loads(next(variable.partition("=")[2] for variable in env if variable.startswith("KUBERNETES_EXEC_INFO=")))
print(json.dumps({{"kind": info["kind"], "apiVersion": info["apiVersion"], "status": {{"token": "recorded"}}}}))
"""


class Hosts:
    def __init__(self, folder, host, access):
        self.folder, self.host, self.access = folder, host, access
        for name in ("bin", "env", "first", "first/record-in-path", "work", "work/here", "home"):
            (folder / name).mkdir()
        self.certificate = Certificate(folder, [SERVER_NAME])
        self.recorder = folder / "record"
        self.program(self.recorder, RECORDER)
        for link in ("bin/record-in-path", "env/provider-only", "work/record", "work/here/record"):
            (folder / link).symlink_to(self.recorder)
        self.records = folder / "records"
        self.environment = {"PATH": f".::{folder}/first:{folder}/bin:/usr/bin:/bin", "HOME": f"{folder}/home",
                            "HOST": "of the host", "INHERITED": "of the host"}

    def program(self, path, content, mode=0o755):
        path.unlink(missing_ok=True)
        if mode:
            path.write_text(content)
            path.chmod(mode)

    def fill(self, text):
        ca = base64.b64encode(self.certificate.file.read_bytes()).decode()
        lines = json.dumps("\r\n".join(ca[at:at + 64] for at in range(0, len(ca), 64)) + "\n")
        return text.replace("@FOLDER@", str(self.folder)).replace("@CA@", ca).replace('"@CA IN LINES@"', lines)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(self.fill(text), newline="", encoding="utf-8", errors="surrogatepass")
        return path

    def answers(self, command, file, profiles, env=None):
        """A line for each profile, and what the recorder recorded."""
        paths = [self.write(f"profile{number}.json", text) for number, text in enumerate(profiles)]
        self.records.unlink(missing_ok=True)
        done = subprocess.run(
            [*command, self.write("providers.json", file), *paths], env=env or self.environment, cwd=self.folder / "work",
            stdin=subprocess.DEVNULL, capture_output=True, timeout=HANG_SECONDS)
        assert done.returncode == 0, done
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(profiles), done
        return answers, [json.loads(line) for line in self.records.read_text().splitlines()] if self.records.exists() else []

    def ours(self, file, profiles, time_limit=UNHURRIED_MS, env=None):
        return self.answers([self.host, str(time_limit)], file, profiles, env)

    def theirs(self, file, profiles):
        """A process for each, so that none has what another left."""
        command = [self.access, "-certificate", self.certificate.file, "-key", self.certificate.key]
        answers, records = [], []
        for one in profiles:
            answered, recorded = self.answers(command, file, [one])
            answers, records = answers + answered, records + recorded
        return answers, records
