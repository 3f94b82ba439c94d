// SPDX-License-Identifier: Apache-2.0
#include "command_help.hpp"

#include "support/catch_shim.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::vector<eks_plugin::option_row> options_of(const eks_plugin::command_row& command) {
    std::vector<eks_plugin::option_row> all(command.own.begin(), command.own.end());
    all.insert(all.end(), command.shared.begin(), command.shared.end());
    return all;
}

/// ASCII on one line, as each output takes it, and without what a shell or roff would need escaped in ways that are not there.
bool is_plain(std::string_view text) {
    for (const char c : text)
        if (c < ' ' || c > '~' || c == '\\' || c == '"') return false;
    return !text.empty();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the table of commands: each row can be parsed, and shown in help, manual and completions") {
    std::set<std::string_view> commands;
    for (const eks_plugin::command_row& command : eks_plugin::commands) {
        INFO("command: " << command.name);
        CHECK(commands.insert(command.name).second);
        CHECK(is_plain(command.about));
        std::set<std::string_view> names;
        std::size_t arguments = 0;
        for (const eks_plugin::option_row& row : options_of(command)) {
            INFO("option: " << row.names);
            CHECK(names.insert(row.name()).second);
            CHECK(is_plain(row.names));
            CHECK(is_plain(row.about));
            CHECK((row.choices.empty() || !row.value.empty()));
            if (row.has_dashes()) CHECK(row.names.substr(row.names.find_last_of(',') + 1).starts_with("--"));
            else ++arguments;
        }
        CHECK(arguments <= 1);
        CHECK(names.count("help") == 1);
    }
    CHECK(commands.count("") == 1);
}

TEST_CASE("help: each command's tells of it, of each of its options, and of no other command's, in lines of 120 columns") {
    for (const eks_plugin::command_row& command : eks_plugin::commands) {
        const std::string text = eks_plugin::help_text(command.name);
        INFO(text);
        std::string options;
        for (const eks_plugin::option_row& row : options_of(command))
            options += "  " + eks_plugin::shown(row) + "\n      " + eks_plugin::described(row) + "\n";
        CHECK(text.ends_with("\noptions:\n" + options));
        CHECK(has(text, "usage: " + eks_plugin::synopsis(command) + "\n"));
        CHECK(has(text, std::string(command.about)) == !command.name.empty());
        for (std::size_t start = 0; start < text.size();) {
            const std::size_t end = text.find('\n', start);
            REQUIRE(end != std::string::npos);
            CHECK(end - start <= 120);
            start = end + 1;
        }
    }
}

TEST_CASE("help: the program's own and the usage name each command") {
    const std::string usage = eks_plugin::usage_text(), text = eks_plugin::help_text();
    CHECK(has(text, usage));
    for (const eks_plugin::command_row& command : eks_plugin::commands) {
        CHECK(has(usage, " " + eks_plugin::synopsis(command) + "\n"));
        if (!command.name.empty()) CHECK(has(text, "\n  " + std::string(command.name) + " "));
    }
}

TEST_CASE("help: an option with its spellings, its value and its choices") {
    const eks_plugin::option_row option{"-o,--output", "FORMAT", "how it looks", "text json"},
        flag{"--call", "", "ask"}, file{"FILE", "FILE", "which"};
    CHECK(eks_plugin::shown(option) == "-o, --output FORMAT");
    CHECK(eks_plugin::described(option) == "how it looks: text, json");
    CHECK(eks_plugin::shown(flag) == "--call");
    CHECK(eks_plugin::described(flag) == "ask");
    CHECK(eks_plugin::shown(file) == "FILE");
    CHECK(eks_plugin::synopsis({"do", "", {&file, 1}}) == "eks-aws-auth-plugin do [OPTION...] [FILE]");
}
