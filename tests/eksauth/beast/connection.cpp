// SPDX-License-Identifier: Apache-2.0
#include <eksauth/beast/connection.hpp>

#include "eksauth/beast/client.hpp"
#include "support/catch_shim.hpp"
#include "support/local_server.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <future>
#include <set>
#include <string>

using eksauth::http_request;
using eksauth::detail::connection;
using std::chrono::milliseconds;

TEST_CASE("connection: where nobody listens is unreachable") {
    const closed_port closed;
    CHECK(send(plain(closed.port())) == "EKS-HTTP-UNREACHABLE: connecting to 127.0.0.1:" + closed.port() + ": Connection refused");
}

TEST_CASE("connection: a reset connection is cut") {
    local_server early([](peer& client) {
        client.read_request();
        client.reset();
    });
    CHECK(send(plain(early.port())) == "EKS-HTTP-CUT: waiting for the answer of 127.0.0.1:" + early.port() + ": Connection reset by peer");
}

TEST_CASE("connection: a server that is gone raises no signal") {
    local_server server([](peer& client) {
        client.read();
        client.reset();
    });
    http_request request = plain(server.port());
    request.method = "POST";
    request.body = credbase::secret_string(std::string(8'000'000, 'x'));  // more than the kernel takes at once
    const auto outcome = send(request);
    INFO(outcome);
    CHECK(contains(outcome, "EKS-HTTP-CUT: sending the request to 127.0.0.1:" + server.port()));
}

TEST_CASE("connection: silence ends at the limit, which the message names") {
    local_server server([](peer& client) { client.wait_for_end(); });
    http_request request = plain(server.port());
    SECTION("of the first byte") {
        request.limits.first_byte = milliseconds(50);
        CHECK(send(request) == "EKS-HTTP-TIMEOUT: waiting for the answer of 127.0.0.1:" + server.port() + ": not done within 50 ms");
    }
    SECTION("of the attempt") {
        request.limits.attempt = milliseconds(50);
        CHECK(send(request) == "EKS-HTTP-TIMEOUT: waiting for the answer of 127.0.0.1:" + server.port() +
                                   ": not done within the 50 ms of the whole attempt");
    }
    SECTION("of the handshake") {
        const pki keys;
        request = secure(server.port(), keys.file);
        request.limits.handshake = milliseconds(50);
        CHECK(send(request) == "EKS-HTTP-TIMEOUT: TLS handshake with localhost: not done within 50 ms");
    }
    SECTION("no time at all") {
        request.limits.attempt = milliseconds(0);
        CHECK(send(request) ==
              "EKS-HTTP-UNREACHABLE: connecting to 127.0.0.1:" + server.port() + ": no answer within the 0 ms of the whole attempt");
    }
}

TEST_CASE("connection: an answer that stalls ends with the attempt") {
    local_server server([](peer& client) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab");
        client.wait_for_end();
    });
    http_request request = plain(server.port());
    request.limits.attempt = milliseconds(100);
    CHECK(contains(send(request), "EKS-HTTP-TIMEOUT: "));
    CHECK(contains(send(request), " the answer of 127.0.0.1:" + server.port() + ": not done within the 100 ms of the whole attempt"));
}

TEST_CASE("connection: a server that speaks no TLS gets nothing to read") {
    const pki keys;
    std::string seen;
    local_server server([&](peer& client) {
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        seen = client.wait_for_end();
    });
    CHECK(contains(send(secure(server.port(), keys.file)), "EKS-HTTP-TLS: TLS handshake with localhost: "));
    server.stop();
    CHECK(!contains(seen, "GET /"));
}

