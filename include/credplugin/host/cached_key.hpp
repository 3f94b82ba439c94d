// SPDX-License-Identifier: Apache-2.0
// The keys of a credential cache, with what is known of each and who waits for it; the least recently used go.
#pragma once

#include <credbase/secret_string.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/host/credential_state.hpp>
#include <credplugin/host/exec_config.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace credplugin {

namespace detail {

class plugin_run;
struct cached_key;

/// Somebody who wants a credential: a thread that waits, or a completion handler.
class credential_request {
public:
    virtual ~credential_request() = default;

    /// Its turn to run the plugin has come: `(*run)()` is to be called by a thread that may wait. Dropping `run` gives the turn on.
    virtual void start(std::shared_ptr<plugin_run> run) = 0;
    virtual void finish(result<held_credential> answer) = 0;

    const plugin_call& call() const { return *call_; }

protected:
    /// `elsewhere`: the run isn't bound to who waits here, so it may go on for others when this one is cancelled.
    credential_request(std::shared_ptr<const plugin_call> call, bool elsewhere) : call_(std::move(call)), elsewhere_(elsewhere) {}

private:
    friend class credential_runs;
    const std::shared_ptr<const plugin_call> call_;
    const bool elsewhere_;
    cached_key* key_ = nullptr;  // where it waits
    std::list<std::shared_ptr<credential_request>>::iterator place_;
};

/// A key is idle (nobody waits), queued for its turn (somebody waits, no run), or running (somebody waits for a run).
struct cached_key {
    explicit cached_key(std::chrono::seconds margin) : state(margin) {}

    credential_state state;
    std::shared_ptr<const credbase::secret_string> text;
    std::list<std::shared_ptr<credential_request>> waiting;  // the first one has the turn
    std::shared_ptr<std::atomic<bool>> stop;                 // of the run
    bool elsewhere = false;                                  // the run is
    std::list<cached_key*>::iterator place;                  // in the list of the idle, the queued or the running
};

/// All keys, and the list of the idle ones. Only those are dropped, so there are more than `limit` while more are busy.
class cached_keys {
public:
    using list = std::list<cached_key*>;

    cached_keys(std::size_t limit, std::chrono::seconds margin) : limit_(limit), margin_(margin) {}

    cached_key* find(std::string_view text) {
        const auto found = keys_.find(text);
        return found == keys_.end() ? nullptr : &found->second;
    }

    /// The key, which becomes the most recently used.
    cached_key& use(credbase::secret_string text) {
        cached_key* const known = find(text.reveal());
        if (known == nullptr) return add(std::make_shared<const credbase::secret_string>(std::move(text)));
        if (known->waiting.empty()) idle_.splice(idle_.begin(), idle_, known->place);
        return *known;
    }

    void from_idle(cached_key& key, list& to) { to.splice(to.end(), idle_, key.place); }
    void to_idle(cached_key& key, list& from) {
        idle_.splice(idle_.begin(), from, key.place);
        while (keys_.size() > limit_ && !idle_.empty()) drop(*idle_.back());
    }

    /// Forgets an idle key.
    void drop(cached_key& key) {
        idle_.erase(key.place);
        const auto text = key.text;  // the map's own key points into it
        keys_.erase(text->reveal());
    }

private:
    cached_key& add(std::shared_ptr<const credbase::secret_string> text) {
        cached_key& key = keys_.try_emplace(text->reveal(), margin_).first->second;
        key.text = std::move(text);
        key.place = idle_.insert(idle_.begin(), &key);
        return key;
    }

    const std::size_t limit_;
    const std::chrono::seconds margin_;
    std::map<std::string_view, cached_key> keys_;  // a tree: nobody can choose clusters so that their hashes meet
    list idle_;                                    // the most recently used first
};

}  // namespace detail

}  // namespace credplugin
