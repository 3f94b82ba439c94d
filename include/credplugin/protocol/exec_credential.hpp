// SPDX-License-Identifier: Apache-2.0
// The ExecCredential that a plugin prints.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/protocol/api_version.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace credplugin {

/// What a plugin answers: a bearer token, a client certificate with its key, or both.
struct exec_credential {
    credbase::secret_string token = {};               ///< visible ASCII (0x21 to 0x7E)
    std::string client_certificate_data = {};         ///< PEM text, not base64 of it; leaf first
    credbase::secret_string client_key_data = {};     ///< PEM text
    std::optional<std::chrono::sys_seconds> expires = {};  ///< absent: good until the server refuses it
    std::vector<std::string> warnings = {};           ///< for the user; printed on stderr, a line each
};

namespace detail {

/// A JSON string of ASCII text, quotes included.
inline void append_json_string(credbase::secret_string& out, std::string_view text) {
    out.append('"');
    for (auto at = text.begin(); at != text.end();) {
        const auto plain = std::find_if(at, text.end(), [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
        out.append({at, plain});
        at = plain;
        if (at == text.end()) break;
        const char c = *at++;
        if (c == '"' || c == '\\') out.append('\\').append(c);
        else if (c == '\n') out.append("\\n");
        else out.append("\\u00").append(credbase::hex_byte(c).substr(2));
    }
    out.append('"');
}

inline bool all_within(std::string_view text, unsigned char first, unsigned char last, std::string_view also = "") {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < first || byte > last) && also.find(c) == std::string_view::npos) return false;
    }
    return true;
}

}  // namespace detail

/// Whether hosts will take the credential, by the checks of client-go's `exec.go`.
///
/// Error: neither token nor certificate; one half of a key pair; a token that can't stand in a header; text that isn't
/// PEM; an expiry outside the years 1970 to 9999.
inline result<> check_credential(const exec_credential& credential) {
    const auto refused = [](const char* why) { return error(errc::unusable_credential, why); };
    const std::string_view key = credential.client_key_data.reveal();
    if (credential.token.empty() && credential.client_certificate_data.empty() && key.empty())
        return refused("the plugin made neither a token nor a client certificate");
    if (credential.client_certificate_data.empty() != key.empty())
        return refused("the plugin made only one of client certificate and key");
    if (!detail::all_within(credential.token.reveal(), 0x21, 0x7E))
        return refused("the plugin's token has a character that may not stand in an HTTP header");
    for (const std::string_view pem : {std::string_view(credential.client_certificate_data), key})
        if (!pem.empty() && (pem.find("-----BEGIN ") == std::string_view::npos || !detail::all_within(pem, 0x20, 0x7E, "\r\n\t")))
            return refused("the plugin's client certificate and key must be PEM text");
    using namespace std::chrono;
    if (credential.expires && (*credential.expires < sys_days(year(1970) / 1 / 1) || *credential.expires >= sys_days(year(10000) / 1 / 1)))
        return refused("the plugin's expiry is outside the years 1970 to 9999");
    return {};
}

/// The one line that goes to stdout, its line end included.
///
/// `version` and `interactive` are those of the request. Error: as `check_credential`.
inline result<credbase::secret_string> write_exec_credential(const exec_credential& credential, api_version version, bool interactive) {
    if (auto usable = check_credential(credential); !usable) return usable.error();
    credbase::secret_string out;
    out.reserve(256 + credential.token.size() + 2 * (credential.client_certificate_data.size() + credential.client_key_data.size()));
    out.append(R"({"kind":"ExecCredential","apiVersion":")").append(to_string(version));
    out.append(R"(","spec":{"interactive":)").append(interactive ? "true" : "false").append(R"(},"status":{)");
    std::string_view comma = "";
    const auto member = [&](std::string_view name, std::string_view text) {
        if (text.empty()) return;
        out.append(comma).append('"').append(name).append("\":");
        detail::append_json_string(out, text);
        comma = ",";
    };
    member("expirationTimestamp", credential.expires ? credbase::rfc3339(*credential.expires) : "");
    member("token", credential.token.reveal());
    member("clientCertificateData", credential.client_certificate_data);
    member("clientKeyData", credential.client_key_data.reveal());
    out.append("}}\n");
    return out;
}

}  // namespace credplugin
