#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The packages that tools/package makes of the static programs: the same bytes in any place, and whole for the tools of others.

It needs the programs of `tools/build static`, and makes packages of its own in copies of the tree.
"""
import gzip
import hashlib
import importlib.util
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop")]
from support import outputs  # noqa: E402
from support.tap import Tap  # noqa: E402
from token_check import LONG_TERM, SECRET_KEY, check_token  # noqa: E402
from copied_tree import ARCHITECTURES, NAME, ROOT, STATIC, copy_tree, files_below, make, run  # noqa: E402

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
VERSION = re.search(r"version: '(.+)'", (ROOT / "meson.build").read_text()).group(1)
TEXTS = {"LICENSE": (ROOT / "LICENSE").read_bytes(), "README.md": (ROOT / "README.md").read_bytes()}
# What the program prints: where it is in an archive and in a Debian package.
PRINTED = {
    ("man",): (f"man/{NAME}.1", f"usr/share/man/man1/{NAME}.1.gz"),
    ("completion", "bash"): (f"completions/{NAME}.bash", f"usr/share/bash-completion/completions/{NAME}"),
    ("completion", "zsh"): (f"completions/_{NAME}", f"usr/share/zsh/vendor-completions/_{NAME}"),
    ("completion", "fish"): (f"completions/{NAME}.fish", f"usr/share/fish/vendor_completions.d/{NAME}.fish"),
}
ANNOTATION = "org.opencontainers.image."
outputs.secret(SECRET_KEY)


def printed(*arguments):
    return run(STATIC / f"{NAME}-linux-{ARCHITECTURES['amd64']}", *arguments, env={}).encode()


class Runner:
    """Runs the program of a package, as nobody in particular where that can be had."""

    def __init__(self, tap):
        self.tap = tap

    def case(self, name, architecture, program, user=None):
        """`program` gives the path when the case runs."""
        emulator = [] if platform.machine() == MACHINES[architecture] else [f"qemu-{MACHINES[architecture]}-static"]
        if emulator and not shutil.which(emulator[0]):
            return self.tap.skip(name, f"{emulator[0]} is not installed")
        with self.tap.case(name):
            info = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                    "spec": {"cluster": {"config": {"region": "eu-west-1", "clusterId": "c1"}}, "interactive": False}}
            env = {"KUBERNETES_EXEC_INFO": json.dumps(info), "AWS_ACCESS_KEY_ID": LONG_TERM.access_key,
                   "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
            command = [*map(shutil.which, emulator), program()]
            switch = {"user": user, "group": user, "extra_groups": []} if user and os.geteuid() == 0 else {}
            done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, **switch)
            outputs.said(done.stderr)
            assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stderr)
            check_token(json.loads(done.stdout)["status"]["token"], "eu-west-1", "c1")
            version = subprocess.run([*command, "--version"], env={}, capture_output=True, text=True, **switch).stdout
            assert version == f"{NAME} {VERSION}\n", version


def is_program(path, architecture):
    return path.read_bytes() == (STATIC / f"{NAME}-linux-{ARCHITECTURES[architecture]}").read_bytes()


def reproducible(tap, one, other):
    with tap.case("two copies of the tree give the same bytes: folders, times, umasks, time zones and locales differ"):
        assert list(files_below(one)) == list(files_below(other))
        differ = [name for name, path in files_below(one).items() if path.read_bytes() != (other / name).read_bytes()]
        assert not differ, differ
    with tap.case("what is offered: archives, Debian packages, the image as folder and file, a bill of materials, checksums"):
        assert {path.name for path in one.iterdir()} == {
            f"{NAME}.oci", f"{NAME}.oci.tar", f"{NAME}.spdx.json", "checksums.txt",
            *(f"{NAME}-linux-{architecture}.tar.gz" for architecture in ARCHITECTURES),
            *(f"{NAME}_{VERSION}_{architecture}.deb" for architecture in ARCHITECTURES)}
    with tap.case("checksums.txt holds for every other file"):
        said = run("sha256sum", "--check", "--strict", "checksums.txt", cwd=one, env={**os.environ, "LC_ALL": "C"})
        assert {line.partition(": OK")[0] for line in said.splitlines()} == {
            path.name for path in one.iterdir() if path.is_file()} - {"checksums.txt"}, said


def archives(tap, runner, packages, folder):
    for architecture in ARCHITECTURES:
        file, root = packages / f"{NAME}-linux-{architecture}.tar.gz", folder / f"archive-{architecture}"
        with tap.case(f"archive, {architecture}: its files are of 0:0, the program 0555"):
            listing = [line.split() for line in run("tar", "--numeric-owner", "-tvzf", file).splitlines()]
            assert {(mode, owner, name) for mode, owner, *_, name in listing} == {
                ("-r-xr-xr-x", "0/0", NAME),
                *(("drwxr-xr-x", "0/0", name) for name in ("completions/", "man/")),
                *(("-rw-r--r--", "0/0", name) for name in ("LICENSE", "README.md", "THIRD-PARTY-NOTICES")),
                *(("-rw-r--r--", "0/0", path) for path, _ in PRINTED.values())}, listing
            flags, time = file.read_bytes()[3], file.read_bytes()[4:8]
            assert (flags, time) == (0, bytes(4)), "the gzip header has a name or a time"
            root.mkdir()
            run("tar", "-xzf", file, "-C", root)
            assert is_program(root / NAME, architecture)
            assert all((root / name).read_bytes() == text for name, text in TEXTS.items())
            assert all((root / path).read_bytes() == printed(*arguments) for arguments, (path, _) in PRINTED.items())
        runner.case(f"archive, {architecture}: the program runs", architecture, lambda: root / NAME)


def debian(tap, runner, packages, folder):
    for architecture in ARCHITECTURES:
        file, root = packages / f"{NAME}_{VERSION}_{architecture}.deb", folder / f"deb-{architecture}"
        with tap.case(f"Debian package, {architecture}: fields, owners and modes"):
            fields = dict(re.findall(r"^([A-Z][\w-]+): (.*)$", run("dpkg-deb", "--field", file), re.M))
            assert (fields["Package"], fields["Version"], fields["Architecture"]) == (NAME, VERSION, architecture), fields
            assert not {"Depends", "Pre-Depends", "Recommends"} & set(fields), fields
            listing = [line.split() for line in run("dpkg-deb", "--contents", file).splitlines()]
            assert {(mode, owner) for mode, owner, *_ in listing} == {
                ("drwxr-xr-x", "root/root"), ("-rwxr-xr-x", "root/root"), ("-rw-r--r--", "root/root")}, listing
            assert [name for mode, *_, name in listing if mode == "-rwxr-xr-x"] == [f"./usr/bin/{NAME}"], listing
            assert {f"./usr/share/doc/{NAME}/{name}" for name in ("copyright", "changelog.gz", "THIRD-PARTY-NOTICES")} <= {
                name for *_, name in listing}, listing
        if os.geteuid() == 0:
            with tap.case(f"Debian package, {architecture}: dpkg installs it where nothing else is, and finds it unharmed"):
                for name in "info", "updates":
                    (root / "var/lib/dpkg" / name).mkdir(parents=True)
                (root / "var/lib/dpkg/status").touch()
                run("dpkg", f"--root={root}", "--force-architecture", "--install", file)
                assert run("dpkg", f"--root={root}", "--verify", NAME) == ""
                shown = run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f=${db:Status-Status} ${Version}", NAME)
                assert shown == f"installed {VERSION}", shown
                assert is_program(root / "usr/bin" / NAME, architecture)
        else:
            with tap.case(f"Debian package, {architecture}: dpkg-deb unpacks it"):
                run("dpkg-deb", "-x", file, root)
                assert is_program(root / "usr/bin" / NAME, architecture)
        with tap.case(f"Debian package, {architecture}: the manual page and the completions, as the program prints them"):
            for arguments, (_, path) in PRINTED.items():
                data = (root / path).read_bytes()
                assert (gzip.decompress(data) if path.endswith(".gz") else data) == printed(*arguments), path
            header = (root / PRINTED["man",][1]).read_bytes()[:10]
            assert header[3:9] == bytes(5) + b"\2", "gzip's header has a name or a time, or it isn't of -9"
        runner.case(f"Debian package, {architecture}: the program runs", architecture, lambda: root / "usr/bin" / NAME)
        name = f"Debian package, {architecture}: lintian finds what is known, and no more"
        if not shutil.which("lintian"):
            tap.skip(name, "lintian is not installed")
            continue
        with tap.case(name):
            done = subprocess.run(["lintian", "--no-cfg", file], capture_output=True, text=True)
            # The licence's file names nobody and no year.
            known = {"copyright-without-copyright-notice"}
            assert set(re.findall(r"^[EW]: \S+: (\S+)", done.stdout, re.M)) == known, (done.stdout, done.stderr)


def image(tap, runner, packages, folder, revision):
    layout, file = packages / f"{NAME}.oci", packages / f"{NAME}.oci.tar"
    if missing := [tool for tool in ("skopeo", "umoci") if not shutil.which(tool)]:
        return tap.skip("image", f"{' and '.join(missing)} not installed")
    notes = {"title": NAME, "version": VERSION, "revision": revision,
             "source": "https://git.example:8443/fleet/plugin", "url": "https://git.example:8443/fleet/plugin"}
    notes = {ANNOTATION + name: value for name, value in notes.items()}
    with tap.case("image: the folder is what the file holds, and each blob is named by its bytes"):
        (folder / "unpacked").mkdir()
        run("tar", "-xf", file, "-C", folder / "unpacked")
        assert {name: path.read_bytes() for name, path in files_below(layout).items()} == {
            name: path.read_bytes() for name, path in files_below(folder / "unpacked").items()}
        for path in (layout / "blobs/sha256").iterdir():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
    with tap.case("image: an index of both platforms, with annotations of the release"):
        index = json.loads(run("skopeo", "inspect", "--raw", f"oci-archive:{file}:v{VERSION}"))
        assert [manifest["platform"] for manifest in index["manifests"]] == [
            {"architecture": architecture, "os": "linux"} for architecture in ARCHITECTURES]
        assert index["annotations"] == notes, index["annotations"]
    with tap.case("image: skopeo copies all of it from the folder"):
        run("skopeo", "copy", "--all", f"oci:{layout}:v{VERSION}", f"oci:{folder}/all:x")
        blobs = [{path.name for path in (place / "blobs/sha256").iterdir()} for place in (layout, folder / "all")]
        assert blobs[0] == blobs[1], blobs
    for architecture in ARCHITECTURES:
        one, root = f"oci:{folder}/{architecture}:x", folder / f"bundle-{architecture}" / "rootfs"
        with tap.case(f"image, {architecture}: user 65532:65532, no entrypoint, no command, one layer, annotations"):
            run("skopeo", "copy", "--override-arch", architecture, f"oci-archive:{file}", one)
            config = json.loads(run("skopeo", "inspect", "--raw", "--config", one))
            assert config["config"] == {"User": "65532:65532"} and len(config["rootfs"]["diff_ids"]) == 1, config
            assert (config["os"], config["architecture"]) == ("linux", architecture), config
            manifest = json.loads(run("skopeo", "inspect", "--raw", one))
            assert manifest["annotations"] == {
                **notes, ANNOTATION + "os": "linux", ANNOTATION + "architecture": architecture}, manifest
        with tap.case(f"image, {architecture}: umoci unpacks /bin/{NAME} with mode 0555, and the licences"):
            rootless = [] if os.geteuid() == 0 else ["--rootless"]
            run("umoci", "unpack", *rootless, "--image", one.removeprefix("oci:"), root.parent)
            assert set(files_below(root)) == {f"bin/{NAME}", "licenses/LICENSE", "licenses/THIRD-PARTY-NOTICES"}
            status = (root / "bin" / NAME).stat()
            assert status.st_mode & 0o7777 == 0o555 and status.st_uid == os.geteuid(), status
            assert is_program(root / "bin" / NAME, architecture) and (root / "licenses/LICENSE").read_bytes() == TEXTS["LICENSE"]
            process = json.loads((root.parent / "config.json").read_text())["process"]
            assert (process["user"]["uid"], process["user"]["gid"]) == (65532, 65532), process
            root.parent.chmod(0o755)
        runner.case(f"image, {architecture}: the program runs as its user", architecture, lambda: root / "bin" / NAME, user=65532)


def materials(tap, packages, folder):
    file = packages / f"{NAME}.spdx.json"
    document = json.loads(file.read_text())
    own = [package for package in document["packages"] if package["name"] == NAME]
    others = {package["name"]: package for package in document["packages"] if package["name"] != NAME}
    notices = (folder / "archive-amd64/THIRD-PARTY-NOTICES").read_text()
    if importlib.util.find_spec("spdx_tools"):
        with tap.case("bill of materials: it is SPDX 2.3 for spdx-tools"):
            from spdx_tools.spdx.parser.parse_anything import parse_file
            from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
            found = validate_full_spdx_document(parse_file(str(file)))
            assert document["spdxVersion"] == "SPDX-2.3" and not found, [message.validation_message for message in found]
    else:
        tap.skip("bill of materials: it is SPDX 2.3 for spdx-tools", "spdx-tools is not installed")
    with tap.case("bill of materials: a checksum and the version of each program"):
        assert [(package["versionInfo"], package["checksums"]) for package in own] == [
            (VERSION, [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(path.read_bytes()).hexdigest()}])
            for path in (folder / f"archive-{architecture}" / NAME for architecture in ARCHITECTURES)], own
    with tap.case("bill of materials: each part with its licence, its version as the build's own files tell it, and its place"):
        def built(path, pattern):
            return re.search(pattern, (STATIC / path).read_text(), re.M).group(1)
        llvm = re.search(r"clang version (\S+)", run("readelf", "-p", ".comment", STATIC / f"{NAME}-linux-x86_64")).group(1)
        openssl = built("openssl/x86_64/usr/include/openssl/opensslv.h", r'OPENSSL_VERSION_STR "(.+)"')
        expected = {
            "OpenSSL": ("Apache-2.0", openssl),
            "libyaml": ("MIT", built("libyaml/x86_64/usr/lib/pkgconfig/yaml-0.1.pc", r"^Version: (\S+)")),
            "CLI11": ("BSD-3-Clause", built("boost/include/CLI/Version.hpp", r'CLI11_VERSION "(.+)"')),
            "Boost": ("BSL-1.0", built("boost/include/boost/version.hpp", r'LIB_VERSION "(.+)"')),
            "musl": ("MIT", built("toolchain/zig/lib/libc/musl/src/internal/version.h", '"(.+)"')),
            **dict.fromkeys(["libc++", "libc++abi", "libunwind"], ("Apache-2.0 WITH LLVM-exception", llvm)),
            "zig compiler-rt": ("MIT", run(STATIC / "toolchain/zig/zig", "version").strip())}
        assert set(others) == set(expected), set(others)
        for name, (licence, version) in expected.items():
            assert others[name]["licenseDeclared"] == licence, name
            assert others[name]["versionInfo"].startswith(version.replace("_", ".")), name
            for program in own:
                assert {"spdxElementId": program["SPDXID"], "relationshipType": "STATIC_LINK",
                        "relatedSpdxElement": others[name]["SPDXID"]} in document["relationships"], (program["SPDXID"], name)
    with tap.case("THIRD-PARTY-NOTICES: each part's licence and copyright notices, the same text in all packages"):
        for part in others.values():
            assert f"\n{part['name']} {part['versionInfo']}: {part['licenseDeclared']}\n" in notices, part["name"]
        for words in ("The OpenSSL Project Authors", "Boost Software License - Version 1.0", "Kirill Simonov", "Henry Schreiner", "Rich Felker",
                      "LLVM Exceptions to the Apache 2.0", "Copyright (c) Zig contributors"):
            assert words in notices, words
        copies = list(folder.rglob("THIRD-PARTY-NOTICES"))
        assert len(copies) == 3 * len(ARCHITECTURES) and {path.read_text() for path in copies} == {notices}, copies


def facts(tap, tree, revision):
    def said():
        return json.loads(run("/usr/bin/python3", "-B", "-c", "import json, release; print(json.dumps(release.annotations()))",
                              cwd=tree / "tools/package.d"))
    with tap.case("annotations: no revision for a tree with changes, none and no source without a checkout"):
        assert said()[ANNOTATION + "revision"] == revision
        (tree / "CHANGELOG.md").write_text((tree / "CHANGELOG.md").read_text().replace("(unreleased)", "(2099-02-03)"))
        assert ANNOTATION + "revision" not in said() and ANNOTATION + "source" in said()
        run("git", "remote", "set-url", "origin", "git@git.example:fleet/plugin.git", cwd=tree)
        assert said()[ANNOTATION + "source"] == "https://git.example/fleet/plugin"
        run("git", "remote", "set-url", "origin", tree, cwd=tree)
        assert ANNOTATION + "source" not in said()
        shutil.rmtree(tree / ".git")
        assert said() == {ANNOTATION + "title": NAME, ANNOTATION + "version": VERSION}


def released(tap, tree, folder):
    """The tree is one without git by now, and CHANGELOG.md has a date to come, which no tool takes from the clock."""
    with tap.case("a release, from a tree without git: everything has the date of CHANGELOG.md"):
        dated = make(tree, folder / "temporary-dated")
        for listed in "tar -tvzf {}-linux-amd64.tar.gz", "dpkg-deb --contents {}_{}_amd64.deb", "tar -tvf {}.oci.tar":
            lines = run(*listed.format(NAME, VERSION).split(), cwd=dated, env={**os.environ, "TZ": "UTC"}).splitlines()
            assert lines and all("2099-02-03 00:00" in line for line in lines), lines
        assert json.loads((dated / f"{NAME}.spdx.json").read_text())["creationInfo"]["created"] == "2099-02-03T00:00:00Z"
    with tap.case("a version that CHANGELOG.md doesn't tell of is refused"):
        (tree / "meson.build").write_text((tree / "meson.build").read_text().replace(f"'{VERSION}'", "'9.9.9'", 1))
        done = subprocess.run([tree / "tools/package.d/make.py"], capture_output=True, text=True)
        assert done.returncode == 1 and "CHANGELOG.md: the first section isn't `## 9.9.9 (" in done.stderr, done


def main():
    if missing := [built for built in ARCHITECTURES.values() if not (STATIC / f"{NAME}-linux-{built}").exists()]:
        sys.exit(f"build/static has no program for {' and '.join(missing)}: run tools/build static")
    tap = Tap()
    runner = Runner(tap)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        folder.chmod(0o755)  # for the image's user
        trees = [folder / "one", folder / "another/folder, of a longer name"]
        copy_tree(ROOT, trees[0], 0o022, 1_700_000_000)
        copy_tree(trees[0], trees[1], 0o077, 1_000_000_000)
        packages = make(trees[0], folder / "temporary-one", TZ="UTC", LC_ALL="C.UTF-8")
        ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
        other = make(trees[1], folder / "temporary-other", 0o077, TZ="Asia/Kathmandu", **ascii_only)
        revision = run("git", "rev-parse", "HEAD", cwd=trees[0]).strip()
        reproducible(tap, packages, other)
        archives(tap, runner, packages, folder)
        debian(tap, runner, packages, folder)
        image(tap, runner, packages, folder, revision)
        materials(tap, packages, folder)
        facts(tap, trees[0], revision)
        released(tap, trees[0], folder)
    tap.done()


main()
