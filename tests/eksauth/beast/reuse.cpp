// SPDX-License-Identifier: Apache-2.0
#include <eksauth/beast_transport.hpp>

#include "eksauth/beast/client.hpp"
#include "support/catch_shim.hpp"
#include "support/local_server.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using eksauth::http_request;
using std::chrono::milliseconds;

static const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static http_request kept(http_request request) {
    request.keep_connection = true;
    return request;
}

/// Answers whatever it reads until the client ends; gives what it read.
static std::vector<std::string> answer_all(peer& client, const std::string& answer = ok) {
    std::vector<std::string> seen;
    for (std::string one = client.read_request(); !one.empty(); one = client.read_request()) {
        seen.push_back(one);
        client.send(answer);
    }
    return seen;
}

TEST_CASE("reuse: requests to the same place go over one connection, with and without TLS") {
    const pki keys;
    for (const bool tls : {false, true}) {
        INFO((tls ? "https" : "http"));
        std::vector<std::string> seen;
        local_server server([&](peer& client) {
            if (!tls || client.start_tls(keys.good)) seen = answer_all(client);
        });
        auto transport = std::make_unique<eksauth::http_transport>(eksauth::beast_transport());
        http_request request = kept(tls ? secure(server.port(), keys.file) : plain(server.port()));
        for (const char* target : {"/1", "/2", "/3"}) {
            request.target = target;
            CHECK(describe((*transport)(request)) == "200 ok");
        }
        transport.reset();  // ends the connection, for which the server waits
        server.stop();
        CHECK(server.connections() == 1);
        REQUIRE(seen.size() == 3);
        CHECK(seen[2] == "GET /3 HTTP/1.1\r\nHost: " + request.authority() + "\r\nUser-Agent: eksauth/" + std::string(eksauth::version) +
                             "\r\n\r\n");
    }
}

TEST_CASE("reuse: through a proxy the tunnel is asked for once") {
    const pki keys;
    const identity within = keys.leaf({.common_name = "sts", .names = "DNS:sts.example"});
    for (const bool tls : {false, true}) {
        INFO((tls ? "https proxy" : "http proxy"));
        std::vector<std::string> seen;
        local_server server([&](peer& client) {
            if (tls && !client.start_tls(keys.good)) return;
            client.read_request();
            client.send("HTTP/1.1 200 Connection established\r\n\r\n");
            if (client.start_tls(within)) seen = answer_all(client);
        });
        auto transport = std::make_unique<eksauth::http_transport>(eksauth::beast_transport());
        http_request request = kept(secure("", keys.file, "sts.example"));
        request.loopback_only = false;
        request.proxy = eksauth::http_proxy{.tls = tls, .host = "127.0.0.1", .port = server.port()};
        for (int i = 0; i < 2; ++i) CHECK(describe((*transport)(request)) == "200 ok");
        transport.reset();
        server.stop();
        CHECK(server.connections() == 1);
        CHECK(seen.size() == 2);
    }
}

