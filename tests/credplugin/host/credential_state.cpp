// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/credential_state.hpp>  // first: proves that it stands alone

#include "credplugin/host/scripted_plugin.hpp"
#include "support/catch_shim.hpp"

#include <credbase/timestamp.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

using credplugin::detail::credential_state;
using credplugin::detail::instant;
using std::chrono::milliseconds;
using std::chrono::seconds;
using namespace std::chrono_literals;

namespace {

/// A state and the two clocks that it is told of.
struct timeline {
    credential_state state{10s};
    instant now{*credbase::parse_rfc3339("2026-01-02T03:04:05Z"), std::chrono::steady_clock::time_point(1000s)};
    double random = 0.5;

    void pass(milliseconds time) {
        now.steady += time;
        now.wall += std::chrono::floor<seconds>(time);
    }
    std::string fetch(std::optional<seconds> life, std::uint64_t generation = 1) {
        auto made = std::make_shared<credplugin::exec_credential>();
        made->token = credbase::secret_string("token-" + std::to_string(generation));
        if (life) made->expires = now.wall + *life;
        return describe(state.fetched({made, generation, {}}, now, random));
    }
    std::string fail() { return describe(state.failed(boom(), now, random)); }

    /// What comes with the credential that is given out.
    std::string told_failure() const {
        const auto held = state.standing(now);
        return !held ? "no credential" : held->refresh_failure ? held->refresh_failure->text() : "none";
    }

    /// `-` nothing to give; else `u`sable, and `s`hareable; `r`: the plugin is to be run.
    std::string marks() const {
        return std::string(state.usable(now) ? "u" : "-") + (state.shareable(now) ? "s" : "") + (state.due(now) ? "r" : "");
    }
    /// When the plugin is to be run, from now on.
    std::string due_in() const {
        const auto at = state.due_at(now);
        return at ? std::to_string(std::chrono::duration_cast<milliseconds>(*at - now.steady).count()) + " ms" : "never";
    }
};

}  // namespace

