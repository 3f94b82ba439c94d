// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/secret_string.hpp>

#include <cstddef>
#include <string_view>

namespace eksauth {

namespace detail {

/// Four symbols for three bytes; the last group is cut to what its bytes need.
inline void append_base64_symbols(credbase::secret_string& out, std::string_view bytes, const char* symbols) {
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    char* to = out.extend((bytes.size() * 4 + 2) / 3);
    for (std::size_t groups = bytes.size() / 3; groups != 0; --groups, from += 3, to += 4) {
        const unsigned first = from[0], second = from[1], third = from[2];
        to[0] = symbols[first >> 2U];
        to[1] = symbols[(first << 4U | second >> 4U) & 63U];
        to[2] = symbols[(second << 2U | third >> 6U) & 63U];
        to[3] = symbols[third & 63U];
    }
    const std::size_t left = bytes.size() % 3;
    if (left == 0) return;
    const unsigned first = from[0], second = left == 2 ? from[1] : 0U;
    *to++ = symbols[first >> 2U];
    *to++ = symbols[(first << 4U | second >> 4U) & 63U];
    if (left == 2) *to = symbols[second << 2U & 63U];
}

}  // namespace detail

/// Appends base64 with padding (RFC 4648 section 4).
inline void append_base64(credbase::secret_string& out, std::string_view bytes) {
    detail::append_base64_symbols(out, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    out.append(std::string_view("==").substr(0, (3 - bytes.size() % 3) % 3));
}

/// Appends base64url without padding (RFC 4648 section 5): `A-Z a-z 0-9 - _`, no line breaks.
inline void append_base64url(credbase::secret_string& out, std::string_view bytes) {
    detail::append_base64_symbols(out, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

}  // namespace eksauth
