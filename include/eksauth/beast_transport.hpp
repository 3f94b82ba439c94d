// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over Boost.Asio, Boost.Beast and OpenSSL. For programs; no library header includes it.
#pragma once

#include <eksauth/base/errors.hpp>
#include <eksauth/beast/addresses.hpp>
#include <eksauth/beast/connection.hpp>
#include <eksauth/beast/kept.hpp>
#include <eksauth/beast/request_text.hpp>
#include <eksauth/beast/response_parser.hpp>
#include <eksauth/http.hpp>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace eksauth {
namespace detail {

/// A complete answer, and whether its server lets another request follow on the same connection.
struct final_answer {
    http_response response;
    bool keeps_connection;
};

/// Reads one final answer; interim ones (1xx) are skipped, up to ten of them. What follows the answer is left in the inbox.
inline result<final_answer> read_answer(connection& wire, inbox& bytes, const http_limits& limits, const std::string& from,
                                        bool head_only) {
    for (int interim = 0; interim <= 10; ++interim) {
        response_parser parser(limits.body_bytes, head_only);
        while (!parser.is_done()) {
            auto fault = bytes.feed(parser);
            if (fault) return parser.failure(fault);
            if (parser.is_done()) break;
            const bool begun = bytes.got_any();
            const std::string what = (begun ? "reading the answer of " : "waiting for the answer of ") + from;
            auto came = wire.read(what, begun ? limits.attempt : limits.first_byte, bytes.room());
            if (!came) return came.error();
            if (*came == 0) {
                if (!parser.got_some()) return error(errc::http_cut, what + ": the peer closed the connection");
                parser.put_eof(fault);
                if (fault) return parser.failure(fault);
            }
            bytes.filled(*came);
        }
        if (parser.status() == 101) return error(errc::http_malformed, "the answer changes to a protocol that wasn't asked for");
        if (parser.status() / 100 != 1) return final_answer{parser.take(), parser.keep_alive()};
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
    if (const int status = answer->response.status; status / 100 != 2)
        return error(status / 100 == 5 ? errc::http_unreachable : errc::http_proxy,
                     name + " refused the tunnel to " + authority + " with status " + std::to_string(status));
    if (!bytes.empty()) return error(errc::http_malformed, name + " sent something before the tunnel was used");
    return {};
}

/// A new connection over which the request may be sent: through the proxy where there is one, and with TLS for https.
inline result<std::unique_ptr<connection>> open_connection(const http_request& request, kept::instant end, const name_lookup& lookup,
                                                           kept& left) {
    const bool https = request.scheme == "https";
    const std::string port = request.port.empty() ? (https ? "443" : "80") : request.port;
    const http_proxy* const proxy = request.proxy ? &*request.proxy : nullptr;
    if (proxy != nullptr && request.loopback_only)
        return error(errc::http_malformed, "this request can't be sent: it may go to loopback only, and yet through a proxy");
    if (proxy != nullptr && !is_host(proxy->host))
        return error(errc::http_malformed, "this request can't be sent: the proxy's host is neither a name nor an address");
    const auto number = parse_port(proxy != nullptr ? proxy->port : port);
    if (!number || !parse_port(port)) return error(errc::http_malformed, "this request can't be sent: its port is none");

    std::shared_ptr<boost::asio::ssl::context> tls;
    if (https || (proxy != nullptr && proxy->tls)) {
        auto made = left.tls(request.trust, std::chrono::steady_clock::now());
        if (!made) return made.error();
        tls = *std::move(made);
    }
    auto wire = std::make_unique<connection>(request.limits, end);
    const destination to{proxy != nullptr ? proxy->host : request.host, *number, request.loopback_only};
    const auto endpoints = find_endpoints(to, lookup, wire->within_attempt(request.limits.connect));
    if (!endpoints) return endpoints.error();
    if (auto done = wire->connect(*endpoints); !done) return done.error();
    if (proxy != nullptr) {
        if (proxy->tls)
            if (auto done = wire->start_tls(*tls, proxy->host); !done) return done.error();
        if (auto done = open_tunnel(*wire, request, *proxy, port); !done) return done.error();
    }
    if (https)
        if (auto done = wire->start_tls(*tls, request.host); !done) return done.error();
    return wire;
}

/// Sends the request and reads its answer; then leaves the connection to the next request, where both sides allow it.
///
/// `begun` tells whether any of the answer came.
inline result<http_response> exchange(std::unique_ptr<connection> wire, const http_request& request, std::string_view text, kept& left,
                                      bool& begun) {
    if (auto done = wire->write("sending the request to " + request.authority(), text); !done) return done.error();
    if (request.keep_connection) wire->acknowledge_at_once();  // a server that closes holds nothing back
    inbox bytes;
    auto answer = read_answer(*wire, bytes, request.limits, request.authority(), false);
    begun = bytes.got_any();
    if (!answer) return answer.error();
    if (request.keep_connection && answer->keeps_connection && bytes.empty())
        left.put(place(request), std::move(wire), std::chrono::steady_clock::now());
    return std::move(answer->response);
}

/// One attempt. May throw what Asio and std::thread throw when the system is out of descriptors or threads.
inline result<http_response> attempt_or_throw(const http_request& request, const name_lookup& lookup, kept& left) {
    const auto text = request_text(request);
    if (!text) return text.error();
    const auto end = after(request.limits.attempt);
    bool begun = false;
    if (auto wire = request.keep_connection ? left.take(place(request), std::chrono::steady_clock::now()) : nullptr) {
        wire->begin(request.limits, end);
        auto answer = exchange(std::move(wire), request, text->reveal(), left, begun);
        // A server may end an idle connection at any time, even while the request is on its way.
        if (answer || begun || answer.error().code() == errc::http_timeout) return answer;
    }
    auto wire = open_connection(request, end, lookup, left);
    if (!wire) return wire.error();
    return exchange(*std::move(wire), request, text->reveal(), left, begun);
}

inline result<http_response> carry(const http_request& request, const name_lookup& lookup, kept& left) {
    try {
        return attempt_or_throw(request, lookup, left);
    } catch (const boost::system::system_error& e) {
        return error(errc::http_unreachable, "no connection can be made: " + e.code().message());
    } catch (const std::system_error& e) {
        return error(errc::http_unreachable, "no connection can be made: " + e.code().message());
    }
}

}  // namespace detail

/// A transport for `context::http`: one request over HTTP/1.1, blocking, on a connection of its own, which is closed then.
///
/// A request with `keep_connection` takes the one that such a request to the same place left less than ten seconds ago, and leaves
/// it in turn, where the server allows it; at most one is left. Where it has ended meanwhile, a new one is made without a word.
///
/// Sets Host, Connection, Content-Length and, unless given, User-Agent. Addresses are tried in turn, IPv6 and IPv4 interleaved.
/// TLS is 1.2 or newer and always verified, by the SAN of the certificate. SIGPIPE is never raised. Any number of threads may use it.
/// OpenSSL is not taken down at exit, unless the program has begun to use it before.
///
/// Error, by its code:
/// - `http_no_host`: the name doesn't exist. `http_unreachable`: the resolver failed, or no address took the connection in time;
///   also where the attempt's time ended before there was a connection.
/// - `http_timeout`: connected, and a step or the attempt took too long; the message names the step and its limit.
/// - `http_cut`: the connection ended before the answer did; under TLS also where a body without length ends without a good-bye.
/// - `http_tls`: the peer couldn't be verified or speaks no TLS, a named CA file isn't good, or no place of certificates is named.
/// - `http_proxy`: the proxy refused the tunnel. The message has its host and port, no user name.
/// - `http_malformed`: the request can't be sent as it is (nothing was sent), or the answer is no HTTP that can be read: encoded,
///   with both Content-Length and Transfer-Encoding, or changing the protocol.
/// - `http_too_large`: a header of more than 16 KiB, or a body of more than `limits.body_bytes`.
///
/// Bytes after a complete answer are ignored, and the connection is closed then. Header values that a server folds over several
/// lines pass through a buffer on the stack of Beast's parser, which isn't wiped; all else that the transport owns is.
inline http_transport beast_transport() {
    return [left = std::make_shared<detail::kept>()](const http_request& request) {
        return detail::carry(request, detail::system_lookup, *left);
    };
}

}  // namespace eksauth
