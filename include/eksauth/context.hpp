// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace eksauth {

/// Everything that touches the world. Replace any member; the rest of the library is pure.
///
/// `system_context()` fills all of them for a real process.
struct context {
    std::function<std::optional<std::string>(const std::string& name)> getenv = {};
    std::function<std::chrono::sys_seconds()> now = {};  ///< wall clock, UTC, cut to seconds

    /// The whole content of a regular file of at most `limit_bytes`; nothing where there is no such file.
    std::function<result<std::optional<credbase::secret_string>>(const std::string& path, std::size_t limit_bytes)> read_file = {};

    /// The user's home folder by the system's user table, for when HOME is not set; nothing where there is none.
    std::function<std::optional<std::string>()> passwd_home = {};
};

/// An environment variable; one that is set to nothing counts as unset, as in AWS SDK for Go v2.
inline std::optional<std::string> environment_value(const context& ctx, const std::string& name) {
    auto value = ctx.getenv(name);
    return value && !value->empty() ? value : std::nullopt;
}

}  // namespace eksauth
