// SPDX-License-Identifier: Apache-2.0
// The calls to IAM Identity Center (SSO): requests out, JSON in; all pure.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/wiping_memory.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/percent_encoding.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/json_reply.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace eksauth {

/// What a new access token is asked for with.
struct sso_refresh {
    std::string client_id;                  ///< that the login was made with
    credbase::secret_string client_secret,  ///< of that client
        refresh_token;                      ///< of the login
};

/// A renewed token of a login.
struct renewed_token {
    credbase::secret_string access_token,  ///< asks for a role's credentials
        refresh_token;                     ///< for the next time; empty: the old one stays
    std::chrono::seconds expires_in;       ///< of the access token, from the answer on
};

/// Fills a request to the portal (scheme, host and port are given) with GetRoleCredentials.
inline http_request role_credentials_call(http_request to, std::string_view account, std::string_view role, const credbase::secret_string& access_token) {
    credbase::secret_string target("/federation/credentials?role_name=");
    append_percent_encoded(target, role);
    append_percent_encoded(target.append("&account_id="), account);
    to.target = target.reveal();
    to.headers.push_back({"x-amz-sso_bearer_token", access_token});
    to.secrets.push_back(access_token);
    return to;
}

/// The credentials in its answer of status 200. Error, never with a value: a member is missing or malformed.
inline result<credentials> parse_role_credentials(const http_response& reply) {
    const auto document = credbase::parse_json(reply.body.reveal(), {.bytes = service_limits.body_bytes, .depth = 32}, errc::bad_reply);
    if (!document) return document.error();
    const auto top = credbase::json_fields::of(*document, "", errc::bad_reply);
    if (!top) return top.error();
    const auto inner = top->object("roleCredentials");
    if (!inner) return inner.error();
    if (!*inner) return error(errc::bad_reply, "roleCredentials is missing");
    auto found = read_json_keys(**inner, {"accessKeyId", "secretAccessKey", "sessionToken"});
    if (!found) return found;
    const auto milliseconds = (*inner)->integer("expiration");
    if (!milliseconds) return milliseconds.error();
    constexpr std::int64_t year_10000 = 253402300800000;
    if (!*milliseconds || **milliseconds <= 0 || **milliseconds >= year_10000)
        return error(errc::bad_reply, "roleCredentials.expiration is missing, or no time in milliseconds");
    found->expires = std::chrono::floor<std::chrono::seconds>(std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(**milliseconds)));
    return found;
}

/// Fills a request to the OIDC service (scheme, host and port are given) with CreateToken for a renewal.
inline http_request create_token_call(http_request to, const sso_refresh& with) {
    boost::json::object body(credbase::wiping_storage());
    body["clientId"] = with.client_id;
    body["clientSecret"] = with.client_secret.reveal();
    body["grantType"] = "refresh_token";
    body["refreshToken"] = with.refresh_token.reveal();
    to.method = "POST";
    to.target = "/token";
    to.headers.push_back({"Content-Type", credbase::secret_string("application/json")});
    to.body = credbase::serialize_secret(body);
    to.secrets.insert(to.secrets.end(), {with.client_secret, with.refresh_token});
    return to;
}

/// `expiresIn` of a renewal: more than nothing and at most a year. Error: anything else.
inline result<std::chrono::seconds> read_expires_in(const credbase::json_fields& fields) {
    const auto seconds = fields.integer("expiresIn");
    if (!seconds) return seconds.error();
    if (!*seconds || **seconds <= 0 || **seconds > 366 * 86400) return error(errc::bad_reply, "expiresIn is missing, or no sane number of seconds");
    return std::chrono::seconds(**seconds);
}

/// The token in an answer of status 200 to `create_token_call`. Error, never with a value: a member is missing or malformed.
inline result<renewed_token> parse_created_token(const http_response& reply) {
    const auto document = credbase::parse_json(reply.body.reveal(), {.bytes = service_limits.body_bytes, .depth = 32}, errc::bad_reply);
    if (!document) return document.error();
    const auto fields = credbase::json_fields::of(*document, "", errc::bad_reply);
    if (!fields) return fields.error();
    const auto access = fields->string("accessToken"), refresh = fields->string("refreshToken");
    for (const auto* one : {&access, &refresh})
        if (!*one) return one->error();
    if (auto form = detail::check_visible(access->value_or(""), "accessToken", 65536); !form) return error(errc::bad_reply, form.error().text());
    const auto expires_in = read_expires_in(*fields);
    if (!expires_in) return expires_in.error();
    return renewed_token{credbase::secret_string(**access), credbase::secret_string(refresh->value_or("")), *expires_in};
}

}  // namespace eksauth
