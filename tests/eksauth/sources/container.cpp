// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/container.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

using replies = std::vector<std::variant<eksauth::http_response, eksauth::error>>;

static const char relative[] = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", full[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
static const char token_file[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token_variable[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
static const std::string good_body = R"({"AccessKeyId":"ASIA1","SecretAccessKey":"hush","Token":"hush","Expiration":"2026-01-02T09:00:00Z"})";
static const std::string good_outcome = "credentials: ASIA1 with a session token until 2026-01-02T09:00:00Z";

static eksauth::http_response reply(int status, const std::string& body) { return {.status = status, .body = credbase::secret_string(body)}; }

/// A pod with EKS Pod Identity.
static fake_world pod() {
    return {.env = {{full, "http://169.254.170.23/v1/credentials"}, {token_file, "/token"}},
            .files = {{"/token", "hush-authorization"}},
            .replies = {reply(200, good_body)}};
}

static std::string ask(fake_world& world) { return told(eksauth::from_container(world.context())); }

/// The value of the Authorization header of the last request; `none` without one.
static std::string authorization_of(const fake_world& world) {
    REQUIRE_FALSE(world.requests.empty());
    const auto& headers = world.requests.back().headers;
    return headers.size() < 2 ? "none" : std::string(headers[1].name + " = ").append(headers[1].value.reveal());
}

TEST_CASE("container: the request is exactly the one that ECS and EKS expect, within its limits") {
    struct row { const char* name; std::map<std::string, std::string> env; std::string host, port, target; bool loopback_only; };
    const row rows[] = {
        {"117 full URI", {{full, "http://127.0.0.1:4567/x?y=1"}}, "127.0.0.1", "4567", "/x?y=1", false},
        {"118 both URIs", {{full, "http://127.0.0.1:4567/x"}, {relative, "/r"}}, "169.254.170.2", "", "/r", false},
        {"an empty relative URI", {{full, "http://127.0.0.1/x"}, {relative, ""}}, "127.0.0.1", "", "/x", false},
        {"localhost", {{full, "http://localhost/x"}}, "localhost", "", "/x", true},
        {"126 proxies", {{full, "http://127.0.0.1/x"}, {"HTTP_PROXY", "http://p:1"}, {"HTTPS_PROXY", "http://p:1"}}, "127.0.0.1", "", "/x", false},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = pod();
        world.env = r.env;
        world.env[token_file] = "/token";
        world.files["/token"] = "Bearer visible";
        CHECK(ask(world) == good_outcome);
        REQUIRE(world.requests.size() == 1);
        const eksauth::http_request& made = world.requests[0];
        CHECK(made.method + " " + made.scheme + " " + made.host + " " + made.port + " " + made.target == "GET http " + r.host + " " + r.port + " " + r.target);
        REQUIRE(made.headers.size() == 2);
        CHECK(made.headers[0].name == "Accept");
        CHECK(made.headers[0].value.reveal() == "application/json");
        CHECK(authorization_of(world) == "Authorization = Bearer visible");
        CHECK(made.body.empty());
        CHECK_FALSE(made.proxy.has_value());
        CHECK(made.loopback_only == r.loopback_only);
        CHECK(made.limits.connect == std::chrono::seconds(1));
        CHECK(made.limits.first_byte == std::chrono::seconds(2));
        CHECK(made.limits.attempt == std::chrono::seconds(2));
        CHECK(made.limits.body_bytes == 65536);
    }
}

TEST_CASE("container: what is set decides, and nobody is asked where it can't be trusted") {
    const std::string in_full = "failed: AWS_CONTAINER_CREDENTIALS_FULL_URI: ";
    struct row { const char* name; std::map<std::string, std::string> env; std::string outcome; };
    const row rows[] = {
        {"nothing", {}, "not configured: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"},
        {"119 no slash", {{relative, ".evil/x"}}, "failed: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: must begin with /, got \".evil/x\""},
        {"119 a bad relative URI beside a good full one", {{relative, "x"}, {full, "http://127.0.0.1/"}},
         "failed: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: must begin with /, got \"x\""},
        {"121 user info", {{full, "http://u:hush@127.0.0.1/"}}, in_full + "user info in the URL is not supported"},
        {"123 no token file", {{full, "http://127.0.0.1/"}, {token_file, "/none"}},
         in_full + "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: reading /none: no such file"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env};
        CHECK(ask(world) == r.outcome);
        CHECK(world.requests.empty());
    }
}

TEST_CASE("container: the authorization comes from the file before the variable, fit for a header") {
    const std::string in_file = "failed: AWS_CONTAINER_CREDENTIALS_FULL_URI: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: reading /token: ";
    const std::string in_variable = "failed: AWS_CONTAINER_CREDENTIALS_FULL_URI: AWS_CONTAINER_AUTHORIZATION_TOKEN: ";
    const std::string bytes = "the authorization token has a line end, a control or a non-ASCII character";
    struct row { const char* name; std::optional<std::string> file, variable; std::string header; };
    const row rows[] = {
        {"neither", {}, {}, "none"},
        {"the variable", {}, "Basic x", "Authorization = Basic x"},
        {"122 both", "f", "v", "Authorization = f"},
        {"123 trailing line ends and blanks", "a b \t\r\n\n", {}, "Authorization = a b"},
        {"123 a line end inside", "hush\nhush", {}, in_file + bytes},
        {"a control character", "hush\x01", {}, in_file + bytes},
        {"an empty file, whatever the variable", "", "v", in_file + "the authorization token is empty"},
        {"a file of blanks", " \n", {}, in_file + "the authorization token is empty"},
        {"a file of 64 KiB and more", std::string(65537, 'x'), {}, "failed: AWS_CONTAINER_CREDENTIALS_FULL_URI: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: reading /token: too large"},
        {"a variable isn't trimmed", {}, "hush\n", in_variable + bytes},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = pod();
        if (r.file) world.files["/token"] = *r.file;
        else world.env.erase(token_file);
        if (r.variable) world.env[token_variable] = *r.variable;
        const std::string outcome = ask(world);
        CHECK((outcome == good_outcome ? authorization_of(world) : outcome) == r.header);
        CHECK(world.requests.empty() == (outcome != good_outcome));
    }
}

TEST_CASE("container: a passing fault is tried three times, any other ends at once") {
    const std::string shown = "failed: AWS_CONTAINER_CREDENTIALS_FULL_URI: GET http://169.254.170.23/v1/credentials: ";
    const std::string trouble = "; the agent behind the URL has trouble; look into its log";
    const auto fault = [](credbase::errc code) { return eksauth::error(code, "it failed"); };
    struct row { const char* name; replies answers; std::string outcome; std::size_t requests; };
    const row rows[] = {
        {"124 500, 500, 200", {reply(500, ""), reply(500, ""), reply(200, good_body)}, good_outcome, 3},
        {"501, then 429", {reply(501, ""), reply(429, ""), reply(200, good_body)}, good_outcome, 3},
        {"500 for ever", replies(9, reply(500, "hush")), shown + "HTTP 500 (no error code)" + trouble, 3},
        {"faults of the transport", {fault(eksauth::errc::http_unreachable), fault(eksauth::errc::http_timeout), reply(200, good_body)}, good_outcome, 3},
        {"cut short for ever", replies(9, fault(eksauth::errc::http_cut)), shown + "it failed", 3},
        {"no such host", {fault(eksauth::errc::http_no_host)}, shown + "it failed", 1},
        {"124 403", {reply(403, R"({"code":"AccessDenied","message":"no hush-authorization"})")},
         shown + "AccessDenied: no [redacted] (HTTP 403); check the authorization token and the role of the task or pod", 1},
        {"a redirect", {reply(302, "hush")}, shown + "HTTP 302 (no error code); redirects are not followed; give the URL itself", 1},
        {"success without credentials", {reply(204, "")}, shown + "HTTP 204 (no error code)" + trouble, 1},
        {"too large", {fault(eksauth::errc::http_too_large)}, shown + "it failed", 1},
        {"125 no expiry", {reply(200, R"({"AccessKeyId":"ASIA1","SecretAccessKey":"hush","Token":"hush"})")}, "credentials: ASIA1 with a session token", 1},
        {"125 a bad expiry", {reply(200, R"({"AccessKeyId":"ASIA1","SecretAccessKey":"hush","Token":"hush","Expiration":"hush"})")},
         shown + "HTTP 200, no Content-Type, 83 bytes: Expiration is not an RFC 3339 time such as 2026-01-02T03:04:05Z", 1},
        {"not JSON", {reply(200, "hush")}, shown + "HTTP 200, no Content-Type, 4 bytes: syntax error at byte 0", 1},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = pod();
        world.replies = r.answers;
        CHECK(ask(world) == r.outcome);
        CHECK(world.requests.size() == r.requests);
        CHECK(world.pauses.size() == r.requests - 1);
    }
}

TEST_CASE("container: over TLS the endpoint is trusted by the usual certificates or by those that are named") {
    struct row { const char* name; std::map<std::string, std::string> env, files; std::string outcome; std::vector<std::string> trusted; };
    const row rows[] = {
        {"named", {{"AWS_CA_BUNDLE", "/ca.pem"}}, {}, good_outcome, {"/ca.pem"}},
        {"usual", {}, {{"/etc/ssl/cert.pem", ""}}, good_outcome, {"/etc/ssl/cert.pem"}},
        {"none", {}, {}, "failed: AWS_CONTAINER_CREDENTIALS_FULL_URI: no CA certificates found", {}},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env, .files = r.files, .replies = {reply(200, good_body)}};
        world.env[full] = "https://creds.example/x";
        CHECK(ask(world).starts_with(r.outcome));
        REQUIRE(world.requests.size() == r.trusted.size());
        for (const auto& made : world.requests) CHECK(made.trust.files == r.trusted);
    }
}

TEST_CASE("container: pauses are short, and the token is read before each attempt") {
    fake_world world = pod();
    world.replies = {reply(429, ""), reply(429, ""), reply(200, good_body)};
    eksauth::context ctx = world.context();
    ctx.read_file = [&](const std::string&, std::size_t) {
        return std::optional(credbase::secret_string("token-" + std::to_string(world.requests.size())));
    };
    const auto got = eksauth::from_container(ctx);
    CHECK(told(got) == good_outcome);
    CHECK(std::get<eksauth::credentials>(got).source == "container");
    // Random is one half: of 1 s, and of 2 s that are cut to 1 s.
    CHECK(world.pauses == std::vector{std::chrono::milliseconds(500), std::chrono::milliseconds(500)});
    REQUIRE(world.requests.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(world.requests[i].headers.at(1).value.reveal() == "token-" + std::to_string(i));
}

TEST_CASE("container: each step failed in turn is named, or made good by the next attempt") {
    fake_world whole = pod();
    REQUIRE(ask(whole) == good_outcome);
    struct row { std::string outcome; std::size_t requests; };
    const std::vector<row> expected = {
        {"failed: AWS_CONTAINER_CREDENTIALS_FULL_URI: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: reading /token: Input/output error", 0},
        {good_outcome, 2},
    };
    REQUIRE(whole.steps == std::ssize(expected));
    for (int step = 0; step < whole.steps; ++step) {
        INFO(step);
        fake_world world = pod();
        world.replies = replies(2, reply(200, good_body));
        world.fail_at = step;
        CHECK(ask(world) == expected[static_cast<std::size_t>(step)].outcome);
        CHECK(world.requests.size() == expected[static_cast<std::size_t>(step)].requests);
    }
}
