// SPDX-License-Identifier: Apache-2.0
// The commands beside the plugin's main job, in a process of values.
#include "commands.hpp"

#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <boost/json/parse.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using namespace std::string_literals;

namespace {

const std::map<std::string, std::string> keys = {
    {"AWS_ACCESS_KEY_ID", example_id}, {"AWS_SECRET_ACCESS_KEY", example_secret}, {"HOME", "/h"}};
const std::string request = R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":)"
                            R"({"server":"https://h","config":{"region":"eu-west-1","clusterId":"c1"}}}})";
const std::string request_with_role = R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":)"
                                      R"({"config":{"region":"eu-west-1","clusterId":"c1","roleArn":"arn:aws:iam::111122223333:role/hub-a"}}}})";
const std::string request_without_cluster = R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":true}})";

struct ran { int code; std::string out, err; };

ran run(fake_world& world, const std::vector<std::string_view>& arguments, const std::string& exec_info = "", bool terminal = false) {
    fake_process process{.env = world.env, .now = world.now};
    if (!exec_info.empty()) process.env[credplugin::exec_info_variable] = exec_info;
    const eks_plugin::surroundings around{.aws = world.context(), .version = "1.2.3", .terminal = terminal};
    const int code = credplugin::run(eks_plugin::make_plugin(around, eks_plugin::help_text(), "the usage\n"), process.context(), arguments);
    for (const std::string* text : {&process.out, &process.err}) CHECK(text->find(example_secret) == std::string::npos);
    return {code, process.out, process.err};
}

std::string token_in(const ran& got) { return std::string(boost::json::parse(got.out).at("status").at("token").as_string()); }

std::string token_of(const std::string& region, const std::string& cluster) {
    fake_world world{.env = keys};
    return std::string(get_token(world.context(), {.cluster = cluster, .region = region}).value().text.reveal());
}

eksauth::http_response role_reply(const std::string& id) {
    return {.status = 200,
            .headers = {{"Date", credbase::secret_string("Fri, 02 Jan 2026 03:04:35 GMT")}},
            .body = credbase::secret_string("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>" + id + "</AccessKeyId><SecretAccessKey>" +
                                            example_secret + "</SecretAccessKey><SessionToken>session</SessionToken><Expiration>2026-01-02T04:04:05Z"
                                            "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>")};
}

const eksauth::http_response caller_reply{
    .status = 200,
    .body = credbase::secret_string(R"({"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"111122223333",)"
                                    R"("Arn":"arn:aws:sts::111122223333:assumed-role/hub-a/s1","UserId":"AROA:s1"}}})")};

fake_world with_trust(std::vector<std::variant<eksauth::http_response, eksauth::error>> replies) {
    return {.env = keys, .files = {{"/etc/ssl/certs/ca-certificates.crt", ""}}, .replies = std::move(replies)};
}

}  // namespace

TEST_CASE("token: what `aws eks get-token` and `aws-iam-authenticator token` print, by their arguments") {
    struct row { std::vector<std::string_view> arguments; std::map<std::string, std::string> env; std::string exec_info, region, version; };
    const row rows[] = {
        {{"token", "--cluster-name", "c1", "--region", "eu-west-1"}, {}, "", "eu-west-1", "v1beta1"},
        {{"--region", "eu-west-1", "eks", "get-token", "--cluster-name", "c1", "--output", "json"}, {}, "", "eu-west-1", "v1beta1"},
        {{"token", "-i", "c1"}, {{"AWS_REGION", "us-west-2"}, {"AWS_DEFAULT_REGION", "us-east-1"}}, "", "us-west-2", "v1beta1"},
        {{"token", "-i", "c1"}, {{"AWS_DEFAULT_REGION", "us-east-1"}}, request_without_cluster, "us-east-1", "v1"},
        {{"token", "-i", "c1"}, {{"AWS_PROFILE", "p"}}, "", "us-gov-west-1", "v1beta1"},
    };
    for (const row& r : rows) {
        fake_world world{.env = keys, .files = {{"/h/.aws/config", "[profile p]\nregion = us-gov-west-1\n"}}};
        for (const auto& [name, value] : r.env) world.env[name] = value;
        const ran got = run(world, r.arguments, r.exec_info);
        CHECK(got.err == "");
        REQUIRE(got.code == 0);
        CHECK(token_in(got) == token_of(r.region, "c1"));
        CHECK(boost::json::parse(got.out).at("apiVersion").as_string() == "client.authentication.k8s.io/" + r.version);
    }
    fake_world world{.env = keys};
    CHECK(run(world, {"token", "-i", "c1", "--region", "eu-west-1", "--token-only"}).out == token_of("eu-west-1", "c1") + "\n");
}

