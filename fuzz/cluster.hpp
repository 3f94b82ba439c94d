// SPDX-License-Identifier: Apache-2.0
// Clusters as values that are compared, and as JSON.
#pragma once

#include "json_text.hpp"
#include "property.hpp"

#include <credplugin/protocol/cluster_info.hpp>

#include <string>
#include <string_view>

namespace fuzz {

/// All but the config's bytes.
inline void hold_same_cluster(const credplugin::cluster_info& a, const credplugin::cluster_info& b) {
    hold(a.server == b.server && a.tls_server_name == b.tls_server_name && a.insecure_skip_tls_verify == b.insecure_skip_tls_verify &&
             a.proxy_url.reveal() == b.proxy_url.reveal() && a.disable_compression == b.disable_compression &&
                 same_json(a.config, b.config),
         "a cluster that was written and read again is the same", a.server + " and " + b.server);
    const auto one = a.certificate_authority(), other = b.certificate_authority();
    hold(one.has_value() == other.has_value() && (!one || *one == *other), "a CA that was written and read again is the same");
    if (!one) hold_error(one.error());
}

/// The members of a cluster in a ClusterProfile, without braces.
inline std::string members_of(const credplugin::cluster_info& cluster) {
    const auto flag = [](bool value) { return value ? "true" : "false"; };
    return "\"server\":" + json_string(cluster.server) + ",\"tls-server-name\":" + json_string(cluster.tls_server_name) +
           ",\"insecure-skip-tls-verify\":" + flag(cluster.insecure_skip_tls_verify) +
           ",\"certificate-authority-data\":" + json_string(cluster.certificate_authority_data) +
           ",\"proxy-url\":" + json_string(cluster.proxy_url.reveal()) + ",\"disable-compression\":" + flag(cluster.disable_compression);
}

}  // namespace fuzz
