// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/assume_role.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/sigv4/sign_headers.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using variables = std::map<std::string, std::string>;

static const std::string role_arn = "arn:aws:iam::123456789012:role/hub/reader", role = "role_arn = " + role_arn + "\n";
static const std::string assumed = "credentials: ASIAROLE with a session token until 2026-01-02T04:04:05Z";

static eksauth::http_response good() {
    return {.status = 200, .body = credbase::secret_string(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>" + hush_secret +
        "</SecretAccessKey><SessionToken>" + hush_token + "</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration></Credentials>"
        "</AssumeRoleResult></AssumeRoleResponse>")};
}
static eksauth::http_response refusal(int status, const std::string& code) {
    return {.status = status, .body = credbase::secret_string("<ErrorResponse><Error><Code>" + code + "</Code><Message>why</Message></Error>"
                                                              "<RequestId>id-1</RequestId></ErrorResponse>")};
}

/// The keys of vector B.
static eksauth::credentials keys() {
    return {.access_key_id = example_id,
            .secret_access_key = credbase::secret_string(example_secret),
            .session_token = credbase::secret_string("FwoGZXIvYXdzEXAMPLE//////////wEaDKexample+session/token==AbCdEf0123456789"),
            .source = "KEYS"};
}

/// Profile a's role for those keys, with profile s selected and the cluster in us-west-2.
static eksauth::outcome assume(fake_world& world, const std::string& a, const std::string& s = "", const eksauth::credentials& base = keys()) {
    world.env.insert({"HOME", "/h"});
    world.files["/etc/ssl/certs/ca-certificates.crt"] = "";
    fake_world home{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", "[profile a]\n" + a + "[profile s]\n" + s}}};
    const auto files = eksauth::load_shared_config(home.context());
    REQUIRE(told(files) == "ok");
    return eksauth::assume_role(world.context(), eksauth::profile(*files, "a"), base, eksauth::profile(*files, "s"), "us-west-2");
}

static std::string header_of(const eksauth::http_request& call, std::string_view name) {
    for (const auto& one : call.headers)
        if (one.name == name) return std::string(one.value.reveal());
    return "";
}

TEST_CASE("assume role: the call is vector D, byte for byte") {
    const std::string session = "role_session_name = eksauth-1767323045-0a1b2c3d\n";
    fake_world world{.replies = {good()}};
    CHECK(told(assume(world, role + session + "external_id = a/b+c\nduration_seconds = 3600\n")) == assumed);
    REQUIRE(world.requests.size() == 1);
    const eksauth::http_request& call = world.requests[0];
    CHECK(call.method + " " + call.scheme + " " + call.authority() + " " + call.target == "POST https sts.us-west-2.amazonaws.com /");
    CHECK(call.body.reveal() == "Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600&ExternalId=a%2Fb%2Bc&RoleArn=arn%3Aaws%3Aiam%3A%3A"
                                "123456789012%3Arole%2Fhub%2Freader&RoleSessionName=eksauth-1767323045-0a1b2c3d");
    CHECK(call.headers.size() == 4);
    CHECK(header_of(call, "Content-Type") == "application/x-www-form-urlencoded; charset=utf-8");
    CHECK(header_of(call, "X-Amz-Date") == "20260102T030405Z");
    const bool same_token = header_of(call, "X-Amz-Security-Token") == keys().session_token.reveal();
    CHECK(same_token);
    CHECK(header_of(call, "Authorization") ==
          "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/sts/aws4_request, "
          "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
          "Signature=64f0cc66e167fbfe882c419832126a4dd82a87aad0b28b67d7e78ab004c44750");  // row 80
}

TEST_CASE("assume role: keys without a session token send none") {
    fake_world world{.replies = {good()}};
    eksauth::credentials base = keys();
    base.session_token = {};
    CHECK(told(assume(world, role, "", base)) == assumed);
    REQUIRE(world.requests.size() == 1);
    CHECK(world.requests[0].headers.size() == 3);
    CHECK(header_of(world.requests[0], "Authorization").find("SignedHeaders=content-type;host;x-amz-date, ") != std::string::npos);
}

TEST_CASE("assume role: the profile's settings decide the form") {
    const std::string start = "Action=AssumeRole&Version=2011-06-15", arn = "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fhub%2Freader";
    const std::string unnamed = "&RoleSessionName=eksauth-1767323045-5a5a5a5a";
    struct row { const char* name; std::string config, body; };
    const row rows[] = {
        {"92 no duration", role, start + arn + unnamed},
        {"92 an hour", role + "duration_seconds = 3600\n", start + "&DurationSeconds=3600" + arn + unnamed},
        {"92 the shortest", role + "duration_seconds = 900\n", start + "&DurationSeconds=900" + arn + unnamed},
        {"92 the longest", role + "duration_seconds = 43200\n", start + "&DurationSeconds=43200" + arn + unnamed},
        {"93 an external id", role + "external_id = a/b+c\n", start + "&ExternalId=a%2Fb%2Bc" + arn + unnamed},
        {"a session name", role + "role_session_name = me@x\n", start + arn + "&RoleSessionName=me%40x"},
        {"a web identity's settings are not read", role + "web_identity_token_file = /t\n", start + arn + unnamed},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = {good()}};
        CHECK(told(assume(world, r.config, "duration_seconds = 1000\nexternal_id = xx\n")) == assumed);
        REQUIRE(world.requests.size() == 1);
        CHECK(world.requests[0].body.reveal() == r.body);
    }
}

