// SPDX-License-Identifier: Apache-2.0
#include <eksauth/config/call_settings.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <optional>
#include <string>
#include <utility>

/// A world with AWS_X as given, and profile `p` of a config file as given.
struct settings {
    fake_world world;
    eksauth::context ctx;
    eksauth::shared_config files;
    eksauth::profile selected;

    settings(const std::optional<std::string>& variable, const std::string& config)
        : world{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", config}}},
          ctx(world.context()),
          files(loaded()),
          selected(files, "p") {
        if (variable) world.env["AWS_X"] = *variable;
    }

private:
    eksauth::shared_config loaded() const {
        auto got = eksauth::load_shared_config(ctx);
        REQUIRE(told(got) == "ok");
        return *std::move(got);
    }
};

TEST_CASE("call settings: the variable counts before the profile's key") {
    struct row { const char* name; std::optional<std::string> variable; std::string config, outcome; };
    const row rows[] = {
        {"neither", {}, "[profile p]\n", "nothing"},
        {"the variable", "v", "", "v in AWS_X"},
        {"the key", {}, "[profile p]\nx = k\n", "k in /h/.aws/config line 2"},
        {"both", "v", "[profile p]\nx = k\n", "v in AWS_X"},
        {"an empty variable doesn't hide the key", "", "[profile p]\nx = k\n", "k in /h/.aws/config line 2"},
        {"an empty key", {}, "[profile p]\nx =\n", "nothing"},
        {"another profile's key", {}, "[default]\nx = k\n[profile q]\nx = k\n", "nothing"},
        {"quotes are taken off the key's value", {}, "[profile p]\nX = \"k k\"\n", "k k in /h/.aws/config line 2"},
        {"the variable is taken as it is", "\" v \"", "", "\" v \" in AWS_X"},
        {"several lines", {}, "[profile p]\nx = k\n  more\n", "EKS-BAD-FILE: /h/.aws/config line 2: x goes on over several lines"},
        {"several lines below a variable don't matter", "v", "[profile p]\nx = k\n  more\n", "v in AWS_X"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const settings given(r.variable, r.config);
        const auto got = eksauth::find_setting(given.ctx, &given.selected, "AWS_X", "x");
        CHECK((got ? (*got ? (*got)->text + " in " + (*got)->place : "nothing") : told(got)) == r.outcome);
    }
}

TEST_CASE("call settings: without a profile only the variable counts") {
    const settings given("v", "[profile p]\nx = k\ny = k\n");
    const auto set = eksauth::find_setting(given.ctx, nullptr, "AWS_X", "x"), unset = eksauth::find_setting(given.ctx, nullptr, "AWS_Y", "y");
    REQUIRE(set.has_value());
    REQUIRE(set->has_value());
    CHECK((*set)->text == "v");
    REQUIRE(unset.has_value());
    CHECK_FALSE(unset->has_value());
}

TEST_CASE("call settings: a switch is true or false, or an error with its place") {
    struct row { const char* name; std::optional<std::string> variable; std::string config, outcome; };
    const row rows[] = {
        {"neither", {}, "", "false"},
        {"true", "true", "", "true"},
        {"false", "false", "", "false"},
        {"mixed case", "tRuE", "", "true"},
        {"upper case", "FALSE", "", "false"},
        {"the key", {}, "[profile p]\nx = True\n", "true"},
        {"the variable switches off what the key switches on", "false", "[profile p]\nx = true\n", "false"},
        {"37 yes", "yes", "", "EKS-SETTING: AWS_X: x must be true or false, got \"yes\""},
        {"37 yes in the profile", {}, "[profile p]\n\nx = yes\n", "EKS-SETTING: /h/.aws/config line 3: x must be true or false, got \"yes\""},
        {"1", "1", "", "EKS-SETTING: AWS_X: x must be true or false, got \"1\""},
        {"a blank behind it", "true ", "", "EKS-SETTING: AWS_X: x must be true or false, got \"true \""},
        {"a control character is escaped", "a\x1B[2J", "", "EKS-SETTING: AWS_X: x must be true or false, got \"a\\x1b[2J\""},
        {"several lines", {}, "[profile p]\nx = true\n  more\n", "EKS-BAD-FILE: /h/.aws/config line 2: x goes on over several lines"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const settings given(r.variable, r.config);
        const auto got = eksauth::find_switch(given.ctx, &given.selected, "AWS_X", "x");
        CHECK((got ? (*got ? "true" : "false") : told(got)) == r.outcome);
    }
}

TEST_CASE("call settings: a number is in its range, or an error with its place") {
    const std::string refused = "EKS-SETTING: AWS_X: x must be a number from 1 to 10, got ";
    struct row { const char* name; std::optional<std::string> variable; std::string config, outcome; };
    const row rows[] = {
        {"neither", {}, "", "3"},
        {"140 the lowest", "1", "", "1"},
        {"the highest", "10", "", "10"},
        {"a plus", "+2", "", "2"},
        {"zeros before it", "007", "", "7"},
        {"the key", {}, "[profile p]\nx = 5\n", "5"},
        {"the variable before the key", "2", "[profile p]\nx = 5\n", "2"},
        {"140 zero", "0", "", refused + "\"0\""},
        {"140 no number", "x", "", refused + "\"x\""},
        {"140 no number in the profile", {}, "[profile p]\nx = y\n",
         "EKS-SETTING: /h/.aws/config line 2: x must be a number from 1 to 10, got \"y\""},
        {"above the range", "11", "", refused + "\"11\""},
        {"negative", "-1", "", refused + "\"-1\""},
        {"a plus alone", "+", "", refused + "\"+\""},
        {"two signs", "++1", "", refused + "\"++1\""},
        {"a fraction", "1.5", "", refused + "\"1.5\""},
        {"an exponent", "1e1", "", refused + "\"1e1\""},
        {"hexadecimal", "0x1", "", refused + "\"0x1\""},
        {"a blank before it", " 1", "", refused + "\" 1\""},
        {"text behind it", "1x", "", refused + "\"1x\""},
        {"a number that no int holds", "4294967297", "", refused + "\"4294967297\""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const settings given(r.variable, r.config);
        const auto got = eksauth::find_number(given.ctx, &given.selected, "AWS_X", "x", 1, 10, 3);
        CHECK((got ? std::to_string(*got) : told(got)) == r.outcome);
    }
}
