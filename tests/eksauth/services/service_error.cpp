// SPDX-License-Identifier: Apache-2.0
#include <eksauth/services/service_error.hpp>

#include "support/catch_shim.hpp"

#include <string>
#include <vector>

TEST_CASE("service error: code, message, status and request are told, as far as they are known") {
    struct row { const char* name; eksauth::service_error refusal; std::string text; };
    const row rows[] = {
        {"all", {403, "AccessDenied", "not authorized", "1-2"}, "AccessDenied: not authorized (HTTP 403, request 1-2)"},
        {"no request id", {403, "AccessDenied", "not authorized"}, "AccessDenied: not authorized (HTTP 403)"},
        {"no message", {400, "Throttling", "", "1-2"}, "Throttling (HTTP 400, request 1-2)"},
        {"a code alone", {400, "Throttling"}, "Throttling (HTTP 400)"},
        {"138 nothing but a status", {503}, "HTTP 503 (no error code)"},
        {"a message without a code", {404, "", "no such role"}, "HTTP 404 (no error code): no such role"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(r.refusal.text() == r.text);
    }
}

TEST_CASE("service error: no word of the service is longer than its limit") {
    const std::string long_text(5000, 'x'), dots = "\u2026";
    const eksauth::service_error refusal{400, long_text, long_text, long_text};
    CHECK(refusal.text() == std::string(125, 'x') + dots + ": " + std::string(509, 'x') + dots + " (HTTP 400, request " + std::string(125, 'x') + dots + ")");
}

TEST_CASE("service error: no word of the service ends a line or starts an escape sequence") {
    const std::string hostile = "a\r\nb\tc\x1B[2J\x7F\xC2\x9B\xFF";
    const std::string text = eksauth::service_error{400, hostile, hostile, hostile}.text();
    for (const char* bad : {"\r", "\n", "\t", "\x1B", "\x7F", "\xC2\x9B", "\xFF"}) CHECK(text.find(bad) == std::string::npos);
    CHECK(text.find("[2J") != std::string::npos);
}

TEST_CASE("service error: what was sent in secret is gone from the words, however it is written") {
    std::vector<credbase::secret_string> sent;
    for (const char* secret : {"hush/token+a=", "hush\"quoted\\"}) sent.emplace_back(secret);
    struct row { const char* name; std::string text, words; };
    const row rows[] = {
        {"as it is", "no hush/token+a= here", "no [redacted] here"},
        {"of a form", "WebIdentityToken=hush%2Ftoken%2Ba%3D&", "WebIdentityToken=[redacted]&"},
        {"of JSON", R"({"refreshToken":"hush\"quoted\\"})", R"({"refreshToken":"[redacted]"})"},
        {"another", "hush", "hush"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(eksauth::words_of_peer(r.text, sent) == r.words);
        CHECK(eksauth::shape_of({.status = 200, .headers = {{"Content-Type", credbase::secret_string(r.text)}}}, sent) ==
              "HTTP 200, " + r.words + ", 0 bytes");
    }
}

TEST_CASE("service error: code and status decide whether another attempt may help") {
    struct row { const char* name; eksauth::service_error refusal; std::string advice; };
    const row rows[] = {
        {"139 Throttling", {400, "Throttling"}, "throttled"},
        {"SlowDownException", {400, "SlowDownException"}, "throttled"},
        {"ThrottlingException", {400, "ThrottlingException"}, "throttled"},
        {"ThrottledException", {400, "ThrottledException"}, "throttled"},
        {"RequestThrottledException", {400, "RequestThrottledException"}, "throttled"},
        {"TooManyRequestsException", {400, "TooManyRequestsException"}, "throttled"},
        {"ProvisionedThroughputExceededException", {400, "ProvisionedThroughputExceededException"}, "throttled"},
        {"TransactionInProgressException", {400, "TransactionInProgressException"}, "throttled"},
        {"RequestLimitExceeded", {503, "RequestLimitExceeded"}, "throttled"},
        {"BandwidthLimitExceeded", {400, "BandwidthLimitExceeded"}, "throttled"},
        {"LimitExceededException", {400, "LimitExceededException"}, "throttled"},
        {"RequestThrottled", {400, "RequestThrottled"}, "throttled"},
        {"SlowDown", {503, "SlowDown"}, "throttled"},
        {"PriorRequestNotComplete", {400, "PriorRequestNotComplete"}, "throttled"},
        {"EC2ThrottledException", {400, "EC2ThrottledException"}, "throttled"},
        {"429 without a code", {429}, "throttled"},
        {"RequestTimeout", {400, "RequestTimeout"}, "transient"},
        {"RequestTimeoutException", {400, "RequestTimeoutException"}, "transient"},
        {"500", {500}, "transient"},
        {"502", {502}, "transient"},
        {"138 503", {503}, "transient"},
        {"504", {504}, "transient"},
        {"501", {501}, "final"},
        {"505", {505}, "final"},
        {"400", {400}, "final"},
        {"a redirect", {307}, "final"},
        {"AccessDenied", {403, "AccessDenied"}, "final"},
        {"ExpiredToken", {400, "ExpiredToken"}, "final"},
        {"a code that only begins like one", {400, "ThrottlingX"}, "final"},
        {"a code in lower case", {400, "throttling"}, "final"},
        {"the word in the message", {400, "ValidationError", "Throttling"}, "final"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const bool throttled = eksauth::is_throttling(r.refusal), transient = eksauth::is_transient(r.refusal);
        CHECK((throttled && transient ? "throttled" : transient ? "transient" : throttled ? "throttled only" : "final") == r.advice);
    }
}