TEST_CASE("token: --profile means that profile, whatever keys the environment has") {
    fake_world world{.env = keys, .files = {{"/h/.aws/credentials", "[p]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = "s + example_secret + "\n"},
                                            {"/h/.aws/config", "[profile p]\nregion = eu-west-1\n"}}};
    const ran got = run(world, {"explain", "-i", "c1", "--profile", "p", "--output", "json"});
    CHECK(got.code == 0);
    CHECK(boost::json::parse(got.out).at("result").at("keyId").as_string() == "AKIDOTHER");
    CHECK(run(world, {"token", "-i", "c1", "--profile", "gone", "--region", "eu-west-1"}).err ==
          "[eks] failed to get EKS token: profile \"gone\" (from the caller) not found in /h/.aws/config or /h/.aws/credentials (EKS-NO-PROFILE)\n");
}

TEST_CASE("token: what is refused, with the whole message") {
    struct row { std::vector<std::string_view> arguments; std::string exec_info; int code; std::string message; };
    const row rows[] = {
        {{"token"}, "", 2, "token needs --cluster-name (EXEC-ARGUMENTS)\nthe usage"},
        {{"token", "-i", "c1"}, "", 1, "no region: give --region, or set AWS_REGION, AWS_DEFAULT_REGION or the profile's region (EXEC-ARGUMENTS)"},
        {{"token", "-i", "c1", "--region", "mars"}, "", 1, "region: region \"mars\" is in no known partition"},
        {{"token", "-i", "arn:aws:eks:eu-west-1:1:cluster/c1", "--region", "eu-west-1"}, "", 1, "cluster name: must be the name of a cluster"},
        // Whoever writes a ClusterProfile may add arguments, but not choose a profile by them.
        {{"token", "-i", "c1", "--region", "eu-west-1", "--profile", "admin"}, request, 1,
         "--cluster-name: the request names a cluster too (provideClusterInfo: true); leave the one or the other out (EXEC-ARGUMENTS)"},
        {{"--allow-cluster", "c2", "token", "-i", "c1", "--region", "eu-west-1"}, "", 1, "cluster \"c1\" is not allowed by --allow-cluster (EXEC-BAD-CONFIG)"},
        {{"--allow-role-arn", "none", "token", "-i", "c1", "--region", "eu-west-1", "-r", "arn:aws:iam::111122223333:role/r"}, "", 1,
         "role \"arn:aws:iam::111122223333:role/r\" is not allowed by --allow-role-arn (EXEC-BAD-CONFIG)"},
        {{"token", "-i", "c1", "--region", "eu-west-1", "--verify-cluster"}, "", 1,
         "--verify-cluster: the request names no server, since arguments name the cluster; leave one of them out (EXEC-ARGUMENTS)"},
        {{"kubeconfig"}, request, 2, "kubeconfig: not for hosts; unset KUBERNETES_EXEC_INFO (EXEC-ARGUMENTS)\nthe usage"},
        {{"explain", "-i", "c1", "--region", "eu-west-1", "--output", "json", "--output", "text"}, "", 2, "--output: is given twice (EXEC-ARGUMENTS)\nthe usage"},
        {{"completion"}, "", 2, "completion needs a shell: bash, zsh or fish (EXEC-ARGUMENTS)\nthe usage"},
        {{"--cache", "/a", "--version"}, "", 2, "write --install PATH or --version with nothing else (EXEC-ARGUMENTS)\nthe usage"},
        {{"--cache", "/a", "--install", "/b"}, "", 2, "write --install PATH or --version with nothing else (EXEC-ARGUMENTS)\nthe usage"},
    };
    for (const row& r : rows) {
        fake_world world{.env = keys};
        const ran got = run(world, r.arguments, r.exec_info);
        CHECK(got.code == r.code);
        CHECK(got.out == "");
        CHECK(got.err.substr(0, 6 + r.message.size()) == "[eks] " + r.message);
        CHECK(world.requests.empty());
    }
}

