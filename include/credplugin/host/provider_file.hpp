// SPDX-License-Identifier: Apache-2.0
// The provider file: which plugin serves which access provider, and what a ClusterProfile may add to its run.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/json_source.hpp>
#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/host/context.hpp>
#include <credplugin/host/exec_config.hpp>
#include <credplugin/host/provider_object.hpp>
#include <credplugin/protocol/api_version.hpp>

#include <boost/json/value.hpp>

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credplugin {

/// What is read at most of a provider file.
inline constexpr credbase::json_limits provider_file_limits{.bytes = 1048576, .depth = 512};

/// What becomes of the arguments that a ClusterProfile brings: nothing, or they follow those of the file.
enum class args_policy { ignore, append };

/// What becomes of the environment variables that a ClusterProfile brings: nothing, or the file wins, or the profile wins.
enum class env_policy { ignore, append_if_not_exists, replace };

/// A plugin, and how far a ClusterProfile may change the way it is run.
struct provider {
    exec_config exec;  ///< its name is the access provider's that it serves
    args_policy profile_args = args_policy::ignore;  ///< for arguments that a profile brings
    env_policy profile_env = env_policy::ignore;     ///< for variables that a profile brings
};

/// A provider file that was read.
struct provider_file {
    std::vector<provider> providers;    ///< in the file's order, which decides between several that fit
    std::vector<std::string> warnings;  ///< what the file says to no effect, a line each with its place
};

namespace detail {

template <class Policy>
result<Policy> read_policy(const provider_object& fields, std::string name,
                           std::initializer_list<std::pair<std::string_view, Policy>> words) {
    auto text = fields.text(name);
    if (!text) return text.error();
    for (const auto& [word, policy] : words)
        if (*text == word) return policy;
    const std::string path = fields.path_of(name);
    name[0] = 'P';  // as upstream's message has it
    return refused_at(path, "unsupported " + name + ": " + credbase::quoted(*text));
}

inline result<environment_variable> read_variable(const boost::json::value& value, const std::string& path, const std::string& provider,
                                                  std::vector<std::string>& warnings) {
    auto fields = provider_object::of(value, path, {"name", "value"}, warnings);
    if (!fields) return fields.error();
    auto name = fields->text("name"), content = fields->text("value");
    if (!name) return name.error();
    if (!content) return content.error();
    if (name->empty())
        return refused_at(fields->path_of("name"),
                          "env variable name must be specified for " + provider + " to use exec authentication plugin");
    if (name->find('=') != std::string::npos) return refused_at(fields->path_of("name"), "may not contain \"=\"");
    return environment_variable{.name = *std::move(name), .value = *std::move(content)};
}

inline result<exec_config> read_exec_config(const boost::json::value& value, const std::string& path, const std::string& name,
                                            std::vector<std::string>& warnings) {
    auto fields = provider_object::of(
        value, path, {"apiVersion", "command", "args", "env", "installHint", "provideClusterInfo", "interactiveMode"}, warnings);
    if (!fields) return fields.error();
    auto version_text = fields->text("apiVersion"), command = fields->text("command"), hint = fields->text("installHint"),
         mode = fields->text("interactiveMode");
    for (const auto* text : {&version_text, &command, &hint, &mode})
        if (!*text) return text->error();
    const std::string shown = credbase::escape_controls(name);
    auto arguments = fields->list<std::string>("args", provider_text);
    if (!arguments) return arguments.error();
    auto environment = fields->list<environment_variable>("env", [&](const boost::json::value& element, const std::string& place) {
        return read_variable(element, place, shown, warnings);
    });
    if (!environment) return environment.error();
    auto cluster_info = fields->member("provideClusterInfo", "boolean");
    if (!cluster_info) return cluster_info.error();

    const auto version = parse_api_version(*version_text);
    if (!version) return refused_at(fields->path_of("apiVersion"), "exec plugin: invalid apiVersion " + credbase::quoted(*version_text));
    if (command->empty())
        return refused_at(fields->path_of("command"), "command must be specified for " + shown + " to use exec authentication plugin");
    if (!mode->empty() && *mode != "Never")
        warnings.push_back(fields->path_of("interactiveMode") + ": " + credbase::quoted(*mode) +
                           " is ignored, plugins of a provider file are never interactive");
    return exec_config{.name = name,
                       .version = *version,
                       .command = *std::move(command),
                       .arguments = *std::move(arguments),
                       .environment = *std::move(environment),
                       .install_hint = *std::move(hint),
                       .provide_cluster_info = *cluster_info != nullptr && (*cluster_info)->get_bool()};
}

inline result<provider> read_provider(const boost::json::value& value, const std::string& path, std::vector<std::string>& warnings) {
    auto fields =
        provider_object::of(value, path, {"name", "execConfig", "profileSourcedCLIArgsPolicy", "profileSourcedEnvVarsPolicy"}, warnings);
    if (!fields) return fields.error();
    auto name = fields->text("name");
    if (!name) return name.error();
    if (name->empty()) return refused_at(fields->path_of("name"), "name must be specified");
    auto exec_fields = fields->member("execConfig", "object");
    if (!exec_fields) return exec_fields.error();
    if (*exec_fields == nullptr)
        return refused_at(fields->path_of("execConfig"), "no exec config found for provider " + credbase::quoted(*name));
    auto exec = read_exec_config(**exec_fields, fields->path_of("execConfig"), *name, warnings);
    if (!exec) return exec.error();
    auto args = read_policy<args_policy>(*fields, "profileSourcedCLIArgsPolicy",
                                         {{"", args_policy::ignore}, {"Ignore", args_policy::ignore}, {"Append", args_policy::append}});
    if (!args) return args.error();
    auto env = read_policy<env_policy>(*fields, "profileSourcedEnvVarsPolicy",
                                       {{"", env_policy::ignore},
                                        {"Ignore", env_policy::ignore},
                                        {"AppendIfNotExists", env_policy::append_if_not_exists},
                                        {"Replace", env_policy::replace}});
    if (!env) return env.error();
    return provider{.exec = *std::move(exec), .profile_args = *args, .profile_env = *env};
}

inline result<provider_file> read_providers(std::string_view text) {
    auto document = credbase::parse_json(text, provider_file_limits, errc::bad_provider_file);
    if (!document) return document.error();
    provider_file file;
    for (const std::string& path : credbase::json_duplicates(text))
        file.warnings.push_back("duplicate key " + credbase::quoted(path) + ": the last one counts");
    auto fields = provider_object::of(*document, "", {"providers"}, file.warnings);
    if (!fields) return fields.error();
    std::set<std::string> names;
    auto providers =
        fields->list<provider>("providers", [&](const boost::json::value& element, const std::string& path) -> result<provider> {
            auto one = read_provider(element, path, file.warnings);
            if (one && !names.insert(one->exec.name).second)
                return refused_at(path + ".name", "duplicate provider name " + credbase::quoted(one->exec.name));
            return one;
        });
    if (!providers) return providers.error();
    file.providers = *std::move(providers);
    return file;
}

}  // namespace detail

/// Reads the text of a provider file.
///
/// Keys count in any case, null as absent; unknown and duplicate keys and interactive modes are warned of. Error: the place,
/// such as `providers[1].execConfig.command`, and what is wrong there: another type, a NUL, a key in two other cases, no or
/// a second provider of one name, no `execConfig`, no command, an `apiVersion` or policy that isn't one, a variable without
/// a usable name.
/// Source: cluster-inventory-api `pkg/access/config.go`; what it finds at use is found here, where it is loaded.
inline result<provider_file> parse_provider_file(std::string_view text) {
    auto file = detail::read_providers(text);
    if (!file) return file.error().within("failed to unmarshal access providers");
    return file;
}

/// Reads a provider file of the host. Error: it isn't there, can't be read, or as `parse_provider_file`.
inline result<provider_file> load_provider_file(const host_context& host, const std::string& path) {
    constexpr std::string_view reading = "failed to read access config file";
    auto content = host.read_file(path, provider_file_limits.bytes);
    if (!content) return content.error().within(reading);
    if (!*content)
        return error(errc::bad_provider_file, "open " + credbase::escape_controls(path) + ": no such file or directory").within(reading);
    return parse_provider_file((*content)->reveal());
}

}  // namespace credplugin
