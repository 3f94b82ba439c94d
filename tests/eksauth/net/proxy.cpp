// SPDX-License-Identifier: Apache-2.0
#include <eksauth/net/proxy.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <map>
#include <string>
#include <string_view>

/// The proxy as a URL with the value of its Proxy-Authorization behind it, `direct`, or the error.
static std::string proxy(const std::map<std::string, std::string>& env, const std::string& host = "sts.us-west-2.amazonaws.com",
                         std::string_view port = "") {
    fake_world world{.env = env};
    const auto got = eksauth::find_proxy(world.context(), host, port);
    CHECK(world.steps == 0);
    if (!got) return told(got);
    if (!*got) return "direct";
    const eksauth::http_proxy& found = **got;
    std::string out = (found.tls ? "https://" : "http://") + found.host + " " + found.port;
    if (!found.authorization.empty()) out.append(" ").append(found.authorization.reveal());
    return out;
}

TEST_CASE("proxy: HTTPS_PROXY in either case decides, and no other variable does") {
    struct row { const char* name; std::map<std::string, std::string> env; std::string outcome; };
    const row rows[] = {
        {"nothing set", {}, "direct"},
        {"upper case", {{"HTTPS_PROXY", "http://p:3128"}}, "http://p 3128"},
        {"lower case", {{"https_proxy", "http://p:3128"}}, "http://p 3128"},
        {"both: upper case counts", {{"HTTPS_PROXY", "http://p:1"}, {"https_proxy", "http://q:2"}}, "http://p 1"},
        {"an empty one is unset", {{"HTTPS_PROXY", ""}, {"https_proxy", "http://q:2"}}, "http://q 2"},
        {"both are empty", {{"HTTPS_PROXY", ""}, {"https_proxy", ""}}, "direct"},
        {"a proxy for http", {{"HTTP_PROXY", "http://p:1"}, {"http_proxy", "http://p:1"}}, "direct"},
        {"a proxy for all", {{"ALL_PROXY", "http://p:1"}, {"all_proxy", "http://p:1"}}, "direct"},
        {"NO_PROXY alone", {{"NO_PROXY", "h"}}, "direct"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(proxy(r.env) == r.outcome);
    }
}

TEST_CASE("proxy: its URL gives kind, address and authorization") {
    struct row { const char* name; std::string url, outcome; };
    const row rows[] = {
        {"144 user and password", "http://u:p%40@127.0.0.1:3128", "http://127.0.0.1 3128 Basic dTpwQA=="},
        {"145 https", "https://p.example:8443", "https://p.example 8443"},
        {"145 https with a user", "https://u:p@p.example", "https://p.example 443 Basic dTpw"},
        {"the port of http", "http://p", "http://p 80"},
        {"no scheme", "p:3128", "http://p 3128"},
        {"no scheme, no port", "p", "http://p 80"},
        {"no scheme, a user", "u:p@127.0.0.1:3128", "http://127.0.0.1 3128 Basic dTpw"},
        {"a slash", "http://p:3128/", "http://p 3128"},
        {"IPv6", "http://[fd00::1]:3128", "http://fd00::1 3128"},
        {"a user without a password", "http://u@p", "http://p 80 Basic dTo="},
        {"an empty password", "http://u:@p", "http://p 80 Basic dTo="},
        {"a colon by percent", "http://u%3Ap@p", "http://p 80 Basic dTpw"},
        {"lower-case percent", "http://u:%7e%7E@p", "http://p 80 Basic dTp+fg=="},
        {"a percent at the very end", "http://u:%70@p", "http://p 80 Basic dTpw"},
        {"a line end stays inside the base64", "http://u:%0D%0A@p", "http://p 80 Basic dToNCg=="},
        {"a loopback proxy is a proxy", "http://localhost:3128", "http://localhost 3128"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(proxy({{"HTTPS_PROXY", r.url}}) == r.outcome);
    }
}

TEST_CASE("proxy: 144 a URL that is none is an error that tells no user information") {
    const std::string unusable = "EKS-SETTING: HTTPS_PROXY: not a usable URL: ", scheme = "EKS-SETTING: HTTPS_PROXY: unsupported proxy scheme; use http:// or https://",
                      path = "EKS-SETTING: HTTPS_PROXY: a proxy has no path",
                      encoding = "EKS-SETTING: HTTPS_PROXY: malformed percent-encoding in the user information";
    struct row { const char* name; std::string url, outcome; };
    const row rows[] = {
        {"SOCKS", "socks5://hush:hush@p:1080", scheme},
        {"no known scheme", "ftp://hush:hush@p", scheme},
        {"an empty scheme", "://hush:hush@p", scheme},
        {"a path", "http://hush:hush@p/x", path},
        {"a query", "http://hush:hush@p?hush", path},
        {"a fragment", "http://hush:hush@p#hush", unusable + "a fragment"},
        {"a fragment sign in the password", "http://hush:hu#sh@p", unusable + "a fragment"},
        {"a slash in the password", "http://hush:hush/x@p", unusable + "the port is not a number from 1 to 65535"},
        {"no host", "http://hush:hush@", unusable + "the host is empty or malformed"},
        {"a bad port", "http://hush:hush@p:x", unusable + "the port is not a number from 1 to 65535"},
        {"a blank", "http://hush:hu sh@p", unusable + "a blank, control or non-ASCII character"},
        {"a percent sign alone", "http://hush:%@p", encoding},
        {"a cut percent-encoding", "http://hush:%4@p", encoding},
        {"no hexadecimal digits", "http://hush:%4g@p", encoding},
        {"a sign in a percent-encoding", "http://hush:%+4@p", encoding},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(proxy({{"HTTPS_PROXY", r.url}}) == r.outcome);
    }
    CHECK(proxy({{"https_proxy", "socks5://hush@p"}}) == "EKS-SETTING: https_proxy: unsupported proxy scheme; use http:// or https://");
}

TEST_CASE("proxy: a loopback host is never asked for through one") {
    for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"}) {
        INFO(host);
        CHECK(proxy({{"HTTPS_PROXY", "http://p:3128"}}, host) == "direct");
        CHECK(proxy({{"HTTPS_PROXY", "socks5://p"}}, host) == "direct");
    }
}

TEST_CASE("proxy: NO_PROXY names the hosts that are asked directly") {
    const std::string sts = "sts.us-west-2.amazonaws.com", through = "http://p 3128";
    struct row { const char* name; std::string exempt, host, port, outcome; };
    const row rows[] = {
        {"146 subdomains", ".amazonaws.com", sts, "", "direct"},
        {"146 everything", "*", sts, "", "direct"},
        {"146 host and port", sts + ":443", sts, "", "direct"},
        {"146 a network names no host", "10.0.0.0/8", sts, "", through},
        {"nothing", "", sts, "", through},
        {"the host", sts, sts, "", "direct"},
        {"the host in upper case", "STS.US-WEST-2.AMAZONAWS.COM", sts, "", "direct"},
        {"the host's domain", "amazonaws.com", sts, "", "direct"},
        {"a star for subdomains", "*.amazonaws.com", sts, "", "direct"},
        {"subdomains only, with a dot", ".amazonaws.com", "amazonaws.com", "", through},
        {"subdomains only, with a star", "*.amazonaws.com", "amazonaws.com", "", through},
        {"the end of a name is no domain", "amazonaws.com", "evilamazonaws.com", "", through},
        {"a dot and the end of a name", ".amazonaws.com", "evilamazonaws.com", "", through},
        {"the start of a name", "sts", sts, "", through},
        {"a longer name", "x." + sts, sts, "", through},
        {"another port", sts + ":8443", sts, "", through},
        {"the port as given", sts + ":8443", sts, "8443", "direct"},
        {"443 is not 8443", sts + ":443", sts, "8443", through},
        {"a domain and a port", ".amazonaws.com:443", sts, "", "direct"},
        {"an empty port", sts + ":", sts, "", through},
        {"a port alone", ":443", sts, "", through},
        {"blanks around entries", " a ,\t" + sts + " \t, b", sts, "", "direct"},
        {"the last entry", "a,b," + sts, sts, "", "direct"},
        {"empty entries", ",, ,", sts, "", through},
        {"a comma behind the last entry", sts + ",", sts, "", "direct"},
        {"a star among others", "a,*", sts, "", "direct"},
        {"a star inside a name is ignored", "sts.*.amazonaws.com", sts, "", through},
        {"a dot alone is ignored", ".", sts, "", through},
        {"a star and a dot are ignored", "*.", sts, "", through},
        {"blanks don't separate", "a " + sts, sts, "", through},
        {"an IPv4 address", "10.1.2.3", "10.1.2.3", "", "direct"},
        {"another IPv4 address", "10.1.2.3", "10.1.2.4", "", through},
        {"an IPv4 address and a port", "10.1.2.3:443", "10.1.2.3", "", "direct"},
        {"an IPv4 address and another port", "10.1.2.3:80", "10.1.2.3", "", through},
        {"an IPv4 network", "10.0.0.0/8", "10.1.2.3", "", "direct"},
        {"outside of an IPv4 network", "10.0.0.0/8", "11.1.2.3", "", through},
        {"inside of half a byte", "10.1.16.0/20", "10.1.31.255", "", "direct"},
        {"outside of half a byte", "10.1.16.0/20", "10.1.32.0", "", through},
        {"one address as a network", "10.1.2.3/32", "10.1.2.3", "", "direct"},
        {"all of IPv4", "0.0.0.0/0", "10.1.2.3", "", "direct"},
        {"all of IPv4 has no IPv6", "0.0.0.0/0", "fd00::1", "", through},
        {"a name that looks like one of a network", "10.0.0.0/8", "10.1.2.3.example", "", through},
        {"too many bits", "10.0.0.0/33", "10.0.0.0", "", through},
        {"far too many bits", "10.0.0.0/9999999999999999999999", "10.0.0.0", "", through},
        {"no bits", "10.0.0.0/", "10.0.0.0", "", through},
        {"bits with a sign", "10.0.0.0/+8", "10.0.0.0", "", through},
        {"no network before the bits", "sts/8", sts, "", through},
        {"an IPv6 address", "fd00::1", "fd00::1", "", "direct"},
        {"an IPv6 address spelt otherwise", "FD00:0:0::0001", "fd00::1", "", "direct"},
        {"an IPv6 address in brackets", "[fd00::1]", "fd00::1", "", "direct"},
        {"an IPv6 address and a port", "[fd00::1]:443", "fd00::1", "", "direct"},
        {"an IPv6 address and another port", "[fd00::1]:80", "fd00::1", "", through},
        {"another IPv6 address", "fd00::2", "fd00::1", "", through},
        {"an IPv6 network", "fd00::/8", "fdff::1", "", "direct"},
        {"outside of an IPv6 network", "fd00::/16", "fd01::1", "", through},
        {"too many IPv6 bits", "fd00::/129", "fd00::", "", through},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(proxy({{"HTTPS_PROXY", "http://p:3128"}, {"NO_PROXY", r.exempt}}, r.host, r.port) == r.outcome);
        CHECK(proxy({{"HTTPS_PROXY", "http://p:3128"}, {"no_proxy", r.exempt}}, r.host, r.port) == r.outcome);
    }
    const std::map<std::string, std::string> both{{"HTTPS_PROXY", "http://p:3128"}, {"NO_PROXY", "a"}, {"no_proxy", "*"}};
    CHECK(proxy(both) == through);
}
