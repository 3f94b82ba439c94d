// SPDX-License-Identifier: Apache-2.0
// The context of a real process, and the whole of a plugin's main(). For programs; no library header includes it.
#pragma once

#include <credbase/posix_files.hpp>
#include <credbase/posix_process.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/context.hpp>
#include <credplugin/plugin.hpp>

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace credplugin {

/// Copies the file of the running program, which need not be at the path of its command line any more, to a file that all may
/// run and nobody change (0555). An old file is replaced as a whole, so that who runs it isn't disturbed.
///
/// So a program gets into a container's volume from an image that holds nothing else. Error: `path` is a folder, or in none,
/// or whatever else the system refuses; the old file is as it was.
inline result<> install_program(const std::string& path) {
    constexpr std::size_t limit_bytes = std::size_t{1} << 30U;
    const auto refused = [](const error& why, const std::string& hint) {
        return error(errc::write_failed, why.message() + "; " + hint).within(why.context());
    };
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        return error(errc::write_failed, credbase::errno_text(EISDIR) + "; PATH must end in the name of the new file")
            .within("writing " + path);
    auto program = credbase::read_regular_file("/proc/self/exe", limit_bytes, errc::write_failed);
    if (program && !*program) program = error(errc::write_failed, credbase::errno_text(ENOENT)).within("reading /proc/self/exe");
    if (!program) return refused(program.error(), "/proc must be mounted and the program's file readable");
    auto written = credbase::replace_file(path, (*program)->reveal(), errc::write_failed, 0555);
    if (written) return {};
    return refused(written.error(), "the folder must exist, have room and let uid " + std::to_string(::geteuid()) + " write");
}

/// The process's environment, clock, stdout and stderr, and its program.
inline context system_context() {
    return {.getenv = credbase::system_getenv,
            .now = credbase::system_now,
            .write_out = [](std::string_view text) -> result<> {
                auto written = credbase::write_all(STDOUT_FILENO, text, errc::write_failed);
                // Some file systems tell of a failed write only here.
                if (written && ::close(STDOUT_FILENO) != 0) return error(errc::write_failed, credbase::errno_text(errno));
                return written;
            },
            .write_err = [](std::string_view text) { (void)credbase::write_all(STDERR_FILENO, text, errc::write_failed); },
            .install_program = install_program};
}

/// The whole of a plugin's `main`: closes its memory to others, makes the streams safe, then `run` in the system's context.
inline int run_main(const plugin& self, int count, const char* const* arguments) {
    credbase::protect_memory();
    credbase::protect_standard_streams();
    const std::vector<std::string_view> given(arguments + (count > 0 ? 1 : 0), arguments + count);
    return run(self, system_context(), given);
}

}  // namespace credplugin
