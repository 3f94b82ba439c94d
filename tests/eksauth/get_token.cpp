// SPDX-License-Identifier: Apache-2.0
#include <eksauth/get_token.hpp>

#include "eksauth/outcomes.hpp"
#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <variant>
#include <vector>

/// A world with the example's keys in its environment, and more variables.
static fake_world with_keys(const std::map<std::string, std::string>& more = {}) {
    fake_world world{.env = more};
    world.env.insert({{"HOME", "/h"}, {"AWS_ACCESS_KEY_ID", example_id}, {"AWS_SECRET_ACCESS_KEY", example_secret}});
    return world;
}

static const std::string arn = "arn:aws:iam::123456789012:role/r";

/// A world where profile default is a role of profile x's keys, and profile outer one of profile default's.
static fake_world with_role(const std::map<std::string, std::string>& more = {}) {
    const std::string role = "role_arn = " + arn + "\n";
    fake_world world{.env = more,
                     .files = {{"/h/.aws/config", "[default]\n" + role + "source_profile = x\n[profile outer]\n" + role + "source_profile = default\n"},
                               {"/h/.aws/credentials", "[x]\naws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n"},
                               {"/etc/ssl/certs/ca-certificates.crt", ""}}};
    world.env["HOME"] = "/h";
    return world;
}

/// STS's good answer: keys that expire then; with a Date, if there is one.
static eksauth::http_response good(const std::string& expires, const std::string& date = "") {
    eksauth::http_response made{.status = 200, .body = credbase::secret_string(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>" + hush_secret +
        "</SecretAccessKey><SessionToken>" + hush_token + "</SessionToken><Expiration>" + expires + "</Expiration></Credentials>"
        "</AssumeRoleResult></AssumeRoleResponse>")};
    if (!date.empty()) made.headers.push_back({"Date", credbase::secret_string(date)});
    return made;
}
static eksauth::http_response refusal(int status, const std::string& code, const std::string& date = "") {
    eksauth::http_response made{.status = status,
                                .body = credbase::secret_string("<ErrorResponse><Error><Code>" + code + "</Code></Error></ErrorResponse>")};
    if (!date.empty()) made.headers.push_back({"Date", credbase::secret_string(date)});
    return made;
}

/// Whether the token is the one of that second by the answer's keys.
static bool is_by_role(const eksauth::eks_token& token, const std::string& second) {
    const eksauth::credentials keys{.access_key_id = "ASIAROLE", .secret_access_key = credbase::secret_string(hush_secret),
                                    .session_token = credbase::secret_string(hush_token)};
    const auto made = sign_eks_token(*eksauth::parse_region("us-west-2"), "prod-cluster", keys, *credbase::parse_rfc3339(second));
    return made && made->text.reveal() == token.text.reveal();
}

static const eksauth::token_request prod = {.cluster = "prod-cluster", .region = "us-west-2"};

TEST_CASE("get token: with keys in the environment the token is vector A, whatever else is set") {
    const auto cases = vector_cases("tokens.json");
    const auto& vector_a = cases.at(0);
    REQUIRE(text_of(vector_a, "name") == "vector A");
    struct row { const char* name; std::map<std::string, std::string> env; };
    const row rows[] = {
        {"1 nothing else", {}},
        {"34 an endpoint for everything", {{"AWS_ENDPOINT_URL", "http://127.0.0.1:1"}}},
        {"34 an endpoint for STS", {{"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"}}},
        {"34 FIPS", {{"AWS_USE_FIPS_ENDPOINT", "true"}}},
        {"34 dual-stack", {{"AWS_USE_DUALSTACK_ENDPOINT", "true"}}},
        {"34 the global STS", {{"AWS_STS_REGIONAL_ENDPOINTS", "legacy"}}},
        {"another region", {{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "eu-west-2"}}},
        {"settings of calls that can't be understood",
         {{"AWS_USE_FIPS_ENDPOINT", "maybe"}, {"AWS_ENDPOINT_URL_STS", "ftp://h"}, {"AWS_RETRY_MODE", "foo"}, {"AWS_MAX_ATTEMPTS", "x"}}},
        {"6 an empty session token", {{"AWS_SESSION_TOKEN", ""}, {"AWS_SECURITY_TOKEN", ""}}},
        {"150 a CA file that doesn't exist", {{"AWS_CA_BUNDLE", "/absent"}, {"SSL_CERT_FILE", "/absent"}, {"SSL_CERT_DIR", "/absent"}}},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = with_keys(r.env);
        const auto token = get_token(world.context(), prod);
        REQUIRE(told(token) == "ok");
        CHECK(token->text.reveal() == text_of(vector_a, "token"));
        CHECK(token->host == "sts.us-west-2.amazonaws.com");
        CHECK(token->access_key_id == example_id);
        CHECK(credbase::rfc3339(token->signed_at) == "2026-01-02T03:04:05Z");
        CHECK(credbase::rfc3339(token->expires) == "2026-01-02T03:18:05Z");
        CHECK(token->warnings.empty());
        CHECK(world.steps == 0);  // row 20
    }
}

