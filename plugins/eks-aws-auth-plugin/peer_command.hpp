// SPDX-License-Identifier: Apache-2.0
// Whether a command of a kubeconfig is one whose place `token` can take.
#pragma once

#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>

#include "peer_arguments.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace eks_plugin::detail {

enum class peer { none, aws, authenticator };

/// The program of a command, with or without a folder, on Windows too. heptio-authenticator-aws is the authenticator's first name.
inline peer peer_of(std::string_view command) {
    std::string_view name = command.substr(command.find_last_of("/\\") + 1);
    if (name.ends_with(".exe")) name.remove_suffix(4);
    return name == "aws"                                                            ? peer::aws
           : name == "aws-iam-authenticator" || name == "heptio-authenticator-aws" ? peer::authenticator
                                                                                    : peer::none;
}

/// Options by their common names, and the words between them, as `token` would read an argument list.
struct peer_command {
    std::vector<std::string_view> words;
    std::vector<std::size_t> places;  ///< of the words in the list
    std::set<std::string_view> options;
    std::string_view cluster = {};  ///< its name; empty where none is given
};

/// Error: what `token` doesn't take, of which no more than the name is told.
inline credbase::result<peer_command> read_peer_arguments(const std::vector<std::string_view>& arguments) {
    const auto refused = [](std::string_view name, const std::string& why) {
        return credbase::error(credplugin::errc::bad_arguments, why).within("its argument " + credbase::quoted(name));
    };
    peer_command out;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string_view given = arguments[at];
        if (!given.starts_with('-')) {
            out.words.push_back(given);
            out.places.push_back(at);
            continue;
        }
        // `--name=value`; and `-nvalue` or `-n=value`, which aws-iam-authenticator takes.
        const bool is_long = given.starts_with("--");
        const std::size_t end = is_long ? std::min(given.find('='), given.size()) : std::min<std::size_t>(2, given.size());
        const std::string_view name = given.substr(0, end);
        const peer_argument* const known = find_peer_argument(name);
        if (known == nullptr) return refused(name, "is none that this program takes");
        if (!out.options.insert(known->option).second) return refused(name, "is given twice, under this or another name");
        const bool joined = end < given.size();
        if (!known->takes_value) {
            if (joined) return refused(name, "has a value");
            continue;
        }
        std::string_view value;
        if (joined) value = given.substr(given[end] == '=' ? end + 1 : end);
        else if (at + 1 < arguments.size() && !arguments[at + 1].starts_with('-')) value = arguments[++at];
        if (value.empty()) return refused(name, "lacks its value");
        if (known->option == "--cluster-name") out.cluster = value;
        if (known->option == "--output" && value != "json") return refused(name, "asks for another format than json");
    }
    return out;
}

/// Why the arguments can't be those of `token`; empty where they can.
inline std::string why_not_ours(peer program, const peer_command& read) {
    const auto& [words, places, options, cluster] = read;
    if (program == peer::aws && (words != std::vector<std::string_view>{"eks", "get-token"} || places[1] != places[0] + 1))
        return "its arguments are not those of `aws eks get-token`";
    if (program == peer::authenticator && (words != std::vector<std::string_view>{"token"} || places[0] != 0))
        return "its arguments are not `token` and options behind it";
    return cluster.empty() ? "its arguments name no cluster" : "";
}

}  // namespace eks_plugin::detail
