// SPDX-License-Identifier: Apache-2.0
// Runs an exec credential plugin as a Kubernetes client does.
#pragma once

#include <awsfakes/services.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace awsfakes {

/// The cluster that a client wants a credential for.
struct plugin_request {
    std::string region,  ///< of spec.cluster.config
        cluster_id;      ///< `clusterId` of spec.cluster.config
    std::string server = "https://127.0.0.1:6443";  ///< of spec.cluster
    std::string version = "v1";      ///< or v1beta1
    std::chrono::seconds limit = std::chrono::seconds(60);  ///< a plugin that runs longer is killed

    /// The text of KUBERNETES_EXEC_INFO.
    std::string exec_info() const {
        return boost::json::serialize(boost::json::object{
            {"kind", "ExecCredential"},
            {"apiVersion", api_version()},
            {"spec", {{"cluster", {{"server", server}, {"config", {{"region", region}, {"clusterId", cluster_id}}}}}, {"interactive", false}}}});
    }
    /// With the group.
    std::string api_version() const { return "client.authentication.k8s.io/" + version; }
};

/// What a plugin printed.
struct plugin_credential {
    std::string token;                      ///< a secret
    std::string expiration_timestamp = {};  ///< as printed; empty for none
};

/// How a run ended.
struct plugin_run {
    int exit_code = -1;  ///< -1 where it never ended by itself
    std::string out = {},  ///< stdout; it may hold a token
        err = {};          ///< stderr
    std::optional<plugin_credential> credential = {};  ///< nothing where stdout holds none
    std::string fault = {};  ///< why there is no credential, without the plugin's own words
};

namespace detail {

/// A descriptor that closes itself.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int number) : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor() { close(); }
    int number() const { return number_; }
    void close() {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }

private:
    int number_ = -1;
};

inline std::pair<descriptor, descriptor> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
    return {descriptor(ends[0]), descriptor(ends[1])};
}

inline std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& one : texts) out.push_back(one.data());
    out.push_back(nullptr);
    return out;
}

/// The process's number, or -1 with errno. Its stdin is empty; it leads a process group.
inline pid_t spawn(std::vector<std::string> arguments, const variables& environment, int out, int err) {
    std::vector<std::string> assignments;
    for (const auto& [name, value] : environment) assignments.push_back(name + "=" + value);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t child = -1;
    const int fault = ::posix_spawnp(&child, arguments.front().c_str(), &actions, &attributes, pointers(arguments).data(),
                                     pointers(assignments).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    errno = fault;
    return fault == 0 ? child : -1;
}

/// Reads both streams until they and the process have ended; false at the end of the time.
inline bool read_until_end(std::array<descriptor, 2>& streams, std::array<std::string*, 2> into, descriptor process, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (streams[0].number() >= 0 || streams[1].number() >= 0 || process.number() >= 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        std::array<pollfd, 3> waits{{{streams[0].number(), POLLIN, 0}, {streams[1].number(), POLLIN, 0}, {process.number(), POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), static_cast<int>(std::min<long long>(left.count(), 1000000))) < 0 && errno != EINTR)
            throw std::runtime_error("the plugin's output can't be waited for");
        for (std::size_t at = 0; at < streams.size(); ++at) {
            if (waits[at].revents == 0) continue;
            std::array<char, 4096> part;
            const ssize_t came = ::read(streams[at].number(), part.data(), part.size());
            if (came > 0) into[at]->append(part.data(), static_cast<std::size_t>(came));
            else if (came == 0 || errno != EINTR) streams[at].close();
        }
        if (waits[2].revents != 0) process.close();
    }
    return true;
}

/// Fills in the credential, or why stdout holds none.
inline void read_credential(plugin_run& run, const plugin_request& request) {
    boost::system::error_code fault;
    const boost::json::value document = boost::json::parse(run.out, fault);
    const auto text = [](const boost::json::object& in, std::string_view name) {
        const auto* const member = in.if_contains(name);
        return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
    };
    const auto refused = [&](const std::string& why) { run.fault = "stdout " + why; };
    if (fault || !document.is_object()) return refused("is no JSON object");
    const boost::json::object& top = document.get_object();
    if (text(top, "kind") != "ExecCredential") return refused("is no ExecCredential");
    if (text(top, "apiVersion") != request.api_version()) return refused("has another apiVersion than the request");
    const auto* const status = top.if_contains("status");
    if (status == nullptr || !status->is_object()) return refused("has no status");
    const boost::json::object& given = status->get_object();
    if (text(given, "token").empty()) return refused("has no status.token");
    run.credential = plugin_credential{text(given, "token"), text(given, "expirationTimestamp")};
}

}  // namespace detail

/// Runs a plugin in that environment and no other, with the request in KUBERNETES_EXEC_INFO and nothing on stdin.
///
/// `command` is the program, looked up in this process's PATH if it has no slash, and its arguments. Throws std::runtime_error where
/// this process lacks pipes, or a kernel with pidfd_open.
inline plugin_run run_plugin(const std::vector<std::string>& command, variables environment, const plugin_request& request) {
    if (command.empty()) throw std::runtime_error("a plugin's command has a program at least");
    environment["KUBERNETES_EXEC_INFO"] = request.exec_info();
    auto [out, out_end] = detail::make_pipe();
    auto [err, err_end] = detail::make_pipe();
    plugin_run run;
    const pid_t child = detail::spawn(command, environment, out_end.number(), err_end.number());
    if (child < 0) {
        run.fault = command.front() + " can't be started: " + ::strerror(errno);
        return run;
    }
    out_end.close();
    err_end.close();
    detail::descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    const bool watched = process.number() >= 0;
    std::array<detail::descriptor, 2> streams = {std::move(out), std::move(err)};
    const bool ended = watched && detail::read_until_end(streams, {&run.out, &run.err}, std::move(process), request.limit);
    if (!ended) ::kill(-child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (!watched) throw std::runtime_error("pidfd_open doesn't work here");

    if (!ended) run.fault = "still running after " + std::to_string(request.limit.count()) + " s";
    else if (WIFSIGNALED(status)) run.fault = "killed by signal " + std::to_string(WTERMSIG(status));
    else run.exit_code = WEXITSTATUS(status);
    if (!run.fault.empty()) return run;
    if (run.exit_code != 0) run.fault = "exit code " + std::to_string(run.exit_code);
    else detail::read_credential(run, request);
    return run;
}

}  // namespace awsfakes
