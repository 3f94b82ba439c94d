// SPDX-License-Identifier: Apache-2.0
#include <eksauth/net/sts_call.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/net/time_limit.hpp>

#include <chrono>
#include <map>
#include <string>
#include <variant>
#include <vector>

using std::chrono::milliseconds;
using variables = std::map<std::string, std::string>;
using answer = std::variant<eksauth::http_response, eksauth::error>;

static const std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";

/// STS's answer with this body and, where there is one, this Date.
static eksauth::http_response reply(int status, const std::string& body, const std::string& date = "") {
    eksauth::http_response made{.status = status, .body = credbase::secret_string(body)};
    if (!date.empty()) made.headers.push_back({"Date", credbase::secret_string(date)});
    return made;
}
static eksauth::http_response good(const std::string& date = "") {
    return reply(200, "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>" + hush_secret +
                          "</SecretAccessKey><SessionToken>" + hush_token + "</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration>"
                          "</Credentials></AssumeRoleResult></AssumeRoleResponse>", date);
}
static eksauth::http_response refusal(int status, const std::string& code, const std::string& date = "") {
    return reply(status, "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>why</Message></Error>" +
                             "<RequestId>id-1</RequestId></ErrorResponse>", date);
}
static const std::string garbage = "<AssumeRoleResponse>" + hush_secret;

/// A call that notes when each of its requests is signed.
struct noted_call {
    std::vector<std::string> signed_at = {};
    eksauth::http_request to = {.method = "POST", .scheme = "https", .host = "sts.example"};

    eksauth::result<eksauth::credentials> make(const eksauth::context& ctx, int attempts = 3) {
        return call_sts(ctx, {*eksauth::parse_region("us-west-2"), to, {.attempts = attempts}},
                        {.action = "AssumeRole", .role_arn = "ROLE", .with = "KEYS",
                         .also_transient = {"Passing"},
                         .build = [this](const eksauth::http_request& request, std::chrono::sys_seconds at) -> eksauth::result<eksauth::http_request> {
                             signed_at.push_back(credbase::rfc3339(at).substr(11, 8));
                             return request;
                         }});
    }
};

TEST_CASE("sts call: what STS answers decides how often it is asked, and after what pauses") {
    const std::string ok = "ok", refused = "EKS-CALL-REFUSED: AssumeRole of ROLE with KEYS failed: ", from = " from sts.example";
    const std::string shown = "AssumeRole of ROLE with KEYS failed: POST https://sts.example/: ";
    const auto lost = [](credbase::errc code) -> answer { return eksauth::error(code, "lost"); };
    const auto twice = [&](int status, const std::string& code) { return std::vector<answer>{refusal(status, code), good()}; };
    struct row { const char* name; std::vector<answer> replies; std::string outcome; std::vector<int> pauses; };
    const row rows[] = {
        {"a good answer", {good()}, ok, {}},
        {"139 Throttling", twice(400, "Throttling"), ok, {500}},
        {"throttling by status alone", twice(429, "Other"), ok, {500}},
        {"throttled twice", {refusal(400, "SlowDown"), refusal(400, "RequestLimitExceeded"), good()}, ok, {500, 1000}},
        {"RequestTimeout", twice(400, "RequestTimeout"), ok, {25}},
        {"status 500", twice(500, "InternalFailure"), ok, {25}},
        {"status 502", twice(502, "Other"), ok, {25}},
        {"status 503", twice(503, "ServiceUnavailable"), ok, {25}},
        {"status 504", twice(504, "Other"), ok, {25}},
        {"a code that this call takes for transient", twice(400, "Passing"), ok, {25}},
        {"138 no XML, status 503 three times", {reply(503, garbage), reply(503, garbage), reply(503, "")},
         refused + "HTTP 503 (no error code)" + from, {25, 50}},
        {"94 AccessDenied", twice(403, "AccessDenied"),
         refused + "AccessDenied: why (HTTP 403, request id-1)" + from + "; check the role's trust policy and the caller's own policy", {}},
        {"a code that nobody knows", twice(400, "Novel"), refused + "Novel: why (HTTP 400, request id-1)" + from, {}},
        {"status 501", twice(501, "Other"), refused + "Other: why (HTTP 501, request id-1)" + from, {}},
        {"a redirect", {reply(301, ""), good()}, refused + "HTTP 301 (no error code)" + from, {}},
        {"a refusal for good after a passing one", {refusal(500, "Other"), refusal(403, "Novel"), good()},
         refused + "Novel: why (HTTP 403, request id-1)" + from, {25}},
        {"connection refused", {lost(eksauth::errc::http_unreachable), good()}, ok, {25}},
        {"time-out", {lost(eksauth::errc::http_timeout), good()}, ok, {25}},
        {"cut short", {lost(eksauth::errc::http_cut), good()}, ok, {25}},
        {"cut short three times", {3, lost(eksauth::errc::http_cut)}, "EKS-HTTP-CUT: " + shown + "lost", {25, 50}},
        {"no such host", {lost(eksauth::errc::http_no_host), good()}, "EKS-HTTP-NO-HOST: " + shown + "lost", {}},
        {"a certificate that can't be trusted", {lost(eksauth::errc::http_tls), good()}, "EKS-HTTP-TLS: " + shown + "lost", {}},
        {"147 a proxy that refuses", {lost(eksauth::errc::http_proxy), good()}, "EKS-HTTP-PROXY: " + shown + "lost", {}},
        {"a 200 that can't be understood", {reply(200, garbage), good()}, ok, {25}},
        {"a 200 that can't be understood, status 500", {reply(200, garbage), refusal(500, "Other"), good()}, ok, {25, 50}},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.replies = r.replies};
        CHECK(told(noted_call().make(world.context())) == r.outcome);
        CHECK(world.requests.size() == r.pauses.size() + 1);
        CHECK(world.pauses == std::vector<milliseconds>(r.pauses.begin(), r.pauses.end()));
    }
}

