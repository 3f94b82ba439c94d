// SPDX-License-Identifier: Apache-2.0
#include <eksauth/default_chain.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

using variables = std::map<std::string, std::string>;

/// A home in `/h`, keys in the environment where asked for, and more variables.
static variables env_of(bool keys, const variables& more) {
    variables env = more;
    env["HOME"] = "/h";
    if (keys) env.insert({{"AWS_ACCESS_KEY_ID", "AKIDENV"}, {"AWS_SECRET_ACCESS_KEY", hush_secret}});
    return env;
}

static std::string chain(fake_world world, const std::string& profile = "") {
    return without_secrets(describe(eksauth::default_chain(world.context(), profile)));
}

TEST_CASE("default chain: the first source that is configured decides the outcome") {
    const variables none, irsa = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", "r"}};
    const std::string keys = "aws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n";
    const std::string credentials = "[default]\n" + keys + "[x]\n" + keys;
    const std::string role = "[default]\nrole_arn = r\nsource_profile = x\n";
    const std::string tried = "failed: no AWS credentials found; tried environment: AWS_ACCESS_KEY_ID is not set";
    const std::string no_web_identity = "; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set";
    const std::string no_container = "; container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set";
    const std::string no_metadata = "; instance metadata: this version doesn't support it";
    const std::string metadata_off = "; instance metadata: disabled by AWS_EC2_METADATA_DISABLED";
    const std::string no_profile = "; profile: no profile \"default\" in /h/.aws/config (absent) or /h/.aws/credentials (absent)";
    const std::string missing = "failed: profile \"nope\" (from AWS_PROFILE) not found in /h/.aws/config or /h/.aws/credentials";
    const std::string unsupported = " is set, but this version doesn't support this source";
    struct row { const char* name; bool keys; variables env; std::string config, credentials, outcome; };
    const row rows[] = {
        {"48 nothing at all", false, {{"AWS_EC2_METADATA_DISABLED", "true"}}, "", "",
         tried + no_web_identity + no_profile + no_container + metadata_off},
        {"48 instance metadata is not disabled", false, none, "", "", tried + no_web_identity + no_profile + no_container + no_metadata},
        {"48 a variable names an absent file", false, {{"AWS_CONFIG_FILE", "/c"}}, "", "",
         tried + no_web_identity +
             "; profile: no profile \"default\" in /c (absent) or /h/.aws/credentials (absent)" + no_container + no_metadata},
        {"48 a profile that names no source", false, none, "[default]\nregion = us-east-1\n", "",
         tried + no_web_identity + "; profile: profile \"default\" names no source of credentials" + no_container + no_metadata},
        {"128 instance metadata disabled in upper case", false, {{"AWS_EC2_METADATA_DISABLED", "TRUE"}}, "", "",
         tried + no_web_identity + no_profile + no_container + metadata_off},
        {"128 instance metadata not quite disabled", false, {{"AWS_EC2_METADATA_DISABLED", "truer"}}, "", "",
         tried + no_web_identity + no_profile + no_container + no_metadata},
        {"76 only the aliases of the keys", false, {{"AWS_ACCESS_KEY", "AKID"}, {"AWS_SECRET_KEY", hush_secret}}, "", "",
         tried + " (AWS_ACCESS_KEY and AWS_SECRET_KEY are not read)" + no_web_identity + no_profile + no_container + no_metadata},

        {"49 keys in the environment, an absent config file", true, {{"AWS_CONFIG_FILE", "/absent"}}, "", "", "credentials: AKIDENV"},
        {"73 keys in the environment and in the profile", true, none, "", credentials, "credentials: AKIDENV"},
        {"73 and the profile is named", true, {{"AWS_PROFILE", "x"}}, "", credentials, "credentials: AKIDENV"},
        {"74 keys in the environment, a role in the profile", true, none, role, credentials, "credentials: AKIDENV"},
        {"74 and the profile is named", true, {{"AWS_PROFILE", "default"}}, role, credentials, "credentials: AKIDENV"},
        {"101 keys and a web identity in the environment", true, irsa, "", credentials, "credentials: AKIDENV"},
        {"keys and a container in the environment", true, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "u"}}, "", "", "credentials: AKIDENV"},
        {"75 the id alone", false, {{"AWS_ACCESS_KEY_ID", "AKID"}}, "", credentials,
         "failed: environment: AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is empty"},
        {"75 the secret alone", false, {{"AWS_SECRET_ACCESS_KEY", hush_secret}}, "", credentials,
         "failed: environment: AWS_SECRET_ACCESS_KEY is set but AWS_ACCESS_KEY_ID is empty"},
        {"79 an expiry that is no time", true, {{"AWS_CREDENTIAL_EXPIRATION", "garbage"}}, "", credentials,
         "failed: environment: AWS_CREDENTIAL_EXPIRATION is not an RFC 3339 time such as 2026-01-02T03:04:05Z"},
        {"66 a profile that doesn't exist, keys in the environment", true, {{"AWS_PROFILE", "nope"}}, "[default]\n", credentials,
         missing},
        {"66 and not in the environment", false, {{"AWS_PROFILE", "nope"}}, "[default]\n", credentials, missing},
        {"66 a malformed name, keys in the environment", true, {{"AWS_PROFILE", "a\tb"}}, "", "",
         "failed: the profile's name \"a\\tb\" (from AWS_PROFILE) has a control character"},
        {"52 a typed section in credentials only", false, {{"AWS_PROFILE", "nope"}}, "[default]\n", "[profile nope]\n" + keys, missing},
        {"53 a bare section in config only", false, {{"AWS_PROFILE", "nope"}}, "[nope]\n" + keys, "[x]\n",
         missing + "; did you mean [profile nope] in line 1 of /h/.aws/config?"},

        {"a web identity", false, irsa, "", credentials, "failed: web identity: AWS_WEB_IDENTITY_TOKEN_FILE" + unsupported},
        {"99 a web identity without a role", false, {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}}, "", credentials,
         "failed: web identity: AWS_WEB_IDENTITY_TOKEN_FILE" + unsupported},
        {"a role without a web identity", false, {{"AWS_ROLE_ARN", "r"}}, "", credentials, "credentials: AKIDFILE"},
        {"a profile in credentials", false, none, "", credentials, "credentials: AKIDFILE"},
        {"a profile in config", false, none, "[default]\n" + keys, "", "credentials: AKIDFILE"},
        {"67 AWS_DEFAULT_PROFILE", false, {{"AWS_PROFILE", ""}, {"AWS_DEFAULT_PROFILE", "x"}}, "", "[x]\n" + keys,
         "credentials: AKIDFILE"},
        {"a profile and a container", false, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "u"}}, "", credentials, "credentials: AKIDFILE"},
        {"64 half a pair in the profile", false, none, "[default]\n" + keys, "[default]\naws_access_key_id = AKID\n",
         "failed: profile: profile \"default\" in /h/.aws/credentials has aws_access_key_id but no aws_secret_access_key"},
        {"a role in the profile", false, none, role, "",
         "failed: profile: profile \"default\" asks for source_profile, but this version doesn't support assumed roles"},
        {"86 a source profile without credentials", false, none, role, "[x]\n",
         "failed: profile: profile \"default\" asks for source_profile, but this version doesn't support assumed roles"},
        {"87 a role alone and a container", false, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "u"}}, "[default]\nrole_arn = r\n", "",
         "failed: profile: profile \"default\" has role_arn, which needs source_profile or credential_source"},
        {"61 garbage in a file", false, none, "[default]\nhush\n", credentials,
         "failed: profile: /h/.aws/config: line 2: neither a section, nor key = value, nor a comment"},
        {"61 garbage in a file, and the profile is named", true, {{"AWS_PROFILE", "x"}}, "[default]\nhush\n", credentials,
         "failed: /h/.aws/config: line 2: neither a section, nor key = value, nor a comment"},
        {"a container by a relative URI", false, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/u"}}, "", "",
         "failed: container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" + unsupported},
        {"a container by a full URI", false, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://hush"}}, "[profile y]\n", "[y]\n",
         "failed: container: AWS_CONTAINER_CREDENTIALS_FULL_URI" + unsupported},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = env_of(r.keys, r.env)};
        if (!r.config.empty()) world.files["/h/.aws/config"] = r.config;
        if (!r.credentials.empty()) world.files["/h/.aws/credentials"] = r.credentials;
        CHECK(chain(world) == r.outcome);
    }
}

