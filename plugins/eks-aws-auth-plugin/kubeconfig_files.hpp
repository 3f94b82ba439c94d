// SPDX-License-Identifier: Apache-2.0
// What the kubeconfig command touches of the world, and how a real process does it.
#pragma once

#include <credbase/posix_files.hpp>
#include <credbase/posix_process.hpp>
#include <credbase/secret_string.hpp>
#include <credplugin/context.hpp>

#include "kubeconfig.hpp"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>  // mkostemp, realpath
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace eks_plugin {

/// Each member can be replaced.
struct kubeconfig_files {
    std::function<std::optional<std::string>(const std::string& name)> getenv = {};

    /// A whole file; nothing where there is none. Error: it can't be read, or is larger than a kubeconfig may be.
    std::function<credbase::result<std::optional<credbase::secret_string>>(const std::string& path)> read = {};

    /// Gives a file another content, and keeps the old one in a file beside it, whose path is the result.
    /// Error: its content is not, or no more, the old one; whatever the system refuses. The file is as it was.
    std::function<credbase::result<std::string>(const std::string& path, std::string_view old, std::string_view content)> replace = {};

    std::function<credbase::result<>(std::string_view text)> write_out = {};  ///< called at most once
    std::function<void(std::string_view text)> write_err = {};
};

namespace detail {

inline credbase::result<std::optional<credbase::secret_string>> read_kubeconfig(const std::string& path) {
    return credbase::read_regular_file(path, yaml_limits{}.bytes, bad_kubeconfig);
}

/// The content in a file `path.bak`, or else `path.bak.1` and so on: one that isn't there yet, with owner and mode of the old one.
inline credbase::result<std::string> back_up(const std::string& path, std::string_view content, const struct stat& like) {
    for (int number = 0; number < 1000; ++number) {
        const std::string copy = path + ".bak" + (number == 0 ? "" : "." + std::to_string(number));
        const int descriptor = ::open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (descriptor < 0 && errno == EEXIST) continue;
        if (descriptor < 0) return credbase::detail::file_error("writing", copy, bad_kubeconfig, credbase::errno_text(errno));
        const credbase::detail::file_closer closes{descriptor};
        auto written = credbase::write_all(descriptor, content, bad_kubeconfig);
        if (written && ::fchown(descriptor, like.st_uid, like.st_gid) == 0 && ::fchmod(descriptor, like.st_mode & 07777U) == 0 &&
            ::fsync(descriptor) == 0)
            return copy;
        const std::string why = written ? credbase::errno_text(errno) : written.error().message();
        ::unlink(copy.c_str());
        return credbase::detail::file_error("writing", copy, bad_kubeconfig, why);
    }
    return credbase::detail::file_error("writing", path + ".bak", bad_kubeconfig, "it and 999 more are there already; delete some");
}

/// Of a link it is the target that gets the content. Where the file is another's, only root can keep that, and so can change it.
inline credbase::result<std::string> replace_kubeconfig(const std::string& path, std::string_view old, std::string_view content) {
    const auto refused = [&path](const std::string& why) { return credbase::detail::file_error("writing", path, bad_kubeconfig, why); };
    const std::unique_ptr<char, decltype(&::free)> found(::realpath(path.c_str(), nullptr), &::free);
    struct stat status {};
    if (!found || ::stat(found.get(), &status) != 0) return refused(credbase::errno_text(errno));
    const std::string target = found.get();
    auto now = read_kubeconfig(target);
    if (!now) return now.error();
    if (!*now || (*now)->reveal() != old) return refused("it was changed at the same time by another program; try again");

    const credbase::signals_held held;
    auto copy = back_up(target, old, status);
    if (!copy) return copy.error();
    std::string beside = target + ".XXXXXX";
    const int descriptor = ::mkostemp(beside.data(), O_CLOEXEC);
    credbase::result<> written;
    if (descriptor < 0) {
        written = refused(credbase::errno_text(errno));
    } else {
        const credbase::detail::file_closer closes{descriptor};
        if (::fchown(descriptor, status.st_uid, status.st_gid) == 0) {
            written = credbase::detail::put_in_place(descriptor, content, status.st_mode & 07777U, AT_FDCWD, beside, target, path,
                                                     bad_kubeconfig);
        } else {
            written = refused(credbase::errno_text(errno));
            ::unlink(beside.c_str());
        }
    }
    if (written) return copy;
    ::unlink(copy->c_str());
    return written.error();
}

}  // namespace detail

/// Those of a real process, whose context is given.
inline kubeconfig_files system_kubeconfig_files(const credplugin::context& process) {
    return {.getenv = process.getenv,
            .read = detail::read_kubeconfig,
            .replace = detail::replace_kubeconfig,
            .write_out = process.write_out,
            .write_err = process.write_err};
}

}  // namespace eks_plugin
