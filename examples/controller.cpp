// SPDX-License-Identifier: Apache-2.0
// The way of a multi-cluster controller to its credentials: a provider file, a folder of ClusterProfiles, a credential for each.
//
//     controller --provider-file cp-creds.json --profiles DIR [--watch]
//
// Prints a table, and ends with 1 if a cluster is without a credential. --watch keeps them fresh until SIGINT or SIGTERM.
#include "cluster.hpp"
#include "options.hpp"
#include "profile_files.hpp"
#include "table.hpp"

#include <credbase/timestamp.hpp>
#include <credplugin/asio_credentials.hpp>
#include <credplugin/host/credential_cache.hpp>
#include <credplugin/host/hint_limit.hpp>
#include <credplugin/host/provider_file.hpp>
#include <credplugin/host/run_plugin.hpp>
#include <credplugin/system_host_context.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <iostream>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

/// Keeps the credentials of all clusters; all but the plugins is done by the thread that calls `run`.
class controller {
public:
    controller(const credplugin::host_context& ctx, std::vector<cluster> clusters, bool watch)
        : clusters_(std::move(clusters)),
          watch_(watch),
          cache_(
              [watch, ctx, hints = std::make_shared<credplugin::hint_limit>()](const auto& call, auto cancelled) {
                  auto got = run_plugin(ctx, call, {.cancelled = cancelled, .hints = hints});
                  // The cache tells of a failure only where no older credential is still good.
                  if (!got && watch && !*cancelled) warn(shown(call.cluster_name), got.error().text());
                  return got;
              },
              ctx) {}

    /// Whether every cluster has a credential at the end.
    bool run() {
        signals_.async_wait([this](const auto& failure, int) {
            if (failure) return;
            stopping_ = true;
            for (auto& stop : stops_) stop.emit(asio::cancellation_type::terminal);
        });
        for (cluster& one : clusters_)
            asio::co_spawn(loop_, keep(one), asio::bind_cancellation_slot(stops_.emplace_back().slot(), [](const std::exception_ptr& failure) {
                               if (failure) std::rethrow_exception(failure);
                           }));
        loop_.run();  // until nobody waits, so that the cache may go
        return std::all_of(clusters_.begin(), clusters_.end(), [](const cluster& one) { return one.good; });
    }

private:
    asio::awaitable<void> keep(cluster& one) {
        if (!one.call) co_return note(one, one.call.error(), {});
        asio::steady_timer timer(loop_);
        for (;;) {
            const auto start = std::chrono::steady_clock::now();
            const auto got = co_await async_get(cache_, pool_.get_executor(), *one.call, asio::use_awaitable);
            if (stopping_) co_return;
            note(one, got, std::chrono::steady_clock::now() - start);
            const auto next = cache_.next_refresh(*one.call);
            if (!watch_ || !next) co_return;
            timer.expires_at(*next);
            const auto [cancelled] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
            if (cancelled) co_return;
        }
    }

    void note(cluster& one, const credplugin::result<credplugin::held_credential>& got, std::chrono::steady_clock::duration took) {
        const bool news = !got || std::exchange(one.generation, got->generation) != got->generation;
        one.good = got.has_value();
        one.state = got ? told(*got->credential, took) : table::row{"error: " + one_line(got.error().text())};
        if (!std::exchange(one.asked, true)) {
            if (++asked_ == clusters_.size()) print_table();
        } else if (news && asked_ == clusters_.size()) {
            table_.print(row_of(one));
        }
    }

    static table::row told(const credplugin::exec_credential& credential, std::chrono::steady_clock::duration took) {
        return {credential.expires ? credbase::rfc3339(*credential.expires) : "never",
                std::to_string(std::chrono::floor<std::chrono::milliseconds>(took).count()) + " ms"};
    }

    void print_table() {
        std::vector<table::row> rows = {{"CLUSTER", "PROVIDER", "REGION", "EXPIRES", "TOOK"}};
        for (const cluster& one : clusters_) rows.push_back(row_of(one));
        table_.print_all(rows);
        if (!watch_) signals_.cancel();
    }

    std::vector<cluster> clusters_;
    const bool watch_;
    bool stopping_ = false;
    std::size_t asked_ = 0;
    table table_;
    asio::io_context loop_;
    asio::signal_set signals_{loop_, SIGINT, SIGTERM};
    std::list<asio::cancellation_signal> stops_;
    asio::thread_pool pool_{8};  // as many as the cache lets run at a time
    credplugin::credential_cache cache_;
};

int fail(const std::string& why, int code = 1) {
    std::cerr << one_line(why) + '\n';
    return code;
}

}  // namespace

int main(int count, char** arguments) {
    auto options = read_options(count, arguments, {"--provider-file", "--profiles"}, "", "--watch");
    if (!options) return fail("usage: controller --provider-file FILE --profiles DIR [--watch]", 2);
    const credplugin::host_context ctx = credplugin::system_host_context();
    const auto providers = load_provider_file(ctx, (*options)["--provider-file"]);
    if (!providers) return fail(providers.error().text());
    for (const std::string& warning : providers->warnings) warn((*options)["--provider-file"], warning);
    const auto files = profile_files((*options)["--profiles"]);
    if (!files) return fail(files.error().text());

    std::vector<cluster> clusters;
    for (const auto& file : *files) clusters.push_back(load_cluster(ctx, *providers, file));
    const bool good = controller(ctx, std::move(clusters), options->contains("--watch")).run();
    return good && std::cout ? 0 : 1;
}
