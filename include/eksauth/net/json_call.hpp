// SPDX-License-Identifier: Apache-2.0
// A call to a service that speaks JSON, with retries.
#pragma once

#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>
#include <eksauth/net/retry.hpp>
#include <eksauth/net/service_route.hpp>
#include <eksauth/services/json_reply.hpp>
#include <eksauth/services/service_error.hpp>

#include <functional>
#include <string>
#include <utility>

namespace eksauth {

/// One kind of call, whose good answer is a `T`.
template <class T>
struct json_call {
    std::string name;                                                           ///< such as CreateToken, for messages
    std::function<result<http_request>(const http_request& to)> build;          ///< made anew for each attempt
    std::function<result<T>(const http_response&)> read;                        ///< of an answer of status 200
    std::function<std::string(const service_error&)> advice = {};               ///< what to do about a refusal; it may be empty
};

/// Makes the call. A good answer that can't be understood is not asked for again, since it may have used up a token.
///
/// Error: what was called, what came back (HTTP status, code, message, request id), what to do.
template <class T>
result<T> call_json(const context& ctx, const service_route& route, const json_call<T>& call) {
    const std::string what = call.name + " failed";
    const auto once = [&]() -> attempt<T> {
        auto request = call.build(route.to);
        if (!request) return {request.error().within(what)};
        auto reply = ctx.http(*request);
        if (!reply) return {reply.error().within(request->shown()).within(what), advice_for(reply.error())};
        if (reply->status == 200) {
            auto got = call.read(*reply);
            if (!got) return {got.error().within(shape_of(*reply, request->secrets)).within(request->shown()).within(what)};
            return {std::move(got)};
        }
        const service_error refusal = parse_json_error(*reply, request->secrets);
        std::string text = refusal.text() + " from " + request->authority();
        if (const std::string advice = call.advice ? call.advice(refusal) : ""; !advice.empty()) text += "; " + advice;
        return {error(errc::call_refused, text).within(what), advice_for(refusal), retry_after(*reply)};
    };
    return with_retries<T>(ctx, route.policy, once);
}

}  // namespace eksauth
