// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/cluster_profile.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>

using namespace credplugin;

namespace {

/// A profile `ns/c` with these members in its status.
std::string with_status(const std::string& members) {
    return R"({"apiVersion":"multicluster.x-k8s.io/v1alpha1","kind":"ClusterProfile","metadata":{"name":"c","namespace":"ns"},"status":{)" +
           members + "}}";
}
/// One whose access provider `p` has these members in its cluster.
std::string with_cluster(const std::string& members) {
    return with_status(R"("accessProviders":[{"name":"p","cluster":{)" + members + "}}]");
}

std::string describe(const access_provider& p) {
    std::string out = p.name + ": " + p.cluster.server;
    if (!p.cluster.tls_server_name.empty()) out += " tls-server-name=" + p.cluster.tls_server_name;
    if (p.cluster.insecure_skip_tls_verify) out += " insecure";
    if (!p.cluster.certificate_authority_data.empty()) out += " ca=" + p.cluster.certificate_authority_data;
    if (!p.cluster.proxy_url.empty()) out += " proxy=" + std::string(p.cluster.proxy_url.reveal());
    if (p.cluster.disable_compression) out += " uncompressed";
    if (p.cluster.has_config() || !p.cluster.config_raw.empty()) out += " config";
    for (const cluster_extension& extension : p.extensions)
        out += " [" + extension.name + "]=" + boost::json::serialize(extension.payload) + "<" + extension.payload_raw + ">";
    return out + "; ";
}

/// Name, providers and warnings; or the refusal.
std::string parsed(std::string_view text) {
    auto profile = parse_cluster_profile(text);
    if (!profile) return std::string(profile.error().code().word) + " " + profile.error().text();
    std::string out = profile->full_name() + "; ";
    for (const access_provider& p : profile->access_providers) out += describe(p);
    for (const std::string& warning : profile->warnings) out += "warning: " + warning + "; ";
    return out;
}

}  // namespace

