// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/web_identity.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

using std::chrono::milliseconds;
using variables = std::map<std::string, std::string>;

static const std::string role_arn = "arn:aws:iam::123456789012:role/hub/reader", token = "eyJhbGci.hush-payload_-.c2ln";

static eksauth::http_response good() {
    return {.status = 200, .body = credbase::secret_string(
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAPOD</AccessKeyId><SecretAccessKey>" +
        hush_secret + "</SecretAccessKey><SessionToken>" + hush_token + "</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration>"
        "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>")};
}
static eksauth::http_response refusal(int status, const std::string& code) {
    return {.status = status, .body = credbase::secret_string("<ErrorResponse><Error><Code>" + code + "</Code><Message>why</Message></Error>"
                                                              "<RequestId>id-1</RequestId></ErrorResponse>")};
}
static const std::string pod = "credentials: ASIAPOD with a session token until 2026-01-02T04:04:05Z";

/// A pod with IRSA, more variables, and an STS that answers once.
static fake_world irsa(const variables& more = {}) {
    fake_world world{.env = more, .files = {{"/token", token}, {"/etc/ssl/certs/ca-certificates.crt", ""}}, .replies = {good()}};
    world.env.insert({{"HOME", "/h"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}, {"AWS_ROLE_ARN", role_arn}});
    return world;
}
static eksauth::outcome ask(const eksauth::context& ctx) {
    return eksauth::from_web_identity(ctx, [] { return nullptr; }, "us-west-2");
}

TEST_CASE("web identity: without the token file's variable nobody has asked for it") {
    struct row { const char* name; variables env; std::string outcome; };
    const row rows[] = {
        {"nothing set", {}, "not configured: AWS_WEB_IDENTITY_TOKEN_FILE is not set"},
        {"an empty variable", {{"AWS_WEB_IDENTITY_TOKEN_FILE", ""}}, "not configured: AWS_WEB_IDENTITY_TOKEN_FILE is not set"},
        {"the role alone", {{"AWS_ROLE_ARN", role_arn}}, "not configured: AWS_WEB_IDENTITY_TOKEN_FILE is not set (AWS_ROLE_ARN is)"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env};
        const auto selected = []() -> eksauth::result<const eksauth::profile*> {
            FAIL("the profile is asked for");
            return nullptr;
        };
        CHECK(told(eksauth::from_web_identity(world.context(), selected, "us-west-2")) == r.outcome);
        CHECK(world.steps == 0);
    }
}

TEST_CASE("web identity: the call is one unsigned form") {
    const std::string start = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fhub%2Freader";
    const std::string unnamed = start + "&RoleSessionName=eksauth-1767323045-5a5a5a5a", sent = "&WebIdentityToken=" + token;
    const std::string west = "sts.us-west-2.amazonaws.com";
    struct row { const char* name; variables env; std::string file, host, body; };
    const row rows[] = {
        {"96 IRSA", {}, token, west, unnamed + sent},
        {"96 a session name", {{"AWS_ROLE_SESSION_NAME", "pod@1"}}, token, west, start + "&RoleSessionName=pod%401" + sent},
        {"97 a line feed behind the token", {}, token + "\n", west, unnamed + sent},
        {"97 all white space behind the token", {}, token + " \t\r\n\n", west, unnamed + sent},
        {"all that base64 has", {}, "aZ09._~+/=-", west, unnamed + "&WebIdentityToken=aZ09._~%2B%2F%3D-"},
        {"98 20000 bytes", {}, std::string(20000, 'x'), west, unnamed + "&WebIdentityToken=" + std::string(20000, 'x')},
        {"35 FIPS", {{"AWS_USE_FIPS_ENDPOINT", "true"}}, token, "sts-fips.us-west-2.amazonaws.com", unnamed + sent},
        {"46 two regions", {{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "eu-west-2"}}, token, "sts.eu-west-1.amazonaws.com", unnamed + sent},
        {"39 two endpoints", {{"AWS_ENDPOINT_URL_STS", "https://one.example:8443"}, {"AWS_ENDPOINT_URL", "https://two.example"}}, token,
         "one.example:8443", unnamed + sent},
        {"141 the mode of old SDKs", {{"AWS_RETRY_MODE", "legacy"}}, token, west, unnamed + sent},
        {"a token in the home folder", {{"AWS_WEB_IDENTITY_TOKEN_FILE", "~/token"}}, token, west, unnamed + sent},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = irsa(r.env);
        world.files["/token"] = world.files["/h/token"] = r.file;
        CHECK(told(ask(world.context())) == pod);
        REQUIRE(world.requests.size() == 1);
        const eksauth::http_request& call = world.requests[0];
        CHECK(call.method + " " + call.scheme + " " + call.authority() + " " + call.target == "POST https " + r.host + " /");
        const bool same_body = call.body.reveal() == r.body;  // a secret: not for Catch2 to print
        CHECK(same_body);
        REQUIRE(call.headers.size() == 1);
        CHECK(call.headers[0].name == "Content-Type");
        CHECK(call.headers[0].value.reveal() == "application/x-www-form-urlencoded; charset=utf-8");
        CHECK(call.limits.body_bytes == 262144);
        CHECK(call.trust.files.size() == 1);
    }
}

