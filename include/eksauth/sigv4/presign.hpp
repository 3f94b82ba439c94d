// SPDX-License-Identifier: Apache-2.0
// SigV4 in the query of a URL.
#pragma once

#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/sigv4/canonical_request.hpp>
#include <eksauth/sigv4/sign.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

/// A query that carries its own proof.
struct presigned_query {
    credbase::secret_string query;  ///< encoded, sorted, `X-Amz-Signature` last; without the `?`
    sigv4_signature signature;      ///< with its stages
};

/// Signs a request by its query, which may then be sent with no secret at hand until `valid_for` is over.
///
/// The parameters stand in sorted order, the session token among them, as AWS SDK for Go v2 writes them; botocore puts the
/// session token last, with the same signature. Error: as `sha256`. Source: AWS SigV4, "query string" form.
inline result<presigned_query> presign(signable_request request, const credentials& keys, const signing_parameters& parameters,
                                       std::chrono::seconds valid_for) {
    const std::string credential = keys.access_key_id + "/" + parameters.scope().text();
    const std::string date = credbase::iso8601_basic(parameters.at), expires = std::to_string(valid_for.count());
    const std::string signed_headers = canonical_headers(request.headers).names;
    request.query.push_back({"X-Amz-Algorithm", "AWS4-HMAC-SHA256"});
    request.query.push_back({"X-Amz-Credential", credential});
    request.query.push_back({"X-Amz-Date", date});
    request.query.push_back({"X-Amz-Expires", expires});
    request.query.push_back({"X-Amz-SignedHeaders", signed_headers});
    if (!keys.session_token.empty()) request.query.push_back({"X-Amz-Security-Token", keys.session_token.reveal()});

    auto made = sign(request, keys, parameters);
    if (!made) return made.error();
    std::string_view query = made->canonical_request.reveal();  // is its third line
    for (int line = 1; line < 3; ++line) query.remove_prefix(query.find('\n') + 1);
    presigned_query out{credbase::secret_string(query.substr(0, query.find('\n'))), *std::move(made)};
    out.query.append("&X-Amz-Signature=").append(out.signature.text);
    return out;
}

}  // namespace eksauth
