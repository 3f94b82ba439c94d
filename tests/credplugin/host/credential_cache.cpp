// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/credential_cache.hpp>  // first: proves that it stands alone

#include "credplugin/host/scripted_plugin.hpp"
#include "support/catch_shim.hpp"

#include <atomic>
#include <barrier>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// A cache over a scripted plugin, for one cluster where none is named.
struct kept {
    explicit kept(credplugin::cache_options options = {}) : cache(plugin.runner(), plugin.host.context(), std::move(options)) {}

    std::string get(const std::string& cluster = "a") { return describe(cache.get(call_of(cluster))); }

    scripted_plugin plugin;
    credplugin::credential_cache cache;
};

/// Runs something on many threads that begin together, and waits for them.
template <class Work>
void together(int threads, Work work) {
    std::barrier begin(threads);
    std::vector<std::thread> running;
    for (int number = 0; number < threads; ++number)
        running.emplace_back([&, number] {
            begin.arrive_and_wait();
            work(number);
        });
    for (std::thread& one : running) one.join();
}

const std::string cancelled = "EXEC-TIMEOUT: waiting for the plugin of \"acme\" was cancelled";

}  // namespace

TEST_CASE("credential cache: H75 a credential that is good for an hour is made once") {
    kept k;
    CHECK(k.get() == "token-1");
    CHECK(k.get() == "token-1");
    CHECK(k.plugin.runs == 1);
}

TEST_CASE("credential cache: H76 after its end the plugin is run once") {
    kept k;
    CHECK(k.get() == "token-1");
    k.plugin.host.pass(1h);
    CHECK(k.get() == "token-2");
    CHECK(k.get() == "token-2");
    CHECK(k.plugin.runs == 2);
}

TEST_CASE("credential cache: H77 what had expired before it came is given to this call alone") {
    kept k;
    k.plugin.life = -1s;
    CHECK(k.get() == "token-1");
    CHECK(k.get() == "token-2");
    CHECK(k.get() == "EXEC-BAD-ANSWER: exec plugin returned a credential that had expired at 2026-01-02T03:04:04Z, now is "
                     "2026-01-02T03:04:05Z; check this host's clock and the plugin's own cache (retry in 1s)");
    k.plugin.host.pass(1s);
    CHECK(k.get() == "token-3");
    CHECK(k.plugin.runs == 3);
}

TEST_CASE("credential cache: H78 without an expiry it stays") {
    kept k;
    k.plugin.life = std::nullopt;
    CHECK(k.get() == "token-1");
    k.plugin.host.pass(1000000s);
    CHECK(k.get() == "token-1");
    CHECK(k.cache.next_refresh(call_of("a")) == std::nullopt);
}

TEST_CASE("credential cache: H79 a refused credential is made anew by the next call; H80 an older one is left alone") {
    kept k;
    const auto first = k.cache.get(call_of("a")).value();
    CHECK(k.cache.invalidate(first));
    CHECK(k.plugin.runs == 1);  // not before somebody needs it
    const auto second = k.cache.get(call_of("a")).value();
    CHECK(describe(second) == "token-2");
    CHECK(first.generation != second.generation);
    CHECK(k.cache.invalidate(first));  // there is another one
    CHECK(k.get() == "token-2");
    CHECK(!k.cache.invalidate(second));  // so soon after the last time
    CHECK(k.get() == "token-2");
    k.plugin.host.pass(10s);
    CHECK(k.cache.invalidate(second));
    CHECK(k.get() == "token-3");
    k.cache.forget(call_of("a"));
    CHECK(k.cache.invalidate(second));
    CHECK(k.get() == "token-4");
}

TEST_CASE("credential cache: a refused credential stays where the plugin fails") {
    kept k;
    const auto first = k.cache.get(call_of("a")).value();
    CHECK(k.cache.invalidate(first));
    k.plugin.behave = [](auto&, auto&) -> plugin_answer { return boom(); };
    CHECK(k.get() == "token-1");
    CHECK(k.get() == "token-1");
    CHECK(k.plugin.runs == 2);
}

