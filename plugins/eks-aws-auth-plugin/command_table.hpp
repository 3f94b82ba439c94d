// SPDX-License-Identifier: Apache-2.0
// The command line in one table: what is parsed, and what --help, the man page and the completions say, comes from here.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eks_plugin {

/// The parts between separators, empty ones too.
inline std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(separator, start), text.size());
        parts.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

/// An option, or an argument without dashes.
struct option_row {
    std::string_view names;  ///< all its spellings with commas between them, the one that it is known by as the last; `FILE`: no dashes
    std::string_view value;  ///< what it takes, in capitals; in brackets where it may be left out; empty: nothing
    std::string_view about;
    std::string_view choices = {};  ///< what the value can be, with blanks between; empty: anything

    bool has_dashes() const { return names.starts_with('-'); }
    bool may_be_alone() const { return value.empty() || value.starts_with('['); }
    std::vector<std::string> spellings() const { return split(names, ','); }
    /// The name without dashes.
    std::string_view name() const { return names.substr(names.find_last_of(",") + 1).substr(has_dashes() ? 2 : 0); }
};

/// A command; the one without a name is what Kubernetes clients run.
struct command_row {
    std::string_view name, about;
    std::span<const option_row> own, shared = {};  ///< options
};

inline constexpr std::array run_options{
    option_row{"--allow-region", "LIST", "refuse regions that match no pattern of the list, such as eu-*,us-east-1"},
    option_row{"--allow-cluster", "LIST", "refuse clusters whose name matches no pattern of the list"},
    option_row{"--allow-role-arn", "LIST", "let the request's config name a role that matches a pattern of the list, such as arn:aws:iam::*:role/hub-*"},
    option_row{"-s,--session-name", "NAME", "name the session of the role that is assumed for the cluster"},
    option_row{"-e,--external-id", "ID", "assume that role with an external id"},
    option_row{"--verify-cluster", "", "refuse a server or CA that isn't the cluster's: asks EKS, which needs eks:DescribeCluster"},
    option_row{"--cache", "[DIR]", "keep temporary credentials between runs in DIR, open to the user alone; else in ~/.cache/eks-aws-auth-plugin"},
    option_row{"--verbose", "", "tell each step in a line on stderr"},
    option_row{"-h,--help", "", "tell what there is"},
};
inline constexpr std::array program_options{
    option_row{"--version", "", "print the version"},
    option_row{"--install", "PATH", "copy the program to PATH, which is the new file, not its folder; an old file is replaced"},
};
inline constexpr std::array token_options{
    option_row{"-i,--cluster-id,--cluster-name", "NAME", "the cluster's name"},
    option_row{"--region", "REGION", "the cluster's region; else AWS_REGION, AWS_DEFAULT_REGION, or that of the profile"},
    option_row{"-r,--role,--role-arn", "ARN", "assume this role for the cluster"},
    option_row{"--profile", "NAME", "take this profile, and no keys from the environment"},
    option_row{"--token-only", "", "print the token alone"},
    option_row{"--output", "FORMAT", "the answer's form, for callers of the AWS CLI", "json"},
};
// Those of the token, where the request may name the cluster too.
inline constexpr std::array whoami_options{
    token_options[0], token_options[1], token_options[2], token_options[3],
    option_row{"--output", "FORMAT", "for people or for programs", "text json"},
};
inline constexpr std::array explain_options{
    token_options[0], token_options[1], token_options[2], token_options[3],
    option_row{"--call", "", "play the token against STS once, as the cluster would, and tell whose it is"},
    option_row{"--output", "FORMAT", "for people or for programs", "text json"},
};
inline constexpr option_row help_option = run_options.back();
inline constexpr std::array kubeconfig_options{
    option_row{"FILE", "FILE", "the kubeconfig; else the one of KUBECONFIG, else ~/.kube/config"},
    option_row{"--in-place", "", "change the file, and keep the old one as FILE.bak; without it, the new one is printed"},
    help_option,
};
inline constexpr std::array completion_options{
    option_row{"SHELL", "SHELL", "the shell that the script is for", "bash zsh fish"},
    help_option,
};
inline constexpr std::array man_options{help_option};

inline constexpr std::array commands{
    command_row{"", "reads an ExecCredential from KUBERNETES_EXEC_INFO and prints one with the token", program_options, run_options},
    command_row{"token", "print a token as `aws eks get-token` and `aws-iam-authenticator token` do, with their arguments", token_options, run_options},
    command_row{"whoami", "play a token against STS once, as the cluster would, and tell whose it is", whoami_options, run_options},
    command_row{"explain", "do what a run does, and tell each step and what came of it", explain_options, run_options},
    command_row{"kubeconfig", "make users of a kubeconfig that run `aws eks get-token` or `aws-iam-authenticator token` run this program", kubeconfig_options},
    command_row{"completion", "print what completes this command line in a shell", completion_options},
    command_row{"man", "print the manual page", man_options},
};

/// The names and the value as help shows them: `-i, --cluster-id, --cluster-name NAME`.
inline std::string shown(const option_row& row) {
    std::string text;
    for (const char c : row.names) text += c == ',' ? ", " : std::string(1, c);
    return row.value.empty() || !row.has_dashes() ? text : text + " " + std::string(row.value);
}

/// What help says of it, with the choices at the end.
inline std::string described(const option_row& row) {
    std::string text(row.about);
    if (!row.choices.empty()) text += ": ";
    for (const char c : row.choices) text += c == ' ' ? ", " : std::string(1, c);
    return text;
}

/// `eks-aws-auth-plugin token [OPTION...]`
inline std::string synopsis(const command_row& row) {
    std::string text = "eks-aws-auth-plugin";
    if (!row.name.empty()) text.append(" ").append(row.name);
    text += " [OPTION...]";
    for (const option_row& one : row.own)
        if (!one.has_dashes()) text += one.choices.empty() ? " [" + std::string(one.names) + "]" : " " + std::string(one.names);
    return text;
}

}  // namespace eks_plugin
