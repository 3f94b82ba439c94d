// SPDX-License-Identifier: Apache-2.0
// The bytes of HTTP that a peer sends, in whatever portions they come.
//
// The input's first byte says what is read: `c` the answer to CONNECT, else one with a body of at most 1 << (byte % 16) bytes. The
// next four bytes are the sizes of the portions, in turn, from 1 to 256. The rest is what comes.
#pragma once

#include "property.hpp"

#include <credbase/plain_text.hpp>
#include <eksauth/beast/response_parser.hpp>
#include <eksauth/http.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace fuzz {

/// A final answer, as `read_answer` of the transport reads it; at the end of the bytes the connection ends.
inline eksauth::result<eksauth::http_response> read_response(std::string_view wire, std::string_view portions, std::size_t limit,
                                                             bool head_only) {
    using namespace eksauth::errc;
    eksauth::detail::inbox bytes;
    std::size_t turn = 0;
    for (int interim = 0; interim <= 10; ++interim) {
        eksauth::detail::response_parser parser(limit, head_only);
        while (!parser.is_done()) {
            auto fault = bytes.feed(parser);
            if (fault) return parser.failure(fault);
            if (parser.is_done()) break;
            const auto room = bytes.room();
            hold(room.size() > 0, "there is room for more, or the answer is refused");
            std::size_t came = std::min(room.size(), wire.size());
            if (!portions.empty()) came = std::min<std::size_t>(came, static_cast<unsigned char>(portions[turn++ % portions.size()]) + 1U);
            if (came == 0) {
                if (!parser.got_some()) return eksauth::error(http_cut, "the peer closed the connection");
                parser.put_eof(fault);
                if (fault) return parser.failure(fault);
            }
            std::memcpy(room.data(), wire.data(), came);
            bytes.filled(came);
            wire.remove_prefix(came);
        }
        if (parser.status() == 101) return eksauth::error(http_malformed, "the answer changes to a protocol that wasn't asked for");
        if (parser.status() / 100 != 1) return parser.take();
    }
    return eksauth::error(http_malformed, "more than ten interim answers");
}

/// The response as a peer would send it.
inline std::string wire_of(const eksauth::http_response& response) {
    std::string out = "HTTP/1.1 " + std::to_string(1000 + response.status).substr(1) + " x\r\n";
    for (const auto& header : response.headers)
        if (!credbase::same_but_case(header.name, "Content-Length") && !credbase::same_but_case(header.name, "Transfer-Encoding"))
            out.append(header.name).append(": ").append(header.value.reveal()).append("\r\n");
    return out.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n\r\n").append(response.body.reveal());
}

}  // namespace fuzz

inline void fuzz_http_response(std::string_view input) {
    using fuzz::hold;
    if (input.size() < 5) return;
    const bool head_only = input[0] == 'c';
    const std::size_t limit = std::size_t{1} << (static_cast<unsigned char>(input[0]) % 16U);
    const std::string_view wire = input.substr(5);
    const auto whole = fuzz::read_response(wire, "", limit, head_only);
    for (const std::string_view portions : {input.substr(1, 4), std::string_view("\0", 1)}) {
        const auto got = fuzz::read_response(wire, portions, limit, head_only);
        // Of an answer that is broken and cut short, either may be told.
        hold(got.has_value() == whole.has_value(), "the portions don't decide whether there is an answer",
             got ? whole.error().text() : got.error().text());
        hold(!got || fuzz::wire_of(*got) == fuzz::wire_of(*whole), "the portions don't decide the answer");
        if (!got) fuzz::hold_error(got.error());
    }
    if (fuzz::sampled(input) && !wire.empty()) {  // a line that no inbox holds, somewhere in it
        std::string longer(wire);
        longer.insert(static_cast<unsigned char>(input[1]) % wire.size(), 3 * eksauth::detail::header_limit_bytes, input[2]);
        if (const auto got = fuzz::read_response(longer, "", limit, head_only); !got) fuzz::hold_error(got.error());
    }
    if (!whole) return fuzz::hold_error(whole.error());

    hold(whole->body.size() <= limit, "the limit of the body holds");
    hold(!head_only || whole->body.empty(), "an answer to CONNECT has no body");
    hold(whole->status >= 0 && whole->status <= 999, "a status has three digits");
    std::size_t size = 0;
    for (const auto& header : whole->headers) {
        size += header.name.size() + header.value.size();
        hold(eksauth::detail::is_token(header.name), "a header's name is one", header.name);
        hold(eksauth::detail::is_header_value(header.value.reveal()), "a header's value is one line");
        hold(whole->header(credbase::upper_case(header.name)).has_value(), "a header is found in any case");
    }
    hold(size <= eksauth::detail::header_limit_bytes, "the limit of the header holds");
    if (fuzz::sampled(input)) {
        std::string long_one = fuzz::wire_of(*whole);
        long_one.insert(long_one.find('\n') + 1, "A: " + std::string(eksauth::detail::header_limit_bytes, 'a') + "\r\n");
        const auto got = fuzz::read_response(long_one, input.substr(1, 4), limit, head_only);
        hold(!got && got.error().code() == eksauth::errc::http_too_large, "a larger header is refused");
    }
    if (head_only || whole->status == 204 || whole->status == 304) return;  // these have no body
    const auto again = fuzz::read_response(fuzz::wire_of(*whole), "", limit, false);
    hold(again && fuzz::wire_of(*again) == fuzz::wire_of(*whole), "an answer that was written and read again is the same",
         again ? "" : again.error().text());
}
