// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/imds.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <chrono>
#include <map>
#include <string>
#include <variant>
#include <vector>

using reply = std::variant<eksauth::http_response, eksauth::error>;
using replies = std::vector<reply>;
using std::chrono::milliseconds;

static eksauth::http_response answer(int status, const std::string& body = "hush") { return {.status = status, .body = credbase::secret_string(body)}; }
static reply fault(credbase::errc code) { return eksauth::error(code, "it failed"); }

static const eksauth::http_response token = answer(200, "hush-imds-token"), role = answer(200, "node\n");
static eksauth::http_response keys_until(const std::string& expiry) {
    return answer(200, R"({"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"hush","Token":"hush","Expiration":")" + expiry + "\"}");
}
static const eksauth::http_response keys = keys_until("2026-01-02T09:00:00Z");
static const std::string good = "credentials: ASIA1 with a session token until 2026-01-02T09:00:00Z";
static const std::string list = "/latest/meta-data/iam/security-credentials/", service = "http://169.254.169.254";
static const std::string at_put = "failed: PUT " + service + "/latest/api/token: ", at_role = "failed: GET " + service + list + ": ",
                         at_keys = "failed: GET " + service + list + "node: ";

static std::string ask(fake_world& world, const std::string& config = "") {
    world.env["HOME"] = "/h";
    world.files["/h/.aws/config"] = "[profile x]\n" + config;
    fake_world loader{.env = world.env, .files = world.files};  // whose steps aren't the source's
    const auto files = eksauth::load_shared_config(loader.context());
    REQUIRE(told(files) == "ok");
    const eksauth::profile selected(*files, "x");
    return told(eksauth::from_imds(world.context(), config.empty() ? nullptr : &selected));
}

/// The requests as `PUT host target`, each with the header that it must have: the TTL, the token, or none.
static std::vector<std::string> sent(const fake_world& world) {
    std::vector<std::string> out;
    for (const auto& made : world.requests) {
        std::string line = made.method + " " + made.scheme + " " + made.host + " " + made.port + " " + made.target;
        for (const auto& one : made.headers) line.append(" ").append(one.name).append("=").append(one.value.reveal());
        out.push_back(line);
        CHECK((!made.proxy && made.body.empty() && made.keep_connection));
    }
    return out;
}

TEST_CASE("IMDS: three requests in order bring the role's credentials") {
    for (const bool proxies : {false, true}) {
        INFO("127 good, 126 with proxies in the environment: " << proxies);
        fake_world world{.replies = {answer(200, "visible-token"), role, keys}};
        if (proxies) world.env = {{"HTTP_PROXY", "http://p:1"}, {"HTTPS_PROXY", "http://p:1"}};
        const auto got = eksauth::from_imds(world.context(), nullptr);
        CHECK(told(got) == good);
        CHECK(std::get<eksauth::credentials>(got).source == "instance metadata");
        CHECK(sent(world) == std::vector<std::string>{
                                 "PUT http 169.254.169.254  /latest/api/token x-aws-ec2-metadata-token-ttl-seconds=300",
                                 "GET http 169.254.169.254  " + list + " x-aws-ec2-metadata-token=visible-token",
                                 "GET http 169.254.169.254  " + list + "node x-aws-ec2-metadata-token=visible-token"});
        for (const auto& made : world.requests) {
            CHECK(made.limits.body_bytes == (&made == &world.requests.back() ? 16384 : 1024));
            CHECK(made.limits.connect == milliseconds(250));
            CHECK(made.limits.first_byte == milliseconds(500));
            CHECK(made.limits.attempt == milliseconds(1000));
        }
    }
}

