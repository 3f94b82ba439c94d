// SPDX-License-Identifier: Apache-2.0
// The command of a profile's credential_process.
#pragma once

#include "property.hpp"

#include <eksauth/base/command_line.hpp>

#include <string>
#include <string_view>

inline void fuzz_command_line(std::string_view input) {
    using fuzz::hold;
    const auto words = eksauth::split_command_line(input);
    if (!fuzz::hold_same_end(words, eksauth::split_command_line(input))) return;
    hold(!words->empty(), "there is a program");
    std::string in_double, in_single, escaped;
    for (const std::string& word : *words) {
        in_double += " \"", in_single += "\t'", escaped += "  ";
        for (const char c : word) {
            in_double.append(c == '"' || c == '\\' ? "\\" : "") += c;
            in_single.append(c == '\'' ? "'\\" : "").append(1, c).append(c == '\'' ? "'" : "");
            escaped.append("\\") += c;
        }
        in_double += "\"", in_single += "' ";
        if (word.empty()) escaped += "''";
    }
    for (const std::string& line : {in_double, in_single, escaped}) {
        const auto again = eksauth::split_command_line(line);
        hold(again && *again == *words, "words that were quoted and split again are the same", line);
    }
}
