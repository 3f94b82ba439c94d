// SPDX-License-Identifier: Apache-2.0
// Credentials by call: made by plugins, kept in memory, refreshed before their end.
#pragma once

#include <credplugin/base/errors.hpp>
#include <credplugin/host/cache_options.hpp>
#include <credplugin/host/cancellation.hpp>
#include <credplugin/host/context.hpp>
#include <credplugin/host/credential_runs.hpp>
#include <credplugin/host/credential_state.hpp>
#include <credplugin/host/exec_config.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace credplugin {

namespace detail {

/// A thread that waits for a credential, and runs the plugin itself when its turn comes.
class waiting_thread final : public credential_request {
public:
    /// The call must outlive the wait.
    explicit waiting_thread(const plugin_call& call)
        : credential_request(std::shared_ptr<const plugin_call>(std::shared_ptr<void>(), &call), false) {}

    void start(std::shared_ptr<plugin_run> run) override {
        const std::lock_guard lock(mutex_);
        if (answer_) return;  // the cache is being destroyed, and the thread may be gone
        run_ = std::move(run);
        changed_.notify_one();
    }
    void finish(result<held_credential> answer) override {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
        changed_.notify_one();
    }

    result<held_credential> wait() {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return run_ || answer_; });
            const auto run = std::exchange(run_, nullptr);
            if (!run) return *std::move(answer_);
            lock.unlock();
            (*run)();
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<plugin_run> run_;
    std::optional<result<held_credential>> answer_;
};

struct cache_access;

}  // namespace detail

/// The credentials of any number of clusters, for any number of threads.
///
/// There are as many as calls that differ in what decides the credential (`call_key`). One of them has one plugin run at a
/// time; who comes meanwhile waits for it, or gets the credential that is still good. A credential is refreshed by the first
/// call after 70 to 90 % of its life, and one without an expiry when the server refuses it. After failures the plugin isn't
/// run for 1 s, doubling to 60 s, within 10 % of that; a success ends it.
/// Only what both clocks hold to be good is given out, so neither a wall clock that is set nor a suspended host does harm.
/// Source: client-go's `exec.go`; margin, pauses and limits are ours, since there a broken plugin is run for every request.
class credential_cache {
public:
    /// `run`: most often `run_plugin` with the same context. The clocks and `random` of the context are used.
    credential_cache(plugin_runner run, host_context ctx, cache_options options = {})
        : runs_(std::make_shared<detail::credential_runs>(std::move(run), std::move(ctx), std::move(options))) {}
    credential_cache(const credential_cache&) = delete;
    credential_cache& operator=(const credential_cache&) = delete;

    /// Ends the plugins that run and waits for them; calls that wait get an error.
    ~credential_cache() { runs_->close(); }

    /// The credential for a call; the plugin is run on the calling thread where that is needed.
    ///
    /// One that had expired before it came is given to those who waited for it, as client-go does, and never again.
    /// Error: the plugin's, as the runner has it, with ` (retry in Ns)` behind it while the plugin isn't run again;
    /// `bad_answer` where plugins keep bringing expired credentials; `plugin_timeout` where the cache was destroyed meanwhile.
    result<held_credential> get(const plugin_call& call) {
        const auto runs = runs_;
        const auto here = std::make_shared<detail::waiting_thread>(call);
        if (auto known = runs->begin(here)) return *std::move(known);
        return here->wait();
    }

    /// The same, given up with `plugin_timeout` once it's cancelled. The plugin that this thread runs is then ended, and run
    /// again by another thread that waits for it.
    result<held_credential> get(const plugin_call& call, cancellation& cancelled) {
        const auto runs = runs_;
        const auto here = std::make_shared<detail::waiting_thread>(call);
        if (auto known = runs->begin(here)) return *std::move(known);
        const cancellation::registration watch(cancelled, [&] { runs->cancel(here); });
        return here->wait();
    }

    /// To be told when the server answered 401 to a request with that credential. The next call then has the plugin run,
    /// unless the credential isn't the current one any more, or that was done less than 10 s ago. Where the plugin fails, the
    /// credential stays until its end. True: `get` may bring another one now, so that another request is worth it.
    bool invalidate(const held_credential& refused) { return runs_->invalidate(refused); }

    /// Drops the credential and the pause after failures: for an operator who has put things right, or a cluster that is gone.
    void forget(const plugin_call& call) { runs_->forget(call); }

    /// When `get` will have the plugin run, by the context's steady clock; in the past: at once. Nothing: not before the
    /// credential is refused. For loops that keep clusters fresh: call `get` then, and ask again.
    std::optional<std::chrono::steady_clock::time_point> next_refresh(const plugin_call& call) { return runs_->next_refresh(call); }

private:
    friend struct detail::cache_access;
    const std::shared_ptr<detail::credential_runs> runs_;
};

namespace detail {

/// For the asynchronous face.
struct cache_access {
    static const std::shared_ptr<credential_runs>& runs(credential_cache& cache) { return cache.runs_; }
};

}  // namespace detail

}  // namespace credplugin
