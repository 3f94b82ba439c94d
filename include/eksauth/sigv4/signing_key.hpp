// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/sha256.hpp>
#include <eksauth/sigv4/credential_scope.hpp>

#include <string.h>  // explicit_bzero

#include <string>
#include <string_view>

namespace eksauth {

/// The third stage of SigV4: the key of one day, region and service, 32 bytes.
///
/// Error: as `sha256`. Source: AWS SigV4, "Derive a signing key".
inline result<credbase::secret_string> signing_key(std::string_view secret_access_key, const credential_scope& scope) {
    credbase::secret_string key("AWS4");
    key.append(secret_access_key);
    for (const std::string_view part : {std::string_view(scope.date), std::string_view(scope.region), std::string_view(scope.service),
                                        std::string_view("aws4_request")}) {
        auto next = hmac_sha256(key.reveal(), part);
        if (!next) return next.error();
        key = credbase::secret_string(bytes_of(*next));
        ::explicit_bzero(next->data(), next->size());
    }
    return key;
}

/// The last stage of SigV4: 64 lower-case hexadecimal digits. Error: as `sha256`.
inline result<std::string> signature(const credbase::secret_string& signing_key, std::string_view string_to_sign) {
    auto mac = hmac_sha256(signing_key.reveal(), string_to_sign);
    if (!mac) return mac.error();
    return hex(*mac);
}

}  // namespace eksauth
