// SPDX-License-Identifier: Apache-2.0
#include <eksauth/beast_transport.hpp> // first: proves that it stands alone

#include "support/catch_shim.hpp"
#include "support/local_server.hpp"
#include "support/test_certificates.hpp"

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

using eksauth::http_request;
using eksauth::detail::as_address;
using eksauth::detail::name_answer;
using std::chrono::milliseconds;

/// An outcome as text; the bodies of these tests are no secrets.
std::string describe(const eksauth::result<eksauth::http_response>& r) {
    if (!r) return std::string(r.error().code().word) + ": " + r.error().text();
    return std::to_string(r->status) + " " + std::string(r->body.reveal());
}
bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }
std::string send(const http_request& request) { return describe(eksauth::beast_transport()(request)); }

/// Generous, so that only what a test makes short can end.
constexpr std::chrono::seconds ample(20);
constexpr eksauth::http_limits limits{.connect = ample, .handshake = ample, .first_byte = ample, .attempt = 3 * ample, .body_bytes = 1000};

http_request plain(const std::string& port) {
    http_request request;
    request.scheme = "http";
    request.host = "127.0.0.1";
    request.port = port;
    request.limits = limits;
    return request;
}

/// What one answer of a server, given after the request was read, becomes. The server then closes.
std::string outcome_of(const std::string& answer) {
    local_server server([&](peer& client) {
        client.read_request();
        client.send(answer);
    });
    return send(plain(server.port()));
}

/// An authority, and a server's certificate by it.
struct pki {
    std::string name = "Test CA";
    identity authority = make_identity({.common_name = name, .authority = true});
    identity good = leaf({.common_name = "server", .names = "DNS:localhost,IP:127.0.0.1"});
    temporary_folder folder = {};
    std::string file = folder.put("ca.pem", authority.pem());

    identity leaf(const certificate_form& form) const { return make_identity(form, &authority); }
};

http_request secure(const std::string& port, const std::string& ca_file, const std::string& host = "localhost") {
    http_request request = plain(port);
    request.scheme = "https";
    request.host = host;
    request.loopback_only = true;  // no DNS for localhost
    request.trust.files = {ca_file};
    return request;
}

eksauth::http_proxy proxy_at(const std::string& port, bool tls) {
    return {.tls = tls, .host = "127.0.0.1", .port = port, .authorization = credbase::secret_string("Basic dTpwQA==")};
}

/// Plays a TLS server that answers 200 "ok" to those who trust it; `received` is what it read in clear.
struct tls_server {
    identity who;
    int newest_version = 0;
    std::string received = {}, sni = {};
    bool agreed = false;
    local_server server = local_server([this](peer& client) {
        agreed = client.start_tls(who, newest_version);
        if (!agreed) return;
        sni = client.sni();
        received = client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        client.end_tls();
    });
};

}  // namespace

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

