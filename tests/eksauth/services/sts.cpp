// SPDX-License-Identifier: Apache-2.0
#include <eksauth/services/sts.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <chrono>
#include <string>
#include <string_view>

/// Method, target and headers as lines, and the body behind an empty one.
static std::string shown(const eksauth::http_request& call) {
    std::string out = call.method + " " + call.target + "\n";
    for (const eksauth::http_header& one : call.headers) out.append(one.name + ": ").append(one.value.reveal()).append("\n");
    return out.append("\n").append(call.body.reveal());
}

static eksauth::credentials keys_of(std::string_view session_token) {
    return {.access_key_id = example_id,
            .secret_access_key = credbase::secret_string(example_secret),
            .session_token = credbase::secret_string(session_token)};
}

static const std::string form_type = "application/x-www-form-urlencoded; charset=utf-8";

TEST_CASE("sts: AssumeRole is vector D, byte for byte") {
    const std::string session_token = "FwoGZXIvYXdzEXAMPLE//////////wEaDKexample+session/token==AbCdEf0123456789";
    const auto got = eksauth::assume_role_call({.host = "sts.us-west-2.amazonaws.com"},
                                               {.role_arn = "arn:aws:iam::123456789012:role/hub/reader",
                                                .role_session_name = "eksauth-1767323045-0a1b2c3d",
                                                .external_id = "a/b+c",
                                                .duration = std::chrono::hours(1)},
                                               keys_of(session_token), "us-west-2", example_time);
    REQUIRE(got.has_value());
    CHECK(shown(*got) ==
          "POST /\n"
          "Content-Type: " + form_type + "\n"
          "X-Amz-Date: 20260102T030405Z\n"
          "X-Amz-Security-Token: " + session_token + "\n"
          "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/sts/aws4_request, "
          "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
          "Signature=64f0cc66e167fbfe882c419832126a4dd82a87aad0b28b67d7e78ab004c44750\n"
          "\n"
          "Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600&ExternalId=a%2Fb%2Bc&"
          "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fhub%2Freader&RoleSessionName=eksauth-1767323045-0a1b2c3d");
    CHECK(got->body.size() == 186);
    CHECK(got->shown() == "POST https://sts.us-west-2.amazonaws.com/");
}

TEST_CASE("sts: AssumeRole sends what is set, and nothing else") {
    const std::string start = "Action=AssumeRole&Version=2011-06-15&", end = "RoleArn=r&RoleSessionName=n";
    struct row { const char* name; eksauth::assume_role_request role; std::string body; };
    const row rows[] = {
        {"neither", {.role_arn = "r", .role_session_name = "n"}, start + end},
        {"an external id", {.role_arn = "r", .role_session_name = "n", .external_id = "a b&c=d"}, start + "ExternalId=a%20b%26c%3Dd&" + end},
        {"a duration", {.role_arn = "r", .role_session_name = "n", .duration = std::chrono::minutes(15)}, start + "DurationSeconds=900&" + end},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto got = eksauth::assume_role_call({.host = "h"}, r.role, keys_of(""), "us-east-1", example_time);
        REQUIRE(got.has_value());
        CHECK(got->body.reveal() == r.body);
    }
}

TEST_CASE("sts: without a session token there is no header for it, neither sent nor signed") {
    const auto got = eksauth::assume_role_call({.host = "h"}, {.role_arn = "r", .role_session_name = "n"}, keys_of(""), "us-east-1", example_time);
    REQUIRE(got.has_value());
    const std::string text = shown(*got);
    INFO(text);
    CHECK(text.find("X-Amz-Security-Token") == std::string::npos);
    CHECK(text.find("SignedHeaders=content-type;host;x-amz-date,") != std::string::npos);
}

TEST_CASE("sts: 45 the signature is for the region, the host and the second that are given") {
    const auto authorization = [](const eksauth::http_request& to, std::string_view region, std::chrono::sys_seconds at) {
        const auto got = eksauth::assume_role_call(to, {.role_arn = "r", .role_session_name = "n"}, keys_of(""), region, at);
        REQUIRE(got.has_value());
        CHECK(got->authority() == to.authority());
        return std::string(got->headers.back().value.reveal());
    };
    const std::string plain = authorization({.host = "h"}, "us-east-1", example_time);
    CHECK(plain.find("Credential=AKIDEXAMPLE/20260102/us-east-1/sts/aws4_request,") != std::string::npos);
    CHECK(authorization({.host = "h", .port = "443"}, "us-east-1", example_time) == plain);
    CHECK(authorization({.host = "h", .port = "8443"}, "us-east-1", example_time) != plain);
    CHECK(authorization({.host = "i"}, "us-east-1", example_time) != plain);
    CHECK(authorization({.host = "h"}, "us-west-2", example_time) != plain);
    CHECK(authorization({.host = "h"}, "us-east-1", example_time + std::chrono::seconds(1)) != plain);
}

