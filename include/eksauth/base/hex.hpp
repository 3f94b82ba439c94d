// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

namespace eksauth {

/// Lower-case hexadecimal digits, two a byte.
inline std::string hex(std::span<const unsigned char> bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (const unsigned char byte : bytes) {
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

}  // namespace eksauth
