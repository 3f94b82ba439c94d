// SPDX-License-Identifier: Apache-2.0
// http and https URLs, and the addresses that may stand in them.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/base/errors.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace eksauth {

/// A parsed http or https URL.
struct uri {
    std::string scheme;      ///< http or https
    std::string user_info;   ///< still percent-encoded; empty for none. May hold a password
    std::string host;        ///< lower case; an IPv6 address without brackets
    std::string port;        ///< 1 to 5 digits, or empty
    std::string path;        ///< from the first slash; may be empty
    std::string query;       ///< with its `?`; may be empty

    /// Whether more than a lone slash follows the host and port.
    bool has_target() const { return !query.empty() || (!path.empty() && path != "/"); }
};

/// An IPv4 or IPv6 address in its strict text form, as 4 or 16 bytes.
///
/// Nothing for short or octal IPv4, zone ids and names.
inline std::optional<std::string> parse_address(const std::string& text) {
    std::array<char, 16> bytes;
    if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 4);
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 16);
    return std::nullopt;
}

/// Whether the host is this machine by its own spelling: `localhost`, an address in 127.0.0.0/8, or ::1.
inline bool is_loopback_host(const std::string& host) {
    if (host == "localhost") return true;
    const auto address = parse_address(host);
    return address && (*address == std::string(15, '\0') + '\1' || (address->size() == 4 && (*address)[0] == 127));
}

/// Reads a URL of scheme http or https. Error, without quoting what may be a password: anything else, a blank or control
/// character, a fragment, an empty or malformed host, a port that isn't 1 to 65535.
inline result<uri> parse_uri(std::string_view text) {
    const auto refused = [](const char* why) { return error(errc::bad_setting, std::string("not a usable URL: ") + why); };
    for (const char c : text)
        if (c <= 0x20 || c > 0x7E) return refused("a blank, control or non-ASCII character");
    if (text.find('#') != text.npos) return refused("a fragment");
    uri out;
    const std::size_t scheme_end = text.find("://");
    out.scheme = std::string(text.substr(0, scheme_end == text.npos ? 0 : scheme_end));
    out.scheme = credbase::lower_case(out.scheme);
    if (out.scheme != "http" && out.scheme != "https") return refused("the scheme must be http or https");
    text.remove_prefix(scheme_end + 3);

    const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
    std::string_view authority = text.substr(0, authority_end), rest = text.substr(authority_end);
    const std::size_t query = std::min(rest.find('?'), rest.size());
    out.path = rest.substr(0, query);
    out.query = rest.substr(query);
    if (const std::size_t at = authority.rfind('@'); at != authority.npos) {
        out.user_info = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : authority.npos;
    if (authority.starts_with('[') && bracket == authority.npos) return refused("an unclosed bracket");
    const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
    out.host = bracket == authority.npos ? authority.substr(0, colon) : authority.substr(1, bracket - 1);
    out.host = credbase::lower_case(out.host);
    if (bracket != authority.npos) {
        if (!parse_address(out.host) || out.host.find(':') == out.host.npos) return refused("no IPv6 address in the brackets");
        if (colon != authority.npos ? colon != bracket + 1 : authority.size() != bracket + 1) return refused("text behind the bracket");
    } else if (out.host.empty() || out.host.size() > 253 ||
               out.host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") != out.host.npos) {
        return refused("the host is empty or malformed");
    }
    if (colon != authority.npos) {
        out.port = authority.substr(colon + 1);
        if (out.port.empty() || out.port.size() > 5 || out.port.find_first_not_of("0123456789") != out.port.npos ||
            std::stoi(out.port) < 1 || std::stoi(out.port) > 65535)
            return refused("the port is not a number from 1 to 65535");
    }
    return out;
}

}  // namespace eksauth
