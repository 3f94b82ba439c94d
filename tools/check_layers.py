#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds includes to their direction. The tables below are the architecture; a new folder is a new row."""
import pathlib
import re
import sys

INCLUDE = pathlib.Path(__file__).resolve().parent.parent / "include"
OUT = 99  # touches the operating system: for programs, never included by a library header

# A file or a folder and its number: an include goes to a lower number or stays in its own folder.
LAYERS = {
    "awsfakes": OUT,
    "credbase/posix_process.hpp": OUT, "credbase/posix_files.hpp": OUT, "credbase/posix_folder.hpp": OUT, "credbase/posix_run.hpp": OUT,
    "credbase": 0,
    "credplugin/base": 1, "credplugin/protocol": 2, "credplugin/context.hpp": 3, "credplugin/plugin.hpp": 4,
    "credplugin/credplugin.hpp": 5, "credplugin/host": 3, "credplugin/system_context.hpp": OUT,
    "credplugin/system_host_context.hpp": OUT, "credplugin/asio_credentials.hpp": OUT,
    "eksauth/base": 1, "eksauth/aws": 2, "eksauth/sigv4": 3, "eksauth/http.hpp": 3, "eksauth/eks_token.hpp": 4, "eksauth/presigner.hpp": 5,
    "eksauth/services": 4, "eksauth/context.hpp": 5, "eksauth/config": 6, "eksauth/cache": 6, "eksauth/net": 7, "eksauth/steps.hpp": 6, "eksauth/sources/source.hpp": 8,
    "eksauth/sources": 9, "eksauth/profile_source.hpp": 10, "eksauth/default_chain.hpp": 11, "eksauth/get_token.hpp": 12, "eksauth/describe_cluster.hpp": 12, "eksauth/whoami.hpp": 12,
    "eksauth/eksauth.hpp": 13, "eksauth/system_context.hpp": OUT, "eksauth/beast_transport.hpp": OUT, "eksauth/beast": OUT,
}
NO_SIBLINGS = {"eksauth/sources"}  # its files don't include each other
# What has one home only.
HOMES = {
    r"openssl/": {"awsfakes", "eksauth/base/sha256.hpp", "eksauth/base/sha1.hpp", "eksauth/base/es256.hpp", "eksauth/beast_transport.hpp", "eksauth/beast",
                 "credplugin/system_host_context.hpp"},
    r"boost/(asio|beast)": {"awsfakes", "eksauth/beast_transport.hpp", "eksauth/beast", "credplugin/asio_credentials.hpp"},
    r"(iostream|fstream|sstream|regex|locale)$": set(),
}
# What only OUT headers may call.
WORLD = re.compile(r"std::getenv|\b(?:system|steady)_clock::now|\bfork\(|[^\w:]::(?:open|read|write|close|time|poll)\(|"
                   r"std::(?:cout|cerr|exit|abort|terminate)\b")


def layer(header):
    """The row that a header falls under, file before folder, and its number."""
    row = next((row for row in (header, header.rpartition("/")[0]) if row in LAYERS), None)
    return row, LAYERS.get(row)


def faults(header, text):
    row, number = layer(header)
    if row is None:
        yield "is in no row of the table"
        return
    for included in re.findall(r'^#include [<"]([^>"]+)[>"]', text, re.M):
        for pattern, homes in HOMES.items():
            if re.match(pattern, included) and header not in homes and header.rpartition("/")[0] not in homes:
                yield f"includes {included}, which has its home in {', '.join(homes) or 'no library header'}"
        if not included.startswith(("awsfakes/", "credbase/", "credplugin/", "eksauth/")):
            continue
        other_row, other = layer(included)
        library, other_library = header.split("/")[0], included.split("/")[0]
        if other_library != library and (library == "awsfakes" or other_library != "credbase"):
            yield f"includes {included} of another library"
        elif other is None:
            yield f"includes {included}, which is in no row of the table"
        elif other == OUT and number != OUT:
            yield f"includes {included}, which touches the operating system"
        elif number != OUT and not (other < number or (other_row == row and row not in NO_SIBLINGS)):
            yield f"includes {included} of layer {other} from layer {number}"
    if number != OUT:
        for call in WORLD.findall(text):
            yield f"calls {call.strip()} by name instead of through the context"


def main():
    found = [f"{header}: {fault}"
             for path in sorted(INCLUDE.rglob("*.hpp"))
             for header in [path.relative_to(INCLUDE).as_posix()]
             for fault in faults(header, path.read_text())]
    print("\n".join(found) or "every include goes downward")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
