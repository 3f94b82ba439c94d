// SPDX-License-Identifier: Apache-2.0
// A plugin in process, for tests of what is kept of its answers.
#pragma once

#include "support/host_fakes.hpp"

#include <credplugin/host/credential_cache.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

using cancel_flag = std::shared_ptr<const std::atomic<bool>>;
using plugin_answer = credplugin::result<credplugin::exec_credential>;

inline credplugin::plugin_call call_of(const std::string& cluster) {
    credplugin::plugin_call call{.exec = {.name = "acme", .command = "/bin/acme", .provide_cluster_info = true}, .cluster = {}};
    call.cluster.server = "https://" + cluster;
    return call;
}

inline credplugin::error boom() { return credplugin::error(credplugin::errc::plugin_failed, "boom"); }

/// What a call brought, in words. The tokens of these tests are no secrets.
inline std::string describe(const credplugin::result<credplugin::held_credential>& got) {
    if (!got) return std::string(got.error().code().word) + ": " + got.error().text();
    return std::string(got->credential->token.reveal());
}

/// Brings token-1, token-2 and so on, each good for `life`, or what `behave` does instead. Runs may overlap.
struct scripted_plugin {
    fake_host host = {};
    std::optional<std::chrono::seconds> life = std::chrono::hours(1);
    std::function<plugin_answer(const credplugin::plugin_call&, const cancel_flag&)> behave = {};
    std::atomic<int> runs = 0;

    credplugin::exec_credential next() {
        credplugin::exec_credential made{.token = credbase::secret_string("token-" + std::to_string(runs))};
        if (life) made.expires = host.now.load() + *life;
        return made;
    }

    /// Refers to this object, which must outlive it.
    credplugin::plugin_runner runner() {
        return [this](const credplugin::plugin_call& call, const cancel_flag& cancelled) -> plugin_answer {
            ++runs;
            if (behave) return behave(call, cancelled);
            return next();
        };
    }
};

/// What a plugin does that runs until it is cancelled.
inline plugin_answer until_cancelled(const credplugin::plugin_call&, const cancel_flag& cancelled) {
    while (!*cancelled) std::this_thread::yield();
    return credplugin::error(credplugin::errc::plugin_timeout, "was cancelled");
}
