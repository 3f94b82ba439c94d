// SPDX-License-Identifier: Apache-2.0
// The whole plugin in a process of values. Rows begin with their number in tests/CONFORMANCE.md.
#include "commands.hpp"  // first: proves that it stands alone

#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <credplugin/plugin.hpp>
#include <eksauth/get_token.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_literals;

namespace {

using variables = std::map<std::string, std::string>;

const variables keys = {
    {"AWS_ACCESS_KEY_ID", example_id}, {"AWS_SECRET_ACCESS_KEY", example_secret}, {"AWS_EC2_METADATA_DISABLED", "true"}};
const std::string v1 = R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":)";
const std::string v1beta1 = R"({"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","spec":)";
const std::string good_config = R"({"region":"us-east-1","clusterId":"c1"})";

std::string cluster(const std::string& config) { return R"({"cluster":{"server":"https://h","config":)" + config + "}}"; }
std::string config(const std::string& text) { return v1 + cluster(text) + "}"; }
std::string cluster_with(const std::string& members) { return v1 + R"({"cluster":{"config":)" + good_config + "," + members + "}}}"; }
const std::string good = config(good_config);

struct ran { int code; std::string out, err; };

/// One run of the plugin; the same environment is that of both libraries.
ran run_plugin(fake_world& world, const std::optional<std::string>& exec_info, const std::vector<std::string_view>& arguments = {}) {
    fake_process process{.env = world.env, .now = world.now};
    if (exec_info) process.env[credplugin::exec_info_variable] = *exec_info;
    const int code = credplugin::run(eks_plugin::make_plugin({.aws = world.context(), .version = "1.2.3"}, "the help\n", "the usage\n"), process.context(), arguments);
    return {code, process.out, process.err};
}

/// The line on stdout of a success, or the message of a failure without its code; `broken: …` where a run keeps neither promise (P69, P70).
std::string describe(const ran& run) {
    const auto one_line = [](const std::string& text) { return text.find('\n') == text.size() - 1; };
    if (run.code == 0 && run.err.empty() && one_line(run.out)) return run.out;
    const std::size_t code = run.err.rfind(" (E");
    if (run.code == 1 && run.out.empty() && one_line(run.err) && run.err.size() <= 4096 && run.err.starts_with("[eks] ") &&
        code != std::string::npos && run.err.ends_with(")\n"))
        return run.err.substr(6, code - 6);
    return "broken: code " + std::to_string(run.code) + ", stdout " + run.out + ", stderr " + run.err;
}

std::string outcome(const std::optional<std::string>& exec_info, const variables& env = keys) {
    fake_world world{.env = env};
    return describe(run_plugin(world, exec_info));
}

/// What a success prints, with the token that the library alone makes.
std::string served(const std::string& region = "us-east-1", const std::string& cluster_id = "c1", const std::string& version = "v1",
                   const std::string& interactive = "false") {
    fake_world world{.env = keys};
    auto token = get_token(world.context(), {.cluster = cluster_id, .region = region});
    REQUIRE(token.has_value());
    return R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/)" + version + R"(","spec":{"interactive":)" +
        interactive +
           R"(},"status":{"expirationTimestamp":"2026-01-02T03:18:05Z","token":")" + std::string(token->text.reveal()) + "\"}}\n";
}

std::string repeated(int count, const std::string& text) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("eks plugin: requests that are served") {
    const auto padded = [](std::size_t size) {
        const std::size_t around = config(R"({"region":"us-east-1","clusterId":"c1","pad":""})").size();
        return config(R"({"region":"us-east-1","clusterId":"c1","pad":")" + std::string(size - around, 'x') + "\"}");
    };
    const std::string brackets_500 = repeated(500, "[") + repeated(500, "]");
    struct row { const char* name; std::string exec_info, answer; };
    const row rows[] = {
        {"P7 v1", good, served()},
        {"P8 v1beta1", v1beta1 + cluster(good_config) + "}", served("us-east-1", "c1", "v1beta1")},
        {"P9 a line end behind it, as client-go sends", good + "\n", served()},
        {"P10 blanks and CRLF around it", " \r\n\t" + good + " \r\n", served()},
        {"P11 a byte order mark", "\xEF\xBB\xBF" + good, served()},
        {"P31 other cases of the keys", config(R"({"Region":"us-east-1","CLUSTERID":"c1"})"), served()},
        {"P32 the exact key and another, the other last", config(R"({"region":"us-east-1","Region":"eu-west-1","clusterId":"c1"})"),
         served()},
        {"P32 the exact key and another, the other first",
         config(R"({"Region":"eu-west-1","region":"us-east-1","clusterId":"c1","CLUSTERID":5})"), served()},
        {"P34 duplicate key, last wins", config(R"({"region":"eu-west-1","clusterId":"c1","region":"us-east-1"})"), served()},
        {"P34 duplicate key by an escape, last wins", config(R"({"region":"eu-west-1","clusterId":"c1","\u0072egion":"us-east-1"})"),
         served()},
        {"P34 duplicate config, last wins", v1 + R"({"cluster":{"config":{"region":"eu-west-1","clusterId":"c2"},"config":)" +
         good_config + "}}}", served()},
        {"P34 duplicate spec, last wins", v1 + R"([],"spec":)" + cluster(good_config) + "}", served()},
        {"P35 unknown keys at every level",
         R"({"x":1,"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","metadata":{},)"
         R"("spec":{"x":[],"cluster":{"x":{},"config":)"
         R"({"x":"y","region":"us-east-1","clusterId":"c1"}}}})",
         served()},
        {"152 members that would choose a host, a profile or an endpoint",
         config(R"({"region":"us-east-1","clusterId":"c1","host":"evil.example","profile":"admin","endpoint":"https://evil.example"})"),
         served()},
        {"P39 a cluster id of aws-iam-authenticator", config(R"({"region":"us-east-1","clusterId":"my.cluster:1_x-y"})"),
         served("us-east-1", "my.cluster:1_x-y")},
        {"P39 a cluster id of 100 characters", config(R"({"region":"us-east-1","clusterId":")" + std::string(100, 'c') + "\"}"),
         served("us-east-1", std::string(100, 'c'))},
        {"another partition", config(R"({"region":"cn-north-1","clusterId":"c1"})"), served("cn-north-1")},
        {"P40 escapes in what is read", config(R"({"region":"us\u002deast-1","cluster\u0049d":"\u00631"})"), served()},
        {"P41 escapes in what isn't", cluster_with(R"("server":"https://h/?a\u003db\u0026c\u003cd\u2028")"), served()},
        {"P43 a number of 30 digits elsewhere in the config",
         config(R"({"n":123456789012345678901234567890,"region":"us-east-1","clusterId":"c1"})"), served()},
        {"P45 500 levels elsewhere in the config", config(R"({"deep":)" + brackets_500 + R"(,"region":"us-east-1","clusterId":"c1"})"),
         served()},
        {"P47 131000 bytes", padded(131000), served()},
        {"P49 a certificate authority that isn't base64", cluster_with(R"("certificate-authority-data":"not base64!")"), served()},
        {"a proxy that is no URL", cluster_with(R"("proxy-url":"::::")"), served()},
        {"P51 server empty", cluster_with(R"("server":"")"), served()},
        {"P51 server the word null", cluster_with(R"("server":"null")"), served()},
        {"P51 server null", cluster_with(R"("server":null)"), served()},
        {"P51 server absent", v1 + R"({"cluster":{"config":)" + good_config + "}}}", served()},
        {"P53 spec.response of the Python client", v1 + R"({"response":{"header":{"a":["b"]},"code":401},"cluster":{"config":)" +
         good_config + "}}}", served()},
        {"P54 what the Python client adds to the cluster",
         cluster_with(R"("certificate-authority":"/no/such/file","extensions":[{"name":"x","extension":{"region":"eu-west-1"}}])"),
         served()},
        {"P55 a status", good.substr(0, good.size() - 1) + R"(,"status":{"token":"theirs","expirationTimestamp":5}})", served()},
        {"P56 interactive true", v1 + R"({"interactive":true,"cluster":{"config":)" + good_config + "}}}",
         served("us-east-1", "c1", "v1", "true")},
        {"P56 interactive false", v1 + R"({"interactive":false,"cluster":{"config":)" + good_config + "}}}", served()},
        {"P56 interactive missing", v1 + R"({"cluster":{"config":)" + good_config + "}}}", served()},
        {"a role that is null", config(R"({"region":"us-east-1","clusterId":"c1","roleArn":null})"), served()},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(outcome(r.exec_info) == r.answer);
    }
}

TEST_CASE("eks plugin: requests that are refused, with the whole message") {
    const std::string empty = "KUBERNETES_EXEC_INFO is empty. set provideClusterInfo: true";
    const std::string parsing = "failed to parse KUBERNETES_EXEC_INFO: ";
    const auto version = [](const std::string& shown) {
        return "unsupported apiVersion \"" + shown +
            "\" in KUBERNETES_EXEC_INFO (want client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1)";
    };
    const auto kind = [](const std::string& shown) {
        return "unexpected kind \"" + shown + "\" in KUBERNETES_EXEC_INFO (want \"ExecCredential\")";
    };
    const std::string no_config = "missing ExecCredential.Spec.Cluster.Config (extensions)";
    const std::string no_cluster = no_config + ". set provideClusterInfo: true";
    const std::string no_extension = no_config + ". give the cluster the extension client.authentication.k8s.io/exec";
    const std::string invalid = "invalid extensions config: ";
    const std::string both = "extensions must include region and clusterId";
    const std::string role = invalid + "roleArn: \"arn:aws:iam::1:role/x\" is not honoured; whoever runs the plugin may allow it by the argument --allow-role-arn";
    struct row { const char* name; std::optional<std::string> exec_info; std::string message; };
    const row rows[] = {
        {"P1 unset", std::nullopt, empty},
        {"P2 empty", "", empty},
        {"P3 blank", " \n\t", empty},
        {"P6 an array", "[]", parsing + "not a JSON object"},
        {"P6 null", "null", parsing + "not a JSON object"},
        {"P6 a text", "\"x\"", parsing + "not a JSON object"},
        {"P6 a number", "5", parsing + "not a JSON object"},
        {"P15 v1alpha1", R"({"apiVersion":"client.authentication.k8s.io/v1alpha1","kind":"ExecCredential"})",
         version("client.authentication.k8s.io/v1alpha1")},
        {"P16 version missing", R"({"kind":"ExecCredential"})", version("")},
        {"P16 version a number", R"({"apiVersion":5,"kind":"ExecCredential"})", version("5")},
        {"P16 version empty", R"({"apiVersion":"","kind":"ExecCredential"})", version("")},
        {"P16 version without group", R"({"apiVersion":"v1","kind":"ExecCredential"})", version("v1")},
        {"P16 v2", R"({"apiVersion":"client.authentication.k8s.io/v2","kind":"ExecCredential"})",
         version("client.authentication.k8s.io/v2")},
        {"P16 V1", R"({"apiVersion":"client.authentication.k8s.io/V1","kind":"ExecCredential"})",
         version("client.authentication.k8s.io/V1")},
        {"P71 version with an escape sequence", R"({"apiVersion":"\u001b[31m\n"})", version("\\x1b[31m\\n")},
        {"P17 kind missing", R"({"apiVersion":"client.authentication.k8s.io/v1"})", kind("")},
        {"P17 kind in lower case", R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"execcredential"})", kind("execcredential")},
        {"P17 another kind", R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"Pod"})", kind("Pod")},
        {"P17 kind a number", R"({"apiVersion":"client.authentication.k8s.io/v1","kind":5})", kind("5")},
        {"P18 no spec", R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"})", no_cluster},
        {"P19 provideClusterInfo: false", v1 + R"({"interactive":false}})", no_cluster},
        {"P20 cluster null", v1 + R"({"cluster":null}})", no_cluster},
        {"P21 spec an array", v1 + "[]}", parsing + "spec: expected object, got array"},
        {"P21 cluster a number", v1 + R"({"cluster":5}})", parsing + "spec.cluster: expected object, got number"},
        {"P22 no config", v1 + R"({"cluster":{"server":"https://h"}}})", no_extension},
        {"P23 config null", config("null"), no_extension},
        {"P24 config empty", config("{}"), both},
        {"P25 config an array", config("[]"), invalid + "expected object, got array"},
        {"P25 config a text", config("\"x\""), invalid + "expected object, got string"},
        {"P25 config a number", config("42"), invalid + "expected object, got number"},
        {"P25 config a flag", config("true"), invalid + "expected object, got boolean"},
        {"P25 config an empty text", config("\"\""), invalid + "expected object, got string"},
        {"P26 region alone", config(R"({"region":"us-east-1"})"), both},
        {"P26 clusterId alone", config(R"({"clusterId":"c1"})"), both},
        {"P27 region empty", config(R"({"region":"","clusterId":"c1"})"), both},
        {"P27 clusterId empty", config(R"({"region":"us-east-1","clusterId":""})"), both},
        {"P27 region null", config(R"({"region":null,"clusterId":"c1"})"), both},
        {"P27 clusterId null", config(R"({"region":"us-east-1","clusterId":null})"), both},
        {"P27 region null and another case", config(R"({"region":null,"Region":"us-east-1","clusterId":"c1"})"), both},
        {"P28 region a number", config(R"({"region":1,"clusterId":"c1"})"), invalid + "region: expected string, got number"},
        {"P29 clusterId a number", config(R"({"region":"us-east-1","clusterId":123456})"),
         invalid + "clusterId: expected string, got number"},
        {"P30 region an object", config(R"({"region":{},"clusterId":"c1"})"), invalid + "region: expected string, got object"},
        {"P30 region an array", config(R"({"region":[],"clusterId":"c1"})"), invalid + "region: expected string, got array"},
        {"P30 region a flag", config(R"({"region":true,"clusterId":"c1"})"), invalid + "region: expected string, got boolean"},
        {"a wrong type before what is missing", config(R"({"clusterId":1})"), invalid + "clusterId: expected string, got number"},
        {"P33 two other cases of region", config(R"({"Region":"us-east-1","REGION":"eu-west-1","clusterId":"c1"})"),
         invalid + "ambiguous key \"region\""},
        {"P33 two other cases of clusterId", config(R"({"region":"us-east-1","ClusterId":"c1","CLUSTERID":"c1"})"),
         invalid + "ambiguous key \"clusterId\""},
        {"P36 Spec", R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","Spec":)" + cluster(good_config) + "}",
         no_cluster},
        {"P36 Cluster", v1 + R"({"Cluster":{"config":)" + good_config + "}}}", no_cluster},
        {"P36 Config", v1 + R"({"cluster":{"Config":)" + good_config + "}}}", no_extension},
        {"P38 clusterId of 101 characters", config(R"({"region":"us-east-1","clusterId":")" + std::string(101, 'c') + "\"}"),
         invalid + "clusterId: has 101 bytes, limit 100"},
        {"P46 100000 levels", config(repeated(100000, "[") + repeated(100000, "]")), parsing + "more than 512 levels deep"},
        {"P46 100000 levels that nobody closes", config(repeated(100000, "{\"a\":")), parsing + "more than 512 levels deep"},
        {"P48 more than 1 MiB", std::string(1048577 - good.size(), ' ') + good,
         "KUBERNETES_EXEC_INFO is too large (1048577 bytes, limit 1048576)"},
        {"P52 server a number", v1 + R"({"cluster":{"server":5,"config":)" + good_config + "}}}",
         parsing + "spec.cluster.server: expected string, got number"},
        {"P56 interactive a text", v1 + R"({"interactive":"yes"}})", parsing + "spec.interactive: expected boolean, got string"},
        {"a role", config(R"({"region":"us-east-1","clusterId":"c1","roleArn":"arn:aws:iam::1:role/x"})"), role},
        {"a role in another case", config(R"({"region":"us-east-1","clusterId":"c1","RoleARN":"arn:aws:iam::1:role/x"})"), role},
        {"a role that is empty", config(R"({"region":"us-east-1","clusterId":"c1","roleArn":""})"), invalid + "roleArn: is empty; leave it out for no role"},
        {"a role that is no text", config(R"({"region":"us-east-1","clusterId":"c1","roleArn":["arn:aws:iam::1:role/x"]})"), invalid + "roleArn: expected string, got array"},
        {"two roles", config(R"({"region":"us-east-1","clusterId":"c1","rolearn":null,"ROLEARN":null})"), invalid + "ambiguous key \"roleArn\""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(outcome(r.exec_info) == r.message);
    }
}

TEST_CASE("eks plugin: requests that are refused, where the end of the message is the parser's or the signer's") {
    const std::string parsing = "failed to parse KUBERNETES_EXEC_INFO: ", invalid = "invalid extensions config: ";
    const std::string region = invalid + "region: ", id = invalid + "clusterId: ";
    const auto of_region = [](const std::string& text) { return config(R"({"region":")" + text + R"(","clusterId":"c1"})"); };
    const auto of_id = [](const std::string& text) { return config(R"({"region":"us-east-1","clusterId":")" + text + "\"}"); };
    struct row { const char* name; std::string exec_info, start; };
    const row rows[] = {
        {"P4 a word", "hello", parsing},
        {"P5 cut short", "{", parsing},
        {"P5 cut short in the middle", good.substr(0, good.size() / 2), parsing},
        {"P12 something behind the object", good + "x", parsing},
        {"P13 two objects", good + good, parsing},
        {"P13 two objects on two lines", good + "\n" + good, parsing},
        {"P14 YAML", "apiVersion: client.authentication.k8s.io/v1\nkind: ExecCredential\nspec: {}\n", parsing},
        {"two byte order marks", "\xEF\xBB\xBF\xEF\xBB\xBF" + good, parsing},
        {"P37 region with a blank before it", of_region(" us-east-1"), region},
        {"P37 region with a blank behind it", of_region("us-east-1 "), region},
        {"P37 region with a host", of_region("us-east-1.evil.example"), region},
        {"P37 region with a path", of_region("us-east-1/"), region},
        {"P37 region with a slash", of_region("a/b"), region},
        {"P37 region with a user", of_region("evil.example@us-east-1"), region},
        {"P37 region in upper case", of_region("US-EAST-1"), region},
        {"P37 region of 65 characters", of_region("us-" + std::string(60, 'a') + "-1"), region},
        {"P37 region with a line end", of_region("us-east-1\\n"), region},
        {"P37 region with NUL", of_region("us-east-1\\u0000"), region},
        {"P37 region in no partition", of_region("xx-east-1"), region},
        {"P37 region blank", of_region(" "), region},
        {"P37 region with an escape sequence", of_region("\\u001b[31mus-east-1"), region},
        {"P38 clusterId with NUL", of_id("c\\u00001"), id},
        {"P38 clusterId with a line end", of_id("c1\\n"), id},
        {"P38 clusterId with a blank", of_id("c 1"), id},
        {"P38 clusterId with an escape sequence", of_id("\\u001b[31m"), id},
        {"P38 clusterId beyond ASCII", of_id("\u00e4"), id},
        {"clusterId an ARN", of_id("arn:aws:eks:us-east-1:1:cluster/c1"), id},
        {"P42 a lone high surrogate", of_id("\\ud800"), parsing},
        {"P42 a lone low surrogate elsewhere", config(R"({"region":"us-east-1","clusterId":"c1","x":"\udc00"})"), parsing},
        {"P42 a byte that no UTF-8 has", of_id("\xff"), parsing},
        {"P42 a surrogate as UTF-8 in a name", config("{\"\xed\xa0\x80\":1,\"region\":\"us-east-1\",\"clusterId\":\"c1\"}"), parsing},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const std::string got = outcome(r.exec_info);
        INFO(got);
        CHECK(got.starts_with(r.start));
        CHECK(got.size() > r.start.size());
        CHECK(got.find('\x1b') == std::string::npos);
    }
}

TEST_CASE("P44 eks plugin: a number beyond double is ignored or refused, never a crash") {
    for (const char* number : {"1e400", "-1e400", "1e99999999999999999999"}) {
        INFO(number);
        const std::string got = outcome(config(R"({"region":"us-east-1","clusterId":"c1","n":)"s + number + "}"));
        CHECK((got == served() || got.starts_with("failed to parse KUBERNETES_EXEC_INFO: ")));
    }
}

TEST_CASE("eks plugin: no start of a request is read past its end or served") {
    for (std::size_t length = 1; length < good.size(); ++length) {
        INFO(length);
        CHECK(outcome(good.substr(0, length)).starts_with("failed to parse KUBERNETES_EXEC_INFO: "));
    }
}

TEST_CASE("P50 P51 eks plugin: what it doesn't need is there for plugins that do") {
    auto info = credplugin::parse_exec_info(cluster_with(R"("server":"","certificate-authority-data":"Zm9v\nYmFy")"));
    REQUIRE(info.has_value());
    auto authority = info->cluster->certificate_authority();
    REQUIRE(authority.has_value());
    CHECK(*authority == "foobar");
    auto server = require_server(*info);
    REQUIRE(server.has_error());
    CHECK(server.error().text() == "spec.cluster.server is missing in KUBERNETES_EXEC_INFO");
}

TEST_CASE("eks plugin: credentials that don't serve are told as such") {
    const std::string failed = "failed to get EKS token: ";
    struct row { const char* name; variables env; std::string start; };
    const row rows[] = {
        {"P57 none", {{"AWS_EC2_METADATA_DISABLED", "true"}},
         failed + "no AWS credentials found; tried environment: AWS_ACCESS_KEY_ID is not set; "},
        {"the id alone", {{"AWS_ACCESS_KEY_ID", example_id}},
         failed + "environment: AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is empty"},
        {"expired",
         {{"AWS_ACCESS_KEY_ID", example_id}, {"AWS_SECRET_ACCESS_KEY", example_secret}, {"AWS_CREDENTIAL_EXPIRATION", "2026-01-02T03:04:00Z"}},
         failed + "credentials from environment expire at 2026-01-02T03:04:00Z"},
        {"a profile that doesn't exist", {{"AWS_PROFILE", "gone"}}, failed + "profile \"gone\" (from AWS_PROFILE) not found in "},
        {"P71 a profile with an escape sequence", {{"AWS_PROFILE", "\x1b[31mgone"}},
         failed + "the profile's name \"\\x1b[31mgone\" (from AWS_PROFILE) "},
        {"P71 a profile that isn't UTF-8", {{"AWS_PROFILE", "gone\x9b"}},
         failed + "profile \"gone\\x9b\" (from AWS_PROFILE) not found in "},
        {"half of a web identity", {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}},
         failed + "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is empty"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const std::string got = outcome(good, r.env);
        INFO(got);
        CHECK(got.starts_with(r.start));
    }
}

TEST_CASE("eks plugin: the request is refused before credentials are looked for") {
    fake_world world{.env = {{"HOME", "/home"}}};
    CHECK(describe(run_plugin(world, config("{}"))) == "extensions must include region and clusterId");
    CHECK(world.steps == 0);
}

TEST_CASE("eks plugin: keys of a profile serve, and each I/O step failed in turn ends in an error that names it") {
    const fake_world start{.env = {{"HOME", "/home"}},
                           .files = {{"/home/.aws/credentials",
                               "[default]\naws_access_key_id = "s + example_id + "\naws_secret_access_key = " + example_secret + "\n"}}};
    fake_world whole = start;
    REQUIRE(describe(run_plugin(whole, good)) == served());
    const std::vector<std::string> expected = {
        "failed to get EKS token: shared config: reading /home/.aws/config: Input/output error",
        "failed to get EKS token: shared config: reading /home/.aws/credentials: Input/output error",
    };
    REQUIRE(whole.steps == std::ssize(expected));  // a new step needs a new row
    for (int step = 0; step < whole.steps; ++step) {
        fake_world world = start;
        world.fail_at = step;
        CHECK(describe(run_plugin(world, good)) == expected[static_cast<std::size_t>(step)]);
    }
}

TEST_CASE("P58 P59 P60 P61 eks plugin: the answer has the members, the token and the expiry that hosts expect") {
    fake_world world{.env = keys};
    const ran run = run_plugin(world, good);
    REQUIRE(run.code == 0);
    const boost::json::object document = boost::json::parse(run.out).as_object();
    CHECK(boost::json::serialize(document) + "\n" == run.out);
    CHECK(document.size() == 4);
    CHECK(document.at("kind").as_string() == "ExecCredential");
    CHECK(document.at("apiVersion").as_string() == "client.authentication.k8s.io/v1");
    CHECK(boost::json::serialize(document.at("spec")) == R"({"interactive":false})");
    const boost::json::object& status = document.at("status").as_object();
    CHECK(status.size() == 2);
    const std::string token(status.at("token").as_string()), expires(status.at("expirationTimestamp").as_string());
    CHECK(token.starts_with("k8s-aws-v1."));
    CHECK(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", 11) == std::string::npos);
    CHECK(expires == credbase::rfc3339(example_time + std::chrono::minutes(14)));  // of the second that the clock was cut to
}

TEST_CASE("eks plugin: the token is the one that botocore makes") {
    std::ifstream file(VECTORS "/tokens.json");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    int compared = 0;
    const boost::json::value vectors = boost::json::parse(text);
    for (const boost::json::value& vector : vectors.at("cases").as_array()) {
        const std::string id(vector.at("cluster").as_string());
        if (id.size() > eks_plugin::cluster_id_limit_bytes) continue;
        INFO(std::string(vector.at("name").as_string()));
        const auto env_text = [&](const char* name) { return vector.at(name).is_null() ? "" : std::string(vector.at(name).as_string()); };
        fake_world world{.env = {{"AWS_ACCESS_KEY_ID", env_text("access_key_id")}, {"AWS_SECRET_ACCESS_KEY", env_text("secret_access_key")},
                                 {"AWS_SESSION_TOKEN", env_text("session_token")}},
                         .now = std::chrono::sys_seconds(std::chrono::seconds(vector.at("time").as_int64()))};
        const boost::json::object asked{{"region", vector.at("region")}, {"clusterId", vector.at("cluster")}};
        const ran run = run_plugin(world, config(boost::json::serialize(asked)));
        REQUIRE(run.code == 0);
        CHECK(boost::json::parse(run.out).at("status").at("token") == vector.at("token"));
        ++compared;
    }
    CHECK(compared > 0);
}

TEST_CASE("eks plugin: a token for few API servers is served with a warning") {
    variables env = keys;
    env["AWS_SESSION_TOKEN"] = std::string(4000, 's');
    fake_world world{.env = env};
    const ran run = run_plugin(world, good);
    CHECK(run.code == 0);
    CHECK(run.out.size() > 4096);
    CHECK(run.err.starts_with("[eks] warning: EKS token is "));
    CHECK(run.err.find('\n') == run.err.size() - 1);
    CHECK(run.err.find("ssss") == std::string::npos);
}

TEST_CASE("P72 eks plugin: no secret is ever on stderr, however wrong it is") {
    const std::string secret = "hunter2SECRETkey", token = "hunter2SESSIONtoken";
    const variables base = {{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", secret}, {"AWS_SESSION_TOKEN", token}};
    const auto with = [&](const char* name, const std::string& value) { variables env = base; env[name] = value; return env; };
    const auto in_file = [&](const std::string& text) {
        return fake_world{.env = {{"HOME", "/home"}}, .files = {{"/home/.aws/credentials", text}}};
    };
    struct row { const char* name; fake_world world; int code; };
    const row rows[] = {
        {"all is well", {.env = base}, 0},
        {"a secret with a line end", {.env = with("AWS_SECRET_ACCESS_KEY", secret + "\n")}, 1},
        {"a secret with a control character", {.env = with("AWS_SECRET_ACCESS_KEY", secret + "\x1b" + secret)}, 1},
        {"a secret that is too long", {.env = with("AWS_SECRET_ACCESS_KEY", repeated(100, secret))}, 1},
        {"a session token with a letter beyond ASCII", {.env = with("AWS_SESSION_TOKEN", token + "\u00e4")}, 1},
        {"a session token that makes the token too long", {.env = with("AWS_SESSION_TOKEN", repeated(640, token))}, 1},
        {"an expiry that is a secret", {.env = with("AWS_CREDENTIAL_EXPIRATION", secret)}, 1},
        {"the secret without its id", {.env = {{"AWS_SECRET_ACCESS_KEY", secret}}}, 1},
        {"a temporary key with a bad secret", {.env = {{"AWS_ACCESS_KEY_ID", "ASIA"}, {"AWS_SECRET_ACCESS_KEY", secret}}}, 1},
        {"the clock is off", {.env = base, .now = {}}, 1},
        {"a file without =", in_file("[default]\naws_access_key_id = AKID\naws_secret_access_key " + secret + "\n"), 1},
        {"a file without a section", in_file("aws_secret_access_key = " + secret + "\n"), 1},
        {"a file with a section cut short", in_file("[default\naws_secret_access_key = " + secret + "\n"), 1},
        {"a file with half a pair", in_file("[default]\naws_secret_access_key = " + secret + "\n"), 1},
        {"a file with a secret over two lines",
         in_file("[default]\naws_access_key_id = AKID\naws_secret_access_key = " + secret + "\n  " + secret + "\n"), 1},
        {"a file with a control character",
         in_file("[default]\naws_access_key_id = AKID\naws_secret_access_key = " + secret + "\x1b\n"), 1},
        {"a file that isn't UTF-8", in_file("[default]\naws_access_key_id = AKID\naws_secret_access_key = " + secret + "\xff\n"), 1},
        {"a file with the pair the wrong way round",
         in_file("[default]\naws_access_key_id = " + secret + "/\naws_secret_access_key = AKID\n"), 1},
    };
    for (const row& r : rows) {
        for (const char* status_on_failure : {"0", "1"}) {
            INFO(r.name);
            fake_world world = r.world;
            world.env["CREDPLUGIN_STATUS_ON_FAILURE"] = status_on_failure;
            const ran run = run_plugin(world, good);
            INFO(run.err);
            CHECK(run.code == r.code);
            CHECK(run.err.empty() == (r.code == 0));
            CHECK(run.err.find("hunter2") == std::string::npos);
            CHECK(run.out.find("hunter2") == std::string::npos);  // the session token is in the answer, encoded
        }
    }
}

TEST_CASE("P72 eks plugin: what the cluster's owner keeps from the plugin isn't told either") {
    const std::string members = R"("proxy-url":"http://user:hunter2@proxy","server":)";
    for (const std::string& exec_info : {v1 + R"({"cluster":{)" + members + R"("s"}}})", v1 + R"({"cluster":{)" + members + "5}}}",
        v1 + R"({"cluster":{)" + members}) {
        const std::string got = outcome(exec_info);
        INFO(got);
        CHECK(got != "");
        CHECK(got.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("P80 P81 eks plugin: its version and usage") {
    fake_world world{.env = keys};
    const ran version = run_plugin(world, good, {"--version"});
    CHECK(version.code == 0);
    CHECK(version.out == "eks-aws-auth-plugin 1.2.3\n");
    CHECK(version.err.empty());
    const ran help = run_plugin(world, std::nullopt, {"--help"});
    CHECK(help.code == 0);
    CHECK(help.out == "the help\n");
    CHECK(help.err.empty());
    const ran unknown = run_plugin(world, good, {"--region"});
    CHECK(unknown.code == 2);
    CHECK(unknown.out.empty());
    CHECK(unknown.err == "[eks] unknown argument \"--region\" (EXEC-ARGUMENTS)\nthe usage\n");
}

TEST_CASE("eks plugin: a cluster that whoever runs it doesn't allow is refused before credentials are looked for") {
    fake_world world{.env = keys};
    CHECK(describe(run_plugin(world, good, {"--allow-region", "us-*", "--allow-cluster=c1"})) == served());
    CHECK(describe(run_plugin(world, good, {"--allow-region", "eu-*"})) == "region \"us-east-1\" is not allowed by --allow-region");
    CHECK(describe(run_plugin(world, good, {"--allow-cluster", "c1", "--allow-cluster", "c2"})) ==
          "cluster \"c1\" is not allowed by --allow-cluster");
    const ran wrong = run_plugin(world, good, {"--allow-cluster"});
    CHECK(wrong.code == 2);
    CHECK(wrong.out.empty());
    CHECK(wrong.err.starts_with("[eks] --allow-cluster: 1 required LIST missing (EXEC-ARGUMENTS)\nthe usage\n"));
    CHECK(world.steps == 0);
}

TEST_CASE("eks plugin: with --cache a second run makes no call, and no cluster's region shares another's credentials") {
    fake_world world{.env = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}, {"AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r"}, {"HOME", "/h"}},
                     .files = {{"/token", "identity"}, {"/etc/ssl/certs/ca-certificates.crt", ""}, {"/proc/sys/kernel/random/boot_id", "b"}}};
    world.replies.assign(3, eksauth::http_response{.status = 200, .body = credbase::secret_string(
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
        "<SecretAccessKey>" + std::string(example_secret) + "</SecretAccessKey><SessionToken>session</SessionToken>"
        "<Expiration>2026-01-02T04:04:05Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>")});
    const std::vector<std::string_view> cache = {"--cache", "/cache"};
    const std::string first = describe(run_plugin(world, good, cache));
    CHECK(first.starts_with("{"));
    CHECK(describe(run_plugin(world, good, cache)) == first);
    CHECK(world.requests.size() == 1);
    CHECK(describe(run_plugin(world, config(R"({"region":"eu-west-1","clusterId":"c1"})"), cache)).starts_with("{"));
    CHECK(world.requests.size() == 2);

    world.steps = 0;
    world.fail_at = 0;
    CHECK(describe(run_plugin(world, good, cache)) == "failed to get EKS token: --cache: opening /cache: Permission denied");
}

TEST_CASE("P82 P83 eks plugin: CREDPLUGIN_STATUS_ON_FAILURE adds a Status to a failure and nothing to a success") {
    variables env = keys;
    env["CREDPLUGIN_STATUS_ON_FAILURE"] = "1";
    fake_world world{.env = env};
    const ran failure = run_plugin(world, std::nullopt);
    CHECK(failure.code == 1);
    CHECK(failure.err == "[eks] KUBERNETES_EXEC_INFO is empty. set provideClusterInfo: true (EXEC-NO-INFO)\n");
    CHECK(failure.out == credplugin::write_status("KUBERNETES_EXEC_INFO is empty. set provideClusterInfo: true (EXEC-NO-INFO)"));
    CHECK(describe(run_plugin(world, good)) == served());
}
