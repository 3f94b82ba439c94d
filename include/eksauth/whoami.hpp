// SPDX-License-Identifier: Apache-2.0
// Whose a token is, by asking STS as a cluster's API server would.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>
#include <eksauth/default_chain.hpp>
#include <eksauth/eks_token.hpp>
#include <eksauth/net/ca_bundle.hpp>
#include <eksauth/net/proxy.hpp>
#include <eksauth/net/retry.hpp>
#include <eksauth/net/service_route.hpp>
#include <eksauth/services/caller_identity.hpp>
#include <eksauth/services/service_error.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

/// Plays a token once, at the STS that its cluster's API server would ask; again only where that may help.
///
/// No endpoint setting moves the call; proxy, certificates and attempts are as environment and selected profile say, with
/// `profile_name` as in `default_chain`. A caller that STS knows needs no permission for it.
/// Error: the cluster's name is refused (`check_cluster_id`); the token is none (`caller_identity_call`); a setting can't be
/// understood; STS can't be reached, or refuses, with what that means for the token; its answer can't be understood.
inline result<caller_identity> find_caller(const context& ctx, const eks_token& token, const std::string& cluster,
                                           const std::string& profile_name = "") {
    if (auto id = check_cluster_id(cluster); !id) return id.error().within("cluster");
    auto request = caller_identity_call(token.text, cluster);
    if (!request) return request.error();
    auto selection = select_profile(ctx, profile_name);
    if (!selection) return selection.error();
    detail::selected_profile selected(ctx, *std::move(selection));
    auto profile = selected.find();
    if (!profile) return profile.error();
    auto policy = find_retry_policy(ctx, *profile);
    if (!policy) return policy.error();
    auto proxy = find_proxy(ctx, request->host, request->port);
    if (!proxy) return proxy.error();
    auto trust = find_trust(ctx, *profile);
    if (!trust) return trust.error();
    request->proxy = *std::move(proxy);
    request->trust = *std::move(trust);

    const std::string what = "GetCallerIdentity by the token for " + credbase::quoted(cluster) + " with key " + token.access_key_id +
                             " failed";
    const auto once = [&]() -> attempt<caller_identity> {
        auto reply = ctx.http(*request);
        if (!reply) return {reply.error().within(request->shown()).within(what), advice_for(reply.error())};
        if (reply->status == 200) {
            auto got = parse_caller_identity(*reply);
            if (!got) return {got.error().within(shape_of(*reply, request->secrets)).within(request->shown()).within(what)};
            return {std::move(got)};
        }
        const service_error refusal = parse_caller_error(*reply, request->secrets);
        std::string text = refusal.text() + " from " + request->authority();
        if (const std::string_view meaning = meaning_for_token(refusal.code); !meaning.empty()) text.append("; ").append(meaning);
        return {error(errc::call_refused, text).within(what), advice_for(refusal), retry_after(*reply)};
    };
    return with_retries<caller_identity>(ctx, *policy, once);
}

}  // namespace eksauth
