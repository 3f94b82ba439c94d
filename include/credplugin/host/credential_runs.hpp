// SPDX-License-Identifier: Apache-2.0
// Who runs which plugin when: one run at a time per key, a few in all, and everybody else waits.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/host/cache_options.hpp>
#include <credplugin/host/cached_key.hpp>
#include <credplugin/host/call_key.hpp>
#include <credplugin/host/context.hpp>
#include <credplugin/host/credential_state.hpp>
#include <credplugin/host/exec_config.hpp>
#include <credplugin/protocol/exec_credential.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace credplugin {

namespace detail {

/// The inside of a cache, shared by its blocking and its asynchronous face. Only `close` blocks.
///
/// Plugins, callbacks and requests are called without the mutex held.
class credential_runs : public std::enable_shared_from_this<credential_runs> {
public:
    using request = std::shared_ptr<credential_request>;

    credential_runs(plugin_runner run, host_context ctx, cache_options options)
        : run_(std::move(run)), ctx_(std::move(ctx)), options_(std::move(options)), keys_(options_.entries, options_.margin) {}

    /// The answer, where no run is needed; else the request waits, and will be started or finished.
    std::optional<result<held_credential>> begin(const request& asked) {
        credbase::secret_string text = call_key(asked->call());
        const instant at = now();
        actions after;
        {
            const std::lock_guard lock(mutex_);
            if (closed_) return given_up(*asked);
            cached_key& key = keys_.use(std::move(text));
            const bool busy = !key.waiting.empty();
            if (busy ? key.state.shareable(at) : !key.state.due(at)) return key.state.standing(at);
            asked->place_ = key.waiting.insert(key.waiting.end(), asked);
            asked->key_ = &key;
            if (!busy) {
                keys_.from_idle(key, queued_);
                start_queued(after);
            }
        }
        perform(std::move(after));
        return std::nullopt;
    }

    /// Finishes a request that waits. A run that is for it alone, or on its own thread, is ended first.
    void cancel(const request& unwanted) {
        actions after;
        {
            const std::lock_guard lock(mutex_);
            cached_key* const key = unwanted->key_;
            if (key == nullptr) return;
            const bool runs = key->stop && key->waiting.front() == unwanted;
            if (runs && (!key->elsewhere || key->waiting.size() == 1)) {
                *key->stop = true;
                return;
            }
            key->waiting.erase(unwanted->place_);
            finish(unwanted, given_up(*unwanted), after);
            if (key->waiting.empty()) keys_.to_idle(*key, queued_);
        }
        perform(std::move(after));
    }

    bool invalidate(const held_credential& refused) {
        const instant at = now();
        const std::lock_guard lock(mutex_);
        cached_key* const key = keys_.find(refused.key->reveal());
        return key == nullptr || key->state.current().generation != refused.generation || key->state.refuse(at);
    }

    void forget(const plugin_call& call) {
        const credbase::secret_string text = call_key(call);
        const std::lock_guard lock(mutex_);
        cached_key* const key = keys_.find(text.reveal());
        if (key == nullptr) return;
        if (key->waiting.empty()) keys_.drop(*key);
        else key->state = credential_state(options_.margin);
    }

    std::optional<std::chrono::steady_clock::time_point> next_refresh(const plugin_call& call) {
        const credbase::secret_string text = call_key(call);
        const instant at = now();
        const std::lock_guard lock(mutex_);
        cached_key* const key = keys_.find(text.reveal());
        if (key == nullptr) return at.steady;
        if (!key->waiting.empty()) return at.steady + std::chrono::seconds(1);
        return key->state.due_at(at);
    }

    /// Finishes all who wait, ends the runs under way and waits for them; nothing begins afterwards.
    void close() {
        actions after;
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            for (const auto* const list : {&queued_, &running_})
                for (cached_key* const key : *list) {
                    if (key->stop) *key->stop = true;
                    for (const request& one : std::exchange(key->waiting, {})) finish(one, given_up(*one), after);
                }
        }
        perform(std::move(after));
        std::unique_lock lock(mutex_);
        left_.wait(lock, [&] { return inside_ == 0; });
    }

private:
    friend class plugin_run;
    using actions = std::vector<std::function<void()>>;  // for when the mutex is free again
    using answer = std::optional<result<exec_credential>>;

    instant now() const { return {ctx_.now(), ctx_.steady_now()}; }
    static void perform(actions after) {
        for (const auto& act : after) act();
    }
    static error given_up(const credential_request& unwanted) {
        return error(errc::plugin_timeout, "waiting for the plugin of " + credbase::quoted(unwanted.call().exec.name) + " was cancelled");
    }
    static void finish(const request& waiting, result<held_credential> got, actions& after) {
        waiting->key_ = nullptr;
        after.push_back([waiting, got = std::move(got)] { waiting->finish(got); });
    }

