// SPDX-License-Identifier: Apache-2.0
#include <credplugin/asio_credentials.hpp>  // first: proves that it stands alone

#include "credplugin/host/scripted_plugin.hpp"
#include "support/catch_shim.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using answer = credplugin::result<credplugin::held_credential>;

namespace {

/// A cache, a pool that runs its plugins, and an event loop that is run by the test's own thread.
struct program {
    explicit program(unsigned threads = 2, credplugin::cache_options options = {})
        : pool(threads),
          cache(std::make_unique<credplugin::credential_cache>(plugin.runner(), plugin.host.context(), std::move(options))) {}

    template <class Token>
    auto get(const std::string& cluster, Token&& token) {
        return credplugin::async_get(*cache, pool.get_executor(), call_of(cluster), std::forward<Token>(token));
    }
    /// A handler on the event loop that writes its answer down.
    auto note(std::string& told) {
        return asio::bind_executor(loop, [&told](const answer& got) { told += describe(got); });
    }

    scripted_plugin plugin;
    asio::io_context loop;
    asio::thread_pool pool;
    std::unique_ptr<credplugin::credential_cache> cache;  // destroyed before the executors
};

const std::string cancelled = "EXEC-TIMEOUT: waiting for the plugin of \"acme\" was cancelled";

}  // namespace

TEST_CASE("asio credentials: the plugin runs on the pool, the handler on its own executor, and never within the call") {
    program p;
    std::thread::id ran, handled;
    p.plugin.behave = [&](auto&, auto&) {
        ran = std::this_thread::get_id();
        return p.plugin.next();
    };
    for (const char* const name : {"cold", "kept"}) {
        INFO(name);
        std::string told;
        asio::post(p.loop, [&] {
            p.get("a", asio::bind_executor(p.loop, [&, only_moved = std::make_unique<int>(1)](const answer& got) {
                      handled = std::this_thread::get_id();
                      told = describe(got);
                  }));
            CHECK(told.empty());
        });
        p.loop.restart();
        p.loop.run();  // doesn't end before the answer is there
        CHECK(told == "token-1");
        CHECK(handled == std::this_thread::get_id());
        CHECK(ran != handled);
    }
}

TEST_CASE("asio credentials: a handler without an executor is called on the pool") {
    program p;
    std::promise<std::thread::id> handled;
    p.get("a", [&](const answer&) { handled.set_value(std::this_thread::get_id()); });
    CHECK(handled.get_future().get() != std::this_thread::get_id());
}

TEST_CASE("asio credentials: futures, and errors as values") {
    program p;
    CHECK(describe(p.get("a", asio::use_future).get()) == "token-1");
    p.plugin.behave = [](auto&, auto&) -> plugin_answer { return boom(); };
    CHECK(describe(p.get("b", asio::use_future).get()) == "EXEC-FAILED: boom");
    CHECK(describe(p.get("b", asio::use_future).get()) == "EXEC-FAILED: boom (retry in 1s)");
    CHECK(describe(p.cache->get(call_of("a"))) == "token-1");  // one cache, two faces
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)
TEST_CASE("asio credentials: coroutines, which resume where they were") {
    program p;
    std::string told;
    const auto here = std::this_thread::get_id();
    const auto fetch = [&]() -> asio::awaitable<void> {
        const answer first = co_await p.get("a", asio::use_awaitable);
        CHECK(std::this_thread::get_id() == here);
        told = describe(first);
        if (first) p.cache->invalidate(*first);
        told += " " + describe(co_await p.get("a", asio::use_awaitable));
    };
    asio::co_spawn(p.loop, fetch(), asio::detached);
    p.loop.run();
    CHECK(told == "token-1 token-2");
}

TEST_CASE("asio credentials: a coroutine that is cancelled gives up its wait") {
    program p;
    std::latch runs(1);
    p.plugin.behave = [&](auto& call, auto& flag) {
        runs.count_down();
        return until_cancelled(call, flag);
    };
    std::string told;
    const auto fetch = [&]() -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        told = describe(co_await p.get("a", asio::use_awaitable));
    };
    asio::cancellation_signal stop;
    asio::co_spawn(p.loop, fetch(), asio::bind_cancellation_slot(stop.slot(), asio::detached));
    asio::post(p.loop, [&] {
        runs.wait();
        stop.emit(asio::cancellation_type::terminal);
    });
    p.loop.run();
    CHECK(told == cancelled);
}
#endif

