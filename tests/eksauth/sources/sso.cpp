// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/sso.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

using variables = std::map<std::string, std::string>;
using answer = std::variant<eksauth::http_response, eksauth::error>;

// sha1("s") and sha1("https://start.example")
static const std::string cache = "/h/.aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
                         legacy_cache = "/h/.aws/sso/cache/1c5a689b7bb92284d0c514c4b1c1e1ce96d9621f.json";
static const std::string role = "sso_account_id = 123456789012\nsso_role_name = reader/x\n", start = "sso_start_url = https://start.example\n",
                         where = "sso_region = eu-west-1\n";
static const std::string by_session = "[profile p]\nsso_session = s\n" + role + "[sso-session s]\n" + start + where,
                         legacy = "[profile p]\n" + role + start + where;
static const std::string served = "credentials: ASIASSO with a session token until 2026-01-02T09:04:05Z";

static std::string token(const std::string& expires, const std::string& more = "", const std::string& access = "hush-access-1") {
    return R"({"accessToken":")" + access + R"(","expiresAt":")" + expires + "\"" + more + "}";
}
static const std::string renewable = R"(,"clientId":"id","clientSecret":"hush-client","refreshToken":"hush-refresh-1","registrationExpiresAt":"2026-03-01T00:00:00Z","other":[1])";

static answer reply(int status, const std::string& body, const std::string& type = "") {
    eksauth::http_response made{.status = status, .body = credbase::secret_string(body)};
    if (!type.empty()) made.headers.push_back({"x-amzn-ErrorType", credbase::secret_string(type)});
    return made;
}
static const answer good = reply(200, R"({"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"hush","sessionToken":"hush","expiration":1767344645999}})"),
                    renewed = reply(200, R"({"accessToken":"hush-access-2","expiresIn":28800,"tokenType":"Bearer","refreshToken":"hush-refresh-2"})");

