// SPDX-License-Identifier: Apache-2.0
// The stages of SigV4 one after the other, as both forms of signing need them.
#pragma once

#include <credbase/secret_string.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/sigv4/canonical_request.hpp>
#include <eksauth/sigv4/credential_scope.hpp>
#include <eksauth/sigv4/signing_key.hpp>
#include <eksauth/sigv4/string_to_sign.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace eksauth {

/// When, where and for what service a request is signed.
struct signing_parameters {
    std::chrono::sys_seconds at;  ///< when the signature's time begins
    std::string_view region,      ///< such as `eu-west-1`
        service;                  ///< such as `sts`

    /// What a signature by them is valid for.
    credential_scope scope() const { return {at, region, service}; }
};

/// A signature with the stages that led to it.
struct sigv4_signature {
    credbase::secret_string canonical_request;  ///< its query or headers may hold the session token
    std::string string_to_sign;                 ///< four lines; no secret
    std::string text;  ///< 64 hexadecimal digits; whoever has it and the request can use it
};

/// Signs a request that already carries its date, and its session token if there is one. Error: as `sha256`.
inline result<sigv4_signature> sign(const signable_request& request, const credentials& keys, const signing_parameters& parameters) {
    const credential_scope scope = parameters.scope();
    auto canonical = canonical_request(request);
    if (!canonical) return canonical.error();
    auto to_sign = string_to_sign(parameters.at, scope, canonical->reveal());
    if (!to_sign) return to_sign.error();
    auto key = signing_key(keys.secret_access_key.reveal(), scope);
    if (!key) return key.error();
    auto text = signature(*key, *to_sign);
    if (!text) return text.error();
    return sigv4_signature{*std::move(canonical), *std::move(to_sign), *std::move(text)};
}

}  // namespace eksauth
