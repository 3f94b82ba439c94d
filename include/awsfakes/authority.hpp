// SPDX-License-Identifier: Apache-2.0
// A certificate authority of one test: made at start, known to nobody else, gone with the test.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

namespace awsfakes {

namespace detail {

inline void must(bool good) {
    if (!good) throw std::runtime_error("OpenSSL can't make a certificate");
}

/// A certificate with its key.
struct certificate {
    std::shared_ptr<X509> document{::X509_new(), ::X509_free};
    std::shared_ptr<EVP_PKEY> key{::EVP_EC_gen("P-256"), ::EVP_PKEY_free};
};

/// Valid from a day ago until tomorrow. Without an issuer it is an authority that signs itself; else one for a server on loopback.
inline certificate make_certificate(const std::string& common_name, const certificate* issuer) {
    certificate made;
    X509* const raw = made.document.get();
    must(raw != nullptr && made.key != nullptr);
    ::X509_set_version(raw, X509_VERSION_3);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(raw), issuer == nullptr ? 1 : 2);
    ::X509_gmtime_adj(::X509_getm_notBefore(raw), -86400);
    ::X509_gmtime_adj(::X509_getm_notAfter(raw), 86400);
    const auto* const name = reinterpret_cast<const unsigned char*>(common_name.c_str());
    must(::X509_NAME_add_entry_by_txt(::X509_get_subject_name(raw), "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1);
    const certificate& by = issuer == nullptr ? made : *issuer;
    ::X509_set_issuer_name(raw, ::X509_get_subject_name(by.document.get()));
    ::X509_set_pubkey(raw, made.key.get());
    X509V3_CTX context;
    X509V3_set_ctx(&context, by.document.get(), raw, nullptr, nullptr, 0);
    const auto extend = [&](int kind, const char* value) {
        const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> one(::X509V3_EXT_conf_nid(nullptr, &context, kind, value),
                                                                             ::X509_EXTENSION_free);
        must(one != nullptr && ::X509_add_ext(raw, one.get(), -1) == 1);
    };
    extend(NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(NID_key_usage, issuer == nullptr ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    extend(NID_subject_key_identifier, "hash");
    extend(NID_authority_key_identifier, "keyid:always");  // strict verifiers ask for it
    if (issuer != nullptr) extend(NID_ext_key_usage, "serverAuth");
    if (issuer != nullptr) extend(NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
    must(::X509_sign(raw, by.key.get(), ::EVP_sha256()) > 0);
    return made;
}

}  // namespace detail

/// Signs the one certificate of the servers, which is for 127.0.0.1 and localhost.
class authority {
public:
    /// Throws std::runtime_error where OpenSSL can't.
    authority() : server_(boost::asio::ssl::context::tls_server) {
        const auto own = detail::make_certificate("awsfakes authority", nullptr), server = detail::make_certificate("awsfakes", &own);
        detail::must(::SSL_CTX_use_certificate(server_.native_handle(), server.document.get()) == 1 &&
                     ::SSL_CTX_use_PrivateKey(server_.native_handle(), server.key.get()) == 1);
        const std::unique_ptr<BIO, int (*)(BIO*)> out(::BIO_new(::BIO_s_mem()), ::BIO_free);
        detail::must(out != nullptr && ::PEM_write_bio_X509(out.get(), own.document.get()) == 1);
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(out.get(), &bytes);
        pem_.assign(bytes, static_cast<std::size_t>(size));
    }

    /// Its own certificate, for a CA bundle.
    const std::string& pem() const { return pem_; }
    /// For servers on 127.0.0.1.
    boost::asio::ssl::context& server_context() { return server_; }

private:
    boost::asio::ssl::context server_;
    std::string pem_;
};

}  // namespace awsfakes
