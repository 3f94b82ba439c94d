// SPDX-License-Identifier: Apache-2.0
// SHA-1: for the names of cache files that AWS tools share, not for security.
#pragma once

#include <eksauth/base/errors.hpp>
#include <eksauth/base/hex.hpp>

#include <openssl/evp.h>

#include <array>
#include <string>
#include <string_view>

namespace eksauth {

/// 40 lower-case hexadecimal digits. Error: libcrypto has no SHA-1.
inline result<std::string> sha1_hex(std::string_view text) {
    std::array<unsigned char, 20> digest;
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        return error(errc::cannot_start, "OpenSSL offers no SHA-1; check the providers in its configuration");
    return hex(digest);
}

}  // namespace eksauth
