// SPDX-License-Identifier: Apache-2.0
#include <eksauth/net/retry.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

using std::chrono::milliseconds;

/// What attempts bring, in order: `.` success, `-` a final failure, `t` a transient one, `s` one of too many calls.
///
/// Brings `ok` or the failure with its number, then the pauses in milliseconds. More attempts than letters fail the test.
static std::string attempts(const std::string& script, const eksauth::retry_policy& policy, const eksauth::context& ctx, const fake_world& world) {
    std::size_t made = 0;
    const auto got = eksauth::with_retries<int>(ctx, policy, [&]() -> eksauth::attempt<int> {
        REQUIRE(made < script.size());
        const char kind = script[made++];
        if (kind == '.') return {static_cast<int>(made)};
        const auto advice = kind == 't'   ? eksauth::retry_advice::transient
                            : kind == 's' ? eksauth::retry_advice::throttled
                                          : eksauth::retry_advice::none;
        return {eksauth::error(eksauth::errc::call_refused, std::to_string(made)), advice};
    });
    CHECK(made == script.size());
    std::string out = got ? "ok " + std::to_string(*got) : "failed " + got.error().text();
    for (const milliseconds pause : world.pauses) out += ", " + std::to_string(pause.count());
    return out;
}

TEST_CASE("retry: attempts end with the first success, without advice, or at the policy's number") {
    struct row { const char* name; std::string script; int attempts; std::string outcome; };
    const row rows[] = {
        {"good at once", ".", 3, "ok 1"},
        {"a final failure", "-", 3, "failed 1"},
        {"139 throttled, then good", "s.", 3, "ok 2, 500"},
        {"transient, then good", "t.", 3, "ok 2, 25"},
        {"good at last", "tt.", 3, "ok 3, 25, 50"},
        {"138 three times, then the last failure counts", "ttt", 3, "failed 3, 25, 50"},
        {"transient, then final", "t-", 3, "failed 2, 25"},
        {"140 one attempt", "t", 1, "failed 1"},
        {"each pause by its own failure", "ts.", 3, "ok 3, 25, 1000"},
        {"pauses double up to twenty seconds in all", "ssssssssss", 10, "failed 10, 500, 1000, 2000, 4000, 8000, 10000, 10000, 10000, 10000"},
        {"transient pauses double", "tttttttttt", 10, "failed 10, 25, 50, 100, 200, 400, 800, 1600, 3200, 6400"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world;
        CHECK(attempts(r.script, {.attempts = r.attempts}, world.context(), world) == r.outcome);
    }
}

TEST_CASE("retry: pauses never overflow, however many attempts a policy has") {
    fake_world world;
    attempts(std::string(60, 's'), {.attempts = 60}, world.context(), world);
    REQUIRE(world.pauses.size() == 59);
    for (std::size_t i = 5; i < world.pauses.size(); ++i) CHECK(world.pauses[i] == milliseconds(10000));
}

TEST_CASE("retry: the random number sets the pause between nothing and the whole") {
    struct row { double random; std::string outcome; };
    const row rows[] = {{0.0, "failed 3, 0, 0"}, {0.25, "failed 3, 250, 500"}, {0.9999, "failed 3, 999, 1999"}};
    for (const row& r : rows) {
        INFO(r.random);
        fake_world world;
        eksauth::context ctx = world.context();
        ctx.random = [&] { return r.random; };
        CHECK(attempts("sss", {}, ctx, world) == r.outcome);
    }
}

TEST_CASE("retry: a pause that would outlast the run is not begun, and the last failure counts") {
    struct row { const char* name; int limit_ms; std::string script, outcome; };
    const row rows[] = {
        {"time for all", 1501, "sss", "failed 3, 500, 1000"},
        {"the second pause is as long as the rest", 1500, "ss", "failed 2, 500"},
        {"the first pause is as long as the rest", 500, "s", "failed 1"},
        {"time for the first pause", 501, "ss", "failed 2, 500"},
        {"no time at all", 0, "s", "failed 1"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world;
        eksauth::context ctx = world.context();
        ctx.time_left = [&] { return milliseconds(r.limit_ms) - world.elapsed; };
        CHECK(attempts(r.script, {}, ctx, world) == r.outcome);
    }
}

TEST_CASE("retry: a failed transport is worth another attempt if it may pass") {
    namespace errc = eksauth::errc;
    struct row { credbase::errc code; bool passing; };
    const row rows[] = {{errc::http_unreachable, true}, {errc::http_timeout, true},    {errc::http_cut, true},        {errc::http_no_host, false},
                        {errc::http_tls, false},        {errc::http_proxy, false},     {errc::http_malformed, false}, {errc::http_too_large, false},
                        {errc::time_limit, false},      {errc::bad_setting, false},    {errc::call_refused, false}};
    for (const row& r : rows) {
        INFO(r.code.word);
        const auto advice = eksauth::advice_for(eksauth::error(r.code, "x"));
        CHECK(advice == (r.passing ? eksauth::retry_advice::transient : eksauth::retry_advice::none));
    }
}

TEST_CASE("retry: a refusal is worth another attempt by code and status") {
    CHECK(eksauth::advice_for(eksauth::service_error{400, "Throttling"}) == eksauth::retry_advice::throttled);
    CHECK(eksauth::advice_for(eksauth::service_error{503, "SlowDown"}) == eksauth::retry_advice::throttled);
    CHECK(eksauth::advice_for(eksauth::service_error{429}) == eksauth::retry_advice::throttled);
    CHECK(eksauth::advice_for(eksauth::service_error{503}) == eksauth::retry_advice::transient);
    CHECK(eksauth::advice_for(eksauth::service_error{400, "RequestTimeout"}) == eksauth::retry_advice::transient);
    CHECK(eksauth::advice_for(eksauth::service_error{403, "AccessDenied"}) == eksauth::retry_advice::none);
}

TEST_CASE("retry: a service may ask for up to five seconds more than the pause that was chosen") {
    struct row { const char* name; std::string value; int pause_ms; };
    const row rows[] = {
        {"no header", "", 25},      {"less than the pause", "10", 25}, {"more", "1000", 1000},      {"at most five seconds more", "9000", 5025},
        {"negative", "-1", 25},     {"no number", "1s", 25},           {"a very large one", "9999999999999999999", 25},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world;
        eksauth::http_response reply;
        if (!r.value.empty()) reply.headers.push_back({"X-Amz-Retry-After", credbase::secret_string(r.value)});
        int made = 0;
        const auto got = eksauth::with_retries<int>(world.context(), {}, [&]() -> eksauth::attempt<int> {
            if (made++ != 0) return {1};
            return {eksauth::error(eksauth::errc::call_refused, "x"), eksauth::retry_advice::transient, eksauth::retry_after(reply)};
        });
        CHECK(got.has_value());
        CHECK(world.pauses == std::vector<milliseconds>{milliseconds(r.pause_ms)});
    }
}
