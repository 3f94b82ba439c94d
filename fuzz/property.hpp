// SPDX-License-Identifier: Apache-2.0
// What all targets share: properties that end the program when they don't hold, and a secret that nobody may tell.
#pragma once

#include <credbase/error.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>

namespace fuzz {

/// Ends the program with SIGABRT, which libFuzzer and Catch2 report, unless the property holds. `seen` is shown with it.
inline void hold(bool property, const char* words, std::string_view seen = {}) {
    if (property) return;
    std::fprintf(stderr, "broken property: %s\n%s\n", words, credbase::escape_controls(seen).c_str());
    std::abort();
}

/// A secret of the environment, a file or a peer. Targets put it where secrets stand; an input that has it itself is no input.
inline constexpr std::string_view planted = "hush-Qz7Planted3Key9Xw";

/// Whether a text has a piece of the planted secret that is worth something.
inline bool tells(std::string_view text) {
    constexpr std::size_t piece = 8;
    for (std::size_t at = 0; at + piece <= planted.size(); ++at)
        if (text.find(planted.substr(at, piece)) != text.npos) return true;
    return false;
}

/// The text with the planted secret behind each of the marks.
inline std::string plant(std::string_view text, std::initializer_list<std::string_view> marks) {
    std::string out(text);
    for (const std::string_view mark : marks)
        for (std::size_t at = 0; (at = out.find(mark, at)) != out.npos; at += planted.size()) out.insert(at += mark.size(), planted);
    return out;
}

/// The text with each mark replaced.
inline std::string replaced(std::string text, std::string_view mark, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(mark, at)) != text.npos; at += by.size()) text.replace(at, mark.size(), by);
    return text;
}

/// Whether it is UTF-8 without a control character: whatever it is put into, it stays on its line and moves no cursor.
inline bool is_line(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool c1 = text[at] == '\xC2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
        if (byte < 0x20 || byte == 0x7F || c1) return false;
    }
    return credbase::find_bad_utf8(text) == text.npos;
}

inline void hold_line(std::string_view text) {
    hold(is_line(text), "a text for people is one plain line", text);
    hold(!tells(text), "no text for people tells a secret", text);
}

/// The same for text that may have several lines.
inline void hold_lines(std::string_view text) {
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        hold_line(text.substr(start, end - start));
        start = end + 1;
    }
}

/// An error has a code, and says on one line what is wrong.
inline void hold_error(const credbase::error& e) {
    hold(!e.code().word.empty() && !e.message().empty(), "an error has a code and a message", e.text());
    hold_line(e.text());
}

/// That two runs on the same input came to the same end, and whether it is a value.
template <class T>
bool hold_same_end(const credbase::result<T>& first, const credbase::result<T>& second) {
    hold(first.has_value() == second.has_value(), "equal input has an equal outcome");
    if (first) return true;
    hold_error(first.error());
    hold(first.error().text() == second.error().text(), "equal input has an equal error", first.error().text());
    return false;
}

/// True for one input in 256, by its content: for what is too slow to be tried on each.
inline bool sampled(std::string_view input) {
    std::uint32_t hash = 2166136261U;  // FNV-1a
    for (const char c : input) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return (hash >> 24U) == 0;
}

/// The text filled up to a size with blanks behind it.
inline std::string padded(std::string_view text, std::size_t size) {
    std::string out(text);
    out.resize(std::max(size, text.size()), ' ');
    return out;
}

}  // namespace fuzz