TEST_CASE("sts call: a 200 that can't be understood twice is told without its body") {
    fake_world world{.replies = {reply(200, garbage), reply(200, garbage), good()}};
    const std::string text = told(noted_call().make(world.context()));
    CHECK(text.starts_with("EKS-BAD-REPLY: AssumeRole of ROLE with KEYS failed: POST https://sts.example/: HTTP 200, no Content-Type, 35 bytes: "));
    CHECK(text.find("AssumeRoleResponse>") == std::string::npos);
    CHECK(world.requests.size() == 2);
}

TEST_CASE("sts call: a refused signature tells how far the clocks are apart") {
    const std::string refused = "EKS-CALL-REFUSED: AssumeRole of ROLE with KEYS failed: SignatureDoesNotMatch: why (HTTP 403, request id-1) from sts.example; "
                                "the secret access key or the system clock is wrong";
    struct row { const char* date; std::string more; };
    const row rows[] = {{"Fri, 02 Jan 2026 03:04:35 GMT", "; the system clock is 30 s behind STS's"},
                        {"Fri, 02 Jan 2026 03:03:35 GMT", "; the system clock is 30 s ahead of STS's"},
                        {"Fri, 02 Jan 2026 03:04:05 GMT", ""}, {"", ""}};
    for (const row& r : rows) {
        INFO(r.date);
        fake_world world{.replies = {refusal(403, "SignatureDoesNotMatch", r.date)}};
        CHECK(told(noted_call().make(world.context())) == refused + r.more);
    }
}

TEST_CASE("sts call: what STS says can't end a line") {
    fake_world world{.replies = {reply(403, "<Error><Code>A\nB</Code><Message>one\r\ntwo\x1b[31m" + std::string(600, 'x') + "</Message></Error>")}};
    const std::string text = told(noted_call().make(world.context()));
    CHECK(text.find_first_of("\r\n\x1b") == std::string::npos);
    CHECK(text.size() < 800);
}

