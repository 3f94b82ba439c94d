// SPDX-License-Identifier: Apache-2.0
#include <eksauth/services/imds.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <optional>
#include <string>

using eksauth::imds_step;

static eksauth::http_response ok(const std::string& body) { return {.status = 200, .body = credbase::secret_string(body)}; }

TEST_CASE("IMDS: a role's name is put into the path as data") {
    const eksauth::http_request to{.scheme = "http", .host = "h"};
    CHECK(eksauth::imds_get_call(to, "", std::nullopt).target == "/latest/meta-data/iam/security-credentials/");
    CHECK(eksauth::imds_get_call(to, "a+b=c,d.e@f_g-h", std::nullopt).target ==
          "/latest/meta-data/iam/security-credentials/a%2Bb%3Dc%2Cd.e%40f_g-h");
    CHECK(eksauth::imds_get_call(to, "", std::nullopt).headers.empty());
}

TEST_CASE("IMDS: the role is the first line, and a name that IAM allows") {
    const std::string character = "EKS-BAD-REPLY: the role's name has a character that IAM doesn't allow";
    struct row { const char* name; std::string body, outcome; };
    const row rows[] = {
        {"a name", "node-role", "node-role"},
        {"all kinds of characters", "aZ9+=,.@_-", "aZ9+=,.@_-"},
        {"two names", "first\nsecond", "first"},
        {"white space around", " \tnode\r\n", "node"},
        {"64 bytes", std::string(64, 'x'), std::string(64, 'x')},
        {"65 bytes", std::string(65, 'x'), "EKS-BAD-REPLY: the role's name has 65 bytes, limit 64"},
        {"132 a slash", "hush/x", character},
        {"a blank inside", "hush hush", character},
        {"a page", "<html>hush", character},
        {"nothing", "", "EKS-BAD-REPLY: the role's name is empty"},
        {"an empty first line", " \nrole", "EKS-BAD-REPLY: the role's name is empty"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto got = eksauth::parse_imds_role(ok(r.body));
        CHECK((got ? *got : told(got)) == r.outcome);
    }
}

TEST_CASE("IMDS: a token that can't stand in a header is refused") {
    CHECK(eksauth::parse_imds_token(ok("AQAE=="))->reveal() == "AQAE==");
    CHECK(told(eksauth::parse_imds_token(ok(""))) == "EKS-BAD-REPLY: the token is empty");
    for (const std::string bad : {"hush\r\nX: y", "hush hush", "hush\xff"})
        CHECK(told(eksauth::parse_imds_token(ok(bad))) == "EKS-BAD-REPLY: the token has a blank, control or non-ASCII character");
}

TEST_CASE("IMDS: credentials count only when the service says Success and all four are there") {
    const std::string keys = R"("AccessKeyId":"ASIA1","SecretAccessKey":"hush",)", token = R"("Token":"hush",)";
    const std::string expiry = R"("Expiration":"2026-01-02T09:00:00Z")", success = R"({"Code":"Success",)";
    const std::string trust = "; does the role's trust policy allow ec2.amazonaws.com?";
    struct row { const char* name; std::string body, outcome; };
    const row rows[] = {
        {"all of it", success + R"("Type":"AWS-HMAC",)" + keys + token + expiry + "}", "ok"},
        {"success in another case", R"({"Code":"SUCCESS",)" + keys + token + expiry + "}", "ok"},
        {"132 failed", R"({"Code":"Failed","Message":"no hush-sent-token"})",
         "EKS-CALL-REFUSED: the service answers Code \"Failed\": no [redacted]" + trust},
        {"failed without a message", R"({"Code":"Failed"})", "EKS-CALL-REFUSED: the service answers Code \"Failed\": no message" + trust},
        {"no code", "{" + keys + token + expiry + "}", "EKS-BAD-REPLY: Code is missing"},
        {"a code of another type", R"({"Code":1})", "EKS-BAD-REPLY: Code: expected string, got number"},
        {"no keys", success + token + expiry + "}", "EKS-BAD-REPLY: AccessKeyId is missing or empty"},
        {"no token", success + keys + expiry + "}", "EKS-BAD-REPLY: Token is missing or empty"},
        {"a long-term key without token", success + R"("AccessKeyId":"AKIA1","SecretAccessKey":"hush",)" + expiry + "}",
         "EKS-BAD-REPLY: Token is missing or empty"},
        {"no expiry", success + keys + R"("Token":"hush"})", "EKS-BAD-REPLY: Expiration is missing"},
        {"not JSON", "hush", "EKS-BAD-REPLY: syntax error at byte 0"},
        {"no object", "\"hush\"", "EKS-BAD-REPLY: expected object, got string"},
        {"too large", "\"" + std::string(16384, 'x') + "\"", "EKS-BAD-REPLY: too large (16386 bytes, limit 16384)"},
        {"a malformed id", success + R"("AccessKeyId":"hush/","SecretAccessKey":"hush",)" + token + expiry + "}",
         "EKS-BAD-CREDENTIALS: AccessKeyId has a character other than letters, digits and _"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(told(eksauth::parse_imds_credentials(ok(r.body), credbase::secret_string("hush-sent-token"))) == r.outcome);
    }
}

TEST_CASE("IMDS: a refusal says what its status means at that step") {
    const std::string failed = ": the instance metadata service failed; AWS_EC2_METADATA_DISABLED=true leaves it out";
    const std::string v2 = ": IMDSv2 is required but not offered; AWS_EC2_METADATA_V1_DISABLED=false allows IMDSv1";
    const std::string off = ": instance metadata access is turned off; set the instance's HttpEndpoint option to enabled";
    struct row { imds_step step; int status; std::string text; };
    const row rows[] = {
        {imds_step::token, 400, failed},
        {imds_step::token, 401, failed},
        {imds_step::token, 403, off},
        {imds_step::token, 404, v2},
        {imds_step::token, 405, v2},
        {imds_step::token, 503, failed},
        {imds_step::token, 302, ": redirects are not followed"},
        {imds_step::role, 401, ": the token is not accepted; IMDSv2 may be required"},
        {imds_step::role, 403, off},
        {imds_step::role, 404, ": the instance has no IAM role; attach an instance profile to it"},
        {imds_step::role, 405, failed},
        {imds_step::credentials, 404, failed},
    };
    for (const row& r : rows) CHECK(eksauth::imds_refusal(r.step, r.status).text() == "HTTP " + std::to_string(r.status) + r.text);
}
