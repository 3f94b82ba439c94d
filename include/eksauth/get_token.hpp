// SPDX-License-Identifier: Apache-2.0
// The facade: a cluster in, its token out.
#pragma once

#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>
#include <eksauth/default_chain.hpp>
#include <eksauth/eks_token.hpp>
#include <eksauth/net/aws_clock.hpp>
#include <eksauth/net/time_limit.hpp>
#include <eksauth/presigner.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

namespace eksauth {

/// Whose API server the token is for, and where the credentials come from.
struct token_request {
    std::string cluster;  ///< the cluster's name
    std::string region;   ///< the cluster's region
    /// Replaces `default_chain`.
    std::function<result<credentials>(const context&)> get_credentials = {};
    std::chrono::milliseconds time_limit = std::chrono::seconds(20);  ///< for all that obtaining the credentials takes
};

/// Mints a token. Only obtaining the credentials may touch anything but the clock.
///
/// Where an answer has shown that our clock is off, the token is signed by that of AWS; its expiry stays in terms of ours.
/// Error: the region or the cluster's name is refused (`parse_region`, `check_cluster_id`); no credentials (`default_chain`), or
/// malformed ones (`check_credentials`); signing is impossible (`sign_eks_token`).
inline result<eks_token> get_token(const context& ctx, const token_request& request) {
    auto where = parse_region(request.region);
    if (!where) return where.error();
    if (auto cluster = check_cluster_id(request.cluster); !cluster) return cluster.error().within("cluster");
    const context limited = with_aws_clock(with_time_limit(ctx, request.time_limit));
    const auto ask = [&] { return request.get_credentials ? request.get_credentials(limited) : default_chain(limited, request.region); };
    auto keys = ask();
    if (!keys) return keys.error();
    auto at = ctx.now();
    // Whoever can be asked again may have newer ones by now; the environment hasn't.
    if (keys->expires && *keys->expires <= at + limited.clock_offset() + std::chrono::seconds(60) && keys->source != "environment") {
        keys = ask();
        if (!keys) return keys.error();
        at = ctx.now();
    }
    auto form = check_credentials(*keys, {"the access key id", "the secret access key", "the session token"});
    if (!form) return form.error().within("credentials from " + keys->source);
    const auto offset = limited.clock_offset();
    auto token = sign_eks_token(*where, request.cluster, *std::move(keys), at + offset);
    if (token && ctx.tell)
        ctx.tell({step_kind::token, "cluster " + request.cluster + " in " + request.region,
                  "signed for " + token->host + " by key id " + token->access_key_id + " at " + credbase::rfc3339(token->signed_at) +
                      "; it has " + std::to_string(token->text.size()) + " bytes and ends at " + credbase::rfc3339(token->expires - offset)});
    if (!token || offset == std::chrono::seconds(0)) return token;
    token->expires -= offset;
    token->warnings.push_back(shown_offset(offset, "that of AWS") + ", by which the token is signed; set it, for example by NTP");
    return token;
}

}  // namespace eksauth
