#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds and runs a small program for each way to use the libraries: run.py --build DIR."""
import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "support"))
from tap import Tap

EXEC_INFO = '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential"}'
VERSION_LINE = "client.authentication.k8s.io/v1beta1\n"
HOST_LINE = "sts.cn-north-1.amazonaws.com.cn\n"
SHA256_LINE = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"  # of "abc", FIPS 180-2
REFUSED = 'region "aws-global" is in no known partition'
LIBRARIES = ("credplugin", "eksauth")
INSTALLED = ("awsfakes", *LIBRARIES)
OFF = ["-Dtests=disabled", "-Dplugin=disabled", "-Dexamples=disabled"]
ENVIRONMENT = {"CXX": "c++", **os.environ}


def run(*command, status=0, **environment):
    """What the command prints on both streams; it must exit with `status`."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**ENVIRONMENT, **environment})
    assert done.returncode == status, f"exit code {done.returncode} of {shlex.join(map(str, command))}\n{done.stdout}"
    return done.stdout


def check_consumer(program):
    printed = run(program, EXEC_INFO, "cn-north-1")
    assert printed == VERSION_LINE + HOST_LINE + SHA256_LINE, printed
    printed = run(program, EXEC_INFO, "aws-global", status=1)
    assert printed.startswith(REFUSED), printed


def prepare(way, build, *reused):
    """Copies what a way needs to its folder: made anew but for files `reused`, which keep their times and so their objects."""
    folder = build / way
    shutil.copytree(HERE / way, folder, copy_function=shutil.copy, dirs_exist_ok=True)
    shutil.copy(HERE / "consumer.cpp", folder)
    for file in reused:
        shutil.copy2(file, folder)
    return folder


def set_up_subproject(folder, name, *options):
    """Configures the project in `folder`; where that was done before, again, and objects stay."""
    target = folder / name
    again = ["--reconfigure"] if (target / "build.ninja").exists() else []
    run("meson", "setup", *again, "--buildtype=plain", "--force-fallback-for=credplugin,eksauth", *options, target, folder)
    return target


def programs_of(target):
    listed = json.loads(run("meson", "introspect", "--targets", target))
    return {one["name"] for one in listed if one["type"] == "executable"}


def install(folder, **environment):
    """Installs into an empty folder; the files that are there then."""
    shutil.rmtree(folder, ignore_errors=True)
    run("meson", "setup", "--prefix", folder / "prefix", *OFF, folder / "build", SOURCE, **environment)
    run("meson", "install", "--no-rebuild", "-C", folder / "build", **environment)
    return files_in(folder / "prefix")


def files_in(folder):
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def path_without_cmake(folder):
    """PATH with links to the programs in place of each folder that has CMake."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = []
    for old in map(Path, os.get_exec_path()):
        if not (old / "cmake").exists():
            path.append(str(old))
            continue
        path.append(str(folder))
        for program in old.iterdir():
            link = folder / program.name
            if link.name != "cmake" and not link.is_symlink():
                link.symlink_to(program)
    return os.pathsep.join(path)


def configure_cmake(source, target, prefix, credplugin, eksauth, status=0):
    return run("cmake", "-G", "Ninja", "-S", source, "-B", target, f"-DCMAKE_PREFIX_PATH={prefix}",
               f"-Dcredplugin_version={credplugin}", f"-Deksauth_version={eksauth}", status=status)


