// SPDX-License-Identifier: Apache-2.0
// A connection whose every step ends in time.
#pragma once

#include <eksauth/base/errors.hpp>
#include <eksauth/beast/addresses.hpp>
#include <eksauth/beast/tls_trust.hpp>
#include <eksauth/http.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth::detail {

/// TCP, and up to two layers of TLS on it: that of a proxy and that of the host behind it.
///
/// Each call blocks until its step is done, failed, or its limit or the attempt's has passed; after a failure the connection is of
/// no use. A step is one asynchronous operation of Asio on an io_context of this object's own, run by the calling thread.
///
/// What is sent and received in clear passes through OpenSSL, which is told to wipe what it has handed over; its record buffers,
/// those of the kernel, and ciphertext in Asio's buffers can't be wiped from here.
class connection {
public:
    /// `end` is that of the attempt.
    connection(const http_limits& limits, std::chrono::steady_clock::time_point end) : limits_(limits), end_(end) {}

    /// From here on the steps are those of another attempt.
    void begin(const http_limits& limits, std::chrono::steady_clock::time_point end) {
        limits_ = limits;
        end_ = end;
    }

    /// Whether the peer has neither ended nor sent anything that nobody has read; only then may another request follow.
    bool is_silent() {
        const auto holds_bytes = [](SSL* layer) { return ::SSL_has_pending(layer) != 0 || BIO_pending(::SSL_get_rbio(layer)) != 0; };
        if ((inner_ && holds_bytes(inner_->native_handle())) || (outer_ && holds_bytes(outer_->native_handle()))) return false;
        char byte;
        return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
    }

    /// The time of the attempt that is left, where that is less than the limit.
    std::chrono::milliseconds within_attempt(std::chrono::milliseconds limit) const {
        using std::chrono::milliseconds;
        const auto left = std::chrono::duration_cast<milliseconds>(end_ - std::chrono::steady_clock::now());
        return std::clamp(limit, milliseconds(0), std::max(left, milliseconds(0)));
    }

    /// Connects to the first that takes it. Error, `http_unreachable`: what each one answered; also where the attempt's time ended.
    result<> connect(const std::vector<tcp_endpoint>& endpoints) {
        std::string tried;
        for (const tcp_endpoint& one : endpoints) {
            const std::string name = host_and_port(one.address().to_string(), std::to_string(one.port()));
            error_code ec;
            outcome done;
            socket_.open(one.protocol(), ec);
            if (!ec) ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);  // no program that is run meanwhile inherits it
            if (!ec) done = step(limits_.connect, [&](auto handler) { socket_.async_connect(one, std::move(handler)); });
            if (ec) done.ec = ec;
            if (!done.late && !done.ec) {
                socket_.set_option(boost::asio::ip::tcp::no_delay(true), ec);  // no loss where it can't be set
                return {};
            }
            socket_.close(ec);
            tried += (tried.empty() ? "" : "; ") + ("connecting to " + name) + ": " +
                     (done.late ? "no answer within " + done.limit_text(limits_) : done.ec.message());
            if (done.whole) break;
        }
        return error(errc::http_unreachable, tried);
    }

    /// Adds a layer of TLS, whose peer must prove to be that host. Error: `http_tls`, `http_timeout`, `http_cut`.
    result<> start_tls(boost::asio::ssl::context& context, const std::string& host) {
        return outer_ ? shake_hands(inner_.emplace(*outer_, context), host) : shake_hands(outer_.emplace(socket_, context), host);
    }

    /// Sends all of the text within the attempt's time. Error: `http_timeout`, `http_cut`.
    result<> write(const std::string& what, std::string_view text) {
        while (!text.empty()) {
            const boost::asio::const_buffer part(text.data(), text.size());
            const outcome done = on_top([&](auto& stream) {
                return step(limits_.attempt, [&](auto handler) { stream.async_write_some(part, std::move(handler)); });
            });
            if (done.late || done.ec) return failure(what, done);
            text.remove_prefix(done.bytes);
        }
        return {};
    }

    /// Has what comes next acknowledged at once: a peer that sends its answer in two parts may hold the second back until then.
    void acknowledge_at_once() {
        const int on = 1;
        ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    }

    /// Waits for bytes; 0 where the peer has ended in good order. Error: `http_timeout`, `http_cut`, `http_tls`.
    result<std::size_t> read(const std::string& what, std::chrono::milliseconds limit, boost::asio::mutable_buffer into) {
        const outcome done = on_top([&](auto& stream) {
            return step(limit, [&](auto handler) { stream.async_read_some(into, std::move(handler)); });
        });
        if (!done.late && done.ec == boost::asio::error::eof) return std::size_t{0};
        if (done.late || done.ec) return failure(what, done);
        return done.bytes;
    }

