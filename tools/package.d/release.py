# SPDX-License-Identifier: Apache-2.0
"""What a release is called, and when it was made: from meson.build, CHANGELOG.md and, for the image, the git checkout."""
import datetime
import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NAME = "eks-aws-auth-plugin"
SUMMARY = "Kubernetes exec credential plugin for Amazon EKS"
# An address that can't exist, until there is one.
MAINTAINER = f"{NAME} maintainers <maintainers@{NAME}.invalid>"
# The architectures' names in packages and images, and in the static build.
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
# What is not released yet has the first day that every format of archives can tell.
UNRELEASED = "1980-01-01"


class Change(NamedTuple):
    version: str
    date: datetime.datetime
    items: list[str]

    @property
    def created(self):
        return f"{self.date:%Y-%m-%dT%H:%M:%SZ}"


def find(pattern, text, place):
    """The first group of the pattern in the text, or the end of the program with words on the place that lacks it."""
    match = re.search(pattern, text, re.M)
    if not match:
        raise SystemExit(f"{place}: nothing looks like {pattern}")
    return match.group(1)


def version():
    return find(r"^  version: '([^']+)'", (ROOT / "meson.build").read_text(), "meson.build")


def changes():
    """The sections of CHANGELOG.md, newest first. The first one's date is that of everything in the packages."""
    text = (ROOT / "CHANGELOG.md").read_text()
    sections = re.split(r"^## (\S+) \((unreleased|\d{4}-\d\d-\d\d)\)$", text, flags=re.M)[1:]
    if sections[:1] != [version()]:
        raise SystemExit(f"CHANGELOG.md: the first section isn't `## {version()} (DATE)` for the version of meson.build; DATE is "
                         "YYYY-MM-DD or unreleased")
    return [Change(name, datetime.datetime.fromisoformat(date.replace("unreleased", UNRELEASED) + "T00:00:00+00:00"),
                   [" ".join(item.split()) for item in re.findall(r"^- (.*(?:\n  .*)*)", items, re.M)])
            for name, date, items in zip(*[iter(sections)] * 3)]


def git(*arguments):
    """What git says of the checkout; nothing where there is no git, no checkout, or none of this tree alone."""
    if not (ROOT / ".git").exists():
        return ""
    try:
        return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def annotations():
    """The image's annotations. A tree that no commit describes has no revision, and one without a public origin no source."""
    facts = {"title": NAME, "version": version()}
    revision = git("rev-parse", "--verify", "--quiet", "HEAD")
    if revision and not git("--no-optional-locks", "status", "--porcelain"):
        facts["revision"] = revision
    else:
        print("the image names no revision: this is no git checkout, or one with changes", file=sys.stderr)
    # Neither a name and password in it nor a folder of this machine is for others.
    public = r"(?:https://(?:[^/@]*@)?([^/@]+)/|git@([^/:@]+):)([^@]+?)(?:\.git)?/?"
    if origin := re.fullmatch(public, git("remote", "get-url", "origin")):
        facts["source"] = facts["url"] = f"https://{origin[1] or origin[2]}/{origin[3]}"
    return {f"org.opencontainers.image.{name}": value for name, value in facts.items()}
