// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include "support/catch_shim.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Command and options as they were understood, or the error.
static std::string read(const std::vector<std::string_view>& arguments) {
    const auto line = eks_plugin::read_command_line(arguments);
    if (!line) return std::string(line.error().code().word) + ": " + line.error().text();
    std::string text = "[" + line->command + "]";
    for (const auto& one : line->options) text += " " + one.name + "=" + one.value;
    return text;
}

TEST_CASE("command line: what is understood and what is refused") {
    const std::string wrong = "EXEC-ARGUMENTS: ", unknown = wrong + "unknown argument ";
    struct row { std::vector<std::string_view> arguments; std::string outcome; };
    const row rows[] = {
        {{}, "[]"},
        {{"--cache", "/a"}, "[] cache=/a"},
        {{"--allow-region", "a", "--allow-region=b"}, "[] allow-region=a allow-region=b"},
            {{"--allow-region", "eks", "--allow-cluster", "eks", "get-token"}, unknown + "\"get-token\""},
        {{"--allow-cluster", "eks", "eks", "get-token", "-i", "c"}, "[token] cluster-name=c allow-cluster=eks"},
        {{"token", "--cluster-name", "eks", "--region", "r"}, "[token] cluster-name=eks region=r"},
        {{"--cache", "--verbose", "eks", "get-token", "-i", "c"}, "[token] cluster-name=c cache= verbose="},
        {{"-h"}, "[] help="},
        {{"--cache", "/a", "--help"}, "[] cache=/a help="},
        {{"token", "-i", "c1", "-r", "a"}, "[token] cluster-name=c1 role-arn=a"},
        {{"token", "-i=c1"}, "[token] cluster-name=c1"},
        {{"token", "-ic1"}, "[token] cluster-name=c1"},
        {{"token", "--cluster-id=c1", "--help"}, "[token] cluster-name=c1 help="},
        {{"--allow-region", "x", "token", "-i", "c", "--allow-region", "y"}, "[token] allow-region=x cluster-name=c allow-region=y"},
        {{"--region", "r", "--profile", "p", "eks", "get-token", "--cluster-name", "c"}, "[token] cluster-name=c region=r profile=p"},
        {{"eks", "get-token", "--cluster-name", "c", "--output", "json"}, "[token] cluster-name=c output=json"},
        {{"kubeconfig", "--in-place", "/a"}, "[kubeconfig] FILE=/a in-place="},
        {{"completion", "fish"}, "[completion] SHELL=fish"},
        {{"man"}, "[man]"},

        {{"--allow-region"}, wrong + "--allow-region: 1 required LIST missing"},
        // A value that is missing must not be the next option, which would be lost.
        {{"--allow-region="}, wrong + "--allow-region: its value is missing"},
        {{"--external-id=", "--allow-cluster=prod-*"}, wrong + "--external-id: its value is missing"},
        {{"--session-name", "--verify-cluster"}, wrong + "--session-name: its value is missing"},
        {{"--allow-cluster", "--cache"}, wrong + "--allow-cluster: its value is missing"},
        {{"--cache="}, wrong + "--cache: its value is missing"},
        {{"token", "--region=", "-i", "c"}, wrong + "--region: its value is missing"},
        {{"--allow-region", "a", "b"}, unknown + "\"b\""},
        {{"--cach", "/a"}, unknown + "\"--cach\""},
        {{"--allow", "/a"}, unknown + "\"--allow\""},
        {{"-v"}, unknown + "\"-v\""},
        {{""}, unknown + "\"\""},
        {{"Token"}, unknown + "\"Token\""},
        {{"--region", "r"}, unknown + "\"--region\""},
        {{"-i", "c"}, unknown + "\"-i\""},
        {{"eks"}, unknown + "\"eks\""},
        {{"eks", "list-clusters"}, unknown + "\"eks\""},
        {{"token", "whoami"}, unknown + "\"whoami\""},
        {{"token", "--call"}, unknown + "\"--call\""},
        {{"kubeconfig", "a", "b"}, unknown + "\"b\""},
        {{"\x1b[2J"}, unknown + "\"\\x1b[2J\""},
        {{"/token"}, unknown + "\"/token\""},
        {{"--no-verify-cluster"}, unknown + "\"--no-verify-cluster\""},
    };
    for (const row& r : rows) CHECK(read(r.arguments) == r.outcome);

    // Words of CLI11's own.
    for (const std::vector<std::string_view>& arguments : std::vector<std::vector<std::string_view>>{
             {"--verify-cluster=false"}, {"--verbose=no"}, {"token", "--output", "text"}, {"whoami", "--output", "yaml"}, {"completion", "ksh"}}) {
        INFO(arguments.back());
        CHECK(read(arguments).starts_with(wrong));
    }
}

TEST_CASE("command line: an option that is given once has its value, and none is missing") {
    const std::vector<std::string_view> arguments{"--session-name", "a", "token", "-i", "c"};
    const auto line = eks_plugin::read_command_line(arguments);
    REQUIRE(line.has_value());
    CHECK(line->one("session-name").value() == "a");
    CHECK(line->one("region").value() == "");
    CHECK(line->has("cluster-name"));
    CHECK_FALSE(line->has("region"));
    const eks_plugin::command_line twice{.options = {{"region", "a"}, {"region", "a"}, {"profile", ""}, {"FILE", "a"}, {"FILE", "b"}}};
    CHECK(twice.one("region").error().text() == "--region: is given twice");
    CHECK(twice.one("profile").error().text() == "--profile: its value is missing");
    CHECK(twice.one("FILE").error().text() == "FILE: is given twice");
    CHECK(twice.all("region") == std::vector<std::string>{"a", "a"});
}
