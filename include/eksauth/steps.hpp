// SPDX-License-Identifier: Apache-2.0
// A run that tells what it does.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/process.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/step.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

namespace detail {

/// The variables whose values are no secret, whoever sets them. URLs may have a password in them, and the path of a container's
/// credentials is all that it takes to get them.
inline constexpr std::array<std::string_view, 30> open_variables{
    "AWS_ACCESS_KEY_ID", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CREDENTIAL_EXPIRATION", "AWS_DEFAULT_PROFILE", "AWS_DEFAULT_REGION",
    "AWS_DISABLE_CLOCK_SKEW_CORRECTION", "AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_EC2_METADATA_V1_DISABLED", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_LOGIN_CACHE_DIRECTORY", "AWS_MAX_ATTEMPTS",
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "AWS_METADATA_SERVICE_TIMEOUT", "AWS_PROFILE", "AWS_REGION", "AWS_RETRY_MODE", "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME", "AWS_SHARED_CREDENTIALS_FILE", "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT", "AWS_WEB_IDENTITY_TOKEN_FILE", "HOME", "NO_PROXY", "no_proxy", "SSL_CERT_DIR", "SSL_CERT_FILE"};

inline std::string shown(const credbase::process_output& done) {
    using credbase::process_end;
    switch (done.end) {
    case process_end::exited:
        return done.signal != 0 ? "ended by signal " + std::to_string(done.signal) : "exit code " + std::to_string(done.exit_code);
    case process_end::not_found: return "not found";
    case process_end::not_started: return "could not be started";
    case process_end::timed_out: return "ended at its time limit";
    case process_end::wrote_too_much: return "ended, since it wrote too much";
    case process_end::cancelled: return "ended, since nobody wanted it any more";
    case process_end::status_lost: break;
    }
    return "its exit code is lost";
}

}  // namespace detail

/// The context, with `tell` hearing of each step: which variables are set (each once; once more where kept credentials are renewed),
/// files, programs and requests, and what the library itself tells.
///
/// Values are told where they are no secret; of files and answers no more than settings, key ids and ARNs. For runs of one thread.
inline context with_steps(context ctx, std::function<void(const step&)> tell) {
    const auto seen = std::make_shared<std::set<std::string>>();
    ctx.tell = [seen, tell](const step& one) {
        if (one.kind == step_kind::kept) seen->clear();
        tell(one);
    };
    ctx.getenv = [seen, tell, inner = std::move(ctx.getenv)](const std::string& name) {
        auto value = inner(name);
        if (!value || value->empty() || !seen->insert(name).second) return value;
        const bool open = std::find(detail::open_variables.begin(), detail::open_variables.end(), name) != detail::open_variables.end();
        tell({step_kind::variable, name, open ? *value : "is set"});
        return value;
    };
    ctx.read_file = [tell, inner = std::move(ctx.read_file)](const std::string& path, std::size_t limit_bytes) {
        auto content = inner(path, limit_bytes);
        tell({step_kind::file, path, !content ? content.error().text() : *content ? std::to_string((*content)->size()) + " bytes" : "absent"});
        return content;
    };
    const auto taking = [now = ctx.steady_now](const auto& act) {
        const auto start = now();
        auto got = act();
        return std::pair(std::move(got), std::chrono::round<std::chrono::milliseconds>(now() - start));
    };
    ctx.run_process = [tell, taking, inner = std::move(ctx.run_process)](const credbase::process_request& request) {
        auto [done, took] = taking([&] { return inner(request); });
        tell({step_kind::program, request.arguments.front(), done ? detail::shown(*done) : done.error().text(), took});
        return std::move(done);
    };
    ctx.http = [tell, taking, inner = std::move(ctx.http)](const http_request& request) {
        auto [reply, took] = taking([&] { return inner(request); });
        const bool path_is_secret = request.by_place || request.host == "169.254.170.2";  // that of ECS
        const std::string shown = path_is_secret ? request.method + " " + request.scheme + "://" + request.authority() : request.shown();
        tell({step_kind::call, shown, reply ? "HTTP " + std::to_string(reply->status) : reply.error().text(), took});
        return std::move(reply);
    };
    return ctx;
}

}  // namespace eksauth