TEST_CASE("asio credentials: calls that wait take no thread of the pool") {
    program p(2, {.concurrent_runs = 1});
    std::latch pool_is_free(1);
    p.plugin.behave = [&](auto&, auto&) {
        pool_is_free.wait();  // for ever, if those who wait filled the pool
        return p.plugin.next();
    };
    std::atomic<int> good = 0;
    std::vector<std::string> told(3000);
    for (std::size_t call = 0; call < told.size(); ++call) p.get(call % 3 == 0 ? "b" : "a", p.note(told[call]));
    asio::post(p.pool, [&] { pool_is_free.count_down(); });
    p.loop.run();
    for (std::size_t call = 0; call < told.size(); ++call)
        if (told[call] == (call % 3 == 0 ? "token-1" : "token-2")) ++good;
    CHECK(good == 3000);
    CHECK(p.plugin.runs == 2);
}

TEST_CASE("asio credentials: who waits or is queued is cancelled at once, of any type, and the run goes on for the others") {
    for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
        program p(2, {.concurrent_runs = 1});
        std::latch runs(1), finish(1);
        p.plugin.behave = [&](auto&, auto& flag) -> plugin_answer {
            runs.count_down();
            finish.wait();
            if (*flag) return boom();
            return p.plugin.next();
        };
        std::string first, waits, queued, stays;
        asio::cancellation_signal stop_first, stop_waits, stop_queued, none;
        p.get("a", asio::bind_cancellation_slot(stop_first.slot(), p.note(first)));
        p.get("a", asio::bind_cancellation_slot(stop_waits.slot(), p.note(waits)));
        p.get("b", asio::bind_cancellation_slot(stop_queued.slot(), p.note(queued)));
        p.get("a", asio::bind_cancellation_slot(none.slot(), p.note(stays)));
        runs.wait();
        for (auto* const signal : {&stop_first, &stop_waits, &stop_queued}) signal->emit(type);
        CHECK(first.empty());  // not within the call
        while (first.empty() || waits.empty() || queued.empty()) p.loop.run_one();
        CHECK(stays.empty());
        for (const std::string& told : {first, waits, queued}) CHECK(told == cancelled);
        finish.count_down();
        p.loop.run();
        CHECK(stays == "token-1");
        for (auto* const signal : {&stop_first, &none}) CHECK(!signal->slot().has_handler());
        CHECK(p.plugin.runs == 1);
    }
}

TEST_CASE("asio credentials: the last one who is cancelled ends the run") {
    program p;
    p.plugin.behave = until_cancelled;
    std::string first, second;
    asio::cancellation_signal stop_first, stop_second;
    p.get("a", asio::bind_cancellation_slot(stop_first.slot(), p.note(first)));
    p.get("a", asio::bind_cancellation_slot(stop_second.slot(), p.note(second)));
    stop_first.emit(asio::cancellation_type::none);
    stop_second.emit(asio::cancellation_type::terminal);
    p.loop.run_one();
    CHECK(second == cancelled);
    CHECK(first.empty());
    stop_first.emit(asio::cancellation_type::terminal);
    p.loop.run();
    CHECK(first == cancelled);
}

TEST_CASE("asio credentials: threads and handlers wait for one run, whoever does it") {
    program p;
    std::latch runs(1), asked(1);
    p.plugin.behave = [&](auto&, auto&) {
        runs.count_down();
        asked.wait();
        return p.plugin.next();
    };
    std::string told;
    p.get("a", p.note(told));
    runs.wait();
    auto thread = std::async(std::launch::async, [&] { return describe(p.cache->get(call_of("a"))); });
    asked.count_down();
    CHECK(thread.get() == "token-1");
    p.loop.run();
    CHECK(told == "token-1");

    std::latch runs_here(1);
    credplugin::cancellation stop;
    p.plugin.behave = [&](auto& call, auto& flag) -> plugin_answer {
        if (p.plugin.runs > 2) return p.plugin.next();
        runs_here.count_down();
        return until_cancelled(call, flag);
    };
    thread = std::async(std::launch::async, [&] { return describe(p.cache->get(call_of("b"), stop)); });
    runs_here.wait();
    p.get("b", p.note(told));
    stop.request();  // the thread hands over to the pool
    CHECK(thread.get() == cancelled);
    p.loop.restart();
    p.loop.run();
    CHECK(told == "token-1token-3");
}