TEST_CASE("IMDS: what comes at the token decides") {
    const auto unreachable = fault(eksauth::errc::http_unreachable), silent = fault(eksauth::errc::http_timeout);
    const std::string no_instance = "not configured: this host is no EC2 instance: PUT " + service + "/latest/api/token: it failed";
    const std::string hop = "it failed; in a pod, set the instance's HttpPutResponseHopLimit to 2, or use IRSA or Pod Identity";
    const std::string v2 = "IMDSv2 is required but not offered; AWS_EC2_METADATA_V1_DISABLED=false allows IMDSv1";
    const std::string failed = "the instance metadata service failed; AWS_EC2_METADATA_DISABLED=true leaves it out";
    struct row { const char* name; replies answers; std::string outcome; std::size_t requests; };
    const row rows[] = {
        {"131 unreachable", {unreachable, unreachable}, no_instance, 2},
        {"unreachable once", {unreachable, token, role, keys}, good, 4},
        {"unreachable after a failure", {answer(503), unreachable, unreachable}, at_put + "it failed", 3},
        {"unreachable twice, later", {token, unreachable, unreachable, role}, at_role + "it failed", 3},
        {"no such host", {fault(eksauth::errc::http_no_host)}, at_put + "it failed", 1},
        {"130 never answered", replies(9, silent), at_put + hop, 3},
        {"answered late", {silent, token, role, keys}, good, 4},
        {"never answered at the role", {token, silent, silent, silent}, at_role + "it failed", 4},
        {"400", {answer(400)}, at_put + "HTTP 400: " + failed, 1},
        {"401", {answer(401)}, at_put + "HTTP 401: " + failed, 1},
        {"403", {answer(403)}, at_put + "HTTP 403: instance metadata access is turned off; set the instance's HttpEndpoint option to enabled", 1},
        {"129 404", {answer(404)}, at_put + "HTTP 404: " + v2, 1},
        {"135 a redirect", {answer(301)}, at_put + "HTTP 301: redirects are not followed", 1},
        {"135 too large", {fault(eksauth::errc::http_too_large)}, at_put + "it failed", 1},
        {"501 and 429, then well", {answer(501), answer(429), token, role, keys}, good, 5},
        {"503 for ever", replies(9, answer(503)), at_put + "HTTP 503: " + failed, 3},
        {"a bad body, then well", {answer(200, ""), token, role, keys}, good, 4},
        {"a bad body for ever", replies(9, answer(200, "hush\n")), at_put + "the token has a blank, control or non-ASCII character", 3},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = r.answers};
        CHECK(ask(world) == r.outcome);
        CHECK(world.requests.size() == r.requests);
    }
}

TEST_CASE("IMDS: what comes at the role and its credentials decides") {
    const std::string unaccepted = "HTTP 401: the token is not accepted; IMDSv2 may be required";
    struct row { const char* name; replies answers; std::string outcome; std::size_t requests; };
    const row rows[] = {
        {"132 no role", {token, answer(404)}, at_role + "HTTP 404: the instance has no IAM role; attach an instance profile to it", 2},
        {"132 a role with a slash", {token, answer(200, "hush/x"), answer(200, "hush/x"), answer(200, "hush/x")},
         at_role + "the role's name has a character that IAM doesn't allow", 4},
        {"132 code Failed", {token, role, answer(200, R"({"Code":"Failed","Message":"not now"})")},
         at_keys + "the service answers Code \"Failed\": not now; does the role's trust policy allow ec2.amazonaws.com?", 3},
        {"a bad body, then well", {token, role, answer(200, "{"), keys}, good, 4},
        {"a bad body for ever", {token, role, answer(200, "[]"), answer(200, "[]"), answer(200, "[]")}, at_keys + "expected object, got array", 5},
        {"malformed keys", {token, role, answer(200, R"({"Code":"Success","AccessKeyId":"-","SecretAccessKey":"hush","Token":"hush"})")},
         at_keys + "AccessKeyId has a character other than letters, digits and _", 3},
        {"135 a redirect", {token, role, answer(307)}, at_keys + "HTTP 307: redirects are not followed", 3},
        {"135 too large", {token, role, fault(eksauth::errc::http_too_large)}, at_keys + "it failed", 3},
        {"401 at the role, then a new token", {token, answer(401), token, role, keys}, good, 5},
        {"401 at the credentials, then a new token", {token, role, answer(401), token, keys}, good, 5},
        {"401 twice", {token, answer(401), token, answer(401)}, at_role + unaccepted, 4},
        {"401 at both", {token, answer(401), token, role, answer(401)}, at_keys + unaccepted, 5},
        {"401 and no new token", {token, answer(401), answer(403)},
         at_put + "HTTP 403: instance metadata access is turned off; set the instance's HttpEndpoint option to enabled", 3},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = r.answers};
        CHECK(ask(world) == r.outcome);
        CHECK(world.requests.size() == r.requests);
    }
}

