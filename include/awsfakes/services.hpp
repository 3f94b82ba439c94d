// SPDX-License-Identifier: Apache-2.0
// All fakes together, and the environment that leads a plugin to them.
#pragma once

#include <awsfakes/authority.hpp>
#include <awsfakes/container.hpp>
#include <awsfakes/eks.hpp>
#include <awsfakes/encoding.hpp>
#include <awsfakes/folder.hpp>
#include <awsfakes/instance_metadata.hpp>
#include <awsfakes/keys.hpp>
#include <awsfakes/service.hpp>
#include <awsfakes/sso.hpp>
#include <awsfakes/sts.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Servers on the loopback that play the AWS services that credentials come from, for tests.
namespace awsfakes {

/// Environment variables.
using variables = std::map<std::string, std::string>;

/// Where a plugin is led to find credentials.
enum class source {
    environment,        ///< the keys of `services::caller`
    web_identity,       ///< a token file and a role, as IRSA gives a pod
    assumed_role,       ///< a profile with a role, by the keys of `services::caller`
    sso,                ///< a profile with a login, of which a file keeps the tokens
    container,          ///< EKS Pod Identity
    instance_metadata,  ///< the role of an EC2 instance
};

namespace detail {

/// `name = value`, or nothing where there is no value.
inline std::string setting(const std::string& name, const std::string& value) { return value.empty() ? "" : name + " = " + value + "\n"; }

}  // namespace detail

/// Every service on a port of its own of 127.0.0.1, for as long as this object lives.
class services {
    // Before the services, which use them.
    authority authority_ = {};
    temporary_folder folder_ = {};
    known_keys known_ = {};

public:
    /// Throws std::runtime_error or boost::system::system_error where there is no socket, no folder or no certificate to be had.
    explicit services(std::string its_region = "eu-west-1") : region(std::move(its_region)) { know(caller); }

    const std::string region;                               ///< of the profiles, and AWS_REGION
    const keys caller = make_long_term_keys("caller");      ///< known from the start
    awsfakes::sts sts{authority_.server_context(), known_};  ///< roles, and whose a token is
    awsfakes::instance_metadata instance_metadata{known_};   ///< of an EC2 instance
    awsfakes::container container{known_};                   ///< EKS Pod Identity and ECS
    awsfakes::sso sso{authority_.server_context(), known_};  ///< IAM Identity Center
    awsfakes::eks eks{authority_.server_context(), known_};  ///< DescribeCluster

    /// Lets STS and EKS know keys that no service has given.
    void know(const keys& more) { known_.add(more); }

    /// All that a plugin needs to see: the services' addresses, the CA bundle, a home of its own, and what leads to the sources.
    ///
    /// Sources that aren't named are not configured. The files are written anew, by what the services expect now; of the two
    /// sources with a profile name one at most.
    variables environment(std::initializer_list<source> sources = {}) const {
        const std::string home = folder_.path() + "/home";
        variables out = {{"HOME", home},
                         {"PATH", "/usr/bin:/bin"},
                         {"AWS_REGION", region},
                         {"AWS_CA_BUNDLE", folder_.put("ca.pem", authority_.pem())},
                         {"AWS_CONFIG_FILE", write_config()},
                         {"AWS_SHARED_CREDENTIALS_FILE", write_credentials()},
                         {"AWS_ENDPOINT_URL_STS", sts.url()},
                         {"AWS_ENDPOINT_URL_SSO", sso.url()},
                         {"AWS_ENDPOINT_URL_SSO_OIDC", sso.url()},
                         {"AWS_ENDPOINT_URL_EKS", eks.url()},
                         {"AWS_EC2_METADATA_SERVICE_ENDPOINT", instance_metadata.url()},
                         {"AWS_EC2_METADATA_DISABLED", "true"}};
        const auto set = [&](variables more) {
            for (auto& [name, value] : more) out[name] = std::move(value);
        };
        for (const source one : sources) switch (one) {
                case source::environment:
                    set({{"AWS_ACCESS_KEY_ID", caller.access_key_id}, {"AWS_SECRET_ACCESS_KEY", caller.secret_access_key}});
                    break;
                case source::web_identity: {
                    const expected_role role = sts.expected();
                    set({{"AWS_WEB_IDENTITY_TOKEN_FILE", folder_.put("web-identity-token", role.web_identity_token)},
                         {"AWS_ROLE_ARN", role.role_arn}});
                    if (!role.session_name.empty()) set({{"AWS_ROLE_SESSION_NAME", role.session_name}});
                    break;
                }
                case source::assumed_role: set({{"AWS_PROFILE", "awsfakes-role"}}); break;
                case source::sso:
                    folder_.put("home/.aws/sso/cache/" + hex(sha1(sso_session)) + ".json", login_file());
                    set({{"AWS_PROFILE", "awsfakes-sso"}});
                    break;
                case source::container:
                    set({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", container.url()},
                         {"AWS_CONTAINER_AUTHORIZATION_TOKEN", awsfakes::container::authorization_token}});
                    break;
                case source::instance_metadata: set({{"AWS_EC2_METADATA_DISABLED", "false"}}); break;
            }
        return out;
    }

