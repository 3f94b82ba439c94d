// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "support/catch_shim.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

static credbase::result<eks_plugin::options> options_of(const std::vector<std::string_view>& arguments) {
    const auto line = eks_plugin::read_command_line(arguments);
    if (!line) return line.error();
    return eks_plugin::read_options(*line);
}

/// What was read, or the error.
static std::string read(const std::vector<std::string_view>& arguments) {
    const auto got = options_of(arguments);
    if (!got) return std::string(got.error().code().word) + ": " + got.error().text();
    std::string text = std::string(got->verify_cluster ? " verify" : "") + (got->verbose ? " verbose" : "");
    if (got->cache) text += " cache=" + *got->cache;
    for (const auto& [name, lists] : {std::pair(" regions=", &got->regions), {" clusters=", &got->clusters}, {" roles=", &got->roles}})
        for (const auto& list : *lists) {
            text += name;
            for (const auto& pattern : list) text += pattern + "|";
        }
    for (const auto& [name, value] : {std::pair(" session=", got->session_name), {" id=", got->external_id}, {" cluster=", got->cluster},
                                      {" region=", got->region}, {" role=", got->role_arn}, {" profile=", got->profile}})
        if (!value.empty()) text += name + value;
    return text.empty() ? "none" : text.substr(1);
}

TEST_CASE("options: what is read and what is refused") {
    const std::string wrong = "EXEC-ARGUMENTS: ";
    struct row { std::vector<std::string_view> arguments; std::string outcome; };
    const row rows[] = {
        {{}, "none"},
        {{"--cache", "/var/cache/eks"}, "cache=/var/cache/eks"},
        {{"--cache=/a=b"}, "cache=/a=b"},
        {{"--cache"}, "cache="},
        {{"--cache", "--verbose"}, "verbose cache="},
        {{"--verify-cluster"}, "verify"},
        {{"--verify-cluster", "--verify-cluster"}, "verify"},
        {{"--allow-region", "eu-*,us-east-1", "--allow-cluster=shop"}, "regions=eu-*|us-east-1| clusters=shop|"},
        {{"--allow-cluster", "a", "--allow-cluster", "b"}, "clusters=a| clusters=b|"},
        {{"--allow-role-arn", "arn:aws:iam::*:role/hub-*", "-s", "hub", "-e", "x/1"}, "roles=arn:aws:iam::*:role/hub-*| session=hub id=x/1"},
        {{"token", "--cluster-name", "c", "--region", "r", "--role-arn", "a", "--profile", "p"}, "cluster=c region=r role=a profile=p"},
        {{"token", "-i", "c", "-r", "a", "-s", "s", "--cache"}, "cache= session=s cluster=c role=a"},
        {{"--region", "r", "eks", "get-token", "--cluster-name", "c", "--role", "a", "--output", "json"}, "cluster=c region=r role=a"},
        {{"--allow-region", "a", "token", "-i", "c", "--allow-region", "b"}, "regions=a| regions=b| cluster=c"},
        {{"--cache", "cache"}, wrong + "--cache: must be the absolute path of a folder, got \"cache\""},
        {{"--cache", "/a", "--cache", "/b"}, wrong + "--cache: is given twice"},
        {{"--cache", "/a", "token", "-i", "c", "--cache"}, wrong + "--cache: is given twice"},
        {{"--session-name", "a", "-s", "b"}, wrong + "--session-name: is given twice"},
        {{"--external-id", "a", "token", "-i", "c", "--external-id", "b"}, wrong + "--external-id: is given twice"},
        {{"token", "--cluster-name", "a", "--cluster-id", "b"}, wrong + "--cluster-name: is given twice"},
        {{"token", "--region", "r"}, wrong + "--region: needs --cluster-name"},
        {{"explain", "--profile", "p"}, wrong + "--profile: needs --cluster-name"},
        {{"whoami", "-r", "a"}, wrong + "--role-arn: needs --cluster-name"},
        {{"--allow-region", "a,,b"}, wrong + "--allow-region: must be patterns with commas between them, got \"a,,b\""},
        {{"--allow-region", "a,"}, wrong + "--allow-region: must be patterns with commas between them, got \"a,\""},
        {{"--allow-role-arn", ","}, wrong + "--allow-role-arn: must be patterns with commas between them, got \",\""},
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
    struct row { std::vector<std::string_view> arguments; std::string refusal, role = {}; };
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
        {{"--allow-role-arn", "arn:aws:iam::*:role/hub-*"}, "", "arn:aws:iam::111122223333:role/hub-a"},
        {{"--allow-role-arn", "arn:aws:iam::*:role/hub-*"}, ""},
        {{"--allow-role-arn", "arn:aws:iam::*:role/hub-*"}, refused + "role \"arn:aws:iam::111122223333:role/x\" is not allowed by --allow-role-arn",
         "arn:aws:iam::111122223333:role/x"},
        {{"--allow-role-arn", "none", "--allow-role-arn", "*"}, refused + "role \"r\" is not allowed by --allow-role-arn", "r"},
    };
    for (const row& r : rows) {
        const auto chosen = options_of(r.arguments);
        REQUIRE(chosen.has_value());
        const auto allowed = check_allowed(*chosen, {.cluster = "shop", .region = "eu-west-1"}, r.role);
        CHECK((allowed ? "" : std::string(allowed.error().code().word) + ": " + allowed.error().text()) == r.refusal);
    }
}