TEST_CASE("get token: settings in the profile that supplies the keys don't change the token") {
    const auto cases = vector_cases("tokens.json");
    fake_world world{.env = {{"HOME", "/h"}},
                     .files = {{"/h/.aws/config",
                                "[default]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:1\nservices = s\n"
                                "use_fips_endpoint = true\nuse_dualstack_endpoint = true\n"
                                "sts_regional_endpoints = legacy\nca_bundle = /absent\n"
                                "[services s]\nsts =\n  endpoint_url = http://127.0.0.1:1\n"},
                               {"/h/.aws/credentials", std::string("[default]\naws_access_key_id = ") + example_id +
                                                           "\naws_secret_access_key = " + example_secret + "\n"}}};
    const auto token = get_token(world.context(), prod);
    REQUIRE(told(token) == "ok");
    CHECK(token->text.reveal() == text_of(cases.at(0), "token"));
    CHECK(world.steps == 2);  // row 20: config and credentials
}

TEST_CASE("get token: a session token of the environment is signed") {
    const auto cases = vector_cases("tokens.json");
    const auto& vector_b = cases.at(1);
    fake_world world = with_keys({{"AWS_SESSION_TOKEN", std::string(text_of(vector_b, "session_token"))}});
    const auto token = get_token(world.context(), prod);
    REQUIRE(told(token) == "ok");
    CHECK(token->text.reveal() == text_of(vector_b, "token"));  // row 2
}

TEST_CASE("get token: what is refused, and that nothing more is asked then") {
    const std::map<std::string, std::string> none;
    struct row {
        const char* name;
        std::map<std::string, std::string> env;
        eksauth::token_request request;
        std::string outcome;
        int steps;
    };
    const row rows[] = {
        {"30 an empty region", none, {.cluster = "prod", .region = ""}, "EKS-REGION: region is empty", 0},
        {"30 an empty region, and one in the environment", {{"AWS_REGION", "us-west-2"}}, {.cluster = "prod", .region = ""},
         "EKS-REGION: region is empty", 0},
        {"31 a region that would be another host", none, {.cluster = "prod", .region = "x.evil.example/#"},
         "EKS-REGION: region \"x.evil.example/#\" has the byte 0x2e at offset 1; only a-z, 0-9 and - may stand in a region", 0},
        {"11 an empty cluster", none, {.cluster = "", .region = "us-west-2"}, "EKS-CLUSTER: cluster: is empty", 0},
        {"12 a cluster that would be another header", none, {.cluster = "a\r\nx: y", .region = "us-west-2"},
         "EKS-CLUSTER: cluster: has a blank or control character 0x0d at offset 1", 0},
        {"23 a secret with a line feed behind it", {{"AWS_SECRET_ACCESS_KEY", "hush\n"}}, prod,
         "EKS-BAD-CREDENTIALS: environment: AWS_SECRET_ACCESS_KEY begins or ends with white space; was it copied with a line end?", 0},
        {"10 keys of the environment that expire in 45 s", {{"AWS_CREDENTIAL_EXPIRATION", "2026-01-02T03:04:50Z"}}, prod,
         "EKS-BAD-CREDENTIALS: credentials from environment expire at 2026-01-02T03:04:50Z (in 45 s); renew them", 0},
        {"no such profile", {{"AWS_PROFILE", "nope"}}, prod,
         "EKS-NO-PROFILE: profile \"nope\" (from AWS_PROFILE) not found in /h/.aws/config or /h/.aws/credentials (absent)", 2},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = with_keys(r.env);
        world.files["/h/.aws/config"] = "[default]\naws_access_key_id = OTHER\naws_secret_access_key = hush\n";
        CHECK(told(get_token(world.context(), r.request)) == r.outcome);
        CHECK(world.steps == r.steps);
    }
}

