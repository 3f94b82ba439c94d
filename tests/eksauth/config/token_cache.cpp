// SPDX-License-Identifier: Apache-2.0
#include <eksauth/config/token_cache.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <string>

TEST_CASE("token cache: a file that isn't an object is told by its path, never by its content") {
    struct row { const char* name; std::string content, outcome; };
    const std::string reading = "EKS-SOURCE-FAILED: reading /t: ";
    const row rows[] = {
        {"an object", R"({"a":"hush"})", "ok"},
        {"an array", R"(["hush"])", reading + "no JSON object"},
        {"no JSON", "{hush", reading + "no JSON: syntax error at byte 1"},
        {"cut short", R"({"a":"hush)", reading + "no JSON: incomplete JSON at byte 10"},
        {"too large", std::string(262145, ' '), "EKS-BAD-FILE: reading /t: too large"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.files = {{"/t", r.content}}};
        CHECK(told(eksauth::read_token_cache(world.context(), "/t")) == r.outcome);
    }
    fake_world world;
    CHECK(told(eksauth::read_token_cache(world.context(), "/t")) == reading + "no such file");
}

TEST_CASE("token cache: what is written keeps all members, and a failure is a warning") {
    fake_world world{.files = {{"/t", R"({"other":[1,"x"],"a":"b"})"}}};
    auto content = eksauth::read_token_cache(world.context(), "/t");
    REQUIRE(content.has_value());
    (*content)["a"] = "c\n";
    CHECK(eksauth::write_token_cache(world.context(), "/t", *content).empty());
    CHECK(world.files["/t"] == R"({"other":[1,"x"],"a":"c\n"})");
    world.read_only = true;
    CHECK(eksauth::write_token_cache(world.context(), "/t", *content) ==
          "the renewed token is used but can't be kept, so that a new login may be needed soon: writing /t: Read-only file system");
}

TEST_CASE("token cache: a number that can't be written again leaves the file as it is") {
    const std::string before = R"({"others":1e999,"a":"b"})";
    fake_world world{.files = {{"/t", before}}};
    auto content = eksauth::read_token_cache(world.context(), "/t");
    REQUIRE(content.has_value());
    CHECK(eksauth::write_token_cache(world.context(), "/t", *content) ==
          "the renewed token is used but can't be kept, so that a new login may be needed soon: writing /t: it has a number that can't be written");
    CHECK(world.files["/t"] == before);
}

TEST_CASE("token cache: times are RFC 3339, or what old tools wrote") {
    for (const char* good : {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05UTC", "2026-01-02T03:04:05+0000", "2026-01-02T04:04:05+01:00", "2026-01-02T03:04:05.9Z"}) {
        INFO(good);
        CHECK(eksauth::parse_cache_time(good) == example_time);
    }
    for (const char* bad : {"", "UTC", "2026-01-02 03:04:05", "2026-01-02T03:04:05", "2026-01-02T03:04:05ZUTC", "1767323045"}) {
        INFO(bad);
        CHECK_FALSE(eksauth::parse_cache_time(bad).has_value());
    }
}
