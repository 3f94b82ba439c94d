// SPDX-License-Identifier: Apache-2.0
// The process's own environment, clock, random numbers and standard streams.
#pragma once

#include <credbase/error.hpp>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/random.h>  // getentropy
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace credbase {

/// The system's words for an errno value.
inline std::string errno_text(int number) { return std::generic_category().message(number); }

/// What a system call gives, made anew as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
    for (;;)
        if (const auto got = call(); got >= 0 || errno != EINTR) return got;
}

/// While this lives, the thread takes no signals; those that come for it are taken afterwards.
class signals_held {
public:
    signals_held() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signals_held() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_held(const signals_held&) = delete;
    signals_held& operator=(const signals_held&) = delete;

private:
    sigset_t before_;
};

/// A variable of this process's environment; nothing where it is not set.
inline std::optional<std::string> system_getenv(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// The wall clock, UTC, cut to seconds.
inline std::chrono::sys_seconds system_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// [0, 1), good enough for the length of a pause, even where the system's generator fails.
inline double system_random() {
    std::uint32_t number = 0;
    (void)::getentropy(&number, sizeof number);
    return static_cast<double>(number) / 4294967296.0;
}

/// Writes all of the text, whatever portions the descriptor takes. Error: the system's word for it.
inline result<> write_all(int descriptor, std::string_view text, errc code) {
    while (!text.empty()) {
        const ssize_t written = uninterrupted([&] { return ::write(descriptor, text.data(), text.size()); });
        if (written < 0 && errno == EAGAIN) {  // the host made the pipe non-blocking: wait until it takes more
            pollfd full{descriptor, POLLOUT, 0};
            ::poll(&full, 1, -1);
            continue;
        }
        if (written < 0) return error(code, errno_text(errno));
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

/// Closes the process's memory to others; to be called first in `main`.
///
/// No core dump is made of it, and no other process of the same user may trace it or read its memory or environment. Programs
/// that it starts are as they would be. Only Linux has this; elsewhere nothing happens.
inline void protect_memory() {
#ifdef __linux__
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/// Makes the standard streams safe to use; to be called first in `main`.
///
/// A write to a reader that is gone, or beyond the size that a file may have, becomes an error instead of a signal. Where one of
/// descriptors 0 to 2 is closed, /dev/null takes its place, so that no file or socket opened later receives what is meant for a
/// stream. For stdout that place is opened for reading, so that writing to it stays the error that it was.
inline void protect_standard_streams() {
    for (const int number : {SIGPIPE, SIGXFSZ}) ::signal(number, SIG_IGN);
    pollfd streams[3] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
    if (::poll(streams, 3, 0) <= 0) return;
    for (const pollfd& stream : streams)
        if ((stream.revents & POLLNVAL) != 0) {
            const int mode = stream.fd == STDERR_FILENO ? O_WRONLY : O_RDONLY;
            uninterrupted([&] { return ::open("/dev/null", mode); });  // takes the lowest free number, which is this one
        }
}

}  // namespace credbase
