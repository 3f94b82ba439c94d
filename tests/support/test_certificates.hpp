// SPDX-License-Identifier: Apache-2.0
// Certificates made while a test runs, and the files and folders that hold them.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdlib.h>  // mkdtemp

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

/// A certificate with its key.
struct identity {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;

    std::string pem() const {
        const std::unique_ptr<BIO, int (*)(BIO*)> out(::BIO_new(::BIO_s_mem()), ::BIO_free);
        ::PEM_write_bio_X509(out.get(), certificate.get());
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(out.get(), &bytes);
        return {bytes, static_cast<std::size_t>(size)};
    }
    /// The name under which a hashed folder has it.
    std::string hashed_name() const {
        const unsigned long hash = ::X509_NAME_hash_ex(::X509_get_subject_name(certificate.get()), nullptr, nullptr, nullptr);
        char name[24];
        std::snprintf(name, sizeof name, "%08lx.0", hash);
        return name;
    }
};

/// What goes into a certificate.
struct certificate_form {
    std::string common_name;
    std::string names = {};  ///< the SAN as OpenSSL writes it: `DNS:localhost,IP:127.0.0.1`; empty for none
    bool authority = false;
    long from_days = -1, to_days = 1;
};

/// Signed by the issuer, or by itself where that is null.
inline identity make_identity(const certificate_form& form, const identity* issuer = nullptr) {
    const auto must = [](bool good) {
        if (!good) throw std::runtime_error("a test certificate can't be made");
    };
    identity made{{::X509_new(), ::X509_free}, {::EVP_EC_gen("P-256"), ::EVP_PKEY_free}};
    X509* const raw = made.certificate.get();
    must(raw != nullptr && made.key != nullptr);
    ::X509_set_version(raw, X509_VERSION_3);
    static long serial = 0;
    ::ASN1_INTEGER_set(::X509_get_serialNumber(raw), ++serial);
    ::X509_gmtime_adj(::X509_getm_notBefore(raw), form.from_days * 86400);
    ::X509_gmtime_adj(::X509_getm_notAfter(raw), form.to_days * 86400);
    const auto* const name = reinterpret_cast<const unsigned char*>(form.common_name.c_str());
    must(::X509_NAME_add_entry_by_txt(::X509_get_subject_name(raw), "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1);
    ::X509_set_issuer_name(raw, ::X509_get_subject_name(issuer == nullptr ? raw : issuer->certificate.get()));
    ::X509_set_pubkey(raw, made.key.get());
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer == nullptr ? raw : issuer->certificate.get(), raw, nullptr, nullptr, 0);
    const auto extend = [&](int kind, const std::string& value) {
        const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> one(::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()),
                                                                             ::X509_EXTENSION_free);
        must(one != nullptr && ::X509_add_ext(raw, one.get(), -1) == 1);
    };
    extend(NID_basic_constraints, form.authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!form.names.empty()) extend(NID_subject_alt_name, form.names);
    must(::X509_sign(raw, (issuer == nullptr ? made : *issuer).key.get(), ::EVP_sha256()) > 0);
    return made;
}

/// A folder that is removed with what is in it.
class temporary_folder {
public:
    temporary_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "eksauth-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    std::string path() const { return path_.string(); }
    /// Writes a file; its path.
    std::string put(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return (path_ / name).string();
    }

private:
    std::filesystem::path path_;
};
