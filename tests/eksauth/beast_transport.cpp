// SPDX-License-Identifier: Apache-2.0
#include <eksauth/beast_transport.hpp> // first: proves that it stands alone

#include "eksauth/beast/client.hpp"
#include "support/catch_shim.hpp"
#include "support/local_server.hpp"

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

using eksauth::http_request;
using eksauth::detail::name_answer;

static eksauth::http_proxy proxy_at(const std::string& port, bool tls) {
    return {.tls = tls, .host = "127.0.0.1", .port = port, .authorization = credbase::secret_string("Basic dTpwQA==")};
}

TEST_CASE("beast transport: a GET has the headers that it needs and no others") {
    std::string seen;
    local_server server([&](peer& client) {
        seen = client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Two:  b \r\n\r\nhello");
    });
    http_request request = plain(server.port());
    request.target = "/a?b=c";
    request.headers.push_back({"X-One", credbase::secret_string("a")});
    const auto response = eksauth::beast_transport()(request);
    server.stop();
    CHECK(describe(response) == "200 hello");
    REQUIRE(response.has_value());
    CHECK(response->header("x-two") == "b");
    CHECK(seen == "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() +
                      "\r\nX-One: a\r\nUser-Agent: eksauth/" + std::string(eksauth::version) + "\r\nConnection: close\r\n\r\n");
}

