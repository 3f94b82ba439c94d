// SPDX-License-Identifier: Apache-2.0
// Running another program on Linux, with limits on its time and its output.
#pragma once

#include <credbase/posix_process.hpp>
#include <credbase/process.hpp>
#include <credbase/secret_string.hpp>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>  // explicit_bzero
#include <sys/prctl.h>
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
#include <set>
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

using instant = std::chrono::steady_clock::time_point;

/// So much later than now; too much is the end of time.
inline instant later(std::chrono::milliseconds pause) {
    using std::chrono::milliseconds;
    const instant now = std::chrono::steady_clock::now();
    return pause < std::chrono::floor<milliseconds>(instant::max() - now) ? now + std::max(pause, milliseconds(0)) : instant::max();
}

inline bool has_nul(std::string_view text) { return text.find('\0') != text.npos; }

/// The path of the program to run, looked up here since the child may not allocate; empty where there is none.
inline std::string find_program(const std::string& name) {
    if (name.find('/') != name.npos) return name;
    const std::string path = name.empty() || has_nul(name) ? "" : system_getenv("PATH").value_or("");
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find(':', at), path.size());
        const std::string folder = path.substr(at, end - at), candidate = folder + "/" + name;
        at = end + 1;
        struct stat status {};
        if (folder.starts_with('/') && ::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
            ::faccessat(AT_FDCWD, candidate.c_str(), X_OK, AT_EACCESS) == 0)
            return candidate;
    }
    return "";
}

/// Whether the system's interface can carry arguments and environment.
inline bool is_passable(const process_request& request) {
    return std::none_of(request.arguments.begin(), request.arguments.end(), has_nul) &&
           std::none_of(request.environment.begin(), request.environment.end(), [](const environment_change& change) {
               return change.name.empty() || change.name.find('=') != change.name.npos || has_nul(change.name) ||
                      (change.value && has_nul(*change.value));
           });
}

/// What the child needs between fork and exec; all of it is made before the fork.
struct program_image {
    const char* path;
    std::vector<char*> arguments, environment;
    int in, out, err;  ///< -1: this process's own is handed on
    int failure;       ///< takes errno where the program can't be started
    int nothing;       ///< stands in for one that is to be handed on, but is closed
    int descriptor_limit;
    pid_t parent;
};

/// The child turns into the program. Other threads held locks at the fork: only async-signal-safe calls from here on.
[[noreturn]] inline void become_program(const program_image& image) {
    if (image.in >= 0) {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (::getppid() != image.parent) ::_exit(127);  // it died before
    }
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &usual, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);

    constexpr int failure = STDERR_FILENO + 1;  // a fixed place, so that all above it can be closed
    const auto place = [&](int descriptor, int at) {
        if (descriptor < 0 && ::fcntl(at, F_SETFD, 0) == 0) return true;
        return uninterrupted([&] { return ::dup2(descriptor < 0 ? image.nothing : descriptor, at); }) >= 0;
    };
    const bool ready = place(image.in, STDIN_FILENO) && place(image.out, STDOUT_FILENO) && place(image.err, STDERR_FILENO) &&
                       place(image.failure, failure) && ::fcntl(failure, F_SETFD, FD_CLOEXEC) == 0;
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

/// A started program and what it has written so far. At the latest when this object goes, it is killed with its process group.
class running_program {
public:
    running_program(const process_request& request, const std::string& path) : request_(request) {
        output_.exit_code = -1;
        output_.program = path;
    }
    running_program(const running_program&) = delete;
    running_program& operator=(const running_program&) = delete;
    ~running_program() {
        if (child_ > 0) {
            send(SIGKILL);
            reap();
        }
        ::explicit_bzero(block_.data(), block_.size());
    }

