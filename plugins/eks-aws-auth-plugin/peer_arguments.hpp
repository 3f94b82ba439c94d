// SPDX-License-Identifier: Apache-2.0
// The arguments of the programs whose place `token` takes in a kubeconfig: `aws eks get-token` and `aws-iam-authenticator token`.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace eks_plugin {

/// An argument of either program that `token` takes too, with the same meaning.
struct peer_argument {
    std::string_view name;
    bool takes_value;
    std::string_view option;  ///< the name that all its spellings have in common
};

/// No name means one thing to one program and another to the other.
///
/// Sources: awscli 1.46 `data/cli.json` and `customizations/eks/get_token.py`, where `--role` is short for `--role-arn`, as its parser
/// allows and `update-kubeconfig` writes; `--session-name` came later. aws-iam-authenticator 0.7 `cmd/aws-iam-authenticator/token.go`
/// and `root.go`. Of the latter's, `--token-only` prints no ExecCredential, `--forward-session-name` takes the session's name from the
/// caller's, and `--config`, `--feature-gates` and those of the log are about the program itself.
inline constexpr std::array<peer_argument, 14> peer_arguments = {{
    {"--cluster-name", true, "--cluster-name"},
    {"--cluster-id", true, "--cluster-name"},
    {"-i", true, "--cluster-name"},
    {"--region", true, "--region"},
    {"--role", true, "--role"},
    {"--role-arn", true, "--role"},
    {"-r", true, "--role"},
    {"--session-name", true, "--session-name"},
    {"-s", true, "--session-name"},
    {"--external-id", true, "--external-id"},
    {"-e", true, "--external-id"},
    {"--profile", true, "--profile"},
    {"--cache", false, "--cache"},
    {"--output", true, "--output"},  // its value is `json`
}};

/// aws-iam-authenticator takes the role from here where no argument names one; `token` does not.
inline constexpr std::string_view role_variable = "DEFAULT_ROLE";

/// The row of a name; none for what `token` doesn't take.
inline constexpr const peer_argument* find_peer_argument(std::string_view name) {
    const auto found = std::find_if(peer_arguments.begin(), peer_arguments.end(), [name](const auto& one) { return one.name == name; });
    return found == peer_arguments.end() ? nullptr : &*found;
}

}  // namespace eks_plugin