TEST_CASE("IMDS: a new token replaces the one that isn't accepted any more") {
    fake_world world{.replies = {answer(200, "old"), answer(401), answer(200, "new"), role, keys}};
    CHECK(ask(world) == good);
    const auto lines = sent(world);
    REQUIRE(lines.size() == 5);
    CHECK(lines[1] == "GET http 169.254.169.254  " + list + " x-aws-ec2-metadata-token=old");
    CHECK(lines[3] == "GET http 169.254.169.254  " + list + " x-aws-ec2-metadata-token=new");
    CHECK(lines[4] == "GET http 169.254.169.254  " + list + "node x-aws-ec2-metadata-token=new");
}

TEST_CASE("IMDS: version 1 is used only where it is allowed by word") {
    const std::string v1 = "AWS_EC2_METADATA_V1_DISABLED";
    struct row { const char* name; std::map<std::string, std::string> env; std::string config; int status; bool used; };
    const row rows[] = {
        {"129 not enabled", {}, "", 404, false},
        {"129 enabled", {{v1, "false"}}, "", 404, true},
        {"enabled, 405", {{v1, "False"}}, "", 405, true},
        {"enabled, 403", {{v1, "false"}}, "", 403, false},
        {"disabled", {{v1, "true"}}, "", 404, false},
        {"enabled in the profile", {}, "ec2_metadata_v1_disabled = false", 404, true},
        {"the environment wins", {{v1, "true"}}, "ec2_metadata_v1_disabled = false", 404, false},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env, .replies = {answer(r.status), role, keys}};
        CHECK((ask(world, r.config) == good) == r.used);
        const auto lines = sent(world);
        REQUIRE(lines.size() == (r.used ? 3 : 1));
        if (r.used) CHECK(lines[1] + lines[2] == "GET http 169.254.169.254  " + list + "GET http 169.254.169.254  " + list + "node");
    }
}

TEST_CASE("IMDS: where the token lapsed and only version 1 is left, the old token isn't sent again") {
    fake_world world{.env = {{"AWS_EC2_METADATA_V1_DISABLED", "false"}}, .replies = {answer(200, "old"), answer(401), answer(404), role, keys}};
    CHECK(ask(world) == good);
    const auto lines = sent(world);
    REQUIRE(lines.size() == 5);
    CHECK(lines[3] == "GET http 169.254.169.254  " + list);
}

