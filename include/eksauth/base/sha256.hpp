// SPDX-License-Identifier: Apache-2.0
// SHA-256 and HMAC-SHA256; the one user of libcrypto's hashes.
#pragma once

#include <eksauth/base/errors.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string_view>

namespace eksauth {

using sha256_digest = std::array<unsigned char, 32>;

inline std::string_view bytes_of(const sha256_digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

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

}  // namespace eksauth
