// SPDX-License-Identifier: Apache-2.0
// What tells the calls of plugins apart.
#pragma once

#include <credbase/secret_string.hpp>
#include <credbase/wiping_memory.hpp>
#include <credplugin/host/exec_config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace credplugin {

namespace detail {

inline constexpr std::size_t length_bytes = sizeof(std::size_t);

/// All that decides the credential, in a fixed order; what differs most between clusters first, since keys are compared.
template <class Each>
void for_each_key_part(const plugin_call& call, std::string_view config, Each each) {
    const exec_config& exec = call.exec;
    const auto flag = [&](bool set) { each(set ? "1" : "0"); };
    flag(exec.provide_cluster_info);
    if (exec.provide_cluster_info) {
        each(call.cluster.server);
        each(config);
        each(call.cluster.tls_server_name);
        each(call.cluster.proxy_url.reveal());
        flag(call.cluster.insecure_skip_tls_verify);
        flag(call.cluster.disable_compression);
        each(call.cluster.certificate_authority_data);
    }
    each(to_string(exec.version));
    each(exec.interactive == interactive_mode::never ? "never" : exec.interactive == interactive_mode::always ? "always" : "if available");
    each(exec.command);
    each(std::to_string(exec.arguments.size()));
    for (const std::string& argument : exec.arguments) each(argument);
    for (const environment_variable& variable : exec.environment) {
        each(variable.name);
        each(variable.value);
    }
}

}  // namespace detail

/// Bytes that are the same for two calls exactly where the plugin is run the same way: each part with its length before it.
///
/// The cluster counts only where the plugin is told of it; names for messages and the install hint never do. Holds secrets
/// in clear: not to be shown, stored or sent.
/// Source: client-go's `exec.go`, `cacheKey`, where names of users and hints aren't part of the key either way.
inline credbase::secret_string call_key(const plugin_call& call) {
    credbase::secret_string written;
    std::string_view config = call.cluster.config_raw;
    if (call.exec.provide_cluster_info && config.empty() && call.cluster.has_config()) {
        written = credbase::serialize_secret(call.cluster.config);
        config = written.reveal();
    }
    std::size_t size = 0;
    detail::for_each_key_part(call, config, [&](std::string_view part) { size += detail::length_bytes + part.size(); });
    credbase::secret_string key;
    key.reserve(size);
    detail::for_each_key_part(call, config, [&](std::string_view part) {
        const std::size_t length = part.size();
        key.append(std::string_view(reinterpret_cast<const char*>(&length), detail::length_bytes)).append(part);
    });
    return key;
}

}  // namespace credplugin
