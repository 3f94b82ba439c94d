// SPDX-License-Identifier: Apache-2.0
#include <credbase/posix_process.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace credbase;

namespace {

constexpr errc refusal{"TEST-WRITE"};

/// Runs `act` in a child process and gives its exit code; -1 where a signal ended it.
template <class Act>
int in_child(Act act) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(act());
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct pipe_ends {
    int read, write;
    pipe_ends() {
        int both[2];
        REQUIRE(::pipe(both) == 0);
        read = both[0];
        write = both[1];
    }
    ~pipe_ends() {
        close_end(read);
        close_end(write);
    }
    static void close_end(int& end) {
        if (end >= 0) ::close(end);
        end = -1;
    }
};

std::string describe(const result<>& got) { return got ? "written" : std::string(got.error().code().word) + " " + got.error().text(); }

struct stat status_of(int descriptor) {
    struct stat status {};
    ::fstat(descriptor, &status);
    return status;
}

extern "C" void nothing_to_do(int) {}

}  // namespace

TEST_CASE("errno_text: the system's words") {
    CHECK(errno_text(ENOENT) == "No such file or directory");
    CHECK(errno_text(ENOSPC) == "No space left on device");
}

TEST_CASE("uninterrupted: a call is made until it isn't interrupted, and its result and errno are those of the last time") {
    struct row { const char* name; std::vector<int> errors; int outcome, number; };  // an error for each time, 0: it succeeds
    const row rows[] = {
        {"success", {0}, 7, 0},
        {"interrupted, and then success", {EINTR, EINTR, 0}, 7, 0},
        {"an error", {EIO}, -1, EIO},
        {"interrupted, and then an error", {EINTR, EAGAIN}, -1, EAGAIN},
    };
    for (const row& r : rows) {
        INFO(r.name);
        std::size_t made = 0;
        errno = 0;
        CHECK(uninterrupted([&] {
                  errno = r.errors.at(made++);
                  return errno == 0 ? 7 : -1;
              }) == r.outcome);
        CHECK(errno == r.number);
        CHECK(made == r.errors.size());
    }
}

TEST_CASE("signals_held: a signal that comes meanwhile is taken afterwards, and the mask is as it was") {
    static volatile sig_atomic_t taken = 0;
    struct sigaction counts {}, before {};
    counts.sa_handler = [](int) { taken = taken + 1; };
    REQUIRE(::sigaction(SIGUSR1, &counts, &before) == 0);
    sigset_t own, mask_before, mask_after;
    ::sigemptyset(&own);
    ::sigaddset(&own, SIGUSR2);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &own, &mask_before) == 0);
    {
        const signals_held held;
        REQUIRE(::raise(SIGUSR1) == 0);
        CHECK(taken == 0);
    }
    CHECK(taken == 1);
    REQUIRE(::pthread_sigmask(SIG_SETMASK, &mask_before, &mask_after) == 0);
    CHECK(::sigismember(&mask_after, SIGUSR2) == 1);
    CHECK(::sigismember(&mask_after, SIGUSR1) == 0);
    REQUIRE(::sigaction(SIGUSR1, &before, nullptr) == 0);
}

TEST_CASE("system_getenv: unset, empty and set are three things") {
    ::unsetenv("CREDBASE_TEST");
    CHECK(system_getenv("CREDBASE_TEST") == std::nullopt);
    ::setenv("CREDBASE_TEST", "", 1);
    CHECK(system_getenv("CREDBASE_TEST") == std::optional<std::string>(""));
    ::setenv("CREDBASE_TEST", "a=b", 1);
    CHECK(system_getenv("CREDBASE_TEST") == std::optional<std::string>("a=b"));
    ::unsetenv("CREDBASE_TEST");
}

TEST_CASE("P61 system_now: the clock's second, cut and not rounded up") {
    const auto before = std::chrono::system_clock::now();
    const auto now = system_now();
    CHECK(now <= std::chrono::system_clock::now());
    CHECK(now > before - std::chrono::seconds(1));
}

