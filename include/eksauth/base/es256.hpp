// SPDX-License-Identifier: Apache-2.0
// ECDSA on P-256 with SHA-256, as JSON Web Signatures have it.
#pragma once

#include <eksauth/base/errors.hpp>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

/// A private key on the curve P-256.
class es256_key {
public:
    using number = std::array<unsigned char, 32>;  ///< big-endian, leading zero bytes included
    /// A point of the curve.
    struct point {
        number x,  ///< first coordinate
            y;     ///< second coordinate
    };

    /// The key in a PEM text (SEC 1 or PKCS #8, not encrypted). Error, never with the text: it isn't one.
    static result<es256_key> from_pem(std::string_view pem) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
        const auto no_password = [](char*, int, int, void*) { return -1; };
        es256_key key(source ? PEM_read_bio_PrivateKey(source.get(), nullptr, no_password, nullptr) : nullptr);
        std::array<char, 32> curve{};
        std::size_t length = 0;
        if (!key.key_ || EVP_PKEY_get_utf8_string_param(key.key_.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), curve.size(), &length) != 1 ||
            std::string_view(curve.data(), length) != "prime256v1")
            return error(errc::bad_credentials, "not a private key on P-256 in PEM");
        return key;
    }

    /// The public key. Error: OpenSSL can't tell it.
    result<point> public_key() const {
        point out;
        for (const auto& [name, coordinate] : {std::pair{OSSL_PKEY_PARAM_EC_PUB_X, &out.x}, {OSSL_PKEY_PARAM_EC_PUB_Y, &out.y}}) {
            BIGNUM* value = nullptr;
            const bool told = EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1 && BN_bn2binpad(value, coordinate->data(), 32) == 32;
            BN_free(value);
            if (!told) return error(errc::cannot_start, "OpenSSL can't read a P-256 key; check the providers in its configuration");
        }
        return out;
    }

    /// The signature of a text: r and s, 32 bytes each. Error: OpenSSL can't sign.
    result<std::array<unsigned char, 64>> sign(std::string_view text) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> signer(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
        std::array<unsigned char, 80> der;  // 72 at most for this curve
        std::size_t size = der.size();
        if (signer && EVP_DigestSignInit(signer.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
            EVP_DigestSign(signer.get(), der.data(), &size, bytes, text.size()) == 1) {
            const unsigned char* start = der.data();
            const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(size)), ECDSA_SIG_free);
            std::array<unsigned char, 64> out;
            if (pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out.data(), 32) == 32 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out.data() + 32, 32) == 32)
                return out;
        }
        return error(errc::cannot_start, "OpenSSL can't sign with a P-256 key; check the providers in its configuration");
    }

private:
    explicit es256_key(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace eksauth
