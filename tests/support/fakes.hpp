// SPDX-License-Identifier: Apache-2.0
// The world as values: environment, files, clock and streams that a test sets and looks at.
#pragma once

#include <credbase/timestamp.hpp>
#include <credplugin/context.hpp>
#include <eksauth/context.hpp>
#include <eksauth/sources/source.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The keys that AWS uses in its documentation of SigV4, and the second that our vectors use.
inline constexpr char example_id[] = "AKIDEXAMPLE", example_secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
inline const std::chrono::sys_seconds example_time = *credbase::parse_rfc3339("2026-01-02T03:04:05Z");

/// What eksauth sees of the world. Contacts that can fail are counted; the one of number `fail_at` fails.
struct fake_world {
    std::map<std::string, std::string> env = {};
    std::map<std::string, std::string> files = {};
    bool read_only = false;  ///< no file can be replaced
    std::map<std::string, std::string> kept = {};  ///< files of any private folder
    std::set<std::string> locked = {};             ///< those of them that another run holds
    std::optional<std::string> passwd_home = std::nullopt;
    std::chrono::sys_seconds now = example_time;
    /// Answers to requests, in order; a test looks at `requests` afterwards. Without an answer left the host is unreachable.
    std::vector<std::variant<eksauth::http_response, eksauth::error>> replies = {};
    std::vector<eksauth::http_request> requests = {};
    std::optional<credbase::process_output> process = std::nullopt;  ///< what `run_process` brings; none: it can't be started
    std::vector<credbase::process_request> processes = {};
    std::vector<std::chrono::milliseconds> pauses = {};
    std::chrono::milliseconds elapsed = std::chrono::milliseconds(0);  ///< of the steady clock; `sleep` moves it
    int fail_at = -1;
    int steps = 0;

    /// Refers to this object, which must outlive it.
    eksauth::context context() {
        return {.getenv = [this](const std::string& name) -> std::optional<std::string> {
                    const auto found = env.find(name);
                    return found == env.end() ? std::nullopt : std::optional(found->second);
                },
                .now = [this] { return now; },
                .read_file = [this](const std::string& path, std::size_t limit_bytes) -> eksauth::result<std::optional<credbase::secret_string>> {
                    const auto refused = [&](const char* why) { return eksauth::error(eksauth::errc::bad_file, why).within("reading " + path); };
                    if (steps++ == fail_at) return refused("Input/output error");
                    const auto found = files.find(path);
                    if (found == files.end()) return std::optional<credbase::secret_string>();
                    if (found->second.size() > limit_bytes) return refused("too large");
                    return std::optional(credbase::secret_string(found->second));
                },
                .replace_file = [this](const std::string& path, const credbase::secret_string& content) -> eksauth::result<> {
                    if (steps++ == fail_at || read_only) return eksauth::error(eksauth::errc::bad_file, "Read-only file system").within("writing " + path);
                    files[path] = content.reveal();
                    return {};
                },
                .open_folder = [this](const std::string& path) -> eksauth::result<credbase::private_folder> {
                    if (steps++ == fail_at) return eksauth::error(eksauth::errc::bad_file, "Permission denied").within("opening " + path);
                    return folder();
                },
                .passwd_home = [this] { return passwd_home; },
                .list_folder =
                    [this](const std::string& path) {
                        std::vector<std::string> names;
                        for (const auto& [file, text] : files)
                            if (file.starts_with(path + "/")) names.push_back(file.substr(path.size() + 1));
                        return names;
                    },
                .steady_now = [this] { return std::chrono::steady_clock::time_point(elapsed); },
                .time_left = [] { return std::chrono::milliseconds::max(); },
                .sleep =
                    [this](std::chrono::milliseconds pause) {
                        pauses.push_back(pause);
                        elapsed += pause;
                    },
                .random = [] { return 0.5; },
                .random_bytes = [](std::size_t bytes) -> eksauth::result<std::string> { return std::string(bytes, '\x5a'); },
                .http = [this](const eksauth::http_request& request) -> eksauth::result<eksauth::http_response> {
                    requests.push_back(request);
                    if (steps++ == fail_at) return eksauth::error(eksauth::errc::http_cut, "connection reset");
                    if (requests.size() > replies.size()) return eksauth::error(eksauth::errc::http_unreachable, "connection refused");
                    auto& reply = replies[requests.size() - 1];
                    if (auto* broken = std::get_if<eksauth::error>(&reply)) return *broken;
                    return std::get<eksauth::http_response>(reply);
                },
                .run_process = [this](const credbase::process_request& request) -> eksauth::result<credbase::process_output> {
                    processes.push_back(request);
                    if (steps++ == fail_at || !process)
                        return credbase::process_output{
                            .end = credbase::process_end::not_started, .system_error = ENOENT, .program = request.arguments.front()};
                    return *process;
                }};
    }

    /// As `context`.
    credbase::private_folder folder() {
        const auto refused = [](const char* doing, const std::string& name) {
            return eksauth::error(eksauth::errc::bad_file, "Input/output error").within(std::string(doing) + " " + name);
        };
        return {.read = [this, refused](const std::string& name) -> eksauth::result<std::optional<credbase::secret_string>> {
                    if (steps++ == fail_at) return refused("reading", name);
                    const auto found = kept.find(name);
                    return found == kept.end() ? std::nullopt : std::optional(credbase::secret_string(found->second));
                },
                .replace = [this, refused](const std::string& name, const credbase::secret_string& content) -> eksauth::result<> {
                    if (steps++ == fail_at || !locked.contains(name)) return refused("writing", name);
                    kept[name] = content.reveal();
                    return {};
                },
                .try_lock = [this, refused](const std::string& name) -> eksauth::result<std::shared_ptr<void>> {
                    if (steps++ == fail_at) return refused("locking", name);
                    if (!locked.insert(name).second) return std::shared_ptr<void>();
                    return std::shared_ptr<void>(this, [this, name](void*) { locked.erase(name); });
                }};
    }
};

/// What credplugin sees of the world: the process around a plugin.
struct fake_process {
    std::map<std::string, std::string> env = {};
    std::chrono::sys_seconds now = example_time;
    std::optional<std::string> stdout_failure = std::nullopt;  ///< the system's word for why stdout takes nothing
    std::string out = {}, err = {};

    /// Refers to this object, which must outlive it.
    credplugin::context context() {
        return {.getenv = [this](const std::string& name) -> std::optional<std::string> {
                    const auto found = env.find(name);
                    return found == env.end() ? std::nullopt : std::optional(found->second);
                },
                .now = [this] { return now; },
                .write_out = [this](std::string_view text) -> credplugin::result<> {
                    if (stdout_failure) return credplugin::error(credplugin::errc::write_failed, *stdout_failure);
                    out += text;
                    return {};
                },
                .write_err = [this](std::string_view text) { err += text; }};
    }
};

/// An outcome in words, without secrets.
inline std::string describe(const eksauth::outcome& got) {
    if (const auto* found = std::get_if<eksauth::credentials>(&got))
        return "credentials: " + found->access_key_id + (found->session_token.empty() ? "" : " with a session token") +
               (found->expires ? " until " + credbase::rfc3339(*found->expires) : "");
    if (const auto* broken = std::get_if<eksauth::error>(&got)) return "failed: " + broken->text();
    return "not configured: " + std::get<eksauth::not_configured>(got).reason;
}
inline std::string describe(const eksauth::result<eksauth::credentials>& got) {
    if (!got) return "failed: " + got.error().text();
    return describe(eksauth::outcome(*got));
}
