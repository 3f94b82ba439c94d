// SPDX-License-Identifier: Apache-2.0
#include <eksauth/default_chain.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using variables = std::map<std::string, std::string>;

static const std::string arn = "arn:aws:iam::123456789012:role/r";
static const variables irsa = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", arn}};
static const variables container = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2"}};

/// A home in `/h`, keys in the environment where asked for, and more variables.
static variables env_of(bool keys, const variables& more) {
    variables env = more;
    env["HOME"] = "/h";
    if (keys) env.insert({{"AWS_ACCESS_KEY_ID", "AKIDENV"}, {"AWS_SECRET_ACCESS_KEY", hush_secret}});
    return env;
}

/// The files that an identity token and https need.
static std::map<std::string, std::string> files_of(const std::string& config, const std::string& credentials = "") {
    std::map<std::string, std::string> files = {{"/t", "hush"}, {"/etc/ssl/certs/ca-certificates.crt", ""}};
    if (!config.empty()) files["/h/.aws/config"] = config;
    if (!credentials.empty()) files["/h/.aws/credentials"] = credentials;
    return files;
}

static eksauth::http_response text(const std::string& body, int status = 200) { return {.status = status, .body = credbase::secret_string(body)}; }

/// STS's good answer to `action`: keys named after `id`.
static eksauth::http_response good(const std::string& action, const std::string& id) {
    const std::string outer = action + "Response>", inner = action + "Result>";
    return text("<" + outer + "<" + inner + "<Credentials><AccessKeyId>" + id + "</AccessKeyId><SecretAccessKey>" + hush_secret +
                "</SecretAccessKey><SessionToken>" + hush_token + "</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration></Credentials></" +
                inner + "</" + outer);
}
/// What containers and instances answer.
static eksauth::http_response json(const std::string& id) {
    return text("{\"Code\": \"Success\", \"AccessKeyId\": \"" + id + "\", \"SecretAccessKey\": \"hush\", \"Token\": \"hush\", "
                "\"Expiration\": \"2026-01-02T04:04:05Z\"}");
}
static std::string until(const std::string& id) { return "credentials: " + id + " with a session token until 2026-01-02T04:04:05Z"; }

static std::string chain(fake_world& world, const std::string& profile = "") {
    return without_secrets(describe(eksauth::default_chain(world.context(), "us-west-2", profile)));
}

static const std::string no_keys = "failed: no AWS credentials found; tried environment: AWS_ACCESS_KEY_ID is not set";
static const std::string no_web_identity = "; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set";
static const std::string no_container = "; container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set";
static const std::string no_instance =
    "; instance metadata: this host is no EC2 instance: PUT http://169.254.169.254/latest/api/token: connection refused";
static const std::string metadata_off = "; instance metadata: disabled by AWS_EC2_METADATA_DISABLED";

