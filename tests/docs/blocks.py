# SPDX-License-Identifier: Apache-2.0
"""Every fenced block of a page does what its language promises:

    cpp      compiles: as it is, or, where it is the inside of a function, in one; PAGE.hpp beside this file declares what the reader has
    json     parses, and has the fields of its kind; so does yaml
    python   parses
    sh       parses; its commands are of the repository or known programs, and the plugin's options are in its --help
    sh run   is run with the plugin in PATH, in a folder with what the repository has and a HOME of the page's own, and gives 0
    text     is output; mermaid is a drawing
"""
import argparse
import ast
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

import fields
from pages import ROOT, pages, split
from shell import commands

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402

LANGUAGES = {"cpp", "json", "yaml", "python", "sh", "sh run", "text", "mermaid"}
BUILTINS = set(". [ cd command echo eval exit export false printf read set source test true umask unset".split())
PROGRAMS = set("""apt-get argocd aws base64 callgrind_annotate cat chmod clang++ cmake conan cp crane curl cut date docker doxygen dpkg eksctl
    env g++ gdb git go grep head helm id install jq kubectl kustomize ln llvm-cov ls make meson mkdir mktemp mv ninja openssl perf pip
    pkg-config podman prlimit python3 rm sed setpriv sha256sum skopeo sleep sort stat strace sudo tail tar tee timeout tr valgrind vcpkg
    wc xargs""".split())
# The example keys of the AWS documentation; they open nothing.
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
HANG_SECONDS = 120


def stands_alone(text):
    """Whether the text defines functions, namespaces, classes or templates at its outermost level; else it is a function's inside."""
    text = re.sub(r'R"\((?s:.*?)\)"|"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\])\'', '""', text)
    text = re.sub(r"^#.*|//.*", "", text, flags=re.M)
    braces, parentheses, head = 0, 0, ""
    for char in text:
        if char == "{" and braces == parentheses == 0:
            if re.match(r"\s*(namespace|class|struct|template|enum|concept)\b", head):
                return True
            if re.search(r"\)\s*(noexcept)?\s*(->[^=]*)?$", head) and not re.match(r"\s*(if|for|while|switch|do|try)\b|[^(]*=", head):
                return True
        braces += (char == "{") - (char == "}")
        parentheses += (char == "(") - (char == ")")
        head = "" if braces or char in ";}" else head + char
    return False


def unit(blocks):
    """One text of all C++ blocks: includes first, then a namespace for each page, and one in it for each block."""
    includes, body = [], []

    def add(place, text, before, after):
        lines = text.splitlines()
        for number, line in enumerate(lines, place[1]):
            if line.startswith("#include"):
                includes.append(f'#line {number} "{place[0]}"\n{line}')
        rest = "\n".join("" if line.startswith(("#include", "#pragma")) else line for line in lines)
        body.append(f'{before}\n#line {place[1]} "{place[0]}"\n{rest}\n{after}')
    page = None
    for number, block in enumerate(blocks):
        if block.page != page:
            body.append("}" if page else "")
            page = block.page
            name = re.sub(r"\W", "_", str(page.with_suffix("")))
            body.append(f"namespace page_{name} {{")
            given = HERE / f"{name}.hpp"
            if given.exists():
                add((given.relative_to(ROOT), 1), given.read_text(), "", "")
        around = f"namespace block_{number}" if stands_alone(block.text) else f"inline void block_{number}()"
        add((block.page, block.line), block.text, around + " {", "}")
    return "\n".join([*includes, *body, "}" if page else ""])


def compile_all(blocks):
    done = subprocess.run([os.environ.get("CXX", "g++"), "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused", "-Werror",
                           f"-I{ROOT}/include", "-x", "c++", "-"], input=unit(blocks), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Help:
    """What the plugin says of its options: `--help`, and that of each command."""

    def __init__(self, plugin):
        self.plugin = plugin

    @functools.cache
    def options(self, *command):
        done = subprocess.run([self.plugin, *command, "--help"], env={}, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0 or command, done.stderr
        return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", done.stdout)) if done.returncode == 0 else set()

    def check(self, words):
        """Error: one that begins as an option is none, of the program or of the commands among them."""
        commands = {"token" if word == "get-token" else word for word in words if re.fullmatch("[a-z-]+", word) and word[0] != "-"}
        known = self.options().union(*(self.options(command) for command in commands))
        for word in words:
            assert not word.startswith("-") or word.partition("=")[0] in known, f"{fields.PLUGIN} has no {word}"


def check_documents(block, help):
    documents = [json.loads(block.text)] if block.language == "json" else list(yaml.safe_load_all(block.text))
    assert documents and None not in documents, "an empty document"
    for document in documents:
        fields.check(document, help.check)


def check_commands(block, help):
    parsed = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
    assert parsed.returncode == 0, parsed.stderr
    for words in commands(block.text):
        program = words[0]
        known = program in BUILTINS | PROGRAMS or pathlib.PurePath(program).name == fields.PLUGIN
        built = program.startswith("build/")  # is what a tool has made there
        assert known or built or "/" in program and os.access(ROOT / program, os.X_OK), f"what is {program}?"
        for at, word in enumerate(words):
            if pathlib.PurePath(word).name == fields.PLUGIN:
                help.check(words[at + 1:])
        help.check([word.removeprefix("--exec-arg=") for word in words if word.startswith("--exec-arg=")])


def run(block, folder, plugin):
    env = {**KEYS, "PATH": f"{plugin.parent}:{os.environ['PATH']}", "HOME": str(folder / "home"), "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", block.text], cwd=folder / "work", env=env, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=HANG_SECONDS)
    outputs.said(done.stderr)
    assert done.returncode == 0, (done.returncode, done.stderr)


def check_page(tap, blocks, plugin, help):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "home").mkdir()
        shutil.copytree(ROOT / "examples", folder / "work/examples")
        for block in blocks:
            with tap.case(f"{block.page}:{block.line}: {block.language or 'a block without a language'}"):
                assert block.language in LANGUAGES, f"a block needs a language, one of {sorted(LANGUAGES)}"
                if block.language in ("json", "yaml"):
                    check_documents(block, help)
                elif block.language == "python":
                    ast.parse(block.text)
                elif block.language in ("sh", "sh run"):
                    check_commands(block, help)
                if block.language == "sh run":
                    run(block, folder, plugin)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--plugin", type=pathlib.Path, required=True)
    plugin = parser.parse_args().plugin.resolve()
    outputs.secret(KEYS["AWS_SECRET_ACCESS_KEY"])
    help = Help(plugin)
    tap = Tap()
    of = {page: split(page)[1] for page in pages()}
    with tap.case("all C++ blocks compile"):
        sources = [block for blocks in of.values() for block in blocks if block.language == "cpp"]
        assert sources, "there is none"
        compile_all(sources)
    for blocks in of.values():
        check_page(tap, [block for block in blocks if block.language not in ("cpp", "text", "mermaid")], plugin, help)
    tap.done()


main()
