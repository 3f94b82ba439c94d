// SPDX-License-Identifier: Apache-2.0
// The call to AWS Sign-In that renews a console login: request out, JSON in; all pure.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/wiping_memory.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/es256.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/dpop.hpp>
#include <eksauth/services/json_reply.hpp>
#include <eksauth/services/sso.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <string>

namespace eksauth {

/// What a login is renewed with.
struct login_refresh {
    std::string client_id;                  ///< that the login was made with
    credbase::secret_string refresh_token;  ///< that the login has now
    es256_key key;                          ///< of the login, for the proof
};

/// What comes of it.
struct renewed_login {
    credentials keys;                       ///< temporary ones of the user
    credbase::secret_string refresh_token;  ///< for the next time
};

/// Fills a request to Sign-In (scheme, host and port are given) with CreateOAuth2Token and its proof, made at `at`; `random` is
/// 16 random bytes. Error: as `dpop_proof`.
inline result<http_request> renew_login_call(http_request to, const login_refresh& with, std::chrono::sys_seconds at, const std::string& random) {
    to.method = "POST";
    to.target = "/v1/token";
    auto proof = dpop_proof(with.key, to.method, to.scheme + "://" + to.authority() + to.target, at, uuid_v4(random));
    if (!proof) return proof.error();
    boost::json::object body(credbase::wiping_storage());
    body["clientId"] = with.client_id;
    body["grantType"] = "refresh_token";
    body["refreshToken"] = with.refresh_token.reveal();
    to.body = credbase::serialize_secret(body);
    to.headers.push_back({"Content-Type", credbase::secret_string("application/json")});
    to.headers.push_back({"DPoP", *proof});
    to.secrets.insert(to.secrets.end(), {with.refresh_token, *std::move(proof)});
    return to;
}

/// The credentials and the next refresh token in its answer of status 200, which came at `now`.
///
/// Error, never with a value: a member is missing or malformed.
inline result<renewed_login> parse_renewed_login(const http_response& reply, std::chrono::sys_seconds now) {
    const auto document = credbase::parse_json(reply.body.reveal(), {.bytes = service_limits.body_bytes, .depth = 32}, errc::bad_reply);
    if (!document) return document.error();
    const auto fields = credbase::json_fields::of(*document, "", errc::bad_reply);
    if (!fields) return fields.error();
    const auto inner = fields->object("accessToken");
    if (!inner) return inner.error();
    if (!*inner) return error(errc::bad_reply, "accessToken is missing");
    auto keys = read_json_keys(**inner, {"accessKeyId", "secretAccessKey", "sessionToken"});
    if (!keys) return keys.error();
    const auto expires_in = read_expires_in(*fields);
    if (!expires_in) return expires_in.error();
    keys->expires = now + *expires_in;
    const auto refresh = fields->string("refreshToken");
    if (!refresh) return refresh.error();
    if (refresh->value_or("").empty()) return error(errc::bad_reply, "refreshToken is missing or empty");
    return renewed_login{*std::move(keys), credbase::secret_string(**refresh)};
}

}  // namespace eksauth
