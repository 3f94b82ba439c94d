// SPDX-License-Identifier: Apache-2.0
#include <eksauth/steps.hpp>  // first: proves that it stands alone

#include "eksauth/outcomes.hpp"

#include <eksauth/cache/credential_store.hpp>
#include <eksauth/default_chain.hpp>
#include <eksauth/get_token.hpp>
#include <eksauth/net/proxy.hpp>
#include <eksauth/profile_source.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// The lines that a run tells; each is held free of secrets.
template <class F>
static std::vector<std::string> steps_of(fake_world& world, const F& run) {
    std::vector<std::string> lines;
    run(with_steps(world.context(), [&lines](const eksauth::step& one) { lines.push_back(without_secrets(one.text())); }));
    return lines;
}

static std::vector<std::string> chain_steps(fake_world world) {
    return steps_of(world, [](const eksauth::context& ctx) { (void)default_chain(ctx, "eu-west-1"); });
}

static eksauth::http_response role_reply(const std::string& date) {
    return {.status = 200,
            .headers = {{"Date", credbase::secret_string(date)}},
            .body = credbase::secret_string("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>" +
                                            hush_secret + "</SecretAccessKey><SessionToken>" + hush_token +
                                            "</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>")};
}

using lines = std::vector<std::string>;

TEST_CASE("steps: variables that are set, each once, and the values of those alone that are no secret") {
    CHECK(chain_steps({.env = {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", hush_secret}, {"AWS_SESSION_TOKEN", hush_token},
                               {"AWS_CREDENTIAL_EXPIRATION", "2026-01-02T04:00:00Z"}, {"AWS_PROFILE", ""}}}) ==
          lines{"variable AWS_ACCESS_KEY_ID: AKID", "variable AWS_SECRET_ACCESS_KEY: is set", "variable AWS_SESSION_TOKEN: is set",
                "variable AWS_CREDENTIAL_EXPIRATION: 2026-01-02T04:00:00Z",
                "source environment: key id AKID from environment, until 2026-01-02T04:00:00Z"});
    const lines proxied = steps_of(*std::make_unique<fake_world>(fake_world{.env = {{"HTTPS_PROXY", "http://u:hush@h:1"}}}),
                                   [](const eksauth::context& ctx) { (void)find_proxy(ctx, "sts.eu-west-1.amazonaws.com", ""); });
    CHECK(proxied == lines{"variable HTTPS_PROXY: is set"});
}

TEST_CASE("steps: what a profile asks for is told with its place, and no source that isn't configured without its reason") {
    const fake_world world{.env = {{"HOME", "/h"}, {"AWS_PROFILE", "dev"}, {"AWS_EC2_METADATA_DISABLED", "true"}},
                           .files = {{"/h/.aws/config", "[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\n"
                                                        "role_session_name = s1\n"},
                                     {"/h/.aws/credentials", "[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = " + hush_secret + "\n"},
                                     {"/etc/ssl/certs/ca-certificates.crt", ""}},
                           .replies = {role_reply("Fri, 02 Jan 2026 03:04:05 GMT")}};
    fake_world run = world;
    const lines told = steps_of(run, [](const eksauth::context& ctx) { (void)default_chain(with_aws_clock(ctx), "eu-west-1"); });
    CHECK(told == lines{"variable AWS_PROFILE: dev", "variable HOME: /h", "file /h/.aws/config: 103 bytes", "file /h/.aws/credentials: 76 bytes",
                        "profile \"dev\": chosen by AWS_PROFILE; /h/.aws/config line 1",
                        "source environment: not configured: AWS_ACCESS_KEY_ID is not set",
                        "source web identity: not configured: AWS_WEB_IDENTITY_TOKEN_FILE is not set",
                        "profile \"dev\": role_arn \"arn:aws:iam::111122223333:role/r\" in /h/.aws/config line 2, source_profile \"base\" in /h/.aws/config line 3",
                        "profile \"base\": aws_access_key_id \"AKIDBASE\" in /h/.aws/credentials line 2",
                        "call POST https://sts.eu-west-1.amazonaws.com/: HTTP 200 in 0 ms",
                        "clock sts.eu-west-1.amazonaws.com: the system clock agrees with it",
                        "source shared config: key id ASIAROLE from role arn:aws:iam::111122223333:role/r, until 2026-01-02T04:04:05Z"});
}

