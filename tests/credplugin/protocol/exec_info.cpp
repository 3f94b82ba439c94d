// SPDX-License-Identifier: Apache-2.0
#include <credplugin/protocol/exec_info.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/serialize.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using namespace credplugin;
using namespace std::string_literals;

namespace {

const std::string v1 = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":)";

std::string cluster_with(const std::string& members) { return v1 + R"({"cluster":{)" + members + "}}}"; }
std::string config_of(const std::string& config) { return cluster_with(R"("server":"https://h","config":)" + config); }

/// What was read, member by member, absent and false ones left out; or the refusal.
std::string describe(std::string_view text) {
    auto info = parse_exec_info(text);
    if (!info) return std::string(info.error().code().word) + " " + info.error().text();
    std::string out = info->version == api_version::v1 ? "v1" : "v1beta1";
    if (info->interactive) out += " interactive";
    if (!info->cluster) return out + ", no cluster";
    const cluster_info& cluster = *info->cluster;
    out += ", server=" + cluster.server;
    if (!cluster.tls_server_name.empty()) out += " tls-server-name=" + cluster.tls_server_name;
    if (cluster.insecure_skip_tls_verify) out += " insecure";
    if (!cluster.certificate_authority_data.empty()) out += " ca=" + cluster.certificate_authority_data;
    if (!cluster.proxy_url.empty()) out += " proxy=" + std::string(cluster.proxy_url.reveal());
    if (cluster.disable_compression) out += " uncompressed";
    return out + (info->has_config() ? " config=" + boost::json::serialize(cluster.config) : " no config");
}

exec_info read(const std::string& text) {
    auto info = parse_exec_info(text);
    REQUIRE(info.has_value());
    return *std::move(info);
}

template <class T>
std::string refusal(const result<T>& got) {
    return got ? "accepted" : std::string(got.error().code().word) + " " + got.error().text();
}

}  // namespace

TEST_CASE("exec_info: what kubectl 1.32 sends is read") {
    const std::string v1beta1 = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":)";
    struct row { const char* name; std::string text, read; };
    const row rows[] = {
        {"provideClusterInfo: false", v1 + "{\"interactive\":false}}\n", "v1, no cluster"},
        {"the same in v1beta1", v1beta1 + "{\"interactive\":false}}\n", "v1beta1, no cluster"},
        {"no extension",
         v1 + R"({"cluster":{"server":"https://127.0.0.1:18443","certificate-authority-data":"Q0E=","config":null},"interactive":false}})" + "\n",
         "v1, server=https://127.0.0.1:18443 ca=Q0E= no config"},
        {"every member",
         v1 + R"({"cluster":{"server":"https://127.0.0.1:18443","tls-server-name":"localhost","certificate-authority-data":"Q0E=",)"
              R"("proxy-url":"http://u:p@127.0.0.1:9?a=b\u0026c","disable-compression":true,"config":null},"interactive":false}})"
              "\n",
         "v1, server=https://127.0.0.1:18443 tls-server-name=localhost ca=Q0E= proxy=http://u:p@127.0.0.1:9?a=b&c uncompressed no config"},
        {"insecure",
         v1 + R"({"cluster":{"server":"https://127.0.0.1:18443","insecure-skip-tls-verify":true,"config":null},"interactive":false}})" + "\n",
         "v1, server=https://127.0.0.1:18443 insecure no config"},
        {"an extension",
         v1 + R"({"cluster":{"server":"https://h","config":{"clusterId":"c1","region":"us-east-1"}},"interactive":false}})" + "\n",
         R"(v1, server=https://h config={"clusterId":"c1","region":"us-east-1"})"},
        {"a terminal", v1 + "{\"interactive\":true}}\n", "v1 interactive, no cluster"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(describe(r.text) == r.read);
    }
}

TEST_CASE("exec_info: null counts as absent, unknown members don't count, the last of duplicates does") {
    struct row { const char* name; std::string text, read; };
    const row rows[] = {
        {"P18 no spec", R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"})", "v1, no cluster"},
        {"spec null", v1 + "null}", "v1, no cluster"},
        {"P20 cluster null", v1 + R"({"cluster":null}})", "v1, no cluster"},
        {"cluster empty", v1 + R"({"cluster":{}}})", "v1, server= no config"},
        {"every member null",
         cluster_with(R"("server":null,"tls-server-name":null,"insecure-skip-tls-verify":null,"certificate-authority-data":null,)"
                      R"("proxy-url":null,"disable-compression":null,"config":null)"),
         "v1, server= no config"},
        {"interactive null", v1 + R"({"interactive":null}})", "v1, no cluster"},
        {"P53 P54 P55 what other hosts send",
         R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","metadata":{},"status":{"token":5},"spec":{)"
         R"("response":{"code":401,"header":{}},"cluster":{"server":"s","certificate-authority":"/ca","extensions":[1],"config":{}}}})",
         "v1, server=s config={}"},
        {"P36 other cases of the names",
         R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","Spec":{"cluster":{}}})", "v1, no cluster"},
        {"other cases inside cluster", cluster_with(R"("Server":"s","CONFIG":{"a":1})"), "v1, server= no config"},
        {"duplicate names", cluster_with(R"("server":"a","server":"b","config":{"x":1},"config":{"x":2})"),
         "v1, server=b config={\"x\":2}"},
        {"duplicate cluster: not merged", v1 + R"({"cluster":{"server":"a"},"cluster":{"config":{}}}})", "v1, server= config={}"},
        {"P11 a byte order mark", "\xEF\xBB\xBF" + v1 + "{}}", "v1, no cluster"},
        {"P10 white space around", " \r\n\t" + v1 + "{}} \r\n\t", "v1, no cluster"},
        {"P41 escapes", cluster_with(R"("\u0073erver":"\u003ca\u0026b\u003e\u2028")"), "v1, server=<a&b>\u2028 no config"},
        {"NUL in a text is kept", cluster_with(R"("server":"a\u0000b")"), "v1, server=a\0b no config"s},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(describe(r.text) == r.read);
    }
}

TEST_CASE("exec_info: any JSON is a config, and its source bytes are kept") {
    struct row { const char* name; std::string config; };
    const row rows[] = {
        {"object", R"({"a":1})"},
        {"array", "[1,2]"},
        {"text", R"("a\u003cb")"},
        {"number", "42"},
        {"flag", "true"},
        {"false", "false"},
        {"empty", "{}"},
        {"P43 a number of 30 digits", R"({"n":123456789012345678901234567890,"x":1.10})"},
        {"white space inside", "{ \"a\" :\t[ 1 ,\n2 ] }"},
        {"P45 500 levels", std::string(500, '[') + std::string(500, ']')},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const exec_info info = read(config_of(r.config));
        CHECK(info.has_config());
        CHECK(info.cluster->config_raw == r.config);
        auto again = credbase::parse_json(r.config, exec_info_limits, errc::bad_config);
        REQUIRE(again.has_value());
        CHECK(info.cluster->config == *again);
    }
    CHECK(read("\xEF\xBB\xBF \n" + config_of("{\"a\":1}")).cluster->config_raw == "{\"a\":1}");
    CHECK(read(config_of("{\"a\":1},\"config\":{\"a\":2}")).cluster->config_raw == "{\"a\":2}");
    CHECK(read(config_of("null")).cluster->config_raw.empty());
}

TEST_CASE("exec_info: integers of 64 bits and doubles survive in config") {
    const exec_info info = read(config_of(R"({"u":18446744073709551615,"i":-9223372036854775808,"d":0.1,"k":9007199254740993})"));
    const boost::json::value& config = info.cluster->config;
    CHECK(config.at("u").as_uint64() == 18446744073709551615U);
    CHECK(config.at("i").as_int64() == std::numeric_limits<std::int64_t>::min());
    CHECK(config.at("d").as_double() == 0.1);
    CHECK(config.at("k").as_int64() == 9007199254740993);
}

TEST_CASE("exec_info: what can't be read is refused in the order of the checks") {
    const std::string parsing = "EXEC-BAD-INFO failed to parse KUBERNETES_EXEC_INFO: ";
    const auto unsupported = [](const std::string& shown) {
        return "EXEC-VERSION unsupported apiVersion " + shown + " in KUBERNETES_EXEC_INFO (want client.authentication.k8s.io/v1 or "
               "client.authentication.k8s.io/v1beta1)";
    };
    const std::string empty = "EXEC-NO-INFO KUBERNETES_EXEC_INFO is empty. set provideClusterInfo: true";
    struct row { const char* name; std::string text, refusal; };
    const row rows[] = {
        {"P2 empty", "", empty},
        {"P3 blank", " \n\t\r\v\f", empty},
        {"P6 an array", "[]", parsing + "not a JSON object"},
        {"P6 null", "null", parsing + "not a JSON object"},
        {"version before kind", "{}", unsupported("\"\"")},
        {"kind before the types in spec", R"({"apiVersion":"client.authentication.k8s.io/v1","spec":5})",
         "EXEC-KIND unexpected kind \"\" in KUBERNETES_EXEC_INFO (want \"ExecCredential\")"},
        {"version null", R"({"apiVersion":null})", unsupported("\"\"")},
        {"version a number", R"({"apiVersion":5})", unsupported("\"5\"")},
        {"version a flag", R"({"apiVersion":true})", unsupported("\"true\"")},
        {"version an object", R"({"apiVersion":{"secret":1}})", unsupported("\"object\"")},
        {"version with control characters", R"({"apiVersion":"\u001b[31m\n"})", unsupported("\"\\x1b[31m\\n\"")},
        {"version of 1000 letters", R"({"apiVersion":")" + std::string(1000, 'v') + "\"}",
         unsupported('"' + std::string(197, 'v') + "\u2026\"")},
        {"P21 spec an array", v1 + "[]}", parsing + "spec: expected object, got array"},
        {"P21 cluster a number", v1 + R"({"cluster":5}})", parsing + "spec.cluster: expected object, got number"},
        {"P56 interactive a text", v1 + R"({"interactive":"yes"}})", parsing + "spec.interactive: expected boolean, got string"},
        {"P52 server", cluster_with(R"("server":5)"), parsing + "spec.cluster.server: expected string, got number"},
        {"tls-server-name", cluster_with(R"("tls-server-name":[])"), parsing + "spec.cluster.tls-server-name: expected string, got array"},
        {"certificate-authority-data", cluster_with(R"("certificate-authority-data":{})"),
         parsing + "spec.cluster.certificate-authority-data: expected string, got object"},
        {"proxy-url", cluster_with(R"("proxy-url":1)"), parsing + "spec.cluster.proxy-url: expected string, got number"},
        {"insecure-skip-tls-verify", cluster_with(R"("insecure-skip-tls-verify":"true")"),
         parsing + "spec.cluster.insecure-skip-tls-verify: expected boolean, got string"},
        {"disable-compression", cluster_with(R"("disable-compression":1)"),
         parsing + "spec.cluster.disable-compression: expected boolean, got number"},
        {"P46 too deep", config_of(std::string(100000, '[')), parsing + "more than 512 levels deep"},
        {"one level too deep", config_of(std::string(510, '[') + std::string(510, ']')), parsing + "more than 512 levels deep"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(describe(r.text) == r.refusal);
    }
    CHECK(read(config_of(std::string(509, '[') + std::string(509, ']'))).has_config());  // exactly 512 with the three around it
}

TEST_CASE("P48 exec_info: 1 MiB is read, one byte more is not") {
    const std::string text = config_of("{\"pad\":\"\"}");
    const auto padded = [&](std::size_t size) {
        return text.substr(0, text.size() - 5) + std::string(size - text.size(), 'x') + text.substr(text.size() - 5);
    };
    CHECK(describe(padded(1048576)).starts_with("v1, server=https://h config={\"pad\":\"xxx"));
    CHECK(describe(padded(1048577)) == "EXEC-BAD-INFO KUBERNETES_EXEC_INFO is too large (1048577 bytes, limit 1048576)");
}

TEST_CASE("P51 require_server: only a server that is named passes") {
    struct row { const char* name; std::string text, outcome; };
    const std::string missing = "EXEC-NO-CLUSTER spec.cluster.server is missing in KUBERNETES_EXEC_INFO";
    const row rows[] = {
        {"named", cluster_with(R"("server":"https://h")"), "accepted"},
        {"empty", cluster_with(R"("server":"")"), missing},
        {"blank", cluster_with(R"("server":" \t\n")"), missing},
        {"the word null", cluster_with(R"("server":"null")"), missing},
        {"null", cluster_with(R"("server":null)"), missing},
        {"absent", cluster_with(""), missing},
        {"no cluster", v1 + "{}}", missing},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(refusal(require_server(read(r.text))) == r.outcome);
    }
}

TEST_CASE("require_config and config_string: what is missing or wrong is named by its path") {
    const std::string no_config = "EXEC-NO-CONFIG missing ExecCredential.Spec.Cluster.Config (extensions)";
    const std::string no_cluster = no_config + ". set provideClusterInfo: true";
    const std::string no_extension = no_config + ". give the cluster the extension client.authentication.k8s.io/exec";
    struct row { const char* name; std::string text, config, tenant; };
    const row rows[] = {
        {"a tenant", config_of(R"({"tenant":"blue"})"), "accepted", "accepted"},
        {"P19 no cluster", v1 + "{}}", no_cluster, no_cluster},
        {"P22 no config", cluster_with(R"("server":"s")"), no_extension, no_extension},
        {"P23 config null", config_of("null"), no_extension, no_extension},
        {"an array", config_of("[]"), "accepted", "EXEC-BAD-CONFIG spec.cluster.config: expected object, got array"},
        {"no tenant", config_of("{}"), "accepted", "EXEC-BAD-CONFIG spec.cluster.config.tenant: missing"},
        {"tenant null", config_of(R"({"tenant":null})"), "accepted", "EXEC-BAD-CONFIG spec.cluster.config.tenant: missing"},
        {"tenant in another case", config_of(R"({"Tenant":"blue"})"), "accepted", "EXEC-BAD-CONFIG spec.cluster.config.tenant: missing"},
        {"a number", config_of(R"({"tenant":5})"), "accepted", "EXEC-BAD-CONFIG spec.cluster.config.tenant: expected string, got number"},
        {"an empty tenant", config_of(R"({"tenant":""})"), "accepted", "accepted"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const exec_info info = read(r.text);
        CHECK(refusal(require_config(info)) == r.config);
        CHECK(refusal(config_string(info, "tenant")) == r.tenant);
    }
    auto tenant = config_string(read(config_of(R"({"tenant":"bl\u0075e"})")), "tenant");
    REQUIRE(tenant.has_value());
    CHECK(*tenant == "blue");
}
