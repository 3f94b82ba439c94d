// SPDX-License-Identifier: Apache-2.0
// The way of a controller from its files to kept credentials, with each step of it made to fail in turn, in each way there is.
#include "support/catch_shim.hpp"
#include "support/host_fakes.hpp"

#include <credbase/timestamp.hpp>
#include <credplugin/host/access.hpp>
#include <credplugin/host/credential_cache.hpp>
#include <credplugin/host/run_plugin.hpp>
#include <credplugin/protocol/exec_info.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <vector>

using credbase::process_end;
using credbase::process_output;
using credbase::process_request;
using credbase::secret_string;
using namespace credplugin;
using namespace std::chrono_literals;

namespace {

/// What a host does with the world; each time it does is a step.
enum class step { file, wall_clock, steady_clock, random, program, key_pair };
using read_file = result<std::optional<secret_string>>;

/// Something that goes wrong at a step.
struct fault {
    std::string name;
    step at;
    std::string says = {};  ///< in each error that comes of it; empty: there is none
    std::function<read_file(const std::string& text)> file = {};
    std::function<process_output(const process_request& request, const std::string& printed)> program = {};
    std::chrono::seconds wall = {};   ///< the clock is wrong by that much
    std::chrono::hours steady = {};   ///< the clock jumps so far
    bool stands_still = false;        ///< the steady clock, as in a suspended machine
    double random = 0.5;
};

struct plan {
    const fault* what = nullptr;
    std::size_t from = 0;  ///< the number of the first step that it meets
    bool lasting = false;  ///< it meets all later steps of its kind, too, until it is over
};

/// Two clusters `a` and `b` with a plugin, which answers with the cluster's name, and a fault.
struct faulty_host {
    plan fault_plan = {};
    fake_host host = {};
    std::vector<step> steps = {};
    std::size_t hits = 0;
    bool over = false;  ///< nothing goes wrong any more
    int runs = 0;
    std::optional<std::chrono::steady_clock::time_point> stood_still = {};

    faulty_host(const plan& planned = {}) : fault_plan(planned) {
        const auto profile = [](const std::string& name) {
            return R"({"kind":"ClusterProfile","metadata":{"name":")" + name +
                   R"("},"status":{"accessProviders":[{"name":"acme","cluster":{"server":"https://)" + name + "\"}}]}}";
        };
        host.files = {{"/providers", R"({"providers":[{"name":"acme","execConfig":{"apiVersion":"client.authentication.k8s.io/v1",)"
                                     R"("command":"acme","provideClusterInfo":true}}]})"},
                      {"/a", profile("a")},
                      {"/b", profile("b")}};
    }

    /// The fault, if it meets this step.
    const fault* met(step one) {
        steps.push_back(one);
        const auto& [what, from, lasting] = fault_plan;
        if (what == nullptr || over || what->at != one || (lasting ? steps.size() <= from : steps.size() != from + 1)) return nullptr;
        ++hits;
        return what;
    }

    /// What the clock shows, right or wrong.
    std::chrono::sys_seconds wall_clock() const {
        const auto& [what, from, lasting] = fault_plan;
        return host.now.load() + (what != nullptr && !over && lasting && steps.size() > from ? what->wall : 0s);
    }

    /// The answer of a plugin that knows the right time: `a` has a token, `b` a client certificate, too; good for 15 minutes.
    std::string answer(const process_request& request, std::chrono::seconds life = 15min) {
        const auto info = parse_exec_info(request.environment.back().value.value());
        const std::string name = info->cluster->server.substr(8), text = name + "#" + std::to_string(++runs);
        const std::string pair = R"(,"clientCertificateData":"-----BEGIN CERTIFICATE-----)" + text +
                                 R"(","clientKeyData":"-----BEGIN PRIVATE KEY-----)" + text + "\"";
        return R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":")" + text +
               R"(","expirationTimestamp":")" + credbase::rfc3339(host.now.load() + life) + "\"" + (name == "b" ? pair : "") + "}}";
    }

    host_context context() {
        host_context ctx = host.context();
        ctx.now = [this] {
            const fault* const wrong = met(step::wall_clock);
            return host.now.load() + (wrong != nullptr ? wrong->wall : 0s);
        };
        ctx.steady_now = [this] {
            const fault* const wrong = met(step::steady_clock);
            if (wrong != nullptr && hits == 1) host.elapsed = host.elapsed.load() + wrong->steady;
            if (wrong == nullptr || !wrong->stands_still) stood_still = std::chrono::steady_clock::time_point(host.elapsed.load());
            return *stood_still;
        };
        ctx.random = [this] {
            const fault* const wrong = met(step::random);
            return wrong != nullptr ? wrong->random : 0.5;
        };
        ctx.read_file = [this, whole = ctx.read_file](const std::string& path, std::size_t limit_bytes) {
            const fault* const wrong = met(step::file);
            return wrong != nullptr ? wrong->file(host.files.at(path)) : whole(path, limit_bytes);
        };
        ctx.run_process = [this](const process_request& request) {
            const fault* const wrong = met(step::program);
            const std::string printed = answer(request);
            return wrong != nullptr ? wrong->program(request, printed) : process_output{.out = secret_string(printed)};
        };
        ctx.check_key_pair = [this](std::string_view, std::string_view) -> result<> {
            if (met(step::key_pair) != nullptr) return error(errc::bad_answer, "tls: private key does not match public key");
            return {};
        };
        return ctx;
    }
};

/// A controller: it loads what isn't loaded yet, and asks for the credentials again and again. What must hold is looked at each time.
struct controller {
    faulty_host& world;
    std::set<std::string>& broken;  ///< what didn't hold
    std::string says = {};          ///< what errors must tell of
    host_context ctx = world.context();
    credential_cache cache{[this](const plugin_call& call, auto cancelled) { return run_plugin(ctx, call, {.cancelled = cancelled}); }, ctx};
    std::optional<provider_file> providers = {};
    std::map<std::string, plugin_call> calls = {};
    std::set<std::uint64_t> given = {};
    std::size_t credentials = 0, errors = 0;

