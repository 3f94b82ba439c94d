// SPDX-License-Identifier: Apache-2.0
// A request as the bytes of HTTP/1.1.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/version.hpp>
#include <eksauth/http.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace eksauth::detail {

inline bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// A token of RFC 9110, section 5.6.2: the form of methods and header names.
inline bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) { return is_letter_or_digit(c) || marks.find(c) != marks.npos; });
}

/// Whether a value stays on its line: neither CR, LF and NUL nor any other control but the tab.
inline bool is_header_value(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); });
}

/// Whether a host may stand in messages, Host and CONNECT: a name or an address, with no mark that begins another part of a URL.
inline bool is_host(std::string_view text) {
    constexpr std::string_view marks = "-._:%";
    return !text.empty() && text.size() <= 255 &&
           std::ranges::all_of(text, [&](char c) { return is_letter_or_digit(c) || marks.find(c) != marks.npos; });
}

/// All bytes of a request. Error, `http_malformed`: a part that can't be sent as it is; the message doesn't show header values.
///
/// Headers that the transport sets itself, and Transfer-Encoding, may not be among the given ones: two of them would let two
/// readers of the request disagree on where it ends.
inline result<credbase::secret_string> request_text(const http_request& request) {
    const auto refuse = [](const std::string& why) { return error(errc::http_malformed, "this request can't be sent: " + why); };
    if (!is_token(request.method)) return refuse("the method " + credbase::quoted(request.method) + " is none");
    if (request.scheme != "https" && request.scheme != "http")
        return refuse("the scheme " + credbase::quoted(request.scheme) + " is neither https nor http");
    if (!is_host(request.host)) return refuse("the host " + credbase::quoted(request.host) + " is neither a name nor an address");
    if (!request.target.starts_with('/') || !std::ranges::all_of(request.target, [](char c) { return c > 0x20 && c < 0x7F; }))
        return refuse("its path doesn't begin with / or isn't encoded");

    credbase::secret_string text;
    std::size_t size = 512 + request.target.size() + request.body.size();
    for (const http_header& one : request.headers) size += one.name.size() + one.value.size() + 4;
    text.reserve(size);
    const auto add = [&](std::initializer_list<std::string_view> parts) {
        for (const std::string_view part : parts) text.append(part);
    };
    add({request.method, " ", request.target, " HTTP/1.1\r\nHost: ", request.authority(), "\r\n"});
    bool agent = false;
    constexpr std::array<std::string_view, 4> own = {"Host", "Content-Length", "Connection", "Transfer-Encoding"};
    for (const http_header& one : request.headers) {
        if (!is_token(one.name)) return refuse("the header name " + credbase::quoted(one.name) + " is none");
        if (std::ranges::any_of(own, [&](std::string_view name) { return credbase::same_but_case(name, one.name); }))
            return refuse("the header " + one.name + " is the transport's to set");
        if (!is_header_value(one.value.reveal())) return refuse("the value of header " + one.name + " contains a control character");
        agent = agent || credbase::same_but_case(one.name, "User-Agent");
        add({one.name, ": ", one.value.reveal(), "\r\n"});
    }
    if (!agent) add({"User-Agent: eksauth/", version, "\r\n"});
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
        add({"Content-Length: ", std::to_string(request.body.size()), "\r\n"});
    if (!request.keep_connection) add({"Connection: close\r\n"});
    add({"\r\n", request.body.reveal()});
    return text;
}

/// What asks a proxy for a tunnel. Error: as `request_text`.
inline result<credbase::secret_string> connect_text(const http_proxy& proxy, const std::string& authority) {
    if (!is_header_value(proxy.authorization.reveal()))
        return error(errc::http_malformed, "the user name or password for the proxy contains a control character");
    credbase::secret_string text;
    text.append("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ").append(authority).append("\r\n");
    text.append("User-Agent: eksauth/").append(version).append("\r\n");
    if (!proxy.authorization.empty()) text.append("Proxy-Authorization: ").append(proxy.authorization.reveal()).append("\r\n");
    text.append("\r\n");
    return text;
}

}  // namespace eksauth::detail
