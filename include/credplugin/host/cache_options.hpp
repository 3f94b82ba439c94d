// SPDX-License-Identifier: Apache-2.0
// What a credential cache is made of.
#pragma once

#include <credplugin/base/errors.hpp>
#include <credplugin/host/exec_config.hpp>
#include <credplugin/protocol/exec_credential.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace credplugin {

/// Runs the plugin of a call once, and ends it early once `cancelled` is true. Called by many threads at once.
using plugin_runner = std::function<result<exec_credential>(const plugin_call& call, std::shared_ptr<const std::atomic<bool>> cancelled)>;

/// How much a cache does at a time, keeps, and when it refreshes.
struct cache_options {
    std::size_t concurrent_runs = 8;                         ///< of plugins, whatever the number of clusters
    std::size_t entries = 10000;                             ///< with more of them the least recently used credential goes
    std::chrono::seconds margin = std::chrono::seconds(10);  ///< that long before its end, at the latest, a credential is refreshed

    /// Told when a plugin brought another client certificate than the last time, before anybody gets it: connections made
    /// with the old one are to be closed. Not for another token alone. Source: client-go's `exec.go`, `refreshCredsLocked`.
    std::function<void(const plugin_call&)> on_certificate_rotated = {};
};

}  // namespace credplugin