TEST_CASE("web identity: what is refused before any call") {
    const std::string no_form = "is not of the form arn:aws:iam::123456789012:role/name", china = "arn:aws-cn:iam::123456789012:role/r";
    const std::string bytes = "failed: token file /token: holds no token: a character at offset ", absent = "failed: token file /token: ";
    const std::string endpoint = "failed: AWS_ENDPOINT_URL_STS: ", name = " must be 2 to 64 letters, digits and _+=,.@-";
    struct row { const char* name; variables env; std::string file, outcome; };
    const row rows[] = {
        {"99 no role", {{"AWS_ROLE_ARN", ""}}, token, "failed: AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is empty"},
        {"98 a blank inside", {}, "ab hush", bytes + "2 that none has"},
        {"98 a line feed inside", {}, "hush\nhush", bytes + "4 that none has"},
        {"98 a NUL inside", {}, std::string("ab\0hush", 7), bytes + "2 that none has"},
        {"98 a blank before", {}, " hush", bytes + "0 that none has"},
        {"98 quotes", {}, "\"hush\"", bytes + "0 that none has"},
        {"98 not ASCII", {}, "hush\xc3\xa4", bytes + "4 that none has"},
        {"98 empty", {}, "", absent + "is empty"},
        {"98 white space only", {}, " \n", absent + "is empty"},
        {"98 20001 bytes", {}, std::string(20001, 'x'), "failed: reading /token: too large"},
        {"47 a role in China", {{"AWS_ROLE_ARN", china}, {"AWS_REGION", "us-east-1"}}, token,
         "failed: role ARN \"" + china + "\" is in partition aws-cn but the STS region us-east-1 is in aws"},
        {"a role that is none", {{"AWS_ROLE_ARN", "reader-of-the-hub-cluster"}}, token, "failed: role ARN \"reader-of-the-hub-cluster\" " + no_form},
        {"a session name with a blank", {{"AWS_ROLE_SESSION_NAME", "a b"}}, token, "failed: role_session_name: \"a b\"" + name},
        {"a session name of one letter", {{"AWS_ROLE_SESSION_NAME", "a"}}, token, "failed: role_session_name: \"a\"" + name},
        {"37 FIPS, perhaps", {{"AWS_USE_FIPS_ENDPOINT", "yes"}}, token,
         "failed: AWS_USE_FIPS_ENDPOINT: use_fips_endpoint must be true or false, got \"yes\""},
        {"38 FIPS and an endpoint", {{"AWS_USE_FIPS_ENDPOINT", "true"}, {"AWS_ENDPOINT_URL_STS", "https://h"}}, token,
         endpoint + "an endpoint can't be combined with FIPS endpoints"},
        {"44 http elsewhere", {{"AWS_ENDPOINT_URL_STS", "http://10.0.0.1"}}, token,
         endpoint + "not a usable endpoint: http is for loopback hosts only, use https"},
        {"44 a path", {{"AWS_ENDPOINT_URL_STS", "https://h/x"}}, token, endpoint + "not a usable endpoint: a path or a query"},
        {"44 a user", {{"AWS_ENDPOINT_URL_STS", "https://hush@h"}}, token, endpoint + "not a usable endpoint: user information"},
        {"140 no attempt", {{"AWS_MAX_ATTEMPTS", "0"}}, token,
         "failed: AWS_MAX_ATTEMPTS: max_attempts must be a number from 1 to 999999999, got \"0\""},
        {"141 no such mode", {{"AWS_RETRY_MODE", "foo"}}, token,
         "failed: AWS_RETRY_MODE: retry_mode must be standard, adaptive or legacy, got \"foo\""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = irsa(r.env);
        world.files["/token"] = r.file;
        CHECK(told(ask(world.context())) == r.outcome);
        CHECK(world.requests.empty());
    }
    fake_world world = irsa();
    world.files.erase("/token");
    CHECK(told(ask(world.context())) == absent + "No such file or directory");  // row 98
    CHECK(world.requests.empty());
}

TEST_CASE("web identity: a broken profile is an error where the variables ask for a call") {
    fake_world world = irsa();
    const auto selected = []() -> eksauth::result<const eksauth::profile*> { return eksauth::error(eksauth::errc::bad_file, "line 2"); };
    CHECK(told(eksauth::from_web_identity(world.context(), selected, "us-west-2")) == "failed: line 2");
    CHECK(world.requests.empty());
}

TEST_CASE("web identity: the token is read anew for each attempt, as it is rotated") {
    for (const char* code : {"InvalidIdentityToken", "IDPCommunicationError"}) {
        INFO("100 " << code);
        fake_world world = irsa();
        world.replies = {refusal(400, code), good()};
        eksauth::context ctx = world.context();
        int read = 0;
        ctx.read_file = [&, inner = ctx.read_file](const std::string& path, std::size_t limit_bytes) {
            world.files["/token"] = "turn" + std::to_string(++read) + "\n";
            return inner(path, limit_bytes);
        };
        CHECK(told(ask(ctx)) == pod);
        CHECK(read == 2);
        REQUIRE(world.requests.size() == 2);
        CHECK(world.requests[0].body.reveal().ends_with("&WebIdentityToken=turn1"));
        CHECK(world.requests[1].body.reveal().ends_with("&WebIdentityToken=turn2"));
        const auto name_of = [](const eksauth::http_request& one) { return one.body.reveal().substr(0, one.body.reveal().rfind('&')); };
        CHECK(name_of(world.requests[0]) == name_of(world.requests[1]));
        CHECK(world.pauses == std::vector<milliseconds>{milliseconds(25)});
    }
}

TEST_CASE("web identity: what STS refuses, and how often it is asked") {
    const std::string failed = "failed: AssumeRoleWithWebIdentity of " + role_arn + " with token file /token failed: ";
    const std::string sent = " from sts.us-west-2.amazonaws.com";
    const auto told_by_sts = [](const std::string& code, int status) { return code + ": why (HTTP " + std::to_string(status) + ", request id-1)"; };
    struct row { const char* name; int status; std::string code, outcome; std::size_t requests; };
    const row rows[] = {
        {"100 a token that STS never takes", 400, "InvalidIdentityToken",
         told_by_sts("InvalidIdentityToken", 400) + sent + "; check the role's OIDC provider and the token's audience, sts.amazonaws.com", 3},
        {"139 throttled all along", 400, "Throttling", told_by_sts("Throttling", 400) + sent, 3},
        {"94 a role that doesn't trust the pod", 403, "AccessDenied",
         told_by_sts("AccessDenied", 403) + sent + "; check the role's trust policy and the caller's own policy", 1},
        {"an expired token", 400, "ExpiredTokenException",
         told_by_sts("ExpiredTokenException", 400) + sent + "; the source credentials or the identity token have expired", 1},
        {"a token that was withdrawn", 403, "IDPRejectedClaim",
         told_by_sts("IDPRejectedClaim", 403) + sent + "; the identity provider has withdrawn the token", 1},
        {"a region that is switched off", 403, "RegionDisabledException",
         told_by_sts("RegionDisabledException", 403) + sent + "; activate STS in that region in the account's settings", 1},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = irsa();
        world.replies = {4, refusal(r.status, r.code)};
        CHECK(told(ask(world.context())) == failed + r.outcome);
        CHECK(world.requests.size() == r.requests);
    }
    fake_world once = irsa({{"AWS_MAX_ATTEMPTS", "1"}});
    once.replies = {refusal(400, "Throttling"), good()};
    CHECK(told(ask(once.context())) == failed + told_by_sts("Throttling", 400) + sent);  // row 140
    CHECK(once.requests.size() == 1);
}

TEST_CASE("web identity: each I/O step failed in turn ends in an error that names it") {
    const std::vector<std::string> expected = {
        "failed: reading /token: Input/output error",
        "failed: AssumeRoleWithWebIdentity of " + role_arn + " with token file /token failed: "
        "POST https://sts.us-west-2.amazonaws.com/: connection reset",
    };
    fake_world whole = irsa({{"AWS_MAX_ATTEMPTS", "1"}});
    CHECK(told(ask(whole.context())) == pod);
    REQUIRE(whole.steps == std::ssize(expected));  // a new step needs a new row
    for (int step = 0; step < whole.steps; ++step) {
        fake_world world = irsa({{"AWS_MAX_ATTEMPTS", "1"}});
        world.fail_at = step;
        CHECK(told(ask(world.context())) == expected[static_cast<std::size_t>(step)]);
    }
}
