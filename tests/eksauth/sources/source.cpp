// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/source.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <string>
#include <vector>

TEST_CASE("source: only a source that is not configured moves on to the next") {
    const eksauth::outcome none_a = eksauth::not_configured{"a is not set"}, none_b = eksauth::not_configured{"b is not set"};
    const eksauth::outcome broken = eksauth::error(eksauth::errc::bad_file, "cut short").within("reading /f");
    const eksauth::outcome keys = eksauth::credentials{"AKID", credbase::secret_string(hush_secret)};
    const eksauth::outcome other = eksauth::credentials{"OTHER", credbase::secret_string(hush_secret)};
    struct row { const char* name; std::vector<eksauth::outcome> outcomes; std::string outcome; int asked; };
    const row rows[] = {
        {"the first has credentials", {keys, other}, "credentials: AKID", 1},
        {"the first is not configured", {none_a, keys, other}, "credentials: AKID", 2},
        {"the first fails", {broken, keys}, "failed: s1: reading /f: cut short", 1},
        {"the second fails", {none_a, broken, keys}, "failed: s2: reading /f: cut short", 2},
        {"the last fails", {none_a, none_b, broken}, "failed: s3: reading /f: cut short", 3},
        {"none is configured", {none_a, none_b}, "failed: no AWS credentials found; tried s1: a is not set; s2: b is not set", 2},
    };
    for (const row& r : rows) {
        INFO(r.name);
        int asked = 0;
        std::vector<eksauth::source> chain;
        for (const auto& one : r.outcomes)
            chain.push_back({"s" + std::to_string(chain.size() + 1), [&asked, one](const eksauth::context&) {
                                 ++asked;
                                 return one;
                             }});
        CHECK(without_secrets(describe(first_of(chain, eksauth::context{}))) == r.outcome);
        CHECK(asked == r.asked);
    }
}

TEST_CASE("source: a failure keeps its code, and an unconfigured chain has one of its own") {
    const auto code_of = [](const eksauth::outcome& one) {
        const auto got = eksauth::first_of({{"s", [&](const eksauth::context&) { return one; }}}, eksauth::context{});
        REQUIRE_FALSE(got.has_value());
        return got.error().code().word;
    };
    CHECK(code_of(eksauth::error(eksauth::errc::bad_profile, "x")) == "EKS-BAD-PROFILE");
    CHECK(code_of(eksauth::not_configured{"x"}) == "EKS-NO-CREDENTIALS");
}

TEST_CASE("source: each source sees the context that the chain was given") {
    fake_world world{.env = {{"NAME", "value"}}};
    std::string seen;
    const eksauth::source one{"s", [&](const eksauth::context& ctx) -> eksauth::outcome {
                                  seen = eksauth::environment_value(ctx, "NAME").value_or("");
                                  return eksauth::not_configured{""};
                              }};
    CHECK_FALSE(first_of({one}, world.context()).has_value());
    CHECK(seen == "value");
}
