// SPDX-License-Identifier: Apache-2.0
#include <eksauth/beast/tls_trust.hpp>

#include "eksauth/beast/client.hpp"
#include "support/catch_shim.hpp"
#include "support/local_server.hpp"
#include "support/test_certificates.hpp"

#include <string>

using eksauth::http_request;

TEST_CASE("TLS trust: https with a certificate by the CA of a file or of a hashed folder") {
    const pki keys;
    temporary_folder hashed;
    hashed.put(keys.authority.hashed_name(), keys.authority.pem());
    for (const std::string host : {"localhost", "127.0.0.1"})
        for (const bool by_file : {true, false}) {
            INFO(host << (by_file ? " file" : " folder"));
            tls_server peer{keys.good};
            http_request request = secure(peer.server.port(), keys.file, host);
            if (!by_file) {
                request.trust.files.clear();
                request.trust.folders = {hashed.path()};
            }
            CHECK(send(request) == "200 ok");
            peer.server.stop();
            CHECK(contains(peer.received, "\r\nHost: " + host + ":"));
            CHECK(peer.sni == (host == "localhost" ? "localhost" : ""));
        }
}

TEST_CASE("TLS trust: nothing is sent to a peer that can't be trusted") {
    const pki keys, others{"Other CA"};
    const pki namesake;
    const identity alone = make_identity({.common_name = "localhost", .names = "DNS:localhost"});
    struct row { const char* name; identity who; std::string host, outcome; int newest_version = 0; };
    const std::string cant = "EKS-HTTP-TLS: the certificate of ", trusted = " can't be trusted: ";
    const row rows[] = {
        {"unknown CA", others.good, "localhost",
         cant + "localhost" + trusted + "unable to get local issuer certificate, subject \"CN=server\""},
        {"a CA of the same name", namesake.good, "localhost",
         cant + "localhost" + trusted + "certificate signature failure, subject \"CN=server\""},
        {"self-signed", alone, "localhost", cant + "localhost" + trusted + "self-signed certificate, subject \"CN=localhost\""},
        {"expired", keys.leaf({.common_name = "old", .names = "DNS:localhost", .from_days = -2, .to_days = -1}), "localhost",
         cant + "localhost" + trusted + "certificate has expired, subject \"CN=old\""},
        {"not yet valid", keys.leaf({.common_name = "new", .names = "DNS:localhost", .from_days = 1, .to_days = 2}), "localhost",
         cant + "localhost" + trusted + "certificate is not yet valid, subject \"CN=new\""},
        {"another name", keys.leaf({.common_name = "x", .names = "DNS:other.example"}), "localhost",
         cant + "localhost" + trusted + "hostname mismatch, subject \"CN=x\""},
        {"the name as common name only", keys.leaf({.common_name = "localhost"}), "localhost",
         cant + "localhost" + trusted + "hostname mismatch, subject \"CN=localhost\""},
        {"the address as a name", keys.leaf({.common_name = "127.0.0.1", .names = "DNS:127.0.0.1"}), "127.0.0.1",
         cant + "127.0.0.1" + trusted + "IP address mismatch, subject \"CN=127.0.0.1\""},
        {"another address", keys.leaf({.common_name = "x", .names = "IP:127.0.0.2"}), "127.0.0.1",
         cant + "127.0.0.1" + trusted + "IP address mismatch, subject \"CN=x\""},
        {"TLS 1.1", keys.good, "localhost", "EKS-HTTP-TLS: TLS handshake with localhost: ", TLS1_1_VERSION},
    };
    for (const row& r : rows) {
        INFO(r.name);
        tls_server peer{r.who, r.newest_version};
        const std::string outcome = send(secure(peer.server.port(), keys.file, r.host));
        if (r.newest_version == 0) CHECK(outcome == r.outcome);
        else CHECK(outcome.substr(0, r.outcome.size()) == r.outcome);
        peer.server.stop();
        CHECK(peer.server.connections() == 1);
        CHECK(!peer.agreed);
        CHECK(peer.received.empty());
    }
}

TEST_CASE("TLS trust: TLS 1.2 is new enough, and the oldest that is offered whatever the system allows") {
    const pki keys;
    auto context = eksauth::detail::tls_context(secure("1", keys.file).trust);
    REQUIRE(context.has_value());
    CHECK(SSL_CTX_get_min_proto_version(context->native_handle()) == TLS1_2_VERSION);
    tls_server peer{keys.good, TLS1_2_VERSION};
    CHECK(send(secure(peer.server.port(), keys.file)) == "200 ok");
}

TEST_CASE("TLS trust: without certificates to check by, no connection is made and the places are named") {
    const pki keys;
    local_server server([](peer&) {});
    const temporary_folder folder;
    const auto none = folder.put("none.pem", "no certificate\n");
    const auto broken = folder.put("broken.pem", keys.authority.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    struct row { const char* name; eksauth::trust_store trust; std::string outcome; };
    const row rows[] = {
        {"absent", {.files = {"/absent/ca.pem"}}, "CA file /absent/ca.pem: No such file or directory"},
        {"one absent", {.files = {keys.file, "/absent/ca.pem"}}, "CA file /absent/ca.pem: No such file or directory"},
        {"no certificate", {.files = {none}}, "CA file " + none + ": it contains no certificate"},
        {"a broken one", {.files = {broken}}, "CA file " + broken + ": certificate 2 can't be read: "},
        {"no place", {}, "no place of CA certificates is named"},
        {"a folder without a name", {.files = {}, .folders = {""}}, "CA folder : invalid directory"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        http_request request = secure(server.port(), "");
        request.trust = r.trust;
        CHECK(send(request).substr(0, r.outcome.size() + 14) == "EKS-HTTP-TLS: " + r.outcome);
    }
    server.stop();
    CHECK(server.connections() == 0);
}

TEST_CASE("TLS trust: a folder in which the authority isn't found is no reason to trust") {
    const pki keys;
    const temporary_folder empty;
    for (const std::string& folder : {std::string("/absent/certs"), empty.path()}) {
        INFO(folder);
        tls_server peer{keys.good};
        http_request request = secure(peer.server.port(), "");
        request.trust = {.files = {}, .folders = {folder}};
        CHECK(send(request) == "EKS-HTTP-TLS: the certificate of localhost can't be trusted: unable to get local issuer certificate, "
                               "subject \"CN=server\"");
        peer.server.stop();
        CHECK(peer.received.empty());
    }
}