TEST_CASE("beast transport: what a server answers decides the outcome") {
    const std::string k1000(1000, 'x'), k1001(1001, 'x'), headers(16384, 'h');
    const std::string cut = "EKS-HTTP-CUT: the connection ended before the answer did";
    const std::string malformed = "EKS-HTTP-MALFORMED: the answer is no HTTP that can be read: ";
    const std::string large = "EKS-HTTP-TOO-LARGE: the answer is larger than 1000 bytes";
    const std::string large_header = "EKS-HTTP-TOO-LARGE: the header of the answer is larger than 16384 bytes";
    struct row { const char* name; std::string answer, outcome; };
    const row rows[] = {
        {"length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "200 ab"},
        {"length 0", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 "},
        {"until the end", "HTTP/1.1 200 OK\r\n\r\nabc", "200 abc"},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nabc", "200 abc"},
        {"until the end, nothing", "HTTP/1.1 200 OK\r\n\r\n", "200 "},
        {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: t\r\n\r\n", "200 abc"},
        {"error status", "HTTP/1.1 503 Slow Down\r\nContent-Length: 1\r\n\r\n!", "503 !"},
        {"redirect", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "302 "},
        {"interim answers",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nabc", "200 abc"},
        {"bytes after the answer", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabGARBAGE", "200 ab"},
        {"body of the limit", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + k1000, "200 " + k1000},
        {"identity", "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\nabc", "200 abc"},
        {"nothing", "", "EKS-HTTP-CUT: waiting for the answer of 127.0.0.1:PORT: the peer closed the connection"},
        {"an interim answer alone", "HTTP/1.1 100 Continue\r\n\r\n",
         "EKS-HTTP-CUT: reading the answer of 127.0.0.1:PORT: the peer closed the connection"},
        {"cut in the status", "HTTP/1.1 20", cut},
        {"cut in the header", "HTTP/1.1 200 OK\r\nContent-Le", cut},
        {"cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", cut},
        {"cut in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", cut},
        {"cut before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", cut},
        {"another protocol", "SSH-2.0-OpenSSH_9.2p1\r\n", malformed + "bad version"},
        {"HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", malformed + "bad version"},
        {"a status that is none", "HTTP/1.1 2xx OK\r\n\r\n", malformed + "bad status"},
        {"a header without colon", "HTTP/1.1 200 OK\r\nabc\r\n\r\n", malformed + "bad field"},
        {"encoded", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nabc", malformed + "its body is encoded as \"gzip\""},
        {"transfer encoded", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
         malformed + "its transfer is encoded as \"gzip, chunked\""},
        {"length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         malformed + "bad Transfer-Encoding"},
        {"chunks and length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
         malformed + "bad Content-Length"},
        {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", malformed + "multiple Content-Length"},
        {"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab", malformed + "bad Content-Length"},
        {"a chunk that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n", malformed + "bad chunk"},
        {"another protocol's turn", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
         "EKS-HTTP-MALFORMED: the answer changes to a protocol that wasn't asked for"},
        {"large header", "HTTP/1.1 200 OK\r\nA: " + headers + "\r\n\r\n", large_header},
        {"large header without end", "HTTP/1.1 200 OK\r\nA: " + headers + headers + headers, large_header},
        {"large by length", "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", large},
        {"large by a length beyond memory", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", large},
        {"large until the end", "HTTP/1.1 200 OK\r\n\r\n" + k1001, large},
        {"large by chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + k1000 + "\r\n1\r\n", large},
        {"large line of a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + headers + headers, large},
    };
    for (const row& r : rows) {
        INFO(r.name);
        std::string outcome = outcome_of(r.answer);
        if (const auto at = outcome.find("127.0.0.1:"); at != outcome.npos && r.outcome.find("PORT") != r.outcome.npos)
            outcome.replace(at + 10, outcome.find(':', at + 10) - at - 10, "PORT");
        CHECK(outcome == r.outcome);
    }
}

TEST_CASE("beast transport: interim answers come to an end") {
    std::string many;
    for (int i = 0; i < 20; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(outcome_of(many) == "EKS-HTTP-MALFORMED: more than ten interim answers");
}

TEST_CASE("beast transport: an answer in single bytes is the same answer") {
    local_server server([&](peer& client) {
        client.read_request();
        const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
        for (const char one : interim + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n") client.send({&one, 1});
    });
    CHECK(send(plain(server.port())) == "200 ab");
}

TEST_CASE("beast transport: a reset connection is cut") {
    local_server early([](peer& client) {
        client.read_request();
        client.reset();
    });
    CHECK(send(plain(early.port())) == "EKS-HTTP-CUT: waiting for the answer of 127.0.0.1:" + early.port() + ": Connection reset by peer");
}

TEST_CASE("beast transport: a server that is gone raises no signal") {
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

TEST_CASE("beast transport: silence ends at the limit, which the message names") {
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

TEST_CASE("beast transport: an answer that stalls ends with the attempt") {
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

TEST_CASE("beast transport: where nobody listens is unreachable") {
    const closed_port closed;
    CHECK(send(plain(closed.port())) == "EKS-HTTP-UNREACHABLE: connecting to 127.0.0.1:" + closed.port() + ": Connection refused");
}

TEST_CASE("beast transport: each address is tried in turn, and each failure named") {
    local_server server([](peer& client) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\n\r\nfrom the second");
    });
    http_request request = plain(server.port());
    request.host = "two.example";
    std::string asked;
    const auto lookup = [&](std::vector<const char*> addresses) {
        return [&asked, addresses](const std::string& name) {
            asked = name;
            name_answer answer;
            for (const char* one : addresses) answer.addresses.push_back(*as_address(one));
            return answer;
        };
    };
    CHECK(describe(eksauth::detail::carry(request, lookup({"127.0.0.2", "127.0.0.1"}))) == "200 from the second");
    CHECK(asked == "two.example");
    const auto none = describe(eksauth::detail::carry(request, lookup({"127.0.0.2", "127.0.0.3"})));
    CHECK(none == "EKS-HTTP-UNREACHABLE: connecting to 127.0.0.2:" + server.port() + ": Connection refused; connecting to 127.0.0.3:" +
                      server.port() + ": Connection refused");
    request.loopback_only = true;
    CHECK(describe(eksauth::detail::carry(request, lookup({"192.0.2.1", "127.0.0.1"}))) == "200 from the second");
    CHECK(describe(eksauth::detail::carry(request, lookup({"192.0.2.1", "2001:db8::1"}))) ==
          "EKS-HTTP-UNREACHABLE: two.example is no loopback address, and this request may go to no other");
    request.host = "192.0.2.1";
    CHECK(describe(eksauth::detail::carry(request, lookup({"127.0.0.1"}))) ==
          "EKS-HTTP-UNREACHABLE: 192.0.2.1 is no loopback address, and this request may go to no other");
}

TEST_CASE("beast transport: an address that doesn't answer costs its own limit only") {
    // With a backlog of 0 that one connection fills, Linux drops further attempts without an answer.
    const int full = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    local_server server([](peer& client) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\n\r\nfrom the second");
    });
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server.port())));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    REQUIRE(::bind(full, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(full, 0) == 0);
    const int first = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(first, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    http_request request = plain(server.port());
    request.host = "two.example";
    request.limits.connect = milliseconds(100);
    const auto both = [](const std::string&) { return name_answer{.addresses = {*as_address("127.0.0.2"), *as_address("127.0.0.1")}}; };
    CHECK(describe(eksauth::detail::carry(request, both)) == "200 from the second");
    request.host = "127.0.0.2";
    CHECK(send(request) == "EKS-HTTP-UNREACHABLE: connecting to 127.0.0.2:" + server.port() + ": no answer within 100 ms");
    ::close(first);
    ::close(full);
}

TEST_CASE("beast transport: IPv6 and IPv4 take turns") {
    std::vector<eksauth::detail::ip_address> given;
    for (const char* one : {"::1", "::2", "::3", "10.0.0.1"}) given.push_back(*as_address(one));
    std::string order;
    for (const auto& one : eksauth::detail::interleaved(given)) order += one.to_string() + " ";
    CHECK(order == "::1 10.0.0.1 ::2 ::3 ");
    CHECK(eksauth::detail::interleaved({}).empty());
}

TEST_CASE("beast transport: what the resolver says decides between no host and unreachable") {
    struct row { const char* name; name_answer answer; std::string outcome; };
    const row rows[] = {
        {"no such name", {.code = EAI_NONAME}, "EKS-HTTP-NO-HOST: resolving x.example: the name doesn't exist or has no address"},
        {"no address", {}, "EKS-HTTP-NO-HOST: resolving x.example: the name doesn't exist or has no address"},
        {"for now", {.code = EAI_AGAIN}, "EKS-HTTP-UNREACHABLE: resolving x.example: Temporary failure in name resolution"},
        {"system", {.code = EAI_SYSTEM, .number = EMFILE}, "EKS-HTTP-UNREACHABLE: resolving x.example: Too many open files"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        http_request request = plain("1");
        request.host = "x.example";
        CHECK(describe(eksauth::detail::carry(request, [&](const std::string&) { return r.answer; })) == r.outcome);
    }
}

TEST_CASE("beast transport: a name that can't exist is no host, if there is a resolver to say so") {
    http_request request = plain("1");
    request.host = "nonexistent.invalid";
    const auto outcome = send(request);
    INFO(outcome);
    const bool no_host = outcome == "EKS-HTTP-NO-HOST: resolving nonexistent.invalid: the name doesn't exist or has no address";
    CHECK((no_host || contains(outcome, "EKS-HTTP-UNREACHABLE: resolving nonexistent.invalid: ")));
}

TEST_CASE("beast transport: a resolver that hangs is abandoned at the limit and may end later") {
    std::promise<void> release, ended;
    const std::shared_future<void> released = release.get_future().share();
    http_request request = plain("1");
    request.host = "slow.example";
    request.limits.connect = milliseconds(50);
    const auto slow = [&, released](const std::string&) {
        released.wait();
        ended.set_value();
        return name_answer{.addresses = {*as_address("127.0.0.1")}};
    };
    CHECK(describe(eksauth::detail::carry(request, slow)) == "EKS-HTTP-UNREACHABLE: resolving slow.example: no answer within 50 ms");
    release.set_value();
    ended.get_future().wait();  // on its own thread, with nobody left to take its answer
}

TEST_CASE("beast transport: localhost and addresses need no resolver where only loopback is allowed") {
    local_server server([](peer& client) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\n\r\nok");
    });
    const auto never = [](const std::string&) -> name_answer { return {.code = EAI_FAIL}; };
    http_request request = plain(server.port());
    request.loopback_only = true;
    CHECK(describe(eksauth::detail::carry(request, never)) == "200 ok");
    request.host = "LocalHost";
    CHECK(describe(eksauth::detail::carry(request, never)) == "200 ok");
    request.host = "localhost.example";
    CHECK(describe(eksauth::detail::carry(request, never)) ==
          "EKS-HTTP-UNREACHABLE: resolving localhost.example: Non-recoverable failure in name resolution");
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
    CHECK(describe(eksauth::detail::carry(request, lookup)) ==
          "EKS-HTTP-UNREACHABLE: no connection can be made: Resource temporarily unavailable");
    lookup.target<refused>()->of_asio = 1;
    CHECK(describe(eksauth::detail::carry(request, lookup)) == "EKS-HTTP-UNREACHABLE: no connection can be made: Too many open files");
}

TEST_CASE("beast transport: https with a certificate by the CA of a file or of a hashed folder") {
    const pki keys;
    temporary_folder hashed;
    hashed.put(keys.authority.hashed_name(), keys.authority.pem());
    for (const std::string host : {"localhost", "127.0.0.1"})
        for (const bool by_file : {true, false}) {
            INFO(host << (by_file ? " file" : " folder"));
            tls_server peer{keys.good};
            http_request request = secure(peer.server.port(), keys.file, host);
            if (!by_file) {
                request.trust.files.clear();
                request.trust.folders = {hashed.path()};
            }
            CHECK(send(request) == "200 ok");
            peer.server.stop();
            CHECK(contains(peer.received, "\r\nHost: " + host + ":"));
            CHECK(peer.sni == (host == "localhost" ? "localhost" : ""));
        }
}

TEST_CASE("beast transport: nothing is sent to a peer that can't be trusted") {
    const pki keys, others{"Other CA"};
    const pki namesake;
    const identity alone = make_identity({.common_name = "localhost", .names = "DNS:localhost"});
    struct row { const char* name; identity who; std::string host, outcome; int newest_version = 0; };
    const std::string cant = "EKS-HTTP-TLS: the certificate of ", trusted = " can't be trusted: ";
    const row rows[] = {
        {"unknown CA", others.good, "localhost",
         cant + "localhost" + trusted + "unable to get local issuer certificate, subject \"CN=server\""},
        {"a CA of the same name", namesake.good, "localhost",
         cant + "localhost" + trusted + "certificate signature failure, subject \"CN=server\""},
        {"self-signed", alone, "localhost", cant + "localhost" + trusted + "self-signed certificate, subject \"CN=localhost\""},
        {"expired", keys.leaf({.common_name = "old", .names = "DNS:localhost", .from_days = -2, .to_days = -1}), "localhost",
         cant + "localhost" + trusted + "certificate has expired, subject \"CN=old\""},
        {"not yet valid", keys.leaf({.common_name = "new", .names = "DNS:localhost", .from_days = 1, .to_days = 2}), "localhost",
         cant + "localhost" + trusted + "certificate is not yet valid, subject \"CN=new\""},
        {"another name", keys.leaf({.common_name = "x", .names = "DNS:other.example"}), "localhost",
         cant + "localhost" + trusted + "hostname mismatch, subject \"CN=x\""},
        {"the name as common name only", keys.leaf({.common_name = "localhost"}), "localhost",
         cant + "localhost" + trusted + "hostname mismatch, subject \"CN=localhost\""},
        {"the address as a name", keys.leaf({.common_name = "127.0.0.1", .names = "DNS:127.0.0.1"}), "127.0.0.1",
         cant + "127.0.0.1" + trusted + "IP address mismatch, subject \"CN=127.0.0.1\""},
        {"another address", keys.leaf({.common_name = "x", .names = "IP:127.0.0.2"}), "127.0.0.1",
         cant + "127.0.0.1" + trusted + "IP address mismatch, subject \"CN=x\""},
        {"TLS 1.1", keys.good, "localhost", "EKS-HTTP-TLS: TLS handshake with localhost: ", TLS1_1_VERSION},
    };
    for (const row& r : rows) {
        INFO(r.name);
        tls_server peer{r.who, r.newest_version};
        const std::string outcome = send(secure(peer.server.port(), keys.file, r.host));
        if (r.newest_version == 0) CHECK(outcome == r.outcome);
        else CHECK(outcome.substr(0, r.outcome.size()) == r.outcome);
        peer.server.stop();
        CHECK(peer.server.connections() == 1);
        CHECK(!peer.agreed);
        CHECK(peer.received.empty());
    }
}

TEST_CASE("beast transport: TLS 1.2 is new enough, and the oldest that is offered whatever the system allows") {
    const pki keys;
    auto context = eksauth::detail::tls_context(secure("1", keys.file).trust);
    REQUIRE(context.has_value());
    CHECK(SSL_CTX_get_min_proto_version(context->native_handle()) == TLS1_2_VERSION);
    tls_server peer{keys.good, TLS1_2_VERSION};
    CHECK(send(secure(peer.server.port(), keys.file)) == "200 ok");
}

TEST_CASE("beast transport: a server that speaks no TLS gets nothing to read") {
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

TEST_CASE("beast transport: under TLS an end without good-bye is a cut, unless the answer was complete") {
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

TEST_CASE("beast transport: a handshake that the peer ends is a cut") {
    const pki keys;
    local_server server([](peer& client) { client.read(); });
    CHECK(contains(send(secure(server.port(), keys.file)), "EKS-HTTP-CUT: TLS handshake with localhost: "));
}

TEST_CASE("beast transport: without certificates to check by, no connection is made and the places are named") {
    const pki keys;
    local_server server([](peer&) {});
    temporary_folder folder;
    const auto none = folder.put("none.pem", "no certificate\n");
    const auto broken = folder.put("broken.pem", keys.authority.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    folder.put("readme.0", "");
    struct row { const char* name; eksauth::trust_store trust; std::string outcome; };
    const row rows[] = {
        {"absent", {.files = {"/absent/ca.pem"}}, "CA file /absent/ca.pem: No such file or directory"},
        {"one absent", {.files = {keys.file, "/absent/ca.pem"}}, "CA file /absent/ca.pem: No such file or directory"},
        {"no certificate", {.files = {none}}, "CA file " + none + ": it contains no certificate"},
        {"a broken one", {.files = {broken}}, "CA file " + broken + ": certificate 2 can't be read: "},
        {"folders", {.files = {}, .folders = {"/absent/certs", folder.path()}},
         "no CA certificates found; looked in /absent/certs, " + folder.path() + "; set AWS_CA_BUNDLE"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        http_request request = secure(server.port(), "");
        request.trust = r.trust;
        CHECK(send(request).substr(0, r.outcome.size() + 14) == "EKS-HTTP-TLS: " + r.outcome);
    }
    server.stop();
    CHECK(server.connections() == 0);
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
