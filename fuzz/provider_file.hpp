// SPDX-License-Identifier: Apache-2.0
// The provider file of a host.
#pragma once

#include "cluster.hpp"
#include "property.hpp"

#include <credplugin/host/provider_file.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

inline void fuzz_provider_file(std::string_view input) {
    using fuzz::hold;
    using fuzz::json_string;
    const std::string text = fuzz::plant(input, {"\"value\":\""});
    const auto file = credplugin::parse_provider_file(text);
    if (!fuzz::hold_same_end(file, credplugin::parse_provider_file(text))) return;
    if (fuzz::sampled(input)) {
        const auto limit = credplugin::provider_file_limits.bytes;
        hold(credplugin::parse_provider_file(fuzz::padded(text, limit)).has_value(), "a file of 1 MiB is read");
        hold(credplugin::parse_provider_file(fuzz::padded(text, limit + 1)).has_error(), "a larger one is refused");
    }
    for (const std::string& warning : file->warnings) fuzz::hold_line(warning);

    std::set<std::string> names;
    std::string written = "{\"providers\":[";
    for (const auto& provider : file->providers) {
        const auto& exec = provider.exec;
        hold(!exec.name.empty() && names.insert(exec.name).second, "providers have names of their own", exec.name);
        hold(!exec.command.empty() && exec.interactive == credplugin::interactive_mode::never, "a provider has a command and no terminal");
        written += (names.size() == 1 ? "{\"name\":" : ",{\"name\":") + json_string(exec.name) + ",\"profileSourcedCLIArgsPolicy\":\"" +
                   (provider.profile_args == credplugin::args_policy::append ? "Append" : "Ignore") + "\",\"profileSourcedEnvVarsPolicy\":\"" +
                   (provider.profile_env == credplugin::env_policy::replace  ? "Replace"
                    : provider.profile_env == credplugin::env_policy::ignore ? "Ignore"
                                                                             : "AppendIfNotExists") +
                   "\",\"execConfig\":{\"apiVersion\":\"" + std::string(to_string(exec.version)) + "\",\"command\":" +
                   json_string(exec.command) + ",\"installHint\":" + json_string(exec.install_hint) +
                   ",\"provideClusterInfo\":" + (exec.provide_cluster_info ? "true" : "false") + ",\"args\":[";
        for (const std::string& argument : exec.arguments) {
            hold(argument.find('\0') == argument.npos, "an argument has no NUL");
            written += (&argument == &exec.arguments.front() ? "" : ",") + json_string(argument);
        }
        written += "],\"env\":[";
        for (const auto& variable : exec.environment) {
            hold(!variable.name.empty() && (variable.name + variable.value).find('\0') == std::string::npos &&
                 variable.name.find('=') == std::string::npos,
                 "a variable can be passed on", variable.name);
            written += (&variable == &exec.environment.front() ? "{\"name\":" : ",{\"name\":") + json_string(variable.name) +
                       ",\"value\":" + json_string(variable.value) + "}";
        }
        written += "]}}";
    }
    written += "]}";

    const auto again = credplugin::parse_provider_file(written);
    hold(again && again->warnings.empty() && again->providers.size() == file->providers.size(), "what is written can be read", written);
    for (std::size_t i = 0; i < file->providers.size(); ++i) {
        const auto &one = file->providers[i], &other = again->providers[i];
        bool same = one.profile_args == other.profile_args && one.profile_env == other.profile_env && one.exec.name == other.exec.name &&
                    one.exec.version == other.exec.version && one.exec.command == other.exec.command &&
                    one.exec.arguments == other.exec.arguments && one.exec.install_hint == other.exec.install_hint &&
                    one.exec.provide_cluster_info == other.exec.provide_cluster_info &&
                    one.exec.environment.size() == other.exec.environment.size();
        for (std::size_t at = 0; same && at < one.exec.environment.size(); ++at)
            same = one.exec.environment[at].name == other.exec.environment[at].name &&
                one.exec.environment[at].value == other.exec.environment[at].value;
        hold(same, "a provider that was written and read again is the same", written);
    }
}