TEST_CASE("cluster_profile: what it says is read") {
    struct row { const char* name; std::string text, read; };
    const row rows[] = {
        {"the least", "{}", "; "},
        {"neither kind nor version, as Go writes it", R"({"kind":null,"apiVersion":"","metadata":{"name":"c"}})", "c; "},
        {"another version", R"({"apiVersion":"multicluster.x-k8s.io/v9","metadata":{"name":"c"}})", "c; "},
        {"no namespace", R"({"metadata":{"name":"c"}})", "c; "},
        {"a namespace", R"({"metadata":{"name":"c","namespace":"ns"}})", "ns/c; "},
        {"null for all", R"({"metadata":null,"status":null})", "; "},
        {"null inside", R"({"metadata":{"name":null,"namespace":null},"status":{"accessProviders":null,"credentialProviders":null}})",
         "; "},
        {"no providers", with_status(R"("accessProviders":[])"), "ns/c; "},
        {"no cluster", with_status(R"("accessProviders":[{"name":"p"},{"name":"q","cluster":null}])"), "ns/c; p: ; q: ; "},
        {"every member of a cluster",
         with_cluster(R"("server":"https://h","tls-server-name":"n","insecure-skip-tls-verify":true,"certificate-authority-data":"Q0E=",)"
                      R"("proxy-url":"http://u:p@h","disable-compression":true,"extensions":[])"),
         "ns/c; p: https://h tls-server-name=n insecure ca=Q0E= proxy=http://u:p@h uncompressed; "},
        {"unknown members", with_cluster(R"("server":"https://h","config":{"a":1},"Server":"x","certificateAuthority":"/f")"),
         "ns/c; p: https://h; "},
        {"the last of duplicates", R"({"status":{"accessProviders":[{"name":"p"}]},"status":{"accessProviders":[{"name":"q"}]}})",
         "; q: ; "},
        {"H34 the path of a certificate authority", with_cluster(R"("server":"https://h","certificate-authority":"/etc/ca.pem")"),
         "ns/c; p: https://h; warning: status.accessProviders[0].cluster.certificate-authority: ignored, no file is opened for a "
         "ClusterProfile; use certificate-authority-data; "},
        {"H14 only the deprecated list",
         with_status(R"("credentialProviders":[{"name":"p","cluster":{"server":"https://h"}},{"name":"q"}])"),
         "ns/c; p: https://h; q: ; warning: status.credentialProviders[0]: deprecated, use status.accessProviders; "
         "warning: status.credentialProviders[1]: deprecated, use status.accessProviders; "},
        {"H15 one name in both lists, in whatever order",
         with_status(
             R"("credentialProviders":[{"name":"q","cluster":{"server":"https://old-q"}},{"name":"p","cluster":{"server":"https://old"}}],)"
             R"("accessProviders":[{"name":"p","cluster":{"server":"https://new"}}])"),
         "ns/c; p: https://new; q: https://old-q; warning: status.credentialProviders[0]: deprecated, use status.accessProviders; "
         "warning: status.credentialProviders[1]: deprecated, use status.accessProviders; "},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(parsed(r.text) == r.read);
    }
}

TEST_CASE("cluster_profile: an extension may be any JSON, and its bytes are kept as they stand") {
    struct row { const char* name; std::string extensions, read; };
    const row rows[] = {
        {"H19 an object", R"({"name":"x","extension":{"region":"r", "n":1.10}})",
         R"( [x]={"region":"r","n":1.1E0}<{"region":"r", "n":1.10}>)"},
        {"an array", R"({"extension":[ 1 ],"name":"x"})", " [x]=[1]<[ 1 ]>"},
        {"a text with escapes", R"({"name":"x","extension":"\u003c"})", R"( [x]="<"<"\u003c">)"},
        {"a number of many digits", R"({"name":"x","extension":9007199254740993})", " [x]=9007199254740993<9007199254740993>"},
        {"false", R"({"name":"x","extension":false})", " [x]=false<false>"},
        {"H20 null", R"({"name":"x","extension":null})", " [x]=null<>"},
        {"H20 none", R"({"name":"x"})", " [x]=null<>"},
        {"no name", R"({"extension":{}})", " []={}<{}>"},
        {"several, of one name, too", R"({"name":"x","extension":1}, {"name":"y","extension":2},{"name":"x","extension":3})",
         " [x]=1<1> [y]=2<2> [x]=3<3>"},
        {"duplicate members: the last counts", R"({"name":"y","extension":1,"name":"x","extension":2})", " [x]=2<2>"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(parsed(with_cluster(R"("extensions":[)" + r.extensions + "]")) == "ns/c; p: " + r.read + "; ");
    }
}

TEST_CASE("cluster_profile: the bytes of an extension are those of its own entry") {
    const std::string text = with_status(
        R"("accessProviders":[{"name":"a","cluster":{"extensions":[{"name":"x","extension":{"of":"a0"}},)"
        R"({"name":"y","extension":{"of":"a1"}}]}},)"
        R"({"name":"b"},{"cluster":{"extensions":[{"name":"x","extension":{"of":"c0"}}]},"name":"c"}],)"
        R"("credentialProviders":[{"name":"d","cluster":{"extensions":[{"name":"x","extension":{"of":"d0"}}]}}])");
    CHECK(parsed(text) == "ns/c; a:  [x]={\"of\":\"a0\"}<{\"of\":\"a0\"}> [y]={\"of\":\"a1\"}<{\"of\":\"a1\"}>; b: ; "
                          "c:  [x]={\"of\":\"c0\"}<{\"of\":\"c0\"}>; d:  [x]={\"of\":\"d0\"}<{\"of\":\"d0\"}>; "
                          "warning: status.credentialProviders[0]: deprecated, use status.accessProviders; ");
}

TEST_CASE("cluster_profile: what isn't of its type is refused with its place") {
    struct row { const char* name; std::string text, refusal; };
    const row rows[] = {
        {"nothing", "", "incomplete JSON at byte 0"},
        {"YAML", "metadata:\n  name: c\n", "syntax error at byte 0"},
        {"an array", "[]", "expected object, got array"},
        {"a list of them", R"({"apiVersion":"multicluster.x-k8s.io/v1alpha1","kind":"ClusterProfileList","items":[]})",
         "kind: expected ClusterProfile, got \"ClusterProfileList\""},
        {"a list", R"({"apiVersion":"v1","kind":"List","items":[]})", "kind: expected ClusterProfile, got \"List\""},
        {"an object of another group with the same kind", R"({"apiVersion":"config.projectsveltos.io/v1beta1","kind":"ClusterProfile"})",
         "apiVersion: expected multicluster.x-k8s.io, got \"config.projectsveltos.io/v1beta1\""},
        {"a group without a version", R"({"apiVersion":"multicluster.x-k8s.io"})",
         "apiVersion: expected multicluster.x-k8s.io, got \"multicluster.x-k8s.io\""},
        {"kind", R"({"kind":5})", "kind: expected string, got number"},
        {"apiVersion", R"({"apiVersion":[]})", "apiVersion: expected string, got array"},
        {"metadata", R"({"metadata":[]})", "metadata: expected object, got array"},
        {"a name", R"({"metadata":{"name":5}})", "metadata.name: expected string, got number"},
        {"a namespace", R"({"metadata":{"namespace":{}}})", "metadata.namespace: expected string, got object"},
        {"status", R"({"status":"x"})", "status: expected object, got string"},
        {"accessProviders", with_status(R"("accessProviders":{})"), "status.accessProviders: expected array, got object"},
        {"credentialProviders", with_status(R"("credentialProviders":5)"), "status.credentialProviders: expected array, got number"},
        {"a provider", with_status(R"("accessProviders":[{},null])"), "status.accessProviders[1]: expected object, got null"},
        {"a provider's name", with_status(R"("credentialProviders":[{"name":5}])"),
         "status.credentialProviders[0].name: expected string, got number"},
        {"a provider's name twice", with_status(R"("accessProviders":[{"name":"p"},{"name":"q"},{"name":"p"}])"),
         "status.accessProviders[2]: duplicate access provider \"p\""},
        {"a deprecated provider's name twice", with_status(R"("credentialProviders":[{"name":"p"},{"name":"p"}])"),
         "status.credentialProviders[1]: duplicate access provider \"p\""},
        {"a cluster", with_status(R"("accessProviders":[{"cluster":[]}])"),
         "status.accessProviders[0].cluster: expected object, got array"},
        {"a server", with_cluster(R"("server":5)"), "status.accessProviders[0].cluster.server: expected string, got number"},
        {"a flag", with_cluster(R"("insecure-skip-tls-verify":"true")"),
         "status.accessProviders[0].cluster.insecure-skip-tls-verify: expected boolean, got string"},
        {"a proxy", with_cluster(R"("proxy-url":["http://u:hunter2@h"])"),
         "status.accessProviders[0].cluster.proxy-url: expected string, got array"},
        {"extensions", with_cluster(R"("extensions":{})"), "status.accessProviders[0].cluster.extensions: expected array, got object"},
        {"an extension", with_cluster(R"("extensions":["x"])"),
         "status.accessProviders[0].cluster.extensions[0]: expected object, got string"},
        {"an extension's name", with_cluster(R"("extensions":[{},{"name":1}])"),
         "status.accessProviders[0].cluster.extensions[1].name: expected string, got number"},
        {"too large", "{}" + std::string(3145728, ' '), "too large (3145730 bytes, limit 3145728)"},
        {"too deep", with_cluster(R"("extensions":[{"extension":)" + std::string(506, '[') + std::string(506, ']') + "}]"),
         "more than 512 levels deep"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(parsed(r.text) == "EXEC-CLUSTER-PROFILE failed to parse ClusterProfile: " + r.refusal);
    }
}

TEST_CASE("cluster_profile: an extension as deep, and a profile as large, as the limits allow are read") {
    const std::string deep = std::string(505, '[') + std::string(505, ']');
    auto profile = parse_cluster_profile(with_cluster(R"("extensions":[{"extension":)" + deep + "}]"));
    REQUIRE(profile.has_value());
    CHECK(profile->access_providers.at(0).extensions.at(0).payload_raw == deep);

    std::string many = R"({"name":"0"})";
    for (int i = 1; many.size() < 3000000; ++i) many += R"(,{"name":")" + std::to_string(i) + R"("})";
    auto large = parse_cluster_profile(with_status(R"("accessProviders":[)" + many + "]"));
    REQUIRE(large.has_value());
    CHECK(large->access_providers.size() > 100000);
}
