// SPDX-License-Identifier: Apache-2.0
// The context of a real process. For programs; no library header includes it.
#pragma once

#include <credbase/posix_files.hpp>
#include <credbase/posix_folder.hpp>
#include <credbase/posix_process.hpp>
#include <credbase/posix_run.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/cache/kept_entry.hpp>
#include <eksauth/context.hpp>

#include <dirent.h>
#include <pwd.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace eksauth {

namespace detail {

inline std::optional<std::string> home_in_passwd() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> texts;
    if (::getpwuid_r(::getuid(), &entry, texts.data(), texts.size(), &found) != 0 || found == nullptr) return std::nullopt;
    return std::string(found->pw_dir);
}

inline std::vector<std::string> names_in_folder(const std::string& path) {
    std::vector<std::string> names;
    struct closer { void operator()(DIR* folder) const { ::closedir(folder); } };
    const std::unique_ptr<DIR, closer> folder(::opendir(path.c_str()));
    if (!folder) return names;
    while (const dirent* entry = ::readdir(folder.get())) names.emplace_back(entry->d_name);
    return names;
}

inline result<std::string> system_random_bytes(std::size_t bytes) {
    std::string out(bytes, '\0');
    if (::getentropy(out.data(), out.size()) != 0)
        return error(errc::cannot_start, "the system's random generator failed: " + credbase::errno_text(errno));
    return out;
}

}  // namespace detail

/// The process's environment, clock, files, user and programs. It has no network: set `http` to `beast_transport()`, or to
/// a transport of your own, for the sources that make calls.
inline context system_context() {
    return {.getenv = credbase::system_getenv,
            .now = credbase::system_now,
            .read_file = [](const std::string& path, std::size_t limit_bytes) {
                return credbase::read_regular_file(path, limit_bytes, errc::bad_file);
            },
            .replace_file = [](const std::string& path, const credbase::secret_string& content) {
                return credbase::replace_file(path, content.reveal(), errc::bad_file);
            },
            .open_folder = [](const std::string& path) {
                // Longer than any role's session lasts.
                return credbase::open_private_folder(path, kept_entry_limits.bytes, std::chrono::hours(36), errc::bad_file);
            },
            .passwd_home = detail::home_in_passwd,
            .list_folder = detail::names_in_folder,
            .steady_now = [] { return std::chrono::steady_clock::now(); },
            .time_left = [] { return std::chrono::milliseconds::max(); },
            .sleep = [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); },
            .random = credbase::system_random,
            .random_bytes = detail::system_random_bytes,
            .http = [](const http_request&) -> result<http_response> {
                return error(errc::not_supported, "this program has no network; set context.http, for example to beast_transport()");
            },
            .run_process = [](const credbase::process_request& request) { return credbase::run_process(request); }};
}

}  // namespace eksauth
