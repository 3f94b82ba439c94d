// SPDX-License-Identifier: Apache-2.0
// What an EKS API server's verifier, and STS behind it, demand of a token.
#pragma once

#include <awsfakes/encoding.hpp>
#include <awsfakes/keys.hpp>
#include <awsfakes/request.hpp>
#include <awsfakes/sigv4.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace awsfakes {

/// Whose token it must be, and for which cluster.
struct expected_token {
    keys signed_by;          ///< whose token it must be
    std::string region,      ///< of the cluster
        cluster;             ///< its name
    std::string host = {};  ///< allowed beside the region's own: `sts::host()` for plugins that sign for the endpoint they are given
    std::chrono::sys_seconds at = now();  ///< when it is checked
};

/// Good, or why not, in words that hold nothing secret.
struct verdict {
    std::string refusal = {};  ///< empty: the token is good
    /// Whether it is good.
    explicit operator bool() const { return refusal.empty(); }
};

namespace detail {

/// Under which the hosts of a region stand. Source: botocore `data/partitions.json`.
inline std::string dns_suffix(std::string_view region) {
    struct row { std::string_view prefix, suffix; };
    constexpr std::array<row, 6> rows{{{"cn-", "amazonaws.com.cn"}, {"us-iso-", "c2s.ic.gov"}, {"us-isob-", "sc2s.sgov.gov"},
                                       {"eu-isoe-", "cloud.adc-e.uk"}, {"us-isof-", "csp.hci.ic.gov"}, {"eusc-", "amazonaws.eu"}}};
    for (const row& one : rows)
        if (region.starts_with(one.prefix)) return std::string(one.suffix);
    return "amazonaws.com";
}

inline bool is_host_of(std::string_view host, const expected_token& expected) {
    const std::string end = "." + expected.region + "." + dns_suffix(expected.region);
    return host == "sts" + end || host == "sts-fips" + end || (expected.region == "us-east-1" && host == "sts.amazonaws.com") ||
           (!expected.host.empty() && host == expected.host);
}

/// The request that a verifier makes of a token's URL for its own cluster.
inline request verifiers_request(std::string_view host, std::string_view query, const std::string& cluster) {
    request out{.operation = "GetCallerIdentity", .method = "GET", .path = "/", .query = parse_parameters(query)};
    out.parameters = out.query;
    out.headers = {{"host", std::string(host)}, {"x-k8s-aws-id", cluster}};
    return out;
}

}  // namespace detail

/// Whether the API server of the cluster would take the token as one of those keys.
///
/// Checked are prefix, encoding, host, every parameter, the age (15 minutes), that `x-k8s-aws-id` is signed and is the cluster,
/// and the signature. Source: aws-iam-authenticator `pkg/token/token.go`; of its limits of length the raised one, 16384.
/// Beyond it: host and scope must be of the cluster's region.
inline verdict check_token(std::string_view token, const expected_token& expected) {
    constexpr std::string_view prefix = "k8s-aws-v1.", scheme = "https://";
    if (token.size() > 16384) return {"the token has " + std::to_string(token.size()) + " bytes, limit 16384"};
    if (!token.starts_with(prefix)) return {"the token does not begin with k8s-aws-v1."};
    const auto decoded = decode_base64url(token.substr(prefix.size()));
    if (!decoded) return {"the token is not base64 in its URL-safe form without padding"};
    std::string_view url = *decoded;
    if (!url.starts_with(scheme)) return {"the token's URL is not https"};
    url.remove_prefix(scheme.size());
    const std::size_t slash = std::min(url.find('/'), url.size());
    const std::string_view host = url.substr(0, slash), target = url.substr(slash);
    if (!detail::is_host_of(host, expected)) return {"the token's host is not STS of the region " + expected.region};
    if (!target.starts_with("/?")) return {"the path of the token's URL is not /"};

    const request asked = detail::verifiers_request(host, target.substr(2), expected.cluster);
    const std::set<std::string> allowed = {"action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date",
                                           "x-amz-expires", "x-amz-security-token", "x-amz-signature", "x-amz-signedheaders"};
    std::set<std::string> seen;
    for (const auto& [name, value] : asked.query) {
        if (!allowed.contains(lower_case(name))) return {"the token's URL has a parameter that verifiers refuse"};
        if (!seen.insert(lower_case(name)).second) return {"the parameter " + name + " is there twice"};
    }
    if (asked.parameter("Action") != "GetCallerIdentity") return {"Action is not GetCallerIdentity"};
    if (asked.parameter("Version") != "2011-06-15") return {"Version is not 2011-06-15"};
    const std::string life = asked.parameter("X-Amz-Expires");
    if (life.empty() || life.size() > 3 || life.find_first_not_of("0123456789") != life.npos || std::stoi(life) > 900)
        return {"X-Amz-Expires is not a number from 0 to 900"};
    const auto by = read_signature(asked);
    if (!by) return {"the token's URL has no signature AWS4-HMAC-SHA256"};
    if (by->region != expected.region) return {"the signature's scope is for the region " + by->region + " instead of " + expected.region};
    if (std::find(by->signed_headers.begin(), by->signed_headers.end(), "x-k8s-aws-id") == by->signed_headers.end())
        return {"the header x-k8s-aws-id is not signed"};
    const auto checked = check_signature(asked, expected.signed_by, "sts", expected.at);
    if (checked.fault == signature_fault::none) return {};
    return {checked.why + (checked.why.starts_with("the signature is not") ? " (or the token is for another cluster)" : "")};
}

}  // namespace awsfakes
