// SPDX-License-Identifier: Apache-2.0
// Credentials for programs on Boost.Asio: callbacks, futures or coroutines.
#pragma once

#include <credplugin/base/errors.hpp>
#include <credplugin/host/credential_cache.hpp>
#include <credplugin/host/exec_config.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace credplugin {

namespace detail {

/// A completion handler that waits for a credential. It has no thread; when its turn comes, the pool runs the plugin.
template <class Handler, class Pool>
class waiting_handler final : public credential_request, public std::enable_shared_from_this<waiting_handler<Handler, Pool>> {
public:
    waiting_handler(std::shared_ptr<const plugin_call> call, Handler handler, const Pool& pool)
        : credential_request(std::move(call), true),
          handler_(std::move(handler)),
          pool_(pool),
          pool_work_(pool),
          handler_work_(boost::asio::get_associated_executor(handler_, pool)) {}

    /// To be called before anything else can complete the handler.
    void watch_cancellation(const std::shared_ptr<credential_runs>& runs) {
        auto slot = boost::asio::get_associated_cancellation_slot(handler_);
        if (!slot.is_connected()) return;
        slot.assign([runs = std::weak_ptr(runs), here = this->weak_from_this()](boost::asio::cancellation_type type) {
            const auto alive = runs.lock();
            const auto self = here.lock();
            if (alive && self && type != boost::asio::cancellation_type::none) alive->cancel(self);
        });
    }

    void start(std::shared_ptr<plugin_run> run) override {
        boost::asio::post(pool_, [run = std::move(run)] { (*run)(); });
    }
    void finish(result<held_credential> answer) override {
        namespace asio = boost::asio;
        pool_work_.reset();  // here: once the handler is called, whoever waits for it may destroy the pool
        const auto memory = asio::get_associated_allocator(handler_);
        const auto executor = handler_work_.get_executor();
        auto complete = [handler = std::move(handler_), work = std::move(handler_work_), answer = std::move(answer)]() mutable {
            asio::get_associated_cancellation_slot(handler).clear();
            std::move(handler)(std::move(answer));
        };
        asio::post(executor, asio::bind_allocator(memory, std::move(complete)));
    }

private:
    Handler handler_;
    const Pool pool_;
    boost::asio::executor_work_guard<Pool> pool_work_;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler, Pool>> handler_work_;
};

}  // namespace detail

/// As `credential_cache::get`, without a thread that waits: `result<held_credential>` goes to a completion token of Asio.
///
/// Plugins are run on `pool`, such as a thread pool's executor, which they keep busy as long as they last: no more than
/// `cache_options::concurrent_runs` threads at a time, however many calls wait. The token's handler is called on its
/// associated executor, or else on `pool`, never from within this function. The associated cancellation slot is honoured,
/// whatever the type: the call completes with `plugin_timeout`, and a plugin that nobody else waits for is ended first.
/// Errors: as `credential_cache::get`. Threads of `pool` must not call the blocking `get`. Both executors' contexts must
/// outlive the cache, and neither may be destroyed while calls wait: cancel them or destroy the cache, run both until they
/// are empty, then let them go.
template <class Pool, class Token>
auto async_get(credential_cache& cache, const Pool& pool, plugin_call call, Token&& token) {
    using namespace detail;
    return boost::asio::async_initiate<Token, void(result<held_credential>)>(
        [](auto handler, std::shared_ptr<credential_runs> runs, Pool on, plugin_call asked) {
            const auto waiting = std::make_shared<waiting_handler<decltype(handler), Pool>>(
                std::make_shared<const plugin_call>(std::move(asked)), std::move(handler), on);
            waiting->watch_cancellation(runs);
            if (auto known = runs->begin(waiting)) waiting->finish(*std::move(known));
        },
        token, cache_access::runs(cache), pool, std::move(call));
}

}  // namespace credplugin
