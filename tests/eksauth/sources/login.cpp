// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/login.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"
#include "support/p256.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <variant>
#include <vector>

using answer = std::variant<eksauth::http_response, eksauth::error>;

// sha256("arn:aws:iam::123456789012:user/me")
static const std::string name = "286187707741fc2ccb93cf9e56dbd0ee0a16208feed5fbc8ae1baa86d44c283f.json", cache = "/h/.aws/login/cache/" + name;
static const std::string profile_p = "[profile p]\nlogin_session = arn:aws:iam::123456789012:user/me\nregion = eu-west-1\n";
static const std::string dpop_key = sec1_pem(new_key());
static const std::string held = "credentials: ASIAHELD with a session token until ", renewed = "credentials: ASIANEW with a session token until 2026-01-02T03:19:05Z";

static boost::json::object login(const std::string& expires) {
    return {{"accessToken", {{"accessKeyId", "ASIAHELD"}, {"secretAccessKey", "hush"}, {"sessionToken", "hush"}, {"accountId", "123456789012"}, {"expiresAt", expires}}},
            {"tokenType", "urn:aws:params:oauth:token-type:access_token_sigv4"}, {"refreshToken", "hush-refresh-1"}, {"identityToken", "hush-id"},
            {"clientId", "arn:aws:signin:::devtools/same-device"}, {"dpopKey", dpop_key}};
}

static answer reply(int status, const std::string& body, const std::string& type = "") {
    eksauth::http_response made{.status = status, .body = credbase::secret_string(body)};
    if (!type.empty()) made.headers.push_back({"x-amzn-ErrorType", credbase::secret_string(type)});
    return made;
}
static const answer good = reply(200, R"({"accessToken":{"accessKeyId":"ASIANEW","secretAccessKey":"hush2","sessionToken":"hush3"},"tokenType":"t","expiresIn":900,"refreshToken":"hush-refresh-2"})");

