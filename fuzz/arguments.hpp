// SPDX-License-Identifier: Apache-2.0
// The plugin's arguments, one a line; behind a line `--` those that a ClusterProfile adds.
#pragma once

#include "property.hpp"

#include "options.hpp"

#include <algorithm>
#include <cstddef>
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
    const auto first = eks_plugin::read_options(own), both = eks_plugin::read_options(all);
    for (const auto* one : {&first, &both})
        if (!*one) fuzz::hold_error(one->error());
    if (!first || !both) return;
    hold(first->cache.empty() || both->cache == first->cache, "what is added moves no folder", both->cache);
    hold(both->verify_cluster || !first->verify_cluster, "what is added turns no check off");
    for (const std::string_view text : all) {
        const eksauth::token_request cluster{.cluster = std::string(text), .region = std::string(text)};
        hold(check_allowed(*first, cluster) || !check_allowed(*both, cluster), "what is added opens nothing", text);
    }
}
