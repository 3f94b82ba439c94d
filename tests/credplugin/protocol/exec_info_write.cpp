// SPDX-License-Identifier: Apache-2.0
#include <credplugin/protocol/exec_info_write.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

using namespace credplugin;
using credbase::secret_string;
using namespace std::string_literals;

namespace {

const std::string v1 = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{)";
const std::string server = "https://127.0.0.1:18443";

/// The value, or the refusal. The secrets here are none.
std::string written(const exec_info& info) {
    const auto value = write_exec_info(info);
    return value ? std::string(value->reveal()) : std::string(value.error().code().word) + " " + value.error().text();
}

exec_info of_cluster(cluster_info cluster) { return {.version = api_version::v1, .interactive = false, .cluster = std::move(cluster)}; }

cluster_info with_config(const std::string& raw) {
    cluster_info cluster;
    cluster.server = "s";
    cluster.config_raw = raw;
    return cluster;
}

/// What stands between the braces of `cluster`.
std::string cluster_text(cluster_info cluster) {
    const std::string text = written(of_cluster(std::move(cluster))), start = v1 + "\"cluster\":{", end = "},\"interactive\":false}}\n";
    return text.starts_with(start) && text.ends_with(end) ? text.substr(start.size(), text.size() - start.size() - end.size()) : text;
}
std::string config_text(const std::string& raw) {
    const std::string text = cluster_text(with_config(raw)), start = R"("server":"s","config":)";
    return text.starts_with(start) ? text.substr(start.size()) : text;
}
std::string server_text(const std::string& name) {
    cluster_info cluster;
    cluster.server = name;
    const std::string text = cluster_text(std::move(cluster)), start = "\"server\":", end = ",\"config\":null";
    return text.starts_with(start) && text.ends_with(end) ? text.substr(start.size(), text.size() - start.size() - end.size()) : text;
}

}  // namespace

TEST_CASE("write_exec_info: without the cluster, H35 H39") {
    CHECK(written({}) == v1 + "\"interactive\":false}}\n");
    CHECK(written({}).size() == 102);
    CHECK(written({.version = api_version::v1, .interactive = true, .cluster = {}}) == v1 + "\"interactive\":true}}\n");
    const std::string v1beta1 = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":false}})";
    CHECK(written({.version = api_version::v1beta1, .interactive = false, .cluster = {}}) == v1beta1 + "\n");
}

