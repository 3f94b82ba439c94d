// SPDX-License-Identifier: Apache-2.0
// The world of a host of plugins as values: clocks, files, a terminal or none, and the processes that it runs.
#pragma once

#include <credbase/timestamp.hpp>
#include <credplugin/host/context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the host half of credplugin sees of the world. Many threads may use the context; a test sets things before or after.
struct fake_host {
    std::map<std::string, std::string> files = {};
    std::optional<std::string> file_failure = std::nullopt;  ///< the system's word for why no file can be read
    bool terminal = false;                                   ///< whether stdin is one
    double random = 0.5;
    std::optional<std::string> key_pair_fault = std::nullopt;  ///< what is wrong with every client certificate and its key

    /// What becomes of the programs that are run, in order; without one left there is no such program.
    std::vector<credbase::process_output> outputs = {};
    std::vector<credbase::process_request> requests = {};  ///< the programs that were run
    /// What a run does before it ends, such as waiting for the test or moving a clock. Runs of several threads meet here.
    std::function<void(const credbase::process_request&)> during_run = {};

    std::atomic<std::chrono::sys_seconds> now = *credbase::parse_rfc3339("2026-01-02T03:04:05Z");
    std::atomic<std::chrono::milliseconds> elapsed = std::chrono::milliseconds(0);  ///< of the steady clock
    std::mutex runs = {};

    /// Moves both clocks.
    void pass(std::chrono::seconds time) {
        now = now.load() + time;
        elapsed = elapsed.load() + time;
    }

    /// Refers to this object, which must outlive it.
    credplugin::host_context context() {
        return {.now = [this] { return now.load(); },
                .steady_now = [this] { return std::chrono::steady_clock::time_point(elapsed.load()); },
                .random = [this] { return random; },
                .stdin_is_terminal = [this] { return terminal; },
                .read_file = [this](const std::string& path, std::size_t limit_bytes) { return read(path, limit_bytes); },
                .run_process = [this](const credbase::process_request& request) { return run(request); },
                .check_key_pair = [this](std::string_view, std::string_view) -> credplugin::result<> {
                    if (key_pair_fault) return credplugin::error(credplugin::errc::bad_answer, *key_pair_fault);
                    return {};
                }};
    }

private:
    credplugin::result<std::optional<credbase::secret_string>> read(const std::string& path, std::size_t limit_bytes) const {
        const auto refused = [&](const std::string& why) {
            return credplugin::error(credplugin::errc::bad_provider_file, why).within("reading " + path);
        };
        if (file_failure) return refused(*file_failure);
        const auto found = files.find(path);
        if (found == files.end()) return std::optional<credbase::secret_string>();
        if (found->second.size() > limit_bytes) return refused("larger than " + std::to_string(limit_bytes) + " bytes");
        return std::optional(credbase::secret_string(found->second));
    }
    credbase::process_output run(const credbase::process_request& request) {
        const std::size_t number = [&] {
            const std::lock_guard lock(runs);
            requests.push_back(request);
            return requests.size();
        }();
        if (during_run) during_run(request);
        return number <= outputs.size() ? outputs[number - 1] : credbase::process_output{.end = credbase::process_end::not_found};
    }
};
