// SPDX-License-Identifier: Apache-2.0
// spec.cluster of an ExecCredential: the cluster that the credential is for.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credplugin/base/errors.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace credplugin {

/// The cluster as the host describes it, with the config that the extension `client.authentication.k8s.io/exec` holds.
///
/// All of it is untrusted input: it may come from a ClusterProfile.
struct cluster_info {
    std::string server;           ///< `https://host:port[/path]`, as configured; may be empty
    std::string tls_server_name;  ///< name for SNI and verification; empty: the host of `server`
    bool insecure_skip_tls_verify = false;  ///< true: whoever answers counts as the server
    std::string certificate_authority_data;  ///< base64 of PEM; empty: the system's roots
    credbase::secret_string proxy_url;       ///< may hold a password; empty: no explicit proxy
    bool disable_compression = false;       ///< true: responses are asked for as they are
    boost::json::value config;  ///< null where there is no extension
    std::string config_raw;     ///< the source bytes of `config`, numbers of any size intact

    /// Whether the cluster has an extension for the plugin.
    bool has_config() const { return !config.is_null(); }

    /// The PEM text of the certificate authority; empty if there is none.
    ///
    /// Decoded on demand, so that a bad CA doesn't break a plugin that needs none. Error: as `decode_base64`.
    result<std::string> certificate_authority() const;
};

/// Reads what `spec.cluster` of an ExecCredential and a cluster of a kubeconfig have in common: everything but the config.
///
/// Absent or null members keep their defaults, others are ignored. Error: the path of a member of another type.
inline result<cluster_info> read_cluster_fields(const credbase::json_fields& fields) {
    cluster_info cluster;
    struct text_field { std::string_view name; std::string cluster_info::*member; };
    for (const auto& [name, member] : {text_field{"server", &cluster_info::server},
                                       {"tls-server-name", &cluster_info::tls_server_name},
                                       {"certificate-authority-data", &cluster_info::certificate_authority_data}}) {
        auto text = fields.string(name);
        if (!text) return text.error();
        cluster.*member = text->value_or("");
    }
    struct flag_field { std::string_view name; bool cluster_info::*member; };
    for (const auto& [name, member] : {flag_field{"insecure-skip-tls-verify", &cluster_info::insecure_skip_tls_verify},
                                       {"disable-compression", &cluster_info::disable_compression}}) {
        auto flag = fields.boolean(name);
        if (!flag) return flag.error();
        cluster.*member = *flag;
    }
    auto proxy = fields.string("proxy-url");
    if (!proxy) return proxy.error();
    cluster.proxy_url = credbase::secret_string(proxy->value_or(""));
    return cluster;
}

/// The bytes of base64 as Go's decoder reads it: the standard alphabet with padding, CR and LF are skipped. Error: anything else.
inline result<std::string> decode_base64(std::string_view text) {
    std::string bytes;
    std::uint32_t group = 0;
    std::size_t symbols = 0, padding = 0;
    const auto refused = [](const std::string& why) { return error(errc::bad_exec_info, why).within("not base64"); };
    for (const char c : text) {
        if (c == '\r' || c == '\n') continue;
        std::uint32_t bits = 0;
        if (c >= 'A' && c <= 'Z') bits = static_cast<std::uint32_t>(c - 'A');
        else if (c >= 'a' && c <= 'z') bits = static_cast<std::uint32_t>(c - 'a' + 26);
        else if (c >= '0' && c <= '9') bits = static_cast<std::uint32_t>(c - '0' + 52);
        else if (c == '+') bits = 62;
        else if (c == '/') bits = 63;
        else if (c == '=' && symbols % 4 >= 2) ++padding;
        else return refused("unexpected byte " + credbase::hex_byte(c));
        if (padding != 0 && c != '=') return refused("text behind the padding");
        group = group << 6U | bits;
        if (++symbols % 4 != 0) continue;
        for (std::size_t i = 0; i + padding < 3; ++i) bytes += static_cast<char>(group >> (16 - 8 * i) & 0xFFU);
        group = 0;
    }
    if (symbols % 4 != 0) return refused("cut short");
    return bytes;
}

inline result<std::string> cluster_info::certificate_authority() const {
    auto pem = decode_base64(certificate_authority_data);
    if (!pem) return pem.error().within("spec.cluster.certificate-authority-data");
    return pem;
}

}  // namespace credplugin
