// SPDX-License-Identifier: Apache-2.0
// The manual page, in the macros of man(7).
#pragma once

#include "command_table.hpp"

#include <span>
#include <string>
#include <string_view>

namespace eks_plugin {

namespace detail {

/// Text as roff takes it: no line begins a macro, and what programs read is left as it is; an apostrophe may become a typographic one.
inline std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') out += "\\e";
        else if (c == '-') out += "\\-";
        else if (c == '`') out += "\\(ga";
        else if (c == '~') out += "\\(ti";
        else if (c == '^') out += "\\(ha";
        else if (c == '"') out += "\\(dq";
        else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out.append("\\&").append(1, c);
        else out += c;
    }
    return out;
}

inline std::string manual_of(std::span<const option_row> rows) {
    std::string text;
    for (const option_row& row : rows) text += ".TP\n.B " + roff(shown(row)) + "\n" + roff(described(row)) + "\n";
    return text;
}

}  // namespace detail

/// The page of section 1, of that version.
inline std::string manual(std::string_view version) {
    using detail::roff;
    std::string text = ".TH EKS\\-AWS\\-AUTH\\-PLUGIN 1 \"\" \"" + roff(version) + "\" \"User Commands\"\n"
                       ".SH NAME\neks\\-aws\\-auth\\-plugin \\- an exec credential plugin for Amazon EKS\n.SH SYNOPSIS\n";
    for (const command_row& row : commands) text += (row.name.empty() ? ".B " : ".br\n.B ") + roff(synopsis(row)) + "\n";
    text += ".SH DESCRIPTION\nKubernetes clients run it without a command. It reads an ExecCredential from the environment variable\n"
            ".B KUBERNETES_EXEC_INFO\nand takes region and clusterId from spec.cluster.config, that is from the cluster's extension\n"
            "client.authentication.k8s.io/exec; provideClusterInfo must be true. It signs a token with the AWS credentials of its\n"
            "environment and prints an ExecCredential. A failure is one line on stderr, with a code at its end.\n.SH OPTIONS\n";
    for (const command_row& row : commands)
        if (row.name.empty()) text += detail::manual_of(row.own) + detail::manual_of(row.shared);
    text += ".SH COMMANDS\n";
    for (const command_row& row : commands) {
        if (row.name.empty()) continue;
        text += ".SS " + roff(row.name) + "\n" + roff(row.about) + "\n" + detail::manual_of(row.own);
        if (!row.shared.empty()) text += ".PP\nIt takes those of OPTIONS too, but for \\-\\-version and \\-\\-install.\n";
    }
    text += ".SH ENVIRONMENT\nThe credentials come from the first of these that is configured: variables with keys, web identity, a profile,\n"
            "a container endpoint, instance metadata; their variables and files are those of the AWS CLI.\n"
            ".TP\n.B CREDPLUGIN_STATUS_ON_FAILURE\n1: a failure is told on stdout too, as a metav1.Status.\n"
            ".SH EXIT STATUS\n0: done. 1: failed. 2: wrong arguments.\n"
            ".SH FILES\n.I \\(ti/.aws/config\n.br\n.I \\(ti/.aws/credentials\n.br\n.I \\(ti/.cache/eks\\-aws\\-auth\\-plugin\n"
            ".SH EXAMPLES\nWhose token a cluster would get:\n.PP\n.RS\neks\\-aws\\-auth\\-plugin whoami \\-\\-cluster\\-name prod \\-\\-region eu\\-west\\-1\n.RE\n"
            ".PP\nWhat a run of a controller does and why it fails:\n.PP\n.RS\neks\\-aws\\-auth\\-plugin explain\n.RE\n"
            ".SH SEE ALSO\n.BR kubectl (1),\n.BR aws (1)\n";
    return text;
}

}  // namespace eks_plugin
