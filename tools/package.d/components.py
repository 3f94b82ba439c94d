# SPDX-License-Identifier: Apache-2.0
"""What others wrote of the static program: names, versions, licences and their texts, as the build's own sources tell them."""
import pathlib
import re
import subprocess
import tarfile
import textwrap
import urllib.parse
from typing import NamedTuple

from release import NAME, ROOT, find


class Component(NamedTuple):
    name: str
    version: str
    supplier: str
    licence: str  # of the SPDX list
    text: str  # the licence and the copyright notices
    references: dict[str, str]  # names for those who look for known faults: purl, cpe23Type
    source: tuple[str, str] | None = None  # a file and its SHA-256


def components():
    return [*openssl(), *libyaml(), *boost(), *cli11(), *zig()]


def said_by(*command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}")
    return done.stdout.strip()


class DebianSource(NamedTuple):
    version: str  # Debian's
    upstream: str
    archive: tuple[str, str]  # a file and its SHA-256
    texts: list[str]


def debian_source(package, *files):
    """The source package that the program is built of, and texts of files at the root of its archive."""
    dsc = pathlib.Path(said_by("tools/static/debian-source", package))
    description = dsc.read_text()
    version = find(r"^Version: (\S+)$", description, dsc.name)
    name = find(r"^ [0-9a-f]{64} \d+ (\S+\.orig\.tar\.\w+)$", description, dsc.name)
    digest = find(rf"^ ([0-9a-f]{{64}}) \d+ {re.escape(name)}$", description, dsc.name)
    texts = {}
    with tarfile.open(dsc.parent / name) as source:
        for member in source:  # the whole of it would take seconds
            file = member.name.partition("/")[2]
            if file in files:
                texts[file] = source.extractfile(member).read().decode()
            if len(texts) == len(files):
                break
    if missing := [file for file in files if file not in texts]:
        raise SystemExit(f"{name}: {' and '.join(missing)} is missing")
    return DebianSource(version, version.rpartition("-")[0], (name, digest), [texts[file] for file in files])


def openssl():
    source = debian_source("openssl", "LICENSE.txt", "README.md")
    licence, readme = source.texts
    notices = find(r"^((?:Copyright \(c\) .*\n\n?)+)", readme, f"README.md of {source.archive[0]}")
    yield Component("OpenSSL", source.version, "OpenSSL Software Foundation", "Apache-2.0", notices + licence,
                    {"purl": purl("deb/debian/openssl", source.version) + "?arch=source",
                     "cpe23Type": cpe("openssl", "openssl", source.upstream)},
                    source.archive)


def libyaml():
    source = debian_source("libyaml", "License")
    [licence] = source.texts
    yield Component("libyaml", source.version, "The YAML Project", "MIT", licence,
                    {"purl": purl("deb/debian/libyaml", source.version) + "?arch=source",
                     "cpe23Type": cpe("pyyaml", "libyaml", source.upstream)},
                    source.archive)


class DebianHeaders(NamedTuple):
    package: str
    version: str  # Debian's
    copyright: str
    licence: str


def debian_headers(header, licence):
    """The package that a header of this machine is of, and the text of that licence in it."""
    package = said_by("dpkg-query", "--search", header).partition(":")[0]
    version = said_by("dpkg-query", "--show", "--showformat=${Version}", package)
    file = pathlib.Path("/usr/share/doc", package, "copyright")
    # A paragraph of its own, in Debian's form: each line indented, a dot for an empty one.
    text = find(rf"\n\nLicense: {re.escape(licence)}\n((?: .*\n)+)", file.read_text(), file)
    notice = find(r"^Files: \*\nCopyright: (.*)$", file.read_text(), file)
    return DebianHeaders(package, version, f"Copyright {notice}\n\n", re.sub(r"^ \.?", "", text, flags=re.M))


def boost():
    """Boost asks for no notices with compiled code; its licence alone is given."""
    header = pathlib.Path("/usr/include/boost/version.hpp")
    number = int(find(r"^#define BOOST_VERSION (\d+)$", header.read_text(), header))
    version = f"{number // 100000}.{number // 100 % 1000}.{number % 100}"
    debian = debian_headers(header, "BSL-1.0")
    yield Component("Boost", version, "Boost", "BSL-1.0", debian.licence,
                    {"purl": purl(f"deb/debian/{debian.package}", debian.version), "cpe23Type": cpe("boost", "boost", version)})


def cli11():
    header = pathlib.Path("/usr/include/CLI/Version.hpp")
    version = find(r'^#define CLI11_VERSION "(.+)"$', header.read_text(), header)
    debian = debian_headers(header, "BSD-3-clause")
    yield Component("CLI11", version, "University of Cincinnati", "BSD-3-Clause", debian.copyright + debian.licence,
                    {"purl": purl(f"deb/debian/{debian.package}", debian.version), "cpe23Type": cpe("cli11_project", "cli11", version)})


def zig():
    """What comes with the compiler: musl, LLVM's libraries, and compiler-rt of its own."""
    tools = pathlib.Path(said_by("tools/static/toolchain"))
    folder = tools.parent / "zig"
    musl = folder / "lib/libc/musl"
    version = find(r'^#define VERSION "(.+)"$', (musl / "src/internal/version.h").read_text(), "musl's version.h")
    yield Component("musl", version, "musl", "MIT", (musl / "COPYRIGHT").read_text(),
                    {"purl": purl("generic/musl", version), "cpe23Type": cpe("musl-libc", "musl", version)})
    llvm = find(r"^clang version (\S+)", said_by(tools / "x86_64-c++", "--version"), "the compiler's version")
    for name, place in ("libc++", "libcxx"), ("libc++abi", "libcxxabi"), ("libunwind", "libunwind"):
        yield Component(name, llvm, "LLVM Foundation", "Apache-2.0 WITH LLVM-exception",
                        (folder / "lib" / place / "LICENSE.TXT").read_text(), {"purl": purl(f"generic/{place}", llvm)})
    version = find(r"^ziglang==(\S+)", (ROOT / "tools/static/requirements.txt").read_text(), "tools/static/requirements.txt")
    yield Component("zig compiler-rt", version, "Zig Software Foundation", "MIT", (folder / "LICENSE").read_text(),
                    {"purl": purl("pypi/ziglang", version)})


def purl(package, version):
    return f"pkg:{package}@{urllib.parse.quote(version, safe='')}"


def cpe(vendor, product, version):
    return f"cpe:2.3:a:{vendor}:{product}:{version}:*:*:*:*:*:*:*"


def notices(parts):
    """THIRD-PARTY-NOTICES: the licence of each part, with its copyright notices."""
    opening = textwrap.fill(f"{NAME} is one static program. These parts of it were written by others, who give them under the "
                            "licences that follow: " + ", ".join(part.name for part in parts) + ".", 79)
    rule = "=" * 79
    sections = [f"{rule}\n{part.name} {part.version}: {part.licence}\n{rule}\n\n" + part.text.strip("\n") for part in parts]
    return "\n\n".join([opening, *sections]) + "\n"
