// SPDX-License-Identifier: Apache-2.0
// The JSON of those who give credentials or tokens: containers, instance metadata, IAM Identity Center, Sign-In. `%ECHO%` in it
// is a secret that was sent.
#pragma once

#include "json_text.hpp"
#include "keys.hpp"
#include "property.hpp"

#include <credbase/timestamp.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/container.hpp>
#include <eksauth/services/imds.hpp>
#include <eksauth/services/json_reply.hpp>
#include <eksauth/services/signin.hpp>
#include <eksauth/services/sso.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

inline eksauth::http_response reply_of(int status, std::string_view body) {
    return {.status = status, .body = credbase::secret_string(body)};
}

/// The three keys as members of an object, by their names there.
inline std::string keys_json(const eksauth::credentials& keys, const char* id, const char* secret, const char* token) {
    return "{\"" + std::string(id) + "\":" + json_string(keys.access_key_id) + ",\"" + secret +
           "\":" + json_string(keys.secret_access_key.reveal()) + ",\"" + token + "\":" + json_string(keys.session_token.reveal());
}

using keys_reader = std::function<eksauth::result<eksauth::credentials>(const eksauth::http_response&)>;

/// That what is read can be written by `write`, and read again.
inline void hold_reader(std::string_view body, const keys_reader& read,
                        const std::function<std::string(const eksauth::credentials&)>& write) {
    const auto keys = read(reply_of(200, body));
    if (!hold_same_end(keys, read(reply_of(200, body)))) return;
    hold_keys(*keys);
    const auto again = read(reply_of(200, write(*keys)));
    hold(again && same_keys(*again, *keys), "credentials that were written and read again are the same");
}

}  // namespace fuzz

inline void fuzz_json_credentials(std::string_view input) {
    using fuzz::hold;
    const std::string body = fuzz::plant(input, {"\"SecretAccessKey\":\"", "\"secretAccessKey\":\"", "\"Token\":\"",
                                                 "\"sessionToken\":\"", "\"accessToken\":\"", "\"refreshToken\":\""});
    const auto of_upper = [](const eksauth::credentials& keys) {
        return fuzz::keys_json(keys, "AccessKeyId", "SecretAccessKey", "Token") +
               (keys.expires ? ",\"Code\":\"Success\",\"Expiration\":\"" + credbase::rfc3339(*keys.expires) + "\"}" : "}");
    };
    const auto of_lower = [](const eksauth::credentials& keys, const std::string& more) {
        return fuzz::keys_json(keys, "accessKeyId", "secretAccessKey", "sessionToken") + more + "}";
    };
    const auto sent = credbase::secret_string(fuzz::planted);
    const auto now = *credbase::parse_rfc3339("2026-01-02T03:04:05Z");
    fuzz::hold_reader(body, eksauth::parse_container_credentials, of_upper);
    fuzz::hold_reader(body, [&](const auto& reply) { return parse_imds_credentials(reply, sent); }, of_upper);
    fuzz::hold_reader(body, eksauth::parse_role_credentials, [&](const eksauth::credentials& keys) {
        const std::string milliseconds = std::to_string(keys.expires->time_since_epoch().count()) + "000";
        return "{\"roleCredentials\":" + of_lower(keys, ",\"expiration\":" + milliseconds) + "}";
    });
    fuzz::hold_reader(
        body,
        [&](const auto& reply) -> eksauth::result<eksauth::credentials> {
            auto login = parse_renewed_login(reply, now);
            if (!login) return login.error();
            hold(!login->refresh_token.empty(), "a renewed login can be renewed");
            return std::move(login->keys);
        },
        [&](const eksauth::credentials& keys) {
            return "{\"accessToken\":" + of_lower(keys, "") + ",\"expiresIn\":" + std::to_string((*keys.expires - now).count()) +
                ",\"refreshToken\":\"r\"}";
        });
    const auto token = parse_created_token(fuzz::reply_of(200, body));
    if (fuzz::hold_same_end(token, parse_created_token(fuzz::reply_of(200, body))))
        hold(!token->access_token.empty() && token->expires_in > std::chrono::seconds(0) &&
             token->expires_in <= std::chrono::days(366), "a token has a life");
    if (const auto session = parse_imds_token(fuzz::reply_of(200, body)); !session) fuzz::hold_error(session.error());
    if (const auto role = parse_imds_role(fuzz::reply_of(200, input))) {
        const auto call = eksauth::imds_get_call({.scheme = "http", .host = "169.254.169.254"}, *role, {});
        constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-";
        hold(!role->empty() && role->size() <= 64 && role->find_first_not_of(allowed) == role->npos, "a role's name is one of IAM", *role);
        hold(call.target.find_first_of(" ?#\r\n") == call.target.npos, "a role's name is one part of a path", *role);
    } else {
        fuzz::hold_error(role.error());
    }
    if (fuzz::sampled(input))
        hold(eksauth::parse_container_credentials(fuzz::reply_of(200, fuzz::padded(body, 65537))).has_error() &&
                 parse_imds_credentials(fuzz::reply_of(200, fuzz::padded(body, 16385)), {}).has_error() &&
                 eksauth::parse_role_credentials(fuzz::reply_of(200, fuzz::padded(body, 262145))).has_error(),
             "a larger answer is refused");

    const std::string echoed = fuzz::replaced(std::string(input), "%ECHO%", sent.reveal());
    for (const char* type : {"application/json", "text/plain; charset=utf-8"}) {
        eksauth::http_response bad = fuzz::reply_of(400, echoed);
        bad.headers.push_back({"Content-Type", credbase::secret_string(type)});
        const eksauth::service_error refusal = parse_json_error(bad, {sent});
        fuzz::hold_line(refusal.text());
        fuzz::hold_line(container_refusal(refusal).text());
        hold(refusal.text() == parse_json_error(bad, {sent}).text() && refusal.text().size() < 4096,
             "a refusal is told in a sane length", refusal.text());
    }
    if (const auto keys = parse_imds_credentials(fuzz::reply_of(200, echoed), sent); !keys) fuzz::hold_error(keys.error());
}
