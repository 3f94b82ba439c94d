// SPDX-License-Identifier: Apache-2.0
// Taking secrets out of what others wrote.
#pragma once

#include <credbase/secret_string.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace credbase {

/// The text with `[redacted]` in place of each secret of 8 bytes or more; shorter ones would be told by the gaps.
///
/// `cut`: the text's beginning is missing, so that it may begin within a secret. Whatever is looked for, it is looked for in the
/// text as it came, since secrets may overlap.
inline std::string redacted(std::string_view text, const std::vector<std::string_view>& secrets, bool cut = false) {
    constexpr std::size_t shortest = 8;
    std::vector<bool> hidden(text.size());
    const auto hide = [&](std::size_t from, std::size_t to) {
        std::fill(hidden.begin() + static_cast<std::ptrdiff_t>(from), hidden.begin() + static_cast<std::ptrdiff_t>(to), true);
    };
    for (const std::string_view secret : secrets) {
        if (secret.size() < shortest) continue;
        for (std::size_t at = 0, end = 0; (at = text.find(secret, at)) != text.npos; ++at) {
            hide(std::max(at, end), at + secret.size());
            end = at + secret.size();
        }
        std::size_t rest = cut ? secret.size() - 1 : 0;
        while (!text.starts_with(secret.substr(secret.size() - rest))) --rest;
        hide(0, rest);
    }
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!hidden[at]) out += text[at];
        else if (at == 0 || !hidden[at - 1]) out += "[redacted]";
    }
    return out;
}
/// The same for secrets that are kept as such.
inline std::string redacted(std::string_view text, const std::vector<secret_string>& secrets, bool cut = false) {
    std::vector<std::string_view> views;
    for (const secret_string& secret : secrets) views.push_back(secret.reveal());
    return redacted(text, views, cut);
}

}  // namespace credbase
