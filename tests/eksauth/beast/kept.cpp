// SPDX-License-Identifier: Apache-2.0
#include <eksauth/beast/kept.hpp>

#include "eksauth/beast/client.hpp"
#include "support/catch_shim.hpp"
#include "support/local_server.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

using eksauth::http_request;
using eksauth::detail::connection;
using eksauth::detail::kept;
using eksauth::detail::place;
using std::chrono::milliseconds;
using std::chrono::seconds;

static const kept::instant now = std::chrono::steady_clock::now();

/// A connection to a server that says nothing.
struct silent_connection {
    local_server server = local_server([](peer& client) { client.wait_for_end(); });
    std::unique_ptr<connection> make() const {
        auto wire = std::make_unique<connection>(plain("").limits, eksauth::detail::after(seconds(60)));
        REQUIRE(wire->connect({{*eksauth::detail::as_address("127.0.0.1"), *eksauth::detail::parse_port(server.port())}}).has_value());
        return wire;
    }
};

TEST_CASE("kept: a connection is for the place that it was left by, all of which counts") {
    const silent_connection to;
    const http_request request = {.host = "h",
                                  .port = "1",
                                  .proxy = eksauth::http_proxy{.host = "p", .port = "2", .authorization = credbase::secret_string("a")},
                                  .trust = {.files = {"/f"}, .folders = {"/d"}}};
    kept left;
    CHECK(left.take(place(request), now) == nullptr);
    left.put(place(request), to.make(), now);
    const std::function<void(http_request&)> changes[] = {
        [](http_request& r) { r.scheme = "http"; },
        [](http_request& r) { r.host = "H"; },
        [](http_request& r) { r.port = ""; },
        [](http_request& r) { r.proxy.reset(); },
        [](http_request& r) { r.proxy->tls = true; },
        [](http_request& r) { r.proxy->host = "q"; },
        [](http_request& r) { r.proxy->port = "3"; },
        [](http_request& r) { r.proxy->authorization = credbase::secret_string("b"); },
        [](http_request& r) { r.trust.files = {}; },
        [](http_request& r) { r.trust.folders = {"/f"}; },
        [](http_request& r) { r.loopback_only = true; },
    };
    for (const auto& change : changes) {
        http_request other = request;
        change(other);
        CHECK(left.take(place(other), now) == nullptr);
    }
    http_request same = request;
    same.method = "POST";
    same.target = "/x";
    same.limits = {};
    CHECK(left.take(place(same), now) != nullptr);
    CHECK(left.take(place(same), now) == nullptr);  // it is taken
}

TEST_CASE("kept: a connection without a proxy is none with one") {
    const silent_connection to;
    http_request request = {.host = "h"};
    kept left;
    left.put(place(request), to.make(), now);
    request.proxy = eksauth::http_proxy{.host = "p", .port = "2"};
    CHECK(left.take(place(request), now) == nullptr);
    request.proxy.reset();
    CHECK(left.take(place(request), now) != nullptr);
}

TEST_CASE("kept: nothing is used that is older than ten seconds") {
    const silent_connection to;
    const http_request request;
    kept left;
    left.put(place(request), to.make(), now);
    CHECK(left.take(place(request), now + seconds(10)) != nullptr);
    left.put(place(request), to.make(), now);
    CHECK(left.take(place(request), now + milliseconds(10001)) == nullptr);
}

TEST_CASE("kept: after fork() the connection is the parent's") {
    const silent_connection to;
    const http_request request;
    kept left;
    left.put(place(request), to.make(), now);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(left.take(place(request), now) == nullptr ? 0 : 1);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(left.take(place(request), now) != nullptr);
}

TEST_CASE("kept: one TLS context serves all that trust the same, for ten seconds") {
    const pki keys, others{"Other CA"};
    kept left;
    const auto first = left.tls({.files = {keys.file}}, now);
    REQUIRE(first.has_value());
    CHECK(*left.tls({.files = {keys.file}}, now + seconds(10)) == *first);
    const auto later = left.tls({.files = {keys.file}}, now + milliseconds(10001));
    REQUIRE(later.has_value());
    CHECK(*later != *first);
    CHECK(*left.tls({.files = {others.file}}, now + milliseconds(10001)) != *later);
}

TEST_CASE("kept: a TLS context that can't be made is tried again") {
    const pki keys;
    const std::string late = keys.folder.path() + "/late.pem";
    kept left;
    CHECK_FALSE(left.tls({.files = {late}}, now).has_value());
    keys.folder.put("late.pem", keys.authority.pem());
    CHECK(left.tls({.files = {late}}, now).has_value());
}
