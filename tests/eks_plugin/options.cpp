// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "support/catch_shim.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What was read, or the error.
static std::string read(const std::vector<std::string_view>& arguments) {
    const auto got = eks_plugin::read_options(arguments);
    if (!got) return std::string(got.error().code().word) + ": " + got.error().text();
    std::string text = "cache=" + got->cache + (got->verify_cluster ? " verify" : "");
    for (const auto& [name, lists] : {std::pair(" regions=", &got->regions), std::pair(" clusters=", &got->clusters)})
        for (const auto& list : *lists) {
            text += name;
            for (const auto& pattern : list) text += pattern + "|";
        }
    return text;
}

TEST_CASE("options: what is read and what is refused") {
    const std::string wrong = "EXEC-ARGUMENTS: ";
    struct row { std::vector<std::string_view> arguments; std::string outcome; };
    const row rows[] = {
        {{}, "cache="},
        {{"--cache", "/var/cache/eks"}, "cache=/var/cache/eks"},
        {{"--cache=/a=b"}, "cache=/a=b"},
        {{"--verify-cluster"}, "cache= verify"},
        {{"--verify-cluster", "--verify-cluster"}, "cache= verify"},
        {{"--allow-region", "eu-*,us-east-1", "--allow-cluster=shop"}, "cache= regions=eu-*|us-east-1| clusters=shop|"},
        {{"--allow-cluster", "a", "--allow-cluster", "b"}, "cache= clusters=a| clusters=b|"},
        {{"--allow-cluster", "--cache"}, "cache= clusters=--cache|"},
        {{"--cache"}, wrong + "--cache: its value is missing"},
        {{"--cache="}, wrong + "--cache: must be the absolute path of a folder, got \"\""},
        {{"--cache", "cache"}, wrong + "--cache: must be the absolute path of a folder, got \"cache\""},
        {{"--cache", "/a", "--cache", "/b"}, wrong + "--cache: is given twice"},
        {{"--allow-region"}, wrong + "--allow-region: its value is missing"},
        {{"--allow-region", ""}, wrong + "--allow-region: must be patterns with commas between them, got \"\""},
        {{"--allow-region", "a,,b"}, wrong + "--allow-region: must be patterns with commas between them, got \"a,,b\""},
        {{"--allow-region", "a,"}, wrong + "--allow-region: must be patterns with commas between them, got \"a,\""},
        {{"--verify-cluster=yes"}, wrong + "unknown argument \"--verify-cluster=yes\""},
        {{"--cach", "/a"}, wrong + "unknown argument \"--cach\""},
        {{"-v"}, wrong + "unknown argument \"-v\""},
        {{"token"}, wrong + "unknown argument \"token\""},
        {{""}, wrong + "unknown argument \"\""},
        {{"--cache", "/a", "--help"}, wrong + "unknown argument \"--help\""},
        {{"\x1b[2J"}, wrong + "unknown argument \"\\x1b[2J\""},
    };
    for (const row& r : rows) CHECK(read(r.arguments) == r.outcome);
}

TEST_CASE("options: a pattern is for all of the text, and a star for any part of it") {
    using eks_plugin::detail::matches;
    for (const auto& [pattern, text] : std::vector<std::pair<std::string, std::string>>{
             {"shop", "shop"}, {"*", ""}, {"*", "shop"}, {"shop*", "shop"}, {"shop-*", "shop-eu"}, {"*-eu", "shop-eu"}, {"s*p-*u", "shop-eu"},
             {"*a*a*", "aa"}, {"a*b*c", "a-b-b-c"}, {"**", "x"}, {"", ""}, {"a*ab", "aab"}, {"*.*", "a.b"}})
        CHECK(matches(pattern, text));
    for (const auto& [pattern, text] : std::vector<std::pair<std::string, std::string>>{
             {"shop", "shops"}, {"shop", "sho"}, {"shop", "Shop"}, {"", "x"}, {"shop-*", "shop"}, {"*-eu", "shop-eu2"}, {"a*b*c", "a-c-b"},
             {"*a*a*", "a"}, {"sh?p", "shop"}, {"[s]hop", "shop"}, {"a*ab", "ab"}})
        CHECK_FALSE(matches(pattern, text));
    CHECK_FALSE(matches(std::string("*a*a*a*a*a*a*a*a*a*a*b"), std::string(100000, 'a')));  // in time that grows with the text
}

TEST_CASE("options: each list that is given must allow the cluster") {
    struct row { std::vector<std::string_view> arguments; std::string refusal; };
    const std::string refused = "EXEC-BAD-CONFIG: ", region = "region \"eu-west-1\" is not allowed by --allow-region",
                      cluster = "cluster \"shop\" is not allowed by --allow-cluster";
    const row rows[] = {
        {{}, ""},
        {{"--allow-region", "us-*,eu-*"}, ""},
        {{"--allow-region", "us-*"}, refused + region},
        {{"--allow-region", "eu-*", "--allow-region", "us-*"}, refused + region},  // a second one opens nothing
        {{"--allow-cluster", "shop,records"}, ""},
        {{"--allow-cluster", "records"}, refused + cluster},
        {{"--allow-cluster", "shop", "--allow-cluster", "records"}, refused + cluster},
        {{"--allow-cluster", "*", "--allow-region", "us-*"}, refused + region},
    };
    for (const row& r : rows) {
        const auto chosen = eks_plugin::read_options(r.arguments);
        REQUIRE(chosen.has_value());
        const auto allowed = check_allowed(*chosen, {.cluster = "shop", .region = "eu-west-1"});
        CHECK((allowed ? "" : std::string(allowed.error().code().word) + ": " + allowed.error().text()) == r.refusal);
    }
}