TEST_CASE("assume role: what is refused before any call") {
    const std::string who = "failed: profile \"a\": ", form = " is not of the form arn:aws:iam::123456789012:role/name";
    const auto duration = [&](const std::string& text) {
        return who + "/h/.aws/config line 3: duration_seconds must be a number from 900 to 43200, got \"" + text + "\"";
    };
    const auto bad_arn = [&](const std::string& text) { return who + "role ARN \"" + text + "\"" + form; };
    struct row { const char* name; std::string config, outcome; };
    const row rows[] = {
        {"92 too short", role + "duration_seconds = 899\n", duration("899")},
        {"92 no number", role + "duration_seconds = x\n", duration("x")},
        {"92 too long", role + "duration_seconds = 43201\n", duration("43201")},
        {"92 far too long", role + "duration_seconds = 99999999999999999999\n", duration("99999999999999999999")},
        {"92 negative", role + "duration_seconds = -3600\n", duration("-3600")},
        {"92 nested settings instead of a number", role + "duration_seconds =\n  x = 1\n", duration("")},
        {"93 a blank", role + "external_id = a b+c\n",
         who + "external_id: \"a b+c\" must be 2 to 1224 letters, digits and _+=,.@:/-"},
        {"93 one letter", role + "external_id = a\n", who + "external_id: \"a\" must be 2 to 1224 letters, digits and _+=,.@:/-"},
        {"a session name with a slash", role + "role_session_name = a/b\n",
         who + "role_session_name: \"a/b\" must be 2 to 64 letters, digits and _+=,.@-"},
        {"a session name of 65 letters", role + "role_session_name = " + std::string(65, 'n') + "\n",
         who + "role_session_name: \"" + std::string(65, 'n') + "\" must be 2 to 64 letters, digits and _+=,.@-"},
        {"47 a role in China", "role_arn = arn:aws-cn:iam::123456789012:role/r\n",
         who + "role ARN \"arn:aws-cn:iam::123456789012:role/r\" is in partition aws-cn but the STS region us-west-2 is in aws"},
        {"a user", "role_arn = arn:aws:iam::123456789012:user/r\n", bad_arn("arn:aws:iam::123456789012:user/r")},
        {"an account with a letter", "role_arn = arn:aws:iam::12345678901x:role/r\n", bad_arn("arn:aws:iam::12345678901x:role/r")},
        {"a role without a name", "role_arn = arn:aws:iam::123456789012:role/\n", bad_arn("arn:aws:iam::123456789012:role/")},
        {"a partition that doesn't exist", "role_arn = arn:aws-xx:iam::123456789012:role/r\n", bad_arn("arn:aws-xx:iam::123456789012:role/r")},
        {"too short", "role_arn = arn:aws:iam::1\n", who + "role ARN \"arn:aws:iam::1\" has 14 bytes; 20 to 2048 are possible"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = {good()}};
        CHECK(told(assume(world, r.config)) == r.outcome);
        CHECK(world.requests.empty());
    }
}

