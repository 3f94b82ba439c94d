// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>  // mkdtemp
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace awsfakes {

/// A folder of its own, removed with all that is in it.
class temporary_folder {
public:
    /// Throws std::runtime_error where none can be made.
    temporary_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "awsfakes-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder can be made at " + pattern);
        path_ = pattern;
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    /// Of the folder, without a slash at its end.
    std::string path() const { return path_.string(); }

    /// Writes a file for this user's eyes alone, with the folders above it; its path. Throws std::runtime_error where that fails.
    std::string put(const std::string& name, std::string_view text) const {
        const std::filesystem::path file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::FILE* const out = std::fopen(file.c_str(), "we");
        bool good = out != nullptr && ::fchmod(::fileno(out), 0600) == 0;
        good = good && std::fwrite(text.data(), 1, text.size(), out) == text.size();
        if ((out != nullptr && std::fclose(out) != 0) || !good) throw std::runtime_error("can't write " + file.string());
        return file.string();
    }

private:
    std::filesystem::path path_;
};

}  // namespace awsfakes
