// SPDX-License-Identifier: Apache-2.0
// The facade: a cluster in, its token out.
#pragma once

#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>
#include <eksauth/default_chain.hpp>
#include <eksauth/eks_token.hpp>

#include <functional>
#include <string>

namespace eksauth {

/// Whose API server the token is for, and where the credentials come from.
struct token_request {
    std::string cluster;  ///< the cluster's name
    std::string region;   ///< the cluster's region
    std::function<result<credentials>(const context&)> get_credentials = [](const context& ctx) { return default_chain(ctx); };
};

/// Mints a token. Only obtaining the credentials may touch anything but the clock.
///
/// Error: the region or the cluster's name is refused (`parse_region`, `check_cluster_id`); no credentials (`default_chain`), or
/// malformed ones (`check_credentials`);
/// signing is impossible (`sign_eks_token`).
inline result<eks_token> get_token(const context& ctx, const token_request& request) {
    auto where = parse_region(request.region);
    if (!where) return where.error();
    if (auto cluster = check_cluster_id(request.cluster); !cluster) return cluster.error().within("cluster");
    auto keys = request.get_credentials(ctx);
    if (!keys) return keys.error();
    auto form = check_credentials(*keys, {"the access key id", "the secret access key", "the session token"});
    if (!form) return form.error().within("credentials from " + keys->source);
    return sign_eks_token(*where, request.cluster, *keys, ctx.now());
}

}  // namespace eksauth