TEST_CASE("assume role: the selected profile and the environment say where the call goes and what it is signed for") {
    const std::string cn = "role_arn = arn:aws-cn:iam::123456789012:role/r\n", gov = "role_arn = arn:aws-us-gov:iam::123456789012:role/r\n";
    const std::string services = "services = x\n[services x]\nsts =\n  endpoint_url = http://127.0.0.1:99\n";
    struct row { const char* name; variables env; std::string a, s, host, region; };
    const row rows[] = {
        {"the cluster's region", {}, role, "", "https sts.us-west-2.amazonaws.com", "us-west-2"},
        {"45 AWS_REGION", {{"AWS_REGION", "us-east-1"}}, role, "region = eu-west-3\n", "https sts.us-east-1.amazonaws.com", "us-east-1"},
        {"46 AWS_REGION and AWS_DEFAULT_REGION", {{"AWS_REGION", "us-east-1"}, {"AWS_DEFAULT_REGION", "us-east-2"}}, role, "",
         "https sts.us-east-1.amazonaws.com", "us-east-1"},
        {"46 AWS_DEFAULT_REGION alone", {{"AWS_DEFAULT_REGION", "us-east-2"}}, role, "region = eu-west-3\n", "https sts.us-east-2.amazonaws.com",
         "us-east-2"},
        {"the selected profile's region", {}, role + "region = us-east-1\n", "region = eu-west-3\n", "https sts.eu-west-3.amazonaws.com", "eu-west-3"},
        {"the role's profile says nothing about calls", {}, role + "region = us-east-1\nendpoint_url = http://10.0.0.1\nretry_mode = foo\n", "",
         "https sts.us-west-2.amazonaws.com", "us-west-2"},
        {"China", {{"AWS_REGION", "cn-north-1"}}, cn, "", "https sts.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"35 FIPS", {{"AWS_USE_FIPS_ENDPOINT", "true"}}, role, "", "https sts-fips.us-west-2.amazonaws.com", "us-west-2"},
        {"35 FIPS in us-gov-west-1", {{"AWS_USE_FIPS_ENDPOINT", "true"}, {"AWS_REGION", "us-gov-west-1"}}, gov, "",
         "https sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
        {"36 FIPS and dual-stack in us-gov-west-1",
         {{"AWS_USE_FIPS_ENDPOINT", "true"}, {"AWS_USE_DUALSTACK_ENDPOINT", "true"}, {"AWS_REGION", "us-gov-west-1"}}, gov, "",
         "https sts-fips.us-gov-west-1.api.aws", "us-gov-west-1"},
        {"39 two endpoints", {{"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"}, {"AWS_ENDPOINT_URL", "http://127.0.0.1:2"}}, role, "",
         "http 127.0.0.1:1", "us-west-2"},
        {"40 an endpoint in a services section", {}, role, services, "http 127.0.0.1:99", "us-west-2"},
        {"41 and one of a variable", {{"AWS_ENDPOINT_URL", "https://h.example/"}}, role, services, "https h.example", "us-west-2"},
        {"42 and all are ignored", {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}}, role, services, "https sts.us-west-2.amazonaws.com", "us-west-2"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env, .replies = {good()}};
        CHECK(told(assume(world, r.a, r.s)) == assumed);
        REQUIRE(world.requests.size() == 1);
        const eksauth::http_request& call = world.requests[0];
        const std::string authority = call.authority(), type = header_of(call, "Content-Type");
        CHECK(call.scheme + " " + authority == r.host);
        const auto made = sign_headers({.method = "POST", .headers = {{"host", authority}, {"content-type", type}}, .body = call.body.reveal()}, keys(),
                                       {.at = example_time, .region = r.region, .service = "sts"});
        REQUIRE(made.has_value());
        CHECK(header_of(call, "Authorization") == made->authorization);
    }
    fake_world world{.replies = {good()}};
    CHECK(told(assume(world, role, "services = absent\n")).starts_with("failed: /h/.aws/config line 4: there is no section [services absent]"));  // row 43
    CHECK(world.requests.empty());
}

TEST_CASE("assume role: what STS refuses is told in full, and how often it is asked") {
    const std::string failed = "failed: AssumeRole of " + role_arn + " with KEYS failed: ";
    const std::string sent = " (HTTP 403, request id-1) from sts.us-west-2.amazonaws.com; ";
    struct row { const char* name; eksauth::http_response reply; std::string outcome; std::size_t requests; };
    const row rows[] = {
        {"94 AccessDenied", refusal(403, "AccessDenied"), "AccessDenied: why" + sent + "check the role's trust policy and the caller's own policy", 1},
        {"an unknown key", refusal(403, "InvalidClientTokenId"),
         "InvalidClientTokenId: why" + sent + "the access key is unknown, or of another partition", 1},
        {"a wrong secret", refusal(403, "SignatureDoesNotMatch"),
         "SignatureDoesNotMatch: why" + sent + "the secret access key or the system clock is wrong", 1},
        {"100 not for this call", refusal(403, "InvalidIdentityToken"),
         "InvalidIdentityToken: why" + sent + "check the role's OIDC provider and the token's audience, sts.amazonaws.com", 1},
        {"138 status 503 without XML", {.status = 503, .body = credbase::secret_string("hush")},
         "HTTP 503 (no error code) from sts.us-west-2.amazonaws.com", 3},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = {4, r.reply}};
        CHECK(told(assume(world, role)) == failed + r.outcome);
        CHECK(world.requests.size() == r.requests);
    }
}