TEST_CASE("a role for the cluster: assumed by the chain's keys, by arguments or where they allow the config's") {
    struct row { std::vector<std::string_view> arguments; std::string exec_info, body; };
    const std::string role = "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fhub-a";
    const row rows[] = {
        {{"--allow-role-arn", "arn:aws:iam::*:role/hub-*", "--session-name", "hub", "--external-id", "x1"}, request_with_role,
         "Action=AssumeRole&Version=2011-06-15&ExternalId=x1&RoleArn=" + role + "&RoleSessionName=hub"},
        {{"token", "-i", "c1", "--region", "eu-west-1", "-r", "arn:aws:iam::111122223333:role/hub-a", "-s", "me"}, "",
         "Action=AssumeRole&Version=2011-06-15&RoleArn=" + role + "&RoleSessionName=me"},
    };
    for (const row& r : rows) {
        fake_world world = with_trust({role_reply("ASIAROLE")});
        const ran got = run(world, r.arguments, r.exec_info);
        CHECK(got.err == "");
        CHECK(got.code == 0);
        REQUIRE(world.requests.size() == 1);
        CHECK(world.requests[0].host == "sts.eu-west-1.amazonaws.com");
        CHECK(world.requests[0].body.reveal() == r.body);
    }
    fake_world world = with_trust({});
    CHECK(run(world, {"--allow-role-arn", "arn:aws:iam::*:role/other-*"}, request_with_role).err ==
          "[eks] role \"arn:aws:iam::111122223333:role/hub-a\" is not allowed by --allow-role-arn (EXEC-BAD-CONFIG)\n");
    CHECK(world.requests.empty());
    // Never the chain's own identity in place of the role's.
    CHECK(run(world, {"--allow-role-arn", "*"}, request_with_role).err.starts_with("[eks] failed to get EKS token: AssumeRole of "));
}

