// SPDX-License-Identifier: Apache-2.0
// A GET on the server of a cluster, over TLS, with a credential; on Boost.Beast.
#pragma once

#include <credplugin/host/http_auth.hpp>
#include <credplugin/protocol/cluster_info.hpp>
#include <credplugin/protocol/exec_credential.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

using response = boost::beast::http::response<boost::beast::http::string_body>;

struct server_address {
    std::string authority, host, port, path;
};

/// Takes apart a URL that `find_access` let pass: https, a host, no user.
inline server_address parse_server(std::string_view url) {
    url.remove_prefix(std::string_view("https://").size());
    const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
    const std::string_view path = url.substr(authority.size(), url.find_first_of("?#") - authority.size());
    const std::size_t colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
    std::string_view host = authority.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);  // IPv6
    return {.authority = std::string(authority),
            .host = std::string(host),
            .port = colon < authority.size() ? std::string(authority.substr(colon + 1)) : "443",
            .path = std::string(path.substr(0, path.find_last_not_of('/') + 1))};
}

/// What the cluster trusts, and the client certificate if the credential has one.
inline boost::asio::ssl::context tls_of(const credplugin::cluster_info& cluster, const credplugin::exec_credential& credential) {
    namespace ssl = boost::asio::ssl;
    ssl::context tls(ssl::context::tls_client);
    tls.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    tls.set_verify_mode(ssl::verify_peer);
    const auto authority = cluster.certificate_authority();
    if (!authority) throw std::runtime_error(authority.error().text());
    if (authority->empty()) tls.set_default_verify_paths();
    else tls.add_certificate_authority(boost::asio::buffer(*authority));
    if (const auto pair = client_certificate(credential)) {
        tls.use_certificate_chain(boost::asio::buffer(pair->certificate));
        tls.use_private_key(boost::asio::buffer(pair->key), ssl::context::pem);
    }
    return tls;
}

/// The server must prove to be the host of the URL, or the cluster's `tls-server-name`.
inline void expect_name(SSL* connection, const std::string& name) {
    ::SSL_set_hostflags(connection, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (::SSL_set1_host(connection, name.c_str()) != 1) throw std::runtime_error("TLS can't expect the name " + name);
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    if (no_address) SSL_set_tlsext_host_name(connection, name.c_str());
}

/// Throws std::runtime_error that says what was under way.
inline boost::asio::awaitable<response> https_get(const credplugin::cluster_info& cluster, const credplugin::exec_credential& credential,
                                                  std::string_view path) {
    namespace asio = boost::asio;
    namespace http = boost::beast::http;
    if (!cluster.proxy_url.empty()) throw std::runtime_error("the cluster has a proxy-url, which this example doesn't support");
    const server_address at = parse_server(cluster.server);
    asio::ssl::context tls = tls_of(cluster, credential);
    const auto here = co_await asio::this_coro::executor;
    asio::ssl::stream<boost::beast::tcp_stream> stream(here, tls);
    boost::beast::tcp_stream& socket = stream.next_layer();
    std::string step = "looking up " + at.host;
    try {
        socket.expires_after(std::chrono::seconds(30));
        asio::ip::tcp::resolver resolver(here);
        const auto endpoints = co_await resolver.async_resolve(at.host, at.port, asio::use_awaitable);
        step = "connecting to " + at.authority;
        co_await socket.async_connect(endpoints, asio::use_awaitable);
        step = "TLS handshake with " + at.authority;
        expect_name(stream.native_handle(), cluster.tls_server_name.empty() ? at.host : cluster.tls_server_name);
        co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);

        step = "GET " + std::string(path);
        http::request<http::empty_body> request(http::verb::get, at.path + std::string(path), 11);
        request.set(http::field::host, at.authority);
        request.set(http::field::accept, "application/json");
        // Beast keeps a copy of the header, which isn't wiped.
        if (const auto header = authorization_header(credential)) request.set(http::field::authorization, header->reveal());
        co_await http::async_write(stream, request, asio::use_awaitable);
        boost::beast::flat_buffer buffer;
        http::response_parser<http::string_body> parser;
        parser.body_limit(std::size_t{64} << 20U);
        co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
        co_return parser.release();
    } catch (const boost::system::system_error& failure) {
        const long refused = ::SSL_get_verify_result(stream.native_handle());
        throw std::runtime_error(step + ": " + failure.code().message() +
                                 (refused == X509_V_OK ? "" : std::string(": ") + ::X509_verify_cert_error_string(refused)));
    }
}
