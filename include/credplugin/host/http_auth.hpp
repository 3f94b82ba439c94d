// SPDX-License-Identifier: Apache-2.0
// What an HTTP client does with a credential. A credential may have a token, a client certificate, or both: then both are used.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credplugin/protocol/exec_credential.hpp>

#include <optional>
#include <string_view>

namespace credplugin {

/// Whether a credential may go to a URL at all: only over https, its scheme in whatever case.
///
/// To be asked for each URL: that a server's own is fine says nothing of one that it redirects to, whose host must be the same, too.
inline bool may_send_to(std::string_view url) { return credbase::same_but_case(url.substr(0, 8), "https://"); }

/// The value of the header `Authorization`; nothing where there is no token.
inline std::optional<credbase::secret_string> authorization_header(const exec_credential& credential) {
    if (credential.token.empty()) return std::nullopt;
    credbase::secret_string header("Bearer ");
    header.append(credential.token.reveal());
    return header;
}

/// A certificate for TLS, leaf first, and its key, both PEM; they point into the credential.
struct client_certificate_pem {
    std::string_view certificate,  ///< may be several, one after the other
        key;                       ///< a secret
};

/// Nothing where there is no client certificate.
inline std::optional<client_certificate_pem> client_certificate(const exec_credential& credential) {
    if (credential.client_certificate_data.empty()) return std::nullopt;
    return client_certificate_pem{credential.client_certificate_data, credential.client_key_data.reveal()};
}

}  // namespace credplugin
