// SPDX-License-Identifier: Apache-2.0
// A private folder on the disk, and processes that use it, for the tests.
#pragma once

#include <credbase/posix_folder.hpp>

#include "support/catch_shim.hpp"
#include "support/temp_folder.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using names = std::vector<std::string>;

inline constexpr credbase::errc refusal{"TEST-FOLDER"};
inline constexpr std::size_t limit_bytes = 1000;
inline constexpr std::chrono::hours age(36);
inline constexpr uid_t nobody = 65532;

/// A private folder for each test.
struct temp_dir : temp_folder {
    /// For its owner alone.
    std::string write(const std::string& name, const std::string& text) const {
        std::string made = temp_folder::write(name, text);
        fs::permissions(made, fs::perms(0600));
        return made;
    }
    credbase::result<credbase::private_folder> open() const {
        return credbase::open_private_folder(path.string(), limit_bytes, age, refusal);
    }
    credbase::private_folder folder() const { return open().value(); }
};

/// `ok`, `none`, the content, or what stands in the way.
template <class T>
std::string describe(const credbase::result<T>& got) {
    return got ? "ok" : std::string(got.error().code().word) + " " + got.error().text();
}
inline std::string describe(const credbase::result<std::optional<credbase::secret_string>>& got) {
    return !got ? describe<>(got) : *got ? std::string((*got)->reveal()) : "none";
}
inline std::string describe(const credbase::result<std::shared_ptr<void>>& got) {
    return !got ? describe<>(got) : *got ? "locked" : "held by another";
}

inline int open_descriptors() {
    int count = 0;
    for (int descriptor = 0; descriptor < 256; ++descriptor) count += ::fcntl(descriptor, F_GETFD) >= 0;
    return count;
}

/// What `work` says as a user to whom something can be forbidden, who gets the folder.
inline std::string unprivileged(const fs::path& folder, const std::function<std::string()>& work) {
    if (::geteuid() != 0) return work();
    for (const auto& entry : fs::directory_iterator(folder)) REQUIRE(::lchown(entry.path().c_str(), nobody, nobody) == 0);
    REQUIRE(::chown(folder.c_str(), nobody, nobody) == 0);
    REQUIRE(::seteuid(nobody) == 0);
    std::string said = work();
    REQUIRE(::seteuid(0) == 0);
    return said;
}

/// A process that does `work`, whose words come through a pipe, and stays until it is killed.
class child {
public:
    explicit child(const std::function<void(int)>& work) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        number_ = ::fork();
        if (number_ == 0) {
            try {
                work(ends[1]);
            } catch (...) {}  // the words are missing then
            ::close(ends[1]);
            for (;;) ::pause();
        }
        ::close(ends[1]);
        words_ = ends[0];
    }
    ~child() {
        kill();
        ::close(words_);
    }
    std::string next_byte() const {
        char byte = 0;
        return ::read(words_, &byte, 1) == 1 ? std::string(1, byte) : "";
    }
    std::string rest() const {
        std::string all;
        for (std::string byte = next_byte(); !byte.empty(); byte = next_byte()) all += byte;
        return all;
    }
    void kill() {
        if (number_ <= 0) return;
        ::kill(number_, SIGKILL);
        ::waitpid(number_, nullptr, 0);
        number_ = 0;
    }

private:
    pid_t number_ = 0;
    int words_ = -1;
};
