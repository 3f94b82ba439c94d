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
    return [*openssl(), *boost(), *zig()]


def said_by(*command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}")
    return done.stdout.strip()


def openssl():
    dsc = pathlib.Path(said_by("tools/static/openssl-source"))
    description = dsc.read_text()
    version = find(r"^Version: (\S+)$", description, dsc.name)
    name = find(r"^ [0-9a-f]{64} \d+ (\S+\.orig\.tar\.\w+)$", description, dsc.name)
    digest = find(rf"^ ([0-9a-f]{{64}}) \d+ {re.escape(name)}$", description, dsc.name)
    texts = {}
    with tarfile.open(dsc.parent / name) as source:
        for member in source:  # the whole of it would take seconds
            folder, _, file = member.name.partition("/")
            if file in ("LICENSE.txt", "README.md"):
                texts[file] = source.extractfile(member).read().decode()
            if len(texts) == 2:
                break
    if len(texts) != 2:
        raise SystemExit(f"{name}: LICENSE.txt or README.md is missing")
    notices = find(r"^((?:Copyright \(c\) .*\n\n?)+)", texts["README.md"], f"README.md of {name}")
    yield Component("OpenSSL", version, "OpenSSL Software Foundation", "Apache-2.0", notices + texts["LICENSE.txt"],
                    {"purl": purl("deb/debian/openssl", version) + "?arch=source",
                     "cpe23Type": cpe("openssl", "openssl", folder.removeprefix("openssl-"))},
                    (name, digest))


def boost():
    """Boost asks for no notices with compiled code; its licence alone is given."""
    header = pathlib.Path("/usr/include/boost/version.hpp")
    number = int(find(r"^#define BOOST_VERSION (\d+)$", header.read_text(), header))
    version = f"{number // 100000}.{number // 100 % 1000}.{number % 100}"
    package = said_by("dpkg-query", "--search", header).partition(":")[0]
    debian = said_by("dpkg-query", "--show", "--showformat=${Version}", package)
    copyright_file = pathlib.Path("/usr/share/doc", package, "copyright")
    # A paragraph of its own, in Debian's form: each line indented, a dot for an empty one.
    text = find(r"\n\nLicense: BSL-1\.0\n((?: .*\n)+)", copyright_file.read_text(), copyright_file)
    yield Component("Boost", version, "Boost", "BSL-1.0", re.sub(r"^ \.?", "", text, flags=re.M),
                    {"purl": purl(f"deb/debian/{package}", debian), "cpe23Type": cpe("boost", "boost", version)})


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
