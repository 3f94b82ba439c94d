#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tries the recipes of packaging/ without vcpkg's and Conan's servers: recipes.py --build DIR.

Each ends in the program of packaging/conan/test_package, built as a stranger to this tree would build it. Conan itself runs, on
stand-ins for Boost and OpenSSL; of vcpkg, recipes/vcpkg.cmake stands for the functions that the port calls.
"""
import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
PACKAGING = SOURCE / "packaging"
PROGRAM = PACKAGING / "conan/test_package"
RECIPES = HERE / "recipes"
sys.path.insert(0, str(HERE.parent / "support"))
from tap import Tap

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2
PRINTED = f"client.authentication.k8s.io/v1 {SHA256_OF_ABC}\n"
LIBRARIES = ("awsfakes", "credplugin", "eksauth")
ENVIRONMENT = {"CXX": "c++", **os.environ}


def run(*command, status=0, stdin="", **environment):
    """What the command prints on both streams; it must exit with `status`."""
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**ENVIRONMENT, **environment})
    assert done.returncode == status, f"{shlex.join(map(str, command))} ended with {done.returncode}\n{done.stdout}"
    return done.stdout


def files_in(folder):
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def headers():
    return {f"include/{name}" for name in files_in(SOURCE / "include") if name.endswith(".hpp")}


def make_boost(folder):
    """A folder as vcpkg installs Boost: the system's headers, a Boost.JSON of its own, and CMake's files for that. Its version."""
    compiler = shlex.split(ENVIRONMENT["CXX"])
    text = run(*compiler, "-xc++", "-E", "-dD", "-", stdin="#include <boost/version.hpp>\n")
    header = Path(re.search(r'^# 1 "(.+/boost/version\.hpp)"', text, re.M)[1])
    number = int(re.search(r"^#define BOOST_VERSION (\d+)$", text, re.M)[1])
    version = f"{number // 100000}.{number // 100 % 1000}.{number % 100}"
    package = folder / "share/boost_json"
    for made in folder / "include", folder / "lib", package:
        made.mkdir(parents=True)
    (folder / "include/boost").symlink_to(header.parent)
    run(*compiler, "-std=c++20", "-c", SOURCE / "include/boost_json.cpp", "-o", folder / "boost_json.o")
    run("ar", "rcs", folder / "lib/libboost_json.a", folder / "boost_json.o")
    (package / "boost_json-config.cmake").write_text(
        "if(TARGET Boost::json)\n  return()\nendif()\nadd_library(Boost::json STATIC IMPORTED)\n"
        f'set_target_properties(Boost::json PROPERTIES IMPORTED_LOCATION "{folder}/lib/libboost_json.a")\n')
    (package / "boost_json-config-version.cmake").write_text(
        f"set(PACKAGE_VERSION {version})\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\nset(PACKAGE_VERSION_EXACT TRUE)\n")
    return version


def run_port(build, installed):
    """Runs the port as vcpkg does, on what is installed already. What it printed."""
    return run("cmake", f"-DCURRENT_INSTALLED_DIR={installed}", f"-DCURRENT_PACKAGES_DIR={build}/packages",
               f"-DCURRENT_BUILDTREES_DIR={build}/buildtrees", f"-DCURRENT_PORT_DIR={PACKAGING}/vcpkg", "-P", RECIPES / "vcpkg.cmake")


def try_wrap(build, boost):
    """A project that has the wrap file and an archive alone."""
    folder = build / "wrap"
    shutil.copytree(HERE / "subproject", folder)
    shutil.copy(PROGRAM / "consumer.cpp", folder)
    wrap = folder / "subprojects/credplugin.wrap"
    shutil.copy(PACKAGING / "wrap/credplugin.wrap", wrap)
    words = dict(re.findall(r"^(\w+) = (.+)$", wrap.read_text(), re.M))
    assert words["dependency_names"] == ", ".join(LIBRARIES), words
    archive = folder / "subprojects/packagefiles" / words["source_filename"]
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        for name in "meson.build", "meson_options.txt", "include":
            tar.add(SOURCE / name, f"{words['directory']}/{name}")
    run("meson", "setup", "--buildtype=plain", "--wrap-mode=nodownload", "--force-fallback-for=credplugin,eksauth", folder / "build",
        folder, BOOST_ROOT=str(boost))
    run("ninja", "-C", folder / "build")
    assert run(folder / "build/consumer") == PRINTED


class Conan:
    """Conan with a home of its own and no servers."""

    def __init__(self, program, home, boost):
        self.program = program
        self.environment = {"CONAN_HOME": str(home), "BOOST_STAND_IN": str(boost)}

    def __call__(self, *arguments, status=0):
        return run(self.program, *arguments, status=status, **self.environment)

    def create(self, *arguments, status=0):
        return self("create", PACKAGING / "conan", "--no-remote", "-c", "tools.cmake.cmaketoolchain:generator=Ninja", *arguments,
                    status=status)


def try_conan(conan, build, version, boost_version):
    conan("profile", "detect")
    conan("export", RECIPES / "boost.py", "--version", boost_version)
    conan("export", RECIPES / "openssl.py", "--version", "3.0.0")
    shutil.copytree(PROGRAM, build / "test_package")  # Conan builds inside it
    graph = build / "graph.json"
    printed = conan.create("-s", "compiler.cppstd=20", "-s", "build_type=Debug", "--build", "missing:boost/*", "--build",
                           "missing:openssl/*", "--build", "credplugin/*", "--test-folder", build / "test_package",
                           "--format", "json", "--out-file", graph)
    assert PRINTED in printed, printed
    nodes = json.loads(graph.read_text())["graph"]["nodes"].values()
    made = next(node for node in nodes if node["name"] == "credplugin")
    assert made["version"] == version, made["version"]
    # A name of its own for the whole package, else CMake's target of credplugin links eksauth and OpenSSL too.
    targets = {name: part["properties"]["cmake_target_name"] for name, part in made["cpp_info"].items()}
    assert targets == {"root": "credplugin::all"} | {name: f"{name}::{name}" for name in ("credbase", *LIBRARIES)}, targets
    installed = files_in(Path(made["package_folder"]))
    expected = headers() | {"licenses/LICENSE", "conaninfo.txt", "conanmanifest.txt"}
    assert installed == expected, installed ^ expected


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", type=Path, required=True)
    build = options.parse_args().build.resolve()
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    version = json.loads(run("meson", "introspect", "--projectinfo", SOURCE / "meson.build"))["version"]
    boost = build / "boost"
    boost_version = make_boost(boost)
    tap = Tap()

    with tap.case("a wrap file of the project's version and an archive are a Meson subproject"):
        wrap = (PACKAGING / "wrap/credplugin.wrap").read_text()
        assert f"directory = credplugin-{version}\nsource_filename = credplugin-{version}.tar.gz\n" in wrap, wrap
        try_wrap(build, boost)

    with tap.case("the port has the project's version, and depends on the parts of Boost that the headers include"):
        port = json.loads((PACKAGING / "vcpkg/vcpkg.json").read_text())
        assert port["version"] == version, port
        text = "".join((SOURCE / header).read_text() for header in headers())
        included = {"boost-" + name.replace("_", "-") for name in re.findall(r"^#include <boost/(\w+)", text, re.M)}
        named = {name for name in port["dependencies"] if str(name).startswith("boost-")}
        assert included == named, included ^ named

    package, installed = build / "packages", build / "installed"
    with tap.case("the port makes what vcpkg accepts: headers, CMake's files, usage and copyright, each in its place"):
        shutil.copytree(boost, installed, symlinks=True)
        printed = run_port(build, installed)
        assert re.search(rf"dependency Boost .*found: YES .*\({re.escape(str(installed))}\)", printed), printed
        cmake = {f"share/{library}/{library}Config{end}.cmake" for library in LIBRARIES for end in ("", "Version")}
        expected = headers() | cmake | {"share/credplugin/copyright", "share/credplugin/usage"}
        assert files_in(package) == expected, files_in(package) ^ expected
        empty = [folder for folder in package.rglob("*") if folder.is_dir() and not any(folder.iterdir())]
        assert not empty, empty
        tied = [name for name in cmake if str(build) in (package / name).read_text()]
        assert not tied, tied

    with tap.case("CMake finds the port where vcpkg puts it"):
        shutil.copytree(package, installed, dirs_exist_ok=True)
        shutil.rmtree(package)
        folder = build / "cmake"
        shutil.copytree(HERE / "cmake", folder)
        shutil.copy(PROGRAM / "consumer.cpp", folder)
        run("cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={installed}")
        run("ninja", "-C", folder / "build")
        assert run(folder / "build/consumer") == PRINTED

    program = Path(sys.executable).parent / "conan"
    conan = Conan(program, build / "conan", boost)
    names = "Conan makes a package of all headers, and its test package runs", "Conan refuses C++17", "Conan refuses other systems"
    if not program.exists():
        for name in names:
            tap.skip(name, f"there is no {program}")
        tap.done()
    with tap.case(names[0]):
        try_conan(conan, build, version, boost_version)
    with tap.case(names[1]):
        printed = conan.create("-s", "compiler.cppstd=17", "--test-folder", "", status=6)
        assert "Current cppstd (17) is lower than the required C++ standard (20)" in printed, printed
    with tap.case(names[2]):
        printed = conan.create("-s", "compiler.cppstd=20", "-s", "os=FreeBSD", "--test-folder", "", status=6)
        assert f"credplugin/{version} is for Linux, not for FreeBSD" in printed, printed
    tap.done()


main()
