// SPDX-License-Identifier: Apache-2.0
// The command line as it was given, before anybody asks what it means.
#pragma once

#include <credplugin/base/errors.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eks_plugin {

/// A command with its options.
struct command_line {
    /// An option by the name that it is known by, without dashes.
    struct option { std::string name, value; };

    std::string command = {};            ///< empty: what Kubernetes clients run
    std::vector<option> options = {};    ///< in front of the command, then behind it

    /// All values of an option; of one that takes none, an empty text for each time.
    std::vector<std::string> all(std::string_view name) const {
        std::vector<std::string> values;
        for (const option& one : options)
            if (one.name == name) values.push_back(one.value);
        return values;
    }
    bool has(std::string_view name) const {
        return std::any_of(options.begin(), options.end(), [name](const option& one) { return one.name == name; });
    }
    /// The value of an option that is given at most once; empty where it isn't. Error: it is given twice, or to nothing.
    credplugin::result<std::string> one(std::string_view name) const {
        const auto values = all(name);
        const auto refused = [name](const char* why) {
            return credplugin::error(credplugin::errc::bad_arguments, why).within((name.front() >= 'a' ? "--" : "") + std::string(name));
        };
        if (values.size() > 1) return refused("is given twice");
        if (!values.empty() && values.front().empty()) return refused("its value is missing");
        return values.empty() ? "" : values.front();
    }
};

/// Reads arguments by the table of commands. `[…] eks get-token […]`, as the AWS CLI has it, is `token […]`.
/// Error: an argument that isn't in it; a value that is missing, that is none of the choices, or that isn't wanted.
credplugin::result<command_line> read_command_line(std::span<const std::string_view> arguments);

}  // namespace eks_plugin
