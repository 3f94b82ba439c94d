// SPDX-License-Identifier: Apache-2.0
// What a source of credentials is, and how several are asked in turn.
#pragma once

#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace eksauth {

/// Nobody asked for this source; `reason` says what would have, such as `AWS_ROLE_ARN is not set`.
struct not_configured {
    std::string reason;  ///< for people
};

/// What a source answers. Only `not_configured` moves on to the next one; there is no fourth outcome.
using outcome = std::variant<credentials, not_configured, error>;

/// A source of credentials.
struct source {
    std::string name;                             ///< for messages, such as `environment`
    std::function<outcome(const context&)> get;  ///< looks, and asks whom it must; never moves on by itself
};

namespace detail {

inline std::string shown(const outcome& got) {
    if (auto* broken = std::get_if<error>(&got)) return "failed: " + broken->text();
    if (auto* nothing = std::get_if<not_configured>(&got)) return "not configured: " + nothing->reason;
    return shown(std::get<credentials>(got));
}

}  // namespace detail

/// Asks each source in turn until one has credentials or fails.
///
/// Error: that of the source that failed, within its name; or, where none is configured, the reason of each.
inline result<credentials> first_of(const std::vector<source>& chain, const context& ctx) {
    std::string tried;
    for (const source& one : chain) {
        outcome got = one.get(ctx);
        if (ctx.tell) ctx.tell({step_kind::source, one.name, detail::shown(got)});
        if (auto* found = std::get_if<credentials>(&got)) return std::move(*found);
        if (auto* broken = std::get_if<error>(&got)) return std::move(*broken).within(one.name);
        tried += (tried.empty() ? "" : "; ") + one.name + ": " + std::get<not_configured>(got).reason;
    }
    return error(errc::no_credentials, "no AWS credentials found; tried " + tried);
}

}  // namespace eksauth
