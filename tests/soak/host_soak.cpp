// SPDX-License-Identifier: Apache-2.0
// A host that runs plugins thousands of times, good ones and bad ones, and counts what it holds of the system in between.
//
//     host_soak PLUGIN MISBEHAVE FOLDER PHASES
//
// PLUGIN is eks-aws-auth-plugin, with credentials in the environment. After each phase, all of them alike, a line of JSON: how
// many plugins were run and how many failed, what came of each kind of call, and what is held when nothing is under way. The
// first phase warms up.
#include "support/test_certificates.hpp"

#include <credplugin/asio_credentials.hpp>
#include <credplugin/host/credential_cache.hpp>
#include <credplugin/host/run_plugin.hpp>
#include <credplugin/system_host_context.hpp>

#include <boost/asio/thread_pool.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <fcntl.h>
#include <malloc.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace credplugin;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr int workers = 8, rounds = 20;

/// A kind of plugin, and how each run of it has to end.
struct kind {
    std::string name;
    plugin_call call;
    std::string end;             ///< `a credential`, or how the error begins
    std::size_t alone, clusters; ///< how many runs for themselves, and clusters in the cache, there are in a phase
};

std::string answer(const std::string& status) {
    return R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{)" + status + "}}";
}
std::string json_text(const std::string& text) { return json::serialize(json::value(text)); }

