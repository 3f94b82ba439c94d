// SPDX-License-Identifier: Apache-2.0
// From a host to the addresses that are tried, in their order.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/posix_process.hpp>
#include <eksauth/base/errors.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace eksauth::detail {

using ip_address = boost::asio::ip::address;
using tcp_endpoint = boost::asio::ip::tcp::endpoint;

/// What getaddrinfo answers: 0 or its `EAI_` code, errno where that is EAI_SYSTEM, and the addresses.
struct name_answer {
    int code = 0;
    int number = 0;
    std::vector<ip_address> addresses = {};
};
using name_lookup = std::function<name_answer(const std::string& name)>;

/// The system's resolver. It can't be interrupted.
inline name_answer system_lookup(const std::string& name) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    name_answer answer;
    answer.code = ::getaddrinfo(name.c_str(), nullptr, &wanted, &found);
    answer.number = errno;
    if (answer.code != 0) return answer;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        if (one->ai_family == AF_INET) {
            sockaddr_in v4{};
            std::memcpy(&v4, one->ai_addr, sizeof v4);
            answer.addresses.push_back(boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr)));
        } else if (one->ai_family == AF_INET6) {
            sockaddr_in6 v6{};
            std::memcpy(&v6, one->ai_addr, sizeof v6);
            boost::asio::ip::address_v6::bytes_type bytes;
            std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
            answer.addresses.push_back(boost::asio::ip::address_v6(bytes, v6.sin6_scope_id));
        }
    }
    return answer;
}

/// The latest time of a step that may take that long from now; no limit reaches beyond an hour.
inline std::chrono::steady_clock::time_point after(std::chrono::milliseconds limit) {
    return std::chrono::steady_clock::now() + std::min<std::chrono::milliseconds>(limit, std::chrono::hours(1));
}

/// Runs a lookup on a thread of its own, which is abandoned at the limit and then ends in its own time. Nothing: the limit passed.
///
/// The thread takes no signals, so that the handlers of the program run where they did before. Throws std::system_error where
/// no thread can be started.
inline std::optional<name_answer> look_up_within(const name_lookup& lookup, const std::string& name, std::chrono::milliseconds limit) {
    struct shared {
        std::mutex guard;
        std::condition_variable arrived;
        std::optional<name_answer> answer;
    };
    const auto state = std::make_shared<shared>();
    const auto until = after(limit);
    {
        const credbase::signals_held held;  // the thread begins with what its maker has
        std::thread([state, lookup, name] {
            name_answer answer = lookup(name);
            const std::lock_guard lock(state->guard);
            state->answer = std::move(answer);
            state->arrived.notify_one();
        }).detach();
    }
    std::unique_lock lock(state->guard);
    state->arrived.wait_until(lock, until, [&] { return state->answer.has_value(); });
    return std::move(state->answer);
}

/// Both families in turn, beginning with that of the first address, so that a dead family costs one limit before the other is tried.
inline std::vector<ip_address> interleaved(const std::vector<ip_address>& addresses) {
    std::vector<ip_address> first, second, out;
    for (const ip_address& one : addresses) (one.is_v6() == addresses.front().is_v6() ? first : second).push_back(one);
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) out.push_back(first[i]);
        if (i < second.size()) out.push_back(second[i]);
    }
    return out;
}

/// The address that a host is, if it is one in the usual notation.
inline std::optional<ip_address> as_address(const std::string& host) {
    boost::system::error_code none;
    const ip_address address = boost::asio::ip::make_address(host, none);
    return none ? std::nullopt : std::optional(address);
}

/// Where to connect, and under which rules.
struct destination {
    std::string host;
    std::uint16_t port = 0;
    bool loopback_only = false;
};

/// The endpoints to try, in order; an address needs no lookup, and neither does `localhost` where only loopback is allowed.
///
/// Error: `http_no_host` where the name has no address; `http_unreachable` where the resolver failed, took longer than the limit,
/// or found nothing that is allowed.
inline result<std::vector<tcp_endpoint>> find_endpoints(const destination& to, const name_lookup& lookup, std::chrono::milliseconds limit) {
    std::vector<ip_address> addresses;
    const std::string step = "resolving " + to.host + ": ";
    if (const auto literal = as_address(to.host)) {
        addresses = {*literal};
    } else if (to.loopback_only && credbase::same_but_case(to.host, "localhost")) {
        addresses = {boost::asio::ip::address_v4::loopback(), boost::asio::ip::address_v6::loopback()};
    } else {
        auto answer = look_up_within(lookup, to.host, limit);
        if (!answer) return error(errc::http_unreachable, step + "no answer within " + std::to_string(limit.count()) + " ms");
        if (answer->code == EAI_NONAME || answer->code == EAI_NODATA || (answer->code == 0 && answer->addresses.empty()))
            return error(errc::http_no_host, step + "the name doesn't exist or has no address");
        if (answer->code == EAI_SYSTEM) return error(errc::http_unreachable, step + std::generic_category().message(answer->number));
        if (answer->code != 0) return error(errc::http_unreachable, step + ::gai_strerror(answer->code));
        addresses = interleaved(answer->addresses);
    }
    std::vector<tcp_endpoint> out;
    for (const ip_address& one : addresses)
        if (!to.loopback_only || one.is_loopback()) out.emplace_back(one, to.port);
    if (out.empty()) return error(errc::http_unreachable, to.host + " is no loopback address, and this request may go to no other");
    return out;
}

/// Host and port, an IPv6 address in brackets.
inline std::string host_and_port(const std::string& host, const std::string& port) {
    return (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + port;
}

/// A port number from text; nothing where it is none or 0.
inline std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    return fault == std::errc() && end == text.data() + text.size() && number != 0 ? std::optional(number) : std::nullopt;
}

}  // namespace eksauth::detail
