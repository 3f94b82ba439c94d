// SPDX-License-Identifier: Apache-2.0
// A credential at work: the pods of a namespace of the cluster that a ClusterProfile describes.
//
//     list_pods --provider-file cp-creds.json --profile FILE [--namespace NAME]
#include "https_get.hpp"
#include "options.hpp"
#include "profile_files.hpp"
#include "table.hpp"

#include <credplugin/asio_credentials.hpp>
#include <credplugin/host/access.hpp>
#include <credplugin/host/credential_cache.hpp>
#include <credplugin/host/run_plugin.hpp>
#include <credplugin/protocol/metav1_status.hpp>
#include <credplugin/system_host_context.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <exception>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

credplugin::plugin_call load_call(const credplugin::host_context& ctx, const std::string& provider_file, const std::string& profile_file) {
    const auto providers = load_provider_file(ctx, provider_file);
    if (!providers) throw std::runtime_error(providers.error().text());
    const auto profile = load_profile(ctx, profile_file);
    if (!profile) throw std::runtime_error(profile.error().text());
    for (const auto* const warnings : {&providers->warnings, &profile->warnings})
        for (const std::string& warning : *warnings) std::cerr << "warning: " + one_line(warning) + '\n';
    auto call = find_access(*providers, *profile);
    if (!call) throw std::runtime_error(call.error().text());
    return *std::move(call);
}

/// A second time, with another credential, where the server refuses the first one.
asio::awaitable<response> ask(credplugin::credential_cache& cache, asio::thread_pool& pool, const credplugin::plugin_call& call,
                              std::string_view path) {
    for (bool first = true;; first = false) {
        const auto held = co_await async_get(cache, pool.get_executor(), call, asio::use_awaitable);
        if (!held) throw std::runtime_error(held.error().text());
        response answer = co_await https_get(call.cluster, *held->credential, path);
        if (answer.result_int() != 401 || !first || !cache.invalidate(*held)) co_return answer;
    }
}

response run(const credplugin::host_context& ctx, const credplugin::plugin_call& call, std::string_view path) {
    asio::io_context loop;
    asio::thread_pool pool(1);  // for the plugin
    credplugin::credential_cache cache(
        [&](const auto& asked, auto cancelled) { return run_plugin(ctx, asked, {.cancelled = std::move(cancelled)}); }, ctx);
    auto answer = asio::co_spawn(loop, ask(cache, pool, call, path), asio::use_future);
    loop.run();
    return answer.get();
}

std::string text_at(const json::value& pod, std::string_view pointer) {
    json::error_code failure;
    const json::value* const found = pod.find_pointer(pointer, failure);
    return found != nullptr && found->is_string() ? shown(found->get_string()) : "-";
}

void print_pods(const std::string& body) {
    json::error_code failure;
    json::parse_options options;
    options.max_depth = 512;
    const json::value list = json::parse(body, failure, {}, options);
    const json::value* const items = failure ? nullptr : list.find_pointer("/items", failure);
    if (items == nullptr || !items->is_array()) throw std::runtime_error("the server's answer is no list of pods");
    std::vector<table::row> rows = {{"POD", "PHASE"}};
    for (const json::value& pod : items->get_array()) rows.push_back({text_at(pod, "/metadata/name"), text_at(pod, "/status/phase")});
    table().print_all(rows);
}

int list_pods(const std::string& provider_file, const std::string& profile_file, const std::string& name_space) {
    const credplugin::host_context ctx = credplugin::system_host_context();
    const credplugin::plugin_call call = load_call(ctx, provider_file, profile_file);
    const std::string path = "/api/v1/namespaces/" + name_space + "/pods";
    const response answer = run(ctx, call, path);
    if (answer.result_int() != 200) {
        const auto why = credplugin::read_status_message(answer.body());
        throw std::runtime_error("GET " + path + ": HTTP " + std::to_string(answer.result_int()) + (why ? ": " + *why : ""));
    }
    print_pods(answer.body());
    return std::cout ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    auto options = read_options(count, arguments, {"--provider-file", "--profile"}, "--namespace");
    const std::string name_space = options && options->contains("--namespace") ? (*options)["--namespace"] : "default";
    const bool plain = name_space.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name_space.npos;
    if (!options || name_space.empty() || !plain) {
        std::cerr << "usage: list_pods --provider-file FILE --profile FILE [--namespace NAME]\n";
        return 2;
    }
    try {
        return list_pods((*options)["--provider-file"], (*options)["--profile"], name_space);
    } catch (const std::exception& failure) {
        std::cerr << one_line(failure.what()) + '\n';
        return 1;
    }
}
