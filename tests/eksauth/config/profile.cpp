// SPDX-License-Identifier: Apache-2.0
#include <eksauth/config/profile.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <map>
#include <string>
#include <utility>

/// Both files as they are read from a home in `/h`.
static eksauth::shared_config files_of(const std::string& config, const std::string& credentials) {
    fake_world world{.env = {{"HOME", "/h"}}};
    if (!config.empty()) world.files["/h/.aws/config"] = config;
    if (!credentials.empty()) world.files["/h/.aws/credentials"] = credentials;
    auto files = eksauth::load_shared_config(world.context());
    REQUIRE(told(files) == "ok");
    return *std::move(files);
}

TEST_CASE("profile: the caller, then AWS_PROFILE, then AWS_DEFAULT_PROFILE choose it") {
    struct row { const char* name; std::map<std::string, std::string> env; std::string argument, outcome; };
    const row rows[] = {
        {"nobody", {}, "", "default, implied"},
        {"the caller", {{"AWS_PROFILE", "a"}, {"AWS_DEFAULT_PROFILE", "b"}}, "c", "c by the caller"},
        {"the caller asks for default", {{"AWS_PROFILE", "a"}}, "default", "default by the caller"},
        {"AWS_PROFILE", {{"AWS_PROFILE", "a"}}, "", "a by AWS_PROFILE"},
        {"AWS_DEFAULT_PROFILE", {{"AWS_DEFAULT_PROFILE", "b"}}, "", "b by AWS_DEFAULT_PROFILE"},
        {"67 AWS_PROFILE is empty", {{"AWS_PROFILE", ""}, {"AWS_DEFAULT_PROFILE", "x"}}, "", "x by AWS_DEFAULT_PROFILE"},
        {"68 both", {{"AWS_PROFILE", "a"}, {"AWS_DEFAULT_PROFILE", "b"}}, "", "a by AWS_PROFILE"},
        {"both are empty", {{"AWS_PROFILE", ""}, {"AWS_DEFAULT_PROFILE", ""}}, "", "default, implied"},
        {"nothing is trimmed", {{"AWS_PROFILE", " a "}}, "", " a  by AWS_PROFILE"},
        {"a control character", {{"AWS_PROFILE", "a\nb"}}, "",
         "EKS-NO-PROFILE: the profile's name \"a\\nb\" (from AWS_PROFILE) has a control character"},
        {"DEL", {}, "a\x7F", "EKS-NO-PROFILE: the profile's name \"a\\x7f\" (from the caller) has a control character"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env};
        const auto got = eksauth::select_profile(world.context(), r.argument);
        CHECK((got ? got->name + (got->chosen_by.empty() ? ", implied" : " by " + got->chosen_by) : told(got)) == r.outcome);
        CHECK(world.steps == 0);
    }
}

