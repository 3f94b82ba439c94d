// SPDX-License-Identifier: Apache-2.0
// SigV4 in the headers of a request.
#pragma once

#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/sigv4/canonical_request.hpp>
#include <eksauth/sigv4/sign.hpp>

#include <string>
#include <utility>

namespace eksauth {

/// The headers that a signed request carries beside its own; the session token, if any, in `X-Amz-Security-Token`.
struct signed_headers {
    std::string x_amz_date;     ///< the value of `X-Amz-Date`
    std::string authorization;  ///< the value of `Authorization`
    sigv4_signature signature;  ///< with its stages
};

/// Signs a request by its headers; date and session token are signed too. Error: as `sha256`.
///
/// Source: AWS SigV4, "Authorization header" form.
inline result<signed_headers> sign_headers(signable_request request, const credentials& keys, const signing_parameters& parameters) {
    signed_headers out{.x_amz_date = credbase::iso8601_basic(parameters.at), .authorization = {}, .signature = {}};
    request.headers.push_back({"x-amz-date", out.x_amz_date});
    if (!keys.session_token.empty()) request.headers.push_back({"x-amz-security-token", keys.session_token.reveal()});
    auto made = sign(request, keys, parameters);
    if (!made) return made.error();
    out.signature = *std::move(made);
    out.authorization = "AWS4-HMAC-SHA256 Credential=" + keys.access_key_id + "/" + parameters.scope().text() +
                        ", SignedHeaders=" + canonical_headers(request.headers).names + ", Signature=" + out.signature.text;
    return out;
}

}  // namespace eksauth
