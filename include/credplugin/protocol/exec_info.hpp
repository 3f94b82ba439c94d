// SPDX-License-Identifier: Apache-2.0
// KUBERNETES_EXEC_INFO: what the host asks of the plugin.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/json_source.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/protocol/api_version.hpp>
#include <credplugin/protocol/cluster_info.hpp>

#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace credplugin {

/// The environment variable that carries the ExecCredential.
inline constexpr char exec_info_variable[] = "KUBERNETES_EXEC_INFO";

/// What is read at most of KUBERNETES_EXEC_INFO.
inline constexpr credbase::json_limits exec_info_limits{.bytes = 1048576, .depth = 512};

/// The ExecCredential that a host hands to a plugin.
struct exec_info {
    api_version version = api_version::v1;  ///< the answer must carry the same
    bool interactive = false;               ///< stdin is the user's terminal
    std::optional<cluster_info> cluster;    ///< absent where the host was not told to send it (provideClusterInfo: false)

    /// Whether there is a config to read, that is an extension `client.authentication.k8s.io/exec`.
    bool has_config() const { return cluster && cluster->has_config(); }
};

namespace detail {

/// apiVersion or kind as a message shows it: the text, or the JSON of what stands in its place.
inline std::string shown(const boost::json::value* value) {
    if (value == nullptr) return "\"\"";
    if (value->is_string()) return credbase::quoted(value->get_string());
    return value->is_number() || value->is_bool() ? credbase::quoted(boost::json::serialize(*value))
                                                  : credbase::quoted(credbase::json_type(*value));
}

}  // namespace detail

/// Reads the value of KUBERNETES_EXEC_INFO.
///
/// Checked in this order: not blank, syntax and limits, apiVersion, kind, the types of the known members. Unknown members
/// are ignored, null counts as absent, of duplicate names the last one counts, a byte order mark is skipped.
/// Source: client-go `pkg/apis/clientauthentication`, `tools/auth/exec`; unlike there, YAML and text that isn't UTF-8 are refused.
inline result<exec_info> parse_exec_info(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos)
        return error(errc::no_exec_info, "KUBERNETES_EXEC_INFO is empty. set provideClusterInfo: true");
    if (text.size() > exec_info_limits.bytes)
        return error(errc::bad_exec_info, "KUBERNETES_EXEC_INFO is too large (" + std::to_string(text.size()) + " bytes, limit " +
                                              std::to_string(exec_info_limits.bytes) + ")");
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);

    constexpr std::string_view parsing = "failed to parse KUBERNETES_EXEC_INFO";
    auto document = credbase::parse_json(text, exec_info_limits, errc::bad_exec_info);
    if (!document) return document.error().within(parsing);
    if (!document->is_object()) return error(errc::bad_exec_info, "not a JSON object").within(parsing);
    const credbase::json_fields top(document->get_object(), "", errc::bad_exec_info);

    const boost::json::value* version_text = top.find("apiVersion");
    const auto version = version_text != nullptr && version_text->is_string() ? parse_api_version(version_text->get_string())
                                                                              : std::nullopt;
    if (!version)
        return error(errc::unsupported_version, "unsupported apiVersion " + detail::shown(version_text) +
                                                    " in KUBERNETES_EXEC_INFO (want client.authentication.k8s.io/v1 or "
                                                    "client.authentication.k8s.io/v1beta1)");
    const boost::json::value* kind = top.find("kind");
    if (kind == nullptr || !kind->is_string() || kind->get_string() != "ExecCredential")
        return error(errc::unexpected_kind, "unexpected kind " + detail::shown(kind) + " in KUBERNETES_EXEC_INFO (want \"ExecCredential\")");

    exec_info info{.version = *version, .interactive = false, .cluster = std::nullopt};
    auto spec = top.object("spec");
    if (!spec) return spec.error().within(parsing);
    if (!*spec) return info;
    auto interactive = (*spec)->boolean("interactive");
    if (!interactive) return interactive.error().within(parsing);
    info.interactive = *interactive;
    auto cluster = (*spec)->object("cluster");
    if (!cluster) return cluster.error().within(parsing);
    if (!*cluster) return info;
    auto read = read_cluster_fields(**cluster);
    if (!read) return read.error().within(parsing);
    info.cluster = *std::move(read);
    if (const boost::json::value* config = (*cluster)->find("config")) {
        info.cluster->config = *config;
        info.cluster->config_raw = credbase::json_source(text, {"spec", "cluster", "config"});
    }
    return info;
}

/// A check that plugins which talk to the cluster opt in to. Error: no server is named.
inline result<> require_server(const exec_info& info) {
    const std::string server = info.cluster ? info.cluster->server : "";
    if (server.find_first_not_of(" \t\r\n") == std::string::npos || server == "null")
        return error(errc::no_cluster, "spec.cluster.server is missing in KUBERNETES_EXEC_INFO");
    return {};
}

/// The config of the request, for plugins that can't do without one. Error: it is absent or null.
inline result<const boost::json::value*> require_config(const exec_info& info) {
    if (info.has_config()) return &info.cluster->config;
    return error(errc::no_config, std::string("missing ExecCredential.Spec.Cluster.Config (extensions)") +
                                      (info.cluster ? ". give the cluster the extension client.authentication.k8s.io/exec"
                                                    : ". set provideClusterInfo: true"));
}

/// A member of the config that must be a string. Error: as `require_config`, or its path `spec.cluster.config.<name>` and what is wrong.
inline result<std::string> config_string(const exec_info& info, std::string_view name) {
    auto config = require_config(info);
    if (!config) return config.error();
    auto fields = credbase::json_fields::of(**config, "spec.cluster.config", errc::bad_config);
    if (!fields) return fields.error();
    auto text = fields->string(name);
    if (!text) return text.error();
    if (!*text) return error(errc::bad_config, "missing").within(fields->path_of(name));
    return std::string(**text);
}

}  // namespace credplugin
