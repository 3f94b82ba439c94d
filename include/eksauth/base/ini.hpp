// SPDX-License-Identifier: Apache-2.0
// The text of AWS config files as sections and properties, each with its line.
#pragma once

#include <credbase/utf8.hpp>
#include <eksauth/base/errors.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eksauth {

/// `key = value`. All texts point into the file's text.
struct ini_property {
    std::string_view key;    ///< as written; compared without regard to case
    std::string_view value;  ///< trimmed, without a comment behind it, quotes still on
    std::size_t line = 0;    ///< counted from 1
    bool continued = false;  ///< further, indented lines of text followed
    std::vector<ini_property> nested = {};  ///< indented properties below one whose own value is empty
};

/// `[type name]`, or `[name]` with an empty type.
struct ini_section {
    std::string_view type,  ///< such as `profile` or `sso-session`
        name;               ///< trimmed, quotes taken off
    std::size_t line = 0;  ///< counted from 1
    std::vector<ini_property> properties = {};  ///< in the file's order; a key may come more than once
};

/// One pair of matching quotes taken off.
inline std::string_view unquoted(std::string_view value) {
    const bool quoted = value.size() >= 2 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
    return quoted ? value.substr(1, value.size() - 2) : value;
}

namespace detail {

constexpr std::string_view ini_blank = " \t";

inline std::string_view trim_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(ini_blank);
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(ini_blank) - first + 1);
}

/// A value ends before a `#` or `;` that follows a space or a tab.
inline std::string_view without_comment(std::string_view text) {
    for (std::size_t at = 1; at < text.size(); ++at)
        if ((text[at] == '#' || text[at] == ';') && ini_blank.find(text[at - 1]) != std::string_view::npos) return text.substr(0, at);
    return text;
}

inline result<ini_section> section_header(std::string_view inside, std::size_t line) {
    const auto refused = [&](const char* why) { return error(errc::bad_file, std::string("line ") + std::to_string(line) + ": " + why); };
    inside = trim_blanks(inside);
    if (inside.find(']') != inside.npos) return refused("a section's name can't have a ] in it");
    const bool untyped = unquoted(inside).size() != inside.size();  // quotes around all of it
    const auto gap = untyped ? inside.npos : inside.find_first_of(ini_blank);
    ini_section section{.type = gap == inside.npos ? std::string_view() : inside.substr(0, gap),
                        .name = gap == inside.npos ? inside : trim_blanks(inside.substr(gap)),
                        .line = line};
    const bool quoted = unquoted(section.name).size() != section.name.size();
    section.name = unquoted(section.name);
    if (section.name.empty()) return refused("a section needs a name");
    if (!quoted && section.name.find_first_of(ini_blank) != std::string_view::npos)
        return refused("a section's name with blanks in it must stand in quotes");
    return section;
}

}  // namespace detail

/// Reads a config file. `text` must outlive the result, whose texts point into it.
///
/// Grammar: that of AWS SDK for Go v2 (`config/internal/ini`), where it and botocore agree or botocore fails; a byte order
/// mark and CRLF are accepted. Error, with the line: text that isn't UTF-8, a NUL, more than 20 000 lines, a property
/// before any section, a line that is none of the forms. Half-read files would hide mistakes.
inline result<std::vector<ini_section>> parse_ini(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const std::size_t bad = std::min(credbase::find_bad_utf8(text), text.find('\0'));
    std::vector<ini_section> sections;
    std::size_t line_number = 0;
    const auto refused = [&](const char* why) { return error(errc::bad_file, "line " + std::to_string(line_number) + ": " + why); };
    ini_property* last = nullptr;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        std::string_view line = text.substr(start, end - start);
        if (++line_number > 20000) return refused("more than 20000 lines");
        if (bad < end) return refused(text[bad] == '\0' ? "a NUL byte" : "not UTF-8");
        start = end + 1;
        if (line.ends_with('\r')) line.remove_suffix(1);

        const std::string_view content = detail::trim_blanks(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') continue;
        const std::string_view header = detail::trim_blanks(content.substr(0, content.find_first_of("#;")));
        if (header.starts_with('[') && header.ends_with(']')) {
            auto section = detail::section_header(header.substr(1, header.size() - 2), line_number);
            if (!section) return section.error();
            sections.push_back(*std::move(section));
            last = nullptr;
            continue;
        }
        const bool indented = content.data() != line.data();
        const std::size_t separator = line.find_first_of("=:");
        if (separator == line.npos) {
            if (!indented || last == nullptr) return refused("neither a section, nor key = value, nor a comment");
            last->continued = true;
            continue;
        }
        if (sections.empty()) return refused("key = value before any [section]");
        const ini_property property{.key = detail::trim_blanks(line.substr(0, separator)),
                                    .value = detail::trim_blanks(detail::without_comment(line.substr(separator + 1))),
                                    .line = line_number};
        if (indented && last != nullptr && last->value.empty()) {
            last->nested.push_back(property);
        } else {
            sections.back().properties.push_back(property);
            last = &sections.back().properties.back();
        }
    }
    return sections;
}

}  // namespace eksauth
