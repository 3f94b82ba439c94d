// SPDX-License-Identifier: Apache-2.0
// A ClusterProfile, which its cluster wrote.
#pragma once

#include "cluster.hpp"
#include "property.hpp"

#include <credbase/json_access.hpp>
#include <credplugin/host/cluster_profile.hpp>

#include <set>
#include <string>
#include <string_view>

inline void fuzz_cluster_profile(std::string_view input) {
    using fuzz::hold;
    using fuzz::json_string;
    const auto profile = credplugin::parse_cluster_profile(input);
    if (!fuzz::hold_same_end(profile, credplugin::parse_cluster_profile(input))) return;
    if (fuzz::sampled(input)) {
        const auto limit = credplugin::cluster_profile_limits.bytes;
        hold(credplugin::parse_cluster_profile(fuzz::padded(input, limit)).has_value(), "a profile of 3 MiB is read");
        hold(credplugin::parse_cluster_profile(fuzz::padded(input, limit + 1)).has_error(), "a larger one is refused");
    }
    for (const std::string& warning : profile->warnings) fuzz::hold_line(warning);

    std::set<std::string> names;
    std::string text = "{\"metadata\":{\"name\":" + json_string(profile->name) + ",\"namespace\":" + json_string(profile->name_space) +
                       "},\"status\":{\"accessProviders\":[";
    for (const auto& provider : profile->access_providers) {
        hold(names.insert(provider.name).second, "access providers have names of their own", provider.name);
        hold(!provider.cluster.has_config(), "a cluster's config is none but an extension");
        text += (names.size() == 1 ? "{\"name\":" : ",{\"name\":") + json_string(provider.name) + ",\"cluster\":{" +
                fuzz::members_of(provider.cluster) + ",\"extensions\":[";
        for (const auto& extension : provider.extensions) {
            hold(extension.payload_raw.empty() == extension.payload.is_null(), "a payload has its bytes");
            text += (&extension == &provider.extensions.front() ? "{\"name\":" : ",{\"name\":") + json_string(extension.name) +
                    ",\"extension\":" + (extension.payload_raw.empty() ? "null" : extension.payload_raw) + "}";
        }
        text += "]}}";
    }
    text += "]}}";

    const auto again = credplugin::parse_cluster_profile(text);
    hold(again.has_value(), "what is written can be read", text);
    hold(again->full_name() == profile->full_name() && again->access_providers.size() == profile->access_providers.size() &&
         again->warnings.empty(),
         "names and entries are the same", text);
    for (std::size_t i = 0; i < profile->access_providers.size(); ++i) {
        const auto &one = profile->access_providers[i], &other = again->access_providers[i];
        hold(one.name == other.name && one.extensions.size() == other.extensions.size(), "entries are the same", text);
        fuzz::hold_same_cluster(one.cluster, other.cluster);
        for (std::size_t at = 0; at < one.extensions.size(); ++at)
            hold(one.extensions[at].name == other.extensions[at].name &&
                 fuzz::same_json(one.extensions[at].payload, other.extensions[at].payload) &&
                     one.extensions[at].payload_raw == other.extensions[at].payload_raw,
                 "extensions are the same, byte for byte", text);
    }
}
