// SPDX-License-Identifier: Apache-2.0
// A word from another thread that an answer is no longer wanted.
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <utility>

namespace credplugin {

/// Ends the waiting of calls that were given it; once asked for, it stays so. For any number of calls and threads.
///
/// Unlike a flag, it wakes who waits. Not for signal handlers: a thread in `sigwait`, or Asio's `signal_set`, may ask.
class cancellation {
public:
    cancellation() = default;
    cancellation(const cancellation&) = delete;
    cancellation& operator=(const cancellation&) = delete;

    /// Asks for it, and has all that is registered done before it returns. To ask again does nothing.
    void request() {
        const std::lock_guard lock(mutex_);
        if (std::exchange(requested_, true)) return;
        for (const auto& act : acts_) act();
    }

    /// Whether it was asked for; it is never taken back.
    bool requested() const {
        const std::lock_guard lock(mutex_);
        return requested_;
    }

    /// Has something done once cancellation is asked for, or at once if it was before. When this is destroyed, `act` has
    /// ended or is never called. `act` must use neither this object nor the cancellation.
    class registration {
    public:
        /// `of` must outlive this object.
        registration(cancellation& of, std::function<void()> act) : of_(of) {
            const std::lock_guard lock(of_.mutex_);
            at_ = of_.acts_.insert(of_.acts_.end(), std::move(act));
            if (of_.requested_) (*at_)();
        }
        registration(const registration&) = delete;
        registration& operator=(const registration&) = delete;
        ~registration() {
            const std::lock_guard lock(of_.mutex_);
            of_.acts_.erase(at_);
        }

    private:
        cancellation& of_;
        std::list<std::function<void()>>::iterator at_;
    };

private:
    mutable std::mutex mutex_;
    bool requested_ = false;
    std::list<std::function<void()>> acts_;
};

}  // namespace credplugin
