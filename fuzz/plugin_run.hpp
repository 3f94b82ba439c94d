// SPDX-License-Identifier: Apache-2.0
// A whole run of eks-aws-auth-plugin: a world (see world.hpp), in the part `= info` the KUBERNETES_EXEC_INFO, and in parts
// `= option TEXT` what stands on the command line.
#pragma once

#include "encodings.hpp"
#include "names.hpp"
#include "parts.hpp"
#include "property.hpp"
#include "world.hpp"

#include "commands.hpp"

#include <credbase/json_access.hpp>
#include <credplugin/plugin.hpp>
#include <credplugin/protocol/exec_credential_read.hpp>
#include <credplugin/protocol/exec_info.hpp>
#include <credplugin/protocol/metav1_status.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

struct plugin_end {
    int code;
    std::string out, err;
    std::size_t requests, programs;
};

inline plugin_end run_eks_plugin(const std::vector<part>& parts) {
    world made(parts);
    fake_process process{.env = made.values().env, .now = made.values().now};
    process.env[credplugin::exec_info_variable] = plant(text_of(parts, "info"), {"\"proxy-url\":\"http://u:"});
    std::vector<std::string_view> arguments;
    for (const part& one : parts)
        if (one.kind == "option") arguments.push_back(one.argument);
    const auto line = eks_plugin::read_command_line(arguments);
    const bool answers = line && (!line->command.empty() || line->has("help") || line->has("version"));
    if (answers || (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "--version"))) arguments.clear();  // no credential
    const int code = credplugin::run(eks_plugin::make_plugin({.aws = made.context(), .version = "0"}), process.context(), arguments);
    for (const auto& request : made.values().processes) {
        hold(!request.arguments.empty() && request.time_limit.count() > 0 && !request.inherit_stdin, "a program is named and limited");
        hold(request.environment.size() == 1 && request.environment[0].name == credplugin::exec_info_variable &&
             !request.environment[0].value,
             "a program isn't told of the cluster");
    }
    return {code, process.out, process.err, made.values().requests.size(), made.values().processes.size()};
}

/// That the answer is a credential of the request's version, whose token is for the STS of the request's region.
inline void hold_answer(const std::string& out, std::string_view info_text) {
    const auto info = credplugin::parse_exec_info(info_text);
    hold(info.has_value(), "only a good request has an answer");
    const auto answer = credplugin::read_exec_credential(out, info->version);
    hold(answer && answer->expires && out.find('\n') == out.size() - 1, "an answer is one line with a good credential",
         answer ? "" : answer.error().text());
    const std::string_view token = answer->token.reveal();
    hold(token.starts_with("k8s-aws-v1.") && token.size() <= 16384, "a token is one of EKS");
    const std::string url = base64url_decoded(std::string(token.substr(11)));
    const credbase::json_fields config(info->cluster->config.as_object(), "", {"FUZZ"});
    const auto member = config.find_any_case("region");
    hold(member && *member != nullptr && (*member)->is_string(), "only a request with a region has an answer");
    const std::string region((*member)->get_string());
    hold(url.starts_with("https://") && url.find("/?") != url.npos, "a token is a URL");
    hold_sts_host(std::string_view(url).substr(8, url.find("/?") - 8), region);
    hold(url.find("%2F" + region + "%2Fsts%2Faws4_request&") != url.npos, "a token is signed for the region");
    hold(url.find_first_of(" \r\n#@") == url.npos, "nothing ends a token's URL early");
}

}  // namespace fuzz

inline void fuzz_plugin_run(std::string_view input) {
    using fuzz::hold;
    const auto parts = fuzz::parts_of(input);
    const auto end = fuzz::run_eks_plugin(parts), again = fuzz::run_eks_plugin(parts);
    if (end.code == 2) {
        hold(end.out.empty() && end.err.starts_with("[eks] ") && !fuzz::tells(end.err), "a misuse is told on stderr", end.err);
        return fuzz::hold_line(end.err.substr(0, end.err.find('\n')));
    }
    hold(end.code == again.code && end.err == again.err && end.requests == again.requests && end.programs == again.programs,
         "equal worlds have an equal end", end.err);
    hold(end.out == again.out && !fuzz::tells(end.out), "equal worlds have an equal token, which tells no secret");

    for (std::size_t start = 0; start < end.err.size();) {
        const std::size_t stop = end.err.find('\n', start);
        hold(stop != end.err.npos && stop - start <= 4096, "stderr has whole lines of a sane length", end.err);
        const std::string_view line = std::string_view(end.err).substr(start, stop - start);
        fuzz::hold_line(line);
        hold(line.starts_with(end.code == 0 ? "[eks] warning: " : "[eks] "), "each line says whose it is", line);
        start = stop + 1;
    }
    if (end.code == 0) return fuzz::hold_answer(end.out, fuzz::text_of(parts, "info"));
    hold(end.code == 1 && std::count(end.err.begin(), end.err.end(), '\n') == 1, "a failure is one line", end.err);
    const auto status = credplugin::read_status_message(end.out);
    hold(end.out.empty() || status, "a failure prints nothing, or a Status", end.out);
    if (status) fuzz::hold_line(*status);
}
