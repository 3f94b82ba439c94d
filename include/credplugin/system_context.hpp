// SPDX-License-Identifier: Apache-2.0
// The context of a real process, and the whole of a plugin's main(). For programs; no library header includes it.
#pragma once

#include <credbase/posix_files.hpp>
#include <credbase/posix_process.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/context.hpp>
#include <credplugin/plugin.hpp>

#include <errno.h>
#include <string.h>  // strlen
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <new>
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

namespace detail {

/// How a process ends that gets no more memory; made before, since then it couldn't be.
struct end_of_memory {
    std::array<char, 192> line{};
    int code = failure;
};
inline end_of_memory without_memory;

inline end_of_memory make_end_of_memory(std::string_view name) {
    const std::string line = "[" + std::string(name.substr(0, 64)) +
                             "] out of memory: the system gives no more; raise the memory limit of the container or the process (" +
                             std::string(errc::out_of_memory.word) + ")\n";
    end_of_memory made;
    line.copy(made.line.data(), made.line.size() - 1);
    return made;
}

}  // namespace detail

/// Ends the process with a line on stderr that there is no more memory, and code 1; once `run` has ended, with its code and no
/// word more. Needs no memory.
[[noreturn]] inline void end_without_memory() {
    const char* const line = detail::without_memory.line.data();
    [[maybe_unused]] const ssize_t told = ::write(STDERR_FILENO, line, ::strlen(line));
    ::_exit(detail::without_memory.code);
}

/// The whole of a plugin's `main`: closes its memory to others, makes the streams safe, then `run` in the system's context.
///
/// Where `new` gets no memory, the process ends by `end_without_memory`: an error would need some, to be told and to be thrown.
inline int run_main(const plugin& self, int count, const char* const* arguments) {
    credbase::protect_memory();
    credbase::protect_standard_streams();
    detail::without_memory = detail::make_end_of_memory(detail::trimmed(self.name));
    std::set_new_handler(end_without_memory);
    const std::vector<std::string_view> given(arguments + (count > 0 ? 1 : 0), arguments + count);
    const int code = run(self, system_context(), given);
    detail::without_memory = {{}, code};  // what is taken down from here on may fail, and nobody needs to know
    return code;
}

}  // namespace credplugin
