// SPDX-License-Identifier: Apache-2.0
// What TLS peers are checked against, and that they are.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/http.hpp>

#include <boost/asio/ssl/context.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace eksauth::detail {

/// The text of the oldest failure that OpenSSL has noted in this thread; empties its notes.
inline std::string openssl_reason() {
    const unsigned long code = ::ERR_get_error();
    ::ERR_clear_error();
    const char* const reason = ::ERR_reason_error_string(code);
    return reason != nullptr ? reason : "error " + std::to_string(code);
}

/// Adds all certificates of a PEM file. Error, `http_tls`: the file can't be read, has none, or has a broken one.
inline result<> add_file(X509_STORE* store, const std::string& path) {
    const auto refuse = [&](const std::string& why) { return error(errc::http_tls, "CA file " + path + ": " + why); };
    ::ERR_clear_error();
    const std::unique_ptr<BIO, int (*)(BIO*)> file(::BIO_new_file(path.c_str(), "re"), ::BIO_free);
    const int number = errno;
    if (!file) {
        ::ERR_clear_error();
        return refuse(std::generic_category().message(number));
    }
    char no_password[] = "";  // or OpenSSL asks at the terminal
    for (int count = 0;; ++count) {
        const std::unique_ptr<X509, void (*)(X509*)> one(::PEM_read_bio_X509_AUX(file.get(), nullptr, nullptr, no_password), ::X509_free);
        if (!one) {
            const unsigned long last = ::ERR_peek_last_error();
            const bool at_end = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
            const std::string reason = openssl_reason();
            if (!at_end) return refuse("certificate " + std::to_string(count + 1) + " can't be read: " + reason);
            if (count == 0) return refuse("it contains no certificate");
            return {};
        }
        if (::X509_STORE_add_cert(store, one.get()) != 1) return refuse(openssl_reason());
    }
}

/// Fills the store with every file, which must be good, and every folder, in which OpenSSL opens only the certificate that it needs.
///
/// Error, `http_tls`: a file isn't good, or no place is named.
inline result<> add_trust(X509_STORE* store, const trust_store& trust) {
    if (trust.files.empty() && trust.folders.empty()) return error(errc::http_tls, "no place of CA certificates is named");
    for (const std::string& file : trust.files)
        if (auto added = add_file(store, file); !added) return added;
    if (trust.folders.empty()) return {};
    X509_LOOKUP* const lookup = ::X509_STORE_add_lookup(store, ::X509_LOOKUP_hash_dir());
    for (const std::string& folder : trust.folders)
        if (::X509_LOOKUP_add_dir(lookup, folder.c_str(), X509_FILETYPE_PEM) != 1)
            return error(errc::http_tls, "CA folder " + folder + ": " + openssl_reason());
    return {};
}

/// TLS 1.2 or newer, whose peers are always verified. Error: as `add_trust`. Throws boost::system::system_error where OpenSSL can't start.
inline result<boost::asio::ssl::context> tls_context(const trust_store& trust) {
    ::OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, nullptr);  // at exit the system takes all back at once, while threads may still use it
    boost::asio::ssl::context context(boost::asio::ssl::context::tls_client);
    SSL_CTX* const raw = context.native_handle();
    if (SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1) return error(errc::http_tls, openssl_reason());
    ::SSL_CTX_set_options(raw, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    ::SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    X509_STORE* const store = ::SSL_CTX_get_cert_store(raw);
    ::X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);  // a certificate that was named as trusted is enough, as in Go
    if (auto added = add_trust(store, trust); !added) return added.error();
    return context;
}

/// Makes a connection expect the certificate of that host: by name, or by address where it is one; by SAN alone.
inline bool expect_host(SSL* connection, const std::string& host, const std::string& address) {
    X509_VERIFY_PARAM* const rules = ::SSL_get0_param(connection);
    if (!address.empty()) return ::X509_VERIFY_PARAM_set1_ip_asc(rules, address.c_str()) == 1;
    const std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
    ::X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // Length 0 lets OpenSSL take any name, so an empty one must not come this far.
    return !name.empty() && ::X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size()) == 1 &&
           ::SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str())) == 1;
}

/// Why a certificate was refused, with its subject, for messages.
inline std::string refusal(X509_STORE_CTX* check) {
    std::string text = ::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(check));
    const X509* const certificate = ::X509_STORE_CTX_get_current_cert(check);
    const std::unique_ptr<BIO, int (*)(BIO*)> out(::BIO_new(::BIO_s_mem()), ::BIO_free);
    if (certificate == nullptr || !out) return text;
    constexpr unsigned long form = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
    ::X509_NAME_print_ex(out.get(), ::X509_get_subject_name(certificate), 0, form);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    if (size > 0) text += ", subject " + credbase::quoted({bytes, static_cast<std::size_t>(size)});
    return text;
}

}  // namespace eksauth::detail