TEST_CASE("connection: under TLS an end without good-bye is a cut, unless the answer was complete") {
    const pki keys;
    struct row { const char* name; std::string answer; bool goodbye; std::string outcome; };
    const row rows[] = {
        {"until the end, with", "HTTP/1.1 200 OK\r\n\r\nabc", true, "200 abc"},
        {"until the end, without", "HTTP/1.1 200 OK\r\n\r\nabc", false,
         "EKS-HTTP-CUT: reading the answer of localhost:PORT: the peer closed the connection"},
        {"by length, without", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false, "200 abc"},
        {"by length, short", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", true,
         "EKS-HTTP-CUT: the connection ended before the answer did"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        local_server server([&](peer& client) {
            if (!client.start_tls(keys.good)) return;
            client.read_request();
            client.send(r.answer);
            if (r.goodbye) client.end_tls();
        });
        std::string expected = r.outcome;
        if (const auto at = expected.find("PORT"); at != expected.npos) expected.replace(at, 4, server.port());
        CHECK(send(secure(server.port(), keys.file)) == expected);
    }
}

TEST_CASE("connection: a handshake that the peer ends is a cut") {
    const pki keys;
    local_server server([](peer& client) { client.read(); });
    CHECK(contains(send(secure(server.port(), keys.file)), "EKS-HTTP-CUT: TLS handshake with localhost: "));
}

/// A connection to a server of this test's.
struct connected : connection {
    explicit connected(const std::string& port) : connection(plain(port).limits, eksauth::detail::after(std::chrono::seconds(60))) {
        REQUIRE(connect({{*eksauth::detail::as_address("127.0.0.1"), *eksauth::detail::parse_port(port)}}).has_value());
    }
};

TEST_CASE("connection: it is silent until the peer sends or ends") {
    std::promise<void> speak, spoken;
    local_server server([&](peer& client) {
        speak.get_future().wait();
        client.send("a");
        spoken.set_value();
        client.wait_for_end();
    });
    connected wire(server.port());
    CHECK(wire.is_silent());
    speak.set_value();
    spoken.get_future().wait();
    CHECK_FALSE(wire.is_silent());
    char one[2];
    CHECK(wire.read("", milliseconds(20000), {one, 2}).value() == 1);
    CHECK(wire.is_silent());
}

TEST_CASE("connection: a peer that has ended isn't silent") {
    local_server server([](peer&) {});
    connected wire(server.port());
    char one;
    CHECK(wire.read("", milliseconds(20000), {&one, 1}).value() == 0);
    CHECK_FALSE(wire.is_silent());
}

TEST_CASE("connection: what TLS has received and nobody has read is no silence, in one record or two") {
    const pki keys;
    for (const bool two : {false, true}) {
        INFO((two ? "two records" : "one record"));
        std::promise<void> spoken;
        local_server server([&](peer& client) {
            if (!client.start_tls(keys.good)) return;
            client.send(two ? "a" : "ab");
            if (two) client.send("b");
            spoken.set_value();
            client.wait_for_end();
        });
        auto context = eksauth::detail::tls_context({.files = {keys.file}});
        REQUIRE(context.has_value());
        connected wire(server.port());
        REQUIRE(wire.start_tls(*context, "localhost").has_value());
        spoken.get_future().wait();
        char one;
        for (const bool silent : {false, true}) {  // the first read takes all that came from the system
            CHECK(wire.read("", milliseconds(20000), {&one, 1}).value() == 1);
            CHECK(wire.is_silent() == silent);
        }
    }
}

/// The sockets that a program run now would inherit.
static std::set<int> inherited_sockets() {
    std::set<int> out;
    struct stat status {};
    for (int one = 3; one < 256; ++one)
        if (::fstat(one, &status) == 0 && S_ISSOCK(status.st_mode) && (::fcntl(one, F_GETFD) & FD_CLOEXEC) == 0) out.insert(one);
    return out;
}

TEST_CASE("connection: no program that is run meanwhile inherits it") {
    local_server server([](peer& client) { client.wait_for_end(); });
    const auto before = inherited_sockets();
    const connected wire(server.port());
    CHECK(inherited_sockets() == before);
}