private:
    using error_code = boost::system::error_code;
    using tls_on_tcp = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;
    using tls_on_tls = boost::asio::ssl::stream<tls_on_tcp&>;

    struct outcome {
        error_code ec;
        std::size_t bytes = 0;
        std::chrono::milliseconds limit{0};
        bool late = false, whole = false;  // `whole`: it was the attempt's time that ended

        std::string limit_text(const http_limits& limits) const {
            if (whole) return "the " + std::to_string(limits.attempt.count()) + " ms of the whole attempt";
            return std::to_string(limit.count()) + " ms";
        }
    };

    /// Starts an operation and runs until it has ended or must be given up; its handler has run in either case.
    template <class Start>
    outcome step(std::chrono::milliseconds limit, Start start) {
        const auto until = after(limit);
        outcome done;
        bool ended = false;
        io_.restart();
        start([&](const error_code& ec, std::size_t bytes = 0) {
            done.ec = ec;
            done.bytes = bytes;
            ended = true;
        });
        io_.run_until(std::min(until, end_));
        if (ended) return done;
        error_code ignored;
        socket_.close(ignored);
        io_.restart();
        io_.run();
        done.late = true;
        done.whole = end_ < until;
        done.limit = limit;
        return done;
    }

    template <class Use>
    outcome on_top(Use use) {
        return inner_ ? use(*inner_) : outer_ ? use(*outer_) : use(socket_);
    }

    template <class Stream>
    result<> shake_hands(Stream& stream, const std::string& host) {
        const std::string what = "TLS handshake with " + host;
        const auto literal = as_address(host);
        std::string address;
        if (literal && literal->is_v6()) address = boost::asio::ip::address_v6(literal->to_v6().to_bytes()).to_string();  // without zone
        else if (literal) address = literal->to_string();
        if (!expect_host(stream.native_handle(), host, address)) return error(errc::http_tls, what + ": " + openssl_reason());
        SSL_clear_mode(stream.native_handle(), SSL_MODE_RELEASE_BUFFERS);  // Asio sets it: memory from the system for every record
        refused_.clear();
        stream.set_verify_callback([this](bool good, boost::asio::ssl::verify_context& check) {
            if (!good && refused_.empty()) refused_ = refusal(check.native_handle());
            return good;
        });
        const outcome done = step(limits_.handshake, [&](auto handler) {
            stream.async_handshake(boost::asio::ssl::stream_base::client, std::move(handler));
        });
        if (!refused_.empty()) return error(errc::http_tls, "the certificate of " + host + " can't be trusted: " + refused_);
        if (done.late || done.ec) return failure(what, done);
        return {};
    }

    error failure(const std::string& what, const outcome& done) const {
        if (done.late) return error(errc::http_timeout, what + ": not done within " + done.limit_text(limits_));
        if (done.ec.category() == boost::asio::error::get_ssl_category()) return error(errc::http_tls, what + ": " + done.ec.message());
        const bool closed = done.ec == boost::asio::error::eof || done.ec == boost::asio::ssl::error::stream_truncated;
        return error(errc::http_cut, what + ": " + (closed ? "the peer closed the connection" : done.ec.message()));
    }

    http_limits limits_;
    std::chrono::steady_clock::time_point end_;
    std::string refused_;  // before the streams, whose callbacks write to it
    boost::asio::io_context io_{1};
    boost::asio::ip::tcp::socket socket_{io_};
    std::optional<tls_on_tcp> outer_;
    std::optional<tls_on_tls> inner_;
};

}  // namespace eksauth::detail
