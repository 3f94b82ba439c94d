// SPDX-License-Identifier: Apache-2.0
// The host context of a real process, with OpenSSL's libcrypto. For programs; no library header includes it.
#pragma once

#include <credbase/posix_files.hpp>
#include <credbase/posix_process.hpp>
#include <credbase/posix_run.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/host/context.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace credplugin {

namespace detail {

using bio_pointer = std::unique_ptr<BIO, decltype(&BIO_free)>;

/// Reads from the text where it stands: nothing of a key is copied.
inline bio_pointer pem_source(std::string_view pem) { return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free}; }

/// Keeps OpenSSL from asking for a password at the terminal.
inline int no_password(char*, int, int, void*) { return -1; }

inline bool has_pem(std::string_view text) { return text.find("-----BEGIN ") != text.npos; }

/// Source: Go `crypto/tls`, `X509KeyPair`, with its words.
inline result<> check_key_pair(std::string_view certificate, std::string_view key) {
    const auto refused = [](const char* why) { return error(errc::bad_answer, why); };
    if (!has_pem(certificate)) return refused("tls: failed to find any PEM data in certificate input");
    if (!has_pem(key)) return refused("tls: failed to find any PEM data in key input");
    const std::unique_ptr<X509, decltype(&X509_free)> leaf(
        PEM_read_bio_X509(pem_source(certificate).get(), nullptr, no_password, nullptr), X509_free);
    if (!leaf) {
        const bool none = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        return refused(none ? "tls: failed to find \"CERTIFICATE\" PEM block in certificate input" : "x509: malformed certificate");
    }
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> secret(
        PEM_read_bio_PrivateKey(pem_source(key).get(), nullptr, no_password, nullptr), EVP_PKEY_free);
    if (!secret) return refused("tls: failed to parse private key; it must be PEM and not encrypted");
    if (X509_check_private_key(leaf.get(), secret.get()) != 1) return refused("tls: private key does not match public key");
    return {};
}

/// `check_key_pair`, without a trace in OpenSSL's notes of this thread.
inline result<> check_key_pair_quietly(std::string_view certificate, std::string_view key) {
    ERR_set_mark();
    auto checked = check_key_pair(certificate, key);
    ERR_pop_to_mark();
    return checked;
}

}  // namespace detail

/// The process's clocks, files, programs and stdin, and OpenSSL for key pairs.
///
/// A certificate's first block counts, as do PKCS #8, RSA and EC keys that aren't encrypted; other blocks are skipped.
inline host_context system_host_context() {
    return {.now = credbase::system_now,
            .steady_now = [] { return std::chrono::steady_clock::now(); },
            .random = credbase::system_random,
            .stdin_is_terminal = [] { return ::isatty(STDIN_FILENO) == 1; },
            .read_file = [](const std::string& path, std::size_t limit_bytes) {
                return credbase::read_regular_file(path, limit_bytes, errc::bad_provider_file);
            },
            .run_process = credbase::run_process,
            .check_key_pair = detail::check_key_pair_quietly};
}

}  // namespace credplugin
