// SPDX-License-Identifier: Apache-2.0
// SHA-256 and HMAC-SHA256; the one user of libcrypto's hashes.
//
// Two back ends: EVP, which obeys OpenSSL's configuration and its FIPS provider, and with EKSAUTH_SHA256_LOWLEVEL defined, the
// same in all units of a program, libcrypto's bare SHA-256. That one needs nothing set up, which is most of what a process
// that signs one token would do.
#pragma once

#include <eksauth/base/errors.hpp>

#ifdef EKSAUTH_SHA256_LOWLEVEL
#include <openssl/sha.h>
#ifdef OPENSSL_NO_DEPRECATED_3_0
#error "EKSAUTH_SHA256_LOWLEVEL needs SHA256_Init, which OPENSSL_NO_DEPRECATED hides or this OpenSSL was built without"
#endif
#include <string.h>  // explicit_bzero

#include <algorithm>
#else
#include <openssl/evp.h>
#include <openssl/hmac.h>
#endif

#include <array>
#include <string_view>

namespace eksauth {

using sha256_digest = std::array<unsigned char, 32>;

inline std::string_view bytes_of(const sha256_digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

#ifdef EKSAUTH_SHA256_LOWLEVEL

namespace detail {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // since OpenSSL 3.0, in favour of EVP

/// The digest of two texts, one after the other. Its traces are wiped, since the first may be a key.
inline sha256_digest sha256_joined(std::string_view first, std::string_view second) {
    SHA256_CTX state;
    ::SHA256_Init(&state);
    ::SHA256_Update(&state, first.data(), first.size());
    ::SHA256_Update(&state, second.data(), second.size());
    sha256_digest digest;
    ::SHA256_Final(digest.data(), &state);
    ::explicit_bzero(&state, sizeof state);
    return digest;
}

#pragma GCC diagnostic pop

}  // namespace detail

/// Never fails with this back end.
inline result<sha256_digest> sha256(std::string_view data) { return detail::sha256_joined(data, ""); }

/// HMAC (RFC 2104) with SHA-256. Never fails with this back end.
inline result<sha256_digest> hmac_sha256(std::string_view key, std::string_view data) {
    std::array<unsigned char, SHA256_CBLOCK> block{};
    const std::string_view padded(reinterpret_cast<const char*>(block.data()), block.size());
    if (key.size() > block.size()) {
        const sha256_digest shorter = detail::sha256_joined(key, "");
        std::copy(shorter.begin(), shorter.end(), block.begin());
    } else {
        std::copy(key.begin(), key.end(), block.begin());
    }
    for (unsigned char& byte : block) byte ^= 0x36U;
    const sha256_digest inner = detail::sha256_joined(padded, data);
    for (unsigned char& byte : block) byte ^= 0x36U ^ 0x5CU;
    const sha256_digest mac = detail::sha256_joined(padded, bytes_of(inner));
    ::explicit_bzero(block.data(), block.size());
    return mac;
}

#else

/// Error: libcrypto has no SHA-256, as under a broken provider configuration.
inline result<sha256_digest> sha256(std::string_view data) {
    sha256_digest digest;
    unsigned size = 0;
    if (EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        return error(errc::cannot_start, "OpenSSL offers no SHA-256; check the providers in its configuration");
    return digest;
}

/// HMAC (RFC 2104) with SHA-256. Error: as `sha256`.
inline result<sha256_digest> hmac_sha256(std::string_view key, std::string_view data) {
    sha256_digest digest;
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()),
             data.size(), digest.data(), &size) == nullptr)
        return error(errc::cannot_start, "OpenSSL offers no HMAC with SHA-256; check the providers in its configuration");
    return digest;
}

#endif

}  // namespace eksauth