TEST_CASE("asio credentials: a pool has work as long as a call may need it, and no longer") {
    program p(1, {.concurrent_runs = 1});
    asio::io_context pool;
    std::latch runs(1), finish(1);
    p.plugin.behave = [&](auto&, auto&) {
        if (p.plugin.runs == 1) {
            runs.count_down();
            finish.wait();
        }
        return p.plugin.next();
    };
    auto thread = std::async(std::launch::async, [&] { return describe(p.cache->get(call_of("a"))); });
    runs.wait();
    std::string told;
    credplugin::async_get(*p.cache, pool.get_executor(), call_of("b"), p.note(told));
    pool.poll();
    CHECK(!pool.stopped());  // the call is queued, with nothing posted yet
    finish.count_down();
    pool.run();  // ends before the handler is called
    CHECK(told.empty());
    p.loop.run();
    CHECK(told == "token-2");
    CHECK(thread.get() == "token-1");
    p.cache.reset();
}

TEST_CASE("asio credentials: H105 destruction ends what runs on the pool and answers all who wait") {
    program p(2, {.concurrent_runs = 1});
    std::latch runs(1);
    std::atomic<bool> ended = false;
    p.plugin.behave = [&](auto& call, auto& flag) {
        runs.count_down();
        auto got = until_cancelled(call, flag);
        ended = true;
        return got;
    };
    std::string told[3];
    p.get("a", p.note(told[0]));
    runs.wait();
    p.get("a", p.note(told[1]));
    p.get("b", p.note(told[2]));
    p.cache.reset();
    CHECK(ended);
    p.loop.run();
    for (const std::string& one : told) CHECK(one == cancelled);
    CHECK(p.plugin.runs == 1);
}

TEST_CASE("asio credentials: a pool that was stopped holds nothing up") {
    program p(1);
    p.pool.stop();
    p.pool.join();
    std::string told;
    p.get("a", p.note(told));
    p.cache.reset();
    p.loop.run();
    CHECK(told == cancelled);
    CHECK(p.plugin.runs == 0);
}  // the turn is dropped here, with the pool

TEST_CASE("asio credentials: many calls, keys and cancellations at once") {
    asio::io_context loops[4];
    program p(4, {.concurrent_runs = 3, .entries = 5});
    p.plugin.behave = [&](auto& call, auto& flag) -> plugin_answer {
        std::this_thread::yield();
        if (p.plugin.runs % 7 == 0 || *flag) return boom();
        credplugin::exec_credential made{.token = credbase::secret_string(call.cluster.server)};
        made.expires = p.plugin.host.now.load() + 100s;
        return made;
    };
    std::atomic<int> answered = 0, wrong = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number)
        threads.emplace_back([&, number, &mine = loops[number]] {
            std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
            for (int round = 0; round < 250; ++round) {
                const std::string cluster = std::to_string((number + round) % 8);
                signals.push_back(std::make_unique<asio::cancellation_signal>());
                auto handler = asio::bind_executor(mine, [&, cluster](const answer& got) {
                    ++answered;
                    if (got && got->credential->token.reveal() != "https://" + cluster) ++wrong;
                    if (got) p.cache->invalidate(*got);
                });
                p.get(cluster, asio::bind_cancellation_slot(signals.back()->slot(), std::move(handler)));
                if (round % 3 == 0) signals[static_cast<std::size_t>(round / 2)]->emit(asio::cancellation_type::terminal);
                if (round % 10 == 0) p.plugin.host.pass(5s);
                mine.poll();
                mine.restart();
            }
            mine.run();
        });
    for (std::thread& one : threads) one.join();
    CHECK(answered == 1000);
    CHECK(wrong == 0);
}
