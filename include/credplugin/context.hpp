// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credplugin/base/errors.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace credplugin {

/// Everything of a plugin that touches the world. Replace any member; the rest of the library is pure.
///
/// `system_context()` fills all of them for a real process.
struct context {
    std::function<std::optional<std::string>(const std::string& name)> getenv = {};  ///< nothing where a variable is not set
    std::function<std::chrono::sys_seconds()> now = {};  ///< wall clock, UTC, cut to seconds

    /// Writes all of the text to stdout and closes it; called at most once. Error: not all of it arrived.
    std::function<result<>(std::string_view text)> write_out = {};

    /// Writes to stderr. A failure is nobody's to handle, so none is told.
    std::function<void(std::string_view text)> write_err = {};

    /// Copies the running program's file to a path, for `--install`; absent: there is no such argument.
    /// Error: which step failed, on which path, and what to do; an old file at the path is as it was.
    std::function<result<>(const std::string& path)> install_program = {};
};

}  // namespace credplugin
