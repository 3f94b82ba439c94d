// SPDX-License-Identifier: Apache-2.0
// The proof that a request comes from whoever holds a key: DPoP, RFC 9449.
#pragma once

#include <credbase/secret_string.hpp>
#include <eksauth/base/base64.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/es256.hpp>
#include <eksauth/base/hex.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace eksauth {

/// A UUID of version 4 from 16 random bytes. Source: RFC 9562 section 5.4.
inline std::string uuid_v4(std::string random) {
    random[6] = static_cast<char>((random[6] & 0x0F) | 0x40);
    random[8] = static_cast<char>((random[8] & 0x3F) | 0x80);
    std::string out = hex({reinterpret_cast<const unsigned char*>(random.data()), 16});
    for (const int at : {20, 16, 12, 8}) out.insert(static_cast<std::size_t>(at), 1, '-');
    return out;
}

/// The value of the header `DPoP` for a request by `method` to `url`, made at `at` with an id that is used once.
///
/// `url` has neither query nor fragment, and no character that JSON would escape. Error: as `es256_key`.
inline result<credbase::secret_string> dpop_proof(const es256_key& key, const std::string& method, const std::string& url,
                                                  std::chrono::sys_seconds at, const std::string& id) {
    const auto point = key.public_key();
    if (!point) return point.error();
    const auto text_of = [](std::span<const unsigned char> bytes) { return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()); };
    const auto base64url = [](std::string_view bytes) {
        credbase::secret_string out;
        append_base64url(out, bytes);
        return std::string(out.reveal());
    };
    const std::string header = R"({"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","x":")" + base64url(text_of(point->x)) + R"(","y":")" +
                               base64url(text_of(point->y)) + R"(","crv":"P-256"}})";
    const std::string payload = R"({"htm":")" + method + R"(","htu":")" + url + R"(","iat":)" + std::to_string(at.time_since_epoch().count()) +
                                R"(,"jti":")" + id + "\"}";
    const std::string signed_part = base64url(header) + "." + base64url(payload);
    const auto signature = key.sign(signed_part);
    if (!signature) return signature.error();
    credbase::secret_string out(signed_part + ".");
    append_base64url(out, text_of(*signature));
    return out;
}

}  // namespace eksauth
