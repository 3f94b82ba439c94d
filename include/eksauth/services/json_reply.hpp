// SPDX-License-Identifier: Apache-2.0
// Credentials and refusals as the container endpoint and the instance metadata service write them: JSON.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/service_error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace eksauth {

/// The peer's words fit for a message: what we sent it in secret is gone, in case it sent that back, and so are controls.
inline std::string words_of_peer(std::string_view text, const credbase::secret_string& sent) {
    constexpr std::size_t shortest_secret = 8;  // replacing shorter ones would tell them by the gaps
    std::string out(text);
    if (sent.size() >= shortest_secret)
        for (std::size_t at = 0; (at = out.find(sent.reveal(), at)) != out.npos;) out.replace(at, sent.size(), "[redacted]");
    return credbase::escape_controls(out);
}

/// The refusal in a reply, by its JSON members `code` and `message` (or `Code` and `Message`) or as plain text.
///
/// What can't be read stays empty.
inline service_error parse_json_error(const http_response& reply, const credbase::secret_string& sent) {
    service_error out{.status = reply.status};
    const auto document = credbase::parse_json(reply.body.reveal(), {.bytes = 65536, .depth = 32}, errc::bad_reply);
    if (document && document->is_object()) {
        const auto member = [&](std::string_view lower, std::string_view upper) {
            for (const std::string_view name : {lower, upper})
                if (const auto* found = document->get_object().if_contains(name); found != nullptr && found->is_string())
                    return words_of_peer(found->get_string(), sent);
            return std::string();
        };
        out.code = member("code", "Code");
        out.message = member("message", "Message");
    } else if (reply.header("Content-Type").value_or("").starts_with("text/plain")) {
        out.message = words_of_peer(reply.body.reveal(), sent);
    }
    return out;
}

/// `AccessKeyId`, `SecretAccessKey`, `Token` and `Expiration`, names in exactly this case.
///
/// The first two are required, the third too unless the key id begins with AKIA; without the last nothing expires.
/// Error, never with a value: one is missing, empty, of another type or malformed.
inline result<credentials> read_json_credentials(const credbase::json_fields& fields) {
    const auto text = [&](std::string_view name, bool required) -> result<std::string_view> {
        auto found = fields.string(name);
        if (!found) return found.error();
        if (required && found->value_or("").empty()) return error(errc::bad_reply, std::string(name) + " is missing or empty");
        return found->value_or("");
    };
    const auto id = text("AccessKeyId", true), secret = text("SecretAccessKey", true);
    const auto token = text("Token", !(id && id->starts_with("AKIA")));
    const auto expiration = fields.string("Expiration");
    for (const auto* one : {&id, &secret, &token})
        if (!*one) return one->error();
    if (!expiration) return expiration.error();

    credentials out{.access_key_id = std::string(*id),
                    .secret_access_key = credbase::secret_string(*secret),
                    .session_token = credbase::secret_string(*token)};
    if (auto form = check_credentials(out, {"AccessKeyId", "SecretAccessKey", "Token"}); !form) return form.error();
    if (*expiration) {
        out.expires = credbase::parse_rfc3339(**expiration);
        if (!out.expires) return error(errc::bad_reply, "Expiration is not an RFC 3339 time such as 2026-01-02T03:04:05Z");
    }
    return out;
}

}  // namespace eksauth
