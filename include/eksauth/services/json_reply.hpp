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

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eksauth {

/// The refusal in a reply: header `x-amzn-ErrorType` or member `code` (`Code`, `__type`), member `error`, and `message`
/// (`Message`, `error_description`) or plain text. `sent` are the request's secrets.
///
/// What can't be read stays empty. Source: the REST-JSON protocol of AWS; RFC 6749 section 5.2.
inline service_error parse_json_error(const http_response& reply, const std::vector<credbase::secret_string>& sent) {
    service_error out{.status = reply.status};
    std::string type = words_of_peer(reply.header("x-amzn-ErrorType").value_or(""), sent);
    type.resize(std::min(type.find(':'), type.size()));
    const auto document = credbase::parse_json(reply.body.reveal(), {.bytes = 65536, .depth = 32}, errc::bad_reply);
    const bool object = document && document->is_object();
    const auto member = [&](std::initializer_list<std::string_view> names) {
        for (const std::string_view name : names)
            if (const auto* found = object ? document->get_object().if_contains(name) : nullptr; found != nullptr && found->is_string())
                return std::string(found->get_string());
        return std::string();
    };
    std::string code = type.empty() ? words_of_peer(member({"code", "Code", "__type"}), sent) : type;
    code.erase(0, code.find('#') + 1);  // npos + 1 is 0
    std::string reason = words_of_peer(member({"error"}), sent), message = member({"message", "Message", "error_description"});
    if (!object && reply.header("Content-Type").value_or("").starts_with("text/plain")) message = reply.body.reveal();
    if (code.empty()) code.swap(reason);
    out.code = code;
    out.reason = reason;
    out.message = words_of_peer(message, sent);
    out.request_id = words_of_peer(reply.header("x-amzn-RequestId").value_or(""), sent);
    return out;
}

/// Three members, named in exactly this case, as credentials without an expiry.
///
/// The first two are required, the third too unless the key id begins with AKIA. Error, never with a value: one is missing,
/// empty, of another type or malformed.
inline result<credentials> read_json_keys(const credbase::json_fields& fields, const credential_names& names) {
    const auto text = [&](std::string_view name, bool required) -> result<std::string_view> {
        auto found = fields.string(name);
        if (!found) return found.error();
        if (required && found->value_or("").empty()) return error(errc::bad_reply, fields.path_of(name) + " is missing or empty");
        return found->value_or("");
    };
    const auto id = text(names.access_key_id, true), secret = text(names.secret_access_key, true);
    const auto token = text(names.session_token, !(id && id->starts_with("AKIA")));
    for (const auto* one : {&id, &secret, &token})
        if (!*one) return one->error();
    credentials out{.access_key_id = std::string(*id),
                    .secret_access_key = credbase::secret_string(*secret),
                    .session_token = credbase::secret_string(*token)};
    if (auto form = check_credentials(out, names); !form) return form.error();
    return out;
}

/// `AccessKeyId`, `SecretAccessKey`, `Token` as `read_json_keys`, and `Expiration`, without which nothing expires.
inline result<credentials> read_json_credentials(const credbase::json_fields& fields) {
    const auto expiration = fields.string("Expiration");
    auto out = read_json_keys(fields, {"AccessKeyId", "SecretAccessKey", "Token"});
    if (!out) return out;
    if (!expiration) return expiration.error();
    if (*expiration) {
        out->expires = credbase::parse_rfc3339(**expiration);
        if (!out->expires) return error(errc::bad_reply, "Expiration is not an RFC 3339 time such as 2026-01-02T03:04:05Z");
    }
    return out;
}

}  // namespace eksauth
