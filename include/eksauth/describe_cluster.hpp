// SPDX-License-Identifier: Apache-2.0
// What EKS says of a cluster's server, for those who don't trust whoever else names it.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/config/endpoint.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/context.hpp>
#include <eksauth/default_chain.hpp>
#include <eksauth/eks_token.hpp>
#include <eksauth/net/json_call.hpp>
#include <eksauth/net/service_route.hpp>
#include <eksauth/net/sts_call.hpp>
#include <eksauth/services/eks.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace eksauth {

namespace detail {

/// Error: an answer about another cluster.
inline result<described_cluster> described_as(result<described_cluster> got, const region& where, const std::string& cluster) {
    if (got && (got->arn.find(":eks:" + where.name + ":") == std::string::npos || !got->arn.ends_with(":cluster/" + cluster)))
        return error(errc::bad_reply, "it is about another cluster, " + credbase::quoted(got->arn));
    return got;
}

}  // namespace detail

/// Asks EKS in the cluster's region, with the credentials of a token for it; they need the permission eks:DescribeCluster.
///
/// The call goes the way that environment and selected profile say; `profile_name` as in `default_chain`. Where EKS refuses the
/// signature and `ctx` learns of AWS's clock by that (`with_aws_clock`), it is called once more.
/// Error: the cluster's name is refused (`check_cluster_id`); a setting can't be understood; no such cluster, no permission or
/// another refusal, with what to do; an answer as `parse_described_cluster` refuses it, or about another cluster.
inline result<described_cluster> describe_cluster(const context& ctx, const region& where, const std::string& cluster,
                                                  const credentials& keys, const std::string& profile_name = "") {
    if (auto id = check_cluster_id(cluster); !id) return id.error().within("cluster");
    auto selection = select_profile(ctx, profile_name);
    if (!selection) return selection.error();
    detail::selected_profile selected(ctx, *std::move(selection));
    auto profile = selected.find();
    if (!profile) return profile.error();
    auto route = find_service_route(ctx, *profile, eks_service, where);
    if (!route) return route.error();
    std::chrono::seconds offset{};
    const json_call<described_cluster> call{
        .name = "DescribeCluster of " + credbase::quoted(cluster) + " in " + where.name + " with key " + keys.access_key_id,
        .build = [&](const http_request& to) {
            offset = ctx.clock_offset();
            return describe_cluster_call(to, cluster, keys, where.name, ctx.now() + offset);
        },
        .read = [&](const http_response& reply) { return detail::described_as(parse_described_cluster(reply), where, cluster); },
        .advice = [&](const service_error& refusal) -> std::string {
            if (refusal.code == "ResourceNotFoundException")
                return "the account of that key has no such cluster in " + where.name + ", and those of other accounts can't be looked up";
            if (refusal.code == "AccessDeniedException")
                return "allow eks:DescribeCluster on arn:" + std::string(where.of->id) + ":eks:" + where.name + ":*:cluster/" + cluster;
            return std::string(detail::hint_for(refusal.code == "InvalidSignatureException" ? "SignatureDoesNotMatch" : refusal.code));
        }};
    auto got = call_json(ctx, *route, call);
    if (!got && got.error().code() == errc::call_refused && ctx.clock_offset() != offset) got = call_json(ctx, *route, call);
    return got;
}

}  // namespace eksauth