    /// Which of the secrets that a plugin may have met is in a text, such as its stderr; empty for none.
    std::string secret_in(std::string_view text) const {
        const expected_role role = sts.expected();
        const expected_login login = sso.expected();
        std::vector<std::pair<std::string, std::string>> secrets = {{"an EKS token", "k8s-aws-v1.aHR0cHM6"},
                                                                    {"a signature", "X-Amz-Signature="},
                                                                    {"the web identity token", role.web_identity_token},
                                                                    {"an SSO access token", login.access_token},
                                                                    {"an SSO access token", login.renewed_access_token},
                                                                    {"the SSO refresh token", login.refresh_token},
                                                                    {"the SSO client secret", login.client_secret},
                                                                    {"the container's authorization token", awsfakes::container::authorization_token},
                                                                    {"the instance metadata token", awsfakes::instance_metadata::token}};
        for (const keys& one : known_.all()) {
            secrets.emplace_back("the secret access key of " + one.access_key_id, one.secret_access_key);
            secrets.emplace_back("the session token of " + one.access_key_id, one.session_token);
        }
        for (const auto& [name, secret] : secrets)
            for (const std::string& form : {secret, percent_encode(secret)})
                if (!form.empty() && text.find(form) != text.npos) return name;
        return "";
    }

private:
    static constexpr char sso_session[] = "awsfakes", start_url[] = "https://awsfakes.example/start";

    std::string write_config() const {
        const expected_role role = sts.expected();
        const expected_login login = sso.expected();
        using detail::setting;
        return folder_.put("config", "[profile awsfakes-role]\nsource_profile = awsfakes-caller\n" + setting("role_arn", role.role_arn) +
                                         setting("role_session_name", role.session_name) + setting("external_id", role.external_id) +
                                         setting("region", region) + "[profile awsfakes-sso]\n" + setting("sso_session", sso_session) +
                                         setting("sso_account_id", login.account_id) + setting("sso_role_name", login.role_name) +
                                         setting("region", region) + "[sso-session " + sso_session + "]\n" + setting("sso_region", region) +
                                         setting("sso_start_url", start_url));
    }
    std::string write_credentials() const {
        return folder_.put("credentials", "[awsfakes-caller]\n" + detail::setting("aws_access_key_id", caller.access_key_id) +
                                              detail::setting("aws_secret_access_key", caller.secret_access_key));
    }
    /// As the AWS CLI keeps a login.
    std::string login_file() const {
        const expected_login login = sso.expected();
        const auto expires = now() + (sso.is_login_good() ? std::chrono::hours(8) : -std::chrono::hours(1));
        return boost::json::serialize(boost::json::object{{"startUrl", start_url},
                                                          {"region", region},
                                                          {"accessToken", login.access_token},
                                                          {"expiresAt", rfc3339(expires)},
                                                          {"clientId", login.client_id},
                                                          {"clientSecret", login.client_secret},
                                                          {"registrationExpiresAt", rfc3339(now() + std::chrono::hours(24))},
                                                          {"refreshToken", login.refresh_token}});
    }
};

}  // namespace awsfakes
