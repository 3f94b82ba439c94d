// SPDX-License-Identifier: Apache-2.0
// The context of a real process, and the whole of a plugin's main(). For programs; no library header includes it.
#pragma once

#include <credbase/posix_process.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/context.hpp>
#include <credplugin/plugin.hpp>

#include <unistd.h>

#include <cstddef>
#include <exception>
#include <string_view>
#include <vector>

namespace credplugin {

/// The process's environment, clock, stdout and stderr.
inline context system_context() {
    return {.getenv = credbase::system_getenv,
            .now = credbase::system_now,
            .write_out = [](std::string_view text) -> result<> {
                auto written = credbase::write_all(STDOUT_FILENO, text, errc::write_failed);
                // Some file systems tell of a failed write only here.
                if (written && ::close(STDOUT_FILENO) != 0) return error(errc::write_failed, credbase::errno_text(errno));
                return written;
            },
            .write_err = [](std::string_view text) { (void)credbase::write_all(STDERR_FILENO, text, errc::write_failed); }};
}

/// The whole of a plugin's `main`: makes the streams safe, then `run` in the system's context.
inline int run_main(const plugin& self, int count, const char* const* arguments) {
    credbase::protect_standard_streams();
    const std::vector<std::string_view> given(arguments + (count > 0 ? 1 : 0), arguments + count);
    return run(self, system_context(), given);
}

}  // namespace credplugin
