// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>

namespace eksauth {

/// Writes lower-case hexadecimal digits, two a byte, and gives the place behind them.
inline char* write_hex(std::span<const unsigned char> bytes, char* to) {
    static constexpr auto pairs = [] {
        std::array<std::array<char, 2>, 256> made{};
        for (std::size_t byte = 0; byte < made.size(); ++byte) made[byte] = {"0123456789abcdef"[byte >> 4U], "0123456789abcdef"[byte & 15U]};
        return made;
    }();
    for (const unsigned char byte : bytes) {
        std::memcpy(to, pairs[byte].data(), 2);
        to += 2;
    }
    return to;
}

/// Lower-case hexadecimal digits, two a byte.
inline std::string hex(std::span<const unsigned char> bytes) {
    std::string out(2 * bytes.size(), '\0');
    write_hex(bytes, out.data());
    return out;
}

}  // namespace eksauth
