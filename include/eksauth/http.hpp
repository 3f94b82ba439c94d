// SPDX-License-Identifier: Apache-2.0
// HTTP requests and responses as plain values.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

/// A header; its value may be a secret.
struct http_header {
    std::string name;               ///< compared without regard to case
    credbase::secret_string value;  ///< without line ends
};

/// How long each step of one attempt may take, and how much is read at most.
struct http_limits {
    std::chrono::milliseconds connect;     ///< name resolution and connection, for each address
    std::chrono::milliseconds handshake;   ///< of TLS
    std::chrono::milliseconds first_byte;  ///< from the request's last byte to the answer's first
    std::chrono::milliseconds attempt;     ///< all of it
    std::size_t body_bytes;                ///< of the answer; more of them are an error
};

/// STS, IAM Identity Center and console sign-in.
inline constexpr http_limits service_limits{std::chrono::milliseconds(3100), std::chrono::milliseconds(3100), std::chrono::seconds(10),
                                            std::chrono::seconds(15), 262144};

/// A proxy that tunnels to https hosts.
struct http_proxy {
    bool tls = false;  ///< TLS to the proxy itself
    std::string host;  ///< an IPv6 address without brackets
    std::string port;  ///< in digits
    credbase::secret_string authorization = {};  ///< value of Proxy-Authorization; empty for none
};

/// Where the certificates stand that TLS peers are checked against: PEM files, and folders with hashed names.
struct trust_store {
    std::vector<std::string> files = {},  ///< of one or more certificates each
        folders = {};                     ///< as `openssl rehash` makes them

    bool operator==(const trust_store&) const = default;
};

/// A request, with all that decides how it is carried.
struct http_request {
    std::string method = "GET";    ///< in capitals
    std::string scheme = "https";  ///< https or http
    std::string host;              ///< a name or an address; an IPv6 address without brackets
    std::string port = {};         ///< empty: the scheme's own
    std::string target = "/";      ///< path and query, encoded
    std::vector<http_header> headers = {};  ///< beside Host, Content-Length and Connection, which the transport sets
    credbase::secret_string body = {};      ///< as it is sent
    http_limits limits = service_limits;    ///< of this request alone
    std::optional<http_proxy> proxy = {};   ///< absent: a direct connection
    trust_store trust = {};                ///< for https
    std::vector<credbase::secret_string> secrets = {};  ///< sent in it, to be taken out of whatever the peer says
    bool by_place = false;                 ///< asks for credentials, with nothing in it that says whose
    bool loopback_only = false;            ///< connect to loopback addresses only, whatever the name resolves to
    /// It may be sent twice without harm. The connection may be one that is left from such a request to the same place, and be left
    /// to the next one.
    bool keep_connection = false;

    /// Host and port as the `Host` header has them.
    std::string authority() const {
        const std::string name = host.find(':') == host.npos ? host : "[" + host + "]";
        return port.empty() || port == (scheme == "https" ? "443" : "80") ? name : name + ":" + port;
    }
    /// For messages: scheme, authority and path, without the query.
    std::string shown() const { return method + " " + scheme + "://" + authority() + target.substr(0, target.find('?')); }
};

/// A complete response.
struct http_response {
    int status = 0;                         ///< three digits; a redirect is an answer as any other
    std::vector<http_header> headers = {};  ///< in the order of the answer
    credbase::secret_string body = {};      ///< without transfer encoding

    /// The value of the first header of that name, whatever its case; nothing if there is none.
    std::optional<std::string_view> header(std::string_view name) const {
        for (const http_header& one : headers)
            if (credbase::same_but_case(one.name, name)) return one.value.reveal();
        return std::nullopt;
    }
};

/// Carries one request and brings its response, whatever the status; no redirect is followed, nothing is retried.
///
/// Error, by the words in `base/errors.hpp`: unreachable, timed out, cut short, refused by TLS or the proxy, malformed, too large.
using http_transport = std::function<result<http_response>(const http_request&)>;

}  // namespace eksauth
