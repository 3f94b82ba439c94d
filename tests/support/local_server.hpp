// SPDX-License-Identifier: Apache-2.0
// A server on loopback that does what a test says, however wrong: answers, refuses, resets, stalls, cuts, overfills.
#pragma once

#include "test_certificates.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// The server's end of one connection.
class peer {
public:
    explicit peer(int socket) : socket_(socket) {}
    ~peer() {
        while (!layers_.empty()) layers_.pop_back();
        if (socket_ >= 0) ::close(socket_);
    }
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    /// Up to 4096 bytes; empty where the client has ended.
    std::string read() {
        std::string part(4096, '\0');
        const int came = layers_.empty() ? static_cast<int>(::recv(socket_, part.data(), part.size(), 0))
                                         : ::SSL_read(layers_.back().get(), part.data(), static_cast<int>(part.size()));
        part.resize(came > 0 ? static_cast<std::size_t>(came) : 0);
        return part;
    }
    /// A whole request, its body by Content-Length; what came of it where the client ended earlier.
    std::string read_request() {
        std::string text;
        for (std::size_t wanted = std::string::npos; text.size() < wanted;) {
            const std::string part = read();
            if (part.empty()) break;
            text += part;
            const std::size_t head = text.find("\r\n\r\n");
            if (head == text.npos) continue;
            const std::size_t length = text.find("\r\nContent-Length: ");
            wanted = head + 4 + (length < head ? std::stoul(text.substr(length + 18)) : 0);
        }
        return text;
    }
    /// Everything until the client ends: the way to be silent without a clock.
    std::string wait_for_end() {
        std::string text;
        for (std::string part = read(); !part.empty(); part = read()) text += part;
        return text;
    }
    /// Sends all, or until the client is gone.
    void send(std::string_view text) {
        while (!text.empty()) {
            const int sent = layers_.empty() ? static_cast<int>(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL))
                                             : ::SSL_write(layers_.back().get(), text.data(), static_cast<int>(text.size()));
            if (sent <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    /// Says good-bye as TLS does; without it, the end is a cut.
    void end_tls() { ::SSL_shutdown(layers_.back().get()); }
    /// Ends the connection with RST.
    void reset() {
        const linger now{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(std::exchange(socket_, -1));
    }
    /// Adds a layer of TLS, inside the one before if there is one. Whether the client agreed.
    bool start_tls(const identity& who, int newest_version = 0) {
        const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
        if (newest_version != 0) {
            ::SSL_CTX_set_security_level(context.get(), 0);  // SHA-1, which TLS 1.1 needs
            SSL_CTX_set_min_proto_version(context.get(), 0);
            SSL_CTX_set_max_proto_version(context.get(), newest_version);
        }
        ::SSL_CTX_use_certificate(context.get(), who.certificate.get());
        ::SSL_CTX_use_PrivateKey(context.get(), who.key.get());
        std::unique_ptr<SSL, void (*)(SSL*)> layer(::SSL_new(context.get()), ::SSL_free);
        if (layers_.empty()) {
            ::SSL_set_fd(layer.get(), socket_);
        } else {
            BIO* const below = ::BIO_new(::BIO_f_ssl());
            BIO_set_ssl(below, layers_.back().get(), BIO_NOCLOSE);
            ::SSL_set_bio(layer.get(), below, below);
        }
        const bool agreed = ::SSL_accept(layer.get()) == 1;
        if (agreed) layers_.push_back(std::move(layer));
        ::ERR_clear_error();
        return agreed;
    }
    /// The name that the client asked for in its innermost layer; empty for none.
    std::string sni() const {
        const char* const name = ::SSL_get_servername(layers_.back().get(), TLSEXT_NAMETYPE_host_name);
        return name == nullptr ? "" : name;
    }

private:
    int socket_;
    std::vector<std::unique_ptr<SSL, void (*)(SSL*)>> layers_ = {};  // the innermost last
};

/// Plays a script for each connection, one after the other, on a thread of its own; ends with this object.
///
/// What the script writes to may be read after `stop`, which waits until it has ended.
class local_server {
public:
    explicit local_server(std::function<void(peer&)> script, bool v6 = false)
        : script_(std::move(script)), listener_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in v4_address{};
        v4_address.sin_family = AF_INET;
        v4_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockaddr_in6 v6_address{};
        v6_address.sin6_family = AF_INET6;
        v6_address.sin6_addr = in6addr_loopback;
        auto* const address = v6 ? reinterpret_cast<sockaddr*>(&v6_address) : reinterpret_cast<sockaddr*>(&v4_address);
        socklen_t size = v6 ? sizeof v6_address : sizeof v4_address;
        if (listener_ < 0 || ::bind(listener_, address, size) != 0 || ::listen(listener_, 16) != 0) {
            if (listener_ >= 0) ::close(listener_);
            throw std::runtime_error("no server on loopback");
        }
        ::getsockname(listener_, address, &size);
        port_ = std::to_string(ntohs(v6 ? v6_address.sin6_port : v4_address.sin_port));
        thread_ = std::thread([this] { serve(); });
    }
    ~local_server() {
        stop();
        ::close(listener_);
    }
    local_server(const local_server&) = delete;
    local_server& operator=(const local_server&) = delete;

    std::string port() const { return port_; }
    int connections() const { return connections_; }
    void stop() {
        ::shutdown(listener_, SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
    }

private:
    void serve() {
        sigset_t pipe;  // OpenSSL's sockets raise it; only this thread is spared, so that a client that raises it is seen
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        for (;;) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) return;
            ++connections_;
            peer one(socket);
            script_(one);
        }
    }

    std::function<void(peer&)> script_;
    int listener_;
    std::string port_;
    std::atomic<int> connections_ = 0;
    std::thread thread_;
};

/// A port of 127.0.0.1 where nobody listens, and nobody can while this object lives.
class closed_port {
public:
    closed_port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0) throw std::runtime_error("no port on loopback");
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = std::to_string(ntohs(address.sin_port));
    }
    ~closed_port() { ::close(socket_); }
    closed_port(const closed_port&) = delete;
    closed_port& operator=(const closed_port&) = delete;
    std::string port() const { return port_; }

private:
    int socket_;
    std::string port_;
};