TEST_CASE("credential cache: a failed refresh is told to all who get the older credential") {
    kept k;
    k.get();
    k.plugin.behave = [](auto&, auto&) -> plugin_answer { return boom(); };
    k.plugin.host.pass(50min);
    const auto held = k.cache.get(call_of("a")).value(), again = k.cache.get(call_of("a")).value();
    CHECK(describe(held) == "token-1");
    REQUIRE(held.refresh_failure);
    CHECK(held.refresh_failure->text() == "boom");
    CHECK(again.refresh_failure == held.refresh_failure);
    CHECK(k.plugin.runs == 2);
    k.plugin.behave = nullptr;
    k.plugin.host.pass(1s);
    CHECK(k.cache.get(call_of("a")).value().refresh_failure == nullptr);
}

TEST_CASE("credential cache: H81 a hundred callers of a cold key share one run") {
    kept k;
    std::latch asked(100);
    k.plugin.behave = [&](auto&, auto&) {
        asked.wait();  // nobody is late
        return k.plugin.next();
    };
    std::atomic<int> same = 0;
    together(100, [&](int) {
        asked.count_down();
        if (k.get() == "token-1") ++same;
    });
    CHECK(same == 100);
    CHECK(k.plugin.runs == 1);
}

TEST_CASE("credential cache: H82 a hundred callers who were refused share one run") {
    kept k;
    const auto refused = k.cache.get(call_of("a")).value();
    std::atomic<int> another = 0;
    together(100, [&](int) {
        k.cache.invalidate(refused);
        if (k.get() == "token-2") ++another;
    });
    CHECK(another == 100);
    CHECK(k.plugin.runs == 2);
}

TEST_CASE("credential cache: H83 S7 a plugin that fails isn't run for every call") {
    kept k;
    k.plugin.behave = [](auto&, auto&) -> plugin_answer { return boom(); };
    CHECK(k.get() == "EXEC-FAILED: boom");
    for (int call = 1; call < 100; ++call) {
        CHECK(k.get() == "EXEC-FAILED: boom (retry in 1s)");
        k.plugin.host.elapsed = k.plugin.host.elapsed.load() + 10ms;
    }
    CHECK(k.plugin.runs == 1);
    CHECK(k.get("b") == "EXEC-FAILED: boom");  // each key on its own
}

TEST_CASE("credential cache: H84 after the pause it's run again, and success ends the pauses") {
    kept k;
    k.plugin.behave = [](auto&, auto&) -> plugin_answer { return boom(); };
    k.get();
    k.plugin.host.pass(1s);
    CHECK(k.get() == "EXEC-FAILED: boom");
    CHECK(k.get() == "EXEC-FAILED: boom (retry in 2s)");
    k.plugin.host.pass(2s);
    k.plugin.behave = nullptr;
    CHECK(k.get() == "token-3");
    k.plugin.host.pass(1h);
    k.plugin.behave = [](auto&, auto&) -> plugin_answer { return boom(); };
    CHECK(k.get() == "EXEC-FAILED: boom");
    CHECK(k.get() == "EXEC-FAILED: boom (retry in 1s)");
}

TEST_CASE("credential cache: H96 H97 H98 calls share a credential exactly where their keys are equal") {
    kept k;
    credplugin::plugin_call one = call_of("a"), two = call_of("b");
    CHECK(describe(k.cache.get(one)) == "token-1");
    CHECK(describe(k.cache.get(two)) == "token-2");
    CHECK(describe(k.cache.get(call_of("a"))) == "token-1");
    one.exec.provide_cluster_info = two.exec.provide_cluster_info = false;
    CHECK(describe(k.cache.get(one)) == "token-3");
    CHECK(describe(k.cache.get(two)) == "token-3");
    one.exec.environment = {{"A", "1"}};
    CHECK(describe(k.cache.get(one)) == "token-4");
}