TEST_CASE("sts call: where STS's clock is the reason, the call is signed once more by it") {
    const std::string ahead = "Fri, 02 Jan 2026 03:14:05 GMT", near = "Fri, 02 Jan 2026 03:08:05 GMT", behind = "Fri, 02 Jan 2026 02:54:05 GMT";
    const std::string signature = "SignatureDoesNotMatch", ours = "03:04:05", theirs = "03:14:05";
    const auto aged = [&] {
        auto made = refusal(403, signature, ahead);
        made.headers.push_back({"age", credbase::secret_string("7")});
        return made;
    };
    const variables off = {{"AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true"}};
    struct row { const char* name; variables env; std::vector<answer> replies; bool ok; std::vector<std::string> signed_at; int offset; };
    const row rows[] = {
        {"142 ten minutes ahead", {}, {refusal(403, signature, ahead), good(ahead)}, true, {ours, theirs}, 600},
        {"142 and the next answer has no date", {}, {refusal(403, signature, ahead), good()}, true, {ours, theirs}, 600},
        {"142 ten minutes behind", {}, {refusal(403, signature, behind), good(behind)}, true, {ours, "02:54:05"}, -600},
        {"InvalidSignatureException", {}, {refusal(403, "InvalidSignatureException", ahead), good()}, true, {ours, theirs}, 600},
        {"AuthFailure", {}, {refusal(403, "AuthFailure", ahead), good()}, true, {ours, theirs}, 600},
        {"RequestTimeTooSkewed", {}, {refusal(403, "RequestTimeTooSkewed", ahead), good()}, true, {ours, theirs}, 600},
        {"AccessDeniedException", {}, {refusal(403, "AccessDeniedException", ahead), good()}, true, {ours, theirs}, 600},
        {"RequestExpired", {}, {refusal(403, "RequestExpired", ahead), good()}, true, {ours, theirs}, 600},
        {"another code", {}, {refusal(403, "AccessDenied", ahead), good()}, false, {ours}, 0},
        {"four minutes are nothing", {}, {refusal(403, signature, near), good()}, false, {ours}, 0},
        {"no date", {}, {refusal(403, signature), good()}, false, {ours}, 0},
        {"a date of a cache", {}, {aged(), good()}, false, {ours}, 0},
        {"a date that is none", {}, {refusal(403, signature, "yesterday"), good()}, false, {ours}, 0},
        {"refused by its own clock too", {}, {refusal(403, signature, ahead), refusal(403, signature, ahead), good()}, false, {ours, theirs}, 0},
        {"another clock each time", {}, {refusal(403, signature, ahead), refusal(403, signature, behind), good()}, false, {ours, theirs}, 0},
        {"not wanted", off, {refusal(403, signature, ahead), good()}, false, {ours}, 0},
        {"accepted, though our clock is off", {}, {good(ahead)}, true, {ours}, 600},
        {"accepted, our clock is off and that isn't wanted", off, {good(ahead)}, true, {ours}, 0},
        {"accepted, our clock is a little off", {}, {good(near)}, true, {ours}, 0},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env, .replies = r.replies};
        noted_call call;
        const eksauth::context ctx = with_aws_clock(world.context());
        const auto got = call.make(ctx);
        INFO(told(got));
        CHECK(got.has_value() == r.ok);
        CHECK(call.signed_at == r.signed_at);
        CHECK((got ? ctx.clock_offset().count() : 0) == r.offset);
    }
}

TEST_CASE("sts call: an offset that an earlier call has shown is kept") {
    fake_world world{.replies = {refusal(403, "SignatureDoesNotMatch", "Fri, 02 Jan 2026 03:14:05 GMT"), good()}};
    eksauth::context ctx = world.context();
    ctx.clock_offset = [] { return std::chrono::seconds(600); };
    noted_call call;
    CHECK_FALSE(call.make(with_aws_clock(ctx)).has_value());
    CHECK(call.signed_at == std::vector<std::string>{"03:14:05"});
}

TEST_CASE("sts call: no attempt is begun that the time limit forbids") {
    fake_world world{.replies = {3, refusal(503, "Busy")}};
    CHECK(told(noted_call().make(with_time_limit(world.context(), milliseconds(60)))).find("Busy: why (HTTP 503") != std::string::npos);
    REQUIRE(world.requests.size() == 2);
    CHECK(world.requests[0].limits.attempt == milliseconds(60));
    CHECK(world.requests[1].limits.attempt == milliseconds(35));
    CHECK(world.pauses == std::vector<milliseconds>{milliseconds(25)});

    fake_world late{.replies = {good()}};
    CHECK(told(noted_call().make(with_time_limit(late.context(), milliseconds(0)))) ==
          "EKS-TIME-LIMIT: AssumeRole of ROLE with KEYS failed: POST https://sts.example/: "
          "the time limit of 0 ms is over; next was POST https://sts.example/");
    CHECK(late.requests.empty());
}

TEST_CASE("sts call: the session name that nobody chose has the time and random digits") {
    fake_world world;
    const auto name = eksauth::default_session_name(world.context());
    REQUIRE(name.has_value());
    CHECK(*name == "eksauth-1767323045-5a5a5a5a");
    eksauth::context ctx = world.context();
    ctx.random_bytes = [](std::size_t) -> eksauth::result<std::string> { return eksauth::error(eksauth::errc::cannot_start, "no random"); };
    CHECK(told(eksauth::default_session_name(ctx)) == "EKS-CANNOT-START: no random");
}