TEST_CASE("default chain: the first source that is configured decides the outcome") {
    const variables none;
    const std::string keys = "aws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n", credentials = "[default]\n" + keys + "[x]\n" + keys;
    const std::string role = "[default]\nrole_arn = " + arn + "\nsource_profile = x\n";
    const std::string no_profile = "; shared config: no profile \"default\" in /h/.aws/config (absent) or /h/.aws/credentials (absent)";
    const std::string missing = "failed: profile \"nope\" (from AWS_PROFILE) not found in /h/.aws/config or /h/.aws/credentials";
    struct row { const char* name; bool keys; variables env; std::string config, credentials, outcome; };
    const row rows[] = {
        {"48 nothing at all", false, {{"AWS_EC2_METADATA_DISABLED", "true"}}, "", "",
         no_keys + no_web_identity + no_profile + no_container + metadata_off},
        {"48 a variable names an absent file", false, {{"AWS_EC2_METADATA_DISABLED", "true"}, {"AWS_CONFIG_FILE", "/c"}}, "", "",
         no_keys + no_web_identity + "; shared config: no profile \"default\" in /c (absent) or /h/.aws/credentials (absent)" + no_container +
             metadata_off},
        {"48 a profile that names no source", false, {{"AWS_EC2_METADATA_DISABLED", "true"}}, "[default]\nregion = us-east-1\n", "",
         no_keys + no_web_identity + "; shared config: profile \"default\" names no source of credentials" + no_container + metadata_off},
        {"128 instance metadata disabled in upper case", false, {{"AWS_EC2_METADATA_DISABLED", "TRUE"}}, "", "",
         no_keys + no_web_identity + no_profile + no_container + metadata_off},
        {"76 only the aliases of the keys", false,
         {{"AWS_EC2_METADATA_DISABLED", "true"}, {"AWS_ACCESS_KEY", "AKID"}, {"AWS_SECRET_KEY", hush_secret}}, "", "",
         no_keys + " (AWS_ACCESS_KEY and AWS_SECRET_KEY are not read)" + no_web_identity + no_profile + no_container + metadata_off},

        {"49 keys in the environment, an absent config file", true, {{"AWS_CONFIG_FILE", "/absent"}}, "", "", "credentials: AKIDENV"},
        {"73 keys in the environment and in the profile", true, none, "", credentials, "credentials: AKIDENV"},
        {"73 and the profile is named", true, {{"AWS_PROFILE", "x"}}, "", credentials, "credentials: AKIDENV"},
        {"74 keys in the environment, a role in the profile", true, none, role, credentials, "credentials: AKIDENV"},
        {"74 and the profile is named", true, {{"AWS_PROFILE", "default"}}, role, credentials, "credentials: AKIDENV"},
        {"101 keys and a web identity in the environment", true, irsa, "", credentials, "credentials: AKIDENV"},
        {"keys and a container in the environment", true, container, "", "", "credentials: AKIDENV"},
        {"141 keys, and settings of calls that can't be understood", true,
         {{"AWS_RETRY_MODE", "foo"}, {"AWS_MAX_ATTEMPTS", "x"}, {"AWS_REGION", "nowhere"}, {"AWS_EC2_METADATA_V1_DISABLED", "x"}}, "", "",
         "credentials: AKIDENV"},
        {"141 keys in the profile, and the same settings", false,
         {{"AWS_RETRY_MODE", "foo"}, {"AWS_MAX_ATTEMPTS", "x"}, {"AWS_REGION", "nowhere"}, {"AWS_EC2_METADATA_V1_DISABLED", "x"}}, "", credentials,
         "credentials: AKIDFILE"},
        {"75 the id alone", false, {{"AWS_ACCESS_KEY_ID", "AKID"}}, "", credentials,
         "failed: environment: AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is empty"},
        {"75 the secret alone", false, {{"AWS_SECRET_ACCESS_KEY", hush_secret}}, "", credentials,
         "failed: environment: AWS_SECRET_ACCESS_KEY is set but AWS_ACCESS_KEY_ID is empty"},
        {"78 a temporary key without its token", false, {{"AWS_ACCESS_KEY_ID", "ASIAENV"}, {"AWS_SECRET_ACCESS_KEY", hush_secret}}, "", credentials,
         "failed: environment: AWS_ACCESS_KEY_ID is a temporary key (ASIA...) but AWS_SESSION_TOKEN is empty"},
        {"79 an expiry that is no time", true, {{"AWS_CREDENTIAL_EXPIRATION", "garbage"}}, "", credentials,
         "failed: environment: AWS_CREDENTIAL_EXPIRATION is not an RFC 3339 time such as 2026-01-02T03:04:05Z"},
        {"66 a profile that doesn't exist, keys in the environment", true, {{"AWS_PROFILE", "nope"}}, "[default]\n", credentials, missing},
        {"66 and not in the environment", false, {{"AWS_PROFILE", "nope"}}, "[default]\n", credentials, missing},
        {"66 a malformed name, keys in the environment", true, {{"AWS_PROFILE", "a\tb"}}, "", "",
         "failed: the profile's name \"a\\tb\" (from AWS_PROFILE) has a control character"},
        {"52 a typed section in credentials only", false, {{"AWS_PROFILE", "nope"}}, "[default]\n", "[profile nope]\n" + keys, missing},
        {"53 a bare section in config only", false, {{"AWS_PROFILE", "nope"}}, "[nope]\n" + keys, "[x]\n",
         missing + "; did you mean [profile nope] in line 1 of /h/.aws/config?"},

        {"99 a web identity without a role", false, {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}}, "", credentials,
         "failed: web identity: AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is empty"},
        {"a role without a web identity", false, {{"AWS_ROLE_ARN", arn}}, "", credentials, "credentials: AKIDFILE"},
        {"a profile in credentials", false, none, "", credentials, "credentials: AKIDFILE"},
        {"a profile in config", false, none, "[default]\n" + keys, "", "credentials: AKIDFILE"},
        {"67 AWS_DEFAULT_PROFILE", false, {{"AWS_PROFILE", ""}, {"AWS_DEFAULT_PROFILE", "x"}}, "", "[x]\n" + keys, "credentials: AKIDFILE"},
        {"68 AWS_PROFILE before AWS_DEFAULT_PROFILE", false, {{"AWS_PROFILE", "x"}, {"AWS_DEFAULT_PROFILE", "nope"}}, "", "[x]\n" + keys,
         "credentials: AKIDFILE"},
        {"a profile and a container", false, container, "", credentials, "credentials: AKIDFILE"},
        {"64 half a pair in the profile", false, none, "[default]\n" + keys, "[default]\naws_access_key_id = AKID\n",
         "failed: shared config: profile \"default\" in /h/.aws/credentials has aws_access_key_id but no aws_secret_access_key"},
        {"86 a source profile without credentials, and a container", false, container, role, "[x]\n",
         "failed: shared config: source_profile \"x\" of profile \"default\" has no credentials: profile \"x\" names no source of credentials"},
        {"87 a role alone and a container", false, container, "[default]\nrole_arn = r\n", "",
         "failed: shared config: profile \"default\" has role_arn, which needs source_profile or credential_source"},
        {"72 an empty role and a container", false, container, "[default]\nrole_arn =\n", "",
         "failed: shared config: /h/.aws/config line 2: role_arn is empty"},
        {"61 garbage in a file", false, none, "[default]\nhush\n", credentials,
         "failed: shared config: /h/.aws/config: line 2: neither a section, nor key = value, nor a comment"},
        {"61 garbage in a file, and a web identity", false, irsa, "[default]\nhush\n", credentials,
         "failed: web identity: /h/.aws/config: line 2: neither a section, nor key = value, nor a comment"},
        {"61 garbage in a file, and the profile is named", true, {{"AWS_PROFILE", "x"}}, "[default]\nhush\n", credentials,
         "failed: /h/.aws/config: line 2: neither a section, nor key = value, nor a comment"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = env_of(r.keys, r.env), .files = files_of(r.config, r.credentials)};
        CHECK(chain(world) == r.outcome);
        CHECK(world.requests.empty());
        CHECK(world.pauses.empty());
    }
}

