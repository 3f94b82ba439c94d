// SPDX-License-Identifier: Apache-2.0
// Where the certificates stand that TLS peers are checked against: a decision only.
#pragma once

#include <eksauth/base/errors.hpp>
#include <eksauth/config/call_settings.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace eksauth {

namespace detail {

/// The usual places of Debian, Fedora, SUSE, Alpine and the BSDs. Source: Go `crypto/x509/root_linux.go`.
inline constexpr std::array<std::string_view, 2> usual_folders = {"/etc/ssl/certs", "/etc/pki/tls/certs"};
inline constexpr std::array<std::string_view, 6> usual_files = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"};

inline result<trust_store> usual_trust(const context& ctx) {
    // A folder with hashed names is looked up one certificate at a time; a bundle is read whole, which takes milliseconds.
    for (const std::string_view folder : usual_folders)
        for (const std::string& name : ctx.list_folder(std::string(folder)))
            if (name.ends_with(".0")) return trust_store{.files = {}, .folders = {std::string(folder)}};
    std::string looked;
    for (const std::string_view file : usual_files) {
        const auto slash = file.rfind('/');
        const auto names = ctx.list_folder(std::string(file.substr(0, slash)));
        if (std::find(names.begin(), names.end(), file.substr(slash + 1)) != names.end()) return trust_store{.files = {std::string(file)}, .folders = {}};
        looked.append(looked.empty() ? "" : ", ").append(file);
    }
    return error(errc::http_tls, "no CA certificates found; looked in " + looked + " and for hashed names in " + std::string(usual_folders[0]) +
                                     ", " + std::string(usual_folders[1]) + "; set AWS_CA_BUNDLE");
}

}  // namespace detail

/// AWS_CA_BUNDLE or the profile's `ca_bundle`, which stand alone; else SSL_CERT_FILE and SSL_CERT_DIR; else the usual places.
///
/// `selected` may be null. Error: as `find_setting`; or nothing is named and the usual places are empty.
inline result<trust_store> find_trust(const context& ctx, const profile* selected) {
    auto bundle = find_setting(ctx, selected, "AWS_CA_BUNDLE", "ca_bundle");
    if (!bundle) return bundle.error();
    if (*bundle) return trust_store{.files = {expanded_path(ctx, (*bundle)->text)}, .folders = {}};
    const auto file = environment_value(ctx, "SSL_CERT_FILE"), folders = environment_value(ctx, "SSL_CERT_DIR");
    if (!file && !folders) return detail::usual_trust(ctx);
    trust_store named;
    if (file) named.files.push_back(*file);
    for (std::size_t start = 0; folders && start <= folders->size();) {
        const std::size_t end = std::min(folders->find(':', start), folders->size());
        if (end > start) named.folders.push_back(folders->substr(start, end - start));
        start = end + 1;
    }
    return named;
}

}  // namespace eksauth
