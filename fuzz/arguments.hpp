// SPDX-License-Identifier: Apache-2.0
// The plugin's arguments, one a line; behind a line `--` those that a ClusterProfile adds.
#pragma once

#include "property.hpp"

#include "options.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

inline void fuzz_arguments(std::string_view input) {
    using fuzz::hold;
    std::vector<std::string_view> own, all;
    bool added = false;
    for (std::size_t start = 0; start <= input.size() && all.size() < 64;) {
        const std::size_t end = std::min(input.find('\n', start), input.size());
        const std::string_view line = input.substr(start, end - start);
        start = end + 1;
        if (line == "--") {
            added = true;
            continue;
        }
        all.push_back(line);
        if (!added) own.push_back(line);
    }
    const auto options_of = [](const std::vector<std::string_view>& arguments) -> std::optional<eks_plugin::options> {
        const auto line = eks_plugin::read_command_line(arguments);
        if (!line) fuzz::hold_error(line.error());
        if (!line) return std::nullopt;
        auto read = eks_plugin::read_options(*line);
        if (!read) fuzz::hold_error(read.error());
        return read ? std::optional(*read) : std::nullopt;
    };
    const auto first = options_of(own), both = options_of(all);
    if (!first || !both) return;
    hold(!first->cache || both->cache == first->cache, "what is added moves no folder", both->cache.value_or("none"));
    hold(both->verify_cluster || !first->verify_cluster, "what is added turns no check off");
    for (const auto member : {&eks_plugin::options::session_name, &eks_plugin::options::external_id, &eks_plugin::options::cluster,
                              &eks_plugin::options::role_arn, &eks_plugin::options::profile})
        hold(((*first).*member).empty() || (*first).*member == (*both).*member, "what is added changes no value", (*both).*member);
    for (const std::string_view text : all) {
        const eksauth::token_request cluster{.cluster = std::string(text), .region = std::string(text)};
        hold(check_allowed(*first, cluster, std::string(text)) || !check_allowed(*both, cluster, std::string(text)), "what is added opens nothing", text);
    }
}