    void hold(bool holds, const std::string& what) {
        if (!holds) broken.insert(what);
    }
    void hold_error(const error& why) {
        hold(why.code().word.starts_with("EXEC-"), "an error has a code");
        hold(!says.empty() && why.text().find(says) != std::string::npos, "an error tells what went wrong: " + why.text());
        hold(why.text().find('#') == std::string::npos, "no error tells a token");
    }
    template <class T>
    bool good(const result<T>& got) {
        if (!got) ++errors, hold_error(got.error());
        return got.has_value();
    }

    void load() {
        if (!providers)
            if (auto file = load_provider_file(ctx, "/providers"); good(file)) providers = *std::move(file);
        for (const std::string name : {"a", "b"}) {
            if (!providers || calls.contains(name)) continue;
            const auto text = ctx.read_file("/" + name, cluster_profile_limits.bytes);
            if (!good(text) || !*text) continue;
            const auto profile = parse_cluster_profile((*text)->reveal());
            if (!good(profile)) continue;
            if (auto call = find_access(*providers, *profile); good(call)) calls[name] = *std::move(call);
        }
    }
    std::optional<held_credential> ask(const std::string& name) try {
        const auto call = calls.find(name);
        if (call == calls.end()) return std::nullopt;
        const auto now = world.wall_clock();
        const auto got = cache.get(call->second);
        if (!good(got)) return std::nullopt;
        ++credentials;
        const exec_credential& one = *got->credential;
        hold(one.token.reveal().starts_with(name + "#"), "no cluster gets another's credential");
        hold(one.client_certificate_data.empty() == (name == "a"), "a certificate comes with its token");
        const bool fresh = given.insert(got->generation).second;
        hold(fresh || *one.expires > now, "a credential that is over is given, if at all, to who waited for it");
        if (got->refresh_failure) hold_error(*got->refresh_failure);
        return *got;
    } catch (const std::bad_alloc&) {
        hold(says == "bad_alloc", "no exception");
        return std::nullopt;
    }
    void ask_all() {
        load();
        for (const std::string name : {"a", "b"}) ask(name);
    }

