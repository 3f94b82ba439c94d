// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/static_keys.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <string>
#include <utility>
#include <variant>

/// What profile x gives when these are its lines in the two files.
static eksauth::outcome keys_of(const std::string& config, const std::string& credentials) {
    fake_world world{.env = {{"HOME", "/h"}},
                     .files = {{"/h/.aws/config", "[profile x]\n" + config}, {"/h/.aws/credentials", "[x]\n" + credentials}}};
    const auto files = eksauth::load_shared_config(world.context());
    REQUIRE(told(files) == "ok");
    return eksauth::from_static_keys(eksauth::profile(*files, "x"));
}

TEST_CASE("static keys: what the profile has decides the outcome") {
    const std::string id = "aws_access_key_id = AKID\n", secret = "aws_secret_access_key = hush\n", token = "aws_session_token = hush\n";
    const std::string in_config = "failed: profile \"x\" in /h/.aws/config";
    const std::string in_credentials = "failed: profile \"x\" in /h/.aws/credentials";
    const std::string no_secret = " has aws_access_key_id but no aws_secret_access_key";
    const std::string no_id = " has aws_secret_access_key but no aws_access_key_id";
    struct row { const char* name; std::string config, credentials, outcome; };
    const row rows[] = {
        {"nothing", "", "", "not configured: it has no aws_access_key_id"},
        {"a session token alone", token, token, "not configured: it has no aws_access_key_id"},
        {"empty keys", "aws_access_key_id =\naws_secret_access_key = ''\n", "", "not configured: it has no aws_access_key_id"},
        {"in config", id + secret, "", "credentials: AKID"},
        {"in credentials", "", id + secret + token, "credentials: AKID with a session token"},
        {"the credentials file wins", "aws_access_key_id = OTHER\n" + secret, id + secret, "credentials: AKID"},
        {"63 a session token in config doesn't join", id + secret + token, id + secret, "credentials: AKID"},
        {"63 nor does one in credentials", id + secret, token, "credentials: AKID"},
        {"64 the id in credentials, the secret in config", secret, id, in_credentials + no_secret},
        {"64 the secret in credentials, the id in config", id, secret, in_credentials + no_id},
        {"64 half a pair in credentials, a whole one in config", id + secret, id, in_credentials + no_secret},
        {"half a pair in config", id, "", in_config + no_secret},
        {"the other half in config", secret, "", in_config + no_id},
        {"half a pair with an empty value", "", id + "aws_secret_access_key =\n", in_credentials + no_secret},
        {"a secret with a blank", "", id + "aws_secret_access_key = hush hush\n",
         in_credentials + ": aws_secret_access_key has a character at offset 4 that no AWS credential has"},
        {"a secret on two lines", "", id + secret + "  hush\n",
         "failed: /h/.aws/credentials line 3: aws_secret_access_key goes on over several lines"},
        {"an id on two lines", id + "  hush\n" + secret, "",
         "failed: /h/.aws/config line 2: aws_access_key_id goes on over several lines"},
        {"a token on two lines", "", id + secret + token + "\thush\n",
         "failed: /h/.aws/credentials line 4: aws_session_token goes on over several lines"},
        {"22 an id with a slash", "", "aws_access_key_id = AKID/hush\n" + secret,
         in_credentials + ": aws_access_key_id has a character other than letters, digits and _"},
        {"78 a temporary key without a session token", "aws_access_key_id = ASIA1\n" + secret, "",
         in_config + ": aws_access_key_id is a temporary key (ASIA...) but aws_session_token is empty"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(told(keys_of(r.config, r.credentials)) == r.outcome);
    }
}

TEST_CASE("static keys: values are read as AWS SDK for Go reads them") {
    const std::string id = "aws_access_key_id = AKID\n", secret = "aws_secret_access_key = s\n";
    struct row { const char* name; std::string credentials, id, secret, token; };
    const row rows[] = {
        {"57 a comment behind a secret that ends with =", id + "aws_secret_access_key = a/b+c= # note\n", "AKID", "a/b+c=", ""},
        {"57 a semicolon comment", id + "aws_secret_access_key = a/b+c= ; note\n", "AKID", "a/b+c=", ""},
        {"58 a number sign within the secret", id + "aws_secret_access_key = a#b\n", "AKID", "a#b", ""},
        {"59 quotes", "aws_access_key_id = \"AKIDEXAMPLE\"\naws_secret_access_key = 's'\n", "AKIDEXAMPLE", "s", ""},
        {"60 keys in upper case", "AWS_ACCESS_KEY_ID = X\nAWS_Secret_Access_Key = s\n", "X", "s", ""},
        {"62 colons", "aws_access_key_id : AKID\naws_secret_access_key: s\n", "AKID", "s", ""},
        {"51 CRLF", "aws_access_key_id = AKID\r\naws_secret_access_key = s\r\n", "AKID", "s", ""},
        {"56 a key that occurs twice", id + secret + "aws_secret_access_key = later\n", "AKID", "later", ""},
        {"55 a section that occurs twice", id + secret + "[x]\naws_access_key_id = LATER\n", "LATER", "s", ""},
        {"a session token", id + secret + "aws_session_token = a/b+c==\n", "AKID", "s", "a/b+c=="},
        {"the old name of the session token", id + secret + "aws_security_token = old\n", "AKID", "s", "old"},
        {"both names", id + secret + "aws_session_token = new\naws_security_token = old\n", "AKID", "s", "new"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto got = keys_of("", r.credentials);
        const auto* keys = std::get_if<eksauth::credentials>(&got);
        REQUIRE(keys != nullptr);
        CHECK(keys->access_key_id == r.id);
        CHECK(keys->secret_access_key.reveal() == r.secret);
        CHECK(keys->session_token.reveal() == r.token);
        CHECK(keys->source == "profile \"x\"");
        CHECK_FALSE(keys->expires.has_value());
    }
}
