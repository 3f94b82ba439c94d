// SPDX-License-Identifier: Apache-2.0
// ClusterProfiles in files, for the examples; a real controller gets them from the API server of its hub.
#pragma once

#include "yaml_as_json.hpp"

#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/host/cluster_profile.hpp>
#include <credplugin/host/context.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

/// The files of a folder that may be ClusterProfiles, by name. Error: it can't be read, or has none.
inline credplugin::result<std::vector<std::filesystem::path>> profile_files(const std::string& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code failure;
    for (std::filesystem::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
        const auto extension = at->path().extension();
        if (extension == ".json" || extension == ".yaml" || extension == ".yml") files.push_back(at->path());
    }
    const auto refused = [&](const std::string& why) {
        return credplugin::error(credplugin::errc::bad_cluster_profile, "reading " + credbase::escape_controls(folder) + ": " + why);
    };
    if (failure) return refused(failure.message());
    if (files.empty()) return refused("no .json, .yaml or .yml file is there");
    std::sort(files.begin(), files.end());
    return files;
}

/// Reads a ClusterProfile from JSON, or from YAML if the file isn't named `.json`.
inline credplugin::result<credplugin::cluster_profile> load_profile(const credplugin::host_context& ctx, const std::filesystem::path& file) {
    const auto text = ctx.read_file(file.string(), credplugin::cluster_profile_limits.bytes);
    if (!text) return text.error();
    if (!*text)
        return credplugin::error(credplugin::errc::bad_cluster_profile,
                                 "reading " + credbase::escape_controls(file.string()) + ": no such file");
    if (file.extension() == ".json") return credplugin::parse_cluster_profile((*text)->reveal());
    const auto json = yaml_as_json((*text)->reveal());
    if (!json) return json.error();
    return credplugin::parse_cluster_profile(*json);
}
