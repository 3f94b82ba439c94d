// SPDX-License-Identifier: Apache-2.0
#include <eksauth/whoami.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/net/time_limit.hpp>
#include <eksauth/presigner.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <variant>
#include <vector>

using variables = std::map<std::string, std::string>;
using answer = std::variant<eksauth::http_response, eksauth::error>;

static const std::string arn = "arn:aws:sts::123456789012:assumed-role/hub/first";

static answer reply(int status, const std::string& body) {
    return eksauth::http_response{.status = status, .body = credbase::secret_string(body)};
}
static answer refusal(int status, const std::string& code, const std::string& message) {
    return reply(status, R"({"Error":{"Code":")" + code + R"(","Message":")" + message + R"("},"RequestId":"r-1"})");
}
static const answer good = reply(200, R"({"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"123456789012","Arn":")" + arn +
                                          R"(","UserId":"AROAX:first"}}})");

static fake_world world_of(const std::vector<answer>& replies, const variables& env = {}, const std::string& config = "") {
    fake_world world{.env = env, .files = {{"/h/.aws/config", config}, {"/etc/ssl/certs/ca-certificates.crt", ""}}, .replies = replies};
    world.env["HOME"] = "/h";
    return world;
}

static eksauth::eks_token token(const std::string& region = "eu-west-1") {
    auto made = eksauth::sign_eks_token(*eksauth::parse_region(region), "c1",
                                        {.access_key_id = "ASIAX",
                                         .secret_access_key = credbase::secret_string(hush_secret),
                                         .session_token = credbase::secret_string(hush_token),
                                         .source = "environment"},
                                        example_time);
    REQUIRE(told(made) == "ok");
    return *std::move(made);
}

/// The caller's ARN, or the error.
static std::string ask(const eksauth::context& ctx, const std::string& profile = "", const std::string& cluster = "c1") {
    const auto got = eksauth::find_caller(ctx, token(), cluster, profile);
    return got ? got->arn : told(got);
}
static std::string ask(fake_world& world) { return ask(world.context()); }

TEST_CASE("whoami: the token is played once, with the cluster's id") {
    fake_world world = world_of({good});
    const auto got = eksauth::find_caller(world.context(), token(), "c1");
    REQUIRE(told(got) == "ok");
    CHECK(got->account == "123456789012");
    CHECK(got->arn == arn);
    CHECK(got->user_id == "AROAX:first");
    REQUIRE(world.requests.size() == 1);
    const auto& call = world.requests[0];
    CHECK(call.shown() == "GET https://sts.eu-west-1.amazonaws.com/");
    CHECK(call.headers.at(1).value.reveal() == "c1");
    CHECK(call.trust.files == std::vector<std::string>{"/etc/ssl/certs/ca-certificates.crt"});
    CHECK_FALSE(call.proxy.has_value());
}

