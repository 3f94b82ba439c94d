// SPDX-License-Identifier: Apache-2.0
// The call that a token is: what a cluster's API server sends to STS, and what STS answers; all pure.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/xml.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/service_error.hpp>
#include <eksauth/services/sts.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

/// Who signed a token, as STS names it. Visible ASCII.
struct caller_identity {
    std::string account;  ///< 12 digits
    std::string arn;      ///< of the session or user; see `access_entry_arn`
    std::string user_id;  ///< of the session or user, such as `AROAEXAMPLE:session`
};

namespace detail {

/// The bytes of base64url without padding (RFC 4648 section 5); nothing where the text is none.
inline std::optional<credbase::secret_string> from_base64url(std::string_view text) {
    constexpr std::string_view symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    credbase::secret_string bytes;
    bytes.reserve(text.size());
    std::uint32_t bits = 0, waiting = 0;
    for (const char c : text) {
        const std::size_t value = symbols.find(c);
        if (value == symbols.npos) return std::nullopt;
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        waiting += 6;
        if (waiting < 8) continue;
        waiting -= 8;
        bytes.append(static_cast<char>(bits >> waiting & 0xFFU));
    }
    if (waiting == 6 || (bits & ((1U << waiting) - 1)) != 0) return std::nullopt;
    return bytes;
}

/// The value of a parameter as it stands in a query; empty where there is none.
inline std::string_view query_value(std::string_view query, std::string_view name) {
    for (std::size_t start = 0; start < query.size();) {
        const std::string_view one = query.substr(start, query.find('&', start) - start);
        if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) return one.substr(name.size() + 1);
        start += one.size() + 1;
    }
    return {};
}

/// The text with each `%XX`, in the upper case that signers write, as its byte.
inline credbase::secret_string percent_decoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    credbase::secret_string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t high = text[at] == '%' && at + 2 < text.size() ? digits.find(text[at + 1]) : digits.npos;
        const std::size_t low = high == digits.npos ? high : digits.find(text[at + 2]);
        out.append(low == digits.npos ? text[at] : static_cast<char>(high * 16 + low));
        if (low != digits.npos) at += 2;
    }
    return out;
}

/// Whether a host is a region's own STS, as in all tokens that `presigner` mints.
inline bool is_sts_host(const std::string& host) {
    constexpr std::string_view first = "sts.";
    if (!host.starts_with(first)) return false;
    const auto where = parse_region(std::string_view(host).substr(first.size(), host.find('.', first.size()) - first.size()));
    return where && where->sts_host() == host;
}

}  // namespace detail

/// The request that a cluster's API server makes of a token: the presigned URL, with the cluster's id as a header.
///
/// Secret in it are the token, its query, the signature and the session token. Error: it is no token such as `presigner` mints, with
/// the STS of a known region as its host; nothing of it is quoted. Source: aws-iam-authenticator `pkg/token/token.go`.
inline result<http_request> caller_identity_call(const credbase::secret_string& token, std::string_view cluster_id) {
    constexpr std::string_view prefix = "k8s-aws-v1.", scheme = "https://", action = "/?Action=GetCallerIdentity&";
    const auto refused = [](const char* why) { return error(errc::bad_credentials, std::string("not an EKS token: ") + why); };
    std::string_view text = token.reveal();
    if (!text.starts_with(prefix)) return refused("it doesn't begin with k8s-aws-v1.");
    const auto url = detail::from_base64url(text.substr(prefix.size()));
    if (!url) return refused("what follows k8s-aws-v1. is not base64url");
    text = url->reveal();
    if (std::any_of(text.begin(), text.end(), [](char c) { return c < 0x21 || c > 0x7E || c == '#'; }))
        return refused("its URL has a character that none has");
    if (!text.starts_with(scheme)) return refused("its URL is not https");
    text.remove_prefix(scheme.size());
    const std::string host(text.substr(0, text.find('/')));
    if (!detail::is_sts_host(host)) return refused("its URL leads to another host than the STS of a region");
    text.remove_prefix(host.size());
    if (!text.starts_with(action)) return refused("its URL is not for GetCallerIdentity");

    http_request call{.host = host, .target = std::string(text)};
    call.keep_connection = true;
    call.headers = {{"Accept", credbase::secret_string("application/json")}, {"x-k8s-aws-id", credbase::secret_string(cluster_id)}};
    text.remove_prefix(2);
    call.secrets = {token, credbase::secret_string(text), credbase::secret_string(detail::query_value(text, "X-Amz-Signature")),
                    detail::percent_decoded(detail::query_value(text, "X-Amz-Security-Token"))};
    return call;
}