TEST_CASE("credential cache: H99 another certificate is told once, another token never") {
    struct row { const char* name; std::string certificate, key; int told; };
    std::vector<std::string> told;
    kept k({.on_certificate_rotated = [&](const credplugin::plugin_call& call) { told.push_back(call.cluster.server); }});
    k.plugin.life = std::nullopt;
    const row rows[] = {
        {"the first", "cert-1", "key-1", 0},
        {"the same", "cert-1", "key-1", 0},
        {"another certificate", "cert-2", "key-1", 1},
        {"no change", "cert-2", "key-1", 1},
        {"another key", "cert-2", "key-2", 2},
        {"none any more", "", "", 3},
        {"none again", "", "", 3},
        {"one again", "cert-3", "key-3", 4},
    };
    for (const row& r : rows) {
        INFO(r.name);
        k.plugin.behave = [&](auto&, auto&) -> plugin_answer {
            auto made = k.plugin.next();
            made.client_certificate_data = r.certificate;
            made.client_key_data = credbase::secret_string(r.key);
            return made;
        };
        const auto held = k.cache.get(call_of("a")).value();
        CHECK(held.credential->client_certificate_data == r.certificate);
        CHECK(told.size() == static_cast<std::size_t>(r.told));
        k.plugin.host.pass(10s);
        CHECK(k.cache.invalidate(held));
    }
    CHECK(std::set<std::string>(told.begin(), told.end()) == std::set<std::string>{"https://a"});
}

TEST_CASE("credential cache: whoever is told of another certificate may use the cache") {
    kept* all = nullptr;
    std::string seen;
    kept k({.on_certificate_rotated = [&](const credplugin::plugin_call& call) { seen = describe(all->cache.get(call)); }});
    all = &k;
    k.plugin.behave = [&](auto&, auto&) -> plugin_answer {
        auto made = k.plugin.next();
        made.client_certificate_data = std::to_string(k.plugin.runs);
        return made;
    };
    k.cache.invalidate(k.cache.get(call_of("a")).value());
    CHECK(k.get() == "token-2");
    CHECK(seen == "token-2");
}

TEST_CASE("credential cache: H103 errors hold nothing of the call that is secret") {
    kept k;
    k.plugin.behave = until_cancelled;
    credplugin::plugin_call call = call_of("a");
    call.exec.arguments = {"hunter2"};
    call.exec.environment = {{"PASSWORD", "hunter2"}};
    call.cluster.proxy_url = credbase::secret_string("http://u:hunter2@proxy");
    credplugin::cancellation stop;
    stop.request();
    CHECK(describe(k.cache.get(call, stop)) == cancelled);
}

TEST_CASE("credential cache: a call is given up when it's cancelled, whether it waits or runs the plugin") {
    kept k;
    std::latch runs(1);
    k.plugin.behave = [&](auto& call, auto& flag) {
        runs.count_down();
        return until_cancelled(call, flag);
    };
    credplugin::cancellation stop_first, stop_second;
    auto first = std::async(std::launch::async, [&] { return describe(k.cache.get(call_of("a"), stop_first)); });
    runs.wait();
    auto second = std::async(std::launch::async, [&] { return describe(k.cache.get(call_of("a"), stop_second)); });
    stop_second.request();
    CHECK(second.get() == cancelled);
    CHECK(k.plugin.runs == 1);
    stop_first.request();
    CHECK(first.get() == cancelled);
    k.plugin.behave = nullptr;
    CHECK(k.get() == "token-2");  // no failure, no pause
}

TEST_CASE("credential cache: who is cancelled while running the plugin hands over") {
    kept k;
    std::latch runs(1);
    std::atomic<bool> handed_over = false;
    k.plugin.behave = [&](auto& call, auto& flag) -> plugin_answer {
        if (handed_over) return k.plugin.next();
        runs.count_down();
        return until_cancelled(call, flag);
    };
    credplugin::cancellation stop;
    auto first = std::async(std::launch::async, [&] { return describe(k.cache.get(call_of("a"), stop)); });
    runs.wait();
    std::vector<std::future<std::string>> others;
    for (int other = 0; other < 8; ++other) others.push_back(std::async(std::launch::async, [&] { return k.get(); }));
    handed_over = true;
    stop.request();
    CHECK(first.get() == cancelled);
    for (auto& other : others) CHECK(other.get() == "token-2");
    CHECK(k.plugin.runs == 2);
}

