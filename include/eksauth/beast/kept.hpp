// SPDX-License-Identifier: Apache-2.0
// What a transport keeps from one request to the next.
#pragma once

#include <eksauth/base/errors.hpp>
#include <eksauth/beast/connection.hpp>
#include <eksauth/beast/tls_trust.hpp>
#include <eksauth/http.hpp>

#include <boost/asio/ssl/context.hpp>

#include <unistd.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace eksauth::detail {

/// All that decides where a request goes, by which way, and whom it trusts there: only an equal one may use the same connection.
struct place {
    std::string scheme, host, port;
    std::optional<http_proxy> proxy;
    trust_store trust;
    bool loopback_only;

    explicit place(const http_request& request)
        : scheme(request.scheme), host(request.host), port(request.port), proxy(request.proxy), trust(request.trust),
          loopback_only(request.loopback_only) {}

    friend bool operator==(const place& a, const place& b) {
        const auto same_way = [&] {
            return a.proxy->tls == b.proxy->tls && a.proxy->host == b.proxy->host && a.proxy->port == b.proxy->port &&
                   a.proxy->authorization.reveal() == b.proxy->authorization.reveal();
        };
        return a.scheme == b.scheme && a.host == b.host && a.port == b.port && a.proxy.has_value() == b.proxy.has_value() &&
               (!a.proxy || same_way()) && a.trust == b.trust && a.loopback_only == b.loopback_only;
    }
};

/// The idle connection that was left last, and the TLS context that was made last. Any number of threads may use it.
///
/// Neither is used beyond ten seconds, more than lies between the requests of one run: by then an idle connection may have been
/// forgotten on the way, or the files of certificates have changed. After fork() the connection is the parent's alone, since
/// two processes would encrypt under the same key and numbers.
class kept {
public:
    using instant = std::chrono::steady_clock::time_point;

    /// The connection to that place, if one is left that can carry a request; null if not.
    std::unique_ptr<connection> take(const place& where, instant now) {
        std::optional<idle> left;
        {
            const std::lock_guard lock(guard_);
            if (idle_ && idle_->where == where) left = std::exchange(idle_, std::nullopt);
        }
        if (!left || now - left->since > longest || left->process != ::getpid() || !left->wire->is_silent()) return nullptr;
        return std::move(left->wire);
    }

    /// Leaves a connection, in place of any other.
    void put(const place& where, std::unique_ptr<connection> wire, instant now) {
        std::optional<idle> other(idle{where, std::move(wire), now, ::getpid()});
        const std::lock_guard lock(guard_);
        idle_.swap(other);
    }

    /// As `tls_context`, of which one is made for requests that trust the same.
    result<std::shared_ptr<boost::asio::ssl::context>> tls(const trust_store& trust, instant now) {
        {
            const std::lock_guard lock(guard_);
            if (tls_ && tls_->trust == trust && now - tls_->since <= longest) return tls_->context;
        }
        auto made = tls_context(trust);
        if (!made) return made.error();
        auto context = std::make_shared<boost::asio::ssl::context>(*std::move(made));
        const std::lock_guard lock(guard_);
        tls_ = trusting{trust, context, now};
        return context;
    }

private:
    static constexpr std::chrono::seconds longest{10};
    struct idle {
        place where;
        std::unique_ptr<connection> wire;
        instant since;
        pid_t process;
    };
    struct trusting {
        trust_store trust;
        std::shared_ptr<boost::asio::ssl::context> context;
        instant since;
    };

    std::mutex guard_;  // held only to take out and to put in
    std::optional<idle> idle_;
    std::optional<trusting> tls_;
};

}  // namespace eksauth::detail
