#!/usr/bin/python3 -BXutf8
# SPDX-License-Identifier: Apache-2.0
"""Makes the packages in build/packages of what `tools/build static` built, and prints their paths; see tools/package.

The same tree, compiler and OpenSSL give the same bytes, in any folder and at any time. Only the image tells of the git checkout.
"""
import hashlib
import shutil

import archive
import components
import debian
import image
import printed
import release
import sbom
from release import NAME, ROOT


def main():
    changes, parts = release.changes(), components.components()
    programs = {architecture: (ROOT / f"build/static/{NAME}-linux-{built}").read_bytes()
                for architecture, built in release.ARCHITECTURES.items()}
    notices = components.notices(parts).encode()
    licence, readme = ((ROOT / name).read_bytes() for name in ("LICENSE", "README.md"))
    documents = printed.texts()
    texts = {"LICENSE": (0o644, licence), "THIRD-PARTY-NOTICES": (0o644, notices)}

    files = {f"{NAME}.spdx.json": sbom.document(programs, parts, changes[0])}
    for architecture, program in programs.items():
        content = {NAME: (0o555, program), "README.md": (0o644, readme), **texts, **printed.for_archive(documents)}
        files[f"{NAME}-linux-{architecture}.tar.gz"] = archive.gzip(archive.tar(content, changes[0].date))
        files[f"{NAME}_{changes[0].version}_{architecture}.deb"] = debian.package(
            architecture, program, notices, printed.for_debian(documents), changes)
    licences = {f"licenses/{name}": text for name, text in texts.items()}
    roots = {architecture: {f"bin/{NAME}": (0o555, program), **licences} for architecture, program in programs.items()}
    layout = image.layout(roots, changes[0])
    files[f"{NAME}.oci.tar"] = archive.tar({path: (0o644, data) for path, data in layout.items()}, changes[0].date)
    sums = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())]
    files["checksums.txt"] = "".join(sums).encode()

    folder = ROOT / "build/packages"
    if folder.exists():
        shutil.rmtree(folder)
    for name, data in {**files, **{f"{NAME}.oci/{path}": data for path, data in layout.items()}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for path in sorted(folder.iterdir()):
        print(path)


main()
