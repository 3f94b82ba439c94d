// SPDX-License-Identifier: Apache-2.0
// JSON values as text, and compared.
#pragma once

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace fuzz {

inline std::string json_string(std::string_view text) { return boost::json::serialize(boost::json::value(text)); }

/// Whether a number in there is no whole one of 64 bits.
inline bool has_double(const boost::json::value& value) {
    if (value.is_array()) return std::ranges::any_of(value.get_array(), has_double);
    if (value.is_object()) return std::ranges::any_of(value.get_object(), [](const auto& member) { return has_double(member.value()); });
    return value.is_double();
}

/// Whether two values are equal, but for numbers that Boost.JSON doesn't read and write to the last digit.
inline bool same_json(const boost::json::value& a, const boost::json::value& b) { return a == b || (has_double(a) && has_double(b)); }

}  // namespace fuzz
