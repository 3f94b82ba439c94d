// SPDX-License-Identifier: Apache-2.0
// The command lines of the examples: `--name value`, and words that are there or not.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// Nothing where one is unknown, lacks its value, or one of `needed` is missing.
inline std::optional<std::map<std::string, std::string>> read_options(int count, char** words, std::initializer_list<std::string_view> needed,
                                                                      std::string_view optional, std::string_view flag = "") {
    std::map<std::string, std::string> options;
    for (int at = 1; at < count; ++at) {
        const std::string name = words[at];
        const bool with_value = name == optional || std::find(needed.begin(), needed.end(), name) != needed.end();
        if ((!with_value && name != flag) || (with_value && at + 1 == count)) return std::nullopt;
        options[name] = with_value ? words[++at] : "";
    }
    for (const std::string_view name : needed)
        if (!options.contains(std::string(name))) return std::nullopt;
    return options;
}
