// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eksauth {

/// A bearer token for the API server of one EKS cluster.
struct eks_token {
    credbase::secret_string text;        ///< `k8s-aws-v1.` and base64url of a presigned URL
    std::chrono::sys_seconds signed_at,  ///< the second that it is good from
        expires;                         ///< to be replaced by then; STS takes it a minute longer
    std::string host;           ///< of the STS that the API server will ask
    std::string access_key_id;  ///< of the keys that signed it
    std::vector<std::string> warnings = {};  ///< for the user; no secrets
};

/// Checks that a cluster id can be signed as a header and means itself alone.
///
/// The id is signed as the header `x-k8s-aws-id`, whose blanks SigV4 trims, and STS and proxies disagree on bytes beyond
/// ASCII; so 1 to 256 bytes of 0x21 to 0x7E. Error: anything else, and what is an ARN or a URL instead of a name.
inline result<> check_cluster_id(std::string_view id) {
    const auto refused = [](const std::string& why) { return error(errc::bad_cluster, why); };
    if (id.empty()) return refused("is empty");
    if (id.size() > 256) return refused("has " + std::to_string(id.size()) + " bytes, limit 256");
    for (std::size_t at = 0; at < id.size(); ++at) {
        const auto byte = static_cast<unsigned char>(id[at]);
        if (byte >= 0x21 && byte <= 0x7E) continue;
        return refused((byte > 0x7F ? "has a non-ASCII byte " : "has a blank or control character ") + credbase::hex_byte(id[at]) +
                       " at offset " + std::to_string(at));
    }
    if (id.starts_with("arn:") || id.find("://") != id.npos)
        return refused("must be the name of a cluster, not an ARN or a URL: " + credbase::quoted(id));
    return {};
}

}  // namespace eksauth
