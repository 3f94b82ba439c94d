// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/catch_shim.hpp"

#include <stdlib.h>  // mkdtemp
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

/// A folder of its own for each test, gone afterwards.
struct temp_folder {
    std::filesystem::path path;
    temp_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "credplugin-test.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = std::filesystem::canonical(name);
    }
    temp_folder(const temp_folder&) = delete;
    temp_folder& operator=(const temp_folder&) = delete;
    ~temp_folder() { std::filesystem::remove_all(path); }

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path / name, std::ios::binary) << text;
        return (path / name).string();
    }
    std::string read(const std::string& name) const {
        std::ifstream file(path / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(path)) found.push_back(entry.path().filename().string());
        std::sort(found.begin(), found.end());
        return found;
    }
};

/// Kind and permissions; of a link its own.
inline mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode;
}