TEST_CASE("sts: AssumeRoleWithWebIdentity carries no signature and no key") {
    const eksauth::http_request got = eksauth::web_identity_call(
        {.host = "sts.us-west-2.amazonaws.com", .trust = {.files = {"/ca"}, .folders = {}}},
        {.role_arn = "arn:aws:iam::123456789012:role/r", .role_session_name = "a@b", .token = credbase::secret_string("ey.J+/=\n")});
    CHECK(shown(got) ==
          "POST /\n"
          "Content-Type: " + form_type + "\n"
          "\n"
          "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr&"
          "RoleSessionName=a%40b&WebIdentityToken=ey.J%2B%2F%3D%0A");
    CHECK(got.shown() == "POST https://sts.us-west-2.amazonaws.com/");
    CHECK(got.trust.files.size() == 1);  // what was given stays
}

/// A good answer's four fields, to be changed by the tables.
static const std::string id = "<AccessKeyId>ASIAX</AccessKeyId>", secret = "<SecretAccessKey>hush+secret/key</SecretAccessKey>",
                         token = "<SessionToken>hush+session/token</SessionToken>", until = "<Expiration>2026-01-02T04:04:05Z</Expiration>";

/// An answer to `action` with such fields.
static std::string answer(const std::string& fields, const std::string& action = "AssumeRole") {
    return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
           "Result><AssumedRoleUser><AssumedRoleId>AROA:n</AssumedRoleId><Arn>arn</Arn></AssumedRoleUser><Credentials>" + fields +
           "</Credentials></" + action + "Result><ResponseMetadata><RequestId>1-2</RequestId></ResponseMetadata></" + action + "Response>";
}

static eksauth::result<eksauth::credentials> read(const std::string& body, std::string_view action = "AssumeRole") {
    return eksauth::parse_sts_credentials({.status = 200, .headers = {}, .body = credbase::secret_string(body)}, action);
}

TEST_CASE("sts: the credentials of a good answer are read") {
    const auto got = read(answer(id + secret + token + until));
    REQUIRE(told(got) == "ok");
    CHECK(got->access_key_id == "ASIAX");
    CHECK(got->secret_access_key.reveal() == hush_secret);
    CHECK(got->session_token.reveal() == hush_token);
    CHECK(got->expires == example_time + std::chrono::hours(1));
}

