// SPDX-License-Identifier: Apache-2.0
// A folder that only its owner may enter, for secrets that are kept between runs.
#pragma once

#include <credbase/error.hpp>
#include <credbase/posix_files.hpp>
#include <credbase/posix_process.hpp>
#include <credbase/private_folder.hpp>
#include <credbase/secret_string.hpp>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace credbase {

namespace detail {

/// Makes a folder, and those above it that are missing, each for its owner alone; it may be there. Else errno says why not.
inline bool make_folders(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return true;
    const std::size_t slash = path.find_last_of('/');
    if (errno != ENOENT || slash == path.npos || slash == 0 || !make_folders(path.substr(0, slash))) return false;
    return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST;
}

/// The folder behind a `private_folder`. All is done by its descriptor, whatever becomes of its path, and to files alone whose
/// names say that they are of this kind, whatever else is in it.
class owned_folder {
public:
    owned_folder(int descriptor, std::string path, errc code) : closes_{descriptor}, path_(std::move(path)), code_(code) {}

    result<std::optional<secret_string>> read(const std::string& name, std::size_t limit_bytes) const {
        const std::string file = name + kept;
        const int descriptor = ::openat(closes_.descriptor, file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
        if (descriptor < 0 && (errno == ENOENT || errno == ELOOP)) return std::optional<secret_string>();
        if (descriptor < 0) return failed("reading", file);
        const file_closer closes{descriptor};
        struct stat status {};
        if (::fstat(descriptor, &status) != 0) return failed("reading", file);
        const bool own = S_ISREG(status.st_mode) && status.st_uid == ::geteuid() && (status.st_mode & 077) == 0 && status.st_nlink == 1;
        if (!own || static_cast<std::size_t>(status.st_size) > limit_bytes) return std::optional<secret_string>();
        return read_to_end(descriptor, path_of(file), status.st_size, limit_bytes, code_);
    }

    result<> replace(const std::string& name, const secret_string& content) const {
        const std::string file = name + kept, beside = name + being_written;  // whoever holds the lock writes alone
        const int folder = closes_.descriptor;
        ::unlinkat(folder, beside.c_str(), 0);
        const int descriptor = ::openat(folder, beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (descriptor < 0) return failed("writing", file);
        const file_closer closes{descriptor};
        return put_in_place(descriptor, content.reveal(), 0600, folder, beside, file, path_of(file), code_);
    }

    /// One byte of one file stands for each name, so that no lock leaves a file behind.
    result<std::shared_ptr<void>> try_lock(const std::string& name) const {
        const int descriptor = ::openat(closes_.descriptor, lock_file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (descriptor < 0) return failed("opening", lock_file);
        std::shared_ptr<void> held = std::make_shared<descriptor_owner>(descriptor);
        std::uint32_t hash = 2166136261U;  // FNV-1a
        for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
        struct flock byte {};
        byte.l_type = F_WRLCK;
        byte.l_whence = SEEK_SET;
        byte.l_start = static_cast<off_t>(hash & 0x3FFFFFFFU);
        byte.l_len = 1;
        if (::fcntl(descriptor, own_lock, &byte) == 0) return held;
        if (errno == EAGAIN || errno == EACCES) return std::shared_ptr<void>();
        return failed("locking", lock_file);
    }

    /// Removes the files that nobody has written for that long.
    void forget(std::chrono::seconds age) const {
        const int again = ::openat(closes_.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const std::unique_ptr<DIR, folder_closer> names(again < 0 ? nullptr : ::fdopendir(again));
        if (!names && again >= 0) ::close(again);
        if (!names) return;
        const auto oldest = (system_now() - age).time_since_epoch().count();
        while (const dirent* entry = ::readdir(names.get())) {
            const std::string_view name = entry->d_name;
            struct stat status {};
            if (is_own_name(name) && ::fstatat(closes_.descriptor, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISREG(status.st_mode) && status.st_uid == ::geteuid() && status.st_mtime < oldest)
                ::unlinkat(closes_.descriptor, entry->d_name, 0);
        }
    }

private:
    static constexpr char kept[] = ".kept", being_written[] = ".kept.new", lock_file[] = "lock.kept";
#ifdef F_OFD_SETLK
    static constexpr int own_lock = F_OFD_SETLK;  ///< of the descriptor, so that threads have one each
#else
    static constexpr int own_lock = F_SETLK;
#endif

    struct descriptor_owner : file_closer {
        explicit descriptor_owner(int number) : file_closer{number} {}
    };
    struct folder_closer { void operator()(DIR* folder) const { ::closedir(folder); } };

    /// 64 hexadecimal digits and an ending of ours.
    static bool is_own_name(std::string_view name) {
        const std::string_view ending = name.substr(std::min<std::size_t>(name.size(), 64));
        return name.find_first_not_of("0123456789abcdef") == 64 && (ending == kept || ending == being_written);
    }
    std::string path_of(const std::string& file) const { return path_ + "/" + file; }
    error failed(const char* doing, const std::string& file) const { return file_error(doing, path_of(file), code_, errno_text(errno)); }

    file_closer closes_;
    std::string path_;
    errc code_;
};

}  // namespace detail

/// Opens a folder for secrets, and makes it where it doesn't exist, with those above it that are missing.
///
/// It must be the user's own and closed to all others (0700), and no link. Its files are made with 0600, and a file that is a link,
/// another user's, open to others or larger than `limit_bytes` counts as none. Names are 64 hexadecimal digits. With each file that
/// is written, those that nobody has written for `age` are removed. Error: what the folder is, and what to do.
inline result<private_folder> open_private_folder(const std::string& path, std::size_t limit_bytes, std::chrono::seconds age, errc code) {
    const auto refused = [&](const std::string& why) { return detail::file_error("opening the folder", path, code, why); };
    if (!detail::make_folders(path)) return refused(errno_text(errno));
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0 && (errno == ELOOP || errno == ENOTDIR)) return refused("is a link or no folder; name the folder itself");
    if (descriptor < 0) return refused(errno_text(errno));
    auto folder = std::make_shared<detail::owned_folder>(descriptor, path, code);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return refused(errno_text(errno));
    if (status.st_uid != ::geteuid())
        return refused("belongs to uid " + std::to_string(status.st_uid) + ", not to uid " + std::to_string(::geteuid()) + "; name one of your own");
    if ((status.st_mode & 077) != 0) return refused("others may enter it; name a folder of its own, or run: chmod 700 " + path);
    return private_folder{
        .read = [folder, limit_bytes](const std::string& name) { return folder->read(name, limit_bytes); },
        .replace =
            [folder, age](const std::string& name, const secret_string& content) {
                folder->forget(age);
                return folder->replace(name, content);
            },
        .try_lock = [folder](const std::string& name) { return folder->try_lock(name); }};
}

}  // namespace credbase
