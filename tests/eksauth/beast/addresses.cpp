// SPDX-License-Identifier: Apache-2.0
#include <eksauth/beast/addresses.hpp>

#include "eksauth/beast/client.hpp"
#include "support/catch_shim.hpp"
#include "support/local_server.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <vector>

using eksauth::http_request;
using eksauth::detail::as_address;
using eksauth::detail::name_answer;
using std::chrono::milliseconds;

TEST_CASE("addresses: each address is tried in turn, and each failure named") {
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
    CHECK(send(request, lookup({"127.0.0.2", "127.0.0.1"})) == "200 from the second");
    CHECK(asked == "two.example");
    const auto none = send(request, lookup({"127.0.0.2", "127.0.0.3"}));
    CHECK(none == "EKS-HTTP-UNREACHABLE: connecting to 127.0.0.2:" + server.port() + ": Connection refused; connecting to 127.0.0.3:" +
                      server.port() + ": Connection refused");
    request.loopback_only = true;
    CHECK(send(request, lookup({"192.0.2.1", "127.0.0.1"})) == "200 from the second");
    CHECK(send(request, lookup({"192.0.2.1", "2001:db8::1"})) ==
          "EKS-HTTP-UNREACHABLE: two.example is no loopback address, and this request may go to no other");
    request.host = "192.0.2.1";
    CHECK(send(request, lookup({"127.0.0.1"})) ==
          "EKS-HTTP-UNREACHABLE: 192.0.2.1 is no loopback address, and this request may go to no other");
}

TEST_CASE("addresses: an address that doesn't answer costs its own limit only") {
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
    CHECK(send(request, both) == "200 from the second");
    request.host = "127.0.0.2";
    CHECK(send(request) == "EKS-HTTP-UNREACHABLE: connecting to 127.0.0.2:" + server.port() + ": no answer within 100 ms");
    ::close(first);
    ::close(full);
}

TEST_CASE("addresses: IPv6 and IPv4 take turns") {
    std::vector<eksauth::detail::ip_address> given;
    for (const char* one : {"::1", "::2", "::3", "10.0.0.1"}) given.push_back(*as_address(one));
    std::string order;
    for (const auto& one : eksauth::detail::interleaved(given)) order += one.to_string() + " ";
    CHECK(order == "::1 10.0.0.1 ::2 ::3 ");
    CHECK(eksauth::detail::interleaved({}).empty());
}

TEST_CASE("addresses: what the resolver says decides between no host and unreachable") {
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
        CHECK(send(request, [&](const std::string&) { return r.answer; }) == r.outcome);
    }
}

TEST_CASE("addresses: a name that can't exist is no host, if there is a resolver to say so") {
    http_request request = plain("1");
    request.host = "nonexistent.invalid";
    const auto outcome = send(request);
    INFO(outcome);
    const bool no_host = outcome == "EKS-HTTP-NO-HOST: resolving nonexistent.invalid: the name doesn't exist or has no address";
    CHECK((no_host || contains(outcome, "EKS-HTTP-UNREACHABLE: resolving nonexistent.invalid: ")));
}

TEST_CASE("addresses: what the system's resolver finds is taken over: either family, the zone too") {
    struct row { const char* name; unsigned long zone; };
    const row rows[] = {{"127.0.0.2", 0}, {"::1", 0}, {"2001:db8::7", 0}, {"fe80::1%1", 1}};
    for (const row& r : rows) {
        INFO(r.name);
        const name_answer answer = eksauth::detail::system_lookup(r.name);
        CHECK(answer.code == 0);
        REQUIRE(answer.addresses.size() == 1);
        CHECK(answer.addresses[0] == *as_address(r.name));
        if (answer.addresses[0].is_v6()) CHECK(answer.addresses[0].to_v6().scope_id() == r.zone);
    }
}

TEST_CASE("addresses: a resolver that hangs is abandoned at the limit and may end later") {
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
    CHECK(send(request, slow) == "EKS-HTTP-UNREACHABLE: resolving slow.example: no answer within 50 ms");
    release.set_value();
    ended.get_future().wait();  // on its own thread, with nobody left to take its answer
}

TEST_CASE("addresses: localhost and addresses need no resolver where only loopback is allowed") {
    local_server server([](peer& client) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\n\r\nok");
    });
    const auto never = [](const std::string&) -> name_answer { return {.code = EAI_FAIL}; };
    http_request request = plain(server.port());
    request.loopback_only = true;
    CHECK(send(request, never) == "200 ok");
    request.host = "LocalHost";
    CHECK(send(request, never) == "200 ok");
    request.host = "localhost.example";
    CHECK(send(request, never) ==
          "EKS-HTTP-UNREACHABLE: resolving localhost.example: Non-recoverable failure in name resolution");
}
