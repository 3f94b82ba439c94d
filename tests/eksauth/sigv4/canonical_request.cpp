// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sigv4/canonical_request.hpp>

#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Signed headers, the last line but one of a canonical request.
static std::string_view signed_headers_of(std::string_view canonical_request) {
    canonical_request = canonical_request.substr(0, canonical_request.rfind('\n'));
    return canonical_request.substr(canonical_request.rfind('\n') + 1);
}

TEST_CASE("canonical request: it is the one that botocore computes") {
    const auto cases = vector_cases("sigv4.json");
    CHECK(cases.size() == 70);
    for (const auto& one : cases) {
        INFO(text_of(one, "name"));
        eksauth::signable_request request = request_of(one);
        // What signing adds, put together here by hand.
        const std::string_view date = text_of(one, "time"), token = text_of(one, "session_token");
        const std::string_view expected = text_of(one, "canonical_request");
        std::string credential, expires;
        if (text_of(one, "mode") == "header") {
            request.headers.push_back({"X-Amz-Date", date});
            if (!token.empty()) request.headers.push_back({"X-Amz-Security-Token", token});
        } else {
            credential.append(text_of(one, "access_key_id")).append("/").append(date.substr(0, 8)).append("/");
            credential.append(text_of(one, "region")).append("/").append(text_of(one, "service")).append("/aws4_request");
            expires = std::to_string(one.at("expires").as_int64());
            request.query.push_back({"X-Amz-Algorithm", "AWS4-HMAC-SHA256"});
            request.query.push_back({"X-Amz-Credential", credential});
            request.query.push_back({"X-Amz-Date", date});
            request.query.push_back({"X-Amz-Expires", expires});
            request.query.push_back({"X-Amz-SignedHeaders", signed_headers_of(expected)});
            if (!token.empty()) request.query.push_back({"X-Amz-Security-Token", token});
        }
        const auto canonical = canonical_request(request);
        REQUIRE(canonical.has_value());
        CHECK(canonical->reveal() == expected);
    }
}

TEST_CASE("canonical request: the default port is left out of the host") {
    struct row { const char* name; std::string_view scheme, authority, host; };
    const row rows[] = {
        {"no port", "https", "sts.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com"},
        {"25 the port of https", "https", "127.0.0.1:443", "127.0.0.1"},
        {"25 another port", "https", "127.0.0.1:8443", "127.0.0.1:8443"},
        {"the port of http over https", "https", "localhost:80", "localhost:80"},
        {"the port of http", "http", "localhost:80", "localhost"},
        {"the port of https over http", "http", "localhost:443", "localhost:443"},
        {"a port that ends like the default", "https", "localhost:8443", "localhost:8443"},
        {"IPv6 with the port of https", "https", "[::1]:443", "[::1]"},
        {"IPv6 that ends like the port", "https", "[::443]", "[::443]"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(eksauth::host_header(r.scheme, r.authority) == r.host);
    }
}

TEST_CASE("canonical request: a path is normalized where asked for, and encoded once more") {
    struct row { const char* name; std::string_view path; std::string_view normalized, as_it_is; };
    const row rows[] = {
        {"no path", "", "/", "/"},
        {"the root", "/", "/", "/"},
        {"26 a path that is already encoded", "/a%20b", "/a%2520b", "/a%2520b"},
        {"a space", "/a b", "/a%20b", "/a%20b"},
        {"UTF-8", "/\u65e5", "/%E6%97%A5", "/%E6%97%A5"},
        {"a slash at the end", "/a/b/", "/a/b/", "/a/b/"},
        {"dots", "/a/./b/../c", "/a/c", "/a/./b/../c"},
        {"dots above the root", "/../a", "/a", "/../a"},
        {"dots that take all away", "/a/..", "/", "/a/.."},
        {"slashes", "//a///b//", "/a/b/", "//a///b//"},
        {"three dots", "/...", "/...", "/..."},
        {"a semicolon", "/a;b=c", "/a%3Bb%3Dc", "/a%3Bb%3Dc"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(eksauth::canonical_path(r.path, true) == r.normalized);
        CHECK(eksauth::canonical_path(r.path, false) == r.as_it_is);
    }
}

TEST_CASE("canonical request: a query is encoded and then sorted") {
    struct row { const char* name; std::vector<eksauth::name_value> query; std::string_view text; };
    const row rows[] = {
        {"none", {}, ""},
        {"no value", {{"a", ""}}, "a="},
        {"sorted by name", {{"b", "1"}, {"a", "2"}, {"B", "3"}}, "B=3&a=2&b=1"},
        {"equal names sorted by value", {{"a", "2"}, {"a", "10"}, {"a", ""}}, "a=&a=10&a=2"},
        {"the encoded form counts", {{"a", "1"}, {"\u00e9", "2"}, {"0", "3"}}, "%C3%A9=2&0=3&a=1"},
        {"a shorter name goes first", {{"a-", "1"}, {"a", "2"}}, "a=2&a-=1"},
        {"a semicolon", {{"a;b", "c;d"}}, "a%3Bb=c%3Bd"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(eksauth::canonical_query(r.query).reveal() == r.text);
    }
}

TEST_CASE("canonical request: headers are lower-cased, sorted, trimmed and joined") {
    struct row { const char* name; std::vector<eksauth::name_value> headers; std::string_view lines, names; };
    const row rows[] = {
        {"none", {}, "", ""},
        {"one", {{"Host", "h"}}, "host:h\n", "host"},
        {"sorted", {{"X-B", "1"}, {"x-a", "2"}, {"Host", "h"}}, "host:h\nx-a:2\nx-b:1\n", "host;x-a;x-b"},
        {"one name three times, in its order", {{"x", "c"}, {"X", " a  a "}, {"x", "b"}}, "x:c,a a,b\n", "x"},
        {"blanks", {{"x", "  a   b  "}}, "x:a b\n", "x"},
        {"tabs at both ends", {{"x", "\ta\t"}}, "x:a\n", "x"},
        {"a folded value", {{"x", "a\r\n  b\n\tc"}}, "x:a b c\n", "x"},
        {"an empty value", {{"x", "  "}, {"y", ""}}, "x:\ny:\n", "x;y"},
        {"the case of a value", {{"x", "AbC"}}, "x:AbC\n", "x"},
        {"never signed",
         {{"Authorization", "a"}, {"user-agent", "a"}, {"X-Amzn-Trace-Id", "a"}, {"expect", "a"}, {"transfer-encoding", "a"},
          {"Connection", "a"},
          {"accept-encoding", "a"}, {"host", "h"}},
         "host:h\n", "host"},
        {"only what is never signed", {{"user-agent", "a"}}, "", ""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto block = eksauth::canonical_headers(r.headers);
        CHECK(block.lines.reveal() == r.lines);
        CHECK(block.names == r.names);
    }
}
