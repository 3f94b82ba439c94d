// SPDX-License-Identifier: Apache-2.0
// What the reader of README.md has.
#include <credplugin/host/exec_config.hpp>

#include <string>
#include <string_view>

extern const std::string cluster_profile_json;
bool is_one_of_ours(const credplugin::plugin_call& call);
void use(std::string_view cluster, std::string_view token);
void log(std::string_view line);