static fake_world world_of(const std::string& content, const std::vector<answer>& replies = {}) {
    fake_world world{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", profile_p}, {"/etc/ssl/certs/ca-certificates.crt", ""}}, .replies = replies};
    if (!content.empty()) world.files[cache] = content;
    return world;
}
static fake_world world_until(const std::string& expires, const std::vector<answer>& replies = {}) {
    return world_of(boost::json::serialize(login(expires)), replies);
}

static eksauth::outcome ask(const fake_world& world, const eksauth::context& ctx) {
    fake_world home{.env = {{"HOME", "/h"}}, .files = world.files};
    const auto files = eksauth::load_shared_config(home.context());
    REQUIRE(told(files) == "ok");
    const eksauth::profile selected(*files, "p");
    return eksauth::from_login(ctx, selected, selected, "us-west-2");
}
static eksauth::outcome ask(fake_world& world) { return ask(world, world.context()); }

static std::string line_of(const eksauth::http_request& call) { return call.method + " " + call.scheme + "://" + call.authority() + call.target; }

TEST_CASE("login: 109 a login that is good for more than five minutes is used without any call") {
    fake_world world = world_until("2026-01-02T03:09:06Z");
    const auto outcome = ask(world);
    CHECK(told(outcome) == held + "2026-01-02T03:09:06Z");
    CHECK(std::get<eksauth::credentials>(outcome).source == "login of profile \"p\"");
    CHECK(world.requests.empty());

    fake_world elsewhere = world_until("2026-01-02T04:00:00Z");
    elsewhere.env["AWS_LOGIN_CACHE_DIRECTORY"] = "~/logins";
    elsewhere.files["/h/logins/" + name] = elsewhere.files[cache];
    elsewhere.files.erase(cache);
    CHECK(told(ask(elsewhere)) == held + "2026-01-02T04:00:00Z");
}

TEST_CASE("login: 110 one that ends is renewed with a proof by its key, and its file keeps what it had") {
    for (const char* expires : {"2026-01-02T03:00:00Z", "2026-01-02T03:09:05Z"}) {
        INFO(expires);
        fake_world world = world_until(expires, {good});
        CHECK(told(ask(world)) == renewed);
        REQUIRE(world.requests.size() == 1);
        const eksauth::http_request& call = world.requests[0];
        CHECK(line_of(call) == "POST https://eu-west-1.signin.aws.amazon.com/v1/token");
        CHECK(call.body.reveal() == R"({"clientId":"arn:aws:signin:::devtools/same-device","grantType":"refresh_token","refreshToken":"hush-refresh-1"})");
        REQUIRE(call.headers.size() == 2);
        CHECK(call.headers[0].value.reveal() == "application/json");
        CHECK(call.headers[1].name == "DPoP");
        const std::string proof(call.headers[1].value.reveal()), payload = proof.substr(proof.find('.') + 1, proof.rfind('.') - proof.find('.') - 1);
        CHECK(from_base64url(payload) == R"({"htm":"POST","htu":"https://eu-west-1.signin.aws.amazon.com/v1/token","iat":1767323045,"jti":"5a5a5a5a-5a5a-4a5a-9a5a-5a5a5a5a5a5a"})");
        boost::json::object expected = login("2026-01-02T03:19:05Z");
        boost::json::object& keys = expected["accessToken"].get_object();
        keys["accessKeyId"] = "ASIANEW", keys["secretAccessKey"] = "hush2", keys["sessionToken"] = "hush3";
        expected["refreshToken"] = "hush-refresh-2";
        const bool same = boost::json::parse(world.files[cache]) == boost::json::value(expected);
        CHECK(same);
    }
}

TEST_CASE("login: it is renewed where it was made, else in the region for calls") {
    boost::json::object content = login("2026-01-02T03:00:00Z");
    content["signInRegion"] = "us-gov-west-1";
    fake_world world = world_of(boost::json::serialize(content), {good});
    CHECK(told(ask(world)) == renewed);
    REQUIRE(world.requests.size() == 1);
    CHECK(world.requests[0].host == "us-gov-west-1.signin.amazonaws-us-gov.com");
    content["signInRegion"] = "x.evil.example";
    fake_world evil = world_of(boost::json::serialize(content), {good});
    CHECK(told(ask(evil)).starts_with("failed: login_session of profile \"p\": region \"x.evil.example\" has the byte 0x2e"));
    CHECK(evil.requests.empty());
}

TEST_CASE("login: a file that can't be written is a warning") {
    fake_world world = world_until("2026-01-02T03:00:00Z", {good});
    world.read_only = true;
    const auto outcome = ask(world);
    CHECK(told(outcome) == renewed);
    REQUIRE(std::get<eksauth::credentials>(outcome).warnings.size() == 1);
    CHECK(std::get<eksauth::credentials>(outcome).warnings[0] ==
          "the renewed token is used but can't be kept, so that a new login may be needed soon: writing " + cache + ": Read-only file system");
}

TEST_CASE("login: a file that isn't a whole login is told with the way to a new one") {
    const std::string who = "failed: login_session of profile \"p\": reading " + cache + ": ", advice = "; run: aws login --profile p";
    const auto without = [](const char* member) {
        boost::json::object content = login("2026-01-02T04:00:00Z");
        content.erase(member);
        return boost::json::serialize(content);
    };
    const auto inner_without = [](const char* member) {
        boost::json::object content = login("2026-01-02T04:00:00Z");
        content["accessToken"].get_object().erase(member);
        return boost::json::serialize(content);
    };
    boost::json::object other_key = login("2026-01-02T04:00:00Z");
    other_key["dpopKey"] = "hush";
    struct row { const char* name; std::string content, outcome; };
    const row rows[] = {
        {"no file", "", "no such file"},
        {"no JSON", "hush", "no JSON: syntax error at byte 0"},
        {"no accessToken", without("accessToken"), "accessToken is missing"},
        {"no key id", inner_without("accessKeyId"), "accessToken.accessKeyId is missing or empty"},
        {"no secret", inner_without("secretAccessKey"), "accessToken.secretAccessKey is missing or empty"},
        {"no session token", inner_without("sessionToken"), "accessToken.sessionToken is missing or empty"},
        {"no account", inner_without("accountId"), "accessToken.accountId is missing or empty"},
        {"no expiry", inner_without("expiresAt"), "accessToken.expiresAt is missing or empty"},
        {"no refresh token", without("refreshToken"), "refreshToken is missing or empty"},
        {"no client", without("clientId"), "clientId is missing or empty"},
        {"no DPoP key", without("dpopKey"), "dpopKey is missing or empty"},
        {"another DPoP key", boost::json::serialize(other_key), "dpopKey: not a private key on P-256 in PEM"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of(r.content, {good});
        CHECK(told(ask(world)) == who + r.outcome + advice);
        CHECK(world.requests.empty());
    }
}

TEST_CASE("login: what a failed renewal means depends on why it failed and on the time that is left") {
    const std::string what = "failed: login_session of profile \"p\": renewing the login failed: ", host = " from eu-west-1.signin.aws.amazon.com",
                      advice = "; run: aws login --profile p", left = "2026-01-02T03:06:05Z", gone = "2026-01-02T03:05:05Z";
    const auto denied = [](const std::string& reason) { return reply(400, R"({"error":")" + reason + R"(","message":"not hush-refresh-1"})", "AccessDeniedException"); };
    const answer busy = reply(500, "{}", "InternalServerException"), cut = eksauth::error(eksauth::errc::http_cut, "connection reset");
    const std::string denied_text = ": not [redacted] (HTTP 400)" + host;
    struct row { const char* name; std::string expires; std::vector<answer> replies; std::string outcome; };
    const row rows[] = {
        {"111 the session is over", gone, {denied("TOKEN_EXPIRED")}, what + "AccessDeniedException: TOKEN_EXPIRED" + denied_text + advice},
        {"111 the user's credentials have changed", gone, {denied("USER_CREDENTIALS_CHANGED")}, what + "AccessDeniedException: USER_CREDENTIALS_CHANGED" + denied_text + advice},
        {"111 over, though a minute is left", left, {denied("TOKEN_EXPIRED")}, what + "AccessDeniedException: TOKEN_EXPIRED" + denied_text + advice},
        {"no permission", gone, {denied("INSUFFICIENT_PERMISSIONS")},
         what + "AccessDeniedException: INSUFFICIENT_PERMISSIONS" + denied_text + "; the identity lacks the permission signin:CreateOAuth2Token"},
        {"trouble that passes", gone, {busy, good}, renewed},
        {"trouble that stays, and no time left", gone, {busy, busy, busy}, what + "InternalServerException (HTTP 500)" + host},
        {"trouble that stays, and time left", left, {busy, busy, busy}, held + left},
        {"no network, and time left", left, {cut, cut, cut}, held + left},
        {"an answer that can't be understood", left, {reply(200, R"({"accessToken":{"accessKeyId":"A"}})")},
         what + "POST https://eu-west-1.signin.aws.amazon.com/v1/token: HTTP 200, no Content-Type, 35 bytes: accessToken.secretAccessKey is missing or empty"},
        {"no new refresh token", gone, {reply(200, R"({"accessToken":{"accessKeyId":"A","secretAccessKey":"hush","sessionToken":"hush"},"expiresIn":900})")},
         what + "POST https://eu-west-1.signin.aws.amazon.com/v1/token: HTTP 200, no Content-Type, 98 bytes: refreshToken is missing or empty"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_until(r.expires, r.replies);
        const auto outcome = ask(world);
        CHECK(told(outcome) == r.outcome);
        CHECK(world.requests.size() == r.replies.size());
        if (r.outcome == held + left) {
            REQUIRE(std::get<eksauth::credentials>(outcome).warnings.size() == 1);
            CHECK(without_secrets(std::get<eksauth::credentials>(outcome).warnings[0]).starts_with("the login expires at " + left + " and couldn't be renewed: renewing the login failed: "));
        }
    }
}

TEST_CASE("login: where another process has renewed it meanwhile, that login is used") {
    fake_world world = world_until("2026-01-02T03:00:00Z", {reply(400, R"({"error":"TOKEN_EXPIRED"})", "AccessDeniedException")});
    eksauth::context ctx = world.context();
    ctx.http = [&world, inner = ctx.http](const eksauth::http_request& request) {
        world.files[cache] = boost::json::serialize(login("2026-01-02T03:20:00Z"));
        return inner(request);
    };
    CHECK(told(ask(world, ctx)) == held + "2026-01-02T03:20:00Z");
}

TEST_CASE("login: each step that fails is an error or leaves credentials") {
    int failed = 0;
    for (int step = 0; step < 3; ++step) {
        INFO(step);
        fake_world world = world_until("2026-01-02T03:00:00Z", {good, good});
        world.fail_at = step;
        const std::string text = told(ask(world));
        failed += text.starts_with("failed: ") ? 1 : 0;
        CHECK((text == renewed || text.starts_with("failed: ")));
    }
    CHECK(failed == 1);  // the read
    fake_world world = world_until("2026-01-02T03:00:00Z", {good});
    eksauth::context ctx = world.context();
    ctx.random_bytes = [](std::size_t) -> eksauth::result<std::string> { return eksauth::error(eksauth::errc::cannot_start, "no random"); };
    CHECK(told(ask(world, ctx)) == "failed: login_session of profile \"p\": renewing the login failed: no random");
    CHECK(world.requests.empty());
    fake_world homeless = world_until("2026-01-02T04:00:00Z");
    homeless.env.clear();
    CHECK(told(ask(homeless)) == "failed: there is no home folder to look for the login in; set HOME or AWS_LOGIN_CACHE_DIRECTORY");
}
