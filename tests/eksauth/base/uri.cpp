// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/uri.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <string>
#include <string_view>

/// All parts between bars, or the error.
static std::string parts(std::string_view text) {
    const auto got = eksauth::parse_uri(text);
    if (!got) return told(got);
    return got->scheme + "|" + got->user_info + "|" + got->host + "|" + got->port + "|" + got->path + "|" + got->query;
}

static std::string refused(const std::string& why) { return "EKS-SETTING: not a usable URL: " + why; }

TEST_CASE("uri: a URL falls into its parts") {
    struct row { const char* name; std::string text, outcome; };
    const row rows[] = {
        {"a host alone", "https://h", "https||h|||"},
        {"http", "http://h", "http||h|||"},
        {"a slash", "https://h/", "https||h||/|"},
        {"all parts", "https://u:p@h.example:8443/a/b?c=d&e", "https|u:p|h.example|8443|/a/b|?c=d&e"},
        {"scheme and host are lowered, the rest is not", "HTTPS://U@STS.Example/A?B", "https|U|sts.example||/A|?B"},
        {"a query without a path", "https://h?q", "https||h|||?q"},
        {"an empty query is seen", "https://h/?", "https||h||/|?"},
        {"a second question mark belongs to the query", "https://h/a?b?c", "https||h||/a|?b?c"},
        {"user information stays encoded", "http://u:p%40q@h", "http|u:p%40q|h|||"},
        {"the last @ ends the user information", "https://a@b@h", "https|a@b|h|||"},
        {"an @ in the path or the query names no user", "https://h/a@b?c@d", "https||h||/a@b|?c@d"},
        {"an @ behind a question mark names no host", "https://h?@evil", "https||h|||?@evil"},
        {"an IPv4 address", "http://127.0.0.1:80/x", "http||127.0.0.1|80|/x|"},
        {"an IPv6 address", "http://[::1]", "http||::1|||"},
        {"an IPv6 address with user and port", "http://u@[FD00:EC2::23]:8080/v1", "http|u|fd00:ec2::23|8080|/v1|"},
        {"the lowest port", "https://h:1", "https||h|1||"},
        {"the highest port", "https://h:65535", "https||h|65535||"},
        {"a host of 253 bytes", "https://" + std::string(253, 'a'), "https||" + std::string(253, 'a') + "|||"},
        {"a second :// belongs to the path", "https://h/http://i", "https||h||/http://i|"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(parts(r.text) == r.outcome);
    }
}

TEST_CASE("uri: what is no plain http or https URL is refused") {
    using namespace std::string_literals;
    const std::string scheme = refused("the scheme must be http or https"), host = refused("the host is empty or malformed"),
                      port = refused("the port is not a number from 1 to 65535"), bracket = refused("text behind the bracket"),
                      no_address = refused("no IPv6 address in the brackets"),
                      character = refused("a blank, control or non-ASCII character");
    struct row { const char* name; std::string text, outcome; };
    const row rows[] = {
        {"nothing", "", scheme},
        {"no scheme", "h.example/x", scheme},
        {"an empty scheme", "://h", scheme},
        {"another scheme", "ftp://h", scheme},
        {"a longer scheme", "httpss://h", scheme},
        {"a scheme behind text", "xhttps://h", scheme},
        {"one slash", "https:/h", scheme},
        {"a blank before it", " https://h", character},
        {"a blank behind it", "https://h ", character},
        {"a blank in the host", "https://h .example", character},
        {"a tab", "https://h/\ta", character},
        {"a line end", "https://h/a\r\nHost: evil", character},
        {"a NUL", "https://h\0.evil"s, character},
        {"DEL", "https://h\x7F", character},
        {"a letter outside of ASCII", "https://h\xC3\xA4", character},
        {"a fragment", "https://h/a#b", refused("a fragment")},
        {"no host", "https://", host},
        {"no host before the path", "https:///x", host},
        {"no host before the port", "https://:443", host},
        {"no host behind a user", "https://u:hush@", host},
        {"a percent sign in the host", "https://h%2eexample", host},
        {"a backslash in the host", "https://h\\evil", host},
        {"a closing bracket alone", "https://h]", host},
        {"a host of 254 bytes", "https://" + std::string(254, 'a'), host},
        {"an empty port", "https://h:", port},
        {"port 0", "https://h:0", port},
        {"port 65536", "https://h:65536", port},
        {"a port of six digits", "https://h:000443", port},
        {"a port that no int holds", "https://h:99999999999999999999", port},
        {"a port with a sign", "https://h:+443", port},
        {"a port with a letter", "https://h:44a", port},
        {"two ports", "https://h:1:2", port},
        {"an IPv6 address without brackets", "https://fd00:ec2::23", port},
        {"a password where the port should be", "https://u:hush/@h", port},
        {"an unclosed bracket", "https://[::1", refused("an unclosed bracket")},
        {"an unclosed bracket before a path", "https://[::1/]", refused("an unclosed bracket")},
        {"empty brackets", "https://[]", no_address},
        {"an IPv4 address in brackets", "https://[127.0.0.1]", no_address},
        {"a name in brackets", "https://[localhost]", no_address},
        {"a zone", "https://[fe80::1%25eth0]", no_address},
        {"two brackets", "https://[[::1]]", no_address},
        {"text behind the bracket", "https://[::1]evil", bracket},
        {"text between bracket and port", "https://[::1]evil:443", bracket},
        {"an empty port behind the bracket", "https://[::1]:", port},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(parts(r.text) == r.outcome);
    }
}

TEST_CASE("uri: no error quotes the URL, wherever its password stands") {
    const std::string texts[] = {"ftp://u:hush@h",   "https://u:hush@",     "https://u:hush@h:0", "https://u:hush@[h]", "https://u:hush",
                                 "https://hush h",   "https://u:hush#x@h",  "https://u:hush?@h",  "https://u:hush/@h",  "https://[hush",
                                 "https://[::1]hush", "https://\x01hush@h", "u:hush@h"};
    for (const std::string& text : texts) {
        INFO(text);
        const auto got = eksauth::parse_uri(text);
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().text().find("hush") == std::string::npos);
    }
}

