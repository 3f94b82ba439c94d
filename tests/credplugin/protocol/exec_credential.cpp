// SPDX-License-Identifier: Apache-2.0
#include <credplugin/protocol/exec_credential.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

using namespace credplugin;
using credbase::secret_string;
using namespace std::string_literals;

namespace {

constexpr std::chrono::sys_days epoch{};
constexpr std::chrono::sys_seconds some_time = epoch + std::chrono::seconds(1767323045);
const std::string certificate = "-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n";
const std::string key = "-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----\n";

exec_credential pair_of(const std::string& certificate_text, const std::string& key_text) {
    return {.client_certificate_data = certificate_text, .client_key_data = secret_string(key_text)};
}

/// The line, or the refusal. The secrets here are none.
std::string written(const exec_credential& credential, api_version version = api_version::v1, bool interactive = false) {
    auto line = write_exec_credential(credential, version, interactive);
    return line ? std::string(line->reveal()) : std::string(line.error().code().word) + " " + line.error().text();
}

std::string status_of(const exec_credential& credential) {
    const std::string line = written(credential);
    const std::string start = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false},"status":)";
    return line.starts_with(start) && line.ends_with("}\n") ? line.substr(start.size(), line.size() - start.size() - 2) : line;
}

}  // namespace

TEST_CASE("exec_credential: one line in the version and the interactivity of the request") {
    const exec_credential credential{.token = secret_string("t"), .expires = some_time};
    CHECK(written(credential) == R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false},)"
                                 R"("status":{"expirationTimestamp":"2026-01-02T03:04:05Z","token":"t"}})"
                                 "\n");
    CHECK(written(credential, api_version::v1beta1, true) ==
          R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":true},)"
          R"("status":{"expirationTimestamp":"2026-01-02T03:04:05Z","token":"t"}})"
          "\n");
}

TEST_CASE("exec_credential: the status holds what the plugin made and nothing else") {
    struct row { const char* name; exec_credential credential; std::string status; };
    const row rows[] = {
        {"a token", {.token = secret_string("t"), .expires = some_time}, R"({"expirationTimestamp":"2026-01-02T03:04:05Z","token":"t"})"},
        {"P79 no expiry", {.token = secret_string("t")}, R"({"token":"t"})"},
        {"every character of a token", {.token = secret_string("!#$%&'()*+,-./:;<=>?@[]^_`{|}~\"\\")},
         R"({"token":"!#$%&'()*+,-./:;<=>?@[]^_`{|}~\"\\"})"},
        {"P78 certificate and key", pair_of(certificate, key),
         R"({"clientCertificateData":"-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n",)"
         R"("clientKeyData":"-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----\n"})"},
        {"P78 other line ends and tabs", pair_of("-----BEGIN A-----\r\n\tB", "-----BEGIN C-----\n"),
         R"({"clientCertificateData":"-----BEGIN A-----\u000d\n\u0009B","clientKeyData":"-----BEGIN C-----\n"})"},
        {"text before the PEM block, as openssl writes it", pair_of("subject=/CN=\"a\"\n" + certificate, key),
         R"({"clientCertificateData":"subject=/CN=\"a\"\n-----BEGIN CERTIFICATE-----\nMIIB+/=\n-----END CERTIFICATE-----\n",)"
         R"("clientKeyData":"-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----\n"})"},
        {"warnings stay out of it", {.token = secret_string("t"), .warnings = {"w"}}, R"({"token":"t"})"},
        {"the first second", {.token = secret_string("t"), .expires = epoch},
         R"({"expirationTimestamp":"1970-01-01T00:00:00Z","token":"t"})"},
        {"the last second", {.token = secret_string("t"), .expires = epoch + std::chrono::seconds(253402300799)},
         R"({"expirationTimestamp":"9999-12-31T23:59:59Z","token":"t"})"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(status_of(r.credential) == r.status);
    }
}

TEST_CASE("exec_credential: token, certificate and key together read back as they were, on one line") {
    exec_credential credential = pair_of(certificate + certificate, key);
    credential.token = secret_string("t.t");
    credential.expires = some_time;
    const std::string line = written(credential);
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    const boost::json::value status = boost::json::parse(line).at("status");
    CHECK(status.as_object().size() == 4);
    CHECK(status.at("token").as_string() == "t.t");
    CHECK(status.at("clientCertificateData").as_string() == certificate + certificate);
    CHECK(status.at("clientKeyData").as_string() == key);
}

TEST_CASE("exec_credential: what no host takes is refused, with the reason") {
    const std::string header = "EXEC-BAD-CREDENTIAL the plugin's token has a character that may not stand in an HTTP header";
    const std::string one_half = "EXEC-BAD-CREDENTIAL the plugin made only one of client certificate and key";
    const std::string no_pem = "EXEC-BAD-CREDENTIAL the plugin's client certificate and key must be PEM text";
    const std::string years = "EXEC-BAD-CREDENTIAL the plugin's expiry is outside the years 1970 to 9999";
    struct row { const char* name; exec_credential credential; std::string refusal; };
    const row rows[] = {
        {"P75 nothing", {}, "EXEC-BAD-CREDENTIAL the plugin made neither a token nor a client certificate"},
        {"P75 an expiry alone", {.expires = some_time}, "EXEC-BAD-CREDENTIAL the plugin made neither a token nor a client certificate"},
        {"P76 certificate without key", pair_of(certificate, ""), one_half},
        {"P76 key without certificate", pair_of("", key), one_half},
        {"P76 token and key", {.token = secret_string("t"), .client_key_data = secret_string(key)}, one_half},
        {"P76 token and certificate", {.token = secret_string("t"), .client_certificate_data = certificate}, one_half},
        {"P77 a line end in the token", {.token = secret_string("t\n")}, header},
        {"P77 a header in the token", {.token = secret_string("t\r\nX-Remote-User: admin")}, header},
        {"a blank in the token", {.token = secret_string("a b")}, header},
        {"NUL in the token", {.token = secret_string("a\0"s)}, header},
        {"DEL in the token", {.token = secret_string("a\x7f")}, header},
        {"a letter beyond ASCII in the token", {.token = secret_string("\u00e4")}, header},
        {"base64 of PEM as certificate", pair_of("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==", key), no_pem},
        {"base64 of PEM as key", pair_of(certificate, "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="), no_pem},
        {"NUL in the certificate", pair_of(certificate + '\0', key), no_pem},
        {"an escape character in the key", pair_of(certificate, key + "\x1b"), no_pem},
        {"bad UTF-8 in the certificate", pair_of(certificate + "\xff", key), no_pem},
        {"the second before 1970", {.token = secret_string("t"), .expires = epoch - std::chrono::seconds(1)}, years},
        {"the first second of 10000", {.token = secret_string("t"), .expires = epoch + std::chrono::seconds(253402300800)}, years},
        {"the end of time", {.token = secret_string("t"), .expires = std::chrono::sys_seconds::max()}, years},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(written(r.credential) == r.refusal);
        CHECK(check_credential(r.credential).has_error());
    }
}