TEST_CASE("credential state: refreshed after a share of its life, at the latest the margin before its end") {
    struct row { const char* name; std::optional<seconds> life; double random; milliseconds at; std::string marks; };
    const row rows[] = {
        {"at first", 900s, 0.5, 0s, "us"},
        {"before the share", 900s, 0.5, 719999ms, "us"},
        {"at the share", 900s, 0.5, 720s, "usr"},
        {"the earliest share", 1000s, 0, 700s, "usr"},
        {"before it", 1000s, 0, 699999ms, "us"},
        {"the latest share", 1000s, 0.9999, 899s, "us"},
        {"the margin comes before the share", 60s, 0.9, 49999ms, "us"},
        {"at the margin nobody is served without waiting", 60s, 0.9, 50s, "ur"},
        {"within the margin", 900s, 0.5, 890s, "ur"},
        {"in the last moment", 900s, 0.5, 899999ms, "ur"},
        {"H76 at the end", 900s, 0.5, 900s, "-r"},
        {"a life shorter than two margins: half of it", 12s, 0.9, 5999ms, "us"},
        {"that half is over", 12s, 0.9, 6s, "ur"},
        {"H78 no expiry", std::nullopt, 0.5, 1000000s, "us"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        timeline line{.random = r.random};
        CHECK(line.marks() == "-r");
        CHECK(line.fetch(r.life) == "token-1");
        line.pass(r.at);
        CHECK(line.marks() == r.marks);
    }
}

TEST_CASE("credential state: no expiry that can be written down is too far away") {
    timeline line;
    line.fetch(*credbase::parse_rfc3339("9999-12-31T23:59:59Z") - line.now.wall);
    CHECK(line.due_in() == "252288000000 ms");  // 80 % of ten years
    line.now.wall = *credbase::parse_rfc3339("9999-12-31T00:00:00Z");
    CHECK(line.marks() == "-r");
}

TEST_CASE("credential state: only what both clocks hold to be good is good") {
    struct row { const char* name; milliseconds steady; seconds wall; std::string marks; };
    const row rows[] = {
        {"the wall clock is set back", 900s, -3600s, "-r"},
        {"the wall clock is set back, early", 300s, -3600s, "us"},
        {"the wall clock is set back, in the window", 800s, -3600s, "usr"},
        {"the wall clock is set forward", 1s, 86400s, "-r"},
        {"the wall clock is set forward, into the window", 1s, 750s, "usr"},
        {"the wall clock is set to another age", 1s, 252000000000s, "-r"},
        {"the steady clock stood still while the host slept", 1s, 900s, "-r"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        timeline line;
        line.fetch(900s);
        line.now.steady += r.steady;
        line.now.wall += r.wall;
        CHECK(line.marks() == r.marks);
    }
}

TEST_CASE("credential state: H83 pauses after failures double from 1 s to 60 s, within 10 %") {
    const int expected[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};
    for (const auto& [random, percent] : {std::pair(0.0, 90), std::pair(0.5, 100), std::pair(1.0, 110)}) {
        timeline line{.random = random};
        for (const int pause : expected) {
            CHECK(line.fail() == "EXEC-FAILED: boom");
            const milliseconds wait(pause * percent / 100);
            CHECK(line.due_in() == std::to_string(wait.count()) + " ms");
            line.now.steady += wait - 1ms;
            CHECK(line.marks() == "-");
            CHECK(describe(line.state.standing(line.now)) == "EXEC-FAILED: boom (retry in 1s)");
            line.now.steady += 1ms;
            CHECK(line.marks() == "-r");
        }
    }
    for (const int many : {30, 31, 32, 33, 1000000}) CHECK(credplugin::detail::backoff(many, 0.5) == 60s);
}

TEST_CASE("credential state: an error says when it will be tried again, and keeps its context") {
    timeline line;
    (void)line.state.failed(boom().within("cluster one"), line.now, 0.5);
    CHECK(describe(line.state.standing(line.now)) == "EXEC-FAILED: cluster one: boom (retry in 1s)");
    line.now.steady += 1s;
    (void)line.state.failed(boom(), line.now, 0.5);
    CHECK(describe(line.state.standing(line.now)) == "EXEC-FAILED: boom (retry in 2s)");
    line.now.steady += 999ms;
    CHECK(describe(line.state.standing(line.now)) == "EXEC-FAILED: boom (retry in 2s)");
}

TEST_CASE("credential state: H84 a success ends the pauses") {
    timeline line;
    for (int failures = 0; failures < 5; ++failures) {
        line.fail();
        line.pass(60s);
    }
    CHECK(line.fetch(30s) == "token-1");
    line.pass(30s);
    CHECK(line.marks() == "-r");
    line.fail();
    CHECK(line.due_in() == "1000 ms");
}

TEST_CASE("credential state: a failed refresh leaves the valid credential, and none after its end") {
    timeline line;
    line.fetch(900s);
    line.pass(720s);
    CHECK(line.fail() == "token-1");
    CHECK(line.marks() == "us");
    CHECK(line.due_in() == "1000 ms");
    line.pass(1s);
    CHECK(line.marks() == "usr");
    line.pass(179s);
    CHECK(line.fail() == "EXEC-FAILED: boom");
    CHECK(describe(line.state.standing(line.now)) == "EXEC-FAILED: boom (retry in 2s)");
}

TEST_CASE("credential state: a failed refresh is told with the credential that is still good, and a success ends that") {
    timeline line;
    line.fail();
    line.fetch(900s, 1);
    CHECK(line.told_failure() == "none");
    line.pass(720s);
    line.fail();
    CHECK(line.told_failure() == "boom");
    const auto first = line.state.standing(line.now)->refresh_failure;
    CHECK(line.state.standing(line.now)->refresh_failure == first);  // told to all, and the same as long as there was no other try
    line.pass(1s);
    line.fail();
    CHECK(line.told_failure() == "boom");
    CHECK(line.state.standing(line.now)->refresh_failure != first);
    line.pass(2s);
    CHECK(line.fetch(-1s, 2) == "token-1");
    CHECK(line.told_failure().starts_with("exec plugin returned a credential that had expired at "));
    line.pass(4s);
    CHECK(line.fetch(900s, 3) == "token-3");
    CHECK(line.told_failure() == "none");
}

TEST_CASE("credential state: H77 what had expired before it came is given once; when that repeats it's a failure") {
    const std::string why = "EXEC-BAD-ANSWER: exec plugin returned a credential that had expired at 2026-01-02T03:04:05Z, now is "
                            "2026-01-02T03:04:05Z; check this host's clock and the plugin's own cache";
    timeline line;
    CHECK(line.fetch(0s, 1) == "token-1");
    CHECK(line.marks() == "-r");
    CHECK(line.fetch(0s, 2) == "token-2");
    CHECK(line.marks() == "-");
    CHECK(describe(line.state.standing(line.now)) == why + " (retry in 1s)");
    line.now.steady += 1s;
    CHECK(line.marks() == "-r");
    CHECK(line.fetch(-100s, 3) == "token-3");
    CHECK(line.due_in() == "2000 ms");
    line.now.steady += 2s;
    CHECK(line.fetch(900s, 4) == "token-4");
    CHECK(line.marks() == "us");
    line.pass(900s);
    CHECK(line.fetch(0s, 5) == "token-5");  // the count began anew
    CHECK(line.marks() == "-r");
}

TEST_CASE("credential state: what had expired doesn't replace what is still good") {
    timeline line;
    line.fetch(900s, 1);
    line.pass(720s);
    CHECK(line.fetch(-1s, 2) == "token-1");
    CHECK(line.marks() == "us");
    CHECK(line.due_in() == "1000 ms");
    CHECK(line.state.current().generation == 1);
}

TEST_CASE("credential state: H79 a refused credential is refreshed, at most every 10 s") {
    timeline line;
    line.fetch(std::nullopt, 1);
    CHECK(line.due_in() == "never");
    CHECK(line.state.refuse(line.now));
    CHECK(line.marks() == "ur");  // nobody gets it without that try
    CHECK(line.due_in() == "0 ms");
    CHECK(line.state.refuse(line.now));  // that try is still to come
    line.fetch(std::nullopt, 2);
    CHECK(line.marks() == "us");
    line.now.steady += 9999ms;
    CHECK(!line.state.refuse(line.now));
    CHECK(line.marks() == "us");
    line.now.steady += 1ms;
    CHECK(line.state.refuse(line.now));
    CHECK(line.marks() == "ur");
}

TEST_CASE("credential state: a refused credential stays where its refresh fails") {
    timeline line;
    line.fetch(std::nullopt);
    CHECK(line.state.refuse(line.now));
    CHECK(line.fail() == "token-1");
    CHECK(line.marks() == "us");
    CHECK(line.due_in() == "never");
    line.now.steady += 500ms;
    CHECK(!line.state.refuse(line.now));
    line.now.steady += 9500ms;
    line.fail();  // the second in a row: 2 s
    CHECK(!line.state.refuse(line.now));  // not now
    CHECK(line.marks() == "u");
    CHECK(line.due_in() == "2000 ms");
    line.now.steady += 2s;
    CHECK(line.marks() == "ur");
}
