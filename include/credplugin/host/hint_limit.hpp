// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace credplugin {

/// Keeps plugins that aren't installed from filling the log with their install hints: each may show its own ten times an hour.
///
/// One for all plugins of a host, used by many threads. Source: client-go's `exec.go`, `sometimes`; the count there is one
/// per user and cluster, so that a thousand clusters show a thousand times as many.
class hint_limit {
public:
    /// Whether the hint for a command may be shown now; if so, that counts. Its hour begins with the first question after the last one's.
    bool take(const std::string& command, std::chrono::steady_clock::time_point now) {
        const std::lock_guard lock(mutex_);
        hour& current = hours_.try_emplace(command, hour{now}).first->second;
        if (now - current.begin >= std::chrono::hours(1)) current = {now};
        if (current.shown == 10) return false;
        ++current.shown;
        return true;
    }

private:
    struct hour {
        std::chrono::steady_clock::time_point begin;
        int shown = 0;
    };
    std::mutex mutex_;
    std::map<std::string, hour> hours_;
};

}  // namespace credplugin