TEST_CASE("whoami: no setting moves the call from the token's own host, those of the way there count") {
    const std::string config = "[default]\nca_bundle = /default.pem\nendpoint_url = https://e.example\nregion = us-east-1\n"
                               "[profile other]\nca_bundle = /other.pem\nservices = s\nuse_fips_endpoint = true\n"
                               "[services s]\nsts =\n  endpoint_url = https://s.example\n[profile odd]\nmax_attempts = x\n";
    struct row { const char* name; variables env; std::string profile, outcome; };
    const row rows[] = {
        {"the default profile", {}, "", "by /default.pem"},
        {"endpoints of variables", {{"AWS_ENDPOINT_URL_STS", "https://v"}, {"AWS_ENDPOINT_URL", "https://v"}}, "", "by /default.pem"},
        {"regions and FIPS", {{"AWS_REGION", "us-west-2"}, {"AWS_USE_FIPS_ENDPOINT", "true"}, {"AWS_USE_DUALSTACK_ENDPOINT", "true"}}, "",
         "by /default.pem"},
        {"the profile of AWS_PROFILE", {{"AWS_PROFILE", "other"}}, "", "by /other.pem"},
        {"the caller's profile", {{"AWS_PROFILE", "odd"}}, "other", "by /other.pem"},
        {"certificates of a variable", {{"AWS_CA_BUNDLE", "/v.pem"}}, "", "by /v.pem"},
        {"a proxy", {{"HTTPS_PROXY", "http://p:3128"}}, "", "by /default.pem through p"},
        {"a proxy that isn't for STS", {{"HTTPS_PROXY", "http://p:3128"}, {"NO_PROXY", ".amazonaws.com"}}, "", "by /default.pem"},
        {"a proxy that is none", {{"HTTPS_PROXY", "socks5://p"}}, "",
         "EKS-SETTING: HTTPS_PROXY: unsupported proxy scheme; use http:// or https://"},
        {"a profile that isn't there", {{"AWS_PROFILE", "absent"}}, "",
         "EKS-NO-PROFILE: profile \"absent\" (from AWS_PROFILE) not found in /h/.aws/config or /h/.aws/credentials (absent)"},
        {"a setting that is none", {{"AWS_PROFILE", "odd"}}, "",
         "EKS-SETTING: /h/.aws/config line 13: max_attempts must be a number from 1 to 999999999, got \"x\""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of({good}, r.env, config);
        std::string outcome = ask(world.context(), r.profile);
        REQUIRE(world.requests.size() == (outcome == arn ? 1 : 0));
        if (outcome == arn) {
            const auto& call = world.requests[0];
            CHECK(call.scheme + "://" + call.authority() == "https://sts.eu-west-1.amazonaws.com");
            outcome = "by " + call.trust.files.at(0) + (call.proxy ? " through " + call.proxy->host : "");
        }
        CHECK(outcome == r.outcome);
    }
}

TEST_CASE("whoami: a refusal says what was asked with which key, what STS said and what it means for the token") {
    const std::string start = "EKS-CALL-REFUSED: GetCallerIdentity by the token for \"c1\" with key ASIAX failed: ",
                      from = ", request r-1) from sts.eu-west-1.amazonaws.com";
    struct row { const char* name; answer given; std::string outcome; };
    const row rows[] = {
        {"another secret", refusal(403, "SignatureDoesNotMatch", "why"),
         "SignatureDoesNotMatch: why (HTTP 403" + from +
             "; the token is signed by another secret than its access key's, or the system clock is wrong"},
        {"an unknown key", refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid."),
         "InvalidClientTokenId: The security token included in the request is invalid. (HTTP 403" + from +
             "; the token's access key is unknown, inactive or of another partition, or its session isn't good in that region"},
        {"an old session", refusal(403, "ExpiredToken", "expired"),
         "ExpiredToken: expired (HTTP 403" + from + "; the session of the token's credentials has expired; renew them"},
        {"a region that is off", refusal(403, "RegionDisabledException", "off"),
         "RegionDisabledException: off (HTTP 403" + from +
             "; STS is not active in that region for the account; activate it in the account's settings"},
        {"another code", refusal(400, "Other", "x"), "Other: x (HTTP 400" + from},
        {"our token told back", refusal(403, "Other", hush_token + " " + std::string(token().text.reveal())),
         "Other: [redacted] [redacted] (HTTP 403" + from},
        {"XML", reply(403, "<ErrorResponse><Error><Code>Other</Code><Message>x</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"),
         "Other: x (HTTP 403" + from},
        {"a page", reply(403, "<html>hush</html>"), "HTTP 403 (no error code) from sts.eu-west-1.amazonaws.com"},
        {"a redirect", reply(302, ""), "HTTP 302 (no error code) from sts.eu-west-1.amazonaws.com"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of({r.given, good});
        CHECK(ask(world) == start + r.outcome);
        CHECK(world.requests.size() == 1);
    }
    fake_world world = world_of({reply(200, "hush"), good});
    CHECK(ask(world) == "EKS-BAD-REPLY: GetCallerIdentity by the token for \"c1\" with key ASIAX failed: "
                        "GET https://sts.eu-west-1.amazonaws.com/: HTTP 200, no Content-Type, 4 bytes: syntax error at byte 0");
    CHECK(world.requests.size() == 1);
}

TEST_CASE("whoami: what may pass is asked again, and nothing else is") {
    const answer busy = refusal(503, "ServiceUnavailable", "later"), slow = refusal(400, "Throttling", "slow down");
    fake_world world = world_of({busy, slow, good});
    CHECK(ask(world) == arn);
    CHECK(world.requests.size() == 3);
    fake_world once = world_of({busy, good}, {{"AWS_MAX_ATTEMPTS", "1"}});
    CHECK(ask(once).find("ServiceUnavailable: later (HTTP 503") != std::string::npos);
    fake_world untrusted = world_of({eksauth::error(eksauth::errc::http_tls, "unknown authority"), good});
    CHECK(ask(untrusted).starts_with("EKS-HTTP-TLS: "));
    CHECK(untrusted.requests.size() == 1);
}

TEST_CASE("whoami: nothing is asked after the time limit") {
    fake_world world = world_of({good});
    const eksauth::context limited = eksauth::with_time_limit(world.context(), std::chrono::seconds(2));
    world.elapsed = std::chrono::seconds(2);
    CHECK(ask(limited).starts_with("EKS-TIME-LIMIT: GetCallerIdentity by the token for \"c1\" with key ASIAX failed: "));
    CHECK(world.requests.empty());
}

TEST_CASE("whoami: a cluster's name or a token that is none is refused before anything is read") {
    fake_world none;
    CHECK(ask(none.context(), "", "") == "EKS-CLUSTER: cluster: is empty");
    CHECK(ask(none.context(), "", "a b") == "EKS-CLUSTER: cluster: has a blank or control character 0x20 at offset 1");
    eksauth::eks_token other = token();
    other.text = credbase::secret_string("hush");
    CHECK(told(eksauth::find_caller(none.context(), other, "c1")) == "EKS-BAD-CREDENTIALS: not an EKS token: it doesn't begin with k8s-aws-v1.");
    CHECK(none.steps == 0);
}

TEST_CASE("whoami: each step that fails ends in an error that names it, or is made once more") {
    fake_world whole = world_of({good}, {{"AWS_MAX_ATTEMPTS", "1"}});
    REQUIRE(ask(whole) == arn);
    const std::vector<std::string> expected = {
        "EKS-BAD-FILE: reading /h/.aws/config: Input/output error",
        "EKS-BAD-FILE: reading /h/.aws/credentials: Input/output error",
        "EKS-HTTP-CUT: GetCallerIdentity by the token for \"c1\" with key ASIAX failed: "
        "GET https://sts.eu-west-1.amazonaws.com/: connection reset",
    };
    REQUIRE(whole.steps == std::ssize(expected));
    for (int step = 0; step < whole.steps; ++step) {
        INFO(step);
        fake_world world = world_of({good}, {{"AWS_MAX_ATTEMPTS", "1"}});
        world.fail_at = step;
        CHECK(ask(world) == expected[static_cast<std::size_t>(step)]);
    }
    fake_world again = world_of({good, good});
    again.fail_at = 2;
    CHECK(ask(again) == arn);
}
