// SPDX-License-Identifier: Apache-2.0
#include <eksauth/net/time_limit.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/net/retry.hpp>

#include <chrono>
#include <string>
#include <vector>

using std::chrono::milliseconds;
using std::chrono::seconds;

static eksauth::http_request sts_request() {
    return {.method = "POST", .host = "sts.us-west-2.amazonaws.com", .target = "/?hush", .body = credbase::secret_string("hush")};
}
static credbase::process_request program() {
    return {.arguments = {"/bin/helper", "--hush"}, .time_limit = seconds(60), .out_limit_bytes = 1, .err_kept_bytes = 1};
}

TEST_CASE("time limit: the time that is left counts down from the call on") {
    fake_world world{.elapsed = seconds(100)};
    const eksauth::context limited = eksauth::with_time_limit(world.context(), seconds(60));
    CHECK(limited.time_left() == seconds(60));
    world.elapsed += milliseconds(59999);
    CHECK(limited.time_left() == milliseconds(1));
    world.elapsed += milliseconds(2);
    CHECK(limited.time_left() == milliseconds(-1));
}

TEST_CASE("time limit: a part of a millisecond is no time") {
    fake_world world;
    eksauth::context ctx = world.context();
    std::chrono::steady_clock::time_point now;
    ctx.steady_now = [&] { return now; };
    const eksauth::context limited = eksauth::with_time_limit(ctx, milliseconds(1));
    now += std::chrono::microseconds(1);
    CHECK(limited.time_left() == milliseconds(0));
    CHECK_FALSE(limited.http(sts_request()).has_value());
    CHECK(world.requests.empty());
}

TEST_CASE("time limit: a request gets no more than the time that is left, and none is begun after it") {
    struct row { const char* name; milliseconds elapsed; milliseconds attempt; std::string outcome; };
    const row rows[] = {
        {"time for all", seconds(0), seconds(15), "ok"},
        {"just time for all", seconds(45), seconds(15), "ok"},
        {"less", milliseconds(45001), milliseconds(14999), "ok"},
        {"the last millisecond", milliseconds(59999), milliseconds(1), "ok"},
        {"over", seconds(60), seconds(0),
         "EKS-TIME-LIMIT: the time limit of 60000 ms is over; next was POST https://sts.us-west-2.amazonaws.com/"},
        {"long over", seconds(600), seconds(0),
         "EKS-TIME-LIMIT: the time limit of 60000 ms is over; next was POST https://sts.us-west-2.amazonaws.com/"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = {eksauth::http_response{.status = 200}}};
        const eksauth::context limited = eksauth::with_time_limit(world.context(), seconds(60));
        world.elapsed = r.elapsed;
        CHECK(told(limited.http(sts_request())) == r.outcome);
        CHECK(world.requests.size() == (r.outcome == "ok" ? 1U : 0U));
        for (const eksauth::http_request& sent : world.requests) {
            CHECK(sent.limits.attempt == r.attempt);
            CHECK(sent.limits.first_byte == eksauth::service_limits.first_byte);
            CHECK(sent.body.size() == 4);
        }
    }
}

TEST_CASE("time limit: a program gets no more than the time that is left, and none is begun after it") {
    struct row { const char* name; milliseconds elapsed; milliseconds time_limit; std::string outcome; };
    const row rows[] = {
        {"time for all", seconds(0), seconds(60), "ok"},
        {"less", seconds(59), seconds(11), "ok"},
        {"over", seconds(70), seconds(0), "EKS-TIME-LIMIT: the time limit of 70000 ms is over; next was running /bin/helper"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.process = credbase::process_output{}};
        const eksauth::context limited = eksauth::with_time_limit(world.context(), seconds(70));
        world.elapsed = r.elapsed;
        CHECK(told(limited.run_process(program())) == r.outcome);
        CHECK(world.processes.size() == (r.outcome == "ok" ? 1U : 0U));
        for (const credbase::process_request& run : world.processes) CHECK(run.time_limit == r.time_limit);
    }
}

