// SPDX-License-Identifier: Apache-2.0
// Running another program on Linux, with limits on its time and its output.
#pragma once

#include <credbase/error.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/posix_process.hpp>
#include <credbase/process.hpp>
#include <credbase/secret_string.hpp>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>  // explicit_bzero
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credbase {

namespace detail {

/// A descriptor that closes itself.
class owned_descriptor {
public:
    owned_descriptor() = default;
    /// Moves it above 2, where no standard stream of a child will take its place.
    explicit owned_descriptor(int number) : number_(number) {
        if (number < 0 || number > STDERR_FILENO) return;
        number_ = ::fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        ::close(number);
    }
    owned_descriptor(owned_descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    owned_descriptor& operator=(owned_descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~owned_descriptor() { close(); }

    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }
    void close() {
        if (is_open()) ::close(std::exchange(number_, -1));
    }

private:
    int number_ = -1;
};

struct pipe_ends {
    owned_descriptor read, write;

    /// False, with errno, if there is no pipe to be had. Reading never blocks.
    bool open() {
        int both[2];
        if (::pipe2(both, O_CLOEXEC) != 0) return false;
        read = owned_descriptor(both[0]);
        write = owned_descriptor(both[1]);
        return read.is_open() && write.is_open() && ::fcntl(read.number(), F_SETFL, O_NONBLOCK) == 0;
    }
};

/// The path of the program to run; looked up here, since the child may not allocate.
inline result<std::string> find_program(const std::vector<std::string>& arguments, errc code) {
    if (arguments.empty() || arguments.front().empty()) return error(code, "no program is named");
    for (const std::string& argument : arguments)
        if (argument.find('\0') != argument.npos) return error(code, "an argument has a NUL in it");
    const std::string& name = arguments.front();
    if (name.find('/') != name.npos) return name;
    const std::string path = system_getenv("PATH").value_or("");
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find(':', at), path.size());
        const std::string folder = path.substr(at, end - at), candidate = folder + "/" + name;
        at = end + 1;
        struct stat status {};
        if (folder.starts_with('/') && ::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
            ::faccessat(AT_FDCWD, candidate.c_str(), X_OK, AT_EACCESS) == 0)
            return candidate;
    }
    return error(code, "not found in any absolute folder of PATH").within("starting " + escape_controls(name));
}

/// What the child needs between fork and exec; all of it is made before the fork.
struct program_image {
    const char* path;
    std::vector<char*> arguments, environment;
    int in, out, err, failure;  ///< `failure` takes errno where the program can't be started
    int descriptor_limit;
};

/// The child turns into the program. Other threads held locks at the fork: only async-signal-safe calls from here on.
[[noreturn]] inline void become_program(const program_image& image) {
    ::setpgid(0, 0);
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &usual, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);

    constexpr int failure = STDERR_FILENO + 1;  // a fixed place, so that all above it can be closed
    const bool ready = ::dup2(image.in, STDIN_FILENO) >= 0 && ::dup2(image.out, STDOUT_FILENO) >= 0 &&
                       ::dup2(image.err, STDERR_FILENO) >= 0 && ::dup2(image.failure, failure) >= 0 &&
                       ::fcntl(failure, F_SETFD, FD_CLOEXEC) == 0;
    if (ready) {
        bool closed = false;
#ifdef SYS_close_range
        closed = ::syscall(SYS_close_range, failure + 1, ~0U, 0) == 0;
#endif
        // Before Linux 5.9.
        for (int number = failure + 1; !closed && number < image.descriptor_limit; ++number) ::close(number);
        ::execve(image.path, image.arguments.data(), image.environment.data());
    }
    const int why = errno;
    [[maybe_unused]] const ssize_t told = ::write(ready ? failure : image.failure, &why, sizeof why);
    ::_exit(127);
}

/// A started program and what it has written so far. At the latest when this object goes, its process group is killed.
class running_program {
public:
    using instant = std::chrono::steady_clock::time_point;

    explicit running_program(const process_request& request) : request_(request) {}
    running_program(const running_program&) = delete;
    running_program& operator=(const running_program&) = delete;
    ~running_program() {
        if (child_ > 0) kill_group();
        ::explicit_bzero(block_.data(), block_.size());
    }