/// A world with that config and token file, and these answers.
static fake_world world_of(const std::string& config, const std::string& path, const std::string& content, const std::vector<answer>& replies) {
    fake_world world{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", config}, {"/etc/ssl/certs/ca-certificates.crt", ""}}, .replies = replies};
    if (!content.empty()) world.files[path] = content;
    return world;
}

static eksauth::outcome ask(fake_world& world) {
    fake_world home{.env = {{"HOME", "/h"}}, .files = world.files};
    const auto files = eksauth::load_shared_config(home.context());
    REQUIRE(told(files) == "ok");
    const eksauth::profile selected(*files, "p");
    return eksauth::from_sso(world.context(), selected, selected);
}

static std::string line_of(const eksauth::http_request& call) { return call.method + " " + call.scheme + "://" + call.authority() + call.target; }
static std::string warnings_of(const eksauth::outcome& outcome) {
    std::string out;
    for (const std::string& one : std::get<eksauth::credentials>(outcome).warnings) out += without_secrets(one);
    return out;
}

TEST_CASE("sso: 102 a valid login is one call to the portal of its region") {
    fake_world world = world_of(by_session, cache, token("2026-01-02T04:00:00Z"), {good});
    const auto outcome = ask(world);
    CHECK(told(outcome) == served);
    CHECK(std::get<eksauth::credentials>(outcome).source == "SSO of profile \"p\"");
    REQUIRE(world.requests.size() == 1);
    CHECK(line_of(world.requests[0]) == "GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=reader%2Fx&account_id=123456789012");
    REQUIRE(world.requests[0].headers.size() == 1);
    CHECK(world.requests[0].headers[0].name == "x-amz-sso_bearer_token");
    CHECK(world.requests[0].headers[0].value.reveal() == "hush-access-1");
}

TEST_CASE("sso: 103 a login that ends is renewed, and its file keeps what it had") {
    for (const char* expires : {"2026-01-02T03:00:00Z", "2026-01-02T03:09:05Z"}) {
        INFO(expires);
        fake_world world = world_of(by_session, cache, token(expires, renewable), {renewed, good});
        const auto outcome = ask(world);
        CHECK(told(outcome) == served);
        CHECK(warnings_of(outcome).empty());
        REQUIRE(world.requests.size() == 2);
        CHECK(line_of(world.requests[0]) == "POST https://oidc.eu-west-1.amazonaws.com/token");
        CHECK(world.requests[0].headers[0].value.reveal() == "application/json");
        CHECK(world.requests[0].body.reveal() == R"({"clientId":"id","clientSecret":"hush-client","grantType":"refresh_token","refreshToken":"hush-refresh-1"})");
        CHECK(world.requests[1].headers[0].value.reveal() == "hush-access-2");
        CHECK(world.files[cache] == R"({"accessToken":"hush-access-2","expiresAt":"2026-01-02T11:04:05Z","clientId":"id","clientSecret":"hush-client",)"
                                    R"("refreshToken":"hush-refresh-2","registrationExpiresAt":"2026-03-01T00:00:00Z","other":[1]})");
    }
    fake_world kept = world_of(by_session, cache, token("2026-01-02T03:00:00Z", renewable), {reply(200, R"({"accessToken":"hush-access-2","expiresIn":1})"), good});
    CHECK(told(ask(kept)) == served);
    CHECK(kept.files[cache].find("\"refreshToken\":\"hush-refresh-1\"") != std::string::npos);
}

TEST_CASE("sso: 104 a file that can't be written is a warning") {
    fake_world world = world_of(by_session, cache, token("2026-01-02T03:00:00Z", renewable), {renewed, good});
    world.read_only = true;
    const auto outcome = ask(world);
    CHECK(told(outcome) == served);
    CHECK(warnings_of(outcome) == "the renewed token is used but can't be kept, so that a new login may be needed soon: writing " + cache + ": Read-only file system");
}

TEST_CASE("sso: without a login that is good the user learns how to get one, and nothing is called") {
    const std::string advice = "; run: aws sso login --profile p", reading = "failed: reading " + cache + ": ";
    struct row { const char* name; std::string config, content, outcome; };
    const std::string expired = "2026-01-02T03:05:05Z";
    const auto over = [&](const std::string& path, const std::string& more) { return "failed: the token in " + path + " has expired at " + expired + more + advice; };
    const row rows[] = {
        {"105 no file", by_session, "", reading + "no such file" + advice},
        {"not JSON", by_session, "hush", reading + "no JSON: syntax error at byte 0" + advice},
        {"no token", by_session, R"({"expiresAt":"2030-01-01T00:00:00Z"})", reading + "accessToken is missing or empty" + advice},
        {"a token of another type", by_session, R"({"accessToken":5,"expiresAt":"2030-01-01T00:00:00Z"})", reading + "accessToken: expected string, got number" + advice},
        {"a token with a line end", by_session, token("2030-01-01T00:00:00Z", "", "hush\\nX: y"), reading + "accessToken has a character at offset 4 that no AWS credential has" + advice},
        {"no expiry", by_session, R"({"accessToken":"hush"})", reading + "expiresAt is missing or empty" + advice},
        {"an expiry that is none", by_session, token("soon"), reading + "expiresAt is not an RFC 3339 time such as 2026-01-02T03:04:05Z" + advice},
        {"105 expired without what renews it", by_session, token(expired), over(cache, " and can't be renewed")},
        {"expired, and the registration too", by_session,
         token(expired, R"(,"clientId":"id","clientSecret":"hush","refreshToken":"hush","registrationExpiresAt":"2026-01-02T03:04:05Z")"), over(cache, " and can't be renewed")},
        {"108 the legacy form is never renewed", legacy, token(expired, renewable), over(legacy_cache, "")},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of(r.config, r.config == legacy ? legacy_cache : cache, r.content, {good, good});
        CHECK(told(ask(world)) == r.outcome);
        CHECK(world.requests.empty());
    }
}

TEST_CASE("sso: 108 the legacy form's login is found by its start URL") {
    fake_world world = world_of(legacy, legacy_cache, token("2026-01-02T03:06:00UTC"), {good});
    CHECK(told(ask(world)) == served);
    CHECK(world.requests.size() == 1);
}

TEST_CASE("sso: what a failed renewal means depends on the token that is left") {
    const answer refused = reply(400, R"({"error":"invalid_grant","error_description":"hush-refresh-1 is used"})", "InvalidGrantException"),
                 busy = reply(500, "{}", "InternalServerException");
    const std::string why = "CreateToken for https://start.example failed: InvalidGrantException: invalid_grant: [redacted] is used (HTTP 400) from oidc.eu-west-1.amazonaws.com";
    {
        INFO("expired: the failure is told");
        fake_world world = world_of(by_session, cache, token("2026-01-02T03:00:00Z", renewable), {refused});
        CHECK(told(ask(world)) == "failed: " + why + "; run: aws sso login --profile p");
    }
    {
        INFO("still good: it is used, and the user warned");
        fake_world world = world_of(by_session, cache, token("2026-01-02T03:06:05Z", renewable), {refused, good});
        const auto outcome = ask(world);
        CHECK(told(outcome) == served);
        CHECK(warnings_of(outcome) == "the token of IAM Identity Center expires at 2026-01-02T03:06:05Z and couldn't be renewed: " + why);
        CHECK(world.requests.back().headers[0].value.reveal() == "hush-access-1");
    }
    {
        INFO("another process has renewed it meanwhile");
        fake_world world = world_of(by_session, cache, token("2026-01-02T03:00:00Z", renewable), {refused, good});
        eksauth::context ctx = world.context();
        ctx.http = [&world, inner = ctx.http](const eksauth::http_request& request) {
            world.files[cache] = token("2026-01-02T05:00:00Z", "", "hush-access-3");
            return inner(request);
        };
        fake_world home{.env = {{"HOME", "/h"}}, .files = world.files};
        const auto files = eksauth::load_shared_config(home.context());
        const eksauth::profile selected(*files, "p");
        CHECK(told(eksauth::from_sso(ctx, selected, selected)) == served);
        CHECK(world.requests.back().headers[0].value.reveal() == "hush-access-3");
    }
    {
        INFO("a service in trouble is asked again");
        fake_world world = world_of(by_session, cache, token("2026-01-02T03:00:00Z", renewable), {busy, renewed, good});
        CHECK(told(ask(world)) == served);
        CHECK(world.requests.size() == 3);
    }
    {
        INFO("an answer that can't be understood");
        fake_world world = world_of(by_session, cache, token("2026-01-02T03:00:00Z", renewable), {reply(200, R"({"accessToken":"hush-a","expiresIn":0})")});
        CHECK(told(ask(world)) == "failed: CreateToken for https://start.example failed: POST https://oidc.eu-west-1.amazonaws.com/token: "
                                  "HTTP 200, no Content-Type, 38 bytes: expiresIn is missing, or no sane number of seconds; run: aws sso login --profile p");
        CHECK(world.files[cache] == token("2026-01-02T03:00:00Z", renewable));
    }
}

TEST_CASE("sso: what the portal answers is told with account and role") {
    const std::string what = "failed: GetRoleCredentials of account 123456789012, role \"reader/x\" failed: ", host = " from portal.sso.eu-west-1.amazonaws.com";
    const std::string shown = what + "GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials: HTTP 200, no Content-Type, ";
    struct row { const char* name; answer portal; std::string outcome; };
    const row rows[] = {
        {"106 the login is over", reply(401, R"({"message":"token hush-access-1 not valid"})", "UnauthorizedException:http://x"),
         what + "UnauthorizedException: token [redacted] not valid (HTTP 401)" + host + "; the login is over; run: aws sso login --profile p"},
        {"no such role", reply(404, R"({"message":"No roles"})", "ResourceNotFoundException"),
         what + "ResourceNotFoundException: No roles (HTTP 404)" + host + "; has the user that role in that account?"},
        {"forbidden", reply(403, R"({"message":"No access"})", "ForbiddenException"),
         what + "ForbiddenException: No access (HTTP 403)" + host + "; has the user that role in that account?"},
        {"another refusal", reply(400, "hush"), what + "HTTP 400 (no error code)" + host},
        {"a redirect", reply(302, ""), what + "HTTP 302 (no error code)" + host},
        {"no JSON", reply(200, "hush"), shown + "4 bytes: syntax error at byte 0"},
        {"no credentials", reply(200, "{}"), shown + "2 bytes: roleCredentials is missing"},
        {"no secret", reply(200, R"({"roleCredentials":{"accessKeyId":"A","sessionToken":"hush","expiration":1}})"), shown + "76 bytes: roleCredentials.secretAccessKey is missing or empty"},
        {"an expiry in seconds as text", reply(200, R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"hush","sessionToken":"hush","expiration":"1"}})"),
         shown + "103 bytes: roleCredentials.expiration: expected number, got string"},
        {"no expiry", reply(200, R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"hush","sessionToken":"hush"}})"),
         shown + "86 bytes: roleCredentials.expiration is missing, or no time in milliseconds"},
        {"reset", eksauth::error(eksauth::errc::http_tls, "no trust"), what + "GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials: no trust"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of(by_session, cache, token("2026-01-02T04:00:00Z"), {r.portal});
        CHECK(told(ask(world)) == r.outcome);
    }
    fake_world throttled = world_of(by_session, cache, token("2026-01-02T04:00:00Z"), {reply(429, "{}", "TooManyRequestsException"), good});
    CHECK(told(ask(throttled)) == served);
    CHECK(throttled.requests.size() == 2);
}

