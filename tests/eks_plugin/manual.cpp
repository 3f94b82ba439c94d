// SPDX-License-Identifier: Apache-2.0
#include "manual.hpp"

#include "support/catch_shim.hpp"

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>

using eks_plugin::detail::roff;

TEST_CASE("manual page: text stays what it is") {
    struct row { std::string_view text, outcome; };
    const row rows[] = {
        {"a\\b", "a\\eb"},
        {"--call", "\\-\\-call"},
        {"`aws`", "\\(gaaws\\(ga"},
        {"~/.kube", "\\(ti/.kube"},
        {"a^b \"c\"", "a\\(hab \\(dqc\\(dq"},
        {".SH a\n'br\n.", "\\&.SH a\n\\&'br\n\\&."},
        {"a.b's", "a.b's"},
    };
    for (const row& r : rows) CHECK(roff(r.text) == r.outcome);
}

TEST_CASE("manual page: each command, and each option at its command, in lines that are text or a macro of man(7)") {
    const std::string page = eks_plugin::manual("1.2.3");
    const auto section = [&](const std::string& heading) {
        const std::size_t start = page.find(heading + "\n");
        REQUIRE(start != std::string::npos);
        return page.substr(start, page.find("\n.S", start + 1) - start);
    };
    const auto shows = [](const std::string& text, std::span<const eks_plugin::option_row> rows) {
        for (const eks_plugin::option_row& row : rows) {
            INFO(row.names);
            CHECK(text.find("\n.TP\n.B " + roff(shown(row)) + "\n" + roff(described(row)) + "\n") != std::string::npos);
        }
    };
    const std::string synopses = section(".SH SYNOPSIS") + "\n";
    for (const eks_plugin::command_row& command : eks_plugin::commands) {
        INFO(command.name);
        CHECK(synopses.find("\n.B " + roff(synopsis(command)) + "\n") != std::string::npos);
        const std::string text = section(command.name.empty() ? ".SH OPTIONS" : ".SS " + roff(command.name)) + "\n";
        shows(text, command.own);
        if (command.name.empty()) shows(text, command.shared);
        else CHECK((text.find("those of OPTIONS") != std::string::npos) == !command.shared.empty());
    }

    const std::set<std::string> macros{"TH", "SH", "SS", "TP", "PP", "B", "I", "BR", "br", "RS", "RE"};
    REQUIRE(page.back() == '\n');
    for (std::size_t start = 0; start < page.size();) {
        const std::string line = page.substr(start, page.find('\n', start) - start);
        INFO(line);
        CHECK_FALSE(line.empty());
        CHECK_FALSE(line.starts_with('\''));
        if (line.starts_with('.')) CHECK(macros.count(line.substr(1, line.find(' ') - 1)) == 1);
        start += line.size() + 1;
    }
}

TEST_CASE("manual page: its head has the version, and no date") {
    CHECK(eks_plugin::manual("1.2-rc").starts_with(".TH EKS\\-AWS\\-AUTH\\-PLUGIN 1 \"\" \"1.2\\-rc\" \"User Commands\"\n.SH NAME\n"));
}