TEST_CASE("a role for the cluster: kept credentials of one role never serve another") {
    fake_world world = with_trust({role_reply("ASIAONE"), role_reply("ASIATWO"), role_reply("ASIATHREE")});
    world.files["/proc/sys/kernel/random/boot_id"] = "b";
    const auto key_of = [&](std::vector<std::string_view> more) {
        std::vector<std::string_view> arguments{"explain", "-i", "c1", "--region", "eu-west-1", "--output", "json", "--cache", "/cache"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return std::string(boost::json::parse(run(world, arguments).out).at("result").at("keyId").as_string());
    };
    CHECK(key_of({"-r", "arn:aws:iam::111122223333:role/a"}) == "ASIAONE");
    CHECK(key_of({"-r", "arn:aws:iam::111122223333:role/b"}) == "ASIATWO");
    CHECK(key_of({"-r", "arn:aws:iam::111122223333:role/a"}) == "ASIAONE");
    CHECK(key_of({"-r", "arn:aws:iam::111122223333:role/a", "-e", "other"}) == "ASIATHREE");
    CHECK(key_of({}) == example_id);
    CHECK(world.requests.size() == 3);
}

TEST_CASE("explain: the steps of a run that makes a call, each under what it belongs to, without a secret") {
    fake_world world = with_trust({role_reply("ASIAROLE")});
    const ran got = run(world, {"explain", "--allow-role-arn", "*", "-s", "hub"}, request_with_role);
    CHECK(got.err == "");
    CHECK(got.code == 0);
    CHECK(got.out == "request client.authentication.k8s.io/v1: cluster c1 in eu-west-1 by the request's config, "
                     "role arn:aws:iam::111122223333:role/hub-a\n"
                     "source environment: key id AKIDEXAMPLE from environment, without an end\n"
                     "  variable AWS_ACCESS_KEY_ID: AKIDEXAMPLE\n"
                     "  variable AWS_SECRET_ACCESS_KEY: is set\n"
                     "source role arn:aws:iam::111122223333:role/hub-a: key id ASIAROLE from role arn:aws:iam::111122223333:role/hub-a, until 2026-01-02T04:04:05Z\n"
                     "  variable HOME: /h\n"
                     "  file /h/.aws/config: absent\n"
                     "  file /h/.aws/credentials: absent\n"
                     "  call POST https://sts.eu-west-1.amazonaws.com/: HTTP 200 in 0 ms\n"
                     "  clock sts.eu-west-1.amazonaws.com: the system clock is 30 s behind it\n"
                     "token cluster c1 in eu-west-1: signed for sts.eu-west-1.amazonaws.com by key id ASIAROLE at 2026-01-02T03:04:05Z; "
                     "it has 515 bytes and ends at 2026-01-02T03:18:05Z\n"
                     "\n"
                     "cluster id  c1\n"
                     "region      eu-west-1\n"
                     "key id      ASIAROLE\n"
                     "host        sts.eu-west-1.amazonaws.com\n"
                     "signed at   2026-01-02T03:04:05Z\n"
                     "expires     2026-01-02T03:18:05Z\n");
}

TEST_CASE("explain: a failure is told with what was tried, its code and where to read on, and is the run's") {
    fake_world world{.env = {{"AWS_EC2_METADATA_DISABLED", "true"}}};
    const ran got = run(world, {"explain"}, request);
    CHECK(got.code == 1);
    CHECK(got.err == "");
    CHECK(got.out.find("source environment: not configured: AWS_ACCESS_KEY_ID is not set\n") != std::string::npos);
    CHECK(got.out.find("\nsource instance metadata: not configured: ") != std::string::npos);
    CHECK(got.out.find("  variable AWS_EC2_METADATA_DISABLED: true\n") != std::string::npos);
    CHECK(got.out.ends_with("disabled by AWS_EC2_METADATA_DISABLED (EKS-NO-CREDENTIALS)\nwhat to do: see that code in docs/errors.md\n"));
    const ran json = run(world, {"explain", "--output", "json"}, request);
    CHECK(json.code == 1);
    CHECK(std::string(boost::json::parse(json.out).at("failure").as_string()).ends_with(" (EKS-NO-CREDENTIALS)"));
    CHECK(run(world, {"explain"}).out.find("failed: KUBERNETES_EXEC_INFO is empty") != std::string::npos);
}

TEST_CASE("explain: --verbose changes nothing") {
    fake_world world{.env = keys};
    const ran plain = run(world, {"explain"}, request), verbose = run(world, {"explain", "--verbose"}, request);
    CHECK(plain.out == verbose.out);
    CHECK(verbose.err == "");
}

TEST_CASE("commands that answer people print nothing on stdout where they fail, whatever hosts want") {
    fake_world world{.env = keys};
    world.env["CREDPLUGIN_STATUS_ON_FAILURE"] = "1";
    for (const char* command : {"whoami", "token"}) {
        std::vector<std::string_view> arguments{command, "-i", "c1", "--region", "mars"};
        if (arguments[0] == "token") arguments.push_back("--token-only");
        const ran got = run(world, arguments);
        CHECK(got.code == 1);
        CHECK(got.out == "");
    }
    CHECK(run(world, {"token", "-i", "c1", "--region", "mars"}).out.starts_with(R"({"kind":"Status")"));
}

TEST_CASE("whoami: the caller as STS names it and the ARN that the cluster knows it by") {
    fake_world world = with_trust({caller_reply});
    const ran got = run(world, {"whoami", "-i", "c1", "--region", "eu-west-1"});
    CHECK(got.err == "");
    CHECK(got.out == "account       111122223333\n"
                     "arn           arn:aws:sts::111122223333:assumed-role/hub-a/s1\n"
                     "access entry  arn:aws:iam::111122223333:role/hub-a\n"
                     "user id       AROA:s1\n"
                     "role path     STS doesn't tell it; an access entry needs the role's ARN with it, aws-auth without\n"
                     "cluster id    c1\n"
                     "region        eu-west-1\n"
                     "key id        AKIDEXAMPLE\n"
                     "host          sts.eu-west-1.amazonaws.com\n"
                     "signed at     2026-01-02T03:04:05Z\n"
                     "expires       2026-01-02T03:18:05Z\n");
    REQUIRE(world.requests.size() == 1);
    CHECK(world.requests[0].host == "sts.eu-west-1.amazonaws.com");

    world = with_trust({caller_reply, caller_reply, eksauth::error(eksauth::errc::http_tls, "no")});
    const ran json = run(world, {"whoami", "--output", "json"}, request);
    CHECK(boost::json::parse(json.out).at("accessEntry").as_string() == "arn:aws:iam::111122223333:role/hub-a");
    const ran explained = run(world, {"explain", "--call", "--output", "json"}, request);
    CHECK(boost::json::parse(explained.out).at("result").at("account").as_string() == "111122223333");
    const ran failed = run(world, {"whoami"}, request);
    CHECK(failed.code == 1);
    CHECK(failed.out == "");
    CHECK(failed.err.starts_with("[eks] failed to ask STS whose the token is: GetCallerIdentity by the token for \"c1\" with key AKIDEXAMPLE failed: "));
}

TEST_CASE("--verbose: each step is a line on stderr, and stdout is what it is without") {
    fake_world world{.env = keys};
    const ran got = run(world, {"--verbose"}, request);
    CHECK(token_in(got) == token_of("eu-west-1", "c1"));
    CHECK(got.err.starts_with("[eks] request client.authentication.k8s.io/v1: cluster c1 in eu-west-1 by the request's config, server \"https://h\"\n"
                              "[eks] variable AWS_ACCESS_KEY_ID: AKIDEXAMPLE\n[eks] variable AWS_SECRET_ACCESS_KEY: is set\n"
                              "[eks] source environment: key id AKIDEXAMPLE from environment, without an end\n[eks] token cluster c1 in eu-west-1: signed for "));
}

TEST_CASE("commands: help, the manual page and completions are printed, and a stdout that takes nothing is a failure") {
    fake_world world;
    CHECK(run(world, {"--help"}).out == eks_plugin::help_text());
    CHECK(run(world, {"token", "--help"}).out == eks_plugin::help_text("token"));
    CHECK(run(world, {"token", "--region", "eu-west-1", "--help"}).out == eks_plugin::help_text("token"));
    CHECK(run(world, {"man"}).out.starts_with(".TH EKS\\-AWS\\-AUTH\\-PLUGIN 1 \"\" \"1.2.3\""));
    CHECK(run(world, {"completion", "fish"}).out == eks_plugin::completion("fish"));
    for (const std::vector<std::string_view>& arguments : std::vector<std::vector<std::string_view>>{
             {"man"}, {"completion", "bash"}, {"token", "--help"}, {"explain", "-i", "c", "--region", "eu-west-1"}}) {
        fake_process process{.env = keys, .stdout_failure = "No space left on device"};
        fake_world with_keys{.env = keys};
        CHECK(credplugin::run(eks_plugin::make_plugin({.aws = with_keys.context()}), process.context(), arguments) == 1);
        CHECK(process.err == "[eks] failed to write the answer: No space left on device (EXEC-WRITE)\n");
    }
}
