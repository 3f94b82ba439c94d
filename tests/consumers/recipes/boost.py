# SPDX-License-Identifier: Apache-2.0
"""Stands for the package of this name: the components that a recipe asks it for, over the folder BOOST_STAND_IN."""
import os

from conan import ConanFile


class Boost(ConanFile):
    name = "boost"
    package_type = "static-library"

    def package_info(self):
        folder = os.environ["BOOST_STAND_IN"]
        self.cpp_info.set_property("cmake_file_name", "Boost")
        headers, json = self.cpp_info.components["headers"], self.cpp_info.components["json"]
        headers.set_property("cmake_target_name", "Boost::headers")
        headers.includedirs = [f"{folder}/include"]
        json.set_property("cmake_target_name", "Boost::json")
        json.requires = ["headers"]
        json.includedirs, json.libs, json.libdirs = [], ["boost_json"], [f"{folder}/lib"]
