// SPDX-License-Identifier: Apache-2.0
// How the run of a plugin ended, for metrics and in client-go's words.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/process.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/host/exec_config.hpp>
#include <credplugin/host/plugin_words.hpp>
#include <credplugin/protocol/metav1_status.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace credplugin {

/// How a run counts in Kubernetes' metric `rest_client_exec_plugin_call_total`.
enum class call_status { no_error, plugin_execution_error, plugin_not_found_error, client_internal_error };

/// The value of the metric's label `call_status`.
constexpr std::string_view to_string(call_status status) {
    switch (status) {
    case call_status::no_error: return "no_error";
    case call_status::plugin_execution_error: return "plugin_execution_error";
    case call_status::plugin_not_found_error: return "plugin_not_found_error";
    default: return "client_internal_error";
    }
}

/// A run that is over. Its answer hasn't been looked at: whatever a plugin prints that ends with 0, it is `no_error`.
struct plugin_end {
    call_status status = call_status::no_error;  ///< as client-go would count it
    int exit_code = 0;  ///< 1 where it wasn't run; -1 where a signal or the host ended it
    std::optional<error> failure = std::nullopt;  ///< why it brought no answer; nothing where it ended with 0
};

namespace detail {

/// `60s` or `1500ms`.
inline std::string duration_text(std::chrono::milliseconds time) {
    const auto count = time.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

using credbase::process_output;
using credbase::process_request;

/// What the plugin wrote to stderr, to be put behind a message.
inline std::string stderr_tail(const process_request& request, const process_output& output, const plugin_call& call) {
    const std::string words = words_of_plugin(output.err, call, output.err.size() >= request.err_kept_bytes);
    return words.empty() ? "" : ": " + words;
}

/// What a failed plugin said: the message of a metav1.Status on stdout, unless stderr has it, too, and stderr.
inline std::string words_of_failure(const process_request& request, const process_output& output, const plugin_call& call) {
    const std::string tail = stderr_tail(request, output, call);
    const auto message = read_status_message(output.out.reveal());
    const std::string words = message ? words_of_plugin(*message, call) : "";
    return words.empty() || tail.find(words) != tail.npos ? tail : ": " + words + tail;
}

inline bool has_nul(const exec_config& exec) {
    const auto within = [](const std::string& text) { return text.find('\0') != text.npos; };
    return std::any_of(exec.environment.begin(), exec.environment.end(),
                       [&](const environment_variable& variable) { return within(variable.name) || within(variable.value); });
}

inline plugin_end not_started(const process_output& output, const plugin_call& call, const std::function<std::string()>& hint) {
    if (output.system_error == EINVAL && has_nul(call.exec))
        return {call_status::client_internal_error, 1, error(errc::bad_exec_config, "exec: exec: environment variable contains NUL")};
    const std::string why = credbase::lower_case(std::generic_category().message(output.system_error));  // Go's words
    const std::string told = "exec: fork/exec " + credbase::escape_controls(output.program) + ": " + why;
    return {call_status::plugin_not_found_error, 1, error(errc::plugin_not_found, output.system_error == ENOENT ? told + hint() : told)};
}

}  // namespace detail

/// Judges a run. `hint` is asked for what stands behind the message where there is no such program.
///
/// Error: it isn't found or can't be started (`plugin_not_found`), its environment can't be passed (`bad_exec_config`), it
/// ended with another code than 0 or by a signal, or wrote too much (`plugin_failed`), or was ended (`plugin_timeout`).
/// Source: client-go's `exec.go`, `wrapCmdRunErrorLocked`, and `metrics.go`, `incrementCallsMetric`.
inline plugin_end judge_end(const credbase::process_request& request, const credbase::process_output& output, const plugin_call& call,
                            const std::function<std::string()>& hint) {
    const std::string who = "exec: executable " + credbase::escape_controls(call.exec.command);
    const auto tail = [&] { return detail::stderr_tail(request, output, call); };
    const auto failed = [&](int exit_code, credbase::errc code, const std::string& what) {
        return plugin_end{call_status::plugin_execution_error, exit_code, error(code, who + what)};
    };
    switch (output.end) {
    case credbase::process_end::exited: {
        if (output.exit_code == 0) return {};
        const std::string signal = output.signal == 0 ? "" : " (signal " + std::to_string(output.signal) + ")";
        const std::string words = detail::words_of_failure(request, output, call);
        return failed(output.exit_code, errc::plugin_failed, " failed with exit code " + std::to_string(output.exit_code) + signal + words);
    }
    case credbase::process_end::not_found:
        return {call_status::plugin_not_found_error, 1, error(errc::plugin_not_found, who + " not found" + hint())};
    case credbase::process_end::not_started: return detail::not_started(output, call, hint);
    case credbase::process_end::timed_out:
        return failed(-1, errc::plugin_timeout, " timed out after " + detail::duration_text(request.time_limit) + tail());
    case credbase::process_end::cancelled:
        return failed(-1, errc::plugin_timeout, " was cancelled" + tail());
    case credbase::process_end::wrote_too_much:
        return failed(-1, errc::plugin_failed, " wrote more than " + std::to_string(request.out_limit_bytes) + " bytes to stdout" + tail());
    default:
        return {call_status::client_internal_error, 1,
                error(errc::plugin_failed, who + " ended, but its exit code is lost: this process ignores SIGCHLD or waits for any child")};
    }
}

}  // namespace credplugin
