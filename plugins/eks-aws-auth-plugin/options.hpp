// SPDX-License-Identifier: Apache-2.0
// What whoever runs the plugin chooses by arguments.
#pragma once

#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <eksauth/get_token.hpp>

#include "command_line.hpp"
#include "command_table.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks_plugin {

/// An option that is given again can only narrow what is allowed, so that arguments which a ClusterProfile may add to a
/// controller's own open nothing that these close. What they don't mention is open to it, `--allow-role-arn` above all: a
/// controller that lets ClusterProfiles add arguments gives that list itself, `none` for no role.
struct options {
    std::optional<std::string> cache = {};  ///< folder of kept credentials, empty: the user's own; absent: none are kept
    bool verify_cluster = false;            ///< ask EKS whether server and CA are the cluster's
    bool verbose = false;                   ///< tell each step
    std::vector<std::vector<std::string>> regions = {}, clusters = {}, roles = {};  ///< each list must have a pattern that matches
    std::string session_name = {}, external_id = {};  ///< for the role that is assumed for the cluster

    /// What names the cluster in place of the request, as for `aws eks get-token`; without a cluster, the request does.
    std::string cluster = {}, region = {}, role_arn = {}, profile = {};
    std::string output = {};  ///< `json`, or `text` as if nothing were said
};

namespace detail {

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

/// What the options of a command line mean. Error: a value that is malformed, missing or given twice.
inline credbase::result<options> read_options(const command_line& line) {
    const auto wrong = [](std::string_view name, const std::string& why) {
        return credbase::error(credplugin::errc::bad_arguments, why).within("--" + std::string(name));
    };
    options out;
    out.verify_cluster = line.has("verify-cluster");
    out.verbose = line.has("verbose");
    struct list { std::string_view name; std::vector<std::vector<std::string>> options::*member; };
    for (const auto& [name, member] : {list{"allow-region", &options::regions}, {"allow-cluster", &options::clusters}, {"allow-role-arn", &options::roles}})
        for (const std::string& value : line.all(name)) {
            auto patterns = split(value, ',');
            if (std::find(patterns.begin(), patterns.end(), "") != patterns.end())
                return wrong(name, "must be patterns with commas between them, got " + credbase::quoted(value));
            (out.*member).push_back(std::move(patterns));
        }
    struct single { std::string_view name; std::string options::*member; };
    for (const auto& [name, member] : {single{"session-name", &options::session_name}, {"external-id", &options::external_id}, {"cluster-name", &options::cluster},
                                       {"region", &options::region}, {"role-arn", &options::role_arn}, {"profile", &options::profile}, {"output", &options::output}}) {
        auto value = line.one(name);
        if (!value) return value.error();
        out.*member = *std::move(value);
    }
    const auto folders = line.all("cache");
    if (folders.size() > 1) return wrong("cache", "is given twice");
    if (!folders.empty()) out.cache = folders.front();
    if (out.cache && !out.cache->empty() && !out.cache->starts_with('/'))
        return wrong("cache", "must be the absolute path of a folder, got " + credbase::quoted(*out.cache));
    for (const char* name : {"region", "role-arn", "profile"})
        if (line.has(name) && out.cluster.empty()) return wrong(name, "needs --cluster-name");
    return out;
}

/// Whether a token for that cluster may be made. Error: which list says no.
inline credbase::result<> check_allowed(const options& chosen, const eksauth::token_request& request, const std::string& role_arn) {
    const auto refused = [](const std::string& what, std::string_view text, const char* option) {
        return credbase::error(credplugin::errc::bad_config, what + " " + credbase::quoted(text) + " is not allowed by " + option);
    };
    if (!detail::allows(chosen.regions, request.region)) return refused("region", request.region, "--allow-region");
    if (!detail::allows(chosen.clusters, request.cluster)) return refused("cluster", request.cluster, "--allow-cluster");
    if (!role_arn.empty() && !detail::allows(chosen.roles, role_arn)) return refused("role", role_arn, "--allow-role-arn");
    return {};
}

}  // namespace eks_plugin
