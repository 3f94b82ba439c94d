// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/credential_runs.hpp>  // first: proves that it stands alone

#include "credplugin/host/scripted_plugin.hpp"
#include "support/catch_shim.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// Somebody who asks, on no thread at all: the test says when a turn is used.
class asking final : public credplugin::detail::credential_request {
public:
    asking(const std::string& cluster, bool elsewhere)
        : credential_request(std::make_shared<const credplugin::plugin_call>(call_of(cluster)), elsewhere) {}

    void start(std::shared_ptr<credplugin::detail::plugin_run> run) override { turn = std::move(run); }
    void finish(credplugin::result<credplugin::held_credential> got) override { told += describe(got); }

    void run() {
        const auto mine = std::exchange(turn, nullptr);
        REQUIRE(mine);
        (*mine)();
    }
    std::string state() const { return turn ? "turn" : told.empty() ? "waits" : told; }

    std::shared_ptr<credplugin::detail::plugin_run> turn;
    std::string told;
};

/// The inside of a cache, and who asked it.
struct desk {
    explicit desk(credplugin::cache_options options = {})
        : runs(std::make_shared<credplugin::detail::credential_runs>(plugin.runner(), plugin.host.context(), std::move(options))) {}
    ~desk() {
        runs->close();
        for (const auto& one : asked) one->turn.reset();  // a turn holds who has it
    }

    std::shared_ptr<asking> ask(const std::string& cluster, bool elsewhere = false) {
        const auto one = std::make_shared<asking>(cluster, elsewhere);
        asked.push_back(one);
        if (const auto known = runs->begin(one)) one->told = describe(*known);
        return one;
    }
    /// Asks, and runs the plugin where it's to be run.
    std::string get(const std::string& cluster) {
        const auto one = ask(cluster);
        if (one->turn) one->run();
        return one->state();
    }

    scripted_plugin plugin;
    std::shared_ptr<credplugin::detail::credential_runs> runs;
    std::vector<std::shared_ptr<asking>> asked;
};

const std::string cancelled = "EXEC-TIMEOUT: waiting for the plugin of \"acme\" was cancelled";

}  // namespace

TEST_CASE("credential runs: one has the turn, the others of the key wait, and all get one answer") {
    desk d;
    const auto one = d.ask("a"), two = d.ask("a"), three = d.ask("a");
    CHECK(one->state() == "turn");
    CHECK(two->state() == "waits");
    one->run();
    for (const auto& each : {one, two, three}) CHECK(each->state() == "token-1");
    CHECK(d.ask("a")->state() == "token-1");
    CHECK(d.plugin.runs == 1);
}

TEST_CASE("credential runs: all who wait get one error, and the next are told when it's tried again") {
    desk d;
    d.plugin.behave = [](auto&, auto&) -> plugin_answer { return boom(); };
    const auto one = d.ask("a"), two = d.ask("a");
    one->run();
    for (const auto& each : {one, two}) CHECK(each->state() == "EXEC-FAILED: boom");
    CHECK(d.ask("a")->state() == "EXEC-FAILED: boom (retry in 1s)");
}

TEST_CASE("credential runs: a few at once, the rest in the order in which they came") {
    desk d({.concurrent_runs = 2});
    const auto a = d.ask("a"), b = d.ask("b"), c = d.ask("c"), e = d.ask("e"), a2 = d.ask("a");
    CHECK(a->state() == "turn");
    CHECK(b->state() == "turn");
    for (const auto& each : {c, e, a2}) CHECK(each->state() == "waits");
    b->run();
    CHECK(c->state() == "turn");
    CHECK(e->state() == "waits");
    a->run();
    CHECK(a2->state() == "token-2");
    CHECK(e->state() == "turn");
}

TEST_CASE("credential runs: while one refreshes, the others get what is still good, but not for its last seconds, nor refused") {
    desk d;
    CHECK(d.get("a") == "token-1");
    d.plugin.host.pass(50min);
    auto first = d.ask("a");
    CHECK(first->state() == "turn");
    CHECK(d.ask("a")->state() == "token-1");
    d.plugin.host.pass(9min + 50s);
    const auto last = d.ask("a");
    CHECK(last->state() == "waits");
    first->run();
    CHECK(last->state() == "token-2");

    CHECK(d.runs->invalidate(d.runs->begin(std::make_shared<asking>("a", false))->value()));
    first = d.ask("a");
    CHECK(first->state() == "turn");
    const auto other = d.ask("a");
    CHECK(other->state() == "waits");
    first->run();
    CHECK(other->state() == "token-3");
}

