// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/process.hpp>
#include <credbase/secret_string.hpp>
#include <credplugin/base/errors.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace credplugin {

/// Everything of a host that touches the world, or the cryptography of a library. Replace any member; the rest is pure.
///
/// May be called from many threads at once. `system_host_context()` fills all of them for a real process.
struct host_context {
    std::function<std::chrono::sys_seconds()> now = {};                      ///< wall clock, UTC, cut to seconds
    std::function<std::chrono::steady_clock::time_point()> steady_now = {};  ///< for what has passed, whatever the wall clock does
    std::function<double()> random = {};                                     ///< [0, 1), for spreading refreshes
    std::function<bool()> stdin_is_terminal = {};                            ///< decides whether a plugin may ask the user

    /// The whole content of a regular file of at most `limit_bytes`; nothing where there is no such file.
    std::function<result<std::optional<credbase::secret_string>>(const std::string& path, std::size_t limit_bytes)> read_file = {};
    std::function<credbase::process_output(const credbase::process_request&)> run_process = {};  ///< returns when the program has ended

    /// Whether a client certificate (PEM, leaf first) and a key (PEM) can be read and belong to each other. Error: why not.
    std::function<result<>(std::string_view certificate, std::string_view key)> check_key_pair = {};
};

}  // namespace credplugin