TEST_CASE("write_exec_info: the members of the cluster that kubectl 1.32 sends, in its order, H36 H37") {
    struct row { const char* name; cluster_info cluster; std::string text; };
    cluster_info bare, with_ca, all, insecure;
    bare.server = with_ca.server = all.server = insecure.server = server;
    with_ca.certificate_authority_data = all.certificate_authority_data = "Q0E=";
    all.tls_server_name = "localhost";
    all.proxy_url = secret_string("http://u:p@127.0.0.1:9?a=b&c");
    all.disable_compression = true;
    insecure.insecure_skip_tls_verify = true;
    cluster_info extended = with_ca;
    extended.config_raw = R"({"clusterId":"c1","region":"us-east-1"})";
    cluster_info every = all;
    every.insecure_skip_tls_verify = true;
    every.config_raw = "[]";
    cluster_info broken_lines = bare;
    broken_lines.certificate_authority_data = "Q0\r\nE=\n";
    const std::string start = "\"server\":\"" + server + "\",";
    const row rows[] = {
        {"nothing but a server", bare, start + R"("config":null)"},
        {"no server, which is sent nevertheless", {}, R"("server":"","config":null)"},
        {"H36 a CA, no extension", with_ca, start + R"("certificate-authority-data":"Q0E=","config":null)"},
        {"H37 more members", all,
         start + R"("tls-server-name":"localhost","certificate-authority-data":"Q0E=",)"
                 R"("proxy-url":"http://u:p@127.0.0.1:9?a=b\u0026c","disable-compression":true,"config":null)"},
        {"insecure, no CA", insecure, start + R"("insecure-skip-tls-verify":true,"config":null)"},
        {"an extension", extended, start + R"("certificate-authority-data":"Q0E=","config":{"clusterId":"c1","region":"us-east-1"})"},
        {"H37 every member", every,
         start + R"("tls-server-name":"localhost","insecure-skip-tls-verify":true,"certificate-authority-data":"Q0E=",)"
                 R"("proxy-url":"http://u:p@127.0.0.1:9?a=b\u0026c","disable-compression":true,"config":[])"},
        {"a CA in lines, which Go decodes and encodes anew", broken_lines, start + R"("certificate-authority-data":"Q0E=","config":null)"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(cluster_text(r.cluster) == r.text);
    }
}

TEST_CASE("write_exec_info: texts are escaped as Go does it, H38") {
    struct row { std::string text, json; };
    const row rows[] = {
        {"<a>&b", R"("\u003ca\u003e\u0026b")"},
        {"\u2028\u2029", R"("\u2028\u2029")"},
        {"\u2027\u202a\u00e4\u20ac\U0001F600", "\"\u2027\u202a\u00e4\u20ac\U0001F600\""},
        {"\"\\/", R"("\"\\/")"},
        {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
        {"\0\x01\x0b\x1b\x1f\x7f"s, "\"\\u0000\\u0001\\u000b\\u001b\\u001f\x7f\""},
        {"\u0080", "\"\u0080\""},
        {"a\xff\xe2\x80", R"("a\ufffd\ufffd\ufffd")"},
    };
    for (const row& r : rows) {
        INFO(r.json);
        CHECK(server_text(r.text) == r.json);
    }
}

TEST_CASE("write_exec_info: the config is compacted and escaped for HTML, and else keeps its bytes, H38") {
    struct row { const char* name; std::string raw, json; };
    const row rows[] = {
        {"none", "", "null"},
        {"null", " null ", "null"},
        {"a text", R"("a<b>&c")", R"("a\u003cb\u003e\u0026c")"},
        {"a text with its own escapes", R"("\u003c\u003C\/\u00e4\"<\\")", R"("\u003c\u003C\/\u00e4\"\u003c\\")"},
        {"line separators", "\"\u2028\u2029\u2027\"", "\"\\u2028\\u2029\u2027\""},
        {"letters beyond ASCII", "\"\u00e4\U0001F600\x7f\"", "\"\u00e4\U0001F600\x7f\""},
        {"names", R"({"<":1,"a b":{"&":2}})", R"({"\u003c":1,"a b":{"\u0026":2}})"},
        {"order and duplicates", R"({"b":1,"a":2,"b":3})", R"({"b":1,"a":2,"b":3})"},
        {"numbers of any size and form", "[12345678901234567890123,1.10,1E400,-0,0.1e-7]", "[12345678901234567890123,1.10,1E400,-0,0.1e-7]"},
        {"white space outside of texts alone", " {\r\n\t\"a b\" : [ 1 , \"x\\\" \t\" , true ] } \n", "{\"a b\":[1,\"x\\\" \t\",true]}"},
        {"a text that ends in a backslash", R"({"a":"\\" , "b":" "})", R"({"a":"\\","b":" "})"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(config_text(r.raw) == r.json);
    }
}

TEST_CASE("write_exec_info: one byte more than Linux takes is refused, H40") {
    const auto sized = [](std::size_t bytes) {
        const std::size_t rest = written(of_cluster(with_config("\"\""))).size();
        return written(of_cluster(with_config('"' + std::string(bytes - rest, 'x') + '"')));
    };
    CHECK(sized(131050).size() == 131050);
    CHECK(sized(131051) == "EXEC-CONFIG KUBERNETES_EXEC_INFO is too large (131051 bytes, limit 131050)");
}

TEST_CASE("write_exec_info: what is written is read again as it was, H107") {
    cluster_info cluster = with_config("{\"n\": 12345678901234567890123, \"t\": \"<\u2028&\\u0000\\\\\"}");
    cluster.server = "https://h/<a>?b&\"\\\u2028\n\x01\u00e4";
    cluster.tls_server_name = "n\t";
    cluster.insecure_skip_tls_verify = cluster.disable_compression = true;
    cluster.certificate_authority_data = "Q0E=";
    cluster.proxy_url = secret_string("http://u:p&<@h");
    for (const api_version version : {api_version::v1, api_version::v1beta1})
        for (const bool interactive : {false, true}) {
            const auto value = write_exec_info({.version = version, .interactive = interactive, .cluster = cluster});
            REQUIRE(value.has_value());
            const auto read = parse_exec_info(value->reveal());
            REQUIRE(read.has_value());
            CHECK(read->version == version);
            CHECK(read->interactive == interactive);
            REQUIRE(read->cluster.has_value());
            CHECK(read->cluster->server == cluster.server);
            CHECK(read->cluster->tls_server_name == cluster.tls_server_name);
            CHECK(read->cluster->insecure_skip_tls_verify);
            CHECK(read->cluster->disable_compression);
            CHECK(read->cluster->certificate_authority_data == "Q0E=");
            CHECK(read->cluster->proxy_url.reveal() == cluster.proxy_url.reveal());
            CHECK(read->cluster->config_raw == R"({"n":12345678901234567890123,"t":"\u003c\u2028\u0026\u0000\\"})");
            CHECK(boost::json::serialize(read->cluster->config) == boost::json::serialize(boost::json::parse(cluster.config_raw)));
        }
    const auto alone = parse_exec_info(written({}));
    REQUIRE(alone.has_value());
    CHECK_FALSE(alone->cluster.has_value());
}