TEST_CASE("write_all: a text larger than the pipe arrives whole, in order") {
    pipe_ends ends;
    std::string text;
    while (text.size() < 1000000) text += std::to_string(text.size()) + ",";
    const pid_t writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer == 0) ::_exit(write_all(ends.write, text, refusal) ? 0 : 1);
    pipe_ends::close_end(ends.write);
    std::string got;
    std::array<char, 1000> block;
    for (ssize_t count = 0; (count = ::read(ends.read, block.data(), block.size())) > 0;)
        got.append(block.data(), static_cast<std::size_t>(count));
    int status = 0;
    REQUIRE(::waitpid(writer, &status, 0) == writer);
    CHECK(status == 0);
    CHECK(bool(got == text));
}

TEST_CASE("write_all: a pipe that the host made non-blocking is waited for") {
    pipe_ends pipe;
    REQUIRE(::fcntl(pipe.write, F_SETFL, O_NONBLOCK) == 0);
    const std::string text(300000, 'x');
    const pid_t reader = ::fork();
    REQUIRE(reader >= 0);
    if (reader == 0) {
        pipe_ends::close_end(pipe.write);
        std::array<char, 4096> block;
        std::size_t total = 0;
        for (ssize_t got = 0; (got = ::read(pipe.read, block.data(), block.size())) > 0;) total += static_cast<std::size_t>(got);
        ::_exit(total == text.size() ? 0 : 1);
    }
    CHECK(describe(write_all(pipe.write, text, refusal)) == "written");
    pipe_ends::close_end(pipe.write);
    int status = 0;
    REQUIRE(::waitpid(reader, &status, 0) == reader);
    CHECK(status == 0);
}

TEST_CASE("write_all: a signal that interrupts the wait isn't a failure") {
    pipe_ends ends;
    struct sigaction quiet {}, before {};
    quiet.sa_handler = nothing_to_do;  // without SA_RESTART: write() ends with EINTR
    REQUIRE(::sigaction(SIGUSR1, &quiet, &before) == 0);
    const std::string text(4000000, 'x');
    const pid_t writer = ::getpid(), reader = ::fork();
    REQUIRE(reader >= 0);
    if (reader == 0) {
        pipe_ends::close_end(ends.write);
        // Signals before each portion, while the pipe is full: the first ends a write in its middle, the next one before its first byte.
        std::array<char, 60000> block;
        for (std::size_t got = 0; got < text.size();) {
            for (int waiting = 0, tries = 0; tries < 1000 && waiting < 65536; ++tries) ::ioctl(ends.read, FIONREAD, &waiting);
            for (int i = 0; i < 50; ++i) {
                ::kill(writer, SIGUSR1);
                ::sched_yield();
            }
            const ssize_t count = ::read(ends.read, block.data(), block.size());
            if (count <= 0) ::_exit(1);
            got += static_cast<std::size_t>(count);
        }
        ::_exit(0);
    }
    pipe_ends::close_end(ends.read);
    CHECK(describe(write_all(ends.write, text, refusal)) == "written");
    pipe_ends::close_end(ends.write);
    int status = 0;
    while (::waitpid(reader, &status, 0) < 0 && errno == EINTR) {}
    CHECK(status == 0);
    REQUIRE(::sigaction(SIGUSR1, &before, nullptr) == 0);
}

