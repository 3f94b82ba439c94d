# SPDX-License-Identifier: Apache-2.0
"""A Debian package of the static program."""
import email.utils
import hashlib
import os
import pathlib
import subprocess
import tempfile
import textwrap

import archive
from release import MAINTAINER, NAME, SUMMARY

COPYRIGHT = f"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: {NAME}
Comment: The program is static. What others wrote of it has licences of its own, which
 are in /usr/share/doc/{NAME}/THIRD-PARTY-NOTICES.

Files: *
Copyright: the authors of {NAME}
License: Apache-2.0
 On Debian systems, the full text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
"""
OVERRIDES = f"""# It runs in images that hold nothing else.
{NAME}: statically-linked-binary [usr/bin/{NAME}]
{NAME}: embedded-library libyaml [usr/bin/{NAME}]
"""


def package(architecture, program, notices, printed, changes):
    """The bytes of the .deb file; `printed` are the files of printed.for_debian."""
    documents = f"usr/share/doc/{NAME}"
    content = {
        f"usr/bin/{NAME}": (0o755, program),
        f"{documents}/THIRD-PARTY-NOTICES": (0o644, notices),
        f"{documents}/copyright": (0o644, COPYRIGHT.encode()),
        f"{documents}/changelog.gz": (0o644, archive.gzip(changelog(changes).encode())),
        f"usr/share/lintian/overrides/{NAME}": (0o644, OVERRIDES.encode()),
        **printed,
    }
    control = "\n".join([
        f"Package: {NAME}", f"Version: {changes[0].version}", f"Architecture: {architecture}", f"Maintainer: {MAINTAINER}",
        f"Installed-Size: {sum(-(-len(data) // 1024) for _, data in content.values())}", "Section: admin", "Priority: optional",
        f"Description: {SUMMARY}",
        " A multi-cluster controller or kubectl runs it with the region and the name of a",
        " cluster, and it prints that cluster's bearer token.", ""])
    sums = "".join(f"{hashlib.md5(data).hexdigest()}  {path}\n" for path, (_, data) in sorted(content.items()))
    content |= {"DEBIAN/control": (0o644, control.encode()), "DEBIAN/md5sums": (0o644, sums.encode())}
    return build(content, changes[0].date)


def changelog(changes):
    """CHANGELOG.md in the form of Debian's changelogs."""
    def section(change):
        items = [textwrap.fill(item, 80, initial_indent="  * ", subsequent_indent="    ") for item in change.items]
        return "\n".join([f"{NAME} ({change.version}) unstable; urgency=medium", "", *items, "",
                          f" -- {MAINTAINER}  {email.utils.format_datetime(change.date)}", ""])
    return "\n".join(map(section, changes))


def build(content, date):
    seconds = int(date.timestamp())
    with tempfile.TemporaryDirectory() as temporary:
        root, target = pathlib.Path(temporary, "root"), pathlib.Path(temporary, "package.deb")
        for path, (mode, data) in content.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            file.chmod(mode)
        for folder, _, files in os.walk(root, topdown=False):
            os.chmod(folder, 0o755)
            for path in [*(os.path.join(folder, file) for file in files), folder]:
                os.utime(path, (seconds, seconds))
        # Not each distribution's dpkg-deb takes xz by itself, and not each one's dpkg reads more.
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, target], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(seconds)})
        return target.read_bytes()
