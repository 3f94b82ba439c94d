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

/// Whether a folder has a certificate under a hashed name such as `1ec40989.0`, which is all that OpenSSL looks up.
inline bool has_hashed_names(const context& ctx, const std::string& folder) {
    const auto names = ctx.list_folder(folder);
    return std::any_of(names.begin(), names.end(), [](const std::string& name) {
        return name.size() >= 10 && name.find_first_not_of("0123456789abcdef") == 8 && name[8] == '.' && name[9] >= '0' && name[9] <= '9';
    });
}

inline result<trust_store> usual_trust(const context& ctx) {
    // A folder with hashed names is looked up one certificate at a time; a bundle is read whole, which takes milliseconds.
    for (const std::string_view folder : usual_folders)
        if (has_hashed_names(ctx, std::string(folder))) return trust_store{.files = {}, .folders = {std::string(folder)}};
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
/// `selected` may be null. A file isn't looked at, of the folders only those with certificates are taken. Error: as `find_setting`;
/// no file is named and no folder has any; or nothing is named and the usual places are empty.
inline result<trust_store> find_trust(const context& ctx, const profile* selected) {
    auto bundle = find_setting(ctx, selected, "AWS_CA_BUNDLE", "ca_bundle");
    if (!bundle) return bundle.error();
    if (*bundle) return trust_store{.files = {expanded_path(ctx, (*bundle)->text)}, .folders = {}};
    const auto file = environment_value(ctx, "SSL_CERT_FILE"), folders = environment_value(ctx, "SSL_CERT_DIR");
    if (!file && !folders) return detail::usual_trust(ctx);
    trust_store named;
    if (file) named.files.push_back(*file);
    std::string looked;
    for (std::size_t start = 0; folders && start <= folders->size();) {
        const std::size_t end = std::min(folders->find(':', start), folders->size());
        if (const std::string folder = folders->substr(start, end - start); !folder.empty()) {
            if (detail::has_hashed_names(ctx, folder)) named.folders.push_back(folder);
            looked.append(looked.empty() ? "" : ", ").append(folder);
        }
        start = end + 1;
    }
    if (!file && named.folders.empty())
        return error(errc::http_tls, "no CA certificates found; looked in " + (looked.empty() ? "no place" : looked) + "; set AWS_CA_BUNDLE");
    return named;
}

}  // namespace eksauth