TEST_CASE("default chain: a profile of the caller's choice goes before the environment") {
    const std::string keys = "aws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n";
    const std::string tried = "failed: no AWS credentials found; tried ";
    struct row { const char* name; bool keys; variables env; std::string config, outcome; };
    const row rows[] = {
        {"keys in the environment", true, {}, keys, "credentials: AKIDFILE"},
        {"half a pair in the environment", false, {{"AWS_ACCESS_KEY_ID", "AKID"}}, keys, "credentials: AKIDFILE"},
        {"a web identity in the environment", false, {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}}, keys, "credentials: AKIDFILE"},
        {"another profile in the environment", false, {{"AWS_PROFILE", "nope"}}, keys, "credentials: AKIDFILE"},
        {"it names no source", true, {}, "region = us-east-1\n",
         tried + "profile: profile \"a\" names no source of credentials; container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set; "
                 "instance metadata: this version doesn't support it"},
        {"it names no source, and there is a container", true, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/u"}}, "region = us-east-1\n",
         "failed: container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set, but this version doesn't support this source"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const fake_world world{.env = env_of(r.keys, r.env), .files = {{"/h/.aws/config", "[profile a]\n" + r.config}}};
        CHECK(chain(world, "a") == r.outcome);
        CHECK(chain(world, "b") == "failed: profile \"b\" (from the caller) not found in /h/.aws/config or /h/.aws/credentials (absent)");
    }
}