TEST_CASE("write_all: a failure has the system's word, and nothing to write can't fail") {
    const int full = ::open("/dev/full", O_WRONLY), reading = ::open("/dev/null", O_RDONLY), closed = ::open("/dev/null", O_WRONLY);
    REQUIRE(full >= 0);
    REQUIRE(reading >= 0);
    REQUIRE(closed >= 0);
    ::close(closed);
    pipe_ends gone;
    pipe_ends::close_end(gone.read);
    ::signal(SIGPIPE, SIG_IGN);
    struct row { const char* name; int descriptor; std::string text, outcome; };
    const row rows[] = {
        {"/dev/full", full, "x", "TEST-WRITE No space left on device"},
        {"a descriptor for reading", reading, "x", "TEST-WRITE Bad file descriptor"},
        {"a closed descriptor", closed, "x", "TEST-WRITE Bad file descriptor"},
        {"no descriptor at all", -1, "x", "TEST-WRITE Bad file descriptor"},
        {"a pipe whose reader is gone", gone.write, "x", "TEST-WRITE Broken pipe"},
        {"nothing to write", -1, "", "written"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(describe(write_all(r.descriptor, r.text, refusal)) == r.outcome);
    }
    ::signal(SIGPIPE, SIG_DFL);
    ::close(full);
    ::close(reading);
}

TEST_CASE("protect_standard_streams: whichever of the three are closed, nothing opened later takes their place") {
    const struct stat null_device = [] { struct stat status {}; ::stat("/dev/null", &status); return status; }();
    for (int closed = 0; closed < 8; ++closed) {
        INFO("closed, as bits: " << closed);
        // The child's exit code says which promise was broken.
        CHECK(in_child([&]() -> int {
            struct stat before[3];
            for (int fd = 0; fd < 3; ++fd) {
                before[fd] = status_of(fd);
                if ((closed >> fd & 1) != 0) ::close(fd);
            }
            protect_standard_streams();
            for (int fd = 0; fd < 3; ++fd) {
                const struct stat now = status_of(fd);
                if ((closed >> fd & 1) == 0 && (now.st_dev != before[fd].st_dev || now.st_ino != before[fd].st_ino)) return 1;
                if ((closed >> fd & 1) != 0 && now.st_rdev != null_device.st_rdev) return 2;
            }
            char byte = 0;
            if ((closed & 1) != 0 && ::read(0, &byte, 1) != 0) return 3;
            if ((closed & 2) != 0 && (::write(1, "x", 1) != -1 || errno != EBADF)) return 4;
            if ((closed & 4) != 0 && ::write(2, "x", 1) != 1) return 5;
            return ::open("/dev/null", O_RDONLY) >= 3 ? 0 : 6;
        }) == 0);
    }
}

TEST_CASE("P64 protect_standard_streams: a write to a reader that is gone is an error, not the end of the process") {
    const auto write_to_nobody = [](bool protect) {
        return in_child([&]() -> int {
            ::signal(SIGPIPE, SIG_DFL);
            if (protect) protect_standard_streams();
            int both[2];
            if (::pipe(both) != 0) return 1;
            ::close(both[0]);
            return write_all(both[1], "x", refusal).has_error() ? 0 : 2;
        });
    };
    CHECK(write_to_nobody(true) == 0);
    CHECK(write_to_nobody(false) == -1);
}

TEST_CASE("protect_standard_streams: a write beyond the size that a file may have is an error, not the end of the process") {
    const auto write_too_much = [](bool protect) {
        return in_child([&]() -> int {
            ::signal(SIGXFSZ, SIG_DFL);
            if (protect) protect_standard_streams();
            char name[] = "/tmp/posix_process.XXXXXX";
            const int file = ::mkstemp(name);
            if (file < 0 || ::unlink(name) != 0) return 1;
            const rlimit tight{10, 10}, no_core{0, 0};
            if (::setrlimit(RLIMIT_FSIZE, &tight) != 0 || ::setrlimit(RLIMIT_CORE, &no_core) != 0) return 2;
            return describe(write_all(file, "more than ten", refusal)) == "TEST-WRITE File too large" ? 0 : 3;
        });
    };
    CHECK(write_too_much(true) == 0);
    CHECK(write_too_much(false) == -1);
}

TEST_CASE("protect_memory: no core dump is made of the process, and a program that it starts is as any other") {
    CHECK(in_child([] { return ::prctl(PR_GET_DUMPABLE); }) == 1);  // else the rest shows nothing
    CHECK(in_child([] {
              protect_memory();
              return ::prctl(PR_GET_DUMPABLE);
          }) == 0);
    CHECK(in_child([] {
              protect_memory();
              // A file of /proc belongs to root as long as its process is closed to others.
              ::execl("/bin/sh", "sh", "-c", "test -r /proc/self/environ && test -O /proc/self/environ", nullptr);
              return 99;
          }) == 0);
}
