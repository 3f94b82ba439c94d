// SPDX-License-Identifier: Apache-2.0
#include <eksauth/net/service_route.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <map>
#include <string>
#include <vector>

using variables = std::map<std::string, std::string>;

static const std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";

/// Where calls go with these variables and this config file.
static eksauth::result<eksauth::service_route> route_of(const variables& env, const std::string& config, bool with_ca = true) {
    fake_world world{.env = env, .files = {{"/h/.aws/config", "[default]\n" + config}}};
    world.env["HOME"] = "/h";
    if (with_ca) world.files[ca_file] = "";
    const auto files = eksauth::load_shared_config(world.context());
    REQUIRE(told(files) == "ok");
    const eksauth::profile selected(*files, "default");
    return find_service_route(world.context(), &selected, eksauth::sts_service, *eksauth::parse_region("us-west-2"));
}

TEST_CASE("service route: attempts are counted by environment, then profile") {
    struct row { const char* name; variables env; std::string config, outcome; };
    const std::string mode = "retry_mode must be standard, adaptive or legacy, got ", range = "max_attempts must be a number from 1 to 999999999, got ";
    const row rows[] = {
        {"nothing set", {}, "", "3"},
        {"140 one", {{"AWS_MAX_ATTEMPTS", "1"}}, "", "1"},
        {"140 none", {{"AWS_MAX_ATTEMPTS", "0"}}, "", "EKS-SETTING: AWS_MAX_ATTEMPTS: " + range + "\"0\""},
        {"140 no number", {{"AWS_MAX_ATTEMPTS", "x"}}, "", "EKS-SETTING: AWS_MAX_ATTEMPTS: " + range + "\"x\""},
        {"140 negative", {{"AWS_MAX_ATTEMPTS", "-1"}}, "", "EKS-SETTING: AWS_MAX_ATTEMPTS: " + range + "\"-1\""},
        {"140 more than ten", {{"AWS_MAX_ATTEMPTS", "99"}}, "", "10"},
        {"140 by the profile", {}, "max_attempts = 5\n", "5"},
        {"140 the variable goes first", {{"AWS_MAX_ATTEMPTS", "2"}}, "max_attempts = x\n", "2"},
        {"140 no number in the profile", {}, "max_attempts = x\n", "EKS-SETTING: /h/.aws/config line 2: " + range + "\"x\""},
        {"141 legacy", {{"AWS_RETRY_MODE", "legacy"}}, "", "3"},
        {"141 adaptive", {}, "retry_mode = adaptive\n", "3"},
        {"141 another", {{"AWS_RETRY_MODE", "foo"}}, "", "EKS-SETTING: AWS_RETRY_MODE: " + mode + "\"foo\""},
        {"141 another in the profile", {}, "retry_mode = foo\n", "EKS-SETTING: /h/.aws/config line 2: " + mode + "\"foo\""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto route = route_of(r.env, r.config);
        CHECK((route ? std::to_string(route->policy.attempts) : told(route)) == r.outcome);
    }
}

TEST_CASE("service route: an https host needs certificates and may need a proxy, a loopback one over http neither") {
    const variables proxy = {{"HTTPS_PROXY", "http://u:hush@127.0.0.1:3128"}};
    const auto direct = route_of({}, "");
    REQUIRE(direct.has_value());
    CHECK(direct->to.trust.files == std::vector<std::string>{ca_file});
    CHECK_FALSE(direct->to.proxy.has_value());
    const auto proxied = route_of(proxy, "");
    REQUIRE(proxied.has_value());
    REQUIRE(proxied->to.proxy.has_value());
    CHECK(proxied->to.proxy->port == "3128");
    const auto loopback = route_of(proxy, "endpoint_url = http://127.0.0.1:1\n", false);
    REQUIRE(loopback.has_value());
    CHECK_FALSE(loopback->to.proxy.has_value());
    CHECK(loopback->to.trust.files.empty());
    CHECK(told(route_of({}, "", false)).starts_with("EKS-HTTP-TLS: no CA certificates found; looked in /etc/ssl/certs/ca-certificates.crt, "));  // row 150
    CHECK(told(route_of({{"HTTPS_PROXY", "ftp://hush"}}, "")) == "EKS-SETTING: HTTPS_PROXY: unsupported proxy scheme; use http:// or https://");
}