TEST_CASE("reuse: what the answer says of its connection decides, and nothing may follow it") {
    struct row { const char* name; std::string answer; int connections; };
    const std::string length = "Content-Length: 2\r\n\r\nok";
    const row rows[] = {
        {"length", "HTTP/1.1 200 OK\r\n" + length, 1},
        {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 1},
        {"no body", "HTTP/1.1 204 No Content\r\n\r\n", 1},
        {"an error status", "HTTP/1.1 503 Busy\r\n" + length, 1},
        {"after interim answers", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n" + length, 1},
        {"keep-alive", "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n" + length, 1},
        {"HTTP/1.0 with keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length, 1},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\n" + length, 2},
        {"close", "HTTP/1.1 200 OK\r\nConnection: close\r\n" + length, 2},
        {"close among others", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\n" + length, 2},
        {"an error status, and close", "HTTP/1.1 503 Busy\r\nConnection: close\r\n" + length, 2},
        {"bytes after the answer", "HTTP/1.1 200 OK\r\n" + length + "HTTP/1.1 200 OK\r\n\r\n", 2},
    };
    for (const row& r : rows) {
        INFO(r.name);
        local_server server([&](peer& client) { answer_all(client, r.answer); });
        auto transport = std::make_unique<eksauth::http_transport>(eksauth::beast_transport());
        const std::string first = describe((*transport)(kept(plain(server.port()))));
        CHECK(describe((*transport)(kept(plain(server.port())))) == first);
        CHECK(!first.starts_with("EKS-"));
        transport.reset();
        server.stop();
        CHECK(server.connections() == r.connections);
    }
}

TEST_CASE("reuse: bytes that come when nobody asked end it") {
    std::promise<void> answered, spoken;
    std::vector<std::string> seen;
    local_server server([&, first = true](peer& client) mutable {
        if (!std::exchange(first, false)) {
            seen = answer_all(client);
            return;
        }
        client.read_request();
        client.send(ok);
        answered.get_future().wait();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        spoken.set_value();
        client.wait_for_end();
    });
    auto transport = std::make_unique<eksauth::http_transport>(eksauth::beast_transport());
    CHECK(describe((*transport)(kept(plain(server.port())))) == "200 ok");
    answered.set_value();
    spoken.get_future().wait();
    CHECK(describe((*transport)(kept(plain(server.port())))) == "200 ok");
    transport.reset();
    server.stop();
    CHECK(server.connections() == 2);
    CHECK(seen.size() == 1);
}

TEST_CASE("reuse: a kept connection that fails before the answer begins is replaced once, a new one never") {
    using script = std::function<void(peer&)>;
    const script good = [](peer& client) { answer_all(client); };
    const script once = [](peer& client) {
        client.read_request();
        client.send(ok);
    };
    const script unanswered = [&](peer& client) {
        once(client);
        client.read_request();
    };
    const script reset = [&](peer& client) {
        unanswered(client);
        client.reset();
    };
    const script begun = [&](peer& client) {
        unanswered(client);
        client.send("HTTP/1.1 2");
    };
    const script silent = [&](peer& client) {
        unanswered(client);
        client.wait_for_end();
    };
    const script refusing = [](peer& client) { client.read_request(); };
    const std::string waiting = "EKS-HTTP-CUT: waiting for the answer of 127.0.0.1:PORT: the peer closed the connection";
    const std::string late = "EKS-HTTP-TIMEOUT: waiting for the answer of 127.0.0.1:PORT: not done within ";
    struct row { const char* name; std::vector<script> connections; std::string outcome; milliseconds eksauth::http_limits::*limit = nullptr; };
    const row rows[] = {
        {"closed after the answer", {once, good}, "200 ok"},
        {"closed without an answer", {unanswered, good}, "200 ok"},
        {"reset", {reset, good}, "200 ok"},
        {"and closed again", {unanswered, refusing}, waiting},
        {"cut in the answer", {begun}, "EKS-HTTP-CUT: the connection ended before the answer did"},
        {"silent", {silent}, late + "50 ms", &eksauth::http_limits::first_byte},
        {"silent to the end", {silent}, late + "the 50 ms of the whole attempt", &eksauth::http_limits::attempt},
    };
    for (const row& r : rows) {
        INFO(r.name);
        std::size_t next = 0;
        local_server server([&](peer& client) {
            if (next < r.connections.size()) r.connections[next++](client);
        });
        auto transport = std::make_unique<eksauth::http_transport>(eksauth::beast_transport());
        http_request request = kept(plain(server.port()));
        CHECK(describe((*transport)(request)) == "200 ok");
        if (r.limit != nullptr) request.limits.*r.limit = milliseconds(50);  // the limits are those of each request
        std::string expected = r.outcome;
        if (const auto at = expected.find("PORT"); at != expected.npos) expected.replace(at, 4, server.port());
        CHECK(describe((*transport)(request)) == expected);
        transport.reset();
        server.stop();
        CHECK(server.connections() == static_cast<int>(r.connections.size()));
    }
}

TEST_CASE("reuse: a request without the wish, or that trusts others, makes a connection of its own") {
    // The server is busy with the first connection as long as that is kept: only over that could there be an answer.
    const pki keys, others{"Other CA"};
    std::vector<std::string> seen;
    local_server server([&](peer& client) {
        if (client.start_tls(keys.good)) seen = answer_all(client);
    });
    const std::string waits = "EKS-HTTP-TIMEOUT: TLS handshake with localhost: not done within 50 ms";
    auto transport = std::make_unique<eksauth::http_transport>(eksauth::beast_transport());
    http_request request = kept(secure(server.port(), keys.file));
    CHECK(describe((*transport)(request)) == "200 ok");
    http_request closing = request, trusting = request;
    closing.keep_connection = false;
    trusting.trust.files = {others.file};
    closing.limits.handshake = trusting.limits.handshake = milliseconds(50);
    CHECK(describe((*transport)(closing)) == waits);
    CHECK(describe((*transport)(trusting)) == waits);
    CHECK(describe((*transport)(request)) == "200 ok");  // it is still there
    transport.reset();
    server.stop();
    CHECK(seen.size() == 2);
}

TEST_CASE("reuse: a request without the wish leaves none") {
    local_server server([](peer& client) { answer_all(client); });
    auto transport = std::make_unique<eksauth::http_transport>(eksauth::beast_transport());
    CHECK(describe((*transport)(plain(server.port()))) == "200 ok");
    CHECK(describe((*transport)(kept(plain(server.port())))) == "200 ok");
    transport.reset();
    server.stop();
    CHECK(server.connections() == 2);
}

TEST_CASE("reuse: one connection is left at most") {
    local_server one([](peer& client) { answer_all(client); }), other([](peer& client) { answer_all(client); });
    auto transport = std::make_unique<eksauth::http_transport>(eksauth::beast_transport());
    CHECK(describe((*transport)(kept(plain(one.port())))) == "200 ok");
    CHECK(describe((*transport)(kept(plain(other.port())))) == "200 ok");
    one.stop();  // would wait for ever if the connection were still open
    CHECK(one.connections() == 1);
    CHECK(describe((*transport)(kept(plain(other.port())))) == "200 ok");
    transport.reset();
    other.stop();
    CHECK(other.connections() == 1);
}

TEST_CASE("reuse: threads share a transport") {
    const pki keys;
    constexpr int each = 40;
    const auto script = [&](peer& client) {
        if (client.start_tls(keys.good)) answer_all(client);
    };
    local_server one(script), other(script);
    auto transport = std::make_unique<eksauth::http_transport>(eksauth::beast_transport());
    const auto ask = [&](const local_server& server) {
        int good = 0;
        for (int i = 0; i < each; ++i) good += describe((*transport)(kept(secure(server.port(), keys.file)))) == "200 ok";
        return good;
    };
    auto there = std::async(std::launch::async, [&] { return ask(other); });
    CHECK(ask(one) == each);
    CHECK(there.get() == each);
    transport.reset();
}
