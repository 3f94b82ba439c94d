// SPDX-License-Identifier: Apache-2.0
// What the controller knows of a cluster.
#pragma once

#include "profile_files.hpp"
#include "table.hpp"

#include <credplugin/base/errors.hpp>
#include <credplugin/host/access.hpp>
#include <credplugin/host/context.hpp>
#include <credplugin/host/exec_config.hpp>
#include <credplugin/host/provider_file.hpp>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>

inline void warn(const std::string& name, const std::string& text) {
    std::cerr << "warning: " + name + ": " + one_line(text) + '\n';
}

struct cluster {
    std::string name;
    credplugin::result<credplugin::plugin_call> call;
    bool asked = false, good = false;
    std::uint64_t generation = 0;
    table::row state = {};  // the last columns
};

inline cluster load_cluster(const credplugin::host_context& ctx, const credplugin::provider_file& providers, const std::filesystem::path& file) {
    const auto profile = load_profile(ctx, file);
    if (!profile) return {.name = shown(file.filename().string()), .call = profile.error()};
    const std::string name = shown(profile->name.empty() ? file.filename().string() : profile->full_name());
    for (const std::string& warning : profile->warnings) warn(name, warning);
    return {.name = name, .call = find_access(providers, *profile)};
}

inline std::string region_of(const credplugin::plugin_call& call) {
    const auto* const config = call.cluster.config.if_object();
    const auto* const region = config != nullptr ? config->if_contains("region") : nullptr;
    return region != nullptr && region->is_string() ? shown(region->get_string()) : "-";
}

inline table::row row_of(const cluster& one) {
    table::row row = {one.name, one.call ? shown(one.call->exec.name) : "-", one.call ? region_of(*one.call) : "-"};
    row.insert(row.end(), one.state.begin(), one.state.end());
    return row;
}
