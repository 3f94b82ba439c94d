// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/secret_string.hpp>

#include <string_view>

namespace eksauth {

/// Appends the text with every byte but RFC 3986's unreserved characters as `%XX`, upper-case hex; bytes in `also_kept` stay too.
///
/// Source: AWS SigV4, "Create a canonical request", UriEncode. A space becomes `%20`, never `+`.
inline void append_percent_encoded(credbase::secret_string& out, std::string_view text, std::string_view also_kept = "") {
    constexpr char hex[] = "0123456789ABCDEF";
    const auto kept = [&](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
               c == '~' || also_kept.find(c) != std::string_view::npos;
    };
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (kept(c)) out.append(c);
        else out.append('%').append(hex[byte >> 4U]).append(hex[byte & 15U]);
    }
}

/// The text so encoded.
inline credbase::secret_string percent_encoded(std::string_view text) {
    credbase::secret_string out;
    out.reserve(text.size() + text.size() / 2);
    append_percent_encoded(out, text);
    return out;
}

}  // namespace eksauth