TEST_CASE("time limit: how a program ends is its own affair, and no error") {
    fake_world world{.process = credbase::process_output{.end = credbase::process_end::timed_out, .program = "/bin/helper", .err = "e"}};
    const eksauth::context limited = eksauth::with_time_limit(world.context(), seconds(70));
    credbase::process_request request = program();
    request.environment = {{"A", "b"}};
    request.inherit_stdin = true;
    request.grace = milliseconds(5);
    const auto got = limited.run_process(request);
    REQUIRE(told(got) == "ok");
    CHECK(got->end == credbase::process_end::timed_out);
    CHECK(got->program == "/bin/helper");
    CHECK(got->err == "e");
    REQUIRE(world.processes.size() == 1);
    CHECK(world.processes[0].arguments == request.arguments);
    CHECK(world.processes[0].environment.size() == 1);
    CHECK(world.processes[0].inherit_stdin);
    CHECK(world.processes[0].grace == milliseconds(5));
}

TEST_CASE("time limit: 143 a silent server ends with the run's time, in an error that names the call") {
    fake_world world;
    eksauth::context ctx = world.context();
    ctx.http = [&](const eksauth::http_request& request) -> eksauth::result<eksauth::http_response> {
        world.elapsed += request.limits.attempt;
        return eksauth::error(eksauth::errc::http_timeout, "no answer").within(request.shown());
    };
    const eksauth::context limited = eksauth::with_time_limit(ctx, seconds(1));
    int made = 0;
    const auto got = eksauth::with_retries<eksauth::http_response>(limited, {}, [&]() -> eksauth::attempt<eksauth::http_response> {
        ++made;
        return {limited.http(sts_request()), eksauth::retry_advice::transient};
    });
    CHECK(told(got) == "EKS-TIME-LIMIT: the time limit of 1000 ms is over; under way was POST https://sts.us-west-2.amazonaws.com/: no answer");
    CHECK(made == 1);
    CHECK(world.elapsed <= milliseconds(1100));
}

TEST_CASE("time limit: a limit inside of a limit doesn't make it longer") {
    fake_world world{.replies = {eksauth::http_response{.status = 200}}};
    const eksauth::context outer = eksauth::with_time_limit(world.context(), seconds(1));
    const eksauth::context inner = eksauth::with_time_limit(outer, seconds(60));
    CHECK(told(inner.http(sts_request())) == "ok");
    REQUIRE(world.requests.size() == 1);
    CHECK(world.requests[0].limits.attempt == seconds(1));
    world.elapsed = seconds(1);
    CHECK(told(inner.http(sts_request())) == "EKS-TIME-LIMIT: the time limit of 1000 ms is over; next was POST https://sts.us-west-2.amazonaws.com/");
}

TEST_CASE("time limit: all else is the context's own") {
    fake_world world{.env = {{"A", "b"}}};
    const eksauth::context limited = eksauth::with_time_limit(world.context(), seconds(1));
    CHECK(limited.getenv("A") == "b");
    CHECK(limited.now() == example_time);
    limited.sleep(milliseconds(5));
    CHECK(world.pauses.size() == 1);
}

TEST_CASE("time limit: within it a folder is listed once, also where it is empty; another context lists it anew") {
    fake_world world{.files = {{"/d/a", ""}, {"/d/b", ""}}};
    eksauth::context ctx = world.context();
    std::vector<std::string> listed;
    ctx.list_folder = [&, list = ctx.list_folder](const std::string& path) {
        listed.push_back(path);
        return list(path);
    };
    const std::vector<std::string> names = {"a", "b"};
    for (int run = 0; run < 2; ++run) {
        const eksauth::context limited = eksauth::with_time_limit(ctx, seconds(60)), copy = limited;
        for (const auto& one : {limited, copy}) {
            CHECK(one.list_folder("/d") == names);
            CHECK(one.list_folder("/e").empty());
        }
    }
    CHECK(listed == std::vector<std::string>{"/d", "/e", "/d", "/e"});
}
