// SPDX-License-Identifier: Apache-2.0
// The call to EKS that tells a cluster's server: a request out, JSON in; all pure.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/percent_encoding.hpp>
#include <eksauth/base/uri.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/signed_request.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

/// How EKS says a cluster is reached.
struct described_cluster {
    std::string arn;  ///< as EKS writes it; for messages
    uri endpoint;     ///< https, without user and path
    std::string certificate_authority_data;  ///< base64 of PEM: one certificate, or two while the cluster passes from one to another
};

/// Fills a request to EKS (scheme, host and port are given) with DescribeCluster, signed at `at` for `region_name`.
inline result<http_request> describe_cluster_call(http_request to, std::string_view cluster, const credentials& keys,
                                                  std::string_view region_name, std::chrono::sys_seconds at) {
    to.method = "GET";
    to.keep_connection = true;
    to.target = "/clusters/" + std::string(percent_encoded(cluster).reveal());
    return signed_request(std::move(to), keys, {.at = at, .region = region_name, .service = "eks"});
}

/// The cluster in an answer of status 200.
///
/// Error: it isn't that document, the endpoint is no https URL of a host alone, or the cluster has no endpoint or no
/// certificate authority, as before it is ACTIVE for the first time. Source: botocore `data/eks/2017-11-01/service-2.json`.
inline result<described_cluster> parse_described_cluster(const http_response& reply) {
    const auto document = credbase::parse_json(reply.body.reveal(), {.bytes = service_limits.body_bytes, .depth = 32}, errc::bad_reply);
    if (!document) return document.error();
    const auto top = credbase::json_fields::of(*document, "", errc::bad_reply);
    if (!top) return top.error();
    const auto cluster = top->object("cluster");
    if (!cluster) return cluster.error();
    if (!*cluster) return error(errc::bad_reply, "cluster is missing");
    const auto authority = (*cluster)->object("certificateAuthority");
    if (!authority) return authority.error();
    const auto arn = (*cluster)->string("arn"), status = (*cluster)->string("status"), endpoint = (*cluster)->string("endpoint");
    const auto data = *authority ? (*authority)->string("data") : std::optional<std::string_view>();
    for (const auto* one : {&arn, &status, &endpoint, &data})
        if (!*one) return one->error();
    if (arn->value_or("").empty()) return error(errc::bad_reply, "cluster.arn is missing or empty");
    for (const auto& [value, name] : {std::pair(*endpoint, "endpoint"), std::pair(*data, "certificate authority")}) {
        if (!value.value_or("").empty()) continue;
        std::string text = "EKS has no " + std::string(name) + " of the cluster, whose status is " + credbase::quoted(status->value_or(""));
        if (*status == "CREATING" || *status == "PENDING") text += "; wait until it is ACTIVE";
        return error(errc::call_refused, text);
    }
    auto url = parse_uri(**endpoint);
    if (!url) return error(errc::bad_reply, url.error().message()).within("cluster.endpoint");
    if (url->scheme != "https" || !url->user_info.empty() || url->has_target())
        return error(errc::bad_reply, "not an https URL of a host alone").within("cluster.endpoint");
    return described_cluster{std::string(**arn), *std::move(url), std::string(**data)};
}

}  // namespace eksauth
