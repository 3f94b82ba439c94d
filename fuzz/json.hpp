// SPDX-License-Identifier: Apache-2.0
// JSON from anywhere: the parser's limits, and the walker that finds the source bytes of a value.
#pragma once

#include "json_text.hpp"
#include "property.hpp"

#include <credbase/json_access.hpp>
#include <credbase/json_source.hpp>
#include <credbase/wiping_memory.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

inline constexpr credbase::json_limits json_limits{.bytes = 65536, .depth = 32};

/// That the walker finds in `text` what the parser found in it, at each place of an object or array down to that depth.
inline void hold_sources(std::string_view text, const boost::json::value& value, int depth) {
    const auto parsed = credbase::parse_json(text, json_limits, {"FUZZ"});
    hold(parsed && same_json(*parsed, value), "a value's bytes are those of the value", text);
    hold(text.empty() || std::string_view(" \t\r\n").find(text.front()) == std::string_view::npos,
         "no white space is before a value", text);
    if (depth == 0) return;
    const auto elements = credbase::json_elements(text);
    hold(elements.size() == (value.is_array() ? value.get_array().size() : 0), "each element has its bytes", text);
    for (std::size_t i = 0; i < elements.size(); ++i) hold_sources(elements[i], value.get_array()[i], depth - 1);
    if (!value.is_object()) return;
    for (const auto& member : value.get_object()) hold_sources(credbase::json_source(text, {member.key()}), member.value(), depth - 1);
}

}  // namespace fuzz

inline void fuzz_json(std::string_view input) {
    using fuzz::hold;
    const auto read = [](std::string_view text) { return credbase::parse_json(text, fuzz::json_limits, {"FUZZ"}); };
    const auto value = read(input);
    if (!fuzz::hold_same_end(value, read(input))) return;
    const std::size_t limit = fuzz::json_limits.bytes;
    hold(read(fuzz::padded(input, limit)).has_value() && read(fuzz::padded(input, limit + 1)).has_error(), "the limit of bytes holds");
    fuzz::hold_sources(credbase::json_source(input, {}).substr(std::min(input.find_first_not_of(" \t\r\n"), input.size())), *value, 4);
    hold(credbase::json_source(input, {"no such member"}).empty() || value->is_object(), "only an object has members");

    const auto written = credbase::serialize_secret(*value);
    const auto again = read(written.reveal());
    hold(again ? fuzz::same_json(*again, *value) : fuzz::has_double(*value), "what is written can be read, and is the same",
         written.reveal());
    hold(!again || credbase::json_duplicates(written.reveal()).empty(), "a parsed value has no duplicate names", written.reveal());
    const std::string twice = "[{\"a\":" + std::string(input) + ",\"\\u0061\":0}]";
    if (!read(twice)) return;  // a level too deep
    const auto duplicates = credbase::json_duplicates(twice);
    hold(!duplicates.empty() && duplicates.back() == "[0].a", "a duplicate name is found, whatever its escapes");
}
