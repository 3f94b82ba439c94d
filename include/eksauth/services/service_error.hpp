// SPDX-License-Identifier: Apache-2.0
// What a service said when it refused a call.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/redact.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/wiping_memory.hpp>
#include <eksauth/base/percent_encoding.hpp>
#include <eksauth/http.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eksauth {

/// A refusal as the service words it; code and message may be empty. The words are quoted to the user and never decide
/// anything but whether to try again.
struct service_error {
    int status = 0;  ///< of HTTP
    std::string code = {},  ///< such as `AccessDenied`
        message = {},       ///< for people
        request_id = {};    ///< for AWS's support; may be empty, too
    std::string reason = {};  ///< the word below the code that some services give

    /// `Code: reason: message (HTTP status, request id)`, cut to a sane length.
    std::string text() const {
        std::string out = code.empty() ? "HTTP " + std::to_string(status) + " (no error code)" : words(code, 128);
        if (!reason.empty()) out += ": " + words(reason, 128);
        if (!message.empty()) out += ": " + words(message, 512);
        if (!code.empty()) out += " (HTTP " + std::to_string(status) + (request_id.empty() ? ")" : ", request " + words(request_id, 128) + ")");
        return out;
    }

private:
    static std::string words(std::string_view text, std::size_t limit_bytes) { return credbase::escape_controls(credbase::cut_text(text, limit_bytes)); }
};

/// The peer's words fit for a message: what we sent it in secret is gone, in case it sent that back, and so are controls.
///
/// It is gone as it is, and as it stood in a form or in JSON.
inline std::string words_of_peer(std::string_view text, const std::vector<credbase::secret_string>& sent) {
    std::vector<credbase::secret_string> forms;
    for (const credbase::secret_string& secret : sent) {
        const auto json = credbase::serialize_secret(boost::json::string(secret.reveal(), credbase::wiping_storage()));
        forms.push_back(secret);
        forms.push_back(percent_encoded(secret.reveal()));
        forms.emplace_back(json.reveal().substr(1, json.size() - 2));
    }
    return credbase::escape_controls(credbase::redacted(text, forms));
}

/// What came, for messages about an answer that can't be understood: `HTTP 200, text/html, 512 bytes`.
inline std::string shape_of(const http_response& reply, const std::vector<credbase::secret_string>& sent) {
    const auto type = reply.header("Content-Type");
    return "HTTP " + std::to_string(reply.status) + ", " + (type ? credbase::cut_text(words_of_peer(*type, sent), 64) : "no Content-Type") +
           ", " + std::to_string(reply.body.size()) + " bytes";
}

/// Whether the service asks to slow down. Source: botocore `retries/standard.py`, `_retry.json`; `SlowDownException` is of SSO OIDC.
inline bool is_throttling(const service_error& refusal) {
    constexpr std::array<std::string_view, 15> codes = {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "TooManyRequestsException",
        "ProvisionedThroughputExceededException", "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "LimitExceededException", "RequestThrottled", "SlowDown", "SlowDownException", "PriorRequestNotComplete", "EC2ThrottledException"};
    return refusal.status == 429 || std::find(codes.begin(), codes.end(), refusal.code) != codes.end();
}

/// Whether the same call may well succeed a moment later.
inline bool is_transient(const service_error& refusal) {
    return is_throttling(refusal) || refusal.status == 500 || refusal.status == 502 || refusal.status == 503 || refusal.status == 504 ||
           refusal.code == "RequestTimeout" || refusal.code == "RequestTimeoutException";
}

}  // namespace eksauth
