// SPDX-License-Identifier: Apache-2.0
// What a service said when it refused a call.
#pragma once

#include <credbase/plain_text.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace eksauth {

/// A refusal as the service words it; code and message may be empty. The words are quoted to the user and never decide
/// anything but whether to try again.
struct service_error {
    int status = 0;
    std::string code = {}, message = {}, request_id = {};

    /// `Code: message (HTTP status, request id)`, cut to a sane length.
    std::string text() const {
        std::string out = code.empty() ? "HTTP " + std::to_string(status) + " (no error code)" : words(code, 128);
        if (!message.empty()) out += ": " + words(message, 512);
        if (!code.empty()) out += " (HTTP " + std::to_string(status) + (request_id.empty() ? ")" : ", request " + words(request_id, 128) + ")");
        return out;
    }

private:
    static std::string words(std::string_view text, std::size_t limit_bytes) { return credbase::escape_controls(credbase::cut_text(text, limit_bytes)); }
};

/// Whether the service asks to slow down. Source: botocore `retries/standard.py`, `_retry.json`.
inline bool is_throttling(const service_error& refusal) {
    constexpr std::array<std::string_view, 14> codes = {
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "TooManyRequestsException",
        "ProvisionedThroughputExceededException", "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException"};
    return refusal.status == 429 || std::find(codes.begin(), codes.end(), refusal.code) != codes.end();
}

/// Whether the same call may well succeed a moment later.
inline bool is_transient(const service_error& refusal) {
    return is_throttling(refusal) || refusal.status == 500 || refusal.status == 502 || refusal.status == 503 || refusal.status == 504 ||
           refusal.code == "RequestTimeout" || refusal.code == "RequestTimeoutException";
}

}  // namespace eksauth
