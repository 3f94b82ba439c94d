// SPDX-License-Identifier: Apache-2.0
// Reading and writing whole files, which may hold secrets.
#pragma once

#include <credbase/error.hpp>
#include <credbase/posix_process.hpp>
#include <credbase/secret_string.hpp>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>   // renameat
#include <stdlib.h>  // mkostemp
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace credbase {

namespace detail {

/// The error of something that was done to a file; its context is the path, made absolute.
inline error file_error(std::string_view doing, const std::string& path, errc code, const std::string& why) {
    std::string shown = path;
    std::array<char, 4096> folder;
    if (!path.starts_with('/') && ::getcwd(folder.data(), folder.size()) != nullptr) shown = std::string(folder.data()) + "/" + path;
    return error(code, why).within(std::string(doing) + " " + shown);
}

struct file_closer {
    int descriptor;
    ~file_closer() { ::close(descriptor); }
};

/// The rest of an open file, whose size may be `expected`. Error: as `read_regular_file`.
inline result<std::optional<secret_string>> read_to_end(int descriptor, const std::string& path, off_t expected, std::size_t limit_bytes,
                                                        errc code) {
    secret_string content;
    if (expected > 0 && static_cast<std::size_t>(expected) <= limit_bytes) content.reserve(static_cast<std::size_t>(expected));
    std::array<char, 4096> block;
    const struct wiper {
        std::array<char, 4096>& block;
        ~wiper() { ::explicit_bzero(block.data(), block.size()); }
    } wipes{block};
    for (;;) {
        const ssize_t got = uninterrupted([&] { return ::read(descriptor, block.data(), block.size()); });
        if (got < 0) return file_error("reading", path, code, errno_text(errno));
        if (got == 0) return std::optional<secret_string>(std::move(content));
        content.append({block.data(), static_cast<std::size_t>(got)});
        if (content.size() > limit_bytes) return file_error("reading", path, code, "larger than " + std::to_string(limit_bytes) + " bytes");
    }
}

/// Gives a new file its content and mode, and when that is on the disk the place of another: from `beside` to `name`, both of that
/// folder. Where that fails it is gone. `path` is for messages.
inline result<> put_in_place(int descriptor, std::string_view content, mode_t mode, int folder, const std::string& beside,
                             const std::string& name, const std::string& path, errc code) {
    auto written = write_all(descriptor, content, code);
    if (written && ::fchmod(descriptor, mode) == 0 && ::fsync(descriptor) == 0 &&
        ::renameat(folder, beside.c_str(), folder, name.c_str()) == 0)
        return {};
    error why = file_error("writing", path, code, written ? errno_text(errno) : written.error().message());
    ::unlinkat(folder, beside.c_str(), 0);
    return why;
}

}  // namespace detail

/// The whole content of a regular file, of at most `limit_bytes`; nothing where there is no such file.
///
/// Links are followed. It never blocks: a FIFO, a device, a socket or a folder is an error, as are a larger file and
/// whatever the system refuses. The error's context is the path, made absolute.
inline result<std::optional<secret_string>> read_regular_file(const std::string& path, std::size_t limit_bytes, errc code) {
    const auto refused = [&](const std::string& why) { return detail::file_error("reading", path, code, why); };
    const int descriptor = uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); });
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::optional<secret_string>();
        return refused(errno_text(errno));
    }
    const detail::file_closer closes{descriptor};
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return refused(errno_text(errno));
    if (S_ISDIR(status.st_mode)) return refused(errno_text(EISDIR));
    if (!S_ISREG(status.st_mode)) return refused("not a regular file");

    return detail::read_to_end(descriptor, path, status.st_size, limit_bytes, code);
}

/// Replaces a file as a whole: readers see the old content or the new. It gets `mode`, whatever the umask; with the usual one
/// only its owner may read it.
///
/// The new content is written beside it, to a name that nobody else has, since in two containers two processes may have one
/// number. It takes the file's place when it is on the disk. The folder must exist; a link is replaced, not followed. Signals to the
/// thread wait until then, so that none but SIGKILL leaves that other file behind.
/// Error: whatever the system refuses; the file is as it was.
inline result<> replace_file(const std::string& path, std::string_view content, errc code, mode_t mode = 0600) {
    std::string beside = path + ".XXXXXX";
    const signals_held held;
    const int descriptor = ::mkostemp(beside.data(), O_CLOEXEC);  // mode 0600
    if (descriptor < 0) return detail::file_error("writing", path, code, errno_text(errno));
    const detail::file_closer closes{descriptor};
    return detail::put_in_place(descriptor, content, mode, AT_FDCWD, beside, path, path, code);
}

}  // namespace credbase
