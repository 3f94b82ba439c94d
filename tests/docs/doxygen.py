# SPDX-License-Identifier: Apache-2.0
"""The documentation as a whole: tools/docs builds it without a warning, it has all that is public, and no link leads nowhere."""
import html
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree

from pages import ROOT, pages, split

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.tap import Tap  # noqa: E402


def build(site):
    done = subprocess.run([ROOT / "tools/docs"], env={**os.environ, "DOCS_OUTPUT": str(site)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr.replace(f"{ROOT}/", "")
    assert done.stderr == "", done.stderr
    assert done.stdout == f"{site}/index.html\n", done.stdout


def header_names():
    """Those that are installed."""
    names = re.findall(r"^ *'([\w/]+\.hpp)',$", (ROOT / "include/meson.build").read_text(), re.M)
    assert len(names) > 100, names
    return names


def check_index(site):
    compounds = xml.etree.ElementTree.parse(site / "tags.xml").getroot().findall("compound")
    of = {kind: [one for one in compounds if one.get("kind") == kind] for kind in ("file", "namespace", "page")}
    files = {os.path.relpath(one.findtext("path") + one.findtext("name"), ROOT / "include"): one.findtext("filename") for one in of["file"]}
    missing = [name for name in header_names() if name not in files or not (site / files[name]).is_file()]
    assert not missing, f"no page of {missing}"
    namespaces = {one.findtext("name") for one in of["namespace"]}
    assert namespaces >= {name.partition("/")[0] for name in header_names()}, namespaces
    inner = [one.findtext("name") for one in compounds if "detail" in one.findtext("name").split("::")]
    assert not inner, f"what users must not call: {inner}"
    titles = {re.search("^# (.*)$", (ROOT / page).read_text(), re.M)[1].replace("`", "") for page in pages()}
    shown = {one.findtext("title") for one in of["page"]}
    assert titles <= shown, f"no page of {titles - shown}"


def dead_links_of_site(site):
    for page in site.rglob("*.html"):
        for link in re.findall(r'href="([^"]*)"', page.read_text()):
            path = urllib.parse.unquote(html.unescape(link).partition("#")[0])
            if ":" not in path and not (page.parent / path).exists():
                yield f"{page.name}: {link}"


def anchors(page):
    """Of its headings, as GitHub forms them."""
    for heading in re.findall(r"^#+ (.*)$", split(page)[0], re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def dead_links(page):
    prose = re.sub(r"`[^`\n]*`(?!\])", "", split(page)[0])
    for link in re.findall(r"\]\(([^)]*)\)", prose):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or not target.resolve().is_relative_to(ROOT):
            yield f"{page}: {link}"
        elif anchor and anchor not in anchors(target.resolve().relative_to(ROOT)):
            yield f"{page}: {link}: no such heading"


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        site = pathlib.Path(folder).resolve() / "site"
        with tap.case("Doxygen builds the reference and all pages without a warning"):
            build(site)
        with tap.case("each header that is installed and each page is in the site, and nothing of a namespace detail"):
            check_index(site)
        with tap.case("each link of the site leads to a file of it"):
            dead = sorted(dead_links_of_site(site))
            assert (site / "index.html").exists() and not dead, dead
    for page in pages():
        with tap.case(f"each link leads to a file and a heading: {page}"):
            dead = list(dead_links(page))
            assert not dead, dead
    tap.done()


main()
