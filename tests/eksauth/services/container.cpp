// SPDX-License-Identifier: Apache-2.0
#include <eksauth/services/container.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <string>

/// Where the request goes, or why there is none.
static std::string target_of(const eksauth::result<eksauth::http_request>& made) {
    if (!made) return told(made);
    return made->scheme + " " + made->host + " " + made->port + " " + made->target + (made->loopback_only ? " (loopback only)" : "");
}

TEST_CASE("container: a full URI is trusted by its scheme and address") {
    const std::string refused = "EKS-SETTING: ", unusable = refused + "not a usable URL: ";
    const auto not_allowed = [&](const std::string& host) {
        return refused + "host \"" + host + "\" is not allowed over http; use https, localhost, or an address in 127.0.0.0/8, ::1, " +
               "169.254.170.2, 169.254.170.23 or fd00:ec2::23";
    };
    struct row { const char* name; std::string url, target; };
    const row rows[] = {
        {"117 loopback with port and query", "http://127.0.0.1:8080/x?y=1", "http 127.0.0.1 8080 /x?y=1"},
        {"no path", "http://127.0.0.1?y=1", "http 127.0.0.1  /?y=1"},
        {"all of 127.0.0.0/8", "http://127.255.0.9/x", "http 127.255.0.9  /x"},
        {"IPv6 loopback", "http://[::1]:80/x", "http ::1 80 /x"},
        {"IPv6 loopback in full", "http://[0:0:0:0:0:0:0:1]/x", "http 0:0:0:0:0:0:0:1  /x"},
        {"localhost", "http://LocalHost:81/x", "http localhost 81 /x (loopback only)"},
        {"120 EKS", "http://169.254.170.23/v1/credentials", "http 169.254.170.23  /v1/credentials"},
        {"120 EKS on IPv6", "http://[fd00:ec2::23]/v1/credentials", "http fd00:ec2::23  /v1/credentials"},
        {"120 EKS on IPv6 in full", "http://[FD00:ec2:0:0:0:0:0:23]/v1", "http fd00:ec2:0:0:0:0:0:23  /v1"},
        {"ECS", "http://169.254.170.2/v2", "http 169.254.170.2  /v2"},
        {"any host over https", "https://creds.example:8443/x", "https creds.example 8443 /x"},
        {"121 an address elsewhere", "http://10.0.0.1/", not_allowed("10.0.0.1")},
        {"121 a name", "http://evil.example/", not_allowed("evil.example")},
        {"a name that begins as localhost", "http://localhost.evil.example/", not_allowed("localhost.evil.example")},
        {"a name that begins as an address", "http://127.0.0.1.evil.example/", not_allowed("127.0.0.1.evil.example")},
        {"121 a short address", "http://127.1/", not_allowed("127.1")},
        {"an octal address", "http://0177.0.0.1/", not_allowed("0177.0.0.1")},
        {"a number", "http://2130706433/", not_allowed("2130706433")},
        {"121 a mapped address", "http://[::ffff:169.254.170.2]/", not_allowed("::ffff:169.254.170.2")},
        {"the address of IMDS", "http://169.254.169.254/", not_allowed("169.254.169.254")},
        {"121 user info", "http://u@127.0.0.1/", refused + "user info in the URL is not supported"},
        {"user info over https", "https://u:hush@creds.example/", refused + "user info in the URL is not supported"},
        {"a zone id", "http://[::1%25lo]/", unusable + "no IPv6 address in the brackets"},
        {"another scheme", "file:///hush", unusable + "the scheme must be http or https"},
        {"no scheme", "127.0.0.1/hush", unusable + "the scheme must be http or https"},
        {"a fragment", "http://127.0.0.1/#hush", unusable + "a fragment"},
        {"a blank", "http://127.0.0.1/ hush", unusable + "a blank, control or non-ASCII character"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(target_of(eksauth::container_request_full(r.url)) == r.target);
    }
}

TEST_CASE("container: a relative URI can't change the host") {
    struct row { const char* name; std::string path, target; };
    const row rows[] = {
        {"a path", "/v2/credentials/a?b=c", "http 169.254.170.2  /v2/credentials/a?b=c"},
        {"two slashes", "//evil.example/x", "http 169.254.170.2  //evil.example/x"},
        {"an at sign", "/@evil.example/x", "http 169.254.170.2  /@evil.example/x"},
        {"119 no slash", "x", "EKS-SETTING: must begin with /, got \"x\""},
        {"119 the rest of a name", ".evil/x", "EKS-SETTING: must begin with /, got \".evil/x\""},
        {"119 a line end", "/a\r\nb", "EKS-SETTING: not a usable URL: a blank, control or non-ASCII character"},
        {"a blank", "/a b", "EKS-SETTING: not a usable URL: a blank, control or non-ASCII character"},
        {"a fragment", "/a#b", "EKS-SETTING: not a usable URL: a fragment"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(target_of(eksauth::container_request_relative(r.path)) == r.target);
    }
}

TEST_CASE("container: a refusal says what to do") {
    struct row { int status; std::string text; };
    const row rows[] = {
        {302, "redirects are not followed; give the URL itself"},
        {400, "check the authorization token and the role of the task or pod"},
        {404, "check the URL and whether the task or pod has a role"},
        {429, "the agent behind the URL has trouble; look into its log"},
        {500, "the agent behind the URL has trouble; look into its log"},
    };
    for (const row& r : rows)
        CHECK(eksauth::container_refusal({.status = r.status, .code = "C", .message = "m"}).text() ==
              "C: m (HTTP " + std::to_string(r.status) + "); " + r.text);
}

TEST_CASE("container: an answer that isn't the document is refused without being quoted") {
    struct row { const char* name; std::string body, text; };
    const row rows[] = {
        {"not JSON", "hush", "EKS-BAD-REPLY: syntax error at byte 0"},
        {"no object", "[\"hush\"]", "EKS-BAD-REPLY: expected object, got array"},
        {"too deep", std::string(40, '[') + std::string(40, ']'), "EKS-BAD-REPLY: more than 32 levels deep"},
        {"too large", "\"" + std::string(65536, 'x') + "\"", "EKS-BAD-REPLY: too large (65538 bytes, limit 65536)"},
        {"no members", "{}", "EKS-BAD-REPLY: AccessKeyId is missing or empty"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(told(eksauth::parse_container_credentials({.status = 200, .body = credbase::secret_string(r.body)})) == r.text);
    }
}

TEST_CASE("container: a value that can't stand in a header is refused") {
    CHECK(eksauth::check_authorization(credbase::secret_string("Bearer a.b-c ~")).has_value());
    for (const std::string bad : {"hush\nX: y", "hush\t", "hush\x7f", "hush\xc3\xa9"})
        CHECK(told(eksauth::check_authorization(credbase::secret_string(bad))) ==
              "EKS-SETTING: the authorization token has a line end, a control or a non-ASCII character");
    CHECK(told(eksauth::check_authorization(credbase::secret_string())) == "EKS-SETTING: the authorization token is empty");
}