namespace detail {

/// STS answers JSON, which the request asks for; emulators answer XML to whatever they are asked.
inline bool is_xml(const http_response& reply) {
    const std::string_view body = reply.body.reveal();
    return body.substr(std::min(body.find_first_not_of(" \t\r\n\xEF\xBB\xBF"), body.size())).starts_with('<');
}

inline constexpr credbase::json_limits caller_identity_limits{.bytes = service_limits.body_bytes, .depth = 32};

/// Error: the field `name` is empty or absent, or its value isn't fit to be shown.
inline result<std::string> caller_field(std::string_view value, std::string_view name) {
    if (value.empty()) return error(errc::bad_reply, std::string(name) + " is missing or empty");
    if (value.size() > 2048 || std::any_of(value.begin(), value.end(), [](char c) { return c < 0x21 || c > 0x7E; }))
        return error(errc::bad_reply, std::string(name) + " is longer than 2048 bytes or has a character that none has");
    return std::string(value);
}

inline result<caller_identity> caller_of(const std::array<std::string_view, 3>& values) {
    auto account = caller_field(values[0], "Account"), arn = caller_field(values[1], "Arn"), user_id = caller_field(values[2], "UserId");
    for (const auto* one : {&account, &arn, &user_id})
        if (!*one) return one->error();
    return caller_identity{*std::move(account), *std::move(arn), *std::move(user_id)};
}

inline constexpr std::array<const char*, 3> caller_field_names = {"Account", "Arn", "UserId"};

inline result<caller_identity> caller_in_xml(const http_response& reply) {
    const auto document = parse_xml(reply.body.reveal());
    if (!document) return document.error();
    std::array<std::string_view, 3> values;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto found = document->find(std::string("GetCallerIdentityResponse/GetCallerIdentityResult/") + caller_field_names[i]);
        if (!found) return found.error();
        if (*found != nullptr) values[i] = (*found)->reveal();
    }
    return caller_of(values);
}

inline result<caller_identity> caller_in_json(const http_response& reply) {
    const auto document = credbase::parse_json(reply.body.reveal(), caller_identity_limits, errc::bad_reply);
    if (!document) return document.error();
    auto fields = credbase::json_fields::of(*document, "", errc::bad_reply);
    if (!fields) return fields.error();
    for (const char* name : {"GetCallerIdentityResponse", "GetCallerIdentityResult"}) {
        const auto inner = fields->object(name);
        if (!inner) return inner.error();
        if (!*inner) return error(errc::bad_reply, fields->path_of(name) + " is missing");
        fields = **inner;
    }
    std::array<std::string_view, 3> values;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto found = fields->string(caller_field_names[i]);
        if (!found) return found.error();
        values[i] = found->value_or("");
    }
    return caller_of(values);
}

}  // namespace detail

/// The caller in an answer of status 200, JSON or XML. Error: it isn't that document, or a field is missing, empty or malformed.
inline result<caller_identity> parse_caller_identity(const http_response& reply) {
    return detail::is_xml(reply) ? detail::caller_in_xml(reply) : detail::caller_in_json(reply);
}

/// The refusal in another answer, JSON or XML; what can't be read stays empty. `sent` are the request's secrets.
inline service_error parse_caller_error(const http_response& reply, const std::vector<credbase::secret_string>& sent) {
    if (detail::is_xml(reply)) return parse_sts_error(reply, sent);
    service_error out{.status = reply.status};
    const auto document = credbase::parse_json(reply.body.reveal(), detail::caller_identity_limits, errc::bad_reply);
    const auto top = document ? credbase::json_fields::of(*document, "", errc::bad_reply) : document.error();
    if (!top) return out;
    const auto text = [&](const credbase::json_fields& fields, std::string_view name) {
        const auto found = fields.string(name);
        return found ? words_of_peer(found->value_or(""), sent) : "";
    };
    out.request_id = text(*top, "RequestId");
    if (const auto refusal = top->object("Error"); refusal && *refusal) {
        out.code = text(**refusal, "Code");
        out.message = text(**refusal, "Message");
    }
    return out;
}

/// What a refusal says about the token, and what to do; empty for a code that says nothing about it.
inline std::string_view meaning_for_token(std::string_view code) {
    struct meaning { std::string_view code, text; };
    constexpr std::string_view expired = "the session of the token's credentials has expired; renew them",
                               unknown_key = "the token's access key is unknown, inactive or of another partition, or its session isn't good "
                                             "in that region",
                               disabled = "STS is not active in that region for the account; activate it in the account's settings";
    constexpr std::array<meaning, 9> meanings{{
        {"SignatureDoesNotMatch", "the token is signed by another secret than its access key's, or the system clock is wrong"},
        {"InvalidClientTokenId", unknown_key},
        {"UnrecognizedClientException", unknown_key},
        {"ExpiredToken", expired},
        {"ExpiredTokenException", expired},
        {"RequestExpired", "the token is over 15 minutes old, or the system clock is wrong"},
        {"RegionDisabled", disabled},
        {"RegionDisabledException", disabled},
        {"AccessDenied", "something on the way to STS refuses it, such as a VPC endpoint's policy; a cluster may have another way"},
    }};
    for (const meaning& one : meanings)
        if (one.code == code) return one.text;
    return "";
}

}  // namespace eksauth
