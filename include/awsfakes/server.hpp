// SPDX-License-Identifier: Apache-2.0
// HTTP on 127.0.0.1, a thread for each connection.
#pragma once

#include <awsfakes/encoding.hpp>
#include <awsfakes/request.hpp>
#include <awsfakes/sigv4.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace awsfakes {

namespace detail {

using beast_request = boost::beast::http::request<boost::beast::http::string_body>;

inline request parsed(const beast_request& came) {
    request out{.method = std::string(came.method_string()), .body = came.body()};
    const std::string_view target(came.target().data(), came.target().size());
    const std::size_t question = std::min(target.find('?'), target.size());
    out.path = target.substr(0, question);
    out.query = parse_parameters(target.substr(std::min(question + 1, target.size())));
    for (const auto& field : came) add_header(out, std::string(field.name_string()), std::string(field.value()));
    out.parameters = out.query;
    if (out.header("content-type").starts_with("application/x-www-form-urlencoded")) {
        const auto form = parse_parameters(out.body);
        out.parameters.insert(out.parameters.end(), form.begin(), form.end());
    }
    boost::system::error_code fault;
    if (const auto document = boost::json::parse(out.body, fault); !fault && document.is_object())
        for (const auto& member : document.get_object())
            if (member.value().is_string()) out.parameters.emplace_back(member.key(), member.value().get_string());
    out.signature = read_signature(out);
    return out;
}

}  // namespace detail

/// Answers requests until it ends, which it does with this object; connections stay open for more requests where the client likes.
class server {
public:
    /// Called by several threads; no answer cuts the connection.
    using handler = std::function<std::optional<http_answer>(request)>;

    /// With TLS where there is a context, which must outlive it. Throws boost::system::system_error where there is no socket to be had.
    explicit server(handler answer, boost::asio::ssl::context* tls = nullptr)
        : answer_(std::move(answer)), tls_(tls), acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
          address_("127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port())) {
        ::fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);  // plugins must not inherit it
        thread_ = std::thread([this] { accept(); });
    }
    ~server() {
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        thread_.join();
        for (connection& one : connections_) ::shutdown(one.socket.native_handle(), SHUT_RDWR);
        for (connection& one : connections_) one.thread.join();
    }
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// `127.0.0.1:port`
    const std::string& address() const { return address_; }
    /// Scheme and address.
    std::string url() const { return (tls_ == nullptr ? "http://" : "https://") + address_; }

private:
    struct connection {
        explicit connection(boost::asio::ip::tcp::socket taken) : socket(std::move(taken)) {}
        boost::asio::ip::tcp::socket socket;
        std::atomic<bool> is_over = false;
        std::thread thread = {};
    };

    void accept() {
        for (;;) {
            boost::system::error_code fault;
            auto socket = acceptor_.accept(fault);
            if (fault) return;
            ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
            connections_.remove_if([](connection& one) {
                if (one.is_over) one.thread.join();
                return one.is_over.load();
            });
            connection& one = connections_.emplace_back(std::move(socket));
            one.thread = std::thread([this, &one] {
                converse(one.socket);
                // Closed only after the thread, so that nobody else has its number by then.
                ::shutdown(one.socket.native_handle(), SHUT_RDWR);
                one.is_over = true;
            });
        }
    }

    void converse(boost::asio::ip::tcp::socket& socket) {
        if (tls_ == nullptr) return serve(socket);
        boost::asio::ssl::stream<boost::asio::ip::tcp::socket&> stream(socket, *tls_);
        boost::system::error_code fault;
        stream.handshake(boost::asio::ssl::stream_base::server, fault);
        if (!fault) serve(stream);
    }

    template <class Stream>
    void serve(Stream& stream) {
        namespace http = boost::beast::http;
        boost::beast::flat_buffer buffer;
        for (;;) {
            http::request_parser<http::string_body> parser;
            boost::system::error_code fault;
            http::read(stream, buffer, parser, fault);
            if (fault) return;
            const auto answer = answer_(detail::parsed(parser.get()));
            if (!answer) return;
            http::response<http::string_body> out;
            out.result(static_cast<unsigned>(answer->status));
            out.set(http::field::content_type, answer->content_type);
            if (!answer->error_type.empty()) out.set("x-amzn-ErrorType", answer->error_type);
            out.keep_alive(parser.get().keep_alive());
            out.body() = answer->body;
            out.prepare_payload();
            http::write(stream, out, fault);
            if (fault || !out.keep_alive()) return;
        }
    }

    handler answer_;
    boost::asio::ssl::context* tls_;
    boost::asio::io_context io_ = {};
    boost::asio::ip::tcp::acceptor acceptor_;
    std::string address_;
    std::list<connection> connections_ = {};  // of the accepting thread, until that has ended
    std::thread thread_ = {};
};

}  // namespace awsfakes