    /// 0, or errno.
    int start() {
        pipe_ends out, err, failure;
        const owned_descriptor nothing(uninterrupted([] { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }));
        if (!nothing.is_open() || !out.open() || !(request_.inherit_stderr || err.open()) || !failure.open()) return errno;
        rlimit descriptors{};
        ::getrlimit(RLIMIT_NOFILE, &descriptors);
        program_image image{.path = output_.program.c_str(), .arguments = {}, .environment = {},
                            .in = request_.inherit_stdin ? -1 : nothing.number(), .out = out.write.number(), .err = err.write.number(),
                            .failure = failure.write.number(), .nothing = nothing.number(),
                            .descriptor_limit = static_cast<int>(std::min<rlim_t>(descriptors.rlim_cur, 1048576)),
                            .parent = ::getpid()};
        for (const std::string& argument : request_.arguments) image.arguments.push_back(const_cast<char*>(argument.c_str()));
        image.arguments.front() = output_.program.data();
        image.arguments.push_back(nullptr);

        std::set<std::string_view> named;
        std::vector<secret_string> made;
        for (auto change = request_.environment.rbegin(); change != request_.environment.rend(); ++change)
            if (named.insert(change->name).second && change->value)
                made.emplace_back(change->name).append('=').append(*change->value).append('\0');
        for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
            if (const std::string_view text = *entry; named.insert(text.substr(0, text.find('='))).second)
                image.environment.push_back(*entry);
        for (auto entry = made.rbegin(); entry != made.rend(); ++entry)
            image.environment.push_back(const_cast<char*>(entry->reveal().data()));
        image.environment.push_back(nullptr);

        {
            const signals_held held;  // no handler of this process may run in the child
            child_ = ::fork();
            if (child_ == 0) become_program(image);
            if (child_ < 0) return errno;
        }
        // As the child does: whoever comes first, the group is there before it is signalled.
        if (!request_.inherit_stdin) ::setpgid(child_, child_);
#ifdef SYS_pidfd_open
        end_ = owned_descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child_, 0)));
#endif
        out_ = std::move(out.read);
        err_ = std::move(err.read);
        failure_ = std::move(failure.read);
        return 0;
    }

    bool wrote_too_much() const { return wrote_too_much_; }
    /// Ended, and nobody else holds its stdout, or nobody has to wait for them any longer.
    bool done() {
        if (exited() && std::chrono::steady_clock::now() >= out_until_) {
            take_rest();
            out_.close();
        }
        return exited_ && !out_.is_open();
    }
    /// When it may be done although others hold its stdout.
    instant out_until() const { return out_until_; }

    /// Waits for output or its end, until `until` at the most, and takes what there is.
    void take_output(instant until) {
        using std::chrono::milliseconds;
        // Before Linux 5.3 its end can only be asked for, time and again.
        const milliseconds longest(exited_ || end_.is_open() ? 3600000 : 10);
        const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        pollfd sources[3] = {{out_.number(), POLLIN, 0}, {err_.number(), POLLIN, 0}, {end_.number(), POLLIN, 0}};
        if (::poll(sources, 3, static_cast<int>(std::clamp(left, milliseconds(0), longest).count())) <= 0) return;
        if (sources[0].revents != 0) take_out();
        if (sources[1].revents != 0) take_err();
    }

    /// To be called when it is done, or else has to be ended.
    process_output finish(process_end end) {
        if (end != process_end::exited) end_program();
        const std::optional<int> status = reap();
        take_rest();
        if (status && WIFEXITED(*status)) output_.exit_code = WEXITSTATUS(*status);
        if (status && WIFSIGNALED(*status)) output_.signal = WTERMSIG(*status);
        int why = 0;
        if (::read(failure_.number(), &why, sizeof why) == sizeof why) return not_started(why);
        output_.end = status || end != process_end::exited ? end : process_end::status_lost;
        return std::move(output_);
    }
    process_output not_started(int why) {
        output_.end = process_end::not_started;
        output_.exit_code = -1;
        output_.system_error = why;
        return std::move(output_);
    }