def copy_headers(folder, *libraries):
    shutil.rmtree(folder, ignore_errors=True)
    for library in libraries:
        shutil.copytree(SOURCE / "include" / library, folder / library)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", type=Path, required=True)
    build = options.parse_args().build.resolve()
    compiler = "\n".join([ENVIRONMENT.get(name, "") for name in ("CXX", "CXXFLAGS", "LDFLAGS")] +
                         [run(*shlex.split(ENVIRONMENT["CXX"]), "--version")])
    used = build / "compiler"
    if used.exists() and used.read_text() != compiler:
        shutil.rmtree(build)
    build.mkdir(parents=True, exist_ok=True)
    used.write_text(compiler)

    tap = Tap()
    boost_json = SOURCE / "include/boost_json.cpp"
    prefix = build / "installed/prefix"
    version = json.loads(run("meson", "introspect", "--projectinfo", SOURCE / "meson.build"))["version"]

    with tap.case("a Meson subproject gives both dependencies, and builds no program of its own"):
        folder = prepare("subproject", build)
        link = folder / "subprojects/credplugin"
        link.unlink(missing_ok=True)
        link.symlink_to(SOURCE)
        target = set_up_subproject(folder, "build")
        assert programs_of(target) == {"consumer"}, programs_of(target)
        run("ninja", "-C", target)
        check_consumer(target / "consumer")

    with tap.case("a Meson subproject builds the plugin if asked"):
        target = set_up_subproject(folder, "build_plugin", "-Dcredplugin:plugin=enabled")
        assert programs_of(target) == {"consumer", "eks-aws-auth-plugin"}, programs_of(target)
        plugin = "subprojects/credplugin/plugins/eks-aws-auth-plugin/eks-aws-auth-plugin"
        run("ninja", "-C", target, plugin)
        assert run(target / plugin, "--version") == f"eks-aws-auth-plugin {version}\n"

    headers = {f"include/{file}" for file in files_in(SOURCE / "include") if file.endswith(".hpp")}
    pkg_config = {f"share/pkgconfig/{library}.pc" for library in INSTALLED}
    cmake = {f"share/cmake/{library}/{library}Config{end}" for library in INSTALLED for end in (".cmake", "Version.cmake")}
    with tap.case("all headers in include/ are installed, with the package files and nothing else"):
        installed = install(build / "installed")
        assert installed == headers | pkg_config | cmake, installed ^ (headers | pkg_config | cmake)

    with tap.case("without CMake all but its package files is installed"):
        installed = install(build / "installed_without_cmake", PATH=path_without_cmake(build / "path_without_cmake"))
        assert installed == headers | pkg_config, installed ^ (headers | pkg_config)

    with tap.case("pkg-config finds the installed tree"):
        folder = prepare("pkg_config", build, boost_json)
        found = {"PKG_CONFIG_PATH": str(prefix / "share/pkgconfig")}
        assert run("pkg-config", "--modversion", *LIBRARIES, **found) == f"{version}\n" * 2
        run("make", "-j2", "-C", folder, **found)
        check_consumer(folder / "consumer")

    with tap.case("CMake finds the installed tree, without a complaint"):
        folder = prepare("cmake", build, boost_json)
        printed = configure_cmake(folder, folder / "build", prefix, version, version)
        assert "Warning" not in printed and "Could NOT find" not in printed, printed
        run("ninja", "-C", folder / "build")
        check_consumer(folder / "build/consumer")

    major, minor, _ = map(int, version.split("."))
    for wrong in (f"{major}.{minor + 1}", "0.0"):
        for library in LIBRARIES:
            with tap.case(f"CMake does not take {library} {version} for {wrong}"):
                asked = {"credplugin": version, "eksauth": version, library: wrong}
                printed = configure_cmake(folder, folder / "build_refused", prefix, **asked, status=1)
                expected = f'package "{library}" that is compatible with requested version "{wrong}"'
                assert expected in " ".join(printed.split()), printed

    folder = prepare("copied", build, boost_json)
    with tap.case("copied headers compile and link"):
        copy_headers(folder / "include/consumer", "credbase", "credplugin", "eksauth")
        run("make", "-j2", "-C", folder, "consumer")
        check_consumer(folder / "consumer")

    with tap.case("credplugin is used without eksauth and OpenSSL"):
        copy_headers(folder / "include/credplugin_alone", "credbase", "credplugin")
        run("make", "-C", folder, "credplugin_alone")
        assert run(folder / "credplugin_alone", EXEC_INFO) == VERSION_LINE
        assert "/openssl/" not in (folder / "credplugin_alone.d").read_text()

    with tap.case("eksauth is used without credplugin"):
        copy_headers(folder / "include/eksauth_alone", "credbase", "eksauth")
        run("make", "-C", folder, "eksauth_alone")
        assert run(folder / "eksauth_alone", "cn-north-1") == HOST_LINE
        assert run(folder / "eksauth_alone", "aws-global", status=1).startswith(REFUSED)

    tap.done()


main()
