// SPDX-License-Identifier: Apache-2.0
// IAM Identity Center (SSO): the portal and the OIDC service, at one address.
#pragma once

#include <awsfakes/keys.hpp>
#include <awsfakes/request.hpp>
#include <awsfakes/server.hpp>
#include <awsfakes/service.hpp>

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace awsfakes {

/// A person's login, and the role that they may have.
struct expected_login {
    std::string account_id = account,                        ///< of the role
        role_name = "reader";                                ///< that may be had
    std::string access_token = "c3NvYWNjZXNzdG9rZW4x",       ///< good at first
        renewed_access_token = "c3NvYWNjZXNzdG9rZW4y";       ///< good after CreateToken
    std::string refresh_token = "c3NvcmVmcmVzaHRva2Vu",      ///< what CreateToken asks for
        client_id = "sso-client",                            ///< of the registered client
        client_secret = "c3NvY2xpZW50c2VjcmV0";              ///< of the registered client
};

/// GetRoleCredentials for the login's access token, and CreateToken for its refresh token. Over TLS.
///
/// Each CreateToken makes the renewed access token the one that is good.
class sso final : public service<keys> {
public:
    /// Serves from now on.
    sso(boost::asio::ssl::context& tls, known_keys& known)
        : known_(known), server_([this](request asked) { return answer_to(std::move(asked)); }, &tls) {}

    /// Another login from now on; its access token is the good one.
    void expect(expected_login login) {
        const std::lock_guard hold(mutex_);
        good_token_ = login.access_token;
        login_ = std::move(login);
    }
    /// The login that counts.
    expected_login expected() const {
        const std::lock_guard hold(mutex_);
        return login_;
    }
    /// The login's access token is good for nothing any more, and must be renewed.
    void expire_login() {
        const std::lock_guard hold(mutex_);
        good_token_.clear();
    }
    /// Whether the access token of the login is still the good one.
    bool is_login_good() const {
        const std::lock_guard hold(mutex_);
        return good_token_ == login_.access_token;
    }

    /// For AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC.
    std::string url() const { return server_.url(); }

private:
    std::string operation_of(const request& asked) const override {
        if (asked.method == "GET" && asked.path == "/federation/credentials") return "GetRoleCredentials";
        return asked.method == "POST" && asked.path == "/token" ? "CreateToken" : "";
    }
    bool gives(std::string_view operation) const override { return operation == "GetRoleCredentials"; }

    std::variant<http_answer, refusal> serve(const request& asked, const keys* good) override {
        if (asked.operation.empty()) return refusal{"NotFound", "nothing is there", 404};
        const std::lock_guard hold(mutex_);
        const auto is = [&](const char* name, const std::string& value) { return asked.parameter(name) == value; };
        if (asked.operation == "CreateToken") {
            if (!is("grantType", "refresh_token")) return refusal{"unsupported_grant_type", "grantType is not refresh_token", 400};
            if (!is("clientId", login_.client_id) || !is("clientSecret", login_.client_secret))
                return refusal{"invalid_client", "another client was expected", 401};
            if (!is("refreshToken", login_.refresh_token)) return refusal{"invalid_grant", "another refresh token was expected", 400};
            good_token_ = login_.renewed_access_token;
            return json_answer({{"accessToken", good_token_}, {"expiresIn", 28800}, {"tokenType", "Bearer"},
                                {"refreshToken", login_.refresh_token}});
        }
        if (good_token_.empty() || asked.header("x-amz-sso_bearer_token") != good_token_)
            return refusal{"UnauthorizedException", "the access token is not known or expired", 401};
        if (!is("account_id", login_.account_id) || !is("role_name", login_.role_name))
            return refusal{"ForbiddenException", "another account or role was expected"};
        if (good == nullptr) return refusal{"ForbiddenException", "the test has given SSO no keys"};
        known_.add(*good);
        const auto milliseconds = std::chrono::milliseconds(good->expires.time_since_epoch()).count();
        return json_answer({{"roleCredentials",
                      {{"accessKeyId", good->access_key_id}, {"secretAccessKey", good->secret_access_key}, {"sessionToken", good->session_token},
                       {"expiration", milliseconds}}}});
    }
    /// OIDC words errors as RFC 6749 does, the portal as REST services of AWS do.
    http_answer worded(const refusal& why, const request& asked) const override {
        const bool oidc = asked.operation == "CreateToken";
        http_answer out = oidc ? json_answer({{"error", why.code}, {"error_description", why.message}}, why.status)
                               : json_answer({{"message", why.message}}, why.status);
        if (!oidc) out.error_type = why.code;
        return out;
    }

    known_keys& known_;
    mutable std::mutex mutex_ = {};
    expected_login login_ = {};
    std::string good_token_ = login_.access_token;
    server server_;  // last: its threads use the others
};

}  // namespace awsfakes
