// SPDX-License-Identifier: Apache-2.0
// A call to STS from the first look at the settings to the credentials.
#pragma once

#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/config/endpoint.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>
#include <eksauth/net/aws_clock.hpp>
#include <eksauth/net/retry.hpp>
#include <eksauth/net/service_route.hpp>
#include <eksauth/services/sts.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

/// The route to STS by the settings of environment and selected profile, which may be null. `cluster_region` is the last resort.
inline result<service_route> find_sts_route(const context& ctx, const profile* selected, const std::string& cluster_region) {
    auto where = find_call_region(ctx, selected, cluster_region);
    if (!where) return where.error();
    return find_service_route(ctx, selected, sts_service, *where);
}

/// `eksauth-<epoch seconds>-<8 hexadecimal digits>`, for when nobody chose the session's name.
inline result<std::string> default_session_name(const context& ctx) {
    auto bytes = ctx.random_bytes(4);
    if (!bytes) return bytes.error();
    return "eksauth-" + std::to_string(ctx.now().time_since_epoch().count()) + "-" +
           hex({reinterpret_cast<const unsigned char*>(bytes->data()), bytes->size()});
}

/// One kind of call to STS.
struct sts_call {
    std::string action;    ///< AssumeRole or AssumeRoleWithWebIdentity
    std::string role_arn;  ///< whose credentials are asked for, for messages
    std::string with;      ///< what vouches for the caller, for messages
    std::vector<std::string_view> also_transient = {};  ///< error codes that are worth another attempt
    /// The request, made anew for each attempt; `at` is the time to sign.
    std::function<result<http_request>(const http_request& to, std::chrono::sys_seconds at)> build;
};

namespace detail {

inline std::string_view hint_for(std::string_view code) {
    struct hint { std::string_view code, text; };
    constexpr std::array<hint, 11> hints{{
        {"AccessDenied", "check the role's trust policy and the caller's own policy"},
        {"InvalidIdentityToken", "check the role's OIDC provider and the token's audience, sts.amazonaws.com"},
        {"ExpiredTokenException", "the source credentials or the identity token have expired"},
        {"ExpiredToken", "the source credentials or the identity token have expired"},
        {"InvalidClientTokenId", "the access key is unknown, or of another partition"},
        {"UnrecognizedClientException", "the access key is unknown, or of another partition"},
        {"SignatureDoesNotMatch", "the secret access key or the system clock is wrong"},
        {"RegionDisabledException", "activate STS in that region in the account's settings"},
        {"IDPRejectedClaim", "the identity provider has withdrawn the token"},
        {"PackedPolicyTooLarge", "use fewer or smaller session tags"},
        {"ValidationError", "check the role's settings in the profile"},
    }};
    for (const hint& one : hints)
        if (one.code == code) return one.text;
    return "";
}

}  // namespace detail

/// Makes the call, with retries, and reads the credentials.
///
/// It is signed by the clock of AWS. Where STS refuses a signature and its answer has shown that this clock was another than was
/// known, the call is signed once more. A good answer that can't be understood is asked for once more.
/// Error: what was called, what came back (HTTP status, code, message, request id), what to do.
inline result<credentials> call_sts(const context& ctx, const service_route& route, const sts_call& call) {
    using std::chrono::seconds;
    const std::string what = call.action + " of " + call.role_arn + " with " + call.with + " failed";
    bool corrected = false, misread = false;
    const auto once = [&]() -> attempt<credentials> {
        const auto sent = ctx.now();
        const auto offset = ctx.clock_offset();
        auto request = call.build(route.to, sent + offset);
        if (!request) return {request.error()};
        auto reply = ctx.http(*request);
        if (!reply) return {reply.error().within(request->shown()).within(what), advice_for(reply.error())};
        const auto wish = retry_after(*reply);
        if (reply->status == 200) {
            auto got = parse_sts_credentials(*reply, call.action);
            if (!got) {
                const auto advice = std::exchange(misread, true) ? retry_advice::none : retry_advice::transient;
                return {got.error().within(shape_of(*reply, request->secrets)).within(request->shown()).within(what), advice, wish};
            }
            return {std::move(got)};
        }
        const service_error refusal = parse_sts_error(*reply, request->secrets);
        retry_advice advice = advice_for(refusal);
        if (std::find(call.also_transient.begin(), call.also_transient.end(), refusal.code) != call.also_transient.end())
            advice = std::max(advice, retry_advice::transient);
        constexpr std::array<std::string_view, 6> of_clocks = {"InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure",
                                                               "RequestTimeTooSkewed", "AccessDeniedException", "RequestExpired"};
        const bool of_clock = std::find(of_clocks.begin(), of_clocks.end(), refusal.code) != of_clocks.end();
        if (of_clock && ctx.clock_offset() != offset && !std::exchange(corrected, true)) advice = retry_advice::transient;
        std::string text = refusal.text() + " from " + request->authority();
        if (const auto hint = detail::hint_for(refusal.code); !hint.empty()) text.append("; ").append(hint);
        if (const auto measured = measured_offset(*reply, sent, ctx.now()); of_clock && measured && *measured != seconds(0))
            text.append("; ").append(shown_offset(*measured, "STS's"));
        return {error(errc::call_refused, text).within(what), advice, wish};
    };
    return with_retries<credentials>(ctx, route.policy, once);
}

}  // namespace eksauth
