// SPDX-License-Identifier: Apache-2.0
#include <eksauth/profile_source.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <string>
#include <variant>

/// What profile a of this config file gives.
static eksauth::outcome profile_a(const std::string& config) {
    fake_world world{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", config}}};
    const auto files = eksauth::load_shared_config(world.context());
    REQUIRE(told(files) == "ok");
    return eksauth::from_profile(eksauth::profile(*files, "a"));
}

TEST_CASE("profile source: the one source that the profile names decides the outcome") {
    const std::string keys = "aws_access_key_id = AKID\naws_secret_access_key = hush\n", a = "[profile a]\n", b = "[profile b]\n";
    const std::string role = "role_arn = arn:aws:iam::123456789012:role/r\n", process = "credential_process = /bin/p --password hush\n";
    const std::string who = "failed: profile \"a\" ";
    const std::string assumed = who + "asks for source_profile, but this version doesn't support assumed roles";
    const std::string environment = who + "asks for credential_source, but this version doesn't support assumed roles";
    const std::string sso = "but this version doesn't support IAM Identity Center (SSO)";
    const std::string no_role_source = who + "has role_arn, which needs source_profile or credential_source";
    const auto both = [&](const std::string& one, const std::string& other) {
        return who + "has both " + one + " and " + other + "; only one source of credentials may be given";
    };
    const auto ambiguous = [&](const std::string& other) {
        return who + "has both aws_access_key_id and " + other + "; which identity is meant can't be told";
    };
    struct row { const char* name; std::string config, outcome; };
    const row rows[] = {
        {"nothing", a, "not configured: profile \"a\" names no source of credentials"},
        {"only settings", a + "region = us-east-1\nmfa_serial = m\nduration_seconds = 1\n",
         "not configured: profile \"a\" names no source of credentials"},
        {"another profile's keys", a + b + keys, "not configured: profile \"a\" names no source of credentials"},
        {"keys", a + keys, "credentials: AKID"},
        {"half a pair", a + "aws_access_key_id = AKID\n",
         "failed: profile \"a\" in /h/.aws/config has aws_access_key_id but no aws_secret_access_key"},

        {"80 a role with a source profile", a + role + "source_profile = b\n" + b + keys, assumed},
        {"81 a chain of roles", a + role + "source_profile = b\n" + b + role + "source_profile = c\n[profile c]\n" + keys, assumed},
        {"82 a circle", a + role + "source_profile = b\n" + b + role + "source_profile = a\n", assumed},
        {"83 itself as its source, with keys", a + role + "source_profile = a\n" + keys, assumed},
        {"83 itself as its source, without keys", a + role + "source_profile = a\n", assumed},
        {"84 a source profile with keys and a role", a + role + "source_profile = b\n" + b + role + keys, assumed},
        {"85 a source profile that doesn't exist", a + role + "source_profile = none\n", assumed},
        {"86 a source profile without credentials", a + role + "source_profile = b\n" + b, assumed},
        {"87 a role alone", a + role, no_role_source},
        {"87 a role with keys", a + role + keys, no_role_source},
        {"87 a role with SSO", a + role + "sso_session = s\n", no_role_source},
        {"87 a role with a process", a + role + process, no_role_source},
        {"87 a role with a login session", a + role + "login_session = l\n", no_role_source},
        {"88 both kinds of source", a + role + "source_profile = b\ncredential_source = Environment\n",
         both("source_profile", "credential_source")},
        {"89 a credential source in lower case", a + role + "credential_source = environment\n", environment},
        {"89 a credential source that doesn't exist", a + role + "credential_source = Foo\n", environment},
        {"90 a credential source", a + role + "credential_source = Environment\n", environment},
        {"91 a role that needs an MFA code", a + role + "source_profile = b\nmfa_serial = m\n" + b + keys, assumed},
        {"a web identity", a + role + "web_identity_token_file = /t\n",
         who + "asks for web_identity_token_file, but this version doesn't support web identity"},

        {"a source profile without a role", a + "source_profile = b\n", who + "has source_profile, which needs role_arn"},
        {"a credential source without a role", a + "credential_source = Environment\n",
         who + "has credential_source, which needs role_arn"},
        {"a web identity without a role", a + "web_identity_token_file = /t\n",
         who + "has web_identity_token_file, which needs role_arn"},
        {"SSO by a session", a + "sso_session = s\nsso_account_id = 1\nsso_role_name = r\n", who + "asks for sso_session, " + sso},
        {"SSO by a start URL", a + "sso_start_url = u\nsso_region = r\n", who + "asks for sso_start_url, " + sso},
        {"SSO by a region alone", a + "sso_region = r\n", who + "asks for sso_region, " + sso},
        {"SSO by an account alone", a + "sso_account_id = 1\n", who + "asks for sso_account_id, " + sso},
        {"SSO by a role name alone", a + "sso_role_name = r\n", who + "asks for sso_role_name, " + sso},
        {"a login session", a + "login_session = l\n",
         who + "asks for login_session, but this version doesn't support console login sessions"},
        {"a process", a + process, who + "asks for credential_process, but this version doesn't support credential processes"},

        {"95 keys and SSO by a session", a + keys + "sso_session = s\n", ambiguous("sso_session")},
        {"95 keys and SSO by an account", a + keys + "sso_account_id = 1\n", ambiguous("sso_account_id")},
        {"95 keys and a login session", a + keys + "login_session = l\n", ambiguous("login_session")},
        {"95 keys and a process", a + keys + process, ambiguous("credential_process")},
        {"95 half a pair and a process", a + "aws_access_key_id = AKID\n" + process, ambiguous("credential_process")},
        {"keys, a role and a credential source", a + keys + role + "credential_source = Environment\n", ambiguous("credential_source")},
        {"keys, a role and a source profile", a + keys + role + "source_profile = b\n", assumed},
        {"a source profile and a web identity", a + role + "source_profile = b\nweb_identity_token_file = /t\n",
         both("source_profile", "web_identity_token_file")},
        {"a source profile and a process", a + role + "source_profile = b\n" + process, both("source_profile", "credential_process")},
        {"a web identity and SSO", a + role + "web_identity_token_file = /t\nsso_session = s\n",
         both("web_identity_token_file", "sso_session")},
        {"SSO and a login session", a + "sso_session = s\nlogin_session = l\n", both("sso_session", "login_session")},
        {"SSO and a process", a + "sso_role_name = r\n" + process, both("sso_role_name", "credential_process")},
        {"a login session and a process", a + "login_session = l\n" + process, both("login_session", "credential_process")},

        {"72 an empty role", a + keys + "role_arn =\n", "failed: /h/.aws/config line 4: role_arn is empty"},
        {"72 an empty source profile", a + role + "source_profile =\n", "failed: /h/.aws/config line 3: source_profile is empty"},
        {"72 an empty credential source", a + role + "credential_source =\n",
         "failed: /h/.aws/config line 3: credential_source is empty"},
        {"72 an empty web identity", a + role + "web_identity_token_file =\n",
         "failed: /h/.aws/config line 3: web_identity_token_file is empty"},
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
        CHECK(told(profile_a(r.config)) == r.outcome);
    }
}

TEST_CASE("profile source: the codes of failures tell what is contradictory from what is not supported") {
    const auto code_of = [](const std::string& lines) {
        const auto got = profile_a("[profile a]\n" + lines);
        REQUIRE(std::holds_alternative<eksauth::error>(got));
        return std::get<eksauth::error>(got).code().word;
    };
    CHECK(code_of("role_arn = r\n") == "EKS-BAD-PROFILE");
    CHECK(code_of("login_session = l\ncredential_process = p\n") == "EKS-BAD-PROFILE");
    CHECK(code_of("credential_process = p\n") == "EKS-NOT-SUPPORTED");
    CHECK(code_of("role_arn = r\nsource_profile = b\n") == "EKS-NOT-SUPPORTED");
}