    /// Half an hour: cold, kept, in the time of refreshes, refused, near the end, over.
    void work() {
        for (const std::chrono::seconds pause : {0s, 1s, 12min + 0s, 2s, 60s, 115s, 20min + 0s}) {
            world.host.pass(pause);
            ask_all();
        }
        if (const auto held = ask("a")) cache.invalidate(*held);
        ask_all();
    }
    /// The longest pause after what went wrong.
    void recover() {
        world.over = true;
        world.host.pass(66s);
        load();
        for (const std::string name : {"a", "b"}) hold(ask(name).has_value(), "after the longest pause there is a credential again");
    }
};

process_output not_started(int why) { return {.end = process_end::not_started, .system_error = why, .program = "/bin/acme"}; }

std::vector<fault> all_faults() {
    std::vector<fault> all;
    const auto file = [&](const std::string& name, const std::string& says, auto act) {
        all.push_back({.name = "file: " + name, .at = step::file, .says = says, .file = act});
    };
    const auto unreadable = [](const std::string&) -> read_file {
        return error(errc::bad_provider_file, "permission denied").within("reading it");
    };
    file("unreadable", "reading it: permission denied", unreadable);
    file("gone", "no such file or directory", [](const std::string&) -> read_file { return std::optional<secret_string>(); });
    file("empty", "incomplete JSON", [](const std::string&) -> read_file { return std::optional(secret_string()); });
    file("half of it", "at byte ", [](const std::string& text) -> read_file {
        return std::optional(secret_string(text.substr(0, text.size() / 2)));
    });

    const auto program = [&](const std::string& name, const std::string& says, auto act) {
        all.push_back({.name = "program: " + name, .at = step::program, .says = says, .program = act});
    };
    const auto ends = [&](const std::string& name, const std::string& says, const process_output& output) {
        program(name, says, [output](const process_request&, const std::string&) { return output; });
    };
    const std::string who = "exec: executable acme", fork = "exec: fork/exec /bin/acme: ";
    ends("not found", who + " not found", {.end = process_end::not_found});
    for (const auto& [number, words] : std::map<int, std::string>{
             {ENOENT, "no such file or directory"}, {EACCES, "permission denied"}, {ENOEXEC, "exec format error"},
             {E2BIG, "argument list too long"}, {EAGAIN, "resource temporarily unavailable"}, {ENOMEM, "cannot allocate memory"},
             {EMFILE, "too many open files"}, {EINVAL, "invalid argument"}, {ETXTBSY, "text file busy"}})
        ends("errno " + std::to_string(number), fork + words, not_started(number));
    ends("timed out", who + " timed out after 60s", {.end = process_end::timed_out, .exit_code = -1});
    ends("cancelled by nobody", who + " was cancelled", {.end = process_end::cancelled, .exit_code = -1});
    ends("wrote too much", who + " wrote more than 1048576 bytes", {.end = process_end::wrote_too_much, .exit_code = -1});
    ends("status lost", who + " ended, but its exit code is lost", {.end = process_end::status_lost, .exit_code = -1});
    ends("exit 1", "failed with exit code 1: [acme] tenant is locked", {.exit_code = 1, .err = "[acme] tenant is locked\n"});
    ends("exit 255", "failed with exit code 255", {.exit_code = 255});
    ends("SIGKILL", "failed with exit code -1 (signal 9)", {.exit_code = -1, .signal = 9});
    ends("SIGSEGV", "failed with exit code -1 (signal 11)", {.exit_code = -1, .signal = 11});
    ends("prints nothing", "exec plugin is configured to use API version", {});
    ends("prints a page", "decoding stdout: ", {.out = secret_string("<html>")});
    const auto prints = [&](const std::string& name, const std::string& says, const std::string& part, const std::string& instead) {
        program(name, says, [=](const process_request&, std::string text) {
            text.replace(text.find(part), part.size(), instead);
            return process_output{.out = secret_string(text)};
        });
    };
    prints("another version", "plugin returned version client.authentication.k8s.io/v1beta1", "io/v1\"", "io/v1beta1\"");
    prints("no status", "exec plugin didn't return a status field", "\"status\"", "\"Status\"");
    prints("an empty status", "exec plugin didn't return a token or cert/key pair", "\"status\":{", "\"status\":{},\"x\":{");
    prints("a token with a line end", "token", "#", "#\\n");
    program("half of its answer", "decoding stdout: ", [](const process_request&, const std::string& text) {
        return process_output{.out = secret_string(text.substr(0, text.size() / 2))};
    });
    const std::string expired = "exec plugin returned a credential that had expired at ";
    prints("a credential of the past", expired, "\"expirationTimestamp\":\"2", "\"expirationTimestamp\":\"1");
    program("no memory", "bad_alloc", [](const process_request&, const std::string&) -> process_output { throw std::bad_alloc(); });

    for (const std::chrono::seconds wrong : {-1h, 1h, -24h * 3660, 24h * 3660, -24h * 365 * 50, 24h * 365 * 200})
        all.push_back({.name = "wall clock: wrong by " + std::to_string(wrong.count()) + " s",
                       .at = step::wall_clock, .says = wrong > 0s ? expired : "", .wall = wrong});
    all.push_back({.name = "steady clock: jumps a day", .at = step::steady_clock, .steady = 24h});
    all.push_back({.name = "steady clock: stands still", .at = step::steady_clock, .stands_still = true});
    for (const double number : {0.0, 0.9999999}) all.push_back({.name = "random: an end", .at = step::random, .random = number});
    all.push_back({.name = "key pair: refused", .at = step::key_pair, .says = "failed parsing client key/certificate: tls: private key"});
    return all;
}

}  // namespace

TEST_CASE("host faults: whatever fails at whichever step, there is a credential or an error that says so, and then a credential again") {
    std::set<std::string> broken;
    std::vector<step> steps;
    {
        faulty_host whole;
        controller undisturbed{whole, broken};
        undisturbed.work();
        steps = whole.steps;
        undisturbed.recover();
        CHECK(undisturbed.errors == 0);
        CHECK(undisturbed.credentials == 19);
    }
    CHECK(broken == std::set<std::string>{});
    std::size_t injected = 0, credentials = 0, errors = 0;
    for (const fault& what : all_faults())
        for (const bool lasting : {false, true})
            for (std::size_t from = 0; from < steps.size(); ++from) {
                if (steps[from] != what.at) continue;
                INFO(what.name << (lasting ? " from step " : " at step ") << from);
                faulty_host world(plan{&what, from, lasting});
                controller one{world, broken, what.says};
                one.work();
                one.recover();
                CHECK(broken == std::set<std::string>{});
                broken.clear();
                CHECK(world.hits > 0);
                injected += world.hits;
                credentials += one.credentials;
                errors += one.errors;
            }
    INFO(steps.size() << " steps, " << credentials << " credentials");
    CHECK(injected > 5000);
    CHECK(errors > 1000);
}
