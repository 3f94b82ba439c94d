// SPDX-License-Identifier: Apache-2.0
// A program that prints credentials.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/process.hpp>
#include <credbase/redact.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/command_line.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/context.hpp>
#include <eksauth/sources/source.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace eksauth {

namespace detail {

constexpr std::size_t process_out_limit_bytes = 65536, process_err_kept_bytes = 4096;

/// The secrets that a credential process inherits or may read: environment and config files.
inline std::vector<credbase::secret_string> secrets_of_process(const context& ctx, const shared_config& files) {
    std::vector<credbase::secret_string> found;
    for (const char* name : {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"})
        if (const auto value = ctx.getenv(name)) found.emplace_back(*value);
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"})
        if (const auto value = ctx.getenv(name); value && value->find('@') != value->npos) {
            const std::string_view before_host = std::string_view(*value).substr(0, value->rfind('@'));
            const auto scheme = before_host.find("://");
            const std::string_view user_info = scheme == before_host.npos ? before_host : before_host.substr(scheme + 3);
            found.emplace_back(user_info);
            found.emplace_back(user_info.substr(user_info.find(':') + 1));  // npos + 1 is 0
        }
    for (const config_file* file : {&files.config, &files.credentials})
        for (const ini_section& section : file->sections)
            for (const ini_property& property : section.properties)
                for (const char* key : {"aws_secret_access_key", "aws_session_token", "aws_security_token"})
                    if (credbase::same_but_case(property.key, key)) found.emplace_back(unquoted(property.value));
    return found;
}

/// What the program wrote to stderr, in one line and without secrets.
inline std::string words_of_process(std::string_view words, const std::vector<credbase::secret_string>& secrets) {
    std::string out = credbase::redacted(words, secrets, words.size() >= process_err_kept_bytes);
    while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
    return credbase::escape_controls(out);
}

/// Why a program gave no credentials; `words` is what it wrote to stderr, fit to be shown.
inline error process_failure(const credbase::process_request& request, const credbase::process_output& output, const std::string& words) {
    using credbase::process_end;
    const std::string told = words.empty() ? "" : "; stderr: " + words;
    const auto failed = [&](const std::string& doing, const std::string& why) {
        const std::string& program = output.program.empty() ? request.arguments.front() : output.program;
        return error(errc::source_failed, why + told).within(doing + " " + credbase::escape_controls(program));
    };
    const auto count = [](auto number) { return std::to_string(number); };
    switch (output.end) {
        case process_end::exited: break;
        case process_end::not_found: return failed("starting", "not found in any absolute folder of PATH");
        case process_end::not_started: return failed("starting", std::generic_category().message(output.system_error));
        case process_end::timed_out:
            return failed("running", "not done within its time limit of " + count(request.time_limit.count()) + " ms");
        case process_end::wrote_too_much: return failed("running", "more than " + count(request.out_limit_bytes) + " bytes on stdout");
        case process_end::cancelled: return failed("running", "ended, since its answer is no longer wanted");
        case process_end::status_lost:
            return failed("running", "its exit status is lost: this process ignores SIGCHLD or waits for any child");
    }
    const std::string end = output.signal != 0 ? "ended by signal " + count(output.signal) : "exit status " + count(output.exit_code);
    return error(errc::source_failed, end + (words.empty() ? ", nothing on stderr" : told));
}

/// The credentials that the program printed. Errors never quote the text, which is secret whether or not it is understood.
inline result<credentials> read_process_output(std::string_view text, std::chrono::sys_seconds now) {
    const auto refused = [](std::string why) { return error(errc::bad_credentials, "its output: " + std::move(why)); };
    const auto document = credbase::parse_json(text, {.bytes = process_out_limit_bytes, .depth = 32}, errc::bad_credentials);
    if (!document) return refused("no JSON: " + document.error().text());
    const auto fields = credbase::json_fields::of(*document, "", errc::bad_credentials);
    if (!fields) return refused(fields.error().text());
    const auto* version = fields->find("Version");
    if (version == nullptr) return refused("Version is missing");
    if (!version->is_number() || version->to_number<double>() != 1) return refused("Version is not the number 1");

    const auto id = fields->string("AccessKeyId"), secret = fields->string("SecretAccessKey"), token = fields->string("SessionToken"),
               expiration = fields->string("Expiration");
    for (const auto* one : {&id, &secret, &token, &expiration})
        if (!*one) return refused(one->error().text());
    if (!*id) return refused("AccessKeyId is missing");
    if (!*secret) return refused("SecretAccessKey is missing");
    credentials out{.access_key_id = std::string(**id),
                    .secret_access_key = credbase::secret_string(**secret),
                    .session_token = credbase::secret_string(token->value_or(""))};
    if (auto form = check_credentials(out, {"AccessKeyId", "SecretAccessKey", "SessionToken"}); !form) return refused(form.error().text());
    if (*expiration) {
        out.expires = credbase::parse_rfc3339(**expiration);
        if (!out.expires) return refused("Expiration is not an RFC 3339 time such as 2026-01-02T03:04:05Z");
        if (*out.expires <= now + std::chrono::seconds(60))
            return error(errc::bad_credentials, "its credentials expire at " + credbase::rfc3339(*out.expires) + ", and it is " +
                                                    credbase::rfc3339(now) + " now; more than a minute must be left");
    }
    return out;
}

}  // namespace detail

/// Credentials from the program that the profile's `credential_process` names, run without a shell.
///
/// It may take 60 s and print 64 KiB of JSON: `Version` 1, `AccessKeyId`, `SecretAccessKey`, and maybe `SessionToken` and
/// `Expiration`, without which they don't expire. It inherits the environment without KUBERNETES_EXEC_INFO, since the
/// cluster is no business of it. Not configured: there is no such property. Error: the program can't be run or fails (the
/// end of its stderr is told, known secrets taken out), what it prints is malformed, or expires within a minute.
/// Source: AWS CLI, "Sourcing credentials with an external process"; unlike aws-sdk-go-v2, stdout is never part of an error.
inline outcome from_process(const context& ctx, const profile& from) {
    const auto property = from.trigger("credential_process");
    if (!property) return property.error();
    if (!*property) return not_configured{"it has no credential_process"};
    auto command = split_command_line(property->found->value);
    if (!command) return command.error().within("credential_process").within(property->place());

    const std::string who = "profile " + credbase::quoted(from.name()), step = "credential_process of " + who;
    const credbase::process_request request{.arguments = *std::move(command),
                                            .environment = {{"KUBERNETES_EXEC_INFO", std::nullopt}},
                                            .time_limit = std::min<std::chrono::milliseconds>(std::chrono::seconds(60), ctx.time_left()),
                                            .out_limit_bytes = detail::process_out_limit_bytes,
                                            .err_kept_bytes = detail::process_err_kept_bytes};
    const auto output = ctx.run_process(request);
    if (!output) return output.error().within(step);
    if (output->end != credbase::process_end::exited || output->exit_code != 0) {  // -1 behind a signal
        const std::string words = detail::words_of_process(output->err, detail::secrets_of_process(ctx, from.files()));
        return detail::process_failure(request, *output, words).within(step);
    }
    auto found = detail::read_process_output(output->out.reveal(), ctx.now());
    if (!found) return found.error().within(step);
    found->source = "process of " + who;
    return *std::move(found);
}

}  // namespace eksauth