TEST_CASE("IMDS: settings choose the host, and a bad one is an error before any contact") {
    const std::string endpoint = "AWS_EC2_METADATA_SERVICE_ENDPOINT", mode = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
    const std::string extra = ": the endpoint must have no user info, path or query", config_line = "failed: /h/.aws/config line 2: ";
    const std::string at_endpoint = "failed: " + endpoint, disabled = "not configured: disabled by AWS_EC2_METADATA_DISABLED";
    struct row { const char* name; std::map<std::string, std::string> env; std::string config, host_or_outcome; };
    const row rows[] = {
        {"134 ipv6", {{mode, "ipv6"}}, "", "http fd00:ec2::254 "},
        {"IPv4", {{mode, "IPv4"}}, "", "http 169.254.169.254 "},
        {"134 another mode", {{mode, "foo"}}, "", "failed: " + mode + ": the mode must be IPv4 or IPv6, got \"foo\""},
        {"the mode of the profile", {}, "ec2_metadata_service_endpoint_mode = IPv6", "http fd00:ec2::254 "},
        {"an endpoint beats the mode", {{endpoint, "http://h:81/"}, {mode, "ipv6"}}, "", "http h 81"},
        {"an endpoint with TLS, its certificates named in the profile", {{endpoint, "https://h"}}, "ca_bundle = /p", "https h  trusted by /p"},
        {"the endpoint of the profile", {}, "ec2_metadata_service_endpoint = http://[::1]:5", "http ::1 5"},
        {"the environment wins", {{endpoint, "http://h"}}, "ec2_metadata_service_endpoint = http://p", "http h "},
        {"an endpoint with a path", {{endpoint, "http://h/x"}}, "", at_endpoint + extra},
        {"an endpoint with a query", {{endpoint, "http://h?x"}}, "", at_endpoint + extra},
        {"an endpoint with user info", {{endpoint, "http://u:hush@h"}}, "", at_endpoint + extra},
        {"no URL", {{endpoint, "hush"}}, "", at_endpoint + ": not a usable URL: the scheme must be http or https"},
        {"128 disabled", {{"AWS_EC2_METADATA_DISABLED", "TRUE"}, {endpoint, "hush"}}, "", disabled},
        {"disabled by another word", {{"AWS_EC2_METADATA_DISABLED", "1"}}, "", "http 169.254.169.254 "},
        {"a bad switch", {}, "ec2_metadata_v1_disabled = no", config_line + "ec2_metadata_v1_disabled must be true or false, got \"no\""},
        {"no time", {{"AWS_METADATA_SERVICE_TIMEOUT", "0"}}, "",
         "failed: AWS_METADATA_SERVICE_TIMEOUT: metadata_service_timeout must be a number from 1 to 60, got \"0\""},
        {"too many attempts", {}, "metadata_service_num_attempts = 11",
         config_line + "metadata_service_num_attempts must be a number from 1 to 10, got \"11\""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env, .replies = {token, role, keys}};
        const std::string outcome = ask(world, r.config);
        REQUIRE(world.requests.size() == (outcome == good ? 3 : 0));
        for (const auto& made : world.requests) {
            const std::string trust = made.trust.files.empty() ? "" : " trusted by " + made.trust.files.front();
            CHECK(made.scheme + " " + made.host + " " + made.port + trust == r.host_or_outcome);
        }
        if (outcome != good) CHECK(outcome == r.host_or_outcome);
    }
}

TEST_CASE("IMDS: however slow it is, the time is bounded") {
    const std::string timeout = "AWS_METADATA_SERVICE_TIMEOUT", attempts = "AWS_METADATA_SERVICE_NUM_ATTEMPTS";
    struct row { const char* name; std::map<std::string, std::string> env; replies answers; std::vector<int> attempt_limits; milliseconds longest; };
    const auto silent = fault(eksauth::errc::http_timeout);
    const row rows[] = {
        {"130 the token", {}, replies(9, silent), {1000, 1000, 425}, milliseconds(2000)},
        {"the role, after half the time", {}, {token, silent, silent, silent}, {1000, 1000, 1000, 1000}, milliseconds(5000)},
        {"throttled: the third pause would be too long", {}, replies(9, answer(429)), {1000, 1000}, milliseconds(2000)},
        {"five attempts of 1 s", {{timeout, "1"}, {attempts, "5"}}, replies(9, silent), {1000, 1000, 1000, 1000, 625}, milliseconds(5000)},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env, .replies = r.answers};
        eksauth::context ctx = world.context();
        std::vector<int> limits;
        ctx.http = [&, whole = ctx.http](const eksauth::http_request& request) {
            limits.push_back(static_cast<int>(request.limits.attempt.count()));
            // The slowest that a transport can be.
            world.elapsed += std::min(request.limits.first_byte, request.limits.attempt);
            return whole(request);
        };
        CHECK(told(eksauth::from_imds(ctx, nullptr)).starts_with("failed: "));
        CHECK(limits == r.attempt_limits);
        CHECK(world.elapsed <= r.longest);
    }
    fake_world ending{.replies = replies(9, answer(500))};
    eksauth::context ctx = ending.context();
    ctx.time_left = [] { return milliseconds(10); };  // the whole run's, less than a pause
    CHECK(told(eksauth::from_imds(ctx, nullptr)).starts_with(at_put + "HTTP 500"));
    CHECK(ending.requests.size() == 1);
}

