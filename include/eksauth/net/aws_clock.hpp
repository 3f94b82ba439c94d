// SPDX-License-Identifier: Apache-2.0
// The clock of AWS, as its answers show it.
#pragma once

#include <credbase/timestamp.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

/// How far the clock of whoever answered is ahead of ours; nothing where the answer has no Date, or comes from a cache (Age).
///
/// The request was sent and the answer received at these times. Source: AWS SDK for Go v2, `internal/middleware`.
inline std::optional<std::chrono::seconds> measured_offset(const http_response& reply, std::chrono::sys_seconds sent,
                                                           std::chrono::sys_seconds received) {
    if (reply.header("Age")) return std::nullopt;
    const auto date = credbase::parse_http_date(reply.header("Date").value_or(""));
    if (!date) return std::nullopt;
    return *date - (sent + (received - sent) / 2);
}

/// How far our clock is from another, such as `that of AWS`, for messages.
inline std::string shown_offset(std::chrono::seconds offset, std::string_view other) {
    if (offset == std::chrono::seconds(0)) return "the system clock agrees with " + std::string(other);
    return "the system clock is " + std::to_string(std::chrono::abs(offset).count()) + " s " +
           (offset > std::chrono::seconds(0) ? "behind " : "ahead of ") + std::string(other);
}

/// The context with a clock that answers correct: its `clock_offset` is what the latest Date shows that is more than four minutes
/// away from what was known before.
///
/// Any answer counts, that of a metadata service too: whoever gives credentials may as well tell the time.
/// AWS_DISABLE_CLOCK_SKEW_CORRECTION=true turns it off. Source: AWS SDK for Go v2, `aws/retry`.
inline context with_aws_clock(context ctx) {
    auto known = std::make_shared<std::atomic<std::chrono::seconds::rep>>(ctx.clock_offset().count());
    ctx.http = [known, http = std::move(ctx.http), now = ctx.now, getenv = ctx.getenv, tell = ctx.tell](const http_request& request) {
        const auto sent = now();
        auto reply = http(request);
        if (!reply || getenv("AWS_DISABLE_CLOCK_SKEW_CORRECTION") == "true") return reply;
        const auto measured = measured_offset(*reply, sent, now());
        if (measured && tell) tell({step_kind::clock, request.authority(), shown_offset(*measured, "it")});
        if (measured && std::chrono::abs(*measured - std::chrono::seconds(*known)) > std::chrono::minutes(4)) *known = measured->count();
        return reply;
    };
    ctx.clock_offset = [known] { return std::chrono::seconds(*known); };
    return ctx;
}

}  // namespace eksauth
