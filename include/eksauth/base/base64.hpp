// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/secret_string.hpp>

#include <cstddef>
#include <string_view>

namespace eksauth {

/// Appends base64url without padding (RFC 4648 section 5): `A-Z a-z 0-9 - _`, no line breaks.
inline void append_base64url(credbase::secret_string& out, std::string_view bytes) {
    constexpr char symbols[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const auto byte = [&](std::size_t at) { return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U; };
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const unsigned group = byte(at) << 16U | byte(at + 1) << 8U | byte(at + 2);
        const char four[] = {symbols[group >> 18U], symbols[group >> 12U & 63U], symbols[group >> 6U & 63U], symbols[group & 63U]};
        const std::size_t left = bytes.size() - at;
        out.append({four, left >= 3 ? 4 : left + 1});
    }
}

}  // namespace eksauth