private:
    /// It isn't reaped yet, so that its number and its group's stay its own.
    bool exited() {
        siginfo_t info{};
        if (exited_ || (::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0))
            return exited_;
        end_.close();
        out_until_ = later(request_.stdout_grace);
        return exited_ = true;
    }
    std::optional<int> reap() {
        int status = 0;
        const pid_t got = uninterrupted([&] { return ::waitpid(child_, &status, 0); });
        child_ = -1;
        return got < 0 ? std::nullopt : std::optional(status);
    }

    /// To all of its group; to it alone where it is in the group of this process.
    void send(int signal) {
        if (!request_.inherit_stdin) ::kill(-child_, signal);
        else if (!exited()) ::kill(child_, signal);
    }
    /// SIGTERM; SIGKILL when all who got that have closed their output, but after `grace` at the latest.
    void end_program() {
        send(SIGTERM);
        const instant until = later(request_.grace);
        const auto quiet = [&] { return exited() && (request_.inherit_stdin || (!out_.is_open() && !err_.is_open())); };
        while (!quiet() && std::chrono::steady_clock::now() < until) take_output(until);
        send(SIGKILL);
    }

    std::string_view take(owned_descriptor& from) {
        const ssize_t got = uninterrupted([&] { return ::read(from.number(), block_.data(), block_.size()); });
        if (got > 0) return {block_.data(), static_cast<std::size_t>(got)};
        if (got == 0 || errno != EAGAIN) from.close();
        return {};
    }
    bool take_out() {
        const std::string_view more = take(out_);
        const std::size_t room = request_.out_limit_bytes - output_.out.size();
        wrote_too_much_ = wrote_too_much_ || more.size() > room;
        output_.out.append(more.substr(0, room));
        return !more.empty();
    }
    bool take_err() {
        const std::string_view more = take(err_);
        output_.err.append(more);
        if (output_.err.size() > request_.err_kept_bytes) output_.err.erase(0, output_.err.size() - request_.err_kept_bytes);
        return !more.empty();
    }
    /// Others may hold the pipes open and go on writing; what the program itself left is at most what fits into them.
    void take_rest() {
        for (std::size_t taken = 0; taken < 1048576; taken += block_.size()) {
            const bool out = take_out(), err = take_err();
            if (!out && !err) return;
        }
    }

    const process_request& request_;
    process_output output_;
    owned_descriptor out_, err_, failure_;
    owned_descriptor end_;  ///< readable at its end; closed where the system has no such thing, and after that end
    instant out_until_ = instant::max();
    bool exited_ = false, wrote_too_much_ = false;
    pid_t child_ = -1;
    std::array<char, 16384> block_;
};

}  // namespace detail

/// Runs a program to its end and gives what it wrote and how it ended; whatever happens, it is waited for.
///
/// Without a shell: the arguments arrive as they are, behind the path that is run. The program has the usual signal
/// dispositions and no other descriptor than 0 to 2. The run isn't over before stdout is closed by all who inherited it, or
/// `stdout_grace` is over; the time limit holds for that, too. A program that has to be ended takes its process group along,
/// unless that is this process's; one that ends by itself leaves its children alone. Of what a program wrote before it was
/// ended all is kept that fits the limits, as is its exit code or signal.
///
/// A program in a group of its own is killed when this process ends, by whatever signal: nobody else would end it. That reaches
/// neither its children, who find its pipes closed, nor a program that becomes another user; daemons that it began stay. The system
/// looks at the calling thread, which must not be ended from elsewhere meanwhile.
/// A name with a `=`, and a NUL anywhere, is EINVAL. A limit of `milliseconds::max()` is none.
/// May be called from many threads; nothing may change the environment meanwhile.
inline process_output run_process(const process_request& request) {
    const std::string path = request.arguments.empty() ? "" : detail::find_program(request.arguments.front());
    if (path.empty()) return {.end = process_end::not_found, .exit_code = -1};
    const auto cancelled = [&] { return request.cancelled != nullptr && request.cancelled->load(); };
    if (cancelled()) return {.end = process_end::cancelled, .exit_code = -1, .program = path};
    detail::running_program child(request, path);
    if (!detail::is_passable(request)) return child.not_started(EINVAL);
    const detail::instant deadline = detail::later(request.time_limit);
    if (const int why = child.start(); why != 0) return child.not_started(why);
    for (;;) {
        const bool done = child.done();
        if (child.wrote_too_much()) return child.finish(process_end::wrote_too_much);
        if (done) return child.finish(process_end::exited);
        if (cancelled()) return child.finish(process_end::cancelled);
        if (std::chrono::steady_clock::now() >= deadline) return child.finish(process_end::timed_out);
        const detail::instant look = request.cancelled != nullptr ? detail::later(std::chrono::milliseconds(50)) : deadline;
        child.take_output(std::min({look, deadline, child.out_until()}));
    }
}

}  // namespace credbase
