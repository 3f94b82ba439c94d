// SPDX-License-Identifier: Apache-2.0
#include <eksauth/describe_cluster.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/net/aws_clock.hpp>

#include <chrono>
#include <map>
#include <string>
#include <variant>
#include <vector>

using variables = std::map<std::string, std::string>;
using answer = std::variant<eksauth::http_response, eksauth::error>;

static answer reply(int status, const std::string& body, const std::vector<eksauth::http_header>& headers = {}) {
    return eksauth::http_response{.status = status, .headers = headers, .body = credbase::secret_string(body)};
}
static answer refusal(int status, const std::string& code, const std::string& message) {
    return reply(status, "{\"message\":\"" + message + "\"}",
                 {{"x-amzn-ErrorType", credbase::secret_string(code)}, {"x-amzn-RequestId", credbase::secret_string("r-1")}});
}
static answer described(const std::string& arn) {
    return reply(200, R"({"cluster":{"arn":")" + arn + R"(","endpoint":"https://a.eks.amazonaws.com","status":"ACTIVE",)"
                      R"("certificateAuthority":{"data":"QQ=="}}})");
}
static const answer good = described("arn:aws:eks:us-west-2:012345678910:cluster/prod");

static fake_world world_of(const std::vector<answer>& replies, const variables& env = {}, const std::string& config = "") {
    fake_world world{.env = env, .files = {{"/h/.aws/config", config}, {"/etc/ssl/certs/ca-certificates.crt", ""}}, .replies = replies};
    world.env["HOME"] = "/h";
    return world;
}

static eksauth::result<eksauth::described_cluster> ask(const eksauth::context& ctx, const std::string& cluster = "prod",
                                                       const std::string& profile = "") {
    const eksauth::credentials keys{.access_key_id = "ASIAX",
                                    .secret_access_key = credbase::secret_string(hush_secret),
                                    .session_token = credbase::secret_string(hush_token)};
    return eksauth::describe_cluster(ctx, *eksauth::parse_region("us-west-2"), cluster, keys, profile);
}
static eksauth::result<eksauth::described_cluster> ask(fake_world& world) { return ask(world.context()); }

static std::string header_of(const eksauth::http_request& call, const std::string& name) {
    for (const auto& one : call.headers)
        if (one.name == name) return std::string(one.value.reveal());
    return "none";
}

TEST_CASE("describe_cluster: one signed call to EKS in the cluster's region, wherever other calls go") {
    fake_world world = world_of({good}, {{"AWS_REGION", "eu-west-1"}});
    const auto got = ask(world);
    REQUIRE(told(got) == "ok");
    CHECK(got->arn == "arn:aws:eks:us-west-2:012345678910:cluster/prod");
    CHECK(got->endpoint.host == "a.eks.amazonaws.com");
    CHECK(got->certificate_authority_data == "QQ==");
    REQUIRE(world.requests.size() == 1);
    const auto& call = world.requests[0];
    CHECK(call.shown() == "GET https://eks.us-west-2.amazonaws.com/clusters/prod");
    CHECK(call.trust.files == std::vector<std::string>{"/etc/ssl/certs/ca-certificates.crt"});
    CHECK(header_of(call, "X-Amz-Date") == "20260102T030405Z");
    CHECK(header_of(call, "X-Amz-Security-Token") == hush_token);
    CHECK(header_of(call, "Authorization").starts_with("AWS4-HMAC-SHA256 Credential=ASIAX/20260102/us-west-2/eks/aws4_request, "));
}

