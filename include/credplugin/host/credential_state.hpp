// SPDX-License-Identifier: Apache-2.0
// What is known of one credential, and what follows from that at a given instant: no clocks, threads or plugins here.
#pragma once

#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/protocol/exec_credential.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace credplugin {

/// A credential that is shared by all who asked for it; cheap to copy, and good however long the cache lives.
struct held_credential {
    std::shared_ptr<const exec_credential> credential = {};    ///< never null in what the cache gives
    std::uint64_t generation = 0;                              ///< a number of its own for each answer of a plugin
    std::shared_ptr<const credbase::secret_string> key = {};  ///< which calls it answers, for the cache
    /// Why the last try to make another one failed, one object for each try; null where there was none since it came.
    std::shared_ptr<const error> refresh_failure = {};
};

namespace detail {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Both clocks at once. What has passed between two instants is what the clock says on which more has passed, so that a wall
/// clock that is set back prolongs nothing, nor does a host that was suspended.
struct instant {
    std::chrono::sys_seconds wall;
    std::chrono::steady_clock::time_point steady;
};

inline milliseconds passed(const instant& since, const instant& now) {
    return std::max({milliseconds(0), std::chrono::floor<milliseconds>(now.steady - since.steady), milliseconds(now.wall - since.wall)});
}

/// The pause after a number of failures in a row: 1 s, doubling to 60 s, with up to 10 % more or less by `random`, [0, 1).
inline milliseconds backoff(int failures, double random) {
    const milliseconds pause = std::min(seconds(1) * (1 << std::min(failures - 1, 6)), seconds(60));
    return milliseconds(static_cast<std::int64_t>(static_cast<double>(pause.count()) * (0.9 + 0.2 * random)));
}

/// The credential of one key: how long it is good, when the plugin is to be run again, what its last failure was.
///
/// Refreshed when 70 to 90 % of its life have passed, at random so that many made at once aren't refreshed at once, and at
/// the latest `margin` before its end; still usable up to the end, for those who come while it is refreshed or when that fails.
class credential_state {
public:
    explicit credential_state(seconds margin) : longest_margin_(margin) {}

    const held_credential& current() const { return current_; }
    bool usable(const instant& now) const { return current_.credential && passed(fetched_at_, now) < life_; }

    /// Whether it's good enough not to wait for a run that is under way.
    bool shareable(const instant& now) const { return usable(now) && !refused_ && passed(fetched_at_, now) < life_ - margin_; }

    /// Whether the plugin is to be run before the next answer.
    bool due(const instant& now) const { return now.steady >= retry_at_ && wants_refresh(now); }

    /// When that will be; nothing where the credential has no end.
    std::optional<std::chrono::steady_clock::time_point> due_at(const instant& now) const {
        if (wants_refresh(now)) return std::max(now.steady, retry_at_);
        if (refresh_after_ == forever) return std::nullopt;
        return std::max(now.steady + (refresh_after_ - passed(fetched_at_, now)), retry_at_);
    }

    /// The answer without another run: the credential, else the last failure and when the plugin may be run again.
    result<held_credential> standing(const instant& now) const {
        if (usable(now)) return current_;
        const auto left = std::chrono::ceil<seconds>(retry_at_ - now.steady).count();
        error told(failure_.code(), failure_.message() + " (retry in " + std::to_string(left) + "s)");
        return failure_.context().empty() ? std::move(told) : std::move(told).within(failure_.context());
    }

    /// Takes a plugin's answer, and brings what those who waited for it get.
    result<held_credential> fetched(held_credential fresh, const instant& now, double random) {
        const auto& expires = fresh.credential->expires;
        if (expires && *expires <= now.wall) return came_expired(std::move(fresh), now, random);
        life_ = expires ? std::min(milliseconds(*expires - now.wall), longest_life) : forever;
        margin_ = expires ? std::min<milliseconds>(longest_margin_, life_ / 2) : milliseconds(0);
        const milliseconds spread(static_cast<std::int64_t>(static_cast<double>(life_.count()) / 5 * random));
        refresh_after_ = expires ? std::min(life_ / 10 * 7 + spread, life_ - margin_) : forever;
        current_ = std::move(fresh);
        fetched_at_ = now;
        failures_ = 0;
        retry_at_ = std::chrono::steady_clock::time_point::min();
        refused_ = was_expired_ = false;
        return current_;
    }

    /// Takes a plugin's failure, and brings what those who waited get: the old credential if it's still good.
    result<held_credential> failed(error why, const instant& now, double random) {
        was_expired_ = false;
        count_failure(std::move(why), now, random);
        if (!usable(now)) return failure_;
        current_.refresh_failure = std::make_shared<const error>(failure_);
        return current_;
    }

    /// The server refused it. Whether the plugin will be run before the next answer; at most once in 10 s it is for that reason.
    bool refuse(const instant& now) {
        if (!refused_ && refused_at_ && now.steady - *refused_at_ < seconds(10)) return false;
        if (!std::exchange(refused_, true)) refused_at_ = now.steady;
        return now.steady >= retry_at_;
    }

private:
    static constexpr milliseconds forever = milliseconds::max(), longest_life = std::chrono::days(3650);  // no sum overflows

    bool wants_refresh(const instant& now) const { return !usable(now) || refused_ || passed(fetched_at_, now) >= refresh_after_; }

    void count_failure(error why, const instant& now, double random) {
        refused_ = false;
        failure_ = std::move(why);
        retry_at_ = now.steady + backoff(++failures_, random);
    }

    /// As client-go: good for this request, since clocks differ, and the plugin is run again for the next. More of it is a failure.
    result<held_credential> came_expired(held_credential fresh, const instant& now, double random) {
        const std::string expiry = credbase::rfc3339(*fresh.credential->expires), today = credbase::rfc3339(now.wall);
        error why(errc::bad_answer, "exec plugin returned a credential that had expired at " + expiry + ", now is " + today +
                                        "; check this host's clock and the plugin's own cache");
        if (usable(now)) return failed(std::move(why), now, random);
        if (std::exchange(was_expired_, true)) count_failure(std::move(why), now, random);
        current_ = std::move(fresh);
        life_ = milliseconds(0);
        refused_ = false;
        return current_;
    }

    seconds longest_margin_;
    held_credential current_;
    instant fetched_at_{};
    milliseconds life_{}, margin_{}, refresh_after_{};  // from `fetched_at_` on
    bool refused_ = false, was_expired_ = false;
    std::optional<std::chrono::steady_clock::time_point> refused_at_;
    int failures_ = 0;
    error failure_;
    std::chrono::steady_clock::time_point retry_at_ = std::chrono::steady_clock::time_point::min();
};

}  // namespace detail

}  // namespace credplugin
