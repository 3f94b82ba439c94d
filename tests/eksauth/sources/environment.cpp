// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/environment.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <map>
#include <string>
#include <variant>

TEST_CASE("environment: what is set decides the outcome") {
    const std::string id = "AWS_ACCESS_KEY_ID", secret = "AWS_SECRET_ACCESS_KEY", token = "AWS_SESSION_TOKEN";
    const std::string old_token = "AWS_SECURITY_TOKEN";
    const std::string expiration = "AWS_CREDENTIAL_EXPIRATION";
    const std::string no_time = "failed: AWS_CREDENTIAL_EXPIRATION is not an RFC 3339 time such as 2026-01-02T03:04:05Z";
    struct row { const char* name; std::map<std::string, std::string> env; std::string outcome; };
    const row rows[] = {
        {"nothing", {}, "not configured: AWS_ACCESS_KEY_ID is not set"},
        {"empty variables", {{id, ""}, {secret, ""}, {token, hush_token}}, "not configured: AWS_ACCESS_KEY_ID is not set"},
        {"76 the aliases", {{"AWS_ACCESS_KEY", "AKID"}, {"AWS_SECRET_KEY", hush_secret}},
         "not configured: AWS_ACCESS_KEY_ID is not set (AWS_ACCESS_KEY and AWS_SECRET_KEY are not read)"},
        {"76 one alias", {{"AWS_SECRET_KEY", hush_secret}},
         "not configured: AWS_ACCESS_KEY_ID is not set (AWS_ACCESS_KEY and AWS_SECRET_KEY are not read)"},
        {"both keys", {{id, "AKID"}, {secret, hush_secret}}, "credentials: AKID"},
        {"an alias completes nothing", {{id, "AKID"}, {"AWS_SECRET_KEY", hush_secret}},
         "failed: AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is empty"},
        {"75 the id alone", {{id, "AKID"}}, "failed: AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is empty"},
        {"75 the secret is empty", {{id, "AKID"}, {secret, ""}}, "failed: AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is empty"},
        {"75 the secret alone", {{secret, hush_secret}}, "failed: AWS_SECRET_ACCESS_KEY is set but AWS_ACCESS_KEY_ID is empty"},
        {"with a session token", {{id, "ASIA1"}, {secret, hush_secret}, {token, hush_token}}, "credentials: ASIA1 with a session token"},
        {"6 an empty session token", {{id, "AKID"}, {secret, hush_secret}, {token, ""}}, "credentials: AKID"},
        {"the old name of the session token", {{id, "ASIA1"}, {secret, hush_secret}, {token, ""}, {old_token, hush_token}},
         "credentials: ASIA1 with a session token"},
        {"78 a temporary key without a session token", {{id, "ASIA1"}, {secret, hush_secret}},
         "failed: AWS_ACCESS_KEY_ID is a temporary key (ASIA...) but AWS_SESSION_TOKEN is empty"},
        {"22 an id with a slash", {{id, "AKID/hush"}, {secret, hush_secret}},
         "failed: AWS_ACCESS_KEY_ID has a character other than letters, digits and _"},
        {"22 an id with a comma", {{id, "AKID,hush"}, {secret, hush_secret}},
         "failed: AWS_ACCESS_KEY_ID has a character other than letters, digits and _"},
        {"22 an id with a blank", {{id, "AKID hush"}, {secret, hush_secret}},
         "failed: AWS_ACCESS_KEY_ID has a character at offset 4 that no AWS credential has"},
        {"22 an id of 129 bytes", {{id, std::string(125, 'A') + "hush"}, {secret, hush_secret}},
         "failed: AWS_ACCESS_KEY_ID has 129 bytes, limit 128"},
        {"23 a secret with a line feed behind it", {{id, "AKID"}, {secret, hush_secret + "\n"}},
         "failed: AWS_SECRET_ACCESS_KEY begins or ends with white space; was it copied with a line end?"},
        {"a session token with a blank", {{id, "AKID"}, {secret, hush_secret}, {token, "hush hush"}},
         "failed: AWS_SESSION_TOKEN has a character at offset 4 that no AWS credential has"},
        {"the old session token with a blank", {{id, "AKID"}, {secret, hush_secret}, {old_token, "hush hush"}},
         "failed: AWS_SECURITY_TOKEN has a character at offset 4 that no AWS credential has"},
        {"an expiry", {{id, "AKID"}, {secret, hush_secret}, {expiration, "2026-01-02T04:04:05+01:00"}},
         "credentials: AKID until 2026-01-02T03:04:05Z"},
        {"an empty expiry", {{id, "AKID"}, {secret, hush_secret}, {expiration, ""}}, "credentials: AKID"},
        {"79 an expiry that is no time", {{id, "AKID"}, {secret, hush_secret}, {expiration, "garbage"}}, no_time},
        {"79 an expiry that is no date", {{id, "AKID"}, {secret, hush_secret}, {expiration, "2026-02-30T00:00:00Z"}}, no_time},
        {"79 an expiry in seconds", {{id, "AKID"}, {secret, hush_secret}, {expiration, "1767323045"}}, no_time},
        {"79 a secret in the place of the expiry", {{id, "AKID"}, {secret, hush_secret}, {expiration, hush_secret}}, no_time},
        {"an expiry without keys", {{expiration, "garbage"}}, "not configured: AWS_ACCESS_KEY_ID is not set"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env};
        CHECK(told(eksauth::from_environment(world.context())) == r.outcome);
        CHECK(world.steps == 0);
    }
}

TEST_CASE("environment: the values arrive as they are, and the new name of the session token wins") {
    struct row { const char* name; std::map<std::string, std::string> env; std::string token; };
    const row rows[] = {
        {"77 both names", {{"AWS_SECURITY_TOKEN", "old"}, {"AWS_SESSION_TOKEN", "new"}}, "new"},
        {"the old name alone", {{"AWS_SECURITY_TOKEN", "old"}}, "old"},
        {"none", {}, ""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world{.env = r.env};
        world.env["AWS_ACCESS_KEY_ID"] = "AKID";
        world.env["AWS_SECRET_ACCESS_KEY"] = "a#b=\"c\"";
        const auto got = eksauth::from_environment(world.context());
        const auto* keys = std::get_if<eksauth::credentials>(&got);
        REQUIRE(keys != nullptr);
        CHECK(keys->access_key_id == "AKID");
        CHECK(keys->secret_access_key.reveal() == "a#b=\"c\"");
        CHECK(keys->session_token.reveal() == r.token);
        CHECK(keys->source == "environment");
        CHECK_FALSE(keys->expires.has_value());
    }
}

TEST_CASE("environment: the codes of failures tell a half pair from a malformed value") {
    fake_world half{.env = {{"AWS_ACCESS_KEY_ID", "AKID"}}};
    fake_world malformed{.env = {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "hush "}}};
    CHECK(std::get<eksauth::error>(eksauth::from_environment(half.context())).code().word == "EKS-SOURCE-FAILED");
    CHECK(std::get<eksauth::error>(eksauth::from_environment(malformed.context())).code().word == "EKS-BAD-CREDENTIALS");
}
