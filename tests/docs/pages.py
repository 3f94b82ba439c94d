# SPDX-License-Identifier: Apache-2.0
"""The pages that people read: all .md files of the repository, as lines of text and fenced blocks."""
import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@dataclasses.dataclass
class Block:
    page: pathlib.Path
    line: int  # of its first line within the page, from 1
    language: str  # the words behind the opening fence
    text: str


def pages():
    """Their paths, from the repository's top folder."""
    found = [*ROOT.glob("*.md")]
    for folder in ("docs", "examples", "include", "packaging", "plugins", "tests"):
        found += (ROOT / folder).rglob("*.md")
    return sorted(page.relative_to(ROOT) for page in found)


def split(page):
    """A page's text with its blocks' lines empty, and its blocks."""
    prose, blocks, opened = [], [], None
    for number, line in enumerate((ROOT / page).read_text().splitlines(), 1):
        fence = re.match(r"( *)(```+)(.*)$", line)
        if opened is None and fence:
            opened, indent = fence[2], len(fence[1])
            blocks.append(Block(page, number + 1, fence[3].strip(), ""))
        elif opened and fence and fence[2] == opened and not fence[3].strip():
            opened = None
        elif opened:
            blocks[-1].text += line[min(indent, len(line) - len(line.lstrip())):] + "\n"
        prose.append(line if opened is None and not fence else "")
    assert opened is None, f"{page}:{blocks[-1].line}: the block has no end"
    return "\n".join(prose), blocks
