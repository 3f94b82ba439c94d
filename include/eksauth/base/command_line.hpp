// SPDX-License-Identifier: Apache-2.0
// A command written as one line, taken apart without a shell.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/base/errors.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eksauth {

/// The words of a command line.
///
/// Words end at spaces and tabs; `'...'` is literal; in `"..."` a backslash escapes `"` and `\`; outside of quotes it
/// escapes any byte. Nothing else has a meaning: no `$`, `~`, `*`, `|`, `;`. Quotes without anything in them are a word.
/// Error: no word at all, a quote that isn't closed, a backslash at the end, a control character other than tab.
/// Source: as botocore's `compat_shell_split`; aws-sdk-go-v2 hands the line to `sh -c`.
inline result<std::vector<std::string>> split_command_line(std::string_view line) {
    for (std::size_t at = 0; at < line.size(); ++at)
        if (const auto byte = static_cast<unsigned char>(line[at]); (byte < 0x20 && byte != '\t') || byte == 0x7F)
            return error(errc::bad_setting, "control character " + credbase::hex_byte(line[at]) + " at offset " + std::to_string(at));
    std::vector<std::string> words;
    std::optional<std::string> word;  // the one under way
    char quote = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (quote == 0 && (c == ' ' || c == '\t')) {
            if (word) words.push_back(*word);
            word.reset();
            continue;
        }
        if (!word) word.emplace();
        const std::string_view next = line.substr(at + 1, 1);
        if (quote == 0 && c == '\\' && next.empty()) return error(errc::bad_setting, "a backslash at the end escapes nothing");
        if (c == '\\' && (quote == 0 || (quote == '"' && (next == "\"" || next == "\\")))) *word += line[++at];
        else if (quote == 0 && (c == '"' || c == '\'')) quote = c;
        else if (quote != 0 && c == quote) quote = 0;
        else *word += c;
    }
    if (quote != 0) return error(errc::bad_setting, std::string("a ") + quote + " isn't closed");
    if (word) words.push_back(*word);
    if (words.empty()) return error(errc::bad_setting, "no program is named");
    return words;
}

}  // namespace eksauth
