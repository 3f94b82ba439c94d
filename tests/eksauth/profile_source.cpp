// SPDX-License-Identifier: Apache-2.0
#include <eksauth/profile_source.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/sigv4/sign_headers.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using variables = std::map<std::string, std::string>;

static const std::string a = "[profile a]\n", b = "[profile b]\n", c = "[profile c]\n";
static const std::string keys = "aws_access_key_id = AKID\naws_secret_access_key = hush\n", from_b = "source_profile = b\n";
static const std::string process = "credential_process = /bin/p --password hush\n";
static const std::string arn = "arn:aws:iam::123456789012:role/";

static std::string role(const std::string& name) { return "role_arn = " + arn + name + "\nrole_session_name = of-" + name + "\n"; }

/// STS's good answer to `action`: keys named after `id`.
static eksauth::http_response good(const std::string& id, const std::string& action = "AssumeRole") {
    const std::string outer = action + "Response>", inner = action + "Result>";
    return {.status = 200, .body = credbase::secret_string(
        "<" + outer + "<" + inner + "<Credentials><AccessKeyId>" + id + "</AccessKeyId><SecretAccessKey>hush-secret-" + id + "</SecretAccessKey>"
        "<SessionToken>hush-token-" + id + "</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration></Credentials></" + inner + "</" + outer)};
}
static eksauth::http_response text(const std::string& body) { return {.status = 200, .body = credbase::secret_string(body)}; }
static std::string until(const std::string& id) { return "credentials: " + id + " with a session token until 2026-01-02T04:04:05Z"; }

/// A world with this config file, certificates, and an STS that makes roles of ASIA1, ASIA2 and so on.
static fake_world with_config(const std::string& config, const variables& more = {}) {
    fake_world world{.env = more, .files = {{"/h/.aws/config", config}, {"/etc/ssl/certs/ca-certificates.crt", ""}, {"/t", "hush\n"}}};
    world.env["HOME"] = "/h";
    for (const char* id : {"ASIA1", "ASIA2", "ASIA3", "ASIA4", "ASIA5", "ASIA6"}) world.replies.push_back(good(id));
    return world;
}

/// What profile a of the world's config file gives. Steps are counted from when the files have been read.
static eksauth::outcome profile_a(fake_world& world) {
    fake_world reader{.env = world.env, .files = world.files};
    const auto files = eksauth::load_shared_config(reader.context());
    REQUIRE(told(files) == "ok");
    return eksauth::from_profile(world.context(), eksauth::profile(*files, "a"), "us-west-2");
}

static std::string header_of(const eksauth::http_request& call, std::string_view name) {
    for (const auto& one : call.headers)
        if (one.name == name) return std::string(one.value.reveal());
    return "";
}
static std::string form_of(const std::string& name) {
    return "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2F" + name + "&RoleSessionName=of-" + name;
}
/// Whether the request is AssumeRole of that role, signed by those keys.
static bool assumes(const eksauth::http_request& call, const std::string& name, const eksauth::credentials& by) {
    const std::string body = form_of(name), authority = call.authority();
    const std::string type = "application/x-www-form-urlencoded; charset=utf-8";
    const auto made = sign_headers({.method = "POST", .headers = {{"host", authority}, {"content-type", type}}, .body = body}, by,
                                    {.at = example_time, .region = "us-west-2", .service = "sts"});
    return made && call.body.reveal() == body && header_of(call, "Authorization") == made->authorization &&
           header_of(call, "X-Amz-Security-Token") == by.session_token.reveal();
}
static eksauth::credentials answered(const std::string& id) {
    return {.access_key_id = id,
            .secret_access_key = credbase::secret_string("hush-secret-" + id),
            .session_token = credbase::secret_string("hush-token-" + id)};
}
static const eksauth::credentials profile_keys{.access_key_id = "AKID", .secret_access_key = credbase::secret_string("hush")};

