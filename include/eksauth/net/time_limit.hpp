// SPDX-License-Identifier: Apache-2.0
// One limit for all that a run does.
#pragma once

#include <credbase/process.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace eksauth {

/// The context with an end: requests and programs get no more than the time that is left, and none is begun after it.
///
/// The error then names what was about to begin, or what was under way. The limit runs from this call on. A folder is listed once
/// in that time, however many calls look for certificates in it.
inline context with_time_limit(const context& ctx, std::chrono::milliseconds limit) {
    context limited = ctx;
    const auto end = ctx.steady_now() + limit;
    limited.time_left = [now = ctx.steady_now, end] { return std::chrono::floor<std::chrono::milliseconds>(end - now()); };
    const std::string is_over = "the time limit of " + std::to_string(limit.count()) + " ms is over; ";
    const auto over = [is_over](const std::string& next) { return error(errc::time_limit, is_over + "next was " + next); };
    limited.http = [http = ctx.http, left = limited.time_left, over, is_over](const http_request& request) -> result<http_response> {
        if (left() <= std::chrono::milliseconds(0)) return over(request.shown());
        http_request shorter = request;
        shorter.limits.attempt = std::min(request.limits.attempt, left());
        auto reply = http(shorter);
        if (!reply && left() <= std::chrono::milliseconds(0)) return error(errc::time_limit, is_over + "under way was " + reply.error().text());
        return reply;
    };
    limited.run_process = [run = ctx.run_process, left = limited.time_left,
                           over](const credbase::process_request& request) -> result<credbase::process_output> {
        if (left() <= std::chrono::milliseconds(0)) return over("running " + request.arguments.front());
        credbase::process_request shorter = request;
        shorter.time_limit = std::min(request.time_limit, left());
        return run(shorter);
    };
    struct listings {
        std::mutex guard;
        std::map<std::string, std::vector<std::string>> names;
    };
    limited.list_folder = [list = ctx.list_folder, known = std::make_shared<listings>()](const std::string& path) {
        const std::lock_guard lock(known->guard);
        const auto [entry, is_new] = known->names.try_emplace(path);
        if (is_new) entry->second = list(path);
        return entry->second;
    };
    return limited;
}

}  // namespace eksauth
