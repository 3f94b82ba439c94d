// SPDX-License-Identifier: Apache-2.0
// Keys on P-256 made for a test, and the check of what they sign.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

using pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// A new key on the curve of that name, as SEC 1 PEM like the AWS CLI's.
inline std::string sec1_pem(const pkey& key) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey_traditional(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

inline pkey new_key(const char* curve = "P-256") { return {EVP_EC_gen(curve), EVP_PKEY_free}; }

/// Whether `signature` (r and s, 64 bytes) of `text` is by the key with these coordinates (32 bytes each).
inline bool es256_verifies(std::string_view x, std::string_view y, std::string_view text, std::string_view signature) {
    if (x.size() != 32 || y.size() != 32 || signature.size() != 64) return false;
    const auto bytes = [](std::string_view of) { return reinterpret_cast<const unsigned char*>(of.data()); };
    const std::string point = std::string("\x04").append(x).append(y);
    const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> build(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
    OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(OSSL_PARAM_BLD_to_param(build.get()), OSSL_PARAM_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> from(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* made = nullptr;
    if (EVP_PKEY_fromdata_init(from.get()) != 1 || EVP_PKEY_fromdata(from.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return false;
    const pkey key(made, EVP_PKEY_free);
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), ECDSA_SIG_free);
    ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes(signature), 32, nullptr), BN_bin2bn(bytes(signature) + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> check(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const bool good = EVP_DigestVerifyInit(check.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                      EVP_DigestVerify(check.get(), der, static_cast<std::size_t>(size), bytes(text), text.size()) == 1;
    OPENSSL_free(der);
    return good;
}

/// The bytes of base64url without padding; empty where it is none.
inline std::string from_base64url(std::string text) {
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    const std::size_t padding = (4 - text.size() % 4) % 4;
    text.append(padding, '=');
    std::string out(text.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    out.resize(size < 0 ? 0 : out.size() - padding);
    return out;
}
