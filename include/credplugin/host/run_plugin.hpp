// SPDX-License-Identifier: Apache-2.0
// One run of a plugin: from a call to a credential.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/process.hpp>
#include <credbase/redact.hpp>
#include <credbase/secret_string.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/host/context.hpp>
#include <credplugin/host/exec_config.hpp>
#include <credplugin/host/hint_limit.hpp>
#include <credplugin/host/plugin_end.hpp>
#include <credplugin/host/plugin_words.hpp>
#include <credplugin/protocol/exec_credential.hpp>
#include <credplugin/protocol/exec_credential_read.hpp>
#include <credplugin/protocol/exec_info.hpp>
#include <credplugin/protocol/exec_info_write.hpp>

#include <string.h>  // explicit_bzero

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace credplugin {

/// What a host lays down for all its plugins, and how it follows them.
struct run_options {
    std::chrono::milliseconds time_limit = std::chrono::seconds(60);  ///< `milliseconds::max()`: none

    /// The plugin writes to the host's stderr; else its last 64 KiB are told in errors, and its last 4 KiB are the credential's
    /// warnings. One that talks to the user always does.
    bool inherit_stderr = false;
    /// Whether a command, as configured, may be run; empty: each may.
    std::function<bool(const std::string& command)> allow_command = {};
    /// Told of each run before its answer is read, of failed starts, too. `took`: as the steady clock has it.
    std::function<void(int exit_code, call_status, std::chrono::milliseconds took)> on_call = {};
    std::shared_ptr<const std::atomic<bool>> cancelled = {};  ///< once true, the plugin is ended; null: never
    std::shared_ptr<hint_limit> hints = {};                   ///< one for all runs; null: each error has the install hint
};

namespace detail {

/// Source: client-go `tools/clientcmd/validation.go`; unlike there, a name with a `=` is refused.
inline result<> check_exec_config(const exec_config& exec) {
    const std::string user = credbase::escape_controls(exec.name);
    const auto missing = [&](const std::string& what) {
        return error(errc::bad_exec_config, what + " must be specified for " + user + " to use exec authentication plugin");
    };
    if (exec.command.empty()) return missing("command");
    for (const environment_variable& variable : exec.environment) {
        if (variable.name.empty()) return missing("env variable name");
        if (variable.name.find('=') != std::string::npos)
            return error(errc::bad_exec_config, "env variable name " + credbase::quoted(variable.name) + " of " + user + " has a = in it");
    }
    return {};
}

inline result<bool> is_interactive(const host_context& ctx, const exec_config& exec) {
    if (exec.interactive == interactive_mode::never) return false;
    const bool terminal = ctx.stdin_is_terminal();
    if (exec.interactive == interactive_mode::always && !terminal)
        return error(errc::bad_exec_config, "exec plugin cannot support interactive mode: standard input is not a terminal");
    return terminal;
}

/// The environment in client-go's order: the host's, the config's, and at last what neither may override.
inline result<credbase::process_request> make_request(const host_context& ctx, const plugin_call& call, const run_options& options) {
    const exec_config& exec = call.exec;
    const auto interactive = is_interactive(ctx, exec);
    if (!interactive) return interactive.error();
    const auto info = write_exec_info({.version = exec.version,
                                       .interactive = *interactive,
                                       .cluster = exec.provide_cluster_info ? std::optional(call.cluster) : std::nullopt});
    if (!info) return info.error();
    credbase::process_request request{.arguments = {exec.command},
                                      .inherit_stdin = *interactive,
                                      .inherit_stderr = options.inherit_stderr || *interactive,
                                      .time_limit = options.time_limit,
                                      .grace = std::chrono::seconds(2),
                                      .stdout_grace = std::chrono::seconds(1),
                                      .out_limit_bytes = 1048576,
                                      .err_kept_bytes = 65536,
                                      .cancelled = options.cancelled};
    request.arguments.insert(request.arguments.end(), exec.arguments.begin(), exec.arguments.end());
    request.environment.reserve(exec.environment.size() + 1);  // so that no value stays behind in an outgrown block
    for (const environment_variable& variable : exec.environment) request.environment.push_back({variable.name, variable.value});
    request.environment.push_back({exec_info_variable, std::string(info->reveal())});
    return request;
}

/// The hint for a plugin that isn't there, unless it has been shown often enough.
inline std::string hint_now(const host_context& ctx, const exec_config& exec, hint_limit* limit) {
    const bool show = !exec.install_hint.empty() && (limit == nullptr || limit->take(exec.command, ctx.steady_now()));
    return show ? "\n\n" + plain_hint(exec.install_hint) : "";
}

/// What a plugin wrote to stderr beside a good answer: the lines of its last 4 KiB, without the secrets of call and answer.
inline std::vector<std::string> warnings_of(const credbase::process_output& output, const plugin_call& call, const exec_credential& made) {
    constexpr std::size_t most = 4096;
    std::vector<credbase::secret_string> secrets = secrets_of(call);
    secrets.push_back(made.token);
    for (const std::string_view line : lines_of(made.client_key_data.reveal())) secrets.emplace_back(line);  // as JSON has them, too
    const bool cut = output.err.size() > most;
    const std::string said = credbase::redacted(std::string_view(output.err).substr(cut ? output.err.size() - most : 0), secrets, cut);
    std::vector<std::string> warnings;
    for (const std::string_view line : lines_of(said))
        if (line.find_first_not_of(" \t\r") != line.npos) warnings.push_back(credbase::escape_controls(line));
    return warnings;
}

inline result<exec_credential> read_answer(const host_context& ctx, std::string_view printed, api_version version) {
    auto credential = read_exec_credential(printed, version);
    if (!credential || credential->client_certificate_data.empty()) return credential;
    auto pair = ctx.check_key_pair(credential->client_certificate_data, credential->client_key_data.reveal());
    if (!pair) return pair.error().within("failed parsing client key/certificate");
    return credential;
}

}  // namespace detail

/// Runs a plugin once, without a shell, and reads its answer.
///
/// A name is searched in the host's PATH, absolute entries only; a path is taken as it is. The plugin's environment is the
/// host's, changed by the config's, and KUBERNETES_EXEC_INFO. It is ended when it takes too long, prints more than 1 MiB or
/// is cancelled: asked to, and killed two seconds later. What holds its stdout a second after its end isn't waited for.
/// It has a process group of its own, so that Ctrl-C ends only the host: a host that catches SIGINT cancels its runs.
/// Error: the config or its interactive mode can't be served, or the command isn't allowed (`bad_exec_config`), the cluster
/// can't be told (as `write_exec_info`), how it ended (as `judge_end`), or its answer (`bad_answer`). Messages begin as
/// client-go's; behind them stands what the plugin wrote to stderr, without the secrets of the call. What one that succeeded
/// wrote there are the credential's warnings, without its own secrets, too: for the host's log, as kubectl shows it.
/// Source: client-go's `exec.go`, `refreshCredsLocked`, which has no limits.
inline result<exec_credential> run_plugin(const host_context& ctx, const plugin_call& call, const run_options& options = {}) {
    if (auto fit = detail::check_exec_config(call.exec); !fit) return fit.error();
    auto request = detail::make_request(ctx, call, options);
    if (!request) return request.error();
    if (options.allow_command && !options.allow_command(call.exec.command))
        return error(errc::bad_exec_config,
                     "plugin path " + credbase::quoted(call.exec.command) + " is not permitted by the credential plugin allowlist");

    const auto start = ctx.steady_now();
    const credbase::process_output output = ctx.run_process(*request);
    for (auto& change : request->environment) ::explicit_bzero(change.value->data(), change.value->size());
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(ctx.steady_now() - start);
    const plugin_end end = judge_end(*request, output, call, [&] { return detail::hint_now(ctx, call.exec, options.hints.get()); });
    if (options.on_call) options.on_call(end.exit_code, end.status, took);
    if (end.failure) return *end.failure;

    auto credential = detail::read_answer(ctx, output.out.reveal(), call.exec.version);
    if (credential) {
        credential->warnings = detail::warnings_of(output, call, *credential);
        return credential;
    }
    const error why = credential.error();
    return error(why.code(), why.text() + detail::stderr_tail(*request, output, call));
}

}  // namespace credplugin