TEST_CASE("get token: a clock that can't be right is refused") {
    fake_world world = with_keys();
    world.now = *credbase::parse_rfc3339("2019-06-01T00:00:00Z");
    CHECK(told(get_token(world.context(),
        prod)) == "EKS-CLOCK: the system clock says 2019-06-01T00:00:00Z, which can't be right; set it");  // row 21
}

TEST_CASE("get token: the caller may say where credentials come from") {
    fake_world world = with_keys();
    eksauth::token_request request = prod;
    request.get_credentials = [](const eksauth::context& ctx) -> eksauth::result<eksauth::credentials> {
        return eksauth::credentials{.access_key_id = "AKIDMINE",
                                    .secret_access_key = credbase::secret_string(hush_secret),
                                    .expires = ctx.now() + std::chrono::minutes(5),
                                    .source = "mine"};
    };
    const auto token = get_token(world.context(), request);
    REQUIRE(told(token) == "ok");
    CHECK(token->access_key_id == "AKIDMINE");
    CHECK(credbase::rfc3339(token->expires) == "2026-01-02T03:09:05Z");

    request.get_credentials = [](const eksauth::context&) -> eksauth::result<eksauth::credentials> {
        return eksauth::error(eksauth::errc::source_failed, "the vault is sealed");
    };
    CHECK(told(get_token(world.context(), request)) == "EKS-SOURCE-FAILED: the vault is sealed");
}

TEST_CASE("get token: the clock is read once") {
    fake_world world = with_keys({{"AWS_CREDENTIAL_EXPIRATION", "2026-01-02T04:00:00Z"}});
    eksauth::context ctx = world.context();
    int read = 0;
    ctx.now = [&] {
        ++read;
        return world.now;
    };
    CHECK(told(get_token(ctx, prod)) == "ok");
    CHECK(read == 1);
}

TEST_CASE("get token: a role's keys sign the token, whatever the region of the call") {
    for (const char* region : {"us-west-2", "us-east-1"}) {
        INFO("45 80 " << region);
        fake_world world = with_role({{"AWS_REGION", region}});
        world.replies = {good("2026-01-02T04:04:05Z")};
        const auto token = get_token(world.context(), prod);
        REQUIRE(told(token) == "ok");
        CHECK(is_by_role(*token, "2026-01-02T03:04:05Z"));
        CHECK(token->host == "sts.us-west-2.amazonaws.com");
        CHECK(credbase::rfc3339(token->expires) == "2026-01-02T03:18:05Z");
        REQUIRE(world.requests.size() == 1);
        CHECK(world.requests[0].host == "sts." + std::string(region) + ".amazonaws.com");
    }
}

TEST_CASE("get token: where STS's clock is another, the token is signed by it and expires by ours") {
    const std::string ahead = "Fri, 02 Jan 2026 03:14:05 GMT", behind = "Fri, 02 Jan 2026 02:54:05 GMT", near = "Fri, 02 Jan 2026 03:08:05 GMT";
    const std::string late = "2026-01-02T04:14:05Z", wrong = "SignatureDoesNotMatch";
    const std::string set = " that of AWS, by which the token is signed; set it, for example by NTP";
    const std::vector<std::string> none, slow = {"the system clock is 600 s behind" + set}, fast = {"the system clock is 600 s ahead of" + set};
    struct row {
        const char* name;
        std::vector<std::variant<eksauth::http_response, eksauth::error>> replies;
        std::string signed_at, expires;
        std::vector<std::string> warnings;
    };
    const row rows[] = {
        {"142 ten minutes ahead", {refusal(403, wrong, ahead), good(late, ahead)}, "03:14:05", "03:18:05", slow},
        {"142 ten minutes behind", {refusal(403, wrong, behind), good(late, behind)}, "02:54:05", "03:18:05", fast},
        {"142 ahead, and the call was accepted", {good(late, ahead)}, "03:14:05", "03:18:05", slow},
        {"142 ahead, and the keys expire soon", {refusal(403, wrong, ahead), good("2026-01-02T03:20:05Z", ahead)}, "03:14:05", "03:10:05", slow},
        {"four minutes are nothing", {good(late, near)}, "03:04:05", "03:18:05", none},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = with_role();
        world.replies = r.replies;
        const auto token = get_token(world.context(), prod);
        REQUIRE(told(token) == "ok");
        CHECK(is_by_role(*token, "2026-01-02T" + r.signed_at + "Z"));
        CHECK(credbase::rfc3339(token->expires) == "2026-01-02T" + r.expires + "Z");
        CHECK(world.requests.size() == r.replies.size());
        CHECK(token->warnings == r.warnings);
    }
}

