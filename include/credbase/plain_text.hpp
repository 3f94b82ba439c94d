// SPDX-License-Identifier: Apache-2.0
// Text from elsewhere made fit for one line of a terminal or a log.
#pragma once

#include <credbase/utf8.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace credbase {

/// ASCII letters in lower case, all else as it is, whatever the locale.
inline std::string lower_case(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return text;
}

/// The same in capitals.
inline std::string upper_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    return out;
}

/// Whether two texts differ at most in the case of ASCII letters.
inline bool same_but_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && lower_case(std::string(a)) == lower_case(std::string(b));
}

/// Cuts at a limit of at least 3 bytes, at a UTF-8 boundary, with `…` in place of what was cut; the result keeps within the limit.
inline std::string cut_text(std::string_view text, std::size_t limit_bytes) {
    constexpr std::string_view ellipsis = "\u2026";
    if (text.size() <= limit_bytes) return std::string(text);
    std::size_t end = limit_bytes - ellipsis.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end)).append(ellipsis);
}

/// A byte as messages show it: `0x1b`.
inline std::string hex_byte(char byte) {
    constexpr char hex[] = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    return {'0', 'x', hex[value >> 4U], hex[value & 15U]};
}

/// The text with every control character (C1 and DEL included) and every byte that isn't UTF-8 escaped: `\n`, `\r`, `\t`, else `\xNN`.
///
/// Nothing that remains can end a line, move a cursor or start an escape sequence.
inline std::string escape_controls(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    const auto escape = [&](char byte) { out += '\\' + hex_byte(byte).substr(1); };
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text, at);
        const auto sequence = text.substr(at, length);
        if (sequence == "\n") out += "\\n";
        else if (sequence == "\r") out += "\\r";
        else if (sequence == "\t") out += "\\t";
        else if (length == 0 || (length == 1 && (text[at] < 0x20 || text[at] == 0x7F))) escape(text[at]);
        else if (length == 2 && sequence >= "\xC2\x80" && sequence < "\xC2\xA0") escape(text[at + 1]);  // C1: its code point is the second byte
        else out += sequence;
        at += length == 0 ? 1 : length;
    }
    return out;
}

/// How a value from elsewhere is shown inside a message: cut to 200 bytes, controls escaped, in double quotes.
inline std::string quoted(std::string_view text) { return '"' + escape_controls(cut_text(text, 200)) + '"'; }

}  // namespace credbase