TEST_CASE("default chain: sources that make calls are asked in order, and after a failure none is") {
    const std::string keys = "[x]\naws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n";
    const std::string role = "[default]\nrole_arn = " + arn + "\nsource_profile = x\n", failed = " failed: AccessDenied: why (HTTP 403) from "
        "sts.us-west-2.amazonaws.com; check the role's trust policy and the caller's own policy";
    const auto denied = text("<ErrorResponse><Error><Code>AccessDenied</Code><Message>why</Message></Error></ErrorResponse>", 403);
    const auto lost = eksauth::error(eksauth::errc::http_timeout, "no answer");
    const auto with = [](variables one, const variables& other) {
        one.insert(other.begin(), other.end());
        return one;
    };
    const std::string sts = "sts.us-west-2.amazonaws.com", ecs = "169.254.170.2", ec2 = "169.254.169.254";
    struct row {
        const char* name;
        variables env;
        std::string config;
        std::vector<std::variant<eksauth::http_response, eksauth::error>> replies;
        std::string outcome;
        std::vector<std::string> hosts;
    };
    const row rows[] = {
        {"a web identity before all others", with(irsa, container), role, {good("AssumeRoleWithWebIdentity", "ASIAPOD")}, until("ASIAPOD"), {sts}},
        {"a profile before a container", container, role, {good("AssumeRole", "ASIAROLE")}, until("ASIAROLE"), {sts}},
        {"a container before instance metadata", container, "", {json("ASIAECS")}, until("ASIAECS"), {ecs}},
        {"instance metadata at last", {}, "", {text("imds"), text("node"), json("ASIAEC2")}, until("ASIAEC2"), {ec2, ec2, ec2}},
        {"instance metadata, and a profile that names no source", {}, "[default]\nregion = us-east-1\n", {text("imds"), text("node"), json("ASIAEC2")},
         until("ASIAEC2"), {ec2, ec2, ec2}},
        {"94 a web identity that is refused", with(irsa, container), role, {denied, json("ASIAECS")},
         "failed: web identity: AssumeRoleWithWebIdentity of " + arn + " with token file /t" + failed, {sts}},
        {"94 a role that is refused", container, role, {denied, json("ASIAECS")},
         "failed: shared config: AssumeRole of " + arn + " with profile \"x\"" + failed, {sts}},
        {"a container that is refused", container, "", {text("", 404), text("imds")},
         "failed: container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: GET http://169.254.170.2/v2: HTTP 404 (no error code); check the URL and whether "
         "the task or pod has a role", {ecs}},
        {"a web identity without an answer", with(with(irsa, container), {{"AWS_MAX_ATTEMPTS", "1"}}), role, {lost, json("ASIAECS")},
         "failed: web identity: AssumeRoleWithWebIdentity of " + arn + " with token file /t failed: POST https://" + sts + "/: no answer", {sts}},
        {"131 nothing listens", {}, "", {},
         no_keys + no_web_identity + "; shared config: no profile \"default\" in /h/.aws/config (absent) or /h/.aws/credentials (absent)" +
             no_container + no_instance, {ec2, ec2}},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = env_of(false, r.env), .files = files_of(r.config, r.config == role ? keys : ""), .replies = r.replies};
        CHECK(chain(world) == r.outcome);
        std::vector<std::string> hosts;
        for (const auto& one : world.requests) hosts.push_back(one.host);
        CHECK(hosts == r.hosts);
    }
}

