// SPDX-License-Identifier: Apache-2.0
// The endpoint that ECS and EKS Pod Identity give a container: which one is trusted, request out, JSON in; all pure.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/uri.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/json_reply.hpp>
#include <eksauth/services/service_error.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace eksauth {

/// A call to a container endpoint takes no longer, and brings no more.
inline constexpr http_limits container_limits{.connect = std::chrono::seconds(1),
                                              .handshake = std::chrono::seconds(1),
                                              .first_byte = std::chrono::seconds(2),
                                              .attempt = std::chrono::seconds(2),
                                              .body_bytes = 65536};

namespace detail {

/// Hosts that may be asked without TLS: this machine, and the link-local addresses of ECS and of EKS Pod Identity.
///
/// Addresses are compared as addresses; no name but `localhost`, since whoever answers DNS would choose the identity.
inline bool is_container_host(const std::string& host) {
    if (is_loopback_host(host)) return true;
    const auto address = parse_address(host);
    for (const char* allowed : {"169.254.170.2", "169.254.170.23", "fd00:ec2::23"})
        if (address && address == parse_address(allowed)) return true;
    return false;
}

inline http_request container_request(const uri& to) {
    return {.method = "GET",
            .scheme = to.scheme,
            .host = to.host,
            .port = to.port,
            .target = (to.path.empty() ? "/" : to.path) + to.query,
            .headers = {{"Accept", credbase::secret_string("application/json")}},
            .limits = container_limits,
            .loopback_only = to.host == "localhost"};
}

}  // namespace detail

/// The request to the endpoint of ECS, without authorization. Error: the path doesn't begin with a slash, or is malformed.
inline result<http_request> container_request_relative(const std::string& path) {
    // Without the slash it would go on the host: 169.254.170.2 + .evil.example
    if (!path.starts_with('/')) return error(errc::bad_setting, "must begin with /, got " + credbase::quoted(path));
    auto to = parse_uri("http://169.254.170.2" + path);
    if (!to) return to.error();
    return detail::container_request(*to);
}

/// The request to any https endpoint, or to an http one nearby, without authorization.
///
/// Error: another host over http, a URL with user info, or none.
inline result<http_request> container_request_full(const std::string& url) {
    auto to = parse_uri(url);
    if (!to) return to.error();
    if (!to->user_info.empty()) return error(errc::bad_setting, "user info in the URL is not supported");
    if (to->scheme == "http" && !detail::is_container_host(to->host))
        return error(errc::bad_setting, "host " + credbase::quoted(to->host) + " is not allowed over http; use https, localhost, or an "
                                        "address in 127.0.0.0/8, ::1, 169.254.170.2, 169.254.170.23 or fd00:ec2::23");
    return detail::container_request(*to);
}

/// Whether the value may stand in the Authorization header. Error: it is empty, or has a byte other than printable ASCII.
inline result<> check_authorization(const credbase::secret_string& value) {
    if (value.empty()) return error(errc::bad_setting, "the authorization token is empty");
    for (const char c : value.reveal())
        if (c < 0x20 || c > 0x7E) return error(errc::bad_setting, "the authorization token has a line end, a control or a non-ASCII character");
    return {};
}

/// What a refusal says, and what to do about it.
inline error container_refusal(const service_error& refusal) {
    const auto advice = [&] {
        if (refusal.status >= 300 && refusal.status < 400) return "redirects are not followed; give the URL itself";
        if (refusal.status == 404) return "check the URL and whether the task or pod has a role";
        if (refusal.status >= 400 && refusal.status < 500 && refusal.status != 429)
            return "check the authorization token and the role of the task or pod";
        return "the agent behind the URL has trouble; look into its log";
    };
    return error(errc::call_refused, refusal.text() + "; " + advice());
}

/// The credentials in an answer of status 200. Error: it isn't JSON, or a member is missing or malformed.
inline result<credentials> parse_container_credentials(const http_response& reply) {
    const auto document = credbase::parse_json(reply.body.reveal(), {.bytes = container_limits.body_bytes, .depth = 32}, errc::bad_reply);
    if (!document) return document.error();
    const auto fields = credbase::json_fields::of(*document, "", errc::bad_reply);
    if (!fields) return fields.error();
    return read_json_credentials(*fields);
}

}  // namespace eksauth