std::vector<kind> all_kinds(const std::string& plugin, const std::string& misbehave, const std::string& folder) {
    const auto call_of = [](const std::string& command, std::vector<std::string> arguments) {
        plugin_call call{.exec = {.name = "soak", .command = command, .arguments = std::move(arguments)}, .cluster = {}};
        call.exec.environment = {{"SOAK_VALUE", "of the environment"}};
        call.exec.install_hint = "get it elsewhere";
        call.exec.provide_cluster_info = true;
        call.cluster.certificate_authority_data = std::string(1000, 'A');
        call.cluster.proxy_url = credbase::secret_string("http://user:hunter2-soak@proxy.example");
        call.cluster.config_raw = R"({"region":"us-west-2","clusterId":"prod"})";
        return call;
    };
    const auto badly = [&](std::vector<std::string> arguments) { return call_of(misbehave, std::move(arguments)); };
    const identity one = make_identity({.common_name = "one"}), other = make_identity({.common_name = "other"});
    const auto pair = [&](const identity& key) {
        BIO* const out = ::BIO_new(::BIO_s_mem());
        ::PEM_write_bio_PrivateKey(out, key.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(out, &bytes);
        const std::string pem(bytes, static_cast<std::size_t>(size));
        ::BIO_free(out);
        return answer(R"("clientCertificateData":)" + json_text(one.pem()) + R"(,"clientKeyData":)" + json_text(pem));
    };
    const std::string executable = "exec: executable " + misbehave, bad = "EXEC-BAD-ANSWER ";
    const std::string failed = "EXEC-FAILED " + executable + " failed with exit code ";
    return {
        {"the plugin", call_of(plugin, {}), "a credential", 330, 16},
        {"a certificate", badly({"print", pair(one), "[soak] warning: it is new\n"}), "a credential", 20, 2},
        {"exit 1", badly({"fail", "[soak] tenant is locked\n"}), failed + "1: [soak] tenant", 210, 8},
        {"SIGKILL", badly({"kill", "9"}), failed + "-1 (signal 9)", 40, 2},
        {"garbage", badly({"print", "garbage", ""}), bad + "decoding stdout: ", 60, 2},
        {"another's key", badly({"print", pair(other), ""}), bad + "failed parsing client key/certificate: tls: ", 10, 2},
        {"too much", badly({"flood"}), "EXEC-FAILED " + executable + " wrote more than 1048576 bytes", 20, 2},
        {"expired", badly({"print", answer(R"("token":"t","expirationTimestamp":"2020-01-02T03:04:05Z")"), ""}), "a credential", 40, 2},
        {"no such command", call_of("soak-no-such-command", {}), "EXEC-NOT-FOUND exec: executable soak-no-such-command not found", 40, 2},
        {"no such file", call_of(folder + "/absent", {}), "EXEC-NOT-FOUND exec: fork/exec ", 40, 2},
        {"not executable", call_of(folder + "/lease", {}), "EXEC-NOT-FOUND exec: fork/exec ", 40, 2},
        {"a hang", badly({"hang"}), "EXEC-TIMEOUT " + executable + " timed out after ", 10, 0},
        {"a stubborn hang", badly({"stubborn"}), "EXEC-TIMEOUT " + executable + " timed out after ", 1, 0},
        {"cancelled before", badly({"hang"}), "EXEC-TIMEOUT " + executable + " was cancelled", 10, 0},
    };
}

/// What came of runs, by kind. What came otherwise than it has to is shown.
class tally {
public:
    template <class T>
    void add(const kind& of, const result<T>& got) {
        const std::string end = got ? "a credential" : std::string(got.error().code().word) + " " + got.error().text();
        const bool expected = end.starts_with(of.end) || (of.name == "expired" && end.starts_with("EXEC-BAD-ANSWER exec plugin returned"));
        const std::lock_guard lock(mutex_);
        ++(expected ? as_it_has_to_ : otherwise_)[of.name];
        if (!expected) std::fprintf(stderr, "%s: %s\n", of.name.c_str(), end.c_str());
    }
    void put_into(json::object& line) const {
        line["expected"] = json::value_from(as_it_has_to_);
        line["unexpected"] = json::value_from(otherwise_);
    }

private:
    std::mutex mutex_;
    std::map<std::string, int> as_it_has_to_, otherwise_;
};

std::size_t entries(const char* folder) {
    const std::filesystem::directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Whether no misbehaving plugin, nor a child of one, is there.
bool is_free(const std::string& lease) {
    const int file = ::open(lease.c_str(), O_RDONLY | O_CLOEXEC);
    const bool free = ::flock(file, LOCK_EX | LOCK_NB) == 0;
    ::close(file);
    return free;
}

class soak {
public:
    soak(const std::string& plugin, const std::string& misbehave, const std::string& folder)
        : lease_(folder + "/lease"), kinds_(all_kinds(plugin, misbehave, folder)) {}

    void phase() {
        auto stubborn = std::async(std::launch::async, [this] { alone(kinds_.at(kinds_.size() - 2)); });
        on_all_workers([this](std::size_t worker) {
            for (const kind& one : kinds_)
                for (std::size_t number = worker; number < one.alone; number += workers)
                    if (one.name != "a stubborn hang") alone(one);
        });
        for (int round = 0; round < rounds; ++round) {
            later_ = later_.load() + 1h;  // all that is kept has to be made anew, and no pause is left
            on_all_workers([this](std::size_t worker) { from_cache(worker); });
        }
        on_pool();
        stubborn.get();
        cancel_in_cache();
    }

    json::object counts() {
        while (!is_free(lease_)) std::this_thread::yield();  // until the last one that was killed is gone
        // A thread that was joined is still in the list for a moment.
        for (int looks = 0; entries("/proc/self/task") > 1 && looks < 100000; ++looks) std::this_thread::yield();
        siginfo_t child{};
        const bool childless = ::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == -1 && errno == ECHILD;
        json::object line{{"runs", runs_.load()},
                          {"failures", failures_.load()},
                          {"descriptors", entries("/proc/self/fd")},
                          {"threads", entries("/proc/self/task")},
                          {"children", childless ? "none" : child.si_pid != 0 ? "a zombie" : "a living one"}};
        tally_.put_into(line);
        const auto memory = ::mallinfo2();
        line["bytes"] = memory.uordblks + memory.hblkhd;
        return line;
    }

private:
    host_context hurried_context() {
        host_context ctx = system_host_context();
        ctx.steady_now = [this] { return std::chrono::steady_clock::now() + later_.load(); };
        return ctx;
    }

    template <class Work>
    static void on_all_workers(Work work) {
        std::vector<std::thread> running;
        for (std::size_t worker = 0; worker < workers; ++worker) running.emplace_back(work, worker);
        for (std::thread& one : running) one.join();
    }

    result<exec_credential> run(const plugin_call& call, run_options options) {
        options.hints = hints_;
        auto got = run_plugin(ctx_, call, options);
        ++runs_;
        if (!got || (got->expires && *got->expires <= ctx_.now())) ++failures_;
        return got;
    }
    void alone(const kind& one) {
        const bool hangs = one.end.starts_with("EXEC-TIMEOUT");
        const auto cancelled = std::make_shared<std::atomic<bool>>(one.name == "cancelled before");
        tally_.add(one, run(one.call, {.time_limit = hangs ? 20ms : 60000ms, .cancelled = cancelled}));
    }
    plugin_call in_cluster(const kind& one, std::size_t number) const {
        plugin_call call = one.call;
        call.cluster.server = "https://cluster-" + std::to_string(number) + ".example";
        return call;
    }
    void from_cache(std::size_t worker) {
        for (std::size_t at = 0; at < kinds_.size(); ++at) {
            const kind& one = kinds_[(at + worker) % kinds_.size()];
            for (std::size_t number = 0; number < one.clusters; ++number) {
                const auto held = cache_.get(in_cluster(one, number));
                tally_.add(one, held);
                if (held && number == worker) cache_.invalidate(*held);
            }
        }
    }
    /// Plugins that hang until who asked for them has given up.
    void cancel_in_cache() {
        const kind cancelled{"cancelled", kinds_.back().call, "EXEC-TIMEOUT waiting for the plugin of \"soak\" was cancelled", 0, 0};
        for (std::size_t number = 0; number < 4; ++number) {
            cancellation stop;
            std::thread who_gives_up([&] {
                while (is_free(lease_)) std::this_thread::yield();  // until the plugin is there
                stop.request();
            });
            tally_.add(cancelled, cache_.get(in_cluster(cancelled, number), stop));
            who_gives_up.join();
        }
    }
    void on_pool() {
        later_ = later_.load() + 1h;
        asio::thread_pool pool(4);
        for (const kind& one : kinds_)
            for (std::size_t number = 0; number < one.clusters; ++number)
                async_get(cache_, pool.get_executor(), in_cluster(one, number), [&](const auto& got) { tally_.add(one, got); });
        pool.join();
    }

    const std::string lease_;
    const std::vector<kind> kinds_;
    tally tally_;
    std::atomic<int> runs_ = 0, failures_ = 0;
    std::atomic<std::chrono::hours> later_ = 0h;
    const std::shared_ptr<hint_limit> hints_ = std::make_shared<hint_limit>();
    const host_context ctx_ = hurried_context();
    credential_cache cache_{[this](const auto& call, auto cancelled) { return run(call, {.cancelled = cancelled}); }, ctx_};
};

}  // namespace

int main(int count, char** words) {
    if (count != 5) return 2;
    std::setvbuf(stdout, nullptr, _IONBF, 0);  // no memory is taken after the first count
    soak all(words[1], words[2], words[3]);
    for (int phase = std::stoi(words[4]); phase > 0; --phase) {
        all.phase();
        std::puts(json::serialize(all.counts()).c_str());
    }
}
