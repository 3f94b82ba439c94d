// SPDX-License-Identifier: Apache-2.0
#include <eksauth/net/retry.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/net/sts_call.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

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

TEST_CASE("retry: environment and profile choose the number of attempts, and every known mode is the same") {
    const std::string number = "max_attempts must be a number from 1 to 999999999, got ",
                      mode = "retry_mode must be standard, adaptive or legacy, got ";
    struct row { const char* name; std::map<std::string, std::string> env; std::string config, outcome; };
    const row rows[] = {
        {"no setting", {}, "", "3"},
        {"140 one", {{"AWS_MAX_ATTEMPTS", "1"}}, "", "1"},
        {"140 zero", {{"AWS_MAX_ATTEMPTS", "0"}}, "", "EKS-SETTING: AWS_MAX_ATTEMPTS: " + number + "\"0\""},
        {"140 no number", {{"AWS_MAX_ATTEMPTS", "x"}}, "", "EKS-SETTING: AWS_MAX_ATTEMPTS: " + number + "\"x\""},
        {"negative", {{"AWS_MAX_ATTEMPTS", "-1"}}, "", "EKS-SETTING: AWS_MAX_ATTEMPTS: " + number + "\"-1\""},
        {"ten", {{"AWS_MAX_ATTEMPTS", "10"}}, "", "10"},
        {"more is taken as ten", {{"AWS_MAX_ATTEMPTS", "11"}}, "", "10"},
        {"the profile's", {}, "[profile p]\nmax_attempts = 5\n", "5"},
        {"the variable before the profile's", {{"AWS_MAX_ATTEMPTS", "2"}}, "[profile p]\nmax_attempts = 5\n", "2"},
        {"140 no number in the profile", {}, "[profile p]\nmax_attempts = y\n", "EKS-SETTING: /c line 2: " + number + "\"y\""},
        {"141 legacy", {{"AWS_RETRY_MODE", "legacy"}}, "", "3"},
        {"141 standard", {{"AWS_RETRY_MODE", "standard"}}, "", "3"},
        {"141 adaptive in the profile", {}, "[profile p]\nretry_mode = adaptive\n", "3"},
        {"141 an unknown mode", {{"AWS_RETRY_MODE", "foo"}}, "", "EKS-SETTING: AWS_RETRY_MODE: " + mode + "\"foo\""},
        {"141 an unknown mode in the profile", {}, "[profile p]\nretry_mode = foo\n", "EKS-SETTING: /c line 2: " + mode + "\"foo\""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env, .files = {{"/c", r.config}}};
        world.env["AWS_CONFIG_FILE"] = "/c";
        const auto files = eksauth::load_shared_config(world.context());
        REQUIRE(told(files) == "ok");
        const eksauth::profile selected(*files, "p");
        const auto got = eksauth::find_retry_policy(world.context(), &selected);
        CHECK((got ? std::to_string(got->attempts) : told(got)) == r.outcome);
    }
}
