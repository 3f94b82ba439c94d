// SPDX-License-Identifier: Apache-2.0
// Reading whole files that may hold secrets.
#pragma once

#include <credbase/error.hpp>
#include <credbase/posix_process.hpp>
#include <credbase/secret_string.hpp>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace credbase {

/// The whole content of a regular file, of at most `limit_bytes`; nothing where there is no such file.
///
/// Links are followed. It never blocks: a FIFO, a device, a socket or a folder is an error, as are a larger file and
/// whatever the system refuses. The error's context is the path, made absolute.
inline result<std::optional<secret_string>> read_regular_file(const std::string& path, std::size_t limit_bytes, errc code) {
    const auto refused = [&](const std::string& why) {
        std::string shown = path;
        std::array<char, 4096> folder;
        if (!path.starts_with('/') && ::getcwd(folder.data(), folder.size()) != nullptr) shown = std::string(folder.data()) + "/" + path;
        return error(code, why).within("reading " + shown);
    };
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::optional<secret_string>();
        return refused(errno_text(errno));
    }
    const struct closer {
        int descriptor;
        ~closer() { ::close(descriptor); }
    } closes{descriptor};
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return refused(errno_text(errno));
    if (S_ISDIR(status.st_mode)) return refused(errno_text(EISDIR));
    if (!S_ISREG(status.st_mode)) return refused("not a regular file");

    secret_string content;
    if (status.st_size > 0 && static_cast<std::size_t>(status.st_size) <= limit_bytes)
        content.reserve(static_cast<std::size_t>(status.st_size));
    std::array<char, 4096> block;
    const struct wiper {
        std::array<char, 4096>& block;
        ~wiper() { ::explicit_bzero(block.data(), block.size()); }
    } wipes{block};
    for (;;) {
        const ssize_t got = ::read(descriptor, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refused(errno_text(errno));
        if (got == 0) return std::optional<secret_string>(std::move(content));
        content.append({block.data(), static_cast<std::size_t>(got)});
        if (content.size() > limit_bytes) return refused("larger than " + std::to_string(limit_bytes) + " bytes");
    }
}

}  // namespace credbase
