// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/access.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <credplugin/host/call_key.hpp>

#include <boost/json/serialize.hpp>

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

using namespace credplugin;

namespace {

provider_file file_of(const std::string& providers) {
    auto file = parse_provider_file("{\"providers\":[" + providers + "]}");
    REQUIRE(file.has_value());
    return *std::move(file);
}
std::string provider_of(const std::string& name, const std::string& beside = "") {
    return R"({"name":")" + name + R"(","execConfig":{"apiVersion":"client.authentication.k8s.io/v1","command":"run-)" + name +
           R"(","args":["a"],"env":[{"name":"X","value":"1"}],"provideClusterInfo":true})" + beside + "}";
}
const std::string additions = R"(,"profileSourcedCLIArgsPolicy":"Append","profileSourcedEnvVarsPolicy":"Replace")";

cluster_profile profile_of(const std::string& entries) {
    auto profile = parse_cluster_profile(R"({"metadata":{"name":"c","namespace":"ns"},"status":{"accessProviders":[)" + entries + "]}}");
    REQUIRE(profile.has_value());
    return *std::move(profile);
}
std::string entry_of(const std::string& name, const std::string& cluster) {
    return R"({"name":")" + name + R"(","cluster":{)" + cluster + "}}";
}
/// A profile whose access provider `p` has these members in its cluster.
cluster_profile with_cluster(const std::string& members) { return profile_of(entry_of("p", members)); }
cluster_profile with_extensions(const std::string& extensions) {
    return with_cluster(R"("server":"https://h","extensions":[)" + extensions + "]");
}

std::string describe(const plugin_call& call) {
    std::string out = call.exec.name + " " + call.exec.command;
    for (const std::string& argument : call.exec.arguments) out += " [" + argument + "]";
    for (const environment_variable& variable : call.exec.environment) out += " " + variable.name + "=" + variable.value;
    out += "; " + call.cluster_name + " " + call.cluster.server;
    if (!call.cluster.tls_server_name.empty()) out += " tls-server-name=" + call.cluster.tls_server_name;
    if (call.cluster.insecure_skip_tls_verify) out += " insecure";
    if (!call.cluster.certificate_authority_data.empty()) out += " ca=" + call.cluster.certificate_authority_data;
    if (!call.cluster.proxy_url.empty()) out += " proxy=" + std::string(call.cluster.proxy_url.reveal());
    if (call.cluster.disable_compression) out += " uncompressed";
    return out + " config=" + boost::json::serialize(call.cluster.config) + "<" + call.cluster.config_raw + ">";
}
std::string describe(const result<plugin_call>& call) {
    return call ? describe(*call) : std::string(call.error().code().word) + " " + call.error().text();
}

}  // namespace

