// SPDX-License-Identifier: Apache-2.0
// The encodings, hashes and times of the AWS protocols, by OpenSSL and the standard library alone.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace awsfakes {

/// Names and values, decoded, in the order in which they came.
using parameter_list = std::vector<std::pair<std::string, std::string>>;

namespace detail {

inline std::string digest(std::string_view text, const EVP_MD* kind) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (::EVP_Digest(text.data(), text.size(), out, &size, kind, nullptr) != 1) throw std::runtime_error("OpenSSL has no such hash");
    return {reinterpret_cast<const char*>(out), size};
}

inline const unsigned char* as_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace detail

/// Bytes, not digits.
inline std::string sha256(std::string_view text) { return detail::digest(text, ::EVP_sha256()); }
/// The digest, 20 bytes.
inline std::string sha1(std::string_view text) { return detail::digest(text, ::EVP_sha1()); }
/// The authentication code, 32 bytes.
inline std::string hmac_sha256(std::string_view key, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()), detail::as_bytes(text), text.size(), out, &size) == nullptr)
        throw std::runtime_error("OpenSSL has no HMAC");
    return {reinterpret_cast<const char*>(out), size};
}

/// Lower-case digits.
inline std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += {digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

/// ASCII alone, whatever the locale.
inline std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}
/// Letters of ASCII as capitals, all else as it is.
inline std::string upper_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

/// The standard alphabet, with padding.
inline std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
    ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), detail::as_bytes(bytes), static_cast<int>(bytes.size()));
    out.pop_back();
    return out;
}

/// URL-safe and without padding, as RFC 4648 section 5 has it; nothing where it is anything else.
inline std::optional<std::string> decode_base64url(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (text.find_first_not_of(alphabet) != text.npos || text.size() % 4 == 1) return std::nullopt;
    std::string padded(text);
    std::replace(padded.begin(), padded.end(), '-', '+');
    std::replace(padded.begin(), padded.end(), '_', '/');
    const std::size_t padding = (4 - padded.size() % 4) % 4;
    padded.append(padding, '=');
    std::string out(padded.size() / 4 * 3, '\0');
    if (::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), detail::as_bytes(padded), static_cast<int>(padded.size())) < 0)
        return std::nullopt;
    out.resize(out.size() - padding);
    return out;
}

/// All but the unreserved characters of RFC 3986 and those of `kept`, with upper-case digits.
inline std::string percent_encode(std::string_view text, std::string_view kept = "") {
    constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char& c : text) {
        if (unreserved.find(c) != unreserved.npos || kept.find(c) != kept.npos) out += c;
        else out += "%" + upper_case(hex({&c, 1}));
    }
    return out;
}

/// As in a query or a form: `+` is a blank. A `%` without two digits stays as it is.
inline std::string percent_decode(std::string_view text) {
    const auto digit = [](char c) { return std::string_view("0123456789abcdef").find(lower_case({&c, 1})); };
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool coded = text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) < 16 && digit(text[at + 2]) < 16;
        if (!coded) out += text[at] == '+' ? ' ' : text[at];
        if (!coded) continue;
        out += static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2]));
        at += 2;
    }
    return out;
}

/// `a=b&c=d` of a query or a form.
inline parameter_list parse_parameters(std::string_view text) {
    parameter_list out;
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        const std::size_t equals = std::min(one.find('='), one.size());
        const std::string_view value = one.substr(std::min(equals + 1, one.size()));
        if (!one.empty()) out.emplace_back(percent_decode(one.substr(0, equals)), percent_decode(value));
    }
    return out;
}

/// The parts between the separators, empty ones too.
inline std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> out;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(at, start), text.size());
        out.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
    return out;
}

/// For the text of an element of XML.
inline std::string xml_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    return out;
}

/// The wall clock, UTC.
inline std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

/// `2026-01-02T03:04:05Z`
inline std::string rfc3339(std::chrono::sys_seconds time) {
    const auto days = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(days);
    const std::chrono::hh_mm_ss clock(time - days);
    char out[64];
    std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return out;
}

/// `20260102T030405Z`, the form of X-Amz-Date; nothing where it is anything else.
inline std::optional<std::chrono::sys_seconds> parse_amz_date(std::string_view text) {
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
    const std::string digits = std::string(text.substr(0, 8)).append(text.substr(9, 6));
    if (digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t size) { return std::stoi(digits.substr(at, size)); };
    const std::chrono::year_month_day date(std::chrono::year(number(0, 4)), std::chrono::month(static_cast<unsigned>(number(4, 2))),
                                           std::chrono::day(static_cast<unsigned>(number(6, 2))));
    if (!date.ok() || number(8, 2) > 23 || number(10, 2) > 59 || number(12, 2) > 59) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(number(8, 2)) + std::chrono::minutes(number(10, 2)) +
           std::chrono::seconds(number(12, 2));
}

}  // namespace awsfakes
