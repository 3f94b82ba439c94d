// SPDX-License-Identifier: Apache-2.0
// The instance metadata service of EC2: a token, the role's name, the role's credentials; all pure.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/percent_encoding.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/json_reply.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace eksauth {

/// What is asked of the service, in this order.
enum class imds_step { token, role, credentials };

/// The most that an answer may hold.
inline constexpr std::size_t imds_body_limit(imds_step step) { return step == imds_step::credentials ? 16384 : 1024; }

/// The request of the token step: fills `to`, of which scheme, host and port are given.
inline http_request imds_token_call(http_request to) {
    to.method = "PUT";
    to.keep_connection = true;
    to.target = "/latest/api/token";
    to.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", credbase::secret_string("300")}};
    return to;
}

/// The request for the list of roles or, with a role's name, for its credentials; without a token it is IMDSv1.
inline http_request imds_get_call(http_request to, const std::string& role, const std::optional<credbase::secret_string>& token) {
    to.method = "GET";
    to.keep_connection = true;
    to.target = "/latest/meta-data/iam/security-credentials/" + std::string(percent_encoded(role).reveal());
    to.headers = {};
    if (token) to.headers.push_back({"x-aws-ec2-metadata-token", *token});
    return to;
}

/// What a status other than 200 means, and what to do about it. The body says nothing more, so it isn't looked at.
inline error imds_refusal(imds_step step, int status) {
    const auto meaning = [&] {
        if (status >= 300 && status < 400) return "redirects are not followed";
        if (status == 403) return "instance metadata access is turned off; set the instance's HttpEndpoint option to enabled";
        if (status == 401 && step != imds_step::token) return "the token is not accepted; IMDSv2 may be required";
        if (status == 404 && step == imds_step::role) return "the instance has no IAM role; attach an instance profile to it";
        if ((status == 404 || status == 405) && step == imds_step::token)
            return "IMDSv2 is required but not offered; AWS_EC2_METADATA_V1_DISABLED=false allows IMDSv1";
        return "the instance metadata service failed; AWS_EC2_METADATA_DISABLED=true leaves it out";
    };
    return error(errc::call_refused, "HTTP " + std::to_string(status) + ": " + meaning());
}

/// The session token of IMDSv2 in an answer of status 200. Error: it can't stand in a header.
inline result<credbase::secret_string> parse_imds_token(const http_response& reply) {
    const std::string_view text = reply.body.reveal();
    if (text.empty()) return error(errc::bad_reply, "the token is empty");
    for (const char c : text)
        if (c < 0x21 || c > 0x7E) return error(errc::bad_reply, "the token has a blank, control or non-ASCII character");
    return credbase::secret_string(text);
}

/// The role's name in an answer of status 200: its first line. Error: it is no name that IAM allows.
inline result<std::string> parse_imds_role(const http_response& reply) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-", blank = " \t\r";
    std::string_view line = reply.body.reveal();
    line = line.substr(0, line.find('\n'));
    line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
    line = line.substr(0, line.find_last_not_of(blank) + 1);
    if (line.empty()) return error(errc::bad_reply, "the role's name is empty");
    if (line.size() > 64) return error(errc::bad_reply, "the role's name has " + std::to_string(line.size()) + " bytes, limit 64");
    if (line.find_first_not_of(allowed) != line.npos) return error(errc::bad_reply, "the role's name has a character that IAM doesn't allow");
    return std::string(line);
}

/// The role's credentials in an answer of status 200, expired ones too.
///
/// `token` is the one that was sent. Error: the service says other than Success; it isn't JSON, or any of the four members is
/// missing or malformed.
inline result<credentials> parse_imds_credentials(const http_response& reply, const std::optional<credbase::secret_string>& token) {
    const auto document =
        credbase::parse_json(reply.body.reveal(), {.bytes = imds_body_limit(imds_step::credentials), .depth = 32}, errc::bad_reply);
    if (!document) return document.error();
    const auto fields = credbase::json_fields::of(*document, "", errc::bad_reply);
    if (!fields) return fields.error();
    const auto code = fields->string("Code"), message = fields->string("Message");
    for (const auto* one : {&code, &message})
        if (!*one) return one->error();
    if (!*code) return error(errc::bad_reply, "Code is missing");
    if (!credbase::same_but_case(code->value_or(""), "success")) {
        const std::vector<credbase::secret_string> sent{token.value_or(credbase::secret_string())};
        const std::string text = credbase::cut_text(words_of_peer(message->value_or("no message"), sent), 512);
        return error(errc::call_refused, "the service answers Code " + credbase::quoted(words_of_peer(code->value_or(""), sent)) + ": " + text +
                                             "; does the role's trust policy allow ec2.amazonaws.com?");
    }
    auto found = read_json_credentials(*fields);
    if (!found) return found.error();
    if (found->session_token.empty()) return error(errc::bad_reply, "Token is missing or empty");
    if (!found->expires) return error(errc::bad_reply, "Expiration is missing");
    return found;
}

}  // namespace eksauth
