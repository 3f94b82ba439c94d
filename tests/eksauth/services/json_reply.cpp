// SPDX-License-Identifier: Apache-2.0
#include <eksauth/services/json_reply.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <string>
#include <vector>

static eksauth::result<eksauth::credentials> read(const std::string& json) {
    const auto document = credbase::parse_json(json, {.bytes = 4096, .depth = 32}, eksauth::errc::bad_reply);
    REQUIRE(document.has_value());
    return eksauth::read_json_credentials(*credbase::json_fields::of(*document, "", eksauth::errc::bad_reply));
}

TEST_CASE("credentials in JSON: the members decide, and no value is told") {
    const std::string id = R"("AccessKeyId":"ASIA1",)", secret = R"("SecretAccessKey":"hush",)", token = R"("Token":"hush")";
    struct row { const char* name; std::string json, outcome; };
    const row rows[] = {
        {"all four", "{" + id + secret + token + R"(,"Expiration":"2026-01-02T04:00:00Z"})",
         "credentials: ASIA1 with a session token until 2026-01-02T04:00:00Z"},
        {"no expiry", "{" + id + secret + token + "}", "credentials: ASIA1 with a session token"},
        {"an expiry of null", "{" + id + secret + token + R"(,"Expiration":null})", "credentials: ASIA1 with a session token"},
        {"unknown members", "{" + id + secret + token + R"(,"AccountId":1,"RoleArn":[]})", "credentials: ASIA1 with a session token"},
        {"a long-term key without token", R"({"AccessKeyId":"AKIA1",)" + secret + R"("Token":""})", "credentials: AKIA1"},
        {"no id", "{" + secret + token + "}", "failed: AccessKeyId is missing or empty"},
        {"an empty id", R"({"AccessKeyId":"",)" + secret + token + "}", "failed: AccessKeyId is missing or empty"},
        {"an id in other case", R"({"accessKeyId":"ASIA1",)" + secret + token + "}", "failed: AccessKeyId is missing or empty"},
        {"no secret", "{" + id + token + "}", "failed: SecretAccessKey is missing or empty"},
        {"no token", "{" + id + R"("SecretAccessKey":"hush"})", "failed: Token is missing or empty"},
        {"a secret of another type", "{" + id + R"("SecretAccessKey":["hush"],)" + token + "}",
         "failed: SecretAccessKey: expected string, got array"},
        {"an expiry of another type", "{" + id + secret + token + R"(,"Expiration":5})", "failed: Expiration: expected string, got number"},
        {"an expiry that is no time", "{" + id + secret + token + R"(,"Expiration":"hush"})",
         "failed: Expiration is not an RFC 3339 time such as 2026-01-02T03:04:05Z"},
        {"an empty expiry", "{" + id + secret + token + R"(,"Expiration":""})",
         "failed: Expiration is not an RFC 3339 time such as 2026-01-02T03:04:05Z"},
        {"a line end in the token", "{" + id + secret + R"("Token":"hush\r\nX: y"})",
         "failed: Token has a character at offset 4 that no AWS credential has"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(without_secrets(describe(read(r.json))) == r.outcome);
    }
}

TEST_CASE("a refusal in JSON: its words are quoted without what we had sent") {
    const std::string sent = "hush-hush-1";
    struct row { const char* name; std::string type, body, text; };
    const row rows[] = {
        {"lower case", "application/json", R"({"code":"AccessDenied","message":"no role"})", "AccessDenied: no role (HTTP 403)"},
        {"upper case", "", R"({"Code":"AccessDenied","Message":"no role"})", "AccessDenied: no role (HTTP 403)"},
        {"the token sent back", "", R"({"code":"hush-hush-1","message":"bad hush-hush-1, hush-hush-1"})",
         "[redacted]: bad [redacted], [redacted] (HTTP 403)"},
        {"an OAuth error", "", R"({"error":"invalid_grant","error_description":"over"})", "invalid_grant: over (HTTP 403)"},
        {"a type with its namespace", "", R"({"__type":"com.amazonaws#ForbiddenException","message":"no"})", "ForbiddenException: no (HTTP 403)"},
        {"members of other types", "", R"({"code":1,"message":["hush"]})", "HTTP 403 (no error code)"},
        {"plain text", "text/plain; charset=utf-8", "no hush-hush-1\n", "HTTP 403 (no error code): no [redacted]\\n"},
        {"text of an unknown type", "", "hush", "HTTP 403 (no error code)"},
        {"a page", "text/html", "<p>hush</p>", "HTTP 403 (no error code)"},
        {"JSON that is no object", "application/json", R"(["hush"])", "HTTP 403 (no error code)"},
        {"a long message", "", R"({"code":"C","message":")" + std::string(600, 'x') + "\"}", "C: " + std::string(509, 'x') + "\u2026 (HTTP 403)"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        eksauth::http_response reply{.status = 403, .body = credbase::secret_string(r.body)};
        if (!r.type.empty()) reply.headers = {{"content-type", credbase::secret_string(r.type)}};
        CHECK(without_secrets(eksauth::parse_json_error(reply, {credbase::secret_string(sent)}).text()) == r.text);
    }
    CHECK(eksauth::words_of_peer("a short one", {credbase::secret_string("short")}) == "a short one");
}