    /// 0, or errno.
    int start(const std::string& path) {
        pipe_ends out, err, failure;
        const owned_descriptor in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!in.is_open() || !out.open() || !err.open() || !failure.open()) return errno;
        rlimit descriptors{};
        ::getrlimit(RLIMIT_NOFILE, &descriptors);
        program_image image{.path = path.c_str(), .arguments = {}, .environment = {},
                            .in = in.number(), .out = out.write.number(), .err = err.write.number(), .failure = failure.write.number(),
                            .descriptor_limit = static_cast<int>(std::min<rlim_t>(descriptors.rlim_cur, 1048576))};
        for (const std::string& argument : request_.arguments) image.arguments.push_back(const_cast<char*>(argument.c_str()));
        for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
            const std::string_view text = *entry, name = text.substr(0, text.find('='));
            const auto& without = request_.environment_without;
            if (std::find(without.begin(), without.end(), name) == without.end()) image.environment.push_back(*entry);
        }
        image.arguments.push_back(nullptr);
        image.environment.push_back(nullptr);

        // No handler of this process may run in the child.
        sigset_t all, before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        child_ = ::fork();
        if (child_ == 0) become_program(image);
        const int why = errno;
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        if (child_ < 0) return why;
        ::setpgid(child_, child_);  // as the child does: whoever comes first, the group is there before it is signalled
        out_ = std::move(out.read);
        err_ = std::move(err.read);
        failure_ = std::move(failure.read);
        return 0;
    }

    bool wrote_too_much() const { return output_.out.size() > request_.out_limit_bytes; }
    /// Ended, and nobody else holds its stdout.
    bool done() const { return !out_.is_open() && exited(); }

    /// Waits for output, until `until` at the most, and takes what there is.
    void take_output(instant until) {
        using std::chrono::milliseconds;
        // Once stdout is closed the end can only be asked for, time and again.
        const milliseconds longest(out_.is_open() ? 3600000 : 10);
        const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        pollfd sources[2] = {{out_.number(), POLLIN, 0}, {err_.number(), POLLIN, 0}};
        if (::poll(sources, 2, static_cast<int>(std::clamp(left, milliseconds(0), longest).count())) <= 0) return;
        if (sources[0].revents != 0) take_out();
        if (sources[1].revents != 0) take_err();
    }

    /// SIGTERM to all of the group; SIGKILL when they have closed their output, but a second later at the latest.
    void end_group() {
        ::kill(-child_, SIGTERM);
        const instant until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        while ((err_.is_open() || !done()) && std::chrono::steady_clock::now() < until) take_output(until);
        kill_group();
    }

    /// To be called when it is done. Error: it couldn't be started; or somebody else in this process took its exit status.
    result<process_output> finish(const std::string& shown, errc code) {
        // Others may hold stderr open and go on writing; what the program itself left is at most what fits into the pipe.
        for (std::size_t taken = 0; err_.is_open() && taken < 1048576; taken += block_.size()) take_err();
        const std::optional<int> status = reap();
        int why = 0;
        if (::read(failure_.number(), &why, sizeof why) == sizeof why) return error(code, errno_text(why)).within("starting " + shown);
        if (!status)
            return error(code, "its exit status is lost: this process ignores SIGCHLD or waits for any child").within("running " + shown);
        output_.exit_code = WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
        output_.signal = WIFSIGNALED(*status) ? WTERMSIG(*status) : 0;
        return std::move(output_);
    }

private:
    /// It isn't reaped yet, so that its group's number stays its own.
    bool exited() const {
        siginfo_t info{};
        return ::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
    }
    std::optional<int> reap() {
        int status = 0;
        pid_t got = -1;
        while ((got = ::waitpid(child_, &status, 0)) < 0 && errno == EINTR) {}
        child_ = -1;
        return got < 0 ? std::nullopt : std::optional(status);
    }
    void kill_group() {
        ::kill(-child_, SIGKILL);
        reap();
    }

    std::string_view take(owned_descriptor& from) {
        const ssize_t got = ::read(from.number(), block_.data(), block_.size());
        if (got > 0) return {block_.data(), static_cast<std::size_t>(got)};
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) from.close();
        return {};
    }
    void take_out() {
        const std::string_view more = take(out_);
        if (!wrote_too_much()) output_.out.append(more);
    }
    void take_err() {
        output_.err.append(take(err_));
        if (output_.err.size() > request_.err_kept_bytes) output_.err.erase(0, output_.err.size() - request_.err_kept_bytes);
    }

    const process_request& request_;
    process_output output_;
    owned_descriptor out_, err_, failure_;
    pid_t child_ = -1;
    std::array<char, 16384> block_;
};

}  // namespace detail

/// Runs a program to its end and gives what it wrote and how it ended; whatever happens, it is waited for.
///
/// Without a shell: the arguments arrive as they are. The program has a process group of its own, the usual signal
/// dispositions, stdin at its end, and no other descriptor than 0 to 2. The run isn't over before stdout is closed by all
/// who inherited it. May be called from many threads; nothing may change the environment meanwhile.
/// Error: the program isn't found or can't be started, by the system's word; it takes longer or writes more than allowed,
/// and its process group was ended; this process ignores SIGCHLD.
inline result<process_output> run_process(const process_request& request, errc code) {
    const auto path = detail::find_program(request.arguments, code);
    if (!path) return path.error();
    const std::string shown = escape_controls(*path);
    const auto deadline = std::chrono::steady_clock::now() + request.time_limit;
    detail::running_program child(request);
    if (const int why = child.start(*path); why != 0) return error(code, errno_text(why)).within("starting " + shown);
    const auto ended = [&](const std::string& why) {
        child.end_group();
        return error(code, why).within("running " + shown);
    };
    for (;;) {
        if (child.wrote_too_much()) return ended("more than " + std::to_string(request.out_limit_bytes) + " bytes on stdout");
        if (child.done()) break;
        if (std::chrono::steady_clock::now() >= deadline)
            return ended("not done within its time limit of " + std::to_string(request.time_limit.count()) + " ms");
        child.take_output(deadline);
    }
    return child.finish(shown, code);
}

}  // namespace credbase
