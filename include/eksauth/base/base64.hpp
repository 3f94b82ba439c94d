// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/secret_string.hpp>

#include <cstddef>
#include <string_view>

namespace eksauth {

namespace detail {

/// Four symbols for three bytes; the last group is cut to what its bytes need.
inline void append_base64_symbols(credbase::secret_string& out, std::string_view bytes, std::string_view symbols) {
    const auto byte = [&](std::size_t at) { return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U; };
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const unsigned group = byte(at) << 16U | byte(at + 1) << 8U | byte(at + 2);
        const char four[] = {symbols[group >> 18U], symbols[group >> 12U & 63U], symbols[group >> 6U & 63U], symbols[group & 63U]};
        const std::size_t left = bytes.size() - at;
        out.append({four, left >= 3 ? 4 : left + 1});
    }
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