TEST_CASE("beast transport: a POST has a length, with and without a body; a given User-Agent stays") {
    for (const std::string body : {"", "a=b", "0\r\n\r\n"}) {
        std::string seen;
        local_server server([&](peer& client) {
            seen = client.read_request();
            client.send("HTTP/1.1 204 No Content\r\n\r\n");
        });
        http_request request = plain(server.port());
        request.method = "POST";
        request.headers.push_back({"user-agent", credbase::secret_string("mine")});
        request.body = credbase::secret_string(body);
        CHECK(send(request) == "204 ");
        server.stop();
        CHECK(seen == "POST / HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\nuser-agent: mine\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    }
}

TEST_CASE("beast transport: what can't be sent as it is isn't sent") {
    local_server server([](peer&) {});
    struct row { const char* name; std::function<void(http_request&)> change; std::string outcome; };
    const auto header = [](const char* name, std::string_view value) {
        return [=](http_request& r) { r.headers.push_back({name, credbase::secret_string(value)}); };
    };
    const auto value = [&](std::string_view text) { return header("X-One", text); };
    const auto name = [&](const char* text) { return header(text, "a"); };
    const row rows[] = {
        {"LF in a value", value("hidden\nX-Two: b"), "the value of header X-One contains a control character"},
        {"CR in a value", value("hidden\rX-Two: b"), "the value of header X-One contains a control character"},
        {"NUL in a value", value({"a\0b", 3}), "the value of header X-One contains a control character"},
        {"LF in a name", name("X-One: a\nX-Two"), "the header name \"X-One: a\\nX-Two\" is none"},
        {"no name", name(""), "the header name \"\" is none"},
        {"second Host", name("host"), "the header host is the transport's to set"},
        {"second length", name("Content-length"), "the header Content-length is the transport's to set"},
        {"chunked", name("Transfer-Encoding"), "the header Transfer-Encoding is the transport's to set"},
        {"method", [](http_request& r) { r.method = "GET /x"; }, "the method \"GET /x\" is none"},
        {"scheme", [](http_request& r) { r.scheme = "ftp"; }, "the scheme \"ftp\" is neither https nor http"},
        {"blank in the path", [](http_request& r) { r.target = "/a HTTP/1.1"; }, "its path doesn't begin with / or isn't encoded"},
        {"LF in the path", [](http_request& r) { r.target = "/a\nb"; }, "its path doesn't begin with / or isn't encoded"},
        {"no path", [](http_request& r) { r.target = ""; }, "its path doesn't begin with / or isn't encoded"},
        {"LF in the host", [](http_request& r) { r.host = "a\nb"; }, "the host \"a\\nb\" is neither a name nor an address"},
        {"no host", [](http_request& r) { r.host = ""; }, "the host \"\" is neither a name nor an address"},
        {"port", [](http_request& r) { r.port = "65536"; }, "its port is none"},
        {"blank in the proxy's host", [](http_request& r) { r.proxy = eksauth::http_proxy{.host = "127.0.0.1 b", .port = "1"}; },
         "the proxy's host is neither a name nor an address"},
        {"the proxy's port", [](http_request& r) { r.proxy = eksauth::http_proxy{.host = "127.0.0.1", .port = "0"}; }, "its port is none"},
        {"proxy and loopback",
         [](http_request& r) {
             r.loopback_only = true;
             r.proxy = eksauth::http_proxy{.host = "127.0.0.1", .port = "1"};
         },
         "it may go to loopback only, and yet through a proxy"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        http_request request = plain(server.port());
        r.change(request);
        const std::string outcome = send(request);
        CHECK(outcome == "EKS-HTTP-MALFORMED: this request can't be sent: " + r.outcome);
        CHECK(!contains(outcome, "hidden"));
    }
    server.stop();
    CHECK(server.connections() == 0);
}

TEST_CASE("beast transport: an IPv6 address stands in brackets where a port follows") {
    std::string seen;
    const auto script = [&](peer& client) {
        seen = client.read_request();
        client.send("HTTP/1.1 200 OK\r\n\r\nok");
    };
    try {
        local_server server(script, true);
        http_request request = plain(server.port());
        request.host = "::1";
        CHECK(send(request) == "200 ok");
        server.stop();
        CHECK(contains(seen, "\r\nHost: [::1]:" + server.port() + "\r\n"));
    } catch (const std::runtime_error&) {
        WARN("no IPv6 on loopback here");
    }
}

TEST_CASE("beast transport: what Asio and the thread library throw becomes an error") {
    // Copied to the resolver's thread, where it throws as the system's refusal of a thread or a descriptor would.
    struct refused {
        int of_asio;
        refused(int asio) : of_asio(asio) {}
        refused(const refused& other) : of_asio(other.of_asio) {
            if (of_asio == 1) throw boost::system::system_error(EMFILE, boost::system::generic_category());
            if (of_asio == 0) throw std::system_error(EAGAIN, std::generic_category());
        }
        name_answer operator()(const std::string&) const { return {}; }
    };
    http_request request = plain("1");
    request.host = "x.example";
    eksauth::detail::name_lookup lookup = refused(2);
    lookup.target<refused>()->of_asio = 0;
    CHECK(send(request, lookup) ==
          "EKS-HTTP-UNREACHABLE: no connection can be made: Resource temporarily unavailable");
    lookup.target<refused>()->of_asio = 1;
    CHECK(send(request, lookup) == "EKS-HTTP-UNREACHABLE: no connection can be made: Too many open files");
}

TEST_CASE("beast transport: a proxy is asked for a tunnel with its password, and the host within proves itself") {
    const pki keys;
    for (const bool tls : {false, true}) {
        INFO((tls ? "https proxy" : "http proxy"));
        std::string asked, seen;
        local_server server([&](peer& client) {
            if (tls && !client.start_tls(keys.good)) return;
            asked = client.read_request();
            client.send("HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n");  // a length means nothing here
            if (!client.start_tls(keys.leaf({.common_name = "sts", .names = "DNS:sts.example"}))) return;
            seen = client.read_request();
            client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        http_request request = secure("", keys.file, "sts.example");
        request.loopback_only = false;
        request.proxy = proxy_at(server.port(), tls);
        CHECK(send(request) == "200 ok");
        server.stop();
        CHECK(asked == "CONNECT sts.example:443 HTTP/1.1\r\nHost: sts.example:443\r\n"
                       "User-Agent: eksauth/" + std::string(eksauth::version) + "\r\nProxy-Authorization: Basic dTpwQA==\r\n\r\n");
        CHECK(contains(seen, "\r\nHost: sts.example\r\n"));
        CHECK(!contains(seen, "Basic"));
    }
}

TEST_CASE("beast transport: a tunnel that doesn't open is an error without the password") {
    const pki keys;
    struct row { const char* name; std::string answer, outcome; };
    const row rows[] = {
        {"407", "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
         "EKS-HTTP-PROXY: proxy 127.0.0.1:PORT refused the tunnel to sts.example:443 with status 407"},
        {"503", "HTTP/1.1 503 Busy\r\n\r\n", "EKS-HTTP-UNREACHABLE: proxy 127.0.0.1:PORT refused the tunnel to sts.example:443 with status 503"},
        {"redirect", "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
         "EKS-HTTP-PROXY: proxy 127.0.0.1:PORT refused the tunnel to sts.example:443 with status 302"},
        {"more than a head", "HTTP/1.1 200 OK\r\n\r\nmore",
         "EKS-HTTP-MALFORMED: proxy 127.0.0.1:PORT sent something before the tunnel was used"},
        {"closed", "", "EKS-HTTP-CUT: waiting for the answer of proxy 127.0.0.1:PORT: the peer closed the connection"},
        {"no HTTP", "SSH-2.0-OpenSSH_9.2p1\r\n", "EKS-HTTP-MALFORMED: the answer is no HTTP that can be read: bad version"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        local_server server([&](peer& client) {
            client.read_request();
            client.send(r.answer);
        });
        http_request request = secure("", keys.file, "sts.example");
        request.loopback_only = false;
        request.proxy = proxy_at(server.port(), false);
        std::string expected = r.outcome;
        if (const auto at = expected.find("PORT"); at != expected.npos) expected.replace(at, 4, server.port());
        const auto outcome = send(request);
        CHECK(outcome == expected);
        CHECK(!contains(outcome, "dTpwQA"));
        server.stop();
        CHECK(server.connections() == 1);
    }
}

TEST_CASE("beast transport: the password goes to no proxy that can't be trusted, nor with a line of its own") {
    const pki keys, others{"Other CA"};
    tls_server peer{others.good};
    http_request request = secure("", keys.file, "sts.example");
    request.loopback_only = false;
    request.proxy = proxy_at(peer.server.port(), true);
    CHECK(contains(send(request), "EKS-HTTP-TLS: the certificate of 127.0.0.1 can't be trusted: unable to get local issuer certificate"));
    request.proxy->tls = false;
    request.proxy->authorization = credbase::secret_string("Basic a\r\nX: b");
    CHECK(send(request) == "EKS-HTTP-MALFORMED: the user name or password for the proxy contains a control character");
    peer.server.stop();
    CHECK(peer.received.empty());
}
