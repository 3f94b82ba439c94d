# SPDX-License-Identifier: Apache-2.0
"""The headers as one Conan package with a component per library, taken from the checkout that this file lies in."""
import pathlib
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy


class Credplugin(ConanFile):
    name = "credplugin"
    description = "Kubernetes exec credential plugins, and bearer tokens of Amazon EKS"
    license = "Apache-2.0"
    topics = "kubernetes", "eks", "credentials"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    @property
    def _checkout(self):
        return pathlib.Path(self.recipe_folder).parent.parent

    def set_version(self):
        self.version = re.search(r"^  version: '(.+)',$", (self._checkout / "meson.build").read_text(), re.M).group(1)

    def export_sources(self):
        copy(self, "LICENSE", self._checkout, self.export_sources_folder)
        copy(self, "include/*.hpp", self._checkout, self.export_sources_folder)

    def requirements(self):
        self.requires("boost/[>=1.81 <2]")
        self.requires("openssl/[>=3 <4]")

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration(f"{self.ref} is for Linux, not for {self.settings.os}")

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "LICENSE", self.source_folder, pathlib.Path(self.package_folder) / "licenses")
        copy(self, "include/*.hpp", self.source_folder, self.package_folder)

    def package_info(self):
        self.cpp_info.set_property("cmake_target_name", "credplugin::all")
        components = self.cpp_info.components
        components["credbase"].requires = ["boost::headers", "boost::json"]
        components["awsfakes"].requires = ["boost::headers", "boost::json", "openssl::ssl", "openssl::crypto"]
        components["credplugin"].requires = ["credbase"]
        components["eksauth"].requires = ["credbase", "openssl::ssl", "openssl::crypto"]
        for name in "awsfakes", "credplugin", "eksauth":
            components[name].system_libs = ["pthread"]
        for name, component in components.items():
            component.bindirs = component.libdirs = []
            component.set_property("cmake_target_name", f"{name}::{name}")
            component.set_property("pkg_config_name", name)
