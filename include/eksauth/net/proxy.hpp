// SPDX-License-Identifier: Apache-2.0
// Which proxy an https request goes through: a decision only.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/base/base64.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/uri.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace eksauth {

namespace detail {

/// The name that counts of a variable which is known in both cases: upper case, if that one is set.
inline const char* variable_of(const context& ctx, const char* upper, const char* lower) {
    return environment_value(ctx, upper) ? upper : lower;
}

/// Whether the first `bits` of two addresses of one family are equal.
inline bool same_prefix(const std::string& a, const std::string& b, std::size_t bits) {
    if (a.size() != b.size() || bits > 8 * a.size()) return false;
    for (std::size_t i = 0; i < bits; ++i) {
        const auto differ = static_cast<unsigned char>(static_cast<unsigned char>(a[i / 8]) ^ static_cast<unsigned char>(b[i / 8]));
        if ((differ >> (7 - i % 8) & 1U) != 0) return false;
    }
    return true;
}

/// Whether one entry of NO_PROXY names the host. Source: Go `golang.org/x/net/http/httpproxy`.
inline bool exempts(std::string_view entry, const std::string& host, std::string_view port) {
    if (entry == "*") return true;
    const auto address = parse_address(host);
    if (const auto slash = entry.find('/'); slash != entry.npos) {
        const auto network = parse_address(std::string(entry.substr(0, slash)));
        const std::string bits(entry.substr(slash + 1));
        return address && network && !bits.empty() && bits.size() <= 3 && bits.find_first_not_of("0123456789") == bits.npos &&
               same_prefix(*address, *network, std::stoul(bits));
    }
    if (!parse_address(std::string(entry))) {  // an IPv6 address has colons of its own
        if (const auto colon = entry.rfind(':'); colon != entry.npos && entry.find(']', colon) == entry.npos) {
            if (entry.substr(colon + 1) != port) return false;
            entry = entry.substr(0, colon);
        }
        if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
    }
    if (const auto literal = parse_address(std::string(entry))) return address == literal;
    if (entry.starts_with("*.")) entry.remove_prefix(1);
    if (entry.empty() || entry == ".") return false;
    if (entry.starts_with('.')) return host.size() > entry.size() && host.ends_with(entry);
    return host == entry || host.ends_with("." + std::string(entry));
}

inline result<credbase::secret_string> basic_authorization(std::string_view user_info) {
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    credbase::secret_string decoded;
    for (std::size_t at = 0; at < user_info.size(); ++at) {
        if (user_info[at] != '%') {
            decoded.append(user_info[at]);
            continue;
        }
        if (at + 2 >= user_info.size() || digits.find(user_info[at + 1]) == digits.npos || digits.find(user_info[at + 2]) == digits.npos)
            return error(errc::bad_setting, "malformed percent-encoding in the user information");
        decoded.append(static_cast<char>(std::stoi(std::string(user_info.substr(at + 1, 2)), nullptr, 16)));
        at += 2;
    }
    if (decoded.reveal().find(':') == std::string_view::npos) decoded.append(':');
    credbase::secret_string out("Basic ");
    append_base64(out, decoded.reveal());
    return out;
}

}  // namespace detail

/// The proxy for an https request to a host, or nothing for a direct connection.
///
/// HTTPS_PROXY, else `https_proxy`, unless NO_PROXY (`no_proxy`) names the host or the host is a loopback one.
/// `host` is lower case; `port` empty for 443. Error: a proxy of another scheme than http and https, or a malformed one.
inline result<std::optional<http_proxy>> find_proxy(const context& ctx, const std::string& host, std::string_view port) {
    const char* const variable = detail::variable_of(ctx, "HTTPS_PROXY", "https_proxy");
    const auto value = environment_value(ctx, variable);
    if (!value || is_loopback_host(host)) return std::optional<http_proxy>();
    const std::string exempt = credbase::lower_case(environment_value(ctx, detail::variable_of(ctx, "NO_PROXY", "no_proxy")).value_or(""));
    for (std::size_t start = 0; start <= exempt.size();) {
        const std::size_t end = std::min(exempt.find(',', start), exempt.size());
        std::string_view entry = std::string_view(exempt).substr(start, end - start);
        while (!entry.empty() && (entry.front() == ' ' || entry.front() == '\t')) entry.remove_prefix(1);
        while (!entry.empty() && (entry.back() == ' ' || entry.back() == '\t')) entry.remove_suffix(1);
        if (detail::exempts(entry, host, port.empty() ? "443" : port)) return std::optional<http_proxy>();
        start = end + 1;
    }

    const auto scheme_end = value->find("://");
    if (scheme_end != value->npos && !value->starts_with("http://") && !value->starts_with("https://"))
        return error(errc::bad_setting, "unsupported proxy scheme; use http:// or https://").within(variable);
    auto url = parse_uri(scheme_end == value->npos ? "http://" + *value : *value);
    if (!url) return url.error().within(variable);
    if (url->has_target())
        return error(errc::bad_setting, "a proxy has no path").within(variable);
    http_proxy proxy{.tls = url->scheme == "https", .host = url->host, .port = url->port};
    if (proxy.port.empty()) proxy.port = proxy.tls ? "443" : "80";
    if (!url->user_info.empty()) {
        auto authorization = detail::basic_authorization(url->user_info);
        if (!authorization) return authorization.error().within(variable);
        proxy.authorization = *std::move(authorization);
    }
    return std::optional(std::move(proxy));
}

}  // namespace eksauth
