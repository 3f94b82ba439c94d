// SPDX-License-Identifier: Apache-2.0
#include <eksauth/config/shared_config.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_CASE("shared config: variables and the home folder decide which files are read") {
    struct row {
        const char* name;
        std::map<std::string, std::string> env;
        std::optional<std::string> passwd_home;
        std::string config, credentials;
    };
    const row rows[] = {
        {"in HOME", {{"HOME", "/h"}}, "/p", "/h/.aws/config (absent)", "/h/.aws/credentials (absent)"},
        {"70 HOME is not set", {}, "/p", "/p/.aws/config (absent)", "/p/.aws/credentials (absent)"},
        {"70 HOME is empty", {{"HOME", ""}}, "/p", "/p/.aws/config (absent)", "/p/.aws/credentials (absent)"},
        {"70 no home at all", {}, std::nullopt, "(no home folder)", "(no home folder)"},
        {"both variables", {{"HOME", "/h"}, {"AWS_CONFIG_FILE", "/c"}, {"AWS_SHARED_CREDENTIALS_FILE", "k"}}, {}, "/c (absent)",
         "k (absent)"},
        {"empty variables", {{"HOME", "/h"}, {"AWS_CONFIG_FILE", ""}, {"AWS_SHARED_CREDENTIALS_FILE", ""}}, {},
         "/h/.aws/config (absent)", "/h/.aws/credentials (absent)"},
        {"69 a tilde with a path", {{"HOME", "/h"}, {"AWS_CONFIG_FILE", "~/a/b"}, {"AWS_SHARED_CREDENTIALS_FILE", "~/c"}}, {},
         "/h/a/b (absent)", "/h/c (absent)"},
        {"69 a tilde alone", {{"HOME", "/h"}, {"AWS_CONFIG_FILE", "~"}}, {}, "/h (absent)", "/h/.aws/credentials (absent)"},
        {"69 a tilde without a home", {{"AWS_CONFIG_FILE", "~/c"}, {"AWS_SHARED_CREDENTIALS_FILE", "/k"}}, {}, "(no home folder)",
         "/k (absent)"},
        {"another user's tilde and variables are literal",
         {{"HOME", "/h"}, {"AWS_CONFIG_FILE", "~u/c"}, {"AWS_SHARED_CREDENTIALS_FILE", "$HOME/c"}},
         {}, "~u/c (absent)", "$HOME/c (absent)"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env, .passwd_home = r.passwd_home};
        const auto files = eksauth::load_shared_config(world.context());
        REQUIRE(told(files) == "ok");
        CHECK(files->config.shown() == r.config);
        CHECK(files->credentials.shown() == r.credentials);
        CHECK_FALSE(files->config.found);
        CHECK(files->config.sections.empty());
    }
}

/// A home with both files.
static fake_world home() {
    return {.env = {{"HOME", "/h"}},
            .files = {{"/h/.aws/config", "[profile x]\nregion = us-east-1\n"},
                      {"/h/.aws/credentials", "[y]\naws_secret_access_key = hush\n"}}};
}

TEST_CASE("shared config: both files are parsed, and their sections outlive a move") {
    fake_world world = home();
    auto loaded = eksauth::load_shared_config(world.context());
    REQUIRE(told(loaded) == "ok");
    const eksauth::shared_config files = *std::move(loaded);
    CHECK(files.config.found);
    CHECK(files.config.shown() == "/h/.aws/config");
    REQUIRE(files.config.sections.size() == 1);
    CHECK(files.config.sections[0].type == "profile");
    CHECK(files.config.sections[0].name == "x");
    REQUIRE(files.credentials.sections.size() == 1);
    CHECK(files.credentials.sections[0].name == "y");
    CHECK(files.credentials.sections[0].properties.at(0).key == "aws_secret_access_key");
}

TEST_CASE("shared config: a file that can't be understood is an error with its path") {
    struct row { const char* name; std::string config, credentials, outcome; };
    const row rows[] = {
        {"61 config", "[x]\nhush", "", "EKS-BAD-FILE: /h/.aws/config: line 2: neither a section, nor key = value, nor a comment"},
        {"61 credentials", "", "hush = hush", "EKS-BAD-FILE: /h/.aws/credentials: line 1: key = value before any [section]"},
        {"71 a NUL byte", std::string("\0hush", 5), "", "EKS-BAD-FILE: /h/.aws/config: line 1: a NUL byte"},
        {"71 a byte over 1 MiB", "", std::string(1048577, '\n'), "EKS-BAD-FILE: reading /h/.aws/credentials: too large"},
        {"more than 20000 lines", std::string(20001, '\n'), "", "EKS-BAD-FILE: /h/.aws/config: line 20001: more than 20000 lines"},
        {"1 MiB", std::string("[x]\n#") + std::string(1048571, '-'), "", "ok"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", r.config}, {"/h/.aws/credentials", r.credentials}}};
        CHECK(told(eksauth::load_shared_config(world.context())) == r.outcome);
    }
}

TEST_CASE("shared config: each I/O step failed in turn ends in an error that names it") {
    fake_world whole = home();
    REQUIRE(told(eksauth::load_shared_config(whole.context())) == "ok");
    const std::vector<std::string> expected = {
        "EKS-BAD-FILE: reading /h/.aws/config: Input/output error",
        "EKS-BAD-FILE: reading /h/.aws/credentials: Input/output error",
    };
    REQUIRE(whole.steps == std::ssize(expected));
    for (int step = 0; step < whole.steps; ++step) {
        fake_world world = home();
        world.fail_at = step;
        CHECK(told(eksauth::load_shared_config(world.context())) == expected[static_cast<std::size_t>(step)]);
    }
}