TEST_CASE("credential cache: S5 a hanging plugin holds up its own key alone") {
    kept k;
    std::latch runs(1);
    k.plugin.behave = [&](auto& call, auto& flag) -> plugin_answer {
        if (call.cluster.server != "https://hangs") return k.plugin.next();
        runs.count_down();
        return until_cancelled(call, flag);
    };
    credplugin::cancellation stop;
    auto hanging = std::async(std::launch::async, [&] { return describe(k.cache.get(call_of("hangs"), stop)); });
    runs.wait();
    CHECK(k.get("a") == "token-2");
    stop.request();
    CHECK(hanging.get() == cancelled);
}

TEST_CASE("credential cache: H105 destruction ends the run under way and all who wait") {
    scripted_plugin plugin;
    std::latch runs(1);
    std::atomic<bool> ended = false;
    plugin.behave = [&](auto& call, auto& flag) {
        runs.count_down();
        auto got = until_cancelled(call, flag);
        ended = true;
        return got;
    };
    const credplugin::cache_options one_at_once{.concurrent_runs = 1};
    auto cache = std::make_unique<credplugin::credential_cache>(plugin.runner(), plugin.host.context(), one_at_once);
    std::vector<std::future<std::string>> calls;
    for (const char* const cluster : {"a", "b", "c", "d"})
        calls.push_back(std::async(std::launch::async, [&used = *cache, cluster] { return describe(used.get(call_of(cluster))); }));
    runs.wait();
    const auto a_second = plugin.host.context().steady_now() + 1s;  // how often to look at a call that waits
    for (const char* const cluster : {"a", "b", "c", "d"})
        while (cache->next_refresh(call_of(cluster)) != a_second) std::this_thread::yield();
    cache.reset();
    CHECK(ended);
    for (auto& call : calls) CHECK(call.get() == cancelled);
    CHECK(plugin.runs == 1);
}

TEST_CASE("credential cache: many threads, keys, refusals and cancellations at once") {
    kept k({.concurrent_runs = 3, .entries = 5});
    std::atomic<int> running = 0, most = 0;
    k.plugin.life = 100s;
    k.plugin.behave = [&](auto& call, auto& flag) -> plugin_answer {
        const int at_once = ++running;
        for (int seen = most; at_once > seen && !most.compare_exchange_weak(seen, at_once);) {}
        std::this_thread::yield();
        const int number = k.plugin.runs;
        --running;
        if (*flag) return until_cancelled(call, flag);
        if (number % 7 == 0) return boom();
        credplugin::exec_credential made{.token = credbase::secret_string(call.cluster.server)};
        made.expires = k.plugin.host.now.load() + 100s;
        return made;
    };
    std::atomic<int> wrong = 0, good = 0;
    together(16, [&](int number) {
        for (int round = 0; round < 200; ++round) {
            const std::string cluster = std::to_string((number * 7 + round) % 8);
            credplugin::cancellation stop;
            std::thread canceller;
            if (round % 20 == number) canceller = std::thread([&] { stop.request(); });
            const auto got = k.cache.get(call_of(cluster), stop);
            if (canceller.joinable()) canceller.join();
            if (got && got->credential->token.reveal() == "https://" + cluster) ++good;
            else if (got || (got.error().message().find("boom") != 0 && describe(got) != cancelled)) ++wrong;
            if (got && round % 5 == 0) k.cache.invalidate(*got);
            if (number == 0) k.plugin.host.pass(5s);
            if (round % 50 == 49) k.cache.forget(call_of(cluster));
            (void)k.cache.next_refresh(call_of(cluster));
        }
    });
    CHECK(wrong == 0);
    CHECK(good > 0);
    CHECK(most <= 3);
}
