// SPDX-License-Identifier: Apache-2.0
// Whether a request's cluster is the one that EKS has: who wrote the request chose the server that gets the token.
#pragma once

#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/protocol/cluster_info.hpp>
#include <eksauth/base/uri.hpp>
#include <eksauth/services/eks.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eks_plugin {

namespace detail {

/// Scheme, host, port and what follows as one text, which is the same for https URLs that lead to the same place.
inline std::string place_of(const eksauth::uri& url) {
    const std::string host = url.host.find(':') == url.host.npos ? url.host : "[" + url.host + "]";
    return url.scheme + "://" + host + (url.port.empty() || url.port == "443" ? "" : ":" + url.port) +
           (url.has_target() ? url.path + url.query : "");
}

/// The certificates (DER) in base64 of PEM. Error: anything else than certificates and white space is in it.
///
/// This strict, so that no reader of PEM finds a certificate that isn't found here: some take bare DER before the first block.
inline credbase::result<std::vector<std::string>> certificates_in(const std::string& data) {
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----", blanks = " \t\r\n";
    const auto refused = [](const char* why) { return credbase::error(credplugin::errc::provider_failed, why); };
    const auto pem = credplugin::decode_base64(data);
    if (!pem) return refused("it is no base64");
    std::vector<std::string> found;
    for (std::string_view rest = *pem;;) {
        rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
        if (rest.empty()) break;
        const std::size_t stop = rest.find(end);
        if (!rest.starts_with(begin) || stop == rest.npos) return refused("it has something else in it");
        std::string body(rest.substr(begin.size(), stop - begin.size()));
        std::erase_if(body, [&](char c) { return blanks.find(c) != blanks.npos; });
        const auto der = credplugin::decode_base64(body);
        if (!der || der->empty()) return refused("a certificate in it is cut short, or no base64");
        found.push_back(*der);
        rest.remove_prefix(stop + end.size());
    }
    if (found.empty()) return refused("it is empty");
    return found;
}

}  // namespace detail

/// Whether a token for the cluster may go to where the request says: to EKS's endpoint, verified by EKS's certificate authority.
///
/// A proxy is let pass, since it sees TLS alone. So is a request that has but one of EKS's certificates, as it may while the
/// cluster passes from one to another. A certificate beside EKS's could vouch for any server, and another `tls-server-name` for
/// another machine with a certificate of the same authority, such as a node's kubelet: both are refused, as is a request that is
/// not verified or by the system's authorities. Error: what differs, with both values.
inline credbase::result<> check_described(const eksauth::described_cluster& known, const credplugin::cluster_info& asked) {
    const std::string arn = credbase::escape_controls(credbase::cut_text(known.arn, 200)), place = detail::place_of(known.endpoint);
    const auto refused = [&](const std::string& why) {
        return credbase::error(credplugin::errc::provider_failed,
                               why + "; correct the cluster's entry by `aws eks describe-cluster`, or ask who wrote it");
    };
    if (asked.server.empty()) return refused("the request names no server, and EKS has " + place + " for " + arn);
    const auto server = eksauth::parse_uri(asked.server);
    if (!server) return refused("the request's server is " + server.error().message() + ", and EKS has " + place + " for " + arn);
    if (asked.server.find('@') != std::string::npos)
        return refused("the request's server has user information, and EKS has " + place + " for " + arn);
    if (const std::string got = detail::place_of(*server); got != place)
        return refused("the request's server " + credbase::quoted(got.substr(0, got.find('?'))) + " is not the endpoint that EKS has for " +
                       arn + ", " + place);
    if (asked.insecure_skip_tls_verify)
        return refused("the request has insecure-skip-tls-verify: true, so that any server could pose as " + place);
    if (!asked.tls_server_name.empty() && !credbase::same_but_case(asked.tls_server_name, known.endpoint.host))
        return refused("the request's tls-server-name " + credbase::quoted(asked.tls_server_name) +
                       " is not the host of the endpoint that EKS has for " + arn + ", " + place);

    const std::string data = "the request's certificate-authority-data ";
    if (asked.certificate_authority_data.empty())
        return refused(data + "is missing, so that the system's authorities could vouch for any server; EKS has an authority of its own for " +
                       arn);
    if (asked.certificate_authority_data == known.certificate_authority_data) return {};
    const auto given = detail::certificates_in(asked.certificate_authority_data);
    if (!given) return refused(data + "is no base64 of PEM certificates alone: " + given.error().message());
    const auto good = detail::certificates_in(known.certificate_authority_data);
    if (!good) return refused(data + "is not what EKS has for " + arn + ", which can't be read: " + good.error().message());
    for (std::size_t at = 0; at < given->size(); ++at)
        if (std::ranges::find(*good, (*given)[at]) == good->end())
            return refused(data + "has a certificate, number " + std::to_string(at + 1) + " of " + std::to_string(given->size()) +
                           ", that is none of those that EKS has for " + arn);
    return {};
}

}  // namespace eks_plugin