TEST_CASE("credential runs: who only waits is cancelled at once") {
    desk d({.concurrent_runs = 1});
    const auto a = d.ask("a"), a2 = d.ask("a"), b = d.ask("b"), c = d.ask("c"), c2 = d.ask("c"), e = d.ask("e");
    for (const auto& each : {a2, b, c}) {
        d.runs->cancel(each);
        CHECK(each->state() == cancelled);
    }
    a->run();
    CHECK(a->state() == "token-1");
    CHECK(b->told == cancelled);  // told once, and its key has left the queue
    CHECK(c2->state() == "turn");  // in the place of the one that was cancelled
    CHECK(e->state() == "waits");
    c2->run();
    CHECK(e->state() == "turn");
    d.runs->cancel(a);  // long done
    CHECK(a->state() == "token-1");
}

TEST_CASE("credential runs: who runs the plugin and is cancelled hands over in the same turn") {
    desk d({.concurrent_runs = 1});
    const auto a = d.ask("a"), a2 = d.ask("a"), b = d.ask("b");
    d.plugin.behave = [&](auto& call, auto& flag) {
        d.runs->cancel(a);
        CHECK(*flag);
        return until_cancelled(call, flag);
    };
    a->run();
    CHECK(a->state() == cancelled);
    CHECK(a2->state() == "turn");
    CHECK(b->state() == "waits");
    d.plugin.behave = nullptr;
    a2->run();
    CHECK(a2->state() == "token-2");
    CHECK(b->state() == "turn");
}

TEST_CASE("credential runs: a cancelled run is no failure, and where it brought a credential all the same, all get it") {
    desk d;
    auto a = d.ask("a");
    d.runs->cancel(a);
    CHECK(a->state() == "turn");
    a->run();  // which doesn't even start the plugin
    CHECK(a->state() == cancelled);
    CHECK(d.plugin.runs == 0);
    a = d.ask("a");
    const auto a2 = d.ask("a");
    CHECK(a->state() == "turn");
    d.plugin.behave = [&](auto&, auto&) {
        d.runs->cancel(a);
        return d.plugin.next();
    };
    a->run();
    CHECK(a->state() == "token-1");
    CHECK(a2->state() == "token-1");
}

TEST_CASE("credential runs: a run on a thread of its own goes on while anybody wants it") {
    desk d;
    const auto a = d.ask("a", true), a2 = d.ask("a"), a3 = d.ask("a", true);
    d.plugin.behave = [&](auto&, auto& flag) {
        d.runs->cancel(a);
        d.runs->cancel(a2);
        CHECK(a->state() == cancelled);
        CHECK(a2->state() == cancelled);
        CHECK(!*flag);
        return d.plugin.next();
    };
    a->run();
    CHECK(a3->state() == "token-1");
    CHECK(a->told == cancelled);
}

TEST_CASE("credential runs: the last one who wants such a run ends it") {
    desk d;
    const auto a = d.ask("a", true), a2 = d.ask("a", true);
    std::shared_ptr<asking> late;
    d.plugin.behave = [&](auto& call, auto& flag) {
        d.runs->cancel(a);
        d.runs->cancel(a2);
        CHECK(*flag);
        late = d.ask("a");
        return until_cancelled(call, flag);
    };
    a->run();
    CHECK(a2->state() == cancelled);
    CHECK(late->state() == "turn");
    d.plugin.behave = nullptr;
    late->run();
    CHECK(late->state() == "token-2");
}

TEST_CASE("credential runs: a turn that is dropped goes on to who waits next") {
    desk d;
    const auto a = d.ask("a", true), a2 = d.ask("a"), a3 = d.ask("a");
    a->turn.reset();
    CHECK(a->state() == cancelled);
    CHECK(a2->state() == "turn");
    a2->turn.reset();
    CHECK(a3->state() == "turn");
    a3->run();
    CHECK(a3->state() == "token-1");

    const auto b = d.ask("b", true), b2 = d.ask("b");
    d.runs->cancel(b);  // its turn isn't used yet, and another waits
    CHECK(b->told == cancelled);
    b->turn.reset();
    CHECK(b2->state() == "turn");  // not told of a failure that isn't its own
    b2->turn.reset();
}

TEST_CASE("credential runs: an exception of a plugin goes to who runs it, and the turn to who waits next") {
    desk d;
    const auto a = d.ask("a"), a2 = d.ask("a");
    d.plugin.behave = [](auto&, auto&) -> plugin_answer { throw std::runtime_error("no memory"); };
    CHECK_THROWS_AS(a->run(), std::runtime_error);
    CHECK(a->state() == cancelled);
    CHECK(a2->state() == "turn");
    d.plugin.behave = nullptr;
    a2->run();
    CHECK(a2->state() == "token-2");
}  // closing waits for no run that is over

