// SPDX-License-Identifier: Apache-2.0
// The answers to --help.
#pragma once

#include "command_table.hpp"

#include <span>
#include <string>
#include <string_view>

namespace eks_plugin {

namespace detail {

inline std::string help_of(std::span<const option_row> rows) {
    std::string text;
    for (const option_row& row : rows) text += "  " + shown(row) + "\n      " + described(row) + "\n";
    return text;
}

}  // namespace detail

/// What is printed where the arguments are wrong.
inline std::string usage_text() {
    std::string text;
    for (const command_row& row : commands) text.append(row.name.empty() ? "usage: " : "       ").append(synopsis(row)).append("\n");
    return text + "--help tells more, also behind each command\n";
}

/// What --help says of a command, and of the program where that is empty.
inline std::string help_text(std::string_view command = {}) {
    std::string text = "eks-aws-auth-plugin: an exec credential plugin for Amazon EKS\n\n";
    if (command.empty()) {
        text += "Kubernetes clients run it without arguments, or with the options below. It reads an ExecCredential from the\n"
                "environment variable KUBERNETES_EXEC_INFO, takes region and clusterId from spec.cluster.config (the cluster's\n"
                "extension client.authentication.k8s.io/exec; provideClusterInfo must be true), signs a token with the AWS\n"
                "credentials of its environment and prints an ExecCredential.\n\n";
        text += usage_text() + "\ncommands:\n";
        for (const command_row& row : commands)
            if (!row.name.empty()) text.append("  ").append(row.name).append(12 - row.name.size(), ' ').append(row.about).append("\n");
    }
    for (const command_row& row : commands) {
        if (row.name != command) continue;
        if (!command.empty()) text.append("usage: ").append(synopsis(row)).append("\n\n").append(row.about).append("\n");
        text.append("\noptions:\n").append(detail::help_of(row.own)).append(detail::help_of(row.shared));
    }
    return text;
}

}  // namespace eks_plugin