TEST_CASE("default chain: the selected profile's settings serve a web identity of the environment") {
    fake_world world{.env = env_of(false, irsa), .files = files_of("[default]\nregion = eu-west-1\n[profile x]\nregion = eu-west-2\n"),
                     .replies = {good("AssumeRoleWithWebIdentity", "ASIAPOD"), good("AssumeRoleWithWebIdentity", "ASIAPOD")}};
    CHECK(chain(world) == until("ASIAPOD"));
    world.env["AWS_PROFILE"] = "x";
    CHECK(chain(world) == until("ASIAPOD"));
    REQUIRE(world.requests.size() == 2);
    CHECK(world.requests[0].host == "sts.eu-west-1.amazonaws.com");
    CHECK(world.requests[1].host == "sts.eu-west-2.amazonaws.com");
}

TEST_CASE("default chain: a profile of the caller's choice goes before the environment") {
    const std::string keys = "aws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n", plain = "region = us-east-1\n";
    struct row { const char* name; bool keys; variables env; std::string config, outcome; };
    const row rows[] = {
        {"keys in the environment", true, {}, keys, "credentials: AKIDFILE"},
        {"half a pair in the environment", false, {{"AWS_ACCESS_KEY_ID", "AKID"}}, keys, "credentials: AKIDFILE"},
        {"a web identity in the environment", false, irsa, keys, "credentials: AKIDFILE"},
        {"another profile in the environment", false, {{"AWS_PROFILE", "nope"}}, keys, "credentials: AKIDFILE"},
        {"it names no source", true, {{"AWS_EC2_METADATA_DISABLED", "true"}}, plain,
         "failed: no AWS credentials found; tried shared config: profile \"a\" names no source of credentials" + no_container + metadata_off},
        {"it names no source, and there is a container", true, container, plain, until("ASIAECS")},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = env_of(r.keys, r.env), .files = files_of("[profile a]\n" + r.config), .replies = {json("ASIAECS")}};
        CHECK(chain(world, "a") == r.outcome);
        CHECK(chain(world, "b") == "failed: profile \"b\" (from the caller) not found in /h/.aws/config or /h/.aws/credentials (absent)");
    }
}

