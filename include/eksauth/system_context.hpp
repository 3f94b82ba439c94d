// SPDX-License-Identifier: Apache-2.0
// The context of a real process. For programs; no library header includes it.
#pragma once

#include <credbase/posix_files.hpp>
#include <credbase/posix_process.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace eksauth {

/// The process's environment, clock, files and user.
inline context system_context() {
    return {.getenv = credbase::system_getenv,
            .now = credbase::system_now,
            .read_file = [](const std::string& path, std::size_t limit_bytes) {
                return credbase::read_regular_file(path, limit_bytes, errc::bad_file);
            },
            .passwd_home = []() -> std::optional<std::string> {
                passwd entry{};
                passwd* found = nullptr;
                std::array<char, 16384> texts;
                if (::getpwuid_r(::getuid(), &entry, texts.data(), texts.size(), &found) != 0 || found == nullptr) return std::nullopt;
                return std::string(found->pw_dir);
            }};
}

}  // namespace eksauth
