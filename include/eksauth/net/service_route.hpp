// SPDX-License-Identifier: Apache-2.0
// The way to an AWS service: its endpoint, the proxy and the certificates on the way, how often a call is tried.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/config/call_settings.hpp>
#include <eksauth/config/endpoint.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>
#include <eksauth/net/ca_bundle.hpp>
#include <eksauth/net/proxy.hpp>
#include <eksauth/net/retry.hpp>

#include <algorithm>
#include <utility>

namespace eksauth {

/// Where calls to a service go, and how often they are tried.
struct service_route {
    region where;     ///< what calls are signed for
    http_request to;  ///< all but the call itself: host, proxy, certificates
    retry_policy policy;  ///< as environment or profile wish
};

/// AWS_MAX_ATTEMPTS or `max_attempts`, 1 to 10. Error: another text, or a retry mode that no SDK knows.
inline result<retry_policy> find_retry_policy(const context& ctx, const profile* selected) {
    auto mode = find_setting(ctx, selected, "AWS_RETRY_MODE", "retry_mode");
    if (!mode) return mode.error();
    if (*mode && (*mode)->text != "standard" && (*mode)->text != "adaptive" && (*mode)->text != "legacy")
        return error(errc::bad_setting, "retry_mode must be standard, adaptive or legacy, got " + credbase::quoted((*mode)->text)).within((*mode)->place);
    auto attempts = find_number(ctx, selected, "AWS_MAX_ATTEMPTS", "max_attempts", 1, 999999999, 3);
    if (!attempts) return attempts.error();
    return retry_policy{.attempts = std::min(*attempts, 10)};
}

/// The route to a service in a region, by the settings of environment and selected profile, which may be null.
inline result<service_route> find_service_route(const context& ctx, const profile* selected, const aws_service& service, const region& where) {
    auto endpoint = find_endpoint(ctx, selected, service, where);
    if (!endpoint) return endpoint.error();
    auto policy = find_retry_policy(ctx, selected);
    if (!policy) return policy.error();
    service_route route{where, *std::move(endpoint), *policy};
    if (route.to.scheme == "https") {
        auto proxy = find_proxy(ctx, route.to.host, route.to.port);
        if (!proxy) return proxy.error();
        route.to.proxy = *std::move(proxy);
        auto trust = find_trust(ctx, selected);
        if (!trust) return trust.error();
        route.to.trust = *std::move(trust);
    }
    return route;
}

}  // namespace eksauth
