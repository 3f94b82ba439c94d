// SPDX-License-Identifier: Apache-2.0
#include <eksauth/net/aws_clock.hpp>

#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using std::chrono::seconds;

/// An answer with these headers.
static eksauth::http_response answer(const std::vector<std::pair<std::string, std::string>>& headers) {
    eksauth::http_response made{.status = 403};
    for (const auto& [name, value] : headers) made.headers.push_back({name, credbase::secret_string(value)});
    return made;
}
static eksauth::http_response dated(const std::string& time) { return answer({{"date", "Fri, 02 Jan 2026 " + time + " GMT"}}); }

TEST_CASE("aws clock: an answer's Date against the middle of its call") {
    const auto sent = example_time, received = example_time + seconds(4);
    CHECK(measured_offset(dated("03:04:07"), sent, received) == seconds(0));
    CHECK(measured_offset(dated("03:14:07"), sent, received) == seconds(600));
    CHECK(measured_offset(dated("02:54:07"), sent, received) == seconds(-600));
    CHECK_FALSE(measured_offset(answer({}), sent, received).has_value());
    CHECK_FALSE(measured_offset(answer({{"Date", "yesterday"}}), sent, received).has_value());
    CHECK_FALSE(measured_offset(answer({{"Date", "Fri, 02 Jan 2026 03:14:07 GMT"}, {"age", "7"}}), sent, received).has_value());
}

TEST_CASE("aws clock: answers that are more than four minutes from what was known change it") {
    struct row { const char* name; std::vector<std::string> times; int offset; };
    const row rows[] = {
        {"no answer", {}, 0},
        {"four minutes", {"03:08:05"}, 0},
        {"a second more", {"03:08:06"}, 241},
        {"behind", {"03:00:04"}, -241},
        {"a second answer near the first", {"03:14:05", "03:12:05"}, 600},
        {"a second answer far from it", {"03:14:05", "03:10:04"}, 359},
        {"and back again", {"03:14:05", "03:04:05"}, 0},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world;
        for (const std::string& time : r.times) world.replies.emplace_back(dated(time));
        const eksauth::context ctx = with_aws_clock(world.context());
        for (const std::string& time : r.times) CHECK(ctx.http({.scheme = "http", .host = time}).has_value());
        CHECK(ctx.clock_offset() == seconds(r.offset));
    }
}

TEST_CASE("aws clock: what it starts from, and what leaves it alone") {
    fake_world world{.replies = {dated("03:14:05"), eksauth::error(eksauth::errc::http_cut, "reset")}};
    eksauth::context ctx = world.context();
    ctx.clock_offset = [] { return seconds(610); };
    const eksauth::context corrected = with_aws_clock(ctx);
    CHECK(corrected.clock_offset() == seconds(610));
    CHECK(corrected.http({}).has_value());
    CHECK_FALSE(corrected.http({}).has_value());
    CHECK(corrected.clock_offset() == seconds(610));

    fake_world off{.env = {{"AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true"}}, .replies = {dated("03:14:05")}};
    const eksauth::context unchanged = with_aws_clock(off.context());
    CHECK(unchanged.http({}).has_value());
    CHECK(unchanged.clock_offset() == seconds(0));
}
