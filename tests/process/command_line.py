#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The plugin's help, manual page and completions, as mandoc and the shells themselves understand them.

    command_line.py --plugin PATH

What is expected comes from the help, which the unit tests hold to the table of commands.
"""
import argparse
import os
import pathlib
import pty
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS)]
from support.tap import Tap  # noqa: E402

NAME = "eks-aws-auth-plugin"
SHELLS = ("bash", "zsh", "fish")
FILES = {"a-file", "a folder"}
# Prints what bash would offer; a line is given as its words.
BASH = """source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
read -r _ _ function _ < <(complete -p eks-aws-auth-plugin)
$function
printf '%s\\n' "${COMPREPLY[@]}"
"""
# The start of an interactive shell, whose line editor completes $LINE by itself and tells each word that it would offer.
ZSH = """fpath=($ZDOTDIR/functions $fpath)
autoload -Uz compinit; compinit -u -d $ZDOTDIR/dump
compadd() {
    local -a fitting
    # With -A, -D or -O nothing is offered: the words are only compared.
    [[ " ${@[1,(i)--]}" == *' '-[ADO]* ]] || { builtin compadd -A fitting "$@"; print -rl -- $fitting >>$ZDOTDIR/offered }
    builtin compadd "$@"
}
zle -C offer list-choices _main_complete
begin() { BUFFER=$LINE CURSOR=$#LINE; zle offer; BUFFER=exit; zle accept-line }
zle -N zle-line-init begin
"""


class Completion:
    """What a shell offers in a folder with FILES."""

    def __init__(self, plugin, folder):
        self.folder = folder
        self.here = folder / "here"
        self.here.mkdir()
        (self.here / "a-file").touch()
        (self.here / "a folder").mkdir()
        self.env = {"PATH": f"{plugin.parent}:/usr/bin:/bin", "HOME": str(folder), "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        # The names under which each shell finds them by itself.
        self.scripts = {"bash": folder / NAME, "zsh": folder / "functions" / f"_{NAME}", "fish": folder / f"{NAME}.fish"}
        for shell, script in self.scripts.items():
            script.parent.mkdir(exist_ok=True)
            script.write_text(run(plugin, "completion", shell))
        (folder / ".zshrc").write_text(ZSH)

    def offered(self, shell, line):
        """Without the options of one letter, which not each shell offers; and without those that zsh offers where nothing else is left."""
        dashes = "--" if line.rpartition(" ")[2] else ""
        words = {word for word in getattr(self, shell)(line).splitlines() if word}
        return {word for word in words if not word.startswith("-") or dashes and word.startswith(dashes)}

    def bash(self, line):
        # Readline cuts at `=` and `:` too.
        words = [part for word in line.split(" ") for part in re.split("([=:])", word) if part or not word]
        return self.run("bash", "--norc", "-c", BASH, "bash", self.scripts["bash"], *words)

    def fish(self, line):
        text = self.run("fish", "--no-config", "-c", f"source {self.scripts['fish']}; complete -C {shlex.quote(line)}")
        # Behind `=` fish gives the whole word.
        word = line.rpartition(" ")[2]
        start = len(word.partition("=")[0]) + 1 if "=" in word else 0
        return "\n".join(offer.partition("\t")[0][start:].rstrip("/") for offer in text.splitlines())

    def zsh(self, line):
        offered = self.folder / "offered"
        offered.write_text("")
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.here)
            os.execve(shutil.which("zsh"), ["zsh", "-d", "-i"], {**self.env, "ZDOTDIR": str(self.folder), "LINE": line})
        shown = read_all(terminal)
        _, status = os.waitpid(child, 0)
        assert status == 0, shown
        return offered.read_text().replace("=\n", "\n").replace("\\ ", " ")

    def run(self, *command):
        return run(*command, cwd=self.here, env=self.env)


def read_all(terminal):
    """Until nobody has the other end."""
    shown = b""
    with open(terminal, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(4096)
            except OSError:
                return shown
            if not part:
                return shown
            shown += part


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0 and done.stderr == "", (command, done.returncode, done.stdout, done.stderr)
    return done.stdout


def option_lines(text):
    """What help tells of, as it shows it: `-s, --session-name NAME`."""
    return re.findall(r"^  (\S.*)\n      \S", text.partition("\noptions:\n")[2], re.M)


def option_names(text):
    return {name for line in option_lines(text) for name in re.findall(r"(?:^|, )(-[\w-]+)", line)}


def help_of(tap, plugin):
    """Each command's help; the program's own is that of the empty name."""
    text = run(plugin, "--help")
    commands = re.findall(r"^  (\w+) ", text.partition("\ncommands:\n")[2].partition("\n\n")[0], re.M)
    texts = {"": text}
    for command in commands:
        with tap.case(f"{command} --help: exit code 0, nothing on stderr, what {command} takes"):
            texts[command] = run(plugin, command, "--help")
            assert f"usage: {NAME} {command} " in texts[command] and option_lines(texts[command]), texts[command]
            assert run(plugin, command, "-h") == texts[command]
    with tap.case("help: no line is longer than 120 columns"):
        assert len(texts) > 5 and not [line for one in texts.values() for line in one.splitlines() if len(line) > 120]
    return texts


def manual(tap, plugin, texts):
    page = run(plugin, "man")
    with tap.case("manual page: mandoc misses its date alone"):
        # Each build must give the same bytes, so there is none.
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=page, capture_output=True, text=True)
        assert re.fullmatch(r'mandoc: <stdin>:1:\d+: WARNING: missing date, using "": TH\n', done.stdout), done
    with tap.case("manual page: it shows each command and each option that help tells of, under its heading"):
        shown = run("mandoc", "-T", "utf8", "-O", "width=200", input=page)
        shown = re.sub(".\b", "", shown)
        sections = dict(re.findall(r"^(\S.*)\n((?:(?: .*)?\n)*)", shown, re.M))
        own = dict(re.findall(r"^   (\w+)\n((?:(?:     .*)?\n)*)", sections["COMMANDS"], re.M))
        assert set(own) == set(texts) - {""}, own
        for command, text in texts.items():
            where = sections["OPTIONS"] + own.get(command, "")
            missing = [line for line in option_lines(text) if not re.search(rf"^ +{re.escape(line)}(?: |$)", where, re.M)]
            assert not missing, (command, missing)
            assert re.search(rf"^ +{re.escape(text.partition('usage: ')[2].partition(chr(10))[0])}$", sections["SYNOPSIS"], re.M), command
        for words in ("aws eks get-token`", "~/.aws/config"):
            assert words in shown, words


def completions(tap, plugin, texts, folder):
    completion = Completion(plugin, folder)
    commands = set(texts) - {""}
    long = {command: {name for name in option_names(text) if name.startswith("--")} for command, text in texts.items()}
    # What is typed, and what is offered then, and no more.
    rows = {
        "": commands,
        "to": {"token"},
        "--verbose ": commands,
        "--cache ": commands | FILES,
        "--install ": FILES,
        "--install a-": {"a-file"},
        "--region": set(),
        "--verbose --": long[""],
        "token --token-": {"--token-only"},
        "whoami --token-": set(),
        "explain --ca": {"--cache", "--call"},
        "man --i": set(),
        "token --output ": {"json"},
        "whoami --output ": {"text", "json"},
        "explain --verbose --output t": {"text"},
        "explain --output=": {"text", "json"},
        "explain --output=j": {"json"},
        "token --cache=a-": {"a-file"},
        "token --profile ": set(),
        "token --role-arn arn:aws:": set(),
        "completion ": set(SHELLS),
        "completion f": {"fish"},
        "completion bash ": set(),
        "kubeconfig ": FILES,
        "kubeconfig --in-place a": FILES,
        "kubeconfig a-file ": set(),
        "man ": set(),
    }
    for command in texts:
        rows[f"{command} --".lstrip()] = long[command]
    # A cluster may be called as a command is.
    rows["whoami --cluster-name token --"] = long["whoami"]
    for shell in SHELLS:
        with tap.case(f"completion, {shell}: the shell finds no fault with the script"):
            run(shell, "-n", completion.scripts[shell])
        for line, expected in rows.items():
            with tap.case(f"completion, {shell}: `{line}`"):
                got = completion.offered(shell, f"{NAME} {line}")
                assert got == expected, (sorted(got - expected), sorted(expected - got))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", required=True, type=pathlib.Path)
    plugin = parser.parse_args().plugin.resolve()
    if missing := [program for program in (*SHELLS, "mandoc") if not shutil.which(program)]:
        sys.exit(f"{' and '.join(missing)} missing: run tools/prerequisites test")
    tap = Tap()
    texts = help_of(tap, plugin)
    manual(tap, plugin, texts)
    with tempfile.TemporaryDirectory() as folder:
        completions(tap, plugin, texts, pathlib.Path(folder))
    tap.done()


main()
