// SPDX-License-Identifier: Apache-2.0
// Inputs of several texts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// A text with what it is, such as `file` and the file's path.
struct part {
    std::string_view kind, argument, text;
};

/// A part begins with a line `= KIND ARGUMENT`, and goes on to the line end before the next such line or at the end. What stands
/// before the first is of no kind; parts beyond the first 32 are left out.
inline std::vector<part> parts_of(std::string_view input) {
    constexpr std::string_view mark = "\n= ";
    std::vector<part> parts;
    if (input.ends_with('\n')) input.remove_suffix(1);
    if (!input.starts_with(mark.substr(1))) {
        const std::size_t end = std::min(input.find(mark), input.size());
        parts.push_back({"", "", input.substr(0, end)});
        input.remove_prefix(std::min(end + 1, input.size()));
    }
    while (input.starts_with(mark.substr(1)) && parts.size() < 32) {
        const std::size_t line = std::min(input.find('\n'), input.size());
        const std::size_t end = std::min(input.find(mark, line), input.size());
        const std::string_view head = input.substr(2, line - 2);
        const std::size_t blank = std::min(head.find(' '), head.size());
        parts.push_back({head.substr(0, blank), head.substr(std::min(blank + 1, head.size())),
                         line < end ? input.substr(line + 1, end - line - 1) : std::string_view()});
        input.remove_prefix(std::min(end + 1, input.size()));
    }
    return parts;
}

/// The text of the first part of a kind; empty where there is none.
inline std::string_view text_of(const std::vector<part>& parts, std::string_view kind) {
    for (const part& one : parts)
        if (one.kind == kind) return one.text;
    return {};
}

/// A line of the text, counted from 0, without its end; empty where there are fewer.
inline std::string_view line_of(std::string_view text, int number) {
    for (; number > 0 && !text.empty(); --number) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    return text.substr(0, text.find('\n'));
}

}  // namespace fuzz
