// SPDX-License-Identifier: Apache-2.0
// A client for the servers of these tests: requests, outcomes as text, certificates to trust.
#pragma once

#include "support/local_server.hpp"
#include "support/test_certificates.hpp"

#include <eksauth/beast_transport.hpp>

#include <chrono>
#include <string>
#include <string_view>

/// An outcome as text; the bodies of these tests are no secrets.
inline std::string describe(const eksauth::result<eksauth::http_response>& r) {
    if (!r) return std::string(r.error().code().word) + ": " + r.error().text();
    return std::to_string(r->status) + " " + std::string(r->body.reveal());
}
inline std::string send(const eksauth::http_request& request) { return describe(eksauth::beast_transport()(request)); }
/// As a transport without a past, but with a resolver of the test's.
inline std::string send(const eksauth::http_request& request, const eksauth::detail::name_lookup& lookup) {
    eksauth::detail::kept nothing;
    return describe(eksauth::detail::carry(request, lookup, nothing));
}
inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

/// To a server on loopback. The limits are generous, so that only what a test makes short can end.
inline eksauth::http_request plain(const std::string& port) {
    constexpr std::chrono::seconds ample(20);
    eksauth::http_request request;
    request.scheme = "http";
    request.host = "127.0.0.1";
    request.port = port;
    request.limits = {.connect = ample, .handshake = ample, .first_byte = ample, .attempt = 3 * ample, .body_bytes = 1000};
    return request;
}

inline eksauth::http_request secure(const std::string& port, const std::string& ca_file, const std::string& host = "localhost") {
    eksauth::http_request request = plain(port);
    request.scheme = "https";
    request.host = host;
    request.loopback_only = true;  // no DNS for localhost
    request.trust.files = {ca_file};
    return request;
}

/// An authority, and a server's certificate by it.
struct pki {
    std::string name = "Test CA";
    identity authority = make_identity({.common_name = name, .authority = true});
    identity good = leaf({.common_name = "server", .names = "DNS:localhost,IP:127.0.0.1"});
    temporary_folder folder = {};
    std::string file = folder.put("ca.pem", authority.pem());

    identity leaf(const certificate_form& form) const { return make_identity(form, &authority); }
};

/// Plays a TLS server that answers 200 "ok" to those who trust it; `received` is what it read in clear.
struct tls_server {
    identity who;
    int newest_version = 0;
    std::string received = {}, sni = {};
    bool agreed = false;
    local_server server = local_server([this](peer& client) {
        agreed = client.start_tls(who, newest_version);
        if (!agreed) return;
        sni = client.sni();
        received = client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        client.end_tls();
    });
};