TEST_CASE("default chain: files are read only where they can decide something") {
    struct row { const char* name; bool keys; variables env; std::vector<std::string> read; };
    const std::vector<std::string> both = {"/h/.aws/config", "/h/.aws/credentials"}, all = {both[0], both[1], "/t"};
    const row rows[] = {
        {"20 keys in the environment", true, {}, {}},
        {"66 keys in the environment and a named profile", true, {{"AWS_PROFILE", "x"}}, both},
        {"half a pair in the environment", false, {{"AWS_ACCESS_KEY_ID", "AKID"}}, {}},
        {"no keys in the environment", false, {}, both},
        {"no keys in the environment and a named profile", false, {{"AWS_PROFILE", "x"}}, {both[0], both[1], "/token"}},
        {"99 a web identity without a role", false, {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}}, {}},
        {"a web identity", false, irsa, all},
        {"a container", false, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/"}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/t"}}, all},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = env_of(r.keys, r.env),
                         .files = files_of("[profile x]\nweb_identity_token_file = /token\nrole_arn = " + arn + "\nca_bundle = /ca\n"),
                         .replies = {text("", 404)}};
        eksauth::context ctx = world.context();
        std::vector<std::string> read;
        ctx.read_file = [&, inner = ctx.read_file](const std::string& path, std::size_t limit_bytes) {
            read.push_back(path);
            return inner(path, limit_bytes);
        };
        without_secrets(describe(eksauth::default_chain(ctx, "us-west-2")));
        CHECK(read == r.read);
    }
}

TEST_CASE("default chain: each I/O step failed in turn ends in an error that names it") {
    const std::string config = "reading /h/.aws/config: Input/output error", credentials = "reading /h/.aws/credentials: Input/output error";
    const std::string keys = "aws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n";
    const std::string role = "[default]\nrole_arn = " + arn + "\nsource_profile = x\n";
    const std::string post = "POST https://sts.us-west-2.amazonaws.com/: connection reset";
    const variables once = {{"AWS_MAX_ATTEMPTS", "1"}}, named = {{"AWS_PROFILE", "x"}};
    struct row { const char* name; bool keys; variables env; std::string config, outcome; std::vector<std::string> expected; };
    const row rows[] = {
        {"keys in the environment", true, {}, "[default]\n", "credentials: AKIDENV", {}},
        {"and a named profile", true, named, "[default]\n", "credentials: AKIDENV", {config, credentials}},
        {"keys in the profile", false, {}, "[default]\n" + keys, "credentials: AKIDFILE", {"shared config: " + config, "shared config: " + credentials}},
        {"keys in a named profile", false, named, "[default]\n", "credentials: AKIDFILE", {config, credentials}},
        {"a web identity", false, {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", arn}, {"AWS_MAX_ATTEMPTS", "1"}}, "[default]\n", until("ASIA"),
         {"web identity: " + config, "web identity: " + credentials, "web identity: reading /t: Input/output error",
          "web identity: AssumeRoleWithWebIdentity of " + arn + " with token file /t failed: " + post}},
        {"a role", false, once, role, until("ASIA"),
         {"shared config: " + config, "shared config: " + credentials,
          "shared config: AssumeRole of " + arn + " with profile \"x\" failed: " + post}},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const bool has_role = r.config == role;
        const fake_world world{.env = env_of(r.keys, r.env), .files = files_of(r.config, "[x]\n" + keys),
                               .replies = {good(has_role ? "AssumeRole" : "AssumeRoleWithWebIdentity", "ASIA")}};
        fake_world whole = world;
        CHECK(chain(whole) == r.outcome);
        REQUIRE(whole.steps == std::ssize(r.expected));  // a new step needs a new row
        for (int step = 0; step < whole.steps; ++step) {
            fake_world broken = world;
            broken.fail_at = step;
            CHECK(chain(broken) == "failed: " + r.expected[static_cast<std::size_t>(step)]);
            CHECK(broken.steps == step + 1);
        }
    }
}
