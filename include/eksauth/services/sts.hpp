// SPDX-License-Identifier: Apache-2.0
// The calls to STS that give credentials: forms out, XML in; all pure.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/percent_encoding.hpp>
#include <eksauth/base/xml.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/service_error.hpp>
#include <eksauth/services/signed_request.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

/// AssumeRole: another role for the caller that signs it.
struct assume_role_request {
    std::string role_arn,              ///< such as `arn:aws:iam::111122223333:role/x`
        role_session_name;             ///< 2 to 64 characters, told in the account's logs
    std::string external_id = {};      ///< empty: not sent
    std::optional<std::chrono::seconds> duration = {};  ///< absent: STS's own default of an hour
};

/// AssumeRoleWithWebIdentity: a role for whoever has an identity provider's token.
struct web_identity_request {
    std::string role_arn,           ///< such as `arn:aws:iam::111122223333:role/x`
        role_session_name;          ///< 2 to 64 characters, told in the account's logs
    credbase::secret_string token;  ///< a JWT of the identity provider
};

namespace detail {

inline credbase::secret_string form(const std::vector<name_value>& parameters) {
    credbase::secret_string out;
    for (const name_value& one : parameters) {
        if (!out.empty()) out.append('&');
        append_percent_encoded(out, one.name);
        out.append('=');
        append_percent_encoded(out, one.value);
    }
    return out;
}

inline constexpr char form_type[] = "application/x-www-form-urlencoded; charset=utf-8";

}  // namespace detail

/// Fills a request to STS (scheme, host and port are given) with the form of AssumeRole, signed at `at` for `region_name`.
inline result<http_request> assume_role_call(http_request to, const assume_role_request& role, const credentials& keys,
                                             std::string_view region_name, std::chrono::sys_seconds at) {
    const std::string duration = role.duration ? std::to_string(role.duration->count()) : "";
    std::vector<name_value> parameters{{"Action", "AssumeRole"}, {"Version", "2011-06-15"}};
    if (role.duration) parameters.push_back({"DurationSeconds", duration});
    if (!role.external_id.empty()) parameters.push_back({"ExternalId", role.external_id});
    parameters.push_back({"RoleArn", role.role_arn});
    parameters.push_back({"RoleSessionName", role.role_session_name});

    to.method = "POST";
    to.keep_connection = true;
    to.body = detail::form(parameters);
    to.headers.push_back({"Content-Type", credbase::secret_string(detail::form_type)});
    return signed_request(std::move(to), keys, {.at = at, .region = region_name, .service = "sts"});
}

/// As `assume_role_call` for AssumeRoleWithWebIdentity, which is not signed.
inline http_request web_identity_call(http_request to, const web_identity_request& role) {
    to.method = "POST";
    to.keep_connection = true;
    to.body = detail::form({{"Action", "AssumeRoleWithWebIdentity"},
                            {"Version", "2011-06-15"},
                            {"RoleArn", role.role_arn},
                            {"RoleSessionName", role.role_session_name},
                            {"WebIdentityToken", role.token.reveal()}});
    to.headers.push_back({"Content-Type", credbase::secret_string(detail::form_type)});
    to.secrets.push_back(role.token);
    return to;
}

/// The error that STS put into its answer; what can't be read stays empty. `sent` are the request's secrets.
inline service_error parse_sts_error(const http_response& reply, const std::vector<credbase::secret_string>& sent) {
    service_error out{.status = reply.status};
    auto document = parse_xml(reply.body.reveal());
    if (!document) return out;
    for (const xml_leaf& leaf : document->leaves) {
        std::string_view path = leaf.path;
        if (path == "ErrorResponse/RequestId") out.request_id = words_of_peer(leaf.text.reveal(), sent);
        for (const std::string_view outer : {"ErrorResponse/", "Errors/"})  // the second as EC2 has it, and emulators
            if (path.starts_with(outer)) path.remove_prefix(outer.size());
        if (path == "Error/Code") out.code = words_of_peer(leaf.text.reveal(), sent);
        if (path == "Error/Message") out.message = words_of_peer(leaf.text.reveal(), sent);
    }
    return out;
}

/// The credentials in an answer of status 200. Error: it isn't that document, or a field is missing, empty or there twice.
///
/// `action` is AssumeRole or AssumeRoleWithWebIdentity.
inline result<credentials> parse_sts_credentials(const http_response& reply, std::string_view action) {
    auto document = parse_xml(reply.body.reveal());
    if (!document) return document.error();
    const std::string base = std::string(action) + "Response/" + std::string(action) + "Result/Credentials/";
    const auto field = [&](const char* name) -> result<const credbase::secret_string*> {
        auto found = document->find(base + name);
        if (!found) return found;
        if (*found == nullptr || (*found)->empty()) return error(errc::bad_reply, std::string(name) + " is missing");
        return found;
    };
    auto id = field("AccessKeyId"), secret = field("SecretAccessKey"), token = field("SessionToken"), expiration = field("Expiration");
    for (const auto* one : {&id, &secret, &token, &expiration})
        if (!*one) return one->error();
    credentials out{.access_key_id = std::string((*id)->reveal()), .secret_access_key = **secret, .session_token = **token};
    out.expires = credbase::parse_rfc3339((*expiration)->reveal());
    if (!out.expires) return error(errc::bad_reply, "Expiration is not an RFC 3339 time");
    if (auto form = check_credentials(out, {"AccessKeyId", "SecretAccessKey", "SessionToken"}); !form) return form.error();
    return out;
}

}  // namespace eksauth
