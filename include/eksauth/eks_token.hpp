// SPDX-License-Identifier: Apache-2.0
// From credentials, a cluster and a second to the token: a pure function.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/base64.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/sigv4/presign.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eksauth {

/// A bearer token for the API server of one EKS cluster.
struct eks_token {
    credbase::secret_string text;
    std::chrono::sys_seconds signed_at, expires;
    std::string host;           ///< of the STS that the API server will ask
    std::string access_key_id;  ///< of the keys that signed it
    std::vector<std::string> warnings = {};  ///< for the user; no secrets
};

/// Checks that a cluster id can be signed as a header and means itself alone.
///
/// The id is signed as the header `x-k8s-aws-id`, whose blanks SigV4 trims, and STS and proxies disagree on bytes beyond
/// ASCII; so 1 to 256 bytes of 0x21 to 0x7E. Error: anything else, and what is an ARN or a URL instead of a name.
inline result<> check_cluster_id(std::string_view id) {
    const auto refused = [](const std::string& why) { return error(errc::bad_cluster, why); };
    if (id.empty()) return refused("is empty");
    if (id.size() > 256) return refused("has " + std::to_string(id.size()) + " bytes, limit 256");
    for (std::size_t at = 0; at < id.size(); ++at) {
        const auto byte = static_cast<unsigned char>(id[at]);
        if (byte >= 0x21 && byte <= 0x7E) continue;
        return refused((byte > 0x7F ? "has a non-ASCII byte " : "has a blank or control character ") + credbase::hex_byte(id[at]) +
                       " at offset " + std::to_string(at));
    }
    if (id.starts_with("arn:") || id.find("://") != id.npos)
        return refused("must be the name of a cluster, not an ARN or a URL: " + credbase::quoted(id));
    return {};
}

/// Mints the token: the URL of a presigned STS GetCallerIdentity whose header `x-k8s-aws-id` is the cluster's id.
///
/// `cluster_id` has passed `check_cluster_id`, `keys` have passed `check_credentials`. No network is used. The token
/// states 14 minutes, one less than STS grants, and never more than the credentials' own life.
/// Error: the clock is off (before 2020, after 2099); the credentials have a minute or less to live; the token has over
/// 16384 characters; SHA-256 is missing. Source: aws-iam-authenticator `pkg/token/token.go`.
inline result<eks_token> sign_eks_token(const region& where, std::string_view cluster_id, const credentials& keys, std::chrono::sys_seconds at) {
    using namespace std::chrono;
    if (at < sys_days(year(2020) / 1 / 1) || at >= sys_days(year(2100) / 1 / 1))
        return error(errc::bad_clock, "the system clock says " + credbase::rfc3339(at) + ", which can't be right; set it");
    if (keys.expires && *keys.expires <= at + seconds(60))
        return error(errc::bad_credentials, "credentials from " + keys.source + " expire at " + credbase::rfc3339(*keys.expires) + " (in " +
                                                std::to_string((*keys.expires - at).count()) + " s); renew them");

    const std::string host = where.sts_host();
    const signable_request request{.query = {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}},
                                   .headers = {{"host", host}, {"x-k8s-aws-id", cluster_id}}};
    auto presigned = presign(request, keys, {.at = at, .region = where.name, .service = "sts"}, seconds(60));
    if (!presigned) return presigned.error();
    credbase::secret_string url("https://");
    url.append(host).append("/?").append(presigned->query.reveal());

    eks_token token{.text = credbase::secret_string("k8s-aws-v1."),
                    .signed_at = at,
                    .expires = std::min(at + minutes(14), keys.expires.value_or(sys_seconds::max())),
                    .host = host,
                    .access_key_id = keys.access_key_id,
                    .warnings = keys.warnings};
    token.text.reserve(16 + (url.size() + 2) / 3 * 4);
    append_base64url(token.text, url.reveal());
    constexpr std::size_t common_limit = 4096, highest_limit = 16384;  // aws-iam-authenticator's in its releases, and the raised one
    if (token.text.size() > common_limit) {
        const std::string size = "EKS token is " + std::to_string(token.text.size()) + " bytes (session token of " + keys.source + ": " +
                                 std::to_string(keys.session_token.size()) + " bytes); ";
        const std::string advice = "use a session with fewer tags or a smaller policy";
        if (token.text.size() > highest_limit)
            return error(errc::token_too_long, size + "API servers take at most " + std::to_string(highest_limit) + "; " + advice);
        token.warnings.push_back(size + "API servers with an aws-iam-authenticator limit of " + std::to_string(common_limit) +
                                 " answer 401; " + advice);
    }
    return token;
}

}  // namespace eksauth
