// SPDX-License-Identifier: Apache-2.0
// AWS Signature Version 4 from the receiver's side: reads a signature and computes what it should be.
#pragma once

#include <awsfakes/encoding.hpp>
#include <awsfakes/keys.hpp>
#include <awsfakes/request.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace awsfakes {

namespace detail {

/// Trimmed, with runs of blanks as one.
inline std::string canonical_value(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool blank = std::string_view(" \t\r\n").find(c) != std::string_view::npos;
        if (!blank) out += c;
        else if (!out.empty() && out.back() != ' ') out += ' ';
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

inline std::string canonical_request(const request& asked, const signature& by) {
    std::vector<std::pair<std::string, std::string>> sorted;
    for (const auto& [name, value] : asked.query)
        if (name != "X-Amz-Signature") sorted.emplace_back(percent_encode(name), percent_encode(value));
    std::sort(sorted.begin(), sorted.end());
    std::string query, headers, names;
    for (const auto& [name, value] : sorted) query += (query.empty() ? "" : "&") + name + "=" + value;
    for (const std::string& name : by.signed_headers) {
        headers += name + ":" + canonical_value(asked.header(name)) + "\n";
        names += (names.empty() ? "" : ";") + name;
    }
    // The path is encoded as sent; every service but S3 has it encoded once more.
    return asked.method + "\n" + percent_encode(asked.path, "/") + "\n" + query + "\n" + headers + "\n" + names + "\n" + hex(sha256(asked.body));
}

/// The part of `Name=value, Name=value` of an Authorization header.
inline std::string part_of(std::string_view header, const std::string& name) {
    const std::size_t at = header.find(name + "=");
    if (at == header.npos) return "";
    header.remove_prefix(at + name.size() + 1);
    return std::string(header.substr(0, header.find_first_of(", ")));
}

}  // namespace detail

/// The signature that a request carries in its Authorization header or its query; nothing where it has none, or one of another form.
inline std::optional<signature> read_signature(const request& asked) {
    constexpr char algorithm[] = "AWS4-HMAC-SHA256";
    signature out{};
    std::string credential, names;
    if (const std::string header = asked.header("authorization"); header.starts_with(std::string(algorithm) + " ")) {
        credential = detail::part_of(header, "Credential");
        names = detail::part_of(header, "SignedHeaders");
        out.value = detail::part_of(header, "Signature");
        out.time = asked.header("x-amz-date");
        out.session_token = asked.header("x-amz-security-token");
    } else if (request::first_of(asked.query, "X-Amz-Algorithm") == algorithm) {
        credential = request::first_of(asked.query, "X-Amz-Credential");
        names = request::first_of(asked.query, "X-Amz-SignedHeaders");
        out.value = request::first_of(asked.query, "X-Amz-Signature");
        out.time = request::first_of(asked.query, "X-Amz-Date");
        out.session_token = request::first_of(asked.query, "X-Amz-Security-Token");
        out.presigned = true;
    }
    const auto scope = split(credential, '/');
    if (scope.size() != 5 || scope[4] != "aws4_request" || names.empty() || out.value.empty()) return std::nullopt;
    out.access_key_id = scope[0];
    out.date = scope[1];
    out.region = scope[2];
    out.service = scope[3];
    out.signed_headers = split(names, ';');
    return out;
}

/// What the signature's value must be by those keys. Source: AWS, "Signature Version 4 signing process".
inline std::string expected_signature(const request& asked, const signature& by, const keys& signer) {
    const std::string to_sign = "AWS4-HMAC-SHA256\n" + by.time + "\n" + by.date + "/" + by.region + "/" + by.service + "/aws4_request\n" +
                                hex(sha256(detail::canonical_request(asked, by)));
    std::string key = "AWS4" + signer.secret_access_key;
    for (const std::string& part : {by.date, by.region, by.service, std::string("aws4_request")}) key = hmac_sha256(key, part);
    return hex(hmac_sha256(key, to_sign));
}

/// Why a signature isn't taken.
enum class signature_fault { none, missing, unknown_key, expired_key, wrong };

/// A fault with words that hold nothing secret.
struct signature_check {
    signature_fault fault = signature_fault::none;  ///< none: it is good
    std::string why = {};                           ///< empty where it is good
};

/// Whether a request is signed by those keys, for that service, and now: at most 15 minutes ago and 5 minutes ahead.
inline signature_check check_signature(const request& asked, const keys& signer, std::string_view service, std::chrono::sys_seconds at) {
    using namespace std::chrono_literals;
    using enum signature_fault;
    const auto by = read_signature(asked);
    if (!by) return {missing, "the request has no signature AWS4-HMAC-SHA256"};
    if (by->access_key_id != signer.access_key_id) return {unknown_key, "another access key id was expected than " + by->access_key_id};
    if (by->session_token != signer.session_token)
        return {unknown_key, by->session_token.empty() ? "the session token is missing" : "the session token is not the key's"};
    if (signer.expires <= at) return {expired_key, "the key expired at " + rfc3339(signer.expires)};
    if (by->service != service) return {wrong, "the scope's service is " + by->service + " instead of " + std::string(service)};
    const auto time = parse_amz_date(by->time);
    if (!time) return {wrong, "X-Amz-Date has not the form yyyymmddThhmmssZ"};
    if (!by->time.starts_with(by->date)) return {wrong, "the scope's date is not that of X-Amz-Date"};
    if (at > *time + 15min) return {wrong, "the signature of " + rfc3339(*time) + " is older than 15 minutes"};
    if (*time > at + 5min) return {wrong, "the signature of " + rfc3339(*time) + " is from the future"};
    const auto covers = [&](const char* name) {
        return std::find(by->signed_headers.begin(), by->signed_headers.end(), name) != by->signed_headers.end();
    };
    if (!covers("host")) return {wrong, "the header host is not signed"};
    for (const auto& [name, value] : asked.headers)
        if (name.starts_with("x-amz-") && !covers(name.c_str())) return {wrong, "the header " + name + " is not signed"};
    if (by->value != expected_signature(asked, *by, signer)) return {wrong, "the signature is not that of the request by these keys"};
    return {};
}

}  // namespace awsfakes
