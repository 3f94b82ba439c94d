// SPDX-License-Identifier: Apache-2.0
// What whoever runs the plugin chooses by arguments.
#pragma once

#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <eksauth/get_token.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks_plugin {

/// An option that is given again can only narrow what is allowed, so that arguments which a ClusterProfile may add to a
/// controller's own open nothing.
struct options {
    std::string cache;            ///< folder of kept credentials; empty: none are kept
    bool verify_cluster = false;  ///< ask EKS whether server and CA are the cluster's
    std::vector<std::vector<std::string>> regions, clusters;  ///< each list must have a pattern that matches
};

inline constexpr std::string_view options_help =
    "  --allow-region LIST   refuse regions that match no pattern of the list, such as eu-*,us-east-1\n"
    "  --allow-cluster LIST  the same for cluster names\n"
    "  --verify-cluster      refuse a server or CA that isn't the cluster's: asks EKS, which needs eks:DescribeCluster\n"
    "  --cache DIR           keep temporary credentials between runs in DIR, a folder that only the user may enter\n";

namespace detail {

/// `a,b` as a list. Nothing where it is empty or has an empty element.
inline std::optional<std::vector<std::string>> split_list(std::string_view text) {
    std::vector<std::string> out;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(',', start), text.size());
        if (end == start) return std::nullopt;
        out.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
    return out;
}

/// Whether all of the text matches; `*` stands for any characters, also for none.
inline bool matches(std::string_view pattern, std::string_view text) {
    std::size_t in_pattern = 0, in_text = 0, star = pattern.npos, retry = 0;
    while (in_text < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            retry = in_text;
        } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[in_text]) {
            ++in_pattern;
            ++in_text;
        } else if (star != pattern.npos) {  // the last star takes one more
            in_pattern = star + 1;
            in_text = ++retry;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == pattern.npos;
}

inline bool allows(const std::vector<std::vector<std::string>>& lists, std::string_view text) {
    return std::all_of(lists.begin(), lists.end(), [text](const std::vector<std::string>& patterns) {
        return std::any_of(patterns.begin(), patterns.end(), [text](const std::string& pattern) { return matches(pattern, text); });
    });
}

}  // namespace detail

/// Reads `--name VALUE`, `--name=VALUE` and `--name`. Error: an unknown argument; a value that is missing, malformed or not wanted;
/// a second folder.
inline credbase::result<options> read_options(std::span<const std::string_view> arguments) {
    constexpr std::array<std::string_view, 3> with_value = {"--allow-region", "--allow-cluster", "--cache"};
    const auto wrong = [](std::string_view name, const std::string& why) {
        return credbase::error(credplugin::errc::bad_arguments, why).within(credbase::escape_controls(name));
    };
    options out;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const auto equals = arguments[at].starts_with("--") ? arguments[at].find('=') : std::string_view::npos;
        const std::string_view name = arguments[at].substr(0, equals);
        if (name == "--verify-cluster" && equals == name.npos) {
            out.verify_cluster = true;
            continue;
        }
        if (std::find(with_value.begin(), with_value.end(), name) == with_value.end())
            return credbase::error(credplugin::errc::bad_arguments, "unknown argument " + credbase::quoted(arguments[at]));
        if (equals == name.npos && at + 1 == arguments.size()) return wrong(name, "its value is missing");
        const std::string_view value = equals == name.npos ? arguments[++at] : arguments[at].substr(equals + 1);
        if (name == "--cache") {
            if (!value.starts_with('/')) return wrong(name, "must be the absolute path of a folder, got " + credbase::quoted(value));
            if (!out.cache.empty()) return wrong(name, "is given twice");
            out.cache = value;
            continue;
        }
        auto list = detail::split_list(value);
        if (!list) return wrong(name, "must be patterns with commas between them, got " + credbase::quoted(value));
        (name == "--allow-region" ? out.regions : out.clusters).push_back(*std::move(list));
    }
    return out;
}

/// Whether a token for that cluster may be made. Error: which list says no.
inline credbase::result<> check_allowed(const options& chosen, const eksauth::token_request& request) {
    const auto refused = [](const std::string& what, std::string_view text, const char* option) {
        return credbase::error(credplugin::errc::bad_config, what + " " + credbase::quoted(text) + " is not allowed by " + option);
    };
    if (!detail::allows(chosen.regions, request.region)) return refused("region", request.region, "--allow-region");
    if (!detail::allows(chosen.clusters, request.cluster)) return refused("cluster", request.cluster, "--allow-cluster");
    return {};
}

}  // namespace eks_plugin