TEST_CASE("IMDS: a time-out that is set replaces those of connection and first byte, the number that of attempts") {
    fake_world world{.env = {{"AWS_METADATA_SERVICE_TIMEOUT", "7"}}, .replies = replies(9, answer(500))};
    ask(world, "metadata_service_num_attempts = 2\nmetadata_service_timeout = 9\n");
    REQUIRE(world.requests.size() == 2);
    for (const auto& made : world.requests) {
        CHECK(made.limits.connect == std::chrono::seconds(7));
        CHECK(made.limits.first_byte == std::chrono::seconds(7));
    }
    fake_world usual{.replies = replies(9, answer(500))};
    ask(usual);
    REQUIRE(usual.requests.size() == 3);
    CHECK(usual.requests[0].limits.first_byte == milliseconds(500));
    CHECK(usual.requests[1].limits.first_byte == milliseconds(1000));
}

TEST_CASE("IMDS: credentials that expired a short while ago are used, as the service may be in trouble") {
    const std::string used = "credentials: ASIA1 with a session token until ";  // now is 03:04:05
    const std::string expired = "failed: the credentials of role node expired at ", no_newer = "; the instance metadata service has no newer ones";
    struct row { const char* name; std::string expiry, outcome; };
    const row rows[] = {
        {"in 61 seconds", "2026-01-02T03:05:06Z", used + "2026-01-02T03:05:06Z"},
        {"in 60 seconds", "2026-01-02T03:05:05Z", used + "2026-01-02T03:09:05Z"},
        {"133 10 minutes ago", "2026-01-02T02:54:05Z", used + "2026-01-02T03:09:05Z"},
        {"a second less than an hour ago", "2026-01-02T02:04:06Z", used + "2026-01-02T03:09:05Z"},
        {"an hour ago", "2026-01-02T02:04:05Z", expired + "2026-01-02T02:04:05Z" + no_newer},
        {"133 2 hours ago", "2026-01-02T01:04:05Z", expired + "2026-01-02T01:04:05Z" + no_newer},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = {token, role, keys_until(r.expiry)}};
        CHECK(ask(world) == r.outcome);
    }
}

TEST_CASE("133 IMDS: whoever gets expired credentials is told, and nobody else") {
    struct row { const char* name; std::string expiry; std::vector<std::string> warnings; };
    const row rows[] = {
        {"10 minutes ago", "2026-01-02T02:54:05Z",
         {"instance metadata returned credentials that expired at 2026-01-02T02:54:05Z; using them as AWS advises"}},
        {"in an hour", "2026-01-02T04:04:05Z", {}},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = {token, role, keys_until(r.expiry)}};
        const auto got = eksauth::from_imds(world.context(), nullptr);
        REQUIRE(std::holds_alternative<eksauth::credentials>(got));
        CHECK(std::get<eksauth::credentials>(got).warnings == r.warnings);
    }
}

TEST_CASE("IMDS: each step cut short in turn is named, or made good by the next attempt") {
    fake_world whole{.replies = {token, role, keys}};
    REQUIRE(ask(whole) == good);
    const std::vector<std::string> alone = {at_put + "connection reset", at_role + "connection reset", at_keys + "connection reset"};
    REQUIRE(whole.steps == std::ssize(alone));
    for (int step = 0; step < whole.steps; ++step) {
        INFO(step);
        fake_world single{.env = {{"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1"}}, .replies = {token, role, keys}};
        single.fail_at = step;
        CHECK(ask(single) == alone[static_cast<std::size_t>(step)]);
        fake_world again{.replies = {token, role, keys}};
        again.replies.insert(again.replies.begin() + step, answer(500));
        again.fail_at = step;
        CHECK(ask(again) == good);
    }
}
