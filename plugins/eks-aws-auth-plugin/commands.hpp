// SPDX-License-Identifier: Apache-2.0
// The plugin, and what else its program does.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/timestamp.hpp>
#include <credplugin/plugin.hpp>
#include <eksauth/aws/caller_arn.hpp>
#include <eksauth/net/aws_clock.hpp>
#include <eksauth/net/time_limit.hpp>
#include <eksauth/steps.hpp>
#include <eksauth/whoami.hpp>

#include "command_help.hpp"
#include "command_line.hpp"
#include "completion.hpp"
#include "eks_provider.hpp"
#include "kubeconfig_command.hpp"
#include "manual.hpp"
#include "options.hpp"
#include "report.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace eks_plugin {

/// What the program may touch beside what credplugin gives it.
struct surroundings {
    eksauth::context aws = {};
    kubeconfig_files files = {};
    std::string version = {};
    bool terminal = false;  ///< stdout is one, for colours
};

namespace detail {

/// Hears of a token that a run has minted, and may add to what the run does.
using token_listener = std::function<credbase::result<>(const eksauth::eks_token&, const asked_token&, const eksauth::context&)>;

inline credplugin::result<credplugin::exec_credential> get_credential(const eksauth::context& world, const options& chosen,
                                                                      const token_listener& minted, const credplugin::exec_info& info,
                                                                      const credplugin::context& ctx) {
    std::optional<eksauth::context> changed;
    if (chosen.verbose) changed = with_steps(world, [&ctx](const eksauth::step& one) { credplugin::report("eks", one.text(), ctx); });
    if (!chosen.profile.empty()) changed = with_profile(changed ? *std::move(changed) : world, chosen.profile);
    const eksauth::context& aws = changed ? *changed : world;
    auto asked = find_asked(aws, chosen, info);
    if (!asked) return asked.error();
    auto token = mint_token(aws, chosen, *asked, info.cluster);
    if (!token) return token.error();
    if (minted)
        if (auto heard = minted(*token, *asked, aws); !heard) return heard.error();
    return credplugin::exec_credential{.token = std::move(token->text), .expires = token->expires, .warnings = std::move(token->warnings)};
}

/// The plugin alone, for one command line.
inline credplugin::plugin provider(const eksauth::context& aws, const options& chosen, const token_listener& minted = {}) {
    return {.name = "eks", .get_credential = [aws, chosen, minted](const credplugin::exec_info& info, const credplugin::context& ctx) {
                return get_credential(aws, chosen, minted, info, ctx);
            }};
}

/// The context with a request of its own where there is none: the AWS CLI answers by v1beta1 then.
inline credplugin::context with_request(credplugin::context ctx) {
    ctx.getenv = [inner = std::move(ctx.getenv)](const std::string& name) {
        auto value = inner(name);
        if (name == credplugin::exec_info_variable && value.value_or("").empty())
            value = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":false}})";
        return value;
    };
    return ctx;
}

/// The context that prints `answer` in place of what a successful run prints, and nothing on stdout where it fails.
inline credplugin::context with_answer(credplugin::context ctx, std::function<std::string()> answer) {
    ctx.getenv = [inner = std::move(ctx.getenv)](const std::string& name) {
        return name == "CREDPLUGIN_STATUS_ON_FAILURE" ? std::nullopt : inner(name);
    };
    ctx.write_out = [answer = std::move(answer), inner = std::move(ctx.write_out)](std::string_view) { return inner(answer()); };
    return ctx;
}

inline int print(const std::string& text, const credplugin::context& ctx) {
    auto written = ctx.write_out(text);
    return written ? credplugin::success : report_failure("eks", written.error().within("failed to write the answer"), ctx);
}

inline look look_of(const options& chosen, const surroundings& around) {
    if (chosen.output == "json") return look::json;
    return around.terminal ? look::terminal : look::plain;
}

/// Whose a token is, as the cluster would find.
inline credbase::result<fields> find_caller_fields(const eksauth::context& aws, const eksauth::eks_token& token, const asked_token& asked) {
    auto caller = eksauth::find_caller(with_aws_clock(with_time_limit(aws, std::chrono::seconds(20))), token, asked.request.cluster);
    const std::string step = "failed to ask STS whose the token is";
    if (!caller) return caller.error().within(step);
    auto entry = eksauth::access_entry_arn(caller->arn);
    if (!entry) return entry.error().within(step);
    fields found{{"account", caller->account}, {"arn", caller->arn}, {"access entry", *std::move(entry)}, {"user id", caller->user_id}};
    if (eksauth::lacks_role_path(caller->arn))
        found.emplace_back("role path", "STS doesn't tell it; an access entry needs the role's ARN with it, aws-auth without");
    return found;
}

inline fields token_fields(const eksauth::eks_token& token, const asked_token& asked) {
    return {{"cluster id", asked.request.cluster}, {"region", asked.request.region},
            {"key id", token.access_key_id}, {"host", token.host},
            {"signed at", credbase::rfc3339(token.signed_at)}, {"expires", credbase::rfc3339(token.expires)}};
}

inline int whoami(const options& chosen, const surroundings& around, const credplugin::context& ctx) {
    fields found;
    const auto minted = [&](const eksauth::eks_token& token, const asked_token& asked, const eksauth::context& aws) -> credbase::result<> {
        auto caller = find_caller_fields(aws, token, asked);
        if (!caller) return caller.error();
        found = *std::move(caller);
        const fields rest = token_fields(token, asked);
        found.insert(found.end(), rest.begin(), rest.end());
        return {};
    };
    return run(provider(around.aws, chosen, minted), with_answer(ctx, [&] { return shown(found, look_of(chosen, around)); }));
}

/// `call`: the token is played against STS, too.
inline int explain(bool call, options chosen, const surroundings& around, const credplugin::context& ctx) {
    run_report told;
    chosen.verbose = false;  // it tells all steps as it is
    const auto minted = [&](const eksauth::eks_token& token, const asked_token& asked, const eksauth::context& aws) -> credbase::result<> {
        told.result = token_fields(token, asked);
        if (!call) return {};
        auto caller = find_caller_fields(aws, token, asked);
        if (!caller) return caller.error();
        told.result.insert(told.result.begin(), caller->begin(), caller->end());
        return {};
    };
    const eksauth::context watched = with_steps(around.aws, [&](const eksauth::step& one) { told.steps.push_back(one); });
    credplugin::context quiet = ctx;
    quiet.write_out = [](std::string_view) -> credplugin::result<> { return {}; };
    quiet.write_err = [&](std::string_view text) {
        constexpr std::string_view prefix = "[eks] ", warning = "warning: ";
        if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
        if (text.ends_with('\n')) text.remove_suffix(1);
        if (text.starts_with(warning)) told.warnings.emplace_back(text.substr(warning.size()));
        else told.failure = text;  // it is the only other line
    };
    const int code = run(provider(watched, chosen, minted), quiet);
    const bool compared = std::any_of(told.steps.begin(), told.steps.end(), [](const eksauth::step& one) { return one.kind == eksauth::step_kind::clock; });
    if (code == credplugin::success && !compared)
        told.warnings.push_back("the system clock was compared with no other, since nothing was called that tells the time");
    const int printed = print(shown(told, look_of(chosen, around)), ctx);
    return printed == credplugin::success ? code : printed;
}

/// The exit code of a command; nothing where a credential is asked for. Error: wrong arguments.
inline credplugin::result<std::optional<int>> run_command(const command_line& line, const options& chosen, const surroundings& around,
                                                          const credplugin::context& ctx) {
    const auto refused = [](const char* why) { return credplugin::error(credplugin::errc::bad_arguments, why); };
    if (line.has("version") || line.has("install")) return refused("write --install PATH or --version with nothing else");
    if (line.command == "man") return print(manual(around.version), ctx);
    if (line.command == "completion") {
        auto shell = line.one("SHELL");
        if (!shell) return shell.error();
        if (shell->empty()) return refused("completion needs a shell: bash, zsh or fish");
        return print(completion(*shell), ctx);
    }
    if (line.command == "kubeconfig") {
        // Arguments that a ClusterProfile adds to a controller's own must not overwrite files.
        if (!ctx.getenv(credplugin::exec_info_variable).value_or("").empty()) return refused("kubeconfig: not for hosts; unset KUBERNETES_EXEC_INFO");
        auto file = line.one("FILE");
        if (!file) return file.error();
        return convert_kubeconfig_file({.file = *std::move(file), .in_place = line.has("in-place")}, around.files);
    }
    const credplugin::context asked = chosen.cluster.empty() ? ctx : with_request(ctx);
    if (line.command == "whoami") return whoami(chosen, around, asked);
    if (line.command == "explain") return explain(line.has("call"), chosen, around, asked);
    if (line.command != "token") return std::nullopt;
    if (chosen.cluster.empty()) return refused("token needs --cluster-name");
    if (!line.has("token-only")) return run(provider(around.aws, chosen), asked);
    credbase::secret_string text;
    const auto minted = [&](const eksauth::eks_token& token, const asked_token&, const eksauth::context&) -> credbase::result<> {
        text = token.text;
        return {};
    };
    return run(provider(around.aws, chosen, minted), with_answer(asked, [&] { return std::string(text.reveal()) + "\n"; }));
}

}  // namespace detail

/// The plugin with all its commands. Without arguments nobody asks for `help` and `usage`, the answers to --help and to wrong ones.
inline credplugin::plugin make_plugin(surroundings world, std::string help = {}, std::string usage = {}) {
    struct made { surroundings around; options chosen; };
    const auto all = std::make_shared<made>(made{std::move(world), {}});
    return {.name = "eks",
            .get_credential = [all](const credplugin::exec_info& info, const credplugin::context& ctx) {
                return detail::get_credential(all->around.aws, all->chosen, {}, info, ctx);
            },
            .version = "eks-aws-auth-plugin " + all->around.version,
            .help = std::move(help),
            .usage = std::move(usage),
            .take_arguments = [all](std::span<const std::string_view> arguments,
                                               const credplugin::context& ctx) -> credplugin::result<std::optional<int>> {
                auto line = read_command_line(arguments);
                if (!line) return line.error();
                if (line->has("help")) return detail::print(help_text(line->command), ctx);
                auto read = read_options(*line);
                if (!read) return read.error();
                all->chosen = *std::move(read);
                return detail::run_command(*line, all->chosen, all->around, ctx);
            }};
}

}  // namespace eks_plugin
