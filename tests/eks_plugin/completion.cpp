// SPDX-License-Identifier: Apache-2.0
#include "completion.hpp"

#include "support/catch_shim.hpp"

#include <cstddef>
#include <string>
#include <string_view>

using eks_plugin::detail::in_quotes;
using eks_plugin::detail::options_of;

static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("completion: quoted text, as the three shells read it alike") {
    CHECK(in_quotes("") == "''");
    CHECK(in_quotes("a $b `c`") == "'a $b `c`'");
    CHECK(in_quotes("the user's") == "'the user'\\''s'");
}

TEST_CASE("completion: each script has each command, option and choice of the table") {
    const std::string bash = eks_plugin::completion("bash"), zsh = eks_plugin::completion("zsh"), fish = eks_plugin::completion("fish");
    for (const eks_plugin::command_row& command : eks_plugin::commands) {
        const std::string name(command.name);
        INFO("command: " << name);
        const std::size_t start = bash.find("\n    " + (name.empty() ? "''" : name) + ")\n");
        REQUIRE(start != std::string::npos);
        const std::string in_bash = bash.substr(start, bash.find("esac ;;", start) - start);
        std::string names;
        const std::string at = "-n '__eks_aws_auth_plugin_at \"" + name + "\"";
        if (!name.empty()) {
            CHECK(has(zsh, "\n        " + name + ") _arguments"));
            CHECK(has(zsh, in_quotes(name + ":" + std::string(command.about))));
            CHECK(has(fish, " -a " + name + " -d " + in_quotes(command.about)));
        }
        for (const eks_plugin::option_row& row : options_of(command)) {
            INFO("option: " << row.names);
            const std::string choices(row.choices);
            if (!choices.empty()) {
                CHECK(has(in_bash, " words='" + choices + "'"));
                CHECK(has(zsh, ":" + std::string(row.name()) + ":(" + choices + ")'"));
                CHECK(has(fish, " -a '" + choices + "' -d " + in_quotes(row.about)));
            }
            if (!row.has_dashes()) continue;
            std::string in_fish;
            for (const std::string& one : row.spellings()) {
                names += (names.empty() ? "" : " ") + one;
                CHECK(has(zsh, "'*" + one + (one.starts_with("--") && !row.value.empty() ? "=[" : "[")));
                in_fish += one.starts_with("--") ? " -l " + one.substr(2) : " -s " + one.substr(1);
            }
            CHECK(has(fish, at + "'" + in_fish + " "));
        }
        CHECK(has(in_bash, "words='" + names + "'"));
    }
}

TEST_CASE("completion: the scripts are lines of ASCII, for the program's name") {
    for (const std::string_view shell : {"bash", "zsh", "fish"}) {
        const std::string script = eks_plugin::completion(shell);
        INFO(shell);
        CHECK(script.ends_with('\n'));
        CHECK(has(script.substr(0, script.find('\n')), "eks-aws-auth-plugin"));
        bool ascii = true;
        for (const char c : script) ascii = ascii && (c == '\n' || (c >= ' ' && c <= '~'));
        CHECK(ascii);
    }
}