TEST_CASE("credential runs: H104 the least recently used go, but none that is busy") {
    desk d({.concurrent_runs = 1, .entries = 2});
    CHECK(d.get("a") == "token-1");
    CHECK(d.get("b") == "token-2");
    CHECK(d.get("a") == "token-1");
    CHECK(d.get("c") == "token-3");
    CHECK(d.get("a") == "token-1");
    CHECK(d.get("b") == "token-4");
    CHECK(d.get("c") == "token-5");  // b took its place

    const auto busy = d.ask("x"), queued = d.ask("y"), third = d.ask("z");
    CHECK(d.ask("w")->state() == "waits");  // more than fit, all busy
    CHECK(d.get("x") == "waits");
    busy->run();
    queued->run();
    third->run();
    for (const auto& each : {busy, queued, third}) CHECK(each->told.starts_with("token-"));
    CHECK(d.get("y") == "waits");  // the oldest that isn't busy has gone
}

TEST_CASE("credential runs: H104 a thousand keys and one more stay within the bound") {
    desk d({.entries = 1024});
    for (int round = 0; round < 2; ++round)
        for (int cluster = 0; cluster < 1025; ++cluster) d.get(std::to_string(cluster));
    CHECK(d.plugin.runs == 2 * 1025);  // in a circle, each is gone when it's asked for again
    for (int cluster = 1024; cluster > 0; --cluster) d.get(std::to_string(cluster));
    CHECK(d.plugin.runs == 2 * 1025);  // the 1024 youngest are there
}

TEST_CASE("credential runs: what is forgotten is made anew, even while a run is under way") {
    desk d;
    CHECK(d.get("a") == "token-1");
    d.runs->forget(call_of("a"));
    d.runs->forget(call_of("nobody"));
    CHECK(d.get("a") == "token-2");
    d.plugin.behave = [](auto&, auto&) -> plugin_answer { return boom(); };
    CHECK(d.get("b") == "EXEC-FAILED: boom");
    d.runs->forget(call_of("b"));  // and with it the pause
    CHECK(d.get("b") == "EXEC-FAILED: boom");

    d.plugin.host.pass(55min);
    const auto a = d.ask("a");
    CHECK(d.ask("a")->state() == "token-2");
    d.runs->forget(call_of("a"));
    const auto a2 = d.ask("a");
    CHECK(a2->state() == "waits");
    d.plugin.behave = nullptr;
    a->run();
    CHECK(a2->state() == "token-5");
}

TEST_CASE("credential runs: what is forgotten makes room") {
    desk d({.entries = 2});
    CHECK(d.get("a") == "token-1");
    CHECK(d.get("b") == "token-2");
    d.runs->forget(call_of("b"));
    CHECK(d.get("c") == "token-3");
    CHECK(d.get("a") == "token-1");
}

TEST_CASE("credential runs: when the next refresh is due") {
    desk d;
    const auto due_in = [&]() -> std::string {
        const auto at = d.runs->next_refresh(call_of("a"));
        return at ? std::to_string((*at - d.plugin.host.context().steady_now()) / 1s) + " s" : "never";
    };
    CHECK(due_in() == "0 s");
    const auto a = d.ask("a");
    CHECK(due_in() == "1 s");  // a run is under way
    a->run();
    CHECK(due_in() == "2880 s");
    d.plugin.host.pass(2879s);
    CHECK(due_in() == "1 s");
    CHECK(d.get("a") == "token-1");
    d.plugin.host.pass(2s);
    CHECK(due_in() == "0 s");
    d.plugin.behave = [](auto&, auto&) -> plugin_answer { return boom(); };
    CHECK(d.get("a") == "token-1");
    CHECK(due_in() == "1 s");
    d.plugin.behave = nullptr;
    d.plugin.life = std::nullopt;
    d.plugin.host.pass(1s);
    CHECK(d.get("a") == "token-3");
    CHECK(due_in() == "never");
}

TEST_CASE("credential runs: H105 closing answers all who wait, and no turn begins afterwards") {
    desk d({.concurrent_runs = 1});
    const auto a = d.ask("a", true), a2 = d.ask("a"), b = d.ask("b");
    d.runs->close();
    for (const auto& each : {a, a2, b}) CHECK(each->told == cancelled);
    a->run();
    CHECK(a->told == cancelled);
    CHECK(d.plugin.runs == 0);
    CHECK(d.ask("a")->state() == cancelled);
    d.runs->cancel(a);
    CHECK(a->told == cancelled);
}

TEST_CASE("credential runs: a turn may outlive the cache") {
    auto d = std::make_unique<desk>();
    const auto a = d->ask("a", true);
    const auto turn = a->turn;
    d.reset();
    CHECK(a->told == cancelled);
    (*turn)();
    CHECK(a->told == cancelled);
}
