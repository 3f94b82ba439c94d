// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over Boost.Asio, Boost.Beast and OpenSSL. For programs; no library header includes it.
#pragma once

#include <eksauth/base/errors.hpp>
#include <eksauth/beast/addresses.hpp>
#include <eksauth/beast/connection.hpp>
#include <eksauth/beast/request_text.hpp>
#include <eksauth/beast/response_parser.hpp>
#include <eksauth/beast/tls_trust.hpp>
#include <eksauth/http.hpp>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/system_error.hpp>

#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace eksauth {
namespace detail {

/// Reads one final answer; interim ones (1xx) are skipped, up to ten of them. What follows the answer is left in the inbox.
inline result<http_response> read_answer(connection& wire, inbox& bytes, const http_limits& limits, const std::string& from,
                                         bool head_only) {
    bool first = true;
    for (int interim = 0; interim <= 10; ++interim) {
        response_parser parser(limits.body_bytes, head_only);
        while (!parser.is_done()) {
            auto fault = bytes.feed(parser);
            if (fault) return parser.failure(fault);
            if (parser.is_done()) break;
            const std::string what = (first ? "waiting for the answer of " : "reading the answer of ") + from;
            auto came = wire.read(what, first ? limits.first_byte : limits.attempt, bytes.room());
            if (!came) return came.error();
            if (*came == 0) {
                if (!parser.got_some()) return error(errc::http_cut, what + ": the peer closed the connection");
                parser.put_eof(fault);
                if (fault) return parser.failure(fault);
            }
            bytes.filled(*came);
            first = false;
        }
        if (parser.status() == 101) return error(errc::http_malformed, "the answer changes to a protocol that wasn't asked for");
        if (parser.status() / 100 != 1) return parser.take();
    }
    return error(errc::http_malformed, "more than ten interim answers");
}

/// Asks the proxy for a tunnel to the request's host. Error: `http_proxy` where it refuses, `http_unreachable` where it is in trouble (5xx).
inline result<> open_tunnel(connection& wire, const http_request& request, const http_proxy& proxy, const std::string& port) {
    const std::string authority = host_and_port(request.host, port), name = "proxy " + host_and_port(proxy.host, proxy.port);
    auto text = connect_text(proxy, authority);
    if (!text) return text.error();
    if (auto sent = wire.write("sending CONNECT to " + name, text->reveal()); !sent) return sent;
    inbox bytes;
    auto answer = read_answer(wire, bytes, request.limits, name, true);
    if (!answer) return answer.error();
    if (answer->status / 100 != 2)
        return error(answer->status / 100 == 5 ? errc::http_unreachable : errc::http_proxy, name + " refused the tunnel to " + authority + " with status " + std::to_string(answer->status));
    if (!bytes.empty()) return error(errc::http_malformed, name + " sent something before the tunnel was used");
    return {};
}

/// One attempt, with the resolver given. May throw what Asio and std::thread throw when the system is out of descriptors or threads.
inline result<http_response> attempt_or_throw(const http_request& request, const name_lookup& lookup) {
    const auto text = request_text(request);
    if (!text) return text.error();
    const bool https = request.scheme == "https";
    const std::string port = request.port.empty() ? (https ? "443" : "80") : request.port;
    const http_proxy* const proxy = request.proxy ? &*request.proxy : nullptr;
    if (proxy != nullptr && request.loopback_only)
        return error(errc::http_malformed, "this request can't be sent: it may go to loopback only, and yet through a proxy");
    if (proxy != nullptr && !is_host(proxy->host))
        return error(errc::http_malformed, "this request can't be sent: the proxy's host is neither a name nor an address");
    const auto number = parse_port(proxy != nullptr ? proxy->port : port);
    if (!number || !parse_port(port)) return error(errc::http_malformed, "this request can't be sent: its port is none");

    connection wire(request.limits);
    std::optional<boost::asio::ssl::context> tls;
    if (https || (proxy != nullptr && proxy->tls)) {
        auto made = tls_context(request.trust);
        if (!made) return made.error();
        tls.emplace(*std::move(made));
    }
    const destination to{proxy != nullptr ? proxy->host : request.host, *number, request.loopback_only};
    const auto endpoints = find_endpoints(to, lookup, wire.within_attempt(request.limits.connect));
    if (!endpoints) return endpoints.error();
    if (auto done = wire.connect(*endpoints); !done) return done.error();
    if (proxy != nullptr) {
        if (proxy->tls)
            if (auto done = wire.start_tls(*tls, proxy->host); !done) return done.error();
        if (auto done = open_tunnel(wire, request, *proxy, port); !done) return done.error();
    }
    if (https)
        if (auto done = wire.start_tls(*tls, request.host); !done) return done.error();
    if (auto done = wire.write("sending the request to " + request.authority(), text->reveal()); !done) return done.error();
    inbox bytes;
    return read_answer(wire, bytes, request.limits, request.authority(), false);
}

inline result<http_response> carry(const http_request& request, const name_lookup& lookup) {
    try {
        return attempt_or_throw(request, lookup);
    } catch (const boost::system::system_error& e) {
        return error(errc::http_unreachable, "no connection can be made: " + e.code().message());
    } catch (const std::system_error& e) {
        return error(errc::http_unreachable, "no connection can be made: " + e.code().message());
    }
}

}  // namespace detail

/// A transport for `context::http`: one connection and one request over HTTP/1.1, blocking; `Connection: close`.
///
/// Sets Host, Connection, Content-Length and, unless given, User-Agent. Addresses are tried in turn, IPv6 and IPv4 interleaved.
/// TLS is 1.2 or newer and always verified, by the SAN of the certificate. SIGPIPE is never raised. Any number of threads may use it.
///
/// Error, by its code:
/// - `http_no_host`: the name doesn't exist. `http_unreachable`: the resolver failed, or no address took the connection in time;
///   also where the attempt's time ended before there was a connection.
/// - `http_timeout`: connected, and a step or the attempt took too long; the message names the step and its limit.
/// - `http_cut`: the connection ended before the answer did; under TLS also where a body without length ends without a good-bye.
/// - `http_tls`: the peer couldn't be verified or speaks no TLS, a named CA file isn't good, or there are no certificates.
/// - `http_proxy`: the proxy refused the tunnel. The message has its host and port, no user name.
/// - `http_malformed`: the request can't be sent as it is (nothing was sent), or the answer is no HTTP that can be read: encoded,
///   with both Content-Length and Transfer-Encoding, or changing the protocol.
/// - `http_too_large`: a header of more than 16 KiB, or a body of more than `limits.body_bytes`.
///
/// Bytes after a complete answer are ignored, since the connection is closed then. Header values that a server folds over several
/// lines pass through a buffer on the stack of Beast's parser, which isn't wiped; all else that the transport owns is.
inline http_transport beast_transport() {
    return [](const http_request& request) { return detail::carry(request, detail::system_lookup); };
}

}  // namespace eksauth