TEST_CASE("profile: where it may stand, and what a missing one means") {
    const std::string missing = "EKS-NO-PROFILE: profile \"x\" (from AWS_PROFILE) not found in ";
    struct row { const char* name; std::string config, credentials; eksauth::profile_selection selection; std::string outcome; };
    const row rows[] = {
        {"in config", "[profile x]\n", "", {"x", "AWS_PROFILE"}, "found"},
        {"in credentials", "", "[x]\n", {"x", "AWS_PROFILE"}, "found"},
        {"quoted", "[profile 'x y']\n", "", {"x y", "AWS_PROFILE"}, "found"},
        {"default in config, bare", "[default]\n", "", {"default", ""}, "found"},
        {"default in config, typed", "[profile default]\n", "", {"default", ""}, "found"},
        {"default in credentials", "", "[default]\n", {"default", ""}, "found"},
        {"the implied default is in neither", "[profile x]\n", "[x]\n", {"default", ""}, "nothing"},
        {"no files at all", "", "", {"default", ""}, "nothing"},
        {"default in upper case is another name", "[DEFAULT]\n", "", {"default", ""}, "nothing"},
        {"default by a variable is in neither", "[profile x]\n", "[x]\n", {"default", "AWS_PROFILE"},
         "EKS-NO-PROFILE: profile \"default\" (from AWS_PROFILE) not found in /h/.aws/config or /h/.aws/credentials"},
        {"66 no such profile", "[profile y]\n", "[y]\n", {"x", "AWS_PROFILE"}, missing + "/h/.aws/config or /h/.aws/credentials"},
        {"66 no files", "", "", {"x", "AWS_DEFAULT_PROFILE"},
         "EKS-NO-PROFILE: profile \"x\" (from AWS_DEFAULT_PROFILE) not found in /h/.aws/config (absent) or /h/.aws/credentials (absent)"},
        {"52 typed in credentials only", "", "[profile x]\n", {"x", "AWS_PROFILE"},
         missing + "/h/.aws/config (absent) or /h/.aws/credentials"},
        {"53 bare in config only", "[y]\n[x]\n", "", {"x", "AWS_PROFILE"},
         missing + "/h/.aws/config or /h/.aws/credentials (absent); did you mean [profile x] in line 2 of /h/.aws/config?"},
        {"names keep their case", "[profile X]\n", "[X]\n", {"x", "AWS_PROFILE"}, missing + "/h/.aws/config or /h/.aws/credentials"},
        {"another type in config", "[sso-session x]\n[services x]\n", "", {"x", "AWS_PROFILE"},
         missing + "/h/.aws/config or /h/.aws/credentials (absent)"},
        {"typed default in credentials", "", "[profile default]\n", {"default", ""}, "nothing"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const eksauth::shared_config files = files_of(r.config, r.credentials);
        const auto got = eksauth::find_profile(files, r.selection);
        CHECK((got ? (got->has_value() ? "found" : "nothing") : told(got)) == r.outcome);
    }
}

TEST_CASE("profile: of several values of a key one counts") {
    struct row { const char* name; std::string config, credentials, profile, value; };
    const row rows[] = {
        {"in config", "[profile x]\nregion = a\n", "", "x", "a in /h/.aws/config line 2"},
        {"in credentials", "", "[x]\n\nregion = b\n", "x", "b in /h/.aws/credentials line 3"},
        {"65 in both", "[profile x]\nregion = a\n", "[x]\nregion = b\n", "x", "b in /h/.aws/credentials line 2"},
        {"in neither", "[profile x]\n", "[x]\n", "x", "absent"},
        {"only in another profile", "[profile x]\n[profile y]\nregion = a\n", "[z]\nregion = b\n", "x", "absent"},
        {"55 a section that occurs twice", "[profile x]\nregion = a\n[profile x]\nregion = b\n", "", "x", "b in /h/.aws/config line 4"},
        {"55 the second section lacks the key", "[profile x]\nregion = a\n[profile x]\noutput = b\n", "", "x",
         "a in /h/.aws/config line 2"},
        {"56 a key that occurs twice", "[profile x]\nregion = a\nregion = b\n", "", "x", "b in /h/.aws/config line 3"},
        {"60 a key in upper case", "[profile x]\nREGION = a\nRegion = b\n", "", "x", "b in /h/.aws/config line 3"},
        {"a longer key", "[profile x]\nregions = a\n", "", "x", "absent"},
        {"54 [profile default] after [default]", "[default]\nregion = a\n[profile default]\nregion = b\n", "", "default",
         "b in /h/.aws/config line 4"},
        {"54 [profile default] before [default]", "[profile default]\nregion = b\n[default]\nregion = a\n", "", "default",
         "b in /h/.aws/config line 2"},
        {"54 [default] is dropped whole", "[default]\nregion = a\n[profile default]\noutput = b\n", "", "default", "absent"},
        {"an empty value doesn't hide the config file's", "[profile x]\nregion = a\n", "[x]\nregion =\n", "x",
         "a in /h/.aws/config line 2"},
        {"empty quotes neither", "[profile x]\nregion = a\n", "[x]\nregion = \"\"\n", "x", "a in /h/.aws/config line 2"},
        {"a later empty value takes back an earlier one", "[profile x]\nregion = a\nregion =\n", "", "x", "absent"},
        {"nested properties are a value", "[profile x]\nregion =\n  a = b\n", "", "x", " in /h/.aws/config line 2"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const eksauth::shared_config files = files_of(r.config, r.credentials);
        const eksauth::profile profile(files, r.profile);
        const auto found = profile.find("region");
        CHECK((found ? std::string(found.found->value) + " in " + found.place() : "absent") == r.value);
    }
}

TEST_CASE("profile: one file can be asked alone") {
    const eksauth::shared_config files = files_of("[profile x]\nregion = a\n", "[x]\nregion = b\n[y]\n");
    const eksauth::profile profile(files, "x");
    CHECK(profile.name() == "x");
    CHECK(profile.exists());
    CHECK_FALSE(eksauth::profile(files, "z").exists());
    CHECK(profile.find_in(files.config, "region").found->value == "a");
    CHECK(profile.find_in(files.credentials, "region").found->value == "b");
    CHECK_FALSE(profile.find_in(files.credentials, "output"));
}

TEST_CASE("profile: a key that asks for a source is refused without a value") {
    struct row { const char* name; std::string config, credentials, outcome; };
    const row rows[] = {
        {"absent", "[profile x]\na = b\n", "", "absent"},
        {"in config", "[profile x]\nrole_arn = r\n", "", "r in /h/.aws/config line 2"},
        {"in both", "[profile x]\nrole_arn = r\n", "[x]\nrole_arn = s\n", "s in /h/.aws/credentials line 2"},
        {"72 empty", "[profile x]\nrole_arn =\n", "", "EKS-BAD-PROFILE: /h/.aws/config line 2: role_arn is empty"},
        {"72 only a comment", "[profile x]\nrole_arn = # none\n", "", "EKS-BAD-PROFILE: /h/.aws/config line 2: role_arn is empty"},
        {"72 empty quotes", "[profile x]\nrole_arn = ''\n", "", "EKS-BAD-PROFILE: /h/.aws/config line 2: role_arn is empty"},
        {"72 empty in upper case", "", "[x]\nROLE_ARN =\n", "EKS-BAD-PROFILE: /h/.aws/credentials line 2: role_arn is empty"},
        {"empty in credentials, set in config", "[profile x]\nrole_arn = r\n", "[x]\nrole_arn =\n",
         "EKS-BAD-PROFILE: /h/.aws/credentials line 2: role_arn is empty"},
        {"nested properties are no value", "[profile x]\nrole_arn =\n  a = b\n", "",
         "EKS-BAD-PROFILE: /h/.aws/config line 2: role_arn is empty"},
        {"a later value", "[profile x]\nrole_arn =\nrole_arn = r\n", "", "r in /h/.aws/config line 3"},
        {"several lines", "[profile x]\nrole_arn = r\n  more\n", "",
         "EKS-BAD-PROFILE: /h/.aws/config line 2: role_arn goes on over several lines"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const eksauth::shared_config files = files_of(r.config, r.credentials);
        const auto got = eksauth::profile(files, "x").trigger("role_arn");
        CHECK((!got ? told(got) : *got ? std::string(got->found->value) + " in " + got->place() : "absent") == r.outcome);
    }
}