TEST_CASE("assume role: each attempt is signed anew, and by the clock that earlier calls have shown") {
    fake_world world{.replies = {refusal(500, "Other"), good()}};
    fake_world home{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", "[profile a]\n" + role}}};
    const auto files = eksauth::load_shared_config(home.context());
    REQUIRE(told(files) == "ok");
    const eksauth::profile a(*files, "a");
    world.files["/etc/ssl/certs/ca-certificates.crt"] = "";
    eksauth::context ctx = world.context();
    ctx.sleep = [&](std::chrono::milliseconds) { world.now += std::chrono::seconds(2); };
    ctx.clock_offset = [] { return std::chrono::minutes(10); };
    const auto got = eksauth::assume_role(ctx, a, keys(), a, "us-west-2");
    REQUIRE(told(got) == assumed);
    CHECK(std::get<eksauth::credentials>(got).source == "role " + role_arn);
    REQUIRE(world.requests.size() == 2);
    CHECK(header_of(world.requests[0], "X-Amz-Date") == "20260102T031405Z");
    CHECK(header_of(world.requests[1], "X-Amz-Date") == "20260102T031407Z");
    CHECK(header_of(world.requests[0], "Authorization") != header_of(world.requests[1], "Authorization"));
    CHECK(world.requests[0].body.reveal() == world.requests[1].body.reveal());
}

TEST_CASE("assume role: a role that needs an MFA code is refused by name") {
    fake_world home{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", "[profile a]\n" + role + "mfa_serial = arn:x\n[profile b]\n" + role}}};
    const auto files = eksauth::load_shared_config(home.context());
    REQUIRE(told(files) == "ok");
    CHECK(told(eksauth::refuse_mfa(eksauth::profile(*files, "a"))) ==  // row 91
          "EKS-NOT-SUPPORTED: profile \"a\" needs an MFA code (mfa_serial=arn:x), which cannot be asked for here; use a session from "
          "\"aws sts get-session-token\" or SSO");
    CHECK(told(eksauth::refuse_mfa(eksauth::profile(*files, "b"))) == "ok");
}

TEST_CASE("assume role: each I/O step failed in turn ends in an error that names it") {
    fake_world whole{.env = {{"AWS_MAX_ATTEMPTS", "1"}}, .replies = {good()}};
    CHECK(told(assume(whole, role)) == assumed);
    REQUIRE(whole.steps == 1);  // a new step needs a new line below
    fake_world world{.env = {{"AWS_MAX_ATTEMPTS", "1"}}, .replies = {good()}, .fail_at = 0};
    CHECK(told(assume(world, role)) == "failed: AssumeRole of " + role_arn + " with KEYS failed: "
                                       "POST https://sts.us-west-2.amazonaws.com/: connection reset");
}

/// The role of vector D but for the session's name, which is made: no profile names it.
static eksauth::result<eksauth::credentials> assume_given(fake_world& world, const eksauth::assume_role_request& given = {role_arn, ""},
                                                          const std::string& profile = "", const eksauth::credentials& base = keys()) {
    world.env.insert({"HOME", "/h"});
    world.files["/etc/ssl/certs/ca-certificates.crt"] = "";
    return eksauth::assume_given_role(world.context(), given, base, "us-west-2", profile);
}

TEST_CASE("assume role: one that is given is called for like that of a profile") {
    const std::string config = role + "external_id = a/b+c\nrole_session_name = me@x\n";
    fake_world by_profile{.replies = {good()}}, given{.replies = {good()}};
    REQUIRE(told(assume(by_profile, config)) == assumed);
    const auto got = assume_given(given, {.role_arn = role_arn, .role_session_name = "me@x", .external_id = "a/b+c"});
    REQUIRE(describe(got) == assumed);
    CHECK(got->source == "role " + role_arn);
    REQUIRE(by_profile.requests.size() == 1);
    REQUIRE(given.requests.size() == 1);
    const eksauth::http_request &expected = by_profile.requests[0], &call = given.requests[0];
    CHECK(call.shown() == expected.shown());
    CHECK(call.body.reveal() == expected.body.reveal());
    CHECK(call.trust.files == expected.trust.files);
    CHECK(header_of(call, "Authorization") == header_of(expected, "Authorization"));
}

TEST_CASE("assume role: without a name for the session of a given role one is made") {
    fake_world world{.replies = {good()}};
    CHECK(describe(assume_given(world)) == assumed);
    REQUIRE(world.requests.size() == 1);
    CHECK(world.requests[0].body.reveal() == "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fhub%2Freader"
                                             "&RoleSessionName=eksauth-1767323045-5a5a5a5a");
}

TEST_CASE("assume role: a given role's credentials are the role's, whoever answers for those of the caller") {
    fake_world world{.replies = {good()}};
    eksauth::credentials base = keys();
    base.by_place = true;
    const auto got = assume_given(world, {role_arn, ""}, "", base);
    REQUIRE(describe(got) == assumed);
    CHECK_FALSE(got->by_place);
}

TEST_CASE("assume role: what of a given role is refused before any call") {
    const std::string failed = "EKS-SETTING: the given role: ";
    struct row { const char* name; eksauth::assume_role_request given; std::string outcome; };
    const row rows[] = {
        {"no ARN", {"", ""}, failed + "role ARN \"\" has 0 bytes; 20 to 2048 are possible"},
        {"a user", {"arn:aws:iam::123456789012:user/r", ""},
         failed + "role ARN \"arn:aws:iam::123456789012:user/r\" is not of the form arn:aws:iam::123456789012:role/name"},
        {"a role in China", {"arn:aws-cn:iam::123456789012:role/r", ""},
         failed + "role ARN \"arn:aws-cn:iam::123456789012:role/r\" is in partition aws-cn but the STS region us-west-2 is in aws"},
        {"a session name with a slash", {role_arn, "a/b"}, failed + "role_session_name: \"a/b\" must be 2 to 64 letters, digits and _+=,.@-"},
        {"an external id of one letter", {role_arn, "", "a"},
         failed + "external_id: \"a\" must be 2 to 1224 letters, digits and _+=,.@:/-"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = {good()}};
        CHECK(told(assume_given(world, r.given)) == r.outcome);
        CHECK(world.requests.empty());
    }
}

TEST_CASE("assume role: the way to STS for a given role is that of environment and selected profile") {
    const std::string config = "[default]\nregion = us-east-1\n[profile other]\nregion = eu-west-3\nca_bundle = /other.pem\n"
                               "[profile odd]\nregion = nowhere\n";
    struct row { const char* name; variables env; std::string profile, outcome; };
    const row rows[] = {
        {"the default profile", {}, "", "https sts.us-east-1.amazonaws.com by /etc/ssl/certs/ca-certificates.crt"},
        {"AWS_REGION", {{"AWS_REGION", "us-east-2"}}, "", "https sts.us-east-2.amazonaws.com by /etc/ssl/certs/ca-certificates.crt"},
        {"the profile of AWS_PROFILE", {{"AWS_PROFILE", "other"}}, "", "https sts.eu-west-3.amazonaws.com by /other.pem"},
        {"the caller's profile", {{"AWS_PROFILE", "odd"}}, "other", "https sts.eu-west-3.amazonaws.com by /other.pem"},
        {"an endpoint", {{"AWS_ENDPOINT_URL_STS", "https://h.example"}}, "", "https h.example by /etc/ssl/certs/ca-certificates.crt"},
        {"no file at all: the cluster's region", {{"AWS_CONFIG_FILE", "/none"}}, "",
         "https sts.us-west-2.amazonaws.com by /etc/ssl/certs/ca-certificates.crt"},
        {"a region that is none", {{"AWS_PROFILE", "odd"}}, "",
         "EKS-REGION: /h/.aws/config line 7: region \"nowhere\" is in no known partition; use a real region such as us-east-1, cn-north-1 or "
         "us-gov-west-1"},
        {"a profile that isn't there", {{"AWS_PROFILE", "absent"}}, "",
         "EKS-NO-PROFILE: profile \"absent\" (from AWS_PROFILE) not found in /h/.aws/config or /h/.aws/credentials (absent)"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env, .files = {{"/h/.aws/config", config}}, .replies = {good()}};
        const auto got = assume_given(world, {role_arn, ""}, r.profile);
        REQUIRE(world.requests.size() == (got ? 1 : 0));
        if (!got) {
            CHECK(told(got) == r.outcome);
            continue;
        }
        const eksauth::http_request& call = world.requests[0];
        CHECK(call.scheme + " " + call.authority() + " by " + call.trust.files.at(0) == r.outcome);
    }
}

TEST_CASE("assume role: what STS refuses of a given role, and each step that fails, is told in full") {
    const std::string failed = "AssumeRole of " + role_arn + " with KEYS failed: ";
    fake_world refused{.replies = {refusal(403, "AccessDenied")}};
    CHECK(told(assume_given(refused)) == "EKS-CALL-REFUSED: " + failed + "AccessDenied: why (HTTP 403, request id-1) from "
                                         "sts.us-west-2.amazonaws.com; check the role's trust policy and the caller's own policy");
    const variables once = {{"AWS_MAX_ATTEMPTS", "1"}};
    fake_world whole{.env = once, .replies = {good()}};
    REQUIRE(describe(assume_given(whole)) == assumed);
    const std::vector<std::string> expected = {
        "EKS-BAD-FILE: reading /h/.aws/config: Input/output error",
        "EKS-BAD-FILE: reading /h/.aws/credentials: Input/output error",
        "EKS-HTTP-CUT: " + failed + "POST https://sts.us-west-2.amazonaws.com/: connection reset",
    };
    REQUIRE(whole.steps == std::ssize(expected));
    for (int step = 0; step < whole.steps; ++step) {
        INFO(step);
        fake_world world{.env = once, .replies = {good()}, .fail_at = step};
        CHECK(told(assume_given(world)) == expected[static_cast<std::size_t>(step)]);
    }
}
