// SPDX-License-Identifier: Apache-2.0
// From what the host trusts and what a cluster says of itself to the run of a plugin.
#pragma once

#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/host/cluster_profile.hpp>
#include <credplugin/host/exec_config.hpp>
#include <credplugin/host/profile_additions.hpp>
#include <credplugin/host/provider_file.hpp>

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace credplugin {

/// What the host lets a ClusterProfile ask for.
struct access_options {
    bool allow_plain_http = false;             ///< a server of `http://`, which gets the credential in clear text
    bool allow_insecure_from_profile = false;  ///< `insecure-skip-tls-verify: true`, so that anyone may pose as the server
    std::vector<std::string> refused_variables = default_refused_variables();  ///< that no profile may set, as patterns

    /// Whether the credential of that call may go to its server; all may where this is empty. Asked last, from the caller's thread.
    ///
    /// Look at the whole of `cluster`: who writes the profile chooses the certificate authority and the proxy as well, and
    /// with both can pose as any server.
    std::function<bool(const plugin_call& call)> allowed_servers = {};
};

namespace detail {

/// The first provider of the file that the profile has an entry for, and that entry.
struct access_match {
    const provider* from;
    const access_provider* to;
};

inline result<access_match> match_access(const provider_file& file, const cluster_profile& profile) {
    for (const provider& from : file.providers)
        for (const access_provider& to : profile.access_providers)
            if (to.name == from.exec.name) return access_match{&from, &to};
    return error(errc::no_access, "no matching cluster accessor found for cluster profile " + credbase::quoted(profile.name));
}

inline result<> check_distinct(const std::vector<cluster_extension>& extensions) {
    std::set<std::string_view> names;
    for (const cluster_extension& extension : extensions)
        if (!names.insert(extension.name).second)
            return error(errc::bad_cluster_profile, "duplicate extension " + credbase::quoted(extension.name));
    return {};
}

/// Error, without quoting it: not an absolute URL of a host that everyone reads alike.
inline result<> check_server(std::string_view server, bool allow_plain_http) {
    const auto refused = [](const char* why) { return error(errc::bad_cluster_profile, why).within("cluster.server"); };
    if (server.empty()) return refused("missing");
    for (const char c : server)
        if (c <= 0x20 || c > 0x7E || c == '\\') return refused("a blank, a control character, a backslash or a non-ASCII character");
    const std::size_t end = server.find("://");
    const std::string scheme = credbase::lower_case(std::string(server.substr(0, end == server.npos ? 0 : end)));
    if (scheme == "http" && !allow_plain_http)
        return refused("http:// would send the credential in clear text; the host's option allow_plain_http permits it");
    if (scheme != "http" && scheme != "https") return refused("must start with https://");
    const std::string_view authority = server.substr(end + 3, server.find_first_of("/?#", end + 3) - (end + 3));
    if (authority.find('@') != authority.npos) return refused("may not name a user");
    if (authority.empty() || authority.starts_with(':')) return refused("names no host");
    return {};
}

}  // namespace detail

/// The run of a plugin that gives access to the cluster, made anew from values: nothing of it is shared with other runs, and
/// equal input gives equal output. May be called from any thread.
///
/// The first provider of the file whose name is among the profile's access providers serves, whatever the profile's order.
/// The extension `client.authentication.k8s.io/exec` becomes the plugin's config; arguments and variables are added as
/// `with_profile_additions` says. Error: no provider fits; two extensions of one name; a server that isn't `https://`; a
/// cluster that would not be verified; an addition that is refused; a server that the host doesn't allow.
/// Source: cluster-inventory-api `pkg/access/config.go`.
inline result<plugin_call> find_access(const provider_file& file, const cluster_profile& profile, const access_options& options = {}) {
    auto match = detail::match_access(file, profile);
    if (!match) return match.error();
    const auto& [from, to] = *match;
    if (auto distinct = detail::check_distinct(to->extensions); !distinct) return distinct.error();
    if (auto usable = detail::check_server(to->cluster.server, options.allow_plain_http); !usable) return usable.error();
    if (to->cluster.insecure_skip_tls_verify && !options.allow_insecure_from_profile)
        return error(errc::bad_cluster_profile,
                     "true is refused from a ClusterProfile; the host's option allow_insecure_from_profile permits it")
            .within("cluster.insecure-skip-tls-verify");
    auto exec = with_profile_additions(*from, *to, options.refused_variables);
    if (!exec) return exec.error();

    plugin_call call{.exec = *std::move(exec), .cluster = to->cluster, .cluster_name = profile.full_name()};
    for (const cluster_extension& extension : to->extensions) {
        if (extension.name != "client.authentication.k8s.io/exec") continue;
        call.cluster.config = extension.payload;
        call.cluster.config_raw = extension.payload_raw;
    }
    if (options.allowed_servers && !options.allowed_servers(call))
        return error(errc::bad_cluster_profile, "the host doesn't allow server " + credbase::quoted(call.cluster.server) +
                                                    " for provider " + credbase::quoted(call.exec.name));
    return call;
}

}  // namespace credplugin
