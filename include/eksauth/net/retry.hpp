// SPDX-License-Identifier: Apache-2.0
// When to try again, and after what pause.
#pragma once

#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/service_error.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace eksauth {

/// The standard mode of the SDKs: full-jitter pauses that double.
struct retry_policy {
    int attempts = 3;  ///< in all
    std::chrono::milliseconds base = std::chrono::milliseconds(50),  ///< the first pause is no longer, unless the service wishes it
        throttled_base = std::chrono::milliseconds(1000);            ///< the same after an answer that asks for fewer calls
    std::chrono::milliseconds longest_pause = std::chrono::milliseconds(20000);  ///< however often it doubles
};

/// Why another attempt may help.
enum class retry_advice { none, transient, throttled };

/// What one attempt brought.
template <class T>
struct attempt {
    result<T> outcome;                         ///< what counts where no further attempt is made
    retry_advice advice = retry_advice::none;  ///< whether another attempt may help
    std::chrono::milliseconds wish = {};       ///< how long the service asks to wait
};

/// The service's wish in header `x-amz-retry-after`, in milliseconds; zero where there is none that can be read.
inline std::chrono::milliseconds retry_after(const http_response& reply) {
    const std::string_view text = reply.header("x-amz-retry-after").value_or("");
    const bool number = !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == text.npos;
    return std::chrono::milliseconds(number ? std::stoi(std::string(text)) : 0);
}

/// Whether a failed transport may well succeed a moment later: unreachable, silent or cut short; not a missing name, a
/// certificate that can't be trusted or a proxy that refuses.
inline retry_advice advice_for(const error& failure) {
    const bool passing = failure.code() == errc::http_unreachable || failure.code() == errc::http_timeout || failure.code() == errc::http_cut;
    return passing ? retry_advice::transient : retry_advice::none;
}

/// The same for a service's refusal.
inline retry_advice advice_for(const service_error& refusal) {
    if (is_throttling(refusal)) return retry_advice::throttled;
    return is_transient(refusal) ? retry_advice::transient : retry_advice::none;
}

/// Makes attempts until one succeeds, none is advised, the policy's number is reached, or the time is over; the last outcome counts.
///
/// The pause before attempt i + 1 is random between zero and base * 2^i; a service may ask for up to 5 s more. Source: botocore `retries/standard.py`.
template <class T>
result<T> with_retries(const context& ctx, const retry_policy& policy, const std::function<attempt<T>()>& once) {
    for (int made = 1;; ++made) {
        attempt<T> got = once();
        if (got.outcome || got.advice == retry_advice::none || made >= policy.attempts) return std::move(got.outcome);
        const auto base = got.advice == retry_advice::throttled ? policy.throttled_base : policy.base;
        const auto longest = std::min(base * (1 << std::min(made - 1, 16)), policy.longest_pause);
        const std::chrono::milliseconds chosen(static_cast<long>(ctx.random() * static_cast<double>(longest.count())));
        const auto pause = std::max(chosen, std::min(got.wish, chosen + std::chrono::seconds(5)));
        if (pause >= ctx.time_left()) return std::move(got.outcome);
        ctx.sleep(pause);
    }
}

}  // namespace eksauth
