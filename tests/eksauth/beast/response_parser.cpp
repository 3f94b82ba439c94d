// SPDX-License-Identifier: Apache-2.0
#include <eksauth/beast/response_parser.hpp>

#include "eksauth/beast/client.hpp"
#include "support/catch_shim.hpp"
#include "support/local_server.hpp"

#include <cstddef>
#include <cstring>
#include <string>

/// What one answer of a server, given after the request was read, becomes. The server then closes.
static std::string outcome_of(const std::string& answer) {
    local_server server([&](peer& client) {
        client.read_request();
        client.send(answer);
    });
    return send(plain(server.port()));
}

TEST_CASE("response parser: what a server answers decides the outcome") {
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

TEST_CASE("response parser: interim answers come to an end") {
    std::string many;
    for (int i = 0; i < 20; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
    CHECK(outcome_of(many) == "EKS-HTTP-MALFORMED: more than ten interim answers");
}

TEST_CASE("response parser: an answer in single bytes is the same answer") {
    local_server server([&](peer& client) {
        client.read_request();
        const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
        for (const char one : interim + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n") client.send({&one, 1});
    });
    CHECK(send(plain(server.port())) == "200 ab");
}

TEST_CASE("response parser: wherever a chunked answer is cut, it is the same answer") {
    for (const std::string body : {"ab", ""}) {
        const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        const std::string answer = head + (body.empty() ? "" : "2\r\n" + body + "\r\n") + "0\r\n\r\n";
        for (std::size_t first = 0; first <= answer.size(); ++first)
            for (std::size_t second = first; second <= answer.size(); ++second) {
                INFO("cut at " << first << " and " << second);
                eksauth::detail::response_parser parser(100, false);
                eksauth::detail::inbox bytes;
                for (const std::string& part : {answer.substr(0, first), answer.substr(first, second - first), answer.substr(second)}) {
                    std::memcpy(bytes.room().data(), part.data(), part.size());
                    bytes.filled(part.size());
                    CHECK(bytes.feed(parser) == boost::system::error_code());
                }
                REQUIRE(parser.is_done());
                CHECK(parser.take().body.reveal() == body);
            }
    }
}
