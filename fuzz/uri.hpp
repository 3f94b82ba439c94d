// SPDX-License-Identifier: Apache-2.0
// URLs: of endpoints and proxies. The input's lines are a URL, a NO_PROXY and a host.
#pragma once

#include "encodings.hpp"
#include "parts.hpp"
#include "property.hpp"
#include "support/fakes.hpp"

#include <eksauth/base/uri.hpp>
#include <eksauth/beast/request_text.hpp>
#include <eksauth/config/endpoint.hpp>
#include <eksauth/net/proxy.hpp>
#include <eksauth/services/container.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace fuzz {

/// Whether nobody but this machine and its link can answer there.
inline bool is_near(const std::string& host) {
    const auto address = eksauth::parse_address(host);
    const auto is = [&](const char* one) { return address && address == eksauth::parse_address(one); };
    return host == "localhost" || (address && address->size() == 4 && address->front() == 127) || is("::1") || is("169.254.170.2") ||
           is("169.254.170.23") || is("fd00:ec2::23");
}

/// That a request can be sent, and has the lines that it should have.
inline void hold_request(const eksauth::http_request& request) {
    const auto text = eksauth::detail::request_text(request);
    hold(text.has_value(), "a request that was made can be sent", text ? "" : text.error().text());
    const std::string_view head = text->reveal().substr(0, text->reveal().find("\r\n\r\n"));
    const auto lines = std::count(head.begin(), head.end(), '\n');
    const auto headers = std::ssize(request.headers);  // beside the first line: Host, Connection, and maybe User-Agent and Content-Length
    hold(lines >= headers + 2 && lines <= headers + 4, "nothing can add a header to a request");
}

inline void hold_proxy(std::string_view variable, std::string_view exempt, const std::string& host) {
    std::string value(variable);
    const std::size_t at = value.rfind('@');
    if (at != value.npos) value.insert(at, planted);
    fake_world world{.env = {{"HTTPS_PROXY", value}, {"no_proxy", std::string(exempt)}}};
    const eksauth::context ctx = world.context();
    const auto proxy = find_proxy(ctx, host, "");
    if (!hold_same_end(proxy, find_proxy(ctx, host, "")) || !*proxy) return;
    hold(!eksauth::is_loopback_host(host), "no proxy is asked for this machine");
    const auto text = eksauth::detail::connect_text(**proxy, "sts.us-east-1.amazonaws.com:443");
    hold(text && std::count(text->reveal().begin(), text->reveal().end(), '\n') == (at == value.npos ? 4 : 5),
         "nothing can add a header to CONNECT");
    hold(eksauth::detail::is_host((*proxy)->host) && !(*proxy)->port.empty(), "a proxy is a host", (*proxy)->host);
    const std::string_view authorization = (*proxy)->authorization.reveal();
    hold(at == value.npos ? authorization.empty() : base64_decoded(std::string(authorization.substr(6))).has_value(),
         "user and password are base64");
    world.env["NO_PROXY"] = host;
    const auto exempted = find_proxy(ctx, host, "");
    hold(host.starts_with('.') || !eksauth::detail::is_host(host) || host.find(':') != host.npos || (exempted && !*exempted),
         "a host that is named goes without proxy", host);
}

}  // namespace fuzz

inline void fuzz_uri(std::string_view input) {
    using fuzz::hold;
    const std::string text(fuzz::line_of(input, 0)), host = credbase::lower_case(std::string(fuzz::line_of(input, 2)));
    const auto url = eksauth::parse_uri(text);
    if (fuzz::hold_same_end(url, eksauth::parse_uri(text))) {
        const bool v6 = url->host.find(':') != std::string::npos;
        const std::string written = url->scheme + "://" + url->user_info + (url->user_info.empty() ? "" : "@") +
                                    (v6 ? "[" + url->host + "]" : url->host) +
                                    (url->port.empty() ? "" : ":" + url->port) + url->path + url->query;
        const auto again = eksauth::parse_uri(written);
        hold(again && again->scheme == url->scheme && again->user_info == url->user_info && again->host == url->host &&
             again->port == url->port && again->path == url->path && again->query == url->query,
             "a URL that was written and read again is the same", written);
        hold(eksauth::detail::is_host(url->host), "a host is a name or an address", url->host);
    }
    if (const auto request = eksauth::container_request_full(text)) {
        fuzz::hold_request(*request);
        hold(request->scheme == "https" || fuzz::is_near(request->host), "a token goes in clear text to nobody far", request->host);
    } else {
        fuzz::hold_error(request.error());
    }
    if (const auto request = eksauth::container_request_relative(text)) {
        fuzz::hold_request(*request);
        hold(request->host == "169.254.170.2" && request->port.empty(), "a path doesn't choose the host", request->authority());
    } else {
        fuzz::hold_error(request.error());
    }
    if (const auto request = eksauth::detail::request_to({text, "AWS_ENDPOINT_URL"})) {
        fuzz::hold_request(*request);
        hold(request->scheme == "https" || (eksauth::is_loopback_host(request->host) && request->loopback_only),
             "an endpoint in clear text is this machine", text);
    } else {
        fuzz::hold_error(request.error());
    }
    fuzz::hold_proxy(text, fuzz::line_of(input, 1), host);
}