TEST_CASE("describe_cluster: the call goes as environment and selected profile say") {
    const std::string config = "[default]\nservices = s\nuse_fips_endpoint = false\n"
                               "[services s]\neks =\n  endpoint_url = https://e\nsts =\n  endpoint_url = https://s\n"
                               "[profile fips]\nuse_fips_endpoint = true\nca_bundle = /fips.pem\n[profile odd]\nmax_attempts = x\n";
    struct row { const char* name; variables env; std::string profile, outcome; };
    const row rows[] = {
        {"the default profile", {}, "", "https://e"},
        {"a variable for EKS", {{"AWS_ENDPOINT_URL_EKS", "https://v"}}, "", "https://v"},
        {"a variable for all", {{"AWS_ENDPOINT_URL", "https://a"}}, "", "https://a"},
        {"a variable for another service", {{"AWS_ENDPOINT_URL_STS", "https://s"}}, "", "https://e"},
        {"the profile of AWS_PROFILE", {{"AWS_PROFILE", "fips"}}, "", "https://fips.eks.us-west-2.amazonaws.com by /fips.pem"},
        {"the caller's profile", {{"AWS_PROFILE", "odd"}}, "fips", "https://fips.eks.us-west-2.amazonaws.com by /fips.pem"},
        {"a profile that isn't there", {{"AWS_PROFILE", "absent"}}, "",
         "EKS-NO-PROFILE: profile \"absent\" (from AWS_PROFILE) not found in /h/.aws/config or /h/.aws/credentials (absent)"},
        {"a profile's name that is none", {{"AWS_PROFILE", "a\nb"}}, "",
         "EKS-NO-PROFILE: the profile's name \"a\\nb\" (from AWS_PROFILE) has a control character"},
        {"a setting that is none", {{"AWS_PROFILE", "odd"}}, "",
         "EKS-SETTING: /h/.aws/config line 13: max_attempts must be a number from 1 to 999999999, got \"x\""},
        {"a proxy", {{"HTTPS_PROXY", "http://p:3128"}}, "", "https://e through p"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of({good}, r.env, config);
        const auto got = ask(world.context(), "prod", r.profile);
        std::string outcome = told(got);
        REQUIRE(world.requests.size() == (got ? 1 : 0));
        if (got) {
            const auto& call = world.requests[0];
            outcome = call.scheme + "://" + call.authority() + (call.proxy ? " through " + call.proxy->host : "");
            if (call.trust.files.at(0) != "/etc/ssl/certs/ca-certificates.crt") outcome += " by " + call.trust.files[0];
        }
        CHECK(outcome == r.outcome);
    }
}

TEST_CASE("describe_cluster: a refusal says what was asked with which key, what came back and what to do") {
    const std::string start = "EKS-CALL-REFUSED: DescribeCluster of \"prod\" in us-west-2 with key ASIAX failed: ",
                      from = ", request r-1) from eks.us-west-2.amazonaws.com";
    struct row { const char* name; answer given; std::string outcome; };
    const row rows[] = {
        {"no such cluster", refusal(404, "ResourceNotFoundException", "No cluster found for name: prod."),
         start + "ResourceNotFoundException: No cluster found for name: prod. (HTTP 404" + from +
             "; the account of that key has no such cluster in us-west-2, and those of other accounts can't be looked up"},
        {"no permission", refusal(403, "AccessDeniedException", "User: u is not authorized"),
         start + "AccessDeniedException: User: u is not authorized (HTTP 403" + from +
             "; allow eks:DescribeCluster on arn:aws:eks:us-west-2:*:cluster/prod"},
        {"an unknown key", refusal(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
         start + "UnrecognizedClientException: The security token included in the request is invalid. (HTTP 403" + from +
             "; the access key is unknown, or of another partition"},
        {"another signature", refusal(403, "InvalidSignatureException", "no"),
         start + "InvalidSignatureException: no (HTTP 403" + from + "; the secret access key or the system clock is wrong"},
        {"another refusal", refusal(400, "ClientException", "no"), start + "ClientException: no (HTTP 400" + from},
        {"our token told back", refusal(400, "ClientException", "token " + hush_token),
         start + "ClientException: token [redacted] (HTTP 400" + from},
        {"being made", reply(200, R"({"cluster":{"arn":"a","status":"CREATING"}})"),
         start + "GET https://eks.us-west-2.amazonaws.com/clusters/prod: HTTP 200, no Content-Type, 43 bytes: EKS has no endpoint of the "
                 "cluster, whose status is \"CREATING\"; wait until it is ACTIVE"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of({r.given});
        CHECK(told(ask(world)) == r.outcome);
        CHECK(world.requests.size() == 1);
    }
}

TEST_CASE("describe_cluster: an answer about another cluster is refused") {
    for (const char* arn : {"arn:aws:eks:us-west-2:012345678910:cluster/prod2", "arn:aws:eks:us-west-2:012345678910:cluster/a/prod",
                            "arn:aws:eks:us-west-1:012345678910:cluster/prod", "prod"}) {
        INFO(arn);
        fake_world world = world_of({described(arn)});
        CHECK(told(ask(world)).find("it is about another cluster, \"" + std::string(arn)) != std::string::npos);
    }
    fake_world none;
    CHECK(told(ask(none.context(), "")) == "EKS-CLUSTER: cluster: is empty");
    CHECK(told(ask(none.context(), "a b")) == "EKS-CLUSTER: cluster: has a blank or control character 0x20 at offset 1");
    CHECK(none.steps == 0);
}

TEST_CASE("describe_cluster: what may pass is asked again, and nothing else is") {
    const answer busy = refusal(503, "ServiceUnavailableException", "later"), slow = refusal(429, "TooManyRequestsException", "slow down");
    fake_world world = world_of({busy, slow, good});
    CHECK(told(ask(world)) == "ok");
    CHECK(world.requests.size() == 3);
    fake_world over = world_of({busy, busy, busy, good});
    CHECK(told(ask(over)).find("ServiceUnavailableException: later (HTTP 503") != std::string::npos);
    CHECK(over.requests.size() == 3);
    fake_world once = world_of({busy, good}, {{"AWS_MAX_ATTEMPTS", "1"}});
    CHECK(told(ask(once)).starts_with("EKS-CALL-REFUSED: "));
}

TEST_CASE("describe_cluster: it is signed by the clock of AWS, once that is known") {
    const answer skewed = reply(403, R"({"message":"Signature expired"})",
                                {{"x-amzn-ErrorType", credbase::secret_string("InvalidSignatureException")},
                                 {"Date", credbase::secret_string("Fri, 02 Jan 2026 04:04:05 GMT")}});
    fake_world world = world_of({skewed, good});
    CHECK(told(ask(with_aws_clock(world.context()))) == "ok");
    REQUIRE(world.requests.size() == 2);
    CHECK(header_of(world.requests[0], "X-Amz-Date") == "20260102T030405Z");
    CHECK(header_of(world.requests[1], "X-Amz-Date") == "20260102T040405Z");
    fake_world twice = world_of({skewed, skewed, good});
    CHECK(told(ask(with_aws_clock(twice.context()))).find("InvalidSignatureException: Signature expired (HTTP 403)") != std::string::npos);
    CHECK(twice.requests.size() == 2);
}

TEST_CASE("describe_cluster: each step that fails ends in an error that names it, or is made once more") {
    fake_world whole = world_of({good}, {{"AWS_MAX_ATTEMPTS", "1"}}, "[default]\nregion = eu-west-1\n");
    REQUIRE(told(ask(whole)) == "ok");
    const std::vector<std::string> expected = {
        "EKS-BAD-FILE: reading /h/.aws/config: Input/output error",
        "EKS-BAD-FILE: reading /h/.aws/credentials: Input/output error",
        "EKS-HTTP-CUT: DescribeCluster of \"prod\" in us-west-2 with key ASIAX failed: "
        "GET https://eks.us-west-2.amazonaws.com/clusters/prod: connection reset",
    };
    REQUIRE(whole.steps == std::ssize(expected));
    for (int step = 0; step < whole.steps; ++step) {
        INFO(step);
        fake_world world = world_of({good}, {{"AWS_MAX_ATTEMPTS", "1"}}, "[default]\nregion = eu-west-1\n");
        world.fail_at = step;
        CHECK(told(ask(world)) == expected[static_cast<std::size_t>(step)]);
    }
    fake_world again = world_of({good, good});
    again.fail_at = 2;
    CHECK(told(ask(again)) == "ok");
}