TEST_CASE("sso: settings that are missing or contradict each other are named before anything is read") {
    const std::string who = "failed: profile \"p\" ", lacks = who + "asks for IAM Identity Center (SSO) and lacks ", session = "[profile p]\nsso_session = s\n";
    struct row { const char* name; std::string config, outcome; };
    const row rows[] = {
        {"107 no account", session + "sso_role_name = r\n[sso-session s]\n" + start + where, lacks + "sso_account_id"},
        {"107 nothing but the session", session + "[sso-session s]\n", lacks + "sso_start_url (in [sso-session s]), sso_region (in [sso-session s]), sso_account_id, sso_role_name"},
        {"107 the region only in the profile", session + role + where + "[sso-session s]\n" + start, lacks + "sso_region (in [sso-session s])"},
        {"107 another region", session + role + "sso_region = us-east-1\n[sso-session s]\n" + start + where,
         who + "has another sso_region than [sso-session s]: \"us-east-1\" and \"eu-west-1\""},
        {"another start URL", session + role + "sso_start_url = https://x\n[sso-session s]\n" + start + where,
         who + "has another sso_start_url than [sso-session s]: \"https://x\" and \"https://start.example\""},
        {"no such session", session + role, who + "names [sso-session s], which is not in /h/.aws/config"},
        {"the legacy form without a region", "[profile p]\n" + role + start, lacks + "sso_region"},
        {"the legacy form with only a role", "[profile p]\nsso_role_name = r\n", lacks + "sso_start_url, sso_region, sso_account_id"},
        {"an account that is none", session + "sso_account_id = 12345\nsso_role_name = r\n[sso-session s]\n" + start + where,
         who + "has sso_account_id \"12345\"; it must be 12 digits"},
        {"a region that is none", session + role + "[sso-session s]\n" + start + "sso_region = x.evil.example\n",
         "failed: profile \"p\": sso_region: region \"x.evil.example\" has the byte 0x2e at offset 1; only a-z, 0-9 and - may stand in a region"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of(r.config, cache, token("2026-01-02T04:00:00Z"), {good});
        CHECK(told(ask(world)) == r.outcome);
        CHECK(world.requests.empty());
        CHECK(world.steps == 0);
    }
    fake_world same = world_of(session + role + start + where + "[sso-session s]\n" + start + where, cache, token("2026-01-02T04:00:00Z"), {good});
    CHECK(told(ask(same)) == served);
    fake_world in_session = world_of(session + "[sso-session s]\n" + start + where + role, cache, token("2026-01-02T04:00:00Z"), {good});
    CHECK(told(ask(in_session)) == served);
}

TEST_CASE("sso: each step that fails is an error or leaves credentials, and its words hold no secret") {
    int failed = 0;
    for (int step = 0; step < 4; ++step) {
        INFO(step);
        fake_world world = world_of(by_session, cache, token("2026-01-02T03:00:00Z", renewable), {renewed, step == 1 ? renewed : good, good});
        world.fail_at = step;
        const std::string text = told(ask(world));
        failed += text.starts_with("failed: ") ? 1 : 0;
        CHECK((text == served || text.starts_with("failed: ")));
    }
    CHECK(failed == 1);  // the read; a renewal that was cut is made again, a file that isn't written is a warning
    fake_world homeless = world_of(by_session, cache, token("2026-01-02T04:00:00Z"), {good});
    homeless.env.clear();
    CHECK(told(ask(homeless)) == "failed: there is no home folder to look for the SSO token in; set HOME");
}
