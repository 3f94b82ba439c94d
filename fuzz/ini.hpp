// SPDX-License-Identifier: Apache-2.0
// The text of an AWS config file.
#pragma once

#include "property.hpp"

#include <eksauth/base/ini.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// Sections as a config file that means the same.
inline std::string ini_text(const std::vector<eksauth::ini_section>& sections) {
    std::string out;
    for (const eksauth::ini_section& section : sections) {
        const char quote = section.type.starts_with('"') ? '\'' : '"';
        const bool plain = !section.type.empty() && section.name.find_first_of(" \t") == section.name.npos &&
            eksauth::unquoted(section.name) == section.name;
        out.append("[").append(section.type).append(section.type.empty() ? "" : " ");
        if (plain) out.append(section.name);
        else out.append(1, quote).append(section.name).append(1, quote);
        out += "]\r\n";
        for (const eksauth::ini_property& property : section.properties) {
            out.append(property.key).append("=").append(property.value).append("\r\n");
            for (const eksauth::ini_property& nested : property.nested)
                out.append("\t").append(nested.key).append("=").append(nested.value).append("\r\n");
            if (property.continued) out += " more\r\n";
        }
    }
    return out;
}

inline bool same_property(const eksauth::ini_property& a, const eksauth::ini_property& b) {
    bool same = a.key == b.key && a.value == b.value && a.continued == b.continued && a.nested.size() == b.nested.size();
    for (std::size_t i = 0; same && i < a.nested.size(); ++i) same = same_property(a.nested[i], b.nested[i]);
    return same;
}

/// That what was read stands in the file, on that line, behind what was read before.
inline void hold_place(std::string_view file, std::string_view text, std::size_t line, std::size_t& before) {
    hold(line > before, "what was read stands where it was written", text);
    before = line;
    if (text.empty()) return;
    const std::less_equal<const char*> not_behind;
    hold(not_behind(file.data(), text.data()) && not_behind(text.data() + text.size(), file.data() + file.size()),
         "what was read points into the file", text);
    const auto above = file.substr(0, static_cast<std::size_t>(text.data() - file.data()));
    hold(static_cast<std::size_t>(std::count(above.begin(), above.end(), '\n')) + 1 == line, "lines are counted", text);
    hold(text.find('\n') == text.npos && text.find('\0') == text.npos, "what was read is one line", text);
}

}  // namespace fuzz

inline void fuzz_ini(std::string_view input) {
    using fuzz::hold;
    const auto sections = eksauth::parse_ini(input);
    if (!fuzz::hold_same_end(sections, eksauth::parse_ini(input))) return;
    if (fuzz::sampled(input))
        hold(eksauth::parse_ini(std::string(input) + std::string(20001, '\n')).has_error(), "more than 20000 lines are refused");
    std::size_t line = 0;
    for (const eksauth::ini_section& section : *sections) {
        fuzz::hold_place(input, section.name, section.line, line);
        hold(!section.name.empty(), "a section has a name");
        for (const eksauth::ini_property& property : section.properties) {
            fuzz::hold_place(input, property.value, property.line, line);
            hold(property.nested.empty() || property.value.empty(), "only an empty value has properties below it", property.value);
            for (const eksauth::ini_property& nested : property.nested) fuzz::hold_place(input, nested.value, nested.line, line);
        }
    }
    const std::string text = fuzz::ini_text(*sections);
    const auto again = eksauth::parse_ini(text);
    hold(again && again->size() == sections->size(), "what is written can be read", text);
    for (std::size_t i = 0; i < sections->size(); ++i) {
        const eksauth::ini_section &one = (*sections)[i], &other = (*again)[i];
        bool same = one.type == other.type && one.name == other.name && one.properties.size() == other.properties.size();
        for (std::size_t at = 0; same && at < one.properties.size(); ++at)
            same = fuzz::same_property(one.properties[at], other.properties[at]);
        hold(same, "a section that was written and read again is the same", text);
    }
}
