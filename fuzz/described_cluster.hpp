// SPDX-License-Identifier: Apache-2.0
// What EKS says of a cluster, and whether a request says the same: EKS's answer, and in the parts `= server`, `= name` and `= ca`
// what the request has. `%A%` and `%B%` are certificates, and `%AB%` both: in the answer as base64 of PEM, in `= ca` as PEM.
#pragma once

#include "encodings.hpp"
#include "json_credentials.hpp"
#include "json_text.hpp"
#include "parts.hpp"
#include "property.hpp"

#include "verify_cluster.hpp"

#include <eksauth/services/eks.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace fuzz {

inline std::string pem_of(const std::string& base64) { return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n"; }

inline std::string url_of(const eksauth::uri& url) {
    const bool v6 = url.host.find(':') != std::string::npos;
    return url.scheme + "://" + (v6 ? "[" + url.host + "]" : url.host) + (url.port.empty() ? "" : ":" + url.port);
}

/// The blocks that OpenSSL finds in PEM, whatever their kind.
inline std::set<std::string> pem_blocks(std::string_view pem) {
    const std::unique_ptr<BIO, int (*)(BIO*)> in(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free);
    std::set<std::string> found;
    char *name = nullptr, *header = nullptr;
    unsigned char* data = nullptr;
    for (long size = 0; ::PEM_read_bio(in.get(), &name, &header, &data, &size) == 1;) {
        found.emplace(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
        ::OPENSSL_free(name);
        ::OPENSSL_free(header);
        ::OPENSSL_free(data);
    }
    ::ERR_clear_error();
    return found;
}

/// That a request which was let pass leads where EKS says, and trusts nobody else.
inline void hold_verified(const eksauth::described_cluster& known, const credplugin::cluster_info& asked) {
    const auto server = eksauth::parse_uri(asked.server);
    const auto port = [](const eksauth::uri& url) { return url.port.empty() ? "443" : url.port; };
    hold(server && server->scheme == "https" && server->host == known.endpoint.host && port(*server) == port(known.endpoint) &&
             !server->has_target(),
         "a server that passes is EKS's", asked.server);
    hold(!asked.insecure_skip_tls_verify && (asked.tls_server_name.empty() || credbase::lower_case(asked.tls_server_name) == server->host),
         "a server that passes is verified by its name", asked.tls_server_name);
    const auto given = base64_decoded(asked.certificate_authority_data), good = base64_decoded(known.certificate_authority_data);
    if (!given || !good) return hold(asked.certificate_authority_data == known.certificate_authority_data, "what can't be read is equal");
    const auto allowed = pem_blocks(*good);
    for (const std::string& one : pem_blocks(*given)) hold(allowed.contains(one), "a certificate that passes is EKS's", *given);
}

inline bool passes(const eksauth::described_cluster& known, const credplugin::cluster_info& asked) {
    const auto outcome = eks_plugin::check_described(known, asked), again = eks_plugin::check_described(known, asked);
    if (!hold_same_end(outcome, again)) return false;
    hold_verified(known, asked);
    return true;
}

/// That a request which says what EKS does passes, and none that differs in one respect.
inline void hold_differences(const eksauth::described_cluster& known) {
    credplugin::cluster_info same;
    same.server = url_of(known.endpoint);
    same.certificate_authority_data = known.certificate_authority_data;
    hold(passes(known, same), "what EKS says itself passes", same.server);
    for (const auto change : {+[](credplugin::cluster_info& asked) { asked.server += "x"; },
                              +[](credplugin::cluster_info& asked) { asked.server += "/x"; },
                              +[](credplugin::cluster_info& asked) { asked.server.erase(4, 1); },
                              +[](credplugin::cluster_info& asked) { asked.tls_server_name = "another name"; },
                              +[](credplugin::cluster_info& asked) { asked.insecure_skip_tls_verify = true; },
                              +[](credplugin::cluster_info& asked) { asked.certificate_authority_data = ""; },
                              +[](credplugin::cluster_info& asked) { asked.certificate_authority_data = base64(pem_of("YW5vdGhlcg==")); }}) {
        credplugin::cluster_info changed = same;
        change(changed);
        hold(!passes(known, changed), "a request that differs doesn't pass", changed.server);
    }
}

}  // namespace fuzz

inline void fuzz_described_cluster(std::string_view input) {
    using fuzz::hold;
    const std::string a = fuzz::pem_of("QUFB"), b = fuzz::pem_of("QkJC");
    const auto with = [](std::string text, const std::string& one, const std::string& other, const std::string& both) {
        return fuzz::replaced(fuzz::replaced(fuzz::replaced(std::move(text), "%AB%", both), "%A%", one), "%B%", other);
    };
    const auto parts = fuzz::parts_of(input);
    const std::string body(fuzz::text_of(parts, ""));
    const auto reply = fuzz::reply_of(200, with(body, fuzz::base64(a), fuzz::base64(b), fuzz::base64(a + b)));
    const auto known = eksauth::parse_described_cluster(reply);
    if (!fuzz::hold_same_end(known, eksauth::parse_described_cluster(reply))) return;
    hold(known->endpoint.scheme == "https" && known->endpoint.user_info.empty() && !known->endpoint.has_target() &&
             !known->arn.empty() && !known->certificate_authority_data.empty(), "a described cluster is whole");
    const std::string endpoint = fuzz::json_string(fuzz::url_of(known->endpoint));
    const std::string data = fuzz::json_string(known->certificate_authority_data);
    const auto again = eksauth::parse_described_cluster(fuzz::reply_of(
        200, "{\"cluster\":{\"arn\":" + fuzz::json_string(known->arn) + ",\"endpoint\":" + endpoint +
                 ",\"certificateAuthority\":{\"data\":" + data + "}}}"));
    hold(again && again->arn == known->arn && fuzz::url_of(again->endpoint) == fuzz::url_of(known->endpoint) &&
             again->certificate_authority_data == known->certificate_authority_data,
         "a cluster that was written and read again is the same");

    credplugin::cluster_info asked;
    asked.server = fuzz::plant(fuzz::text_of(parts, "server"), {"https://u:", "?"});
    asked.tls_server_name = fuzz::text_of(parts, "name");
    asked.certificate_authority_data = fuzz::base64(with(std::string(fuzz::text_of(parts, "ca")), a, b, a + b));
    asked.proxy_url = credbase::secret_string("http://u:" + std::string(fuzz::planted) + "@p");
    fuzz::passes(*known, asked);
    asked.certificate_authority_data = fuzz::text_of(parts, "ca");
    fuzz::passes(*known, asked);
    fuzz::hold_differences(*known);
}