TEST_CASE("default chain: files are read only where they can decide something, and only the two") {
    struct row { const char* name; bool keys; variables env; std::vector<std::string> read; };
    const std::vector<std::string> both = {"/h/.aws/config", "/h/.aws/credentials"};
    const row rows[] = {
        {"20 keys in the environment", true, {}, {}},
        {"66 keys in the environment and a named profile", true, {{"AWS_PROFILE", "x"}}, both},
        {"half a pair in the environment", false, {{"AWS_ACCESS_KEY_ID", "AKID"}}, {}},
        {"no keys in the environment", false, {}, both},
        {"no keys in the environment and a named profile", false, {{"AWS_PROFILE", "x"}}, both},
        {"a web identity", false, {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}}, {}},
        {"a container", false, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "u"}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/t"}}, both},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = env_of(r.keys, r.env),
                         .files = {{"/h/.aws/config", "[profile x]\nweb_identity_token_file = /t\nca_bundle = /ca\n"}}};
        eksauth::context ctx = world.context();
        std::vector<std::string> read;
        ctx.read_file = [&, inner = ctx.read_file](const std::string& path, std::size_t limit_bytes) {
            read.push_back(path);
            return inner(path, limit_bytes);
        };
        without_secrets(describe(eksauth::default_chain(ctx)));
        CHECK(read == r.read);
    }
}

TEST_CASE("default chain: each I/O step failed in turn ends in an error that names it") {
    const std::string config = "reading /h/.aws/config: Input/output error";
    const std::string credentials = "reading /h/.aws/credentials: Input/output error";
    struct row { const char* name; bool keys; variables env; std::string outcome; std::vector<std::string> expected; };
    const row rows[] = {
        {"keys in the environment", true, {}, "credentials: AKIDENV", {}},
        {"and a named profile", true, {{"AWS_PROFILE", "x"}}, "credentials: AKIDENV", {"failed: " + config, "failed: " + credentials}},
        {"keys in the profile", false, {}, "credentials: AKIDFILE", {"failed: profile: " + config, "failed: profile: " + credentials}},
        {"keys in a named profile", false, {{"AWS_PROFILE", "x"}}, "credentials: AKIDFILE",
         {"failed: " + config, "failed: " + credentials}},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const std::string keys = "aws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n";
        const fake_world world{.env = env_of(r.keys, r.env),
                               .files = {{"/h/.aws/config", "[default]\n"},
                                         {"/h/.aws/credentials", "[default]\n" + keys + "[x]\n" + keys}}};
        fake_world whole = world;
        CHECK(without_secrets(describe(eksauth::default_chain(whole.context()))) == r.outcome);
        REQUIRE(whole.steps == std::ssize(r.expected));  // a new step needs a new row
        for (int step = 0; step < whole.steps; ++step) {
            fake_world broken = world;
            broken.fail_at = step;
            CHECK(chain(broken) == r.expected[static_cast<std::size_t>(step)]);
        }
    }
}
