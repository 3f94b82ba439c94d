// SPDX-License-Identifier: Apache-2.0
// What is done to the words of others before people see them. The input's first line is a secret; what follows has it, or not.
#pragma once

#include "parts.hpp"
#include "property.hpp"

#include <credbase/plain_text.hpp>
#include <credbase/redact.hpp>
#include <credbase/utf8.hpp>
#include <credplugin/host/plugin_words.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

inline void fuzz_text(std::string_view input) {
    using fuzz::hold;
    const std::string_view first = fuzz::line_of(input, 0), rest = input.substr(std::min(first.size() + 1, input.size()));
    const std::string escaped = credbase::escape_controls(input);
    hold(fuzz::is_line(escaped), "escaped text is one plain line", escaped);
    hold(credbase::escape_controls(escaped) == escaped, "escaped text needs no escaping", escaped);
    hold(credbase::quoted(input).size() <= 2 + 4 * 200, "a quotation is short");
    for (const std::size_t limit : {3U, 8U, 200U}) {
        const std::string cut = credbase::cut_text(escaped, limit);
        hold(cut.size() <= limit && credbase::find_bad_utf8(cut) == cut.npos, "a cut text keeps its limit and its characters", cut);
    }
    fuzz::hold_lines(credplugin::words_of_plugin(input, {}));
    for (const char c : credplugin::plain_hint(input)) hold(c >= 0x20 || c < 0 || (c >= '\t' && c <= '\r'), "a hint moves no cursor");

    // A secret made of what stands in for it could be found in there.
    const bool whole = first.size() >= 8 && first.find_first_of("[]") == first.npos &&
        std::string_view("redacted").find(first) == first.npos;
    const std::vector<std::string_view> secrets{first, rest.substr(0, 9)};
    const std::string redacted = credbase::redacted(rest, secrets);
    hold(!whole || redacted.find(first) == redacted.npos, "a redacted text doesn't have the secret", redacted);
    hold(!whole || credbase::redacted(std::string(first) + std::string(first), secrets) == "[redacted]",
         "nothing tells where a secret ends");
    const std::string tail = credbase::redacted(std::string(first.substr(first.size() / 2)) + "\n", std::vector{first}, true);
    hold(!whole || tail.starts_with("[redacted]"), "the end of a secret at the start of a cut text is hidden", tail);
}
