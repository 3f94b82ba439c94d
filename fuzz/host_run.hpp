// SPDX-License-Identifier: Apache-2.0
// From a ClusterProfile and a provider file to the run of a plugin and its answer, at a host.
//
// The parts of the input: `= file`, the provider file; `= profile`, the ClusterProfile; `= exit CODE`, what the plugin prints, or
// `= end NUMBER` of another end; `= stderr`, what it says. `%ECHO%` in what it says is all that it was told.
#pragma once

#include "cluster.hpp"
#include "parts.hpp"
#include "property.hpp"
#include "support/host_fakes.hpp"

#include <credplugin/host/access.hpp>
#include <credplugin/host/call_key.hpp>
#include <credplugin/host/run_plugin.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// What the plugin does, whatever it is told.
inline credbase::process_output plugin_output(const std::vector<part>& parts, const credbase::process_request& request) {
    credbase::process_output output{.program = request.arguments.front()};
    for (const part& one : parts) {
        const int number = one.argument.empty() ? 0 : one.argument.front() - '0';
        if (one.kind == "exit") {
            output.exit_code = number;
            output.out = credbase::secret_string(plant(one.text, {"\"token\":\""}));
        } else if (one.kind == "end" && number >= 0 && number < 7) {
            output.end = static_cast<credbase::process_end>(number);
            output.system_error = ENOENT;
        } else if (one.kind == "stderr") {
            output.err = one.text;
        }
    }
    std::string told;
    for (const auto& variable : request.environment) told += variable.value.value_or("") + "\n";
    output.err = replaced(output.err, "%ECHO%", told);
    if (output.err.size() > request.err_kept_bytes) output.err.erase(0, output.err.size() - request.err_kept_bytes);
    return output;
}

/// That what a ClusterProfile brings goes no further than the provider file lets it.
inline void hold_call(const credplugin::plugin_call& call, const credplugin::provider_file& file,
                      const credplugin::cluster_profile& profile) {
    const auto from = std::find_if(file.providers.begin(), file.providers.end(),
                                   [&](const auto& one) { return one.exec.name == call.exec.name; });
    hold(from != file.providers.end(), "a call is by a provider of the file", call.exec.name);
    const auto& own = from->exec;
    hold(call.exec.command == own.command && call.exec.version == own.version && call.exec.interactive == own.interactive &&
             call.exec.provide_cluster_info == own.provide_cluster_info && call.exec.install_hint == own.install_hint,
         "a profile doesn't choose the command", call.exec.command);
    hold(call.exec.arguments.size() >= own.arguments.size() &&
         std::equal(own.arguments.begin(), own.arguments.end(), call.exec.arguments.begin()),
         "the file's arguments come first");
    hold(call.exec.arguments.size() == own.arguments.size() || from->profile_args == credplugin::args_policy::append,
         "arguments are added where the file says so");
    hold(call.exec.environment.size() >= own.environment.size(), "the file's variables are kept");
    hold(call.exec.arguments.size() <= own.arguments.size() + credplugin::profile_arguments_limit &&
             call.exec.environment.size() <= own.environment.size() + credplugin::profile_variables_limit,
         "the limits of additions hold");
    for (std::size_t i = 0; i < call.exec.environment.size(); ++i) {
        const auto& [name, value] = call.exec.environment[i];
        const bool of_file = i < own.environment.size();
        hold(!of_file || name == own.environment[i].name, "the file's variables come first, in their order", name);
        if (of_file && value == own.environment[i].value) continue;
        using enum credplugin::env_policy;
        hold(from->profile_env == replace || (!of_file && from->profile_env == append_if_not_exists),
             "variables are set where the file says so", name);
        const std::string upper = credbase::upper_case(name);
        for (const char* dangerous : {"LD_PRELOAD", "LD_LIBRARY_PATH", "PATH", "HOME", "HTTPS_PROXY", "HTTP_PROXY", "AWS_CONFIG_FILE",
                                      "AWS_ENDPOINT_URL_STS", "AWS_CA_BUNDLE", "SSL_CERT_FILE", "KUBERNETES_EXEC_INFO", "PYTHONPATH",
                                      "BASH_ENV", "AWS_CONTAINER_CREDENTIALS_FULL_URI"})
            hold(upper != dangerous, "a profile sets no dangerous variable", name);
        hold(name.find_first_of(std::string_view("=\0", 2)) == name.npos && value.find('\0') == value.npos,
             "a variable can be passed on", name);
    }
    const std::string scheme = credbase::lower_case(call.cluster.server.substr(0, 8));
    hold(scheme == "https://" && !call.cluster.insecure_skip_tls_verify && credplugin::may_send_to(call.cluster.server),
         "a credential goes to a server that is verified", call.cluster.server);
    hold(call.cluster.server.find_first_of(" \t\r\n\\") == std::string::npos, "a server is what everyone takes it for",
         call.cluster.server);
    hold(call.cluster_name == profile.full_name(), "a call is for the cluster of the profile");
}

}  // namespace fuzz

inline void fuzz_host_run(std::string_view input) {
    using fuzz::hold;
    const auto parts = fuzz::parts_of(input);
    const auto file = credplugin::parse_provider_file(fuzz::plant(fuzz::text_of(parts, "file"), {"\"value\":\""}));
    const auto profile = credplugin::parse_cluster_profile(fuzz::plant(fuzz::text_of(parts, "profile"), {"\"proxy-url\":\"http://u:"}));
    if (!file) fuzz::hold_error(file.error());
    if (!profile) fuzz::hold_error(profile.error());
    if (!file || !profile) return;
    const auto call = find_access(*file, *profile);
    if (!fuzz::hold_same_end(call, find_access(*file, *profile))) return;
    fuzz::hold_call(*call, *file, *profile);
    hold(call_key(*call).reveal() == call_key(*find_access(*file, *profile)).reveal(), "equal calls have an equal key");

    fake_host host;
    auto ctx = host.context();
    std::vector<credbase::process_request> seen;
    ctx.run_process = [&](const credbase::process_request& request) {
        seen.push_back(request);
        return fuzz::plugin_output(parts, request);
    };
    const auto answer = run_plugin(ctx, *call);
    if (!seen.empty()) {
        const credbase::process_request request = seen.front();
        hold(request.arguments.size() == call->exec.arguments.size() + 1 && request.arguments.front() == call->exec.command,
             "the program is the call's");
        hold(!request.inherit_stdin && request.time_limit.count() > 0, "a plugin of a provider file has no terminal and no end of time");
        hold(request.environment.size() == call->exec.environment.size() + 1 && request.environment.back().name == "KUBERNETES_EXEC_INFO" &&
                 request.environment.back().value,
             "the plugin's request comes last");
        const auto info = credplugin::parse_exec_info(*request.environment.back().value);
        hold(info && info->version == call->exec.version && !info->interactive &&
             info->cluster.has_value() == call->exec.provide_cluster_info,
             "the plugin can read its request");
        if (info->cluster) fuzz::hold_same_cluster(*info->cluster, call->cluster);
    }
    const auto told = [](const auto& one) { return one ? std::string(one->token.reveal()) : one.error().text(); };
    hold(told(answer) == told(run_plugin(ctx, *call)), "equal runs have an equal end");
    if (answer) {
        const auto printed = fuzz::plugin_output(parts, seen.at(0));
        hold(printed.end == credbase::process_end::exited && printed.exit_code == 0, "only a plugin that ended well has an answer");
        return;
    }
    hold(!answer.error().code().word.empty(), "an error has a code");
    fuzz::hold_lines(answer.error().text());
}
