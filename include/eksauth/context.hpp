// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/private_folder.hpp>
#include <credbase/process.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/step.hpp>
#include <eksauth/http.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace eksauth {

/// Everything that touches the world. Replace any member; the rest of the library is pure.
///
/// `system_context()` fills all of them for a real process.
struct context {
    std::function<std::optional<std::string>(const std::string& name)> getenv = {};  ///< nothing where a variable is not set
    std::function<std::chrono::sys_seconds()> now = {};  ///< wall clock, UTC, cut to seconds

    /// How far the clock of AWS is ahead of ours, as far as answers have shown it to be off; see `with_aws_clock`.
    std::function<std::chrono::seconds()> clock_offset = [] { return std::chrono::seconds(0); };

    /// The whole content of a regular file of at most `limit_bytes`; nothing where there is no such file.
    std::function<result<std::optional<credbase::secret_string>>(const std::string& path, std::size_t limit_bytes)> read_file = {};

    /// Replaces a file as a whole, for its owner's eyes alone. Error: it couldn't be written, and is as it was.
    std::function<result<>(const std::string& path, const credbase::secret_string& content)> replace_file = {};

    /// Opens a folder for credentials that are kept between runs, and makes it where there is none. Error: it isn't fit for that.
    std::function<result<credbase::private_folder>(const std::string& path)> open_folder = {};

    /// The user's home folder by the system's user table, for when HOME is not set; nothing where there is none.
    std::function<std::optional<std::string>()> passwd_home = {};

    /// The names in a folder, in any order; none where there is no such folder.
    std::function<std::vector<std::string>(const std::string& path)> list_folder = {};

    std::function<std::chrono::steady_clock::time_point()> steady_now = {};  ///< for time limits
    std::function<std::chrono::milliseconds()> time_left = {};               ///< of the whole run; see `with_time_limit`
    std::function<void(std::chrono::milliseconds)> sleep = {};               ///< between attempts
    std::function<double()> random = {};                                     ///< [0, 1), for the length of such pauses
    std::function<result<std::string>(std::size_t bytes)> random_bytes = {}; ///< from the system's cryptographic generator
    http_transport http = {};                                                ///< see `beast_transport()`
    /// Error: it isn't even tried, since the whole run's time is over.
    std::function<result<credbase::process_output>(const credbase::process_request&)> run_process = {};

    /// Hears of each step, for whoever explains a run; absent: nobody does. See `with_steps`.
    std::function<void(const step&)> tell = {};
};

/// An environment variable; one that is set to nothing counts as unset, as in AWS SDK for Go v2.
inline std::optional<std::string> environment_value(const context& ctx, const std::string& name) {
    auto value = ctx.getenv(name);
    return value && !value->empty() ? value : std::nullopt;
}

}  // namespace eksauth
