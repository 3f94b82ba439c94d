// SPDX-License-Identifier: Apache-2.0
// Credentials of an ECS task or of a pod with EKS Pod Identity.
#pragma once

#include <credbase/secret_string.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>
#include <eksauth/net/ca_bundle.hpp>
#include <eksauth/net/retry.hpp>
#include <eksauth/services/container.hpp>
#include <eksauth/services/json_reply.hpp>
#include <eksauth/sources/source.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

namespace detail {

/// The value of the Authorization header; empty where none is configured. The file is read anew each time, as it is rotated.
inline result<credbase::secret_string> container_authorization(const context& ctx) {
    constexpr char in_file[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", in_variable[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
    const auto path = environment_value(ctx, in_file);
    if (!path) {
        const auto text = environment_value(ctx, in_variable);
        if (!text) return credbase::secret_string();
        credbase::secret_string value(*text);
        if (auto form = check_authorization(value); !form) return form.error().within(in_variable);
        return value;
    }
    auto content = ctx.read_file(*path, 65536);
    if (!content) return content.error().within(in_file);
    if (!*content) return error(errc::bad_file, "no such file").within("reading " + *path).within(in_file);
    const std::string_view text = (*content)->reveal();
    credbase::secret_string value(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
    if (auto form = check_authorization(value); !form) return form.error().within("reading " + *path).within(in_file);
    return value;
}

inline attempt<credentials> ask_container(const context& ctx, http_request request) {
    auto authorization = container_authorization(ctx);
    if (!authorization) return {authorization.error()};
    if (!authorization->empty()) {
        request.headers.push_back({"Authorization", *authorization});
        request.secrets.push_back(*authorization);
        request.by_place = false;
    }
    const auto reply = ctx.http(request);
    if (!reply) return {reply.error().within(request.shown()), advice_for(reply.error())};
    if (reply->status != 200) {
        const service_error refusal = parse_json_error(*reply, request.secrets);
        return {container_refusal(refusal).within(request.shown()), refusal.status >= 500 ? retry_advice::transient : advice_for(refusal)};
    }
    auto found = parse_container_credentials(*reply);
    if (!found) return {found.error().within(shape_of(*reply, request.secrets)).within(request.shown())};
    found->source = "container";
    found->by_place = request.by_place;
    return {std::move(found)};
}

}  // namespace detail

/// Credentials from the URL in AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, else AWS_CONTAINER_CREDENTIALS_FULL_URI.
///
/// The Authorization header comes from AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, else AWS_CONTAINER_AUTHORIZATION_TOKEN.
/// Not configured: neither URL is set. Error: anything else that fails; transport faults, 429 and 5xx after three attempts.
inline outcome from_container(const context& ctx) {
    constexpr char relative[] = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", full[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    const auto path = environment_value(ctx, relative), url = environment_value(ctx, full);
    if (!path && !url) return not_configured{std::string("neither ") + relative + " nor " + full + " is set"};
    const char* const variable = path ? relative : full;
    auto request = path ? container_request_relative(*path) : container_request_full(*url);
    if (!request) return request.error().within(variable);
    request->by_place = !path;  // a relative path names the task
    if (request->scheme == "https") {
        auto trust = find_trust(ctx, nullptr);  // the container's settings are all in the environment
        if (!trust) return trust.error().within(variable);
        request->trust = *std::move(trust);
    }
    auto found = with_retries<credentials>(ctx, {.longest_pause = std::chrono::seconds(1)},
                                           [&] { return detail::ask_container(ctx, *request); });
    if (!found) return found.error().within(variable);
    return *std::move(found);
}

}  // namespace eksauth