TEST_CASE("access: the file's order decides, and names count byte by byte") {
    const std::string a = entry_of("a", R"("server":"https://a")"), b = entry_of("b", R"("server":"https://b")");
    struct row { const char* name; std::string providers, entries, outcome; };
    const row rows[] = {
        {"H16 the first of the file", provider_of("b") + "," + provider_of("a"), a + "," + b,
         "b run-b [a] X=1; ns/c https://b config=null<>"},
        {"the one that fits", provider_of("x") + "," + provider_of("a"), a + "," + b, "a run-a [a] X=1; ns/c https://a config=null<>"},
        {"H17 none fits", provider_of("A") + "," + provider_of("a "), a + "," + b,
         "EXEC-NO-ACCESS no matching cluster accessor found for cluster profile \"c\""},
        {"H17 no providers", "", a, "EXEC-NO-ACCESS no matching cluster accessor found for cluster profile \"c\""},
        {"H17 no entries", provider_of("a"), "", "EXEC-NO-ACCESS no matching cluster accessor found for cluster profile \"c\""},
        {"what is wrong with other entries doesn't count", provider_of("a"), entry_of("b", R"("server":"http://b")") + "," + a,
         "a run-a [a] X=1; ns/c https://a config=null<>"},
        {"no other provider stands in for one that fails", provider_of("b") + "," + provider_of("a"), entry_of("b", "") + "," + a,
         "EXEC-CLUSTER-PROFILE cluster.server: missing"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(describe(find_access(file_of(r.providers), profile_of(r.entries))) == r.outcome);
    }
}

TEST_CASE("access: the cluster is as the profile describes it") {
    const provider_file file = file_of(provider_of("p"));
    const auto config_of = [&](const std::string& extensions) { return describe(find_access(file, with_extensions(extensions))); };
    const std::string start = "p run-p [a] X=1; ns/c https://h config=";
    CHECK(
        describe(find_access(file, with_cluster(R"("server":"https://h:6443/x","tls-server-name":"n","certificate-authority-data":"Q0E=",)"
                                                R"("proxy-url":"http://u:p@h","disable-compression":true)"))) ==
        "p run-p [a] X=1; ns/c https://h:6443/x tls-server-name=n ca=Q0E= proxy=http://u:p@h uncompressed config=null<>");
    // H19
    CHECK(config_of(R"({"name":"other","extension":1},{"name":"client.authentication.k8s.io/exec",)"
                    R"("extension":{"region":"r", "n":1.10,"\u0061":"\u003c"}})") ==
          start + R"({"region":"r","n":1.1E0,"a":"<"}<{"region":"r", "n":1.10,"\u0061":"\u003c"}>)");
    CHECK(config_of(R"({"name":"client.authentication.k8s.io/exec","extension":"x"})") == start + "\"x\"<\"x\">");
    // H20
    CHECK(config_of("") == start + "null<>");
    CHECK(config_of(R"({"name":"client.authentication.k8s.io/exec","extension":null})") == start + "null<>");
    CHECK(config_of(R"({"name":"client.authentication.k8s.io/exec"})") == start + "null<>");
    CHECK(config_of(R"({"name":"Client.authentication.k8s.io/exec","extension":{}})") == start + "null<>");
    auto nameless = parse_cluster_profile(R"({"status":{"accessProviders":[{"name":"p","cluster":{"server":"https://h"}}]}})");
    REQUIRE(nameless.has_value());
    CHECK(describe(find_access(file, *nameless)) == "p run-p [a] X=1;  https://h config=null<>");
}

TEST_CASE("access: arguments and variables of the profile are added as the policies of the file say") {
    const cluster_profile profile = with_extensions(
        R"({"name":"clusterprofiles.multicluster.x-k8s.io/exec/additional-args","extension":["b"]},)"
        R"({"name":"clusterprofiles.multicluster.x-k8s.io/exec/additional-envs","extension":{"X":"2","PATH":"/x"}})");
    CHECK(describe(find_access(file_of(provider_of("p")), profile)) == "p run-p [a] X=1; ns/c https://h config=null<>");  // H25
    const provider_file file = file_of(provider_of("p", additions));
    CHECK(describe(find_access(file, profile)) ==
          "EXEC-CLUSTER-PROFILE environment variable \"PATH\" may not be set from a ClusterProfile");  // H28
    CHECK(describe(find_access(file, profile, {.refused_variables = {"LD_*"}})) ==
          "p run-p [a] [b] X=2 PATH=/x; ns/c https://h config=null<>");
}

TEST_CASE("access: H29 two extensions of one name are refused, whichever they are") {
    const provider_file file = file_of(provider_of("p"));
    for (const std::string name :
         {"client.authentication.k8s.io/exec", "clusterprofiles.multicluster.x-k8s.io/exec/additional-args", "other"}) {
        const std::string one = R"({"name":")" + name + R"(","extension":{}})";
        CHECK(describe(find_access(file, with_extensions(one + R"(,{"name":"x"},)" + one))) ==
              "EXEC-CLUSTER-PROFILE duplicate extension \"" + name + "\"");
    }
}

TEST_CASE("access: a server is an https URL of a host that everyone reads alike") {
    const provider_file file = file_of(provider_of("p"));
    const auto outcome = [&](const std::string& server, const access_options& options) {
        return describe(find_access(file, with_cluster(R"("server":")" + server + "\""), options));
    };
    for (const char* server : {"https://h", "HTTPS://h:443/a/b?c=d", "https://[::1]:6443", "https://h/a@b"}) {
        INFO(server);
        CHECK(outcome(server, {}) == "p run-p [a] X=1; ns/c " + std::string(server) + " config=null<>");
    }
    const std::string odd = "a blank, a control character, a backslash or a non-ASCII character";
    struct row { const char *server; std::string refusal; };
    const row rows[] = {
        {"", "missing"},
        {"h", "must start with https://"},
        {"h:6443", "must start with https://"},
        {"ftp://h", "must start with https://"},
        {"://h", "must start with https://"},
        {"file:///etc/passwd", "must start with https://"},
        {"https:h", "must start with https://"},
        {"https://", "names no host"},
        {"https:///path", "names no host"},
        {"https://:443", "names no host"},
        {"https://?x", "names no host"},
        {"https://user:hunter2@h", "may not name a user"},
        {"https://good.example@evil.example/", "may not name a user"},
        {" https://h", odd},
        {"https://h ", odd},
        {"https://h\\n", odd},
        {"https://h\\u0000", odd},
        {"https://h\\\\@evil", odd},
        {"https://h\\u00e4", odd},
    };
    for (const row& r : rows) {
        INFO(r.server);
        CHECK(outcome(r.server, {}) == "EXEC-CLUSTER-PROFILE cluster.server: " + r.refusal);
        CHECK(outcome(r.server, {.allow_plain_http = true}) == "EXEC-CLUSTER-PROFILE cluster.server: " + r.refusal);
    }
    for (const char* server : {"http://h", "HTTP://h:80/"}) {  // H32
        INFO(server);
        CHECK(outcome(server, {}) == "EXEC-CLUSTER-PROFILE cluster.server: http:// would send the credential in clear text; "
                                     "the host's option allow_plain_http permits it");
        CHECK(outcome(server, {.allow_plain_http = true}) == "p run-p [a] X=1; ns/c " + std::string(server) + " config=null<>");
    }
    CHECK(describe(find_access(file, with_cluster(""))) == "EXEC-CLUSTER-PROFILE cluster.server: missing");
}

TEST_CASE("access: H33 a cluster that would not be verified is refused unless the host allows it") {
    const provider_file file = file_of(provider_of("p"));
    const cluster_profile profile = with_cluster(R"("server":"https://h","insecure-skip-tls-verify":true)");
    CHECK(describe(find_access(file, profile)) ==
          "EXEC-CLUSTER-PROFILE cluster.insecure-skip-tls-verify: true is refused from a ClusterProfile; "
          "the host's option allow_insecure_from_profile permits it");
    CHECK(describe(find_access(file, profile, {.allow_insecure_from_profile = true})) ==
          "p run-p [a] X=1; ns/c https://h insecure config=null<>");
    CHECK(describe(find_access(file, with_cluster(R"("server":"https://h","insecure-skip-tls-verify":false)"))) ==
          "p run-p [a] X=1; ns/c https://h config=null<>");
}

TEST_CASE("access: H34 the path of a certificate authority doesn't reach the plugin") {
    CHECK(describe(find_access(file_of(provider_of("p")), with_cluster(R"("server":"https://h","certificate-authority":"/etc/shadow")"))) ==
          "p run-p [a] X=1; ns/c https://h config=null<>");
}

TEST_CASE("access: the host may bind providers to servers, and sees the finished call") {
    const provider_file file = file_of(provider_of("p", additions));
    std::vector<std::string> asked;
    const access_options options{.allowed_servers = [&](const plugin_call& call) {
        asked.push_back(describe(call));
        return call.exec.name == "p" && call.cluster.server == "https://good" && call.cluster.certificate_authority_data == "Q0E=";
    }};
    const std::string rest =
        R"("certificate-authority-data":"Q0E=","extensions":[{"name":"client.authentication.k8s.io/exec","extension":[1]},)"
        R"({"name":"clusterprofiles.multicluster.x-k8s.io/exec/additional-args","extension":["b"]}])";
    const std::string good = "p run-p [a] [b] X=1; ns/c https://good ca=Q0E= config=[1]<[1]>";
    CHECK(describe(find_access(file, with_cluster(R"("server":"https://good",)" + rest), options)) == good);
    CHECK(asked == std::vector{good});
    CHECK(describe(find_access(file, with_cluster(R"("server":"https://evil",)" + rest), options)) ==
          "EXEC-CLUSTER-PROFILE the host doesn't allow server \"https://evil\" for provider \"p\"");
    CHECK(describe(find_access(file, with_cluster(R"("server":"https://good")"), options)) ==
          "EXEC-CLUSTER-PROFILE the host doesn't allow server \"https://good\" for provider \"p\"");
    CHECK(asked.size() == 3);
}

namespace {

/// A profile of its own for each number, with arguments, variables and config.
cluster_profile numbered(int number) {
    const std::string n = std::to_string(number);
    return with_cluster(R"("server":"https://h)" + n + R"(","extensions":[{"name":"client.authentication.k8s.io/exec","extension":{"n":)" +
                        n + R"(}},{"name":"clusterprofiles.multicluster.x-k8s.io/exec/additional-args","extension":["b)" + n +
                        R"("]},{"name":"clusterprofiles.multicluster.x-k8s.io/exec/additional-envs","extension":{"Z":"z)" + n +
                        R"(","X":"x)" + n + R"(","Y":"y)" + n + "\"}}]");
}
std::string expected(int number) {
    const std::string n = std::to_string(number);
    return "p run-p [a] [b" + n + "] X=x" + n + " Y=y" + n + " Z=z" + n + "; ns/c https://h" + n + " config={\"n\":" + n + "}<{\"n\":" + n +
           "}>";
}

}  // namespace

TEST_CASE("access: H21 H22 H30 H97 equal input gives equal calls, whatever was built before") {
    const provider_file file = file_of(provider_of("p", additions));
    std::vector<std::string> keys;
    for (int pass = 0; pass < 2; ++pass)
        for (const int number : {1, 2}) {
            const auto call = find_access(file, numbered(number));
            REQUIRE(call.has_value());
            CHECK(describe(*call) == expected(number));
            keys.emplace_back(call_key(*call).reveal());
        }
    CHECK(bool(keys[0] == keys[2]));
    CHECK(bool(keys[1] == keys[3]));
    CHECK(bool(keys[0] != keys[1]));
}

TEST_CASE("access: H31 64 threads build for 64 profiles from one file") {
    const provider_file file = file_of(provider_of("p", additions));
    const access_options options;
    std::vector<cluster_profile> profiles;
    for (int number = 0; number < 64; ++number) profiles.push_back(numbered(number));
    std::vector<std::string> outcomes(64);
    std::vector<std::thread> threads;
    for (std::size_t number = 0; number < 64; ++number)
        threads.emplace_back([&, number] {
            for (int pass = 0; pass < 10; ++pass) outcomes[number] += describe(find_access(file, profiles[number], options)) + "\n";
            outcomes[number] += describe(find_access(file, profiles[0], options));
        });
    for (std::thread& thread : threads) thread.join();
    for (int number = 0; number < 64; ++number) {
        std::string whole;
        for (int pass = 0; pass < 10; ++pass) whole += expected(number) + "\n";
        CHECK(outcomes[static_cast<std::size_t>(number)] == whole + expected(0));
    }
}
