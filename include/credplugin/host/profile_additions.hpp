// SPDX-License-Identifier: Apache-2.0
// Arguments and environment variables that a ClusterProfile adds to the run of a plugin, where the provider file lets it.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/host/cluster_profile.hpp>
#include <credplugin/host/exec_config.hpp>
#include <credplugin/host/provider_file.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credplugin {

inline constexpr std::size_t profile_arguments_limit = 64,  ///< how many arguments a ClusterProfile adds at most
    profile_variables_limit = 64,                           ///< how many variables
    profile_additions_limit_bytes = 32768;                  ///< of arguments, names and values together

/// The names of environment variables that no ClusterProfile may set: with them it could run its own code, lead the plugin
/// to its own servers or make it read other files. `*` stands for any text; letters count in any case, as some readers of
/// `http_proxy` have it.
inline std::vector<std::string> default_refused_variables() {
    return {"LD_*",       "DYLD_*",     "GCONV_PATH",        "LOCPATH",    "MALLOC_*", "PATH",         "HOME",
            "IFS",        "BASH_ENV",   "ENV",               "OPENSSL_*",  "PYTHON*",  "NODE_OPTIONS", "JAVA_TOOL_OPTIONS",
            "PERL5*",     "RUBY*",      "GIT_*",             "SSL_CERT_*", "*_PROXY",  "AWS_*_FILE",   "AWS_ENDPOINT_URL*",
            "*_CA_BUNDLE", "AWS_CONTAINER_*", "AWS_EC2_METADATA_*", "KUBECONFIG", "KUBERNETES_EXEC_INFO"};
}

namespace detail {

inline bool fits(std::string_view name, std::string_view pattern) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return credbase::same_but_case(name, pattern);
    if (name.size() < star || !credbase::same_but_case(name.substr(0, star), pattern.substr(0, star))) return false;
    for (std::size_t skip = star; skip <= name.size(); ++skip)
        if (fits(name.substr(skip), pattern.substr(star + 1))) return true;
    return false;
}

/// A text of a payload. Error: another type, or a NUL.
inline result<std::string> addition_text(const boost::json::value& value, const std::string& place) {
    const auto refused = [&](const std::string& why) { return error(errc::bad_cluster_profile, why).within(place); };
    if (!value.is_string()) return refused("expected string, got " + std::string(credbase::json_type(value)));
    const std::string_view text = value.get_string();
    if (text.find('\0') != std::string_view::npos) return refused("may not contain NUL");
    return std::string(text);
}

inline result<std::vector<std::string>> read_additional_arguments(const boost::json::value& payload) {
    std::vector<std::string> arguments;
    if (payload.is_null()) return arguments;
    if (!payload.is_array()) return error(errc::bad_cluster_profile, "expected array, got " + std::string(credbase::json_type(payload)));
    const auto& elements = payload.get_array();
    if (elements.size() > profile_arguments_limit)
        return error(errc::bad_cluster_profile,
                     std::to_string(elements.size()) + " arguments, limit " + std::to_string(profile_arguments_limit));
    for (const boost::json::value& element : elements) {
        auto text = addition_text(element, '[' + std::to_string(arguments.size()) + ']');
        if (!text) return text.error();
        arguments.push_back(*std::move(text));
    }
    return arguments;
}

inline result<std::map<std::string, std::string>> read_additional_variables(const boost::json::value& payload) {
    std::map<std::string, std::string> variables;
    if (payload.is_null()) return variables;
    const auto refused = [](const std::string& why) { return error(errc::bad_cluster_profile, why); };
    if (!payload.is_object()) return refused("expected object, got " + std::string(credbase::json_type(payload)));
    const auto& members = payload.get_object();
    if (members.size() > profile_variables_limit)
        return refused(std::to_string(members.size()) + " variables, limit " + std::to_string(profile_variables_limit));
    for (const auto& member : members) {
        const std::string name(member.key());
        const std::string shown = credbase::quoted(name);
        if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos)
            return refused(shown + " is no name of a variable");
        auto text = addition_text(member.value(), shown);
        if (!text) return text.error();
        variables.emplace(name, *std::move(text));
    }
    return variables;
}

inline void merge_variables(std::map<std::string, std::string> added, env_policy policy, std::vector<environment_variable>& environment) {
    for (environment_variable& variable : environment) {
        const auto found = added.find(variable.name);
        if (found != added.end() && policy == env_policy::replace) variable.value = found->second;
    }
    for (const environment_variable& variable : environment) added.erase(variable.name);
    for (const auto& [name, value] : added) environment.push_back({.name = name, .value = value});
}

inline result<> check_permitted(const std::map<std::string, std::string>& variables, const std::vector<std::string>& refused) {
    for (const auto& variable : variables)
        for (const std::string& pattern : refused)
            if (fits(variable.first, pattern))
                return error(errc::bad_cluster_profile,
                             "environment variable " + credbase::quoted(variable.first) + " may not be set from a ClusterProfile");
    return {};
}

}  // namespace detail

/// Adds what the extensions of a cluster bring to a copy of the provider's configuration, as far as its policies go.
///
/// What a policy ignores isn't looked at. New variables stand behind those of the file, sorted by name, so that equal input
/// gives equal output. Error: a payload that isn't texts, is too large, or sets a variable that fits one of `refused_variables`.
/// Source: cluster-inventory-api `pkg/access/config.go`, which writes into the configuration that all clusters share.
inline result<exec_config> with_profile_additions(const provider& from, const access_provider& to,
                                                  const std::vector<std::string>& refused_variables) {
    exec_config exec = from.exec;
    std::size_t bytes = 0;
    for (const cluster_extension& extension : to.extensions) {
        if (extension.name == "clusterprofiles.multicluster.x-k8s.io/exec/additional-args" && from.profile_args == args_policy::append) {
            auto added = detail::read_additional_arguments(extension.payload);
            if (!added) return added.error().within("failed to unmarshal additional CLI args extension");
            for (const std::string& argument : *added) bytes += argument.size();
            exec.arguments.insert(exec.arguments.end(), added->begin(), added->end());
        }
        if (extension.name == "clusterprofiles.multicluster.x-k8s.io/exec/additional-envs" && from.profile_env != env_policy::ignore) {
            auto added = detail::read_additional_variables(extension.payload);
            if (!added) return added.error().within("failed to unmarshal additional env vars extension");
            if (auto permitted = detail::check_permitted(*added, refused_variables); !permitted) return permitted.error();
            for (const auto& [name, value] : *added) bytes += name.size() + value.size();
            detail::merge_variables(*std::move(added), from.profile_env, exec.environment);
        }
    }
    if (bytes > profile_additions_limit_bytes)
        return error(errc::bad_cluster_profile, "arguments and environment variables from a ClusterProfile are too large (" +
                                                    std::to_string(bytes) + " bytes, limit " +
                                                    std::to_string(profile_additions_limit_bytes) + ")");
    return exec;
}

}  // namespace credplugin