TEST_CASE("uri: no start of a URL is read past its end") {
    const std::string whole = "https://u:p@[fd00:ec2::23]:8443/a?b";
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        const std::string start = whole.substr(0, length);  // of its own, so that a sanitizer sees its end
        INFO(start);
        const auto got = eksauth::parse_uri(start);
        CHECK((got.has_value() || got.error().code() == eksauth::errc::bad_setting));
    }
}

TEST_CASE("uri: an address is read in its strict text form only") {
    using namespace std::string_literals;
    struct row { const char* name; std::string text; std::string bytes; };
    const row rows[] = {
        {"IPv4", "169.254.170.2", "\xA9\xFE\xAA\x02"},
        {"IPv6", "fd00:ec2::23", "\xFD\x00\x0E\xC2\0\0\0\0\0\0\0\0\0\0\0\x23"s},
        {"IPv6 in upper case", "FD00:EC2::23", "\xFD\x00\x0E\xC2\0\0\0\0\0\0\0\0\0\0\0\x23"s},
        {"IPv6 with an IPv4 tail", "::ffff:127.0.0.1", "\0\0\0\0\0\0\0\0\0\0\xFF\xFF\x7F\0\0\x01"s},
        {"short IPv4", "127.1", ""},
        {"octal IPv4", "0177.0.0.1", ""},
        {"hexadecimal IPv4", "0x7f.0.0.1", ""},
        {"a number", "2130706433", ""},
        {"five parts", "127.0.0.1.1", ""},
        {"a part over 255", "127.0.0.256", ""},
        {"a blank", "127.0.0.1 ", ""},
        {"a zone", "fe80::1%eth0", ""},
        {"brackets", "[::1]", ""},
        {"a name", "localhost", ""},
        {"nothing", "", ""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(eksauth::parse_address(r.text).value_or("") == r.bytes);
    }
}

TEST_CASE("uri: a host is a loopback one by its own spelling only") {
    struct row { std::string host; bool loopback; };
    const row rows[] = {
        {"localhost", true},          {"127.0.0.1", true},        {"127.0.0.0", true},   {"127.255.255.255", true},
        {"::1", true},                {"0:0:0:0:0:0:0:1", true},  {"128.0.0.1", false},  {"126.255.255.255", false},
        {"10.0.0.1", false},          {"0.0.0.0", false},         {"::", false},         {"::2", false},
        {"::ffff:127.0.0.1", false},  {"7f00::1", false},         {"127.1", false},      {"localhost.", false},
        {"localhost.evil", false},    {"x.localhost", false},     {"127.0.0.1.evil", false}, {"", false},
    };
    for (const row& r : rows) {
        INFO(r.host);
        CHECK(eksauth::is_loopback_host(r.host) == r.loopback);
    }
}
