# SPDX-License-Identifier: Apache-2.0
"""Stands for the package of this name: the components that a recipe asks it for, over the system's libraries."""
from conan import ConanFile


class OpenSSL(ConanFile):
    name = "openssl"
    package_type = "shared-library"

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "OpenSSL")
        for name, target in ("ssl", "SSL"), ("crypto", "Crypto"):
            component = self.cpp_info.components[name]
            component.set_property("cmake_target_name", f"OpenSSL::{target}")
            component.includedirs = component.libdirs = []
            component.system_libs = [name]