TEST_CASE("profile source: the one source that the profile names decides the outcome") {
    const std::string who = "failed: profile \"a\" ", nothing = "not configured: profile \"a\" names no source of credentials";
    const std::string no_role_source = who + "has role_arn, which needs source_profile or credential_source";
    const std::string source_b = "failed: source_profile \"b\"", circle = ": source_profile goes round in a circle, or over more than 5 roles: ";
    const std::string mfa = " needs an MFA code (mfa_serial=m), which cannot be asked for here; use a session from \"aws sts get-session-token\" or SSO";
    const std::string sso = who + "asks for IAM Identity Center (SSO) and lacks ";
    const std::string login = "failed: login_session of profile \"a\": reading /h/.aws/login/cache/"
                              "acac86c0e609ca906f632b0e2dacccb2b77d22b0621f20ebece1a4835b93f6f0.json: no such file; run: aws login --profile a";
    const auto both = [&](const std::string& one, const std::string& other) {
        return who + "has both " + one + " and " + other + "; only one source of credentials may be given";
    };
    const auto ambiguous = [&](const std::string& other) {
        return who + "has both aws_access_key_id and " + other + "; which identity is meant can't be told";
    };
    const auto no_such_source = [&](const std::string& name) {
        return who + "has credential_source \"" + name + "\"; it must be Environment, Ec2InstanceMetadata or EcsContainer";
    };
    const auto chain_of = [](const std::vector<std::string>& names) {  // each but the last assumes a role by the next one
        std::string config;
        for (std::size_t i = 0; i + 1 < names.size(); ++i)
            config += "[profile " + names[i] + "]\n" + role(names[i]) + "source_profile = " + names[i + 1] + "\n";
        return config + "[profile " + names.back() + "]\n";
    };
    struct row { const char* name; std::string config, outcome; std::size_t calls = 0; };
    const row rows[] = {
        {"nothing", a, nothing},
        {"only settings", a + "region = us-east-1\nmfa_serial = m\nduration_seconds = 1\n", nothing},
        {"another profile's keys", a + b + keys, nothing},
        {"keys", a + keys, "credentials: AKID"},
        {"keys, and settings of calls that can't be understood", a + keys + "retry_mode = foo\nuse_fips_endpoint = x\nservices = absent\n",
         "credentials: AKID"},
        {"half a pair", a + "aws_access_key_id = AKID\n",
         "failed: profile \"a\" in /h/.aws/config has aws_access_key_id but no aws_secret_access_key"},

        {"80 a role with a source profile", a + role("r") + from_b + b + keys, until("ASIA1"), 1},
        {"81 a chain of roles", chain_of({"a", "b", "c"}) + keys, until("ASIA2"), 2},
        {"81 a chain of five roles", chain_of({"a", "b", "c", "d", "e", "f"}) + keys, until("ASIA5"), 5},
        {"81 a chain of six roles", chain_of({"a", "b", "c", "d", "e", "f", "g"}) + keys,
         source_b + ": source_profile \"c\": source_profile \"d\": source_profile \"e\": source_profile \"f\"" + circle +
             "a -> b -> c -> d -> e -> f -> g"},
        {"82 a circle of two", a + role("a") + from_b + b + role("b") + "source_profile = a\n", source_b + circle + "a -> b -> a"},
        {"82 a circle that the selected profile is no part of", chain_of({"a", "b", "c"}) + role("c") + from_b,
         source_b + ": source_profile \"c\"" + circle + "a -> b -> c -> b"},
        {"83 itself as its source, with keys", a + role("r") + "source_profile = a\n" + keys, until("ASIA1"), 1},
        {"83 itself as its source, without keys", a + role("r") + "source_profile = a\n",
         "failed: source_profile \"a\" of profile \"a\" has no credentials: it has no aws_access_key_id"},
        {"84 a source profile with keys and a role", a + role("r") + from_b + b + role("b") + "source_profile = none\n" + keys, until("ASIA1"), 1},
        {"85 a source profile that doesn't exist", a + role("r") + "source_profile = none\n",
         "failed: source_profile \"none\" of profile \"a\" not found in /h/.aws/config or /h/.aws/credentials (absent)"},
        {"86 a source profile without credentials", a + role("r") + from_b + b,
         source_b + " of profile \"a\" has no credentials: profile \"b\" names no source of credentials"},
        {"86 a source profile with half a pair", a + role("r") + from_b + b + "aws_access_key_id = AKID\n",
         source_b + ": profile \"b\" in /h/.aws/config has aws_access_key_id but no aws_secret_access_key"},
        {"a source profile with a role alone", a + role("r") + from_b + b + role("b"),
         source_b + ": profile \"b\" has role_arn, which needs source_profile or credential_source"},
        {"a source profile with SSO", a + role("r") + from_b + b + "sso_session = s\n",
         source_b + ": profile \"b\" names [sso-session s], which is not in /h/.aws/config"},
        {"87 a role alone", a + role("r"), no_role_source},
        {"87 a role with keys", a + role("r") + keys, no_role_source},
        {"87 a role with SSO", a + role("r") + "sso_session = s\n", no_role_source},
        {"87 a role with a process", a + role("r") + process, no_role_source},
        {"87 a role with a login session", a + role("r") + "login_session = l\n", no_role_source},
        {"88 both kinds of source", a + role("r") + from_b + "credential_source = Environment\n", both("source_profile", "credential_source")},
        {"89 a credential source in lower case", a + role("r") + "credential_source = environment\n", no_such_source("environment")},
        {"89 a credential source that doesn't exist", a + role("r") + "credential_source = Foo\n", no_such_source("Foo")},
        {"90 keys of an environment without any", a + role("r") + "credential_source = Environment\n",
         "failed: credential_source Environment of profile \"a\" has no credentials: AWS_ACCESS_KEY_ID is not set"},
        {"a container where there is none", a + role("r") + "credential_source = EcsContainer\n",
         "failed: credential_source EcsContainer of profile \"a\" has no credentials: "
         "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"},
        {"91 a role that needs an MFA code", a + role("r") + from_b + "mfa_serial = m\n" + b + keys, "failed: profile \"a\"" + mfa},
        {"91 and has a credential source", a + role("r") + "credential_source = EcsContainer\nmfa_serial = m\n", "failed: profile \"a\"" + mfa},
        {"91 the inner role needs one", chain_of({"a", "b", "c"}) + keys + b + "mfa_serial = m\n", source_b + ": profile \"b\"" + mfa},

        {"a source profile without a role", a + from_b, who + "has source_profile, which needs role_arn"},
        {"a credential source without a role", a + "credential_source = Environment\n", who + "has credential_source, which needs role_arn"},
        {"a web identity without a role", a + "web_identity_token_file = /t\n", who + "has web_identity_token_file, which needs role_arn"},
        {"SSO by a session", a + "sso_session = s\nsso_account_id = 1\nsso_role_name = r\n", who + "names [sso-session s], which is not in /h/.aws/config"},
        {"SSO by a start URL", a + "sso_start_url = u\nsso_region = r\n", sso + "sso_account_id, sso_role_name"},
        {"SSO by a region alone", a + "sso_region = r\n", sso + "sso_start_url, sso_account_id, sso_role_name"},
        {"SSO by an account alone", a + "sso_account_id = 1\n", sso + "sso_start_url, sso_region, sso_role_name"},
        {"SSO by a role name alone", a + "sso_role_name = r\n", sso + "sso_start_url, sso_region, sso_account_id"},
        {"a login session", a + "login_session = l\n", login},

        {"95 keys and SSO by a session", a + keys + "sso_session = s\n", ambiguous("sso_session")},
        {"95 keys and SSO by an account", a + keys + "sso_account_id = 1\n", ambiguous("sso_account_id")},
        {"95 keys and a login session", a + keys + "login_session = l\n", ambiguous("login_session")},
        {"95 keys and a process", a + keys + process, ambiguous("credential_process")},
        {"95 half a pair and a process", a + "aws_access_key_id = AKID\n" + process, ambiguous("credential_process")},
        {"keys, a role and a credential source", a + keys + role("r") + "credential_source = Environment\n", ambiguous("credential_source")},
        {"keys, a role and a source profile", a + keys + role("r") + from_b + b + keys, until("ASIA1"), 1},
        {"a source profile and a web identity", a + role("r") + from_b + "web_identity_token_file = /t\n",
         both("source_profile", "web_identity_token_file")},
        {"a source profile and a process", a + role("r") + from_b + process, both("source_profile", "credential_process")},
        {"a web identity and SSO", a + role("r") + "web_identity_token_file = /t\nsso_session = s\n", both("web_identity_token_file", "sso_session")},
        {"SSO and a login session", a + "sso_session = s\nlogin_session = l\n", both("sso_session", "login_session")},
        {"SSO and a process", a + "sso_role_name = r\n" + process, both("sso_role_name", "credential_process")},
        {"a login session and a process", a + "login_session = l\n" + process, both("login_session", "credential_process")},

        {"72 an empty role", a + keys + "role_arn =\n", "failed: /h/.aws/config line 4: role_arn is empty"},
        {"72 an empty source profile", a + role("r") + "source_profile =\n", "failed: /h/.aws/config line 4: source_profile is empty"},
        {"72 an empty credential source", a + role("r") + "credential_source =\n", "failed: /h/.aws/config line 4: credential_source is empty"},
        {"72 an empty web identity", a + role("r") + "web_identity_token_file =\n",
         "failed: /h/.aws/config line 4: web_identity_token_file is empty"},
        {"72 an empty SSO session", a + "sso_session =\n", "failed: /h/.aws/config line 2: sso_session is empty"},
        {"72 an empty login session", a + "login_session =\n", "failed: /h/.aws/config line 2: login_session is empty"},
        {"72 an empty process", a + keys + "credential_process = \"\"\n", "failed: /h/.aws/config line 4: credential_process is empty"},
        {"a process on two lines", a + "credential_process = /bin/p\n  hush\n",
         "failed: /h/.aws/config line 2: credential_process goes on over several lines"},
        {"empty SSO settings count as absent", a + keys + "sso_start_url =\nsso_region =\nsso_account_id =\nsso_role_name =\n",
         "credentials: AKID"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = with_config(r.config);
        CHECK(told(profile_a(world)) == r.outcome);
        CHECK(world.requests.size() == r.calls);
        CHECK(world.processes.empty());
    }
}

TEST_CASE("profile source: in a chain of roles each call is signed with the answer of the one before") {
    fake_world world = with_config(a + role("outer") + from_b + b + role("inner") + "source_profile = c\n" + c + keys);
    CHECK(told(profile_a(world)) == until("ASIA2"));
    REQUIRE(world.requests.size() == 2);
    CHECK(assumes(world.requests[0], "inner", profile_keys));
    CHECK(assumes(world.requests[1], "outer", answered("ASIA1")));  // row 81
    CHECK(world.pauses.empty());
}

TEST_CASE("profile source: a source profile's own role is assumed only where it has no keys") {
    const std::string other = "aws_access_key_id = AKIDOTHER\naws_secret_access_key = hush\n";
    struct row { const char* name; std::string config; };
    const row rows[] = {
        {"83 itself", a + role("r") + "source_profile = a\n" + keys},
        {"84 keys and a role", a + role("r") + from_b + b + role("b") + "source_profile = c\n" + keys + c + other},
        {"84 keys and a role by itself", a + role("r") + from_b + b + role("b") + from_b + keys},
        {"another's keys before its own", a + role("r") + from_b + other + b + keys},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = with_config(r.config, {{"AWS_ACCESS_KEY_ID", "AKIDENV"}, {"AWS_SECRET_ACCESS_KEY", "hush"},
                                                  {"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", arn + "env"}});
        CHECK(told(profile_a(world)) == until("ASIA1"));
        REQUIRE(world.requests.size() == 1);
        CHECK(assumes(world.requests[0], "r", profile_keys));
    }
}

TEST_CASE("profile source: the three credential sources give the keys that assume the role") {
    const std::string config = a + role("r") + "credential_source = ";
    fake_world environment = with_config(config + "Environment\n", {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "hush"}});
    CHECK(told(profile_a(environment)) == until("ASIA1"));
    REQUIRE(environment.requests.size() == 1);
    CHECK(assumes(environment.requests[0], "r", profile_keys));

    const auto json = [](const std::string& id) {
        return text("{\"Code\": \"Success\", \"AccessKeyId\": \"" + id + "\", \"SecretAccessKey\": \"hush-secret-" + id +
                    "\", \"Token\": \"hush-token-" + id + "\", \"Expiration\": \"2026-01-02T05:00:00Z\"}");
    };
    fake_world container = with_config(config + "EcsContainer\n", {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2"}});
    container.replies = {json("ASIAECS"), good("ASIA1")};
    CHECK(told(profile_a(container)) == until("ASIA1"));
    REQUIRE(container.requests.size() == 2);
    CHECK(container.requests[0].shown() == "GET http://169.254.170.2/v2");
    CHECK(assumes(container.requests[1], "r", answered("ASIAECS")));

    fake_world instance = with_config(config + "Ec2InstanceMetadata\n");
    instance.replies = {text("imds"), text("node"), json("ASIAEC2"), good("ASIA1")};
    CHECK(told(profile_a(instance)) == until("ASIA1"));
    REQUIRE(instance.requests.size() == 4);
    CHECK(instance.requests[0].shown() == "PUT http://169.254.169.254/latest/api/token");
    CHECK(assumes(instance.requests[3], "r", answered("ASIAEC2")));
}

TEST_CASE("profile source: a credential source that fails is an error, and nothing else is asked") {
    const std::string config = a + role("r") + "credential_source = ";
    fake_world half = with_config(config + "Environment\n", {{"AWS_ACCESS_KEY_ID", "AKID"}});
    CHECK(told(profile_a(half)) == "failed: credential_source Environment: AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is empty");
    CHECK(half.requests.empty());

    fake_world off = with_config(config + "Ec2InstanceMetadata\n", {{"AWS_EC2_METADATA_DISABLED", "true"}});
    const std::string nothing = "failed: credential_source Ec2InstanceMetadata of profile \"a\" has no credentials: ";
    CHECK(told(profile_a(off)) == nothing + "disabled by AWS_EC2_METADATA_DISABLED");
    CHECK(off.requests.empty());

    fake_world elsewhere = with_config(config + "Ec2InstanceMetadata\n");
    elsewhere.replies.clear();
    CHECK(told(profile_a(elsewhere)).starts_with(nothing + "this host is no EC2 instance"));
    for (const auto& one : elsewhere.requests) CHECK(one.host == "169.254.169.254");
}

TEST_CASE("profile source: an outer role that can't be assumed is refused before the inner one is asked for") {
    const std::string inner = from_b + b + role("b") + "source_profile = c\n" + c + keys;
    struct row { const char* name; std::string config; };
    const row rows[] = {
        {"47 a role in China", a + "role_arn = arn:aws-cn:iam::123456789012:role/r\n" + inner},
        {"a role that is none", a + "role_arn = reader-of-the-hub-cluster\n" + inner},
        {"92 a duration that is none", a + role("r") + "duration_seconds = x\n" + inner},
        {"93 an external id that is none", a + role("r") + "external_id = a b\n" + inner},
        {"47 a role in China for a container", a + "role_arn = arn:aws-cn:iam::123456789012:role/r\ncredential_source = EcsContainer\n"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = with_config(r.config, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2"}});
        CHECK(told(profile_a(world)).starts_with("failed: "));
        CHECK(world.requests.empty());
    }
}

TEST_CASE("profile source: roles are counted whatever the innermost one stands on") {
    std::string config;
    for (const char* pair : {"ab", "bc", "cd", "de", "ef"})
        config += "[profile " + std::string(1, pair[0]) + "]\n" + role("r1") + "source_profile = " + std::string(1, pair[1]) + "\n";
    config += "[profile f]\n" + role("r6");
    for (const char* source : {"credential_source = Environment\n", "web_identity_token_file = /t\n"}) {
        INFO(source);
        fake_world world = with_config(config + source, {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "hush"}});
        CHECK(told(profile_a(world)).find("more than 5 roles: a -> b -> c -> d -> e -> f") != std::string::npos);
        CHECK(world.requests.empty());
    }
}

TEST_CASE("profile source: a profile's web identity is its own, whatever the environment says") {
    fake_world world = with_config(a + role("r") + "web_identity_token_file = /t\n",
                                   {{"AWS_ROLE_ARN", arn + "env"}, {"AWS_ROLE_SESSION_NAME", "env"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/env"}});
    world.replies = {good("ASIAPOD", "AssumeRoleWithWebIdentity")};
    CHECK(told(profile_a(world)) == until("ASIAPOD"));
    REQUIRE(world.requests.size() == 1);
    const bool same = world.requests[0].body.reveal() == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A"
                                                         "123456789012%3Arole%2Fr&RoleSessionName=of-r&WebIdentityToken=hush";
    CHECK(same);
    CHECK(header_of(world.requests[0], "Authorization").empty());
}

TEST_CASE("profile source: a process gives keys, and keys for a role") {
    const std::string printed = "{\"Version\": 1, \"AccessKeyId\": \"AKID\", \"SecretAccessKey\": \"hush\"}";
    fake_world world = with_config(a + process);
    world.process = credbase::process_output{.out = credbase::secret_string(printed)};
    CHECK(told(profile_a(world)) == "credentials: AKID");
    REQUIRE(world.processes.size() == 1);
    CHECK(world.processes[0].arguments == std::vector<std::string>{"/bin/p", "--password", "hush"});

    fake_world base = with_config(a + role("r") + from_b + b + process);
    base.process = world.process;
    CHECK(told(profile_a(base)) == until("ASIA1"));
    REQUIRE(base.requests.size() == 1);
    CHECK(assumes(base.requests[0], "r", profile_keys));
}

TEST_CASE("profile source: each I/O step failed in turn ends in an error that names it") {
    const std::string config = a + role("outer") + from_b + b + role("inner") + "web_identity_token_file = /t\n";
    const std::string inner = "failed: source_profile \"b\": ", post = " failed: POST https://sts.us-west-2.amazonaws.com/: connection reset";
    const std::vector<std::string> expected = {
        inner + "reading /t: Input/output error",
        inner + "AssumeRoleWithWebIdentity of " + arn + "inner with token file /t" + post,
        "failed: AssumeRole of " + arn + "outer with web identity" + post,
    };
    fake_world world = with_config(config, {{"AWS_MAX_ATTEMPTS", "1"}});
    world.replies[0] = good("ASIAPOD", "AssumeRoleWithWebIdentity");
    fake_world whole = world;
    CHECK(told(profile_a(whole)) == until("ASIA2"));
    REQUIRE(whole.steps == std::ssize(expected));  // a new step needs a new row
    for (int step = 0; step < whole.steps; ++step) {
        fake_world broken = world;
        broken.fail_at = step;
        CHECK(told(profile_a(broken)) == expected[static_cast<std::size_t>(step)]);
        CHECK(broken.steps == step + 1);
    }
}

TEST_CASE("profile source: the codes of failures tell what is contradictory from what is not supported") {
    const auto code_of = [](const std::string& lines) {
        fake_world world = with_config(a + lines);
        const auto got = profile_a(world);
        REQUIRE(std::holds_alternative<eksauth::error>(got));
        return std::get<eksauth::error>(got).code().word;
    };
    CHECK(code_of("role_arn = r\n") == "EKS-BAD-PROFILE");
    CHECK(code_of("login_session = l\ncredential_process = p\n") == "EKS-BAD-PROFILE");
    CHECK(code_of("sso_session = s\n") == "EKS-BAD-PROFILE");
    CHECK(code_of("login_session = l\n") == "EKS-SOURCE-FAILED");
    CHECK(code_of(role("r") + "source_profile = b\nmfa_serial = m\n" + b + keys) == "EKS-NOT-SUPPORTED");
    CHECK(code_of(role("r") + "source_profile = none\n") == "EKS-NO-PROFILE");
}
