// SPDX-License-Identifier: Apache-2.0
// The plugin half: from a name and a function to an exec credential plugin.
#pragma once

#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/context.hpp>
#include <credplugin/protocol/exec_credential.hpp>
#include <credplugin/protocol/exec_info.hpp>
#include <credplugin/protocol/metav1_status.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credplugin {

/// An exec credential plugin: what an author of one writes.
struct plugin {
    std::string name;  ///< stands in brackets before each message
    /// The plugin's own work: one credential for what the host asks. Error: told on stderr behind the plugin's name.
    std::function<result<exec_credential>(const exec_info&, const context&)> get_credential;
    std::string version = {};  ///< the answer to --version
    std::string help = {};     ///< the answer to --help
    std::string usage = {};    ///< printed on stderr when the arguments are wrong; empty: `help`
    /// Takes the arguments of a run, where they don't begin with one that `run` answers itself; absent: there are none. Gives the
    /// exit code where they ask for something else than a credential, which is done then. Error: which argument is wrong.
    std::function<result<std::optional<int>>(std::span<const std::string_view>, const context&)> take_arguments = {};
};

/// Exit codes of `run`.
enum exit_code : int { success = 0, failure = 1, usage_error = 2 };

/// A line on stderr: the plugin's name, one line of text, at most 4096 bytes. A longer text is cut before `end`.
inline void report(std::string_view name, std::string_view text, const context& ctx, std::string_view end = {}) {
    const std::string line = "[" + std::string(name) + "] " + credbase::escape_controls(text);
    ctx.write_err(credbase::cut_text(line, 4095 - end.size()).append(end).append("\n"));
}

namespace detail {

/// ` (CODE)`, which ends a failure's text; nothing where an author's error has no code. An author's own word is cut to 64 bytes.
inline std::string code_in_brackets(const error& why) {
    const std::string_view word = why.code().word;
    return word.empty() ? "" : " (" + credbase::escape_controls(credbase::cut_text(word, 64)) + ")";
}

}  // namespace detail

/// Reports a failure as `run` does, `[name] message (CODE)`, with a metav1.Status on stdout if that is wanted. Gives the exit code.
inline int report_failure(std::string_view name, const error& why, const context& ctx) {
    const std::string end = detail::code_in_brackets(why);
    report(name, why.text(), ctx, end);
    if (ctx.getenv("CREDPLUGIN_STATUS_ON_FAILURE") == "1" && !(why.code() == errc::write_failed))
        (void)ctx.write_out(write_status(credbase::escape_controls(why.text()) + end));  // the line above and the exit code say it already
    return failure;
}

namespace detail {

inline std::string trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    return first == text.npos ? "" : std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

/// What a successful run prints: the line for stdout, then the warnings.
struct answer {
    credbase::secret_string line;
    std::vector<std::string> warnings;
};

inline result<answer> make_answer(const plugin& self, const context& ctx) {
    auto info = parse_exec_info(ctx.getenv(exec_info_variable).value_or(""));
    if (!info) return info.error();
    auto credential = self.get_credential(*info, ctx);
    if (!credential) return credential.error();
    auto line = write_exec_credential(*credential, info->version, info->interactive);
    if (!line) return line.error().within("failed to marshal ExecCredential");
    return answer{*std::move(line), std::move(credential->warnings)};
}

/// `make_answer`, with what the plugin's code throws as an error.
inline result<answer> guarded_answer(const plugin& self, const context& ctx) {
    try {
        return make_answer(self, ctx);
    } catch (const std::exception& thrown) {
        return error(errc::internal_error, std::string("internal error: ") + thrown.what());
    } catch (...) {
        return error(errc::internal_error, "internal error: unknown exception");
    }
}

/// The exit code, where the arguments decide it: they are wrong, or ask for something else than a credential.
inline std::optional<int> run_with_arguments(const plugin& self, std::string_view name, const context& ctx,
                                             std::span<const std::string_view> arguments) {
    const auto wrong = [&](const error& why) {
        report(name, why.text(), ctx, code_in_brackets(why));
        ctx.write_err(self.usage.empty() ? self.help : self.usage);
        return usage_error;
    };
    const bool version = arguments.front() == "--version", help = arguments.front() == "--help";
    const bool install = arguments.front() == "--install" && ctx.install_program;
    const std::size_t known = version || help ? 1 : install ? 2 : 0;  // as many arguments make sense
    if (known == 0 && self.take_arguments) {
        auto taken = self.take_arguments(arguments, ctx);
        return taken ? *taken : std::optional<int>(wrong(taken.error()));
    }
    // Arguments that a ClusterProfile adds to a controller's own must not overwrite files.
    if (install && !ctx.getenv(exec_info_variable).value_or("").empty())
        return wrong(error(errc::bad_arguments, "not for hosts; unset " + std::string(exec_info_variable)).within("--install"));
    if (arguments.size() == known) {
        auto done = install ? ctx.install_program(std::string(arguments[1])) : ctx.write_out(version ? self.version + "\n" : self.help);
        return done ? success : report_failure(name, done.error().within(install ? "failed to install" : "failed to write the answer"), ctx);
    }
    return wrong(error(errc::bad_arguments, arguments.size() < known ? "--install: PATH is missing"
                                                                     : "unknown argument " + credbase::quoted(arguments[known])));
}

}  // namespace detail

/// Runs a plugin once and returns its exit code: reads KUBERNETES_EXEC_INFO, asks `get_credential`, prints the answer.
///
/// On success stdout holds one line with the ExecCredential, in the request's apiVersion. On a failure it holds nothing,
/// stderr one line `[name] message (CODE)`, and the exit code is 1; with CREDPLUGIN_STATUS_ON_FAILURE=1 stdout holds a metav1.Status
/// with `message (CODE)`, whose `reason` is one that callers know and don't act on, so never the code.
/// `arguments` are those of the command line without the program's own name: `--version` and `--help` are answered,
/// `--install PATH` copies the program's file unless a host runs it; others are the plugin's own, or an error with exit code 2.
/// Nothing is thrown, whatever `get_credential` throws.
inline int run(const plugin& self, const context& ctx, std::span<const std::string_view> arguments = {}) {
    const std::string name = detail::trimmed(self.name);
    if (name.empty())
        return report_failure("credentialplugin",
                              error(errc::internal_error, "provider Name() returned empty string; this is not allowed"), ctx);
    if (!arguments.empty())
        if (const auto code = detail::run_with_arguments(self, name, ctx, arguments)) return *code;
    auto answer = detail::guarded_answer(self, ctx);
    if (!answer) return report_failure(name, answer.error(), ctx);
    auto written = ctx.write_out(answer->line.reveal());
    if (!written) return report_failure(name, written.error().within("failed to write ExecCredential"), ctx);
    for (const std::string& warning : answer->warnings) report(name, "warning: " + warning, ctx);
    return success;
}

}  // namespace credplugin