TEST_CASE("steps: a program is told by its name alone, with how it ended") {
    fake_world world{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", "[default]\ncredential_process = /bin/keys --password hush\n"}}};
    world.process = credbase::process_output{.exit_code = 3, .program = "/bin/keys"};
    const lines told = chain_steps(world);
    CHECK(std::find(told.begin(), told.end(), "program /bin/keys: exit code 3 in 0 ms") != told.end());
    CHECK(std::find(told.begin(), told.end(), "profile \"default\": credential_process in /h/.aws/config line 2") != told.end());
    CHECK(told.back().starts_with("source shared config: failed: "));
}

TEST_CASE("steps: neither the path of a container's credentials nor a URL of a profile is told") {
    const lines container = chain_steps({.env = {{"HOME", "/h"}, {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/hush"}},
                                         .replies = {eksauth::http_response{
                                             .status = 200,
                                             .headers = {{"Content-Type", credbase::secret_string("application/json")}},
                                             .body = credbase::secret_string(R"({"AccessKeyId":"ASIAPOD","SecretAccessKey":")" + hush_secret +
                                                                             R"(","Token":"t","Expiration":"2026-01-02T04:04:05Z"})")}}});
    CHECK(std::find(container.begin(), container.end(), "variable AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: is set") != container.end());
    CHECK(std::find(container.begin(), container.end(), "call GET http://169.254.170.2: HTTP 200 in 0 ms") != container.end());

    fake_world world{.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", "[default]\nsso_start_url = https://u:hush@h/\nsso_region = eu-west-1\n"}}};
    const lines told = chain_steps(world);
    CHECK(std::find(told.begin(), told.end(), "profile \"default\": sso_start_url in /h/.aws/config line 2") != told.end());
}

TEST_CASE("steps: calls and files that fail are told with why") {
    fake_world world{.env = {{"HOME", "/h"}}, .fail_at = 0};
    CHECK(chain_steps(world) == lines{"source environment: not configured: AWS_ACCESS_KEY_ID is not set",
                                      "source web identity: not configured: AWS_WEB_IDENTITY_TOKEN_FILE is not set",
                                      "variable HOME: /h", "file /h/.aws/config: reading /h/.aws/config: Input/output error",
                                      "source shared config: failed: reading /h/.aws/config: Input/output error"});
}

TEST_CASE("steps: kept credentials are told once, with what they serve until, and never their secrets") {
    fake_world world{.env = {{"HOME", "/h"}},
                     .files = {{"/h/.aws/config", "[default]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\nrole_session_name = s1\n"
                                                  "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = " + hush_secret + "\n"},
                               {"/etc/ssl/certs/ca-certificates.crt", ""}, {"/proc/sys/kernel/random/boot_id", "b"}},
                     .replies = {role_reply("Fri, 02 Jan 2026 03:04:05 GMT")}};
    const auto run = [](const eksauth::context& ctx) {
        REQUIRE(eksauth::credential_store(ctx.open_folder("/c").value()).get(ctx, "", [](const eksauth::context& asked) {
            return default_chain(asked, "eu-west-1");
        }).has_value());
    };
    const lines first = steps_of(world, run), second = steps_of(world, run);
    const auto kept = [](const lines& all) {
        lines found;
        for (const std::string& line : all)
            if (line.starts_with("kept ")) found.push_back(line);
        return found;
    };
    CHECK(kept(first) == lines{"kept credentials of earlier runs: none that this run may use"});
    CHECK(first.back() == "source shared config: key id ASIAROLE from role arn:aws:iam::111122223333:role/r, until 2026-01-02T04:04:05Z");
    CHECK(kept(second).size() == 1);
    CHECK(kept(second)[0].starts_with("kept credentials of earlier runs: key id ASIAROLE from role arn:aws:iam::111122223333:role/r, until "
                                      "2026-01-02T04:04:05Z; they serve until 2026-01-02T03:4"));
    CHECK(std::none_of(second.begin(), second.end(), [](const std::string& line) { return line.starts_with("source ") || line.starts_with("call "); }));
}
