// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/timestamp.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/sha256.hpp>
#include <eksauth/sigv4/credential_scope.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace eksauth {

/// The second stage of SigV4: algorithm, time, scope and the hash of the canonical request, a line each.
///
/// Error: as `sha256`. Source: AWS SigV4, "Create a string to sign".
inline result<std::string> string_to_sign(std::chrono::sys_seconds at, const credential_scope& scope, std::string_view canonical_request) {
    auto hash = sha256(canonical_request);
    if (!hash) return hash.error();
    return "AWS4-HMAC-SHA256\n" + credbase::iso8601_basic(at) + "\n" + scope.text() + "\n" + hex(*hash);
}

}  // namespace eksauth