TEST_CASE("get token: an offset that the inner call of a chain has shown serves the outer one too") {
    const std::string ahead = "Fri, 02 Jan 2026 03:14:05 GMT", late = "2026-01-02T04:14:05Z";
    fake_world world = with_role({{"AWS_PROFILE", "outer"}});
    world.replies = {refusal(403, "SignatureDoesNotMatch", ahead), good(late), good(late)};
    const auto token = get_token(world.context(), prod);
    REQUIRE(told(token) == "ok");
    CHECK(is_by_role(*token, "2026-01-02T03:14:05Z"));
    REQUIRE(world.requests.size() == 3);
    for (const auto& header : world.requests[2].headers)
        if (header.name == "X-Amz-Date") CHECK(header.value.reveal() == "20260102T031405Z");
}

TEST_CASE("get token: keys that expire within a minute are asked for once more") {
    const std::string soon = "2026-01-02T03:04:50Z", late = "2026-01-02T04:04:05Z";
    fake_world renewed = with_role();
    renewed.replies = {good(soon), good(late)};
    CHECK(told(get_token(renewed.context(), prod)) == "ok");
    CHECK(renewed.requests.size() == 2);
    fake_world stale = with_role();
    stale.replies = {good(soon), good(soon), good(late)};
    CHECK(told(get_token(stale.context(), prod)) ==
          "EKS-BAD-CREDENTIALS: credentials from role " + arn + " expire at 2026-01-02T03:04:50Z (in 45 s); renew them");  // row 9
    CHECK(stale.requests.size() == 2);
}

TEST_CASE("get token: the time limit is for all that obtaining the credentials takes") {
    eksauth::token_request hasty = prod;
    hasty.time_limit = std::chrono::milliseconds(60);
    fake_world busy = with_role();
    busy.replies = {3, refusal(503, "Busy")};
    CHECK(told(get_token(busy.context(), hasty)) == "EKS-CALL-REFUSED: shared config: AssumeRole of " + arn + " with profile \"x\" failed: "
                                                    "Busy (HTTP 503) from sts.us-west-2.amazonaws.com");
    CHECK(busy.requests.size() == 2);  // the pause before a third would end after the limit
    CHECK(busy.pauses == std::vector<std::chrono::milliseconds>{std::chrono::milliseconds(25)});

    fake_world slow = with_role({{"AWS_PROFILE", "outer"}});
    slow.replies = {good("2026-01-02T04:04:05Z"), good("2026-01-02T04:04:05Z")};
    eksauth::context ctx = slow.context();
    ctx.http = [&, inner = ctx.http](const eksauth::http_request& request) {
        slow.elapsed += std::chrono::seconds(20);
        return inner(request);
    };
    const std::string post = "POST https://sts.us-west-2.amazonaws.com/";
    CHECK(told(get_token(ctx, prod)) == "EKS-TIME-LIMIT: shared config: AssumeRole of " + arn + " with role " + arn + " failed: " + post +
                                        ": the time limit of 20000 ms is over; next was " + post);
    CHECK(slow.requests.size() == 1);
}

TEST_CASE("get token: each I/O step failed in turn ends in an error that names it") {
    const std::string post = "AssumeRole of " + arn + " with profile \"x\" failed: POST https://sts.us-west-2.amazonaws.com/: connection reset";
    const std::vector<std::string> expected = {"EKS-BAD-FILE: shared config: reading /h/.aws/config: Input/output error",
                                               "EKS-BAD-FILE: shared config: reading /h/.aws/credentials: Input/output error",
                                               "EKS-HTTP-CUT: shared config: " + post};
    fake_world world = with_role({{"AWS_MAX_ATTEMPTS", "1"}});
    world.replies = {good("2026-01-02T04:04:05Z")};
    fake_world whole = world;
    CHECK(told(get_token(whole.context(), prod)) == "ok");
    REQUIRE(whole.steps == std::ssize(expected));  // a new step needs a new row
    for (int step = 0; step < whole.steps; ++step) {
        fake_world broken = world;
        broken.fail_at = step;
        CHECK(told(get_token(broken.context(), prod)) == expected[static_cast<std::size_t>(step)]);
        CHECK(broken.steps == step + 1);
    }
}