    void start_queued(actions& after) {
        while (running_.size() < options_.concurrent_runs && !queued_.empty()) {
            cached_key& key = *queued_.front();
            running_.splice(running_.end(), queued_, key.place);
            start(key, after);
        }
    }
    void start(cached_key& key, actions& after);

    /// Whether a run may begin. If so, `close` waits for its end.
    bool enter(const std::atomic<bool>& stop) {
        const std::lock_guard lock(mutex_);
        if (stop) return false;
        ++inside_;
        return true;
    }

    /// A turn is over, with the plugin's answer or without one. `entered`: the run had begun.
    void leave(cached_key& key, const request& by, answer got, bool entered) {
        const instant at = got ? now() : instant{};
        const double random = got ? ctx_.random() : 0;
        actions after;
        {
            const std::lock_guard lock(mutex_);
            if (!closed_) settle(key, by, std::move(got), at, random, after);
        }
        perform(std::move(after));
        const std::lock_guard lock(mutex_);
        if (entered && --inside_ == 0) left_.notify_all();
    }

    void settle(cached_key& key, const request& by, answer got, const instant& at, double random, actions& after) {
        const bool stopped = *std::exchange(key.stop, nullptr);
        if (!got || (!*got && stopped)) {  // no failure of the plugin: who waits next has it run again, in the same turn
            const request first = key.waiting.front();
            if (stopped || first == by) {
                key.waiting.pop_front();
                finish(first, given_up(*first), after);
            }
            if (!key.waiting.empty()) return start(key, after);
        } else {
            const auto told = *got ? take(key, *by, *std::move(*got), at, random, after) : key.state.failed(got->error(), at, random);
            for (const request& one : std::exchange(key.waiting, {})) finish(one, told, after);
        }
        keys_.to_idle(key, running_);
        start_queued(after);
    }

    result<held_credential> take(cached_key& key, const credential_request& by, exec_credential fresh, const instant& at, double random,
                                 actions& after) {
        const auto before = key.state.current().credential;
        auto told = key.state.fetched({std::make_shared<const exec_credential>(std::move(fresh)), ++generation_, key.text}, at, random);
        if (options_.on_certificate_rotated && before && told && has_other_certificate(*before, *told->credential))
            after.push_back([this, &by] { options_.on_certificate_rotated(by.call()); });
        return told;
    }
    static bool has_other_certificate(const exec_credential& before, const exec_credential& now) {
        return before.client_certificate_data != now.client_certificate_data ||
               before.client_key_data.reveal() != now.client_key_data.reveal();
    }

    const plugin_runner run_;
    const host_context ctx_;
    const cache_options options_;
    std::mutex mutex_;
    cached_keys keys_;
    cached_keys::list queued_, running_;  // by arrival
    std::uint64_t generation_ = 0;
    std::size_t inside_ = 0;  // runs that have begun
    std::condition_variable left_;
    bool closed_ = false;
};

/// A turn to run a plugin, once. When it's dropped unused, or an exception comes out of the run, the turn goes on to who waits next.
class plugin_run {
public:
    plugin_run(std::shared_ptr<credential_runs> runs, cached_key& key)
        : runs_(std::move(runs)), key_(key), by_(key.waiting.front()), stop_(key.stop) {}
    plugin_run(const plugin_run&) = delete;
    plugin_run& operator=(const plugin_run&) = delete;
    ~plugin_run() {
        if (!left_) runs_->leave(key_, by_, std::nullopt, entered_);
    }

    void operator()() {
        entered_ = runs_->enter(*stop_);
        if (!entered_) return;
        auto got = runs_->run_(by_->call(), stop_);
        left_ = true;
        runs_->leave(key_, by_, std::move(got), true);
    }

private:
    const std::shared_ptr<credential_runs> runs_;
    cached_key& key_;
    const std::shared_ptr<credential_request> by_;
    const std::shared_ptr<std::atomic<bool>> stop_;
    bool entered_ = false, left_ = false;
};

inline void credential_runs::start(cached_key& key, actions& after) {
    key.stop = std::make_shared<std::atomic<bool>>(false);
    key.elsewhere = key.waiting.front()->elsewhere_;
    after.push_back([first = key.waiting.front(), run = std::make_shared<plugin_run>(shared_from_this(), key)] { first->start(run); });
}

}  // namespace detail

}  // namespace credplugin
