// SPDX-License-Identifier: Apache-2.0
// Credentials of the role of an EC2 instance.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/uri.hpp>
#include <eksauth/config/call_settings.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>
#include <eksauth/net/ca_bundle.hpp>
#include <eksauth/net/retry.hpp>
#include <eksauth/services/imds.hpp>
#include <eksauth/services/service_error.hpp>
#include <eksauth/sources/source.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace eksauth {

namespace detail {

struct imds_settings {
    http_request to;  ///< where the service is
    bool v1_allowed;
    int attempts;
    std::chrono::seconds timeout;  ///< zero: none is set
};

/// The endpoint: scheme, host and port, and for https what it is trusted by. Error: it is no such URL; the mode is neither IPv4 nor IPv6.
inline result<http_request> imds_endpoint(const context& ctx, const profile* selected) {
    const auto endpoint = find_setting(ctx, selected, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    if (!endpoint) return endpoint.error();
    if (*endpoint) {
        const auto to = parse_uri((*endpoint)->text);
        if (!to) return to.error().within((*endpoint)->place);
        if (!to->user_info.empty() || to->has_target())
            return error(errc::bad_setting, "the endpoint must have no user info, path or query").within((*endpoint)->place);
        http_request request{.scheme = to->scheme, .host = to->host, .port = to->port, .by_place = true};
        if (to->scheme == "https") {
            auto trust = find_trust(ctx, selected);
            if (!trust) return trust.error();
            request.trust = *std::move(trust);
        }
        return request;
    }
    const auto mode = find_setting(ctx, selected, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    if (!mode) return mode.error();
    const std::string text = credbase::lower_case(*mode ? (*mode)->text : "ipv4");
    if (text != "ipv4" && text != "ipv6")
        return error(errc::bad_setting, "the mode must be IPv4 or IPv6, got " + credbase::quoted(text)).within((*mode)->place);
    return http_request{.scheme = "http", .host = text == "ipv4" ? "169.254.169.254" : "fd00:ec2::254", .by_place = true};
}

inline result<imds_settings> find_imds_settings(const context& ctx, const profile* selected) {
    constexpr char v1_variable[] = "AWS_EC2_METADATA_V1_DISABLED", v1_key[] = "ec2_metadata_v1_disabled";
    auto to = imds_endpoint(ctx, selected);
    if (!to) return to.error();
    const auto v1_disabled = find_switch(ctx, selected, v1_variable, v1_key);
    if (!v1_disabled) return v1_disabled.error();
    const bool v1_said = find_setting(ctx, selected, v1_variable, v1_key)->has_value();
    const auto timeout = find_number(ctx, selected, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1, 60, 0);
    if (!timeout) return timeout.error();
    const auto attempts = find_number(ctx, selected, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1, 10, 3);
    if (!attempts) return attempts.error();
    return imds_settings{.to = *std::move(to),
                         .v1_allowed = v1_said && !*v1_disabled,
                         .attempts = *attempts,
                         .timeout = std::chrono::seconds(*timeout)};
}

/// A conversation with the service, within its time.
class imds_session {
public:
    imds_session(const context& ctx, imds_settings settings)
        : ctx_(ctx), settings_(std::move(settings)),
          end_(ctx.steady_now() + (timed() ? settings_.timeout * settings_.attempts * 3 : std::chrono::seconds(5))) {}

    /// Whether anybody has answered or at least taken a connection.
    bool reached() const { return reached_; }

    /// Gets the token of IMDSv2; where the service has none to give and v1 is allowed, later requests go without.
    result<> start() {
        token_.reset();
        const auto limit = timed() ? settings_.timeout * settings_.attempts : std::chrono::seconds(2);
        auto got = call<credbase::secret_string>(imds_step::token, imds_token_call(settings_.to), std::min(end_, ctx_.steady_now() + limit),
                                                 parse_imds_token);
        if (!got && (last_status_ == 404 || last_status_ == 405) && settings_.v1_allowed) return {};
        if (!got) return got.error();
        token_ = *std::move(got);
        return {};
    }

    result<std::string> role() { return get<std::string>(imds_step::role, "", parse_imds_role); }

    result<credentials> credentials_of(const std::string& role) {
        return get<credentials>(imds_step::credentials, role,
                                [this](const http_response& reply) { return parse_imds_credentials(reply, token_); });
    }

private:
    bool timed() const { return settings_.timeout.count() != 0; }

    std::chrono::milliseconds left_until(std::chrono::steady_clock::time_point end) const {
        return std::chrono::floor<std::chrono::milliseconds>(end - ctx_.steady_now());
    }

    http_limits limits(imds_step step, int made, std::chrono::steady_clock::time_point end) const {
        using std::chrono::milliseconds;
        const milliseconds second(1000), set = settings_.timeout;
        return {.connect = timed() ? set : milliseconds(250),
                .handshake = timed() ? set : second,
                .first_byte = timed() ? set : made == 1 ? milliseconds(500) : second,
                .attempt = std::clamp(left_until(end), milliseconds(1), timed() ? set : second),
                .body_bytes = imds_body_limit(step)};
    }

    /// Asks with the token; where it isn't accepted any more, once again with a new one.
    template <class T>
    result<T> get(imds_step step, const std::string& role, const std::function<result<T>(const http_response&)>& parse) {
        auto got = call<T>(step, imds_get_call(settings_.to, role, token_), end_, parse);
        if (got || last_status_ != 401 || !token_ || renewed_) return got;
        renewed_ = true;
        if (auto again = start(); !again) return again.error();
        return call<T>(step, imds_get_call(settings_.to, role, token_), end_, parse);
    }

    template <class T>
    result<T> call(imds_step step, http_request request, std::chrono::steady_clock::time_point end,
                   const std::function<result<T>(const http_response&)>& parse) {
        const retry_policy policy{.attempts = settings_.attempts, .longest_pause = std::chrono::seconds(1)};
        context limited = ctx_;  // so that no pause is begun that would pass the end
        limited.time_left = [this, end] { return std::min(ctx_.time_left(), left_until(end)); };
        int made = 0, unreachable = 0;
        return with_retries<T>(limited, policy, [&]() -> attempt<T> {
            request.limits = limits(step, ++made, end);
            attempt<T> got = once<T>(step, request, parse);
            if (got.outcome) return got;
            // A host without the service refuses at once, and must not be kept waiting.
            if (got.outcome.error().code() == errc::http_unreachable && ++unreachable == 2) got.advice = retry_advice::none;
            return got;
        });
    }

    template <class T>
    attempt<T> once(imds_step step, const http_request& request, const std::function<result<T>(const http_response&)>& parse) {
        last_status_ = 0;
        const auto reply = ctx_.http(request);
        if (!reply) {
            const error failure = reply.error();
            reached_ |= failure.code() != errc::http_unreachable;
            // The answer to the PUT dies at the hop limit; the connection and all other answers don't.
            const char* const advice = step == imds_step::token && failure.code() == errc::http_timeout
                                           ? "; in a pod, set the instance's HttpPutResponseHopLimit to 2, or use IRSA or Pod Identity"
                                           : "";
            return {error(failure.code(), failure.text() + advice).within(request.shown()), advice_for(failure)};
        }
        reached_ = true;
        last_status_ = reply->status;
        if (reply->status != 200) {
            const auto advice = reply->status >= 500 ? retry_advice::transient : advice_for(service_error{.status = reply->status});
            return {imds_refusal(step, reply->status).within(request.shown()), advice};
        }
        auto got = parse(*reply);
        if (got) return {std::move(got)};
        const auto advice = got.error().code() == errc::bad_reply ? retry_advice::transient : retry_advice::none;
        return {got.error().within(request.shown()), advice};
    }

    const context& ctx_;
    imds_settings settings_;
    std::chrono::steady_clock::time_point end_;
    std::optional<credbase::secret_string> token_;
    int last_status_ = 0;
    bool reached_ = false, renewed_ = false;
};

}  // namespace detail

/// Credentials of the instance's role, from the instance metadata service, version 2.
///
/// `selected` may be null: no profile. Not configured: AWS_EC2_METADATA_DISABLED is true; nothing listens, so this is no EC2
/// instance. Error: anything else that fails. Credentials that expired less than an hour ago are taken for good for five
/// minutes more, as AWS advises for when the service has trouble.
inline outcome from_imds(const context& ctx, const profile* selected) {
    if (credbase::lower_case(environment_value(ctx, "AWS_EC2_METADATA_DISABLED").value_or("")) == "true")
        return not_configured{"disabled by AWS_EC2_METADATA_DISABLED"};
    auto settings = detail::find_imds_settings(ctx, selected);
    if (!settings) return settings.error();

    detail::imds_session session(ctx, *std::move(settings));
    if (auto started = session.start(); !started) {
        if (session.reached()) return started.error();
        return not_configured{"this host is no EC2 instance: " + started.error().text()};
    }
    const auto role = session.role();
    if (!role) return role.error();
    auto found = session.credentials_of(*role);
    if (!found) return found.error();
    found->source = "instance metadata";
    found->by_place = true;
    if (const auto now = ctx.now() + ctx.clock_offset(); *found->expires <= now + std::chrono::seconds(60)) {
        if (now - *found->expires >= std::chrono::hours(1))
            return error(errc::bad_credentials, "the credentials of role " + *role + " expired at " + credbase::rfc3339(*found->expires) +
                                                    "; the instance metadata service has no newer ones");
        found->warnings.push_back("instance metadata returned credentials that expired at " + credbase::rfc3339(*found->expires) +
                                  "; using them as AWS advises");
        found->expires = now + std::chrono::minutes(5);
    }
    return *std::move(found);
}

}  // namespace eksauth