TEST_CASE("sts: an answer gives credentials in any order and dress, or an error without a secret") {
    const std::string good = "credentials: ASIAX with a session token until 2026-01-02T04:04:05Z";
    const std::string all = id + secret + token + until;
    struct row { const char* name; std::string body, outcome; };
    const row rows[] = {
        {"as STS answers", answer(all), good},
        {"136 in another order", answer(until + token + secret + id), good},
        {"136 with comments and blanks", "<!-- c -->" + answer(id + "\n<!-- c -->\n" + secret + " " + token + until) + "<!-- c -->\n", good},
        {"136 a fraction in Expiration", answer(id + secret + token + "<Expiration>2026-01-02T04:04:05.678Z</Expiration>"), good},
        {"an offset in Expiration", answer(id + secret + token + "<Expiration>2026-01-02T05:04:05+01:00</Expiration>"), good},
        {"with unknown elements", answer(all + "<New>x</New>"), good},
        {"with references and CDATA",
         answer("<AccessKeyId>&#65;SIAX</AccessKeyId><SecretAccessKey><![CDATA[hush+secret/key]]></SecretAccessKey>" + token + until), good},
        {"137 a document type", "<!DOCTYPE a>" + answer(all),
         "failed: XML: a declaration where an element is expected at byte 9"},
        {"137 AccessKeyId twice", answer(id + all), "failed: AssumeRoleResponse/AssumeRoleResult/Credentials/AccessKeyId occurs twice"},
        {"137 SecretAccessKey twice", answer(all + secret),
         "failed: AssumeRoleResponse/AssumeRoleResult/Credentials/SecretAccessKey occurs twice"},
        {"137 SessionToken is missing", answer(id + secret + until), "failed: SessionToken is missing"},
        {"137 cut short", answer(all).substr(0, answer(all).size() - 1), "failed: XML: an unclosed tag at byte 477"},
        {"AccessKeyId is missing", answer(secret + token + until), "failed: AccessKeyId is missing"},
        {"SecretAccessKey is missing", answer(id + token + until), "failed: SecretAccessKey is missing"},
        {"Expiration is missing", answer(id + secret + token), "failed: Expiration is missing"},
        {"an empty SessionToken", answer(id + secret + "<SessionToken/>" + until), "failed: SessionToken is missing"},
        {"an empty AccessKeyId", answer("<AccessKeyId> </AccessKeyId>" + secret + token + until), "failed: AccessKeyId is missing"},
        {"an element inside SecretAccessKey", answer(id + "<SecretAccessKey>hush<b/></SecretAccessKey>" + token + until),
         "failed: SecretAccessKey is missing"},
        {"a number as Expiration", answer(id + secret + token + "<Expiration>1767326645</Expiration>"),
         "failed: Expiration is not an RFC 3339 time"},
        {"a line end inside the secret", answer(id + "<SecretAccessKey>hush\nkey</SecretAccessKey>" + token + until),
         "failed: SecretAccessKey has a character at offset 4 that no AWS credential has"},
        {"another character in AccessKeyId", answer("<AccessKeyId>ASIA/X</AccessKeyId>" + secret + token + until),
         "failed: AccessKeyId has a character other than letters, digits and _"},
        {"the answer to another call", answer(all, "AssumeRoleWithWebIdentity"), "failed: AccessKeyId is missing"},
        {"fields in another place", "<AssumeRoleResponse><Credentials>" + all + "</Credentials></AssumeRoleResponse>",
         "failed: AccessKeyId is missing"},
        {"fields hidden in a text", answer("<Note><![CDATA[" + all + "]]></Note>"), "failed: AccessKeyId is missing"},
        {"nothing", "", "failed: XML: no element at byte 0"},
        {"JSON", "{\"Credentials\":{\"SecretAccessKey\":\"hush\"}}", "failed: XML: text outside of the root element at byte 0"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(without_secrets(describe(read(r.body))) == r.outcome);
    }
}

TEST_CASE("sts: the answer to web identity has names of its own") {
    const std::string body = answer(id + secret + token + until, "AssumeRoleWithWebIdentity");
    CHECK(told(read(body, "AssumeRoleWithWebIdentity")) == "ok");
}

TEST_CASE("sts: what a refusal says is read where it can be") {
    const std::string fields = "<Type>Sender</Type><Code>AccessDenied</Code><Message>User &amp; role</Message>";
    struct row { const char* name; int status; std::string body, text; };
    const row rows[] = {
        {"as STS answers", 403,
         "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>" + fields + "</Error><RequestId>1-2</RequestId></ErrorResponse>",
         "AccessDenied: User & role (HTTP 403, request 1-2)"},
        {"Error as the root", 400, "<Error>" + fields + "</Error>", "AccessDenied: User & role (HTTP 400)"},
        {"Errors as EC2 has them", 400, "<ErrorResponse><Errors><Error>" + fields + "</Error></Errors><RequestId>1-2</RequestId></ErrorResponse>",
         "AccessDenied: User & role (HTTP 400, request 1-2)"},
        {"no message", 400, "<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>", "X (HTTP 400)"},
        {"the code in another place", 400, "<Code>X</Code>", "HTTP 400 (no error code)"},
        {"138 not XML", 503, "upstream connect error", "HTTP 503 (no error code)"},
        {"138 HTML", 503, "<!DOCTYPE html><html><body>503</body></html>", "HTTP 503 (no error code)"},
        {"nothing", 500, "", "HTTP 500 (no error code)"},
        {"our token sent back", 403, "<Error><Code>SignatureDoesNotMatch</Code><Message>x-amz-security-token:" + hush_token + "\n</Message></Error>",
         "SignatureDoesNotMatch: x-amz-security-token:[redacted] (HTTP 403)"},
        {"cut short", 403, "<ErrorResponse><Error>" + fields, "HTTP 403 (no error code)"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto got = eksauth::parse_sts_error({.status = r.status, .headers = {}, .body = credbase::secret_string(r.body)}, {credbase::secret_string(hush_token)});
        CHECK(got.status == r.status);
        CHECK(got.text() == r.text);
    }
}
