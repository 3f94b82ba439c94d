// SPDX-License-Identifier: Apache-2.0
// The one unit that knows CLI11; it is reached where there are arguments.
#include "command_line.hpp"

#include "command_table.hpp"

#include <credbase/plain_text.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <list>
#include <utility>

namespace eks_plugin {

namespace {

/// What CLI11 writes to.
struct target {
    const option_row* row;
    std::vector<std::string> values = {};
    bool flag = false;
};

void add_options(CLI::App& app, std::span<const option_row> rows, std::list<target>& targets) {
    for (const option_row& row : rows) {
        target& to = targets.emplace_back(target{&row});
        const std::string names(row.names);
        if (row.value.empty()) {
            app.add_flag(names, to.flag)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->disable_flag_override();
            continue;
        }
        CLI::Option* const option = app.add_option(names, to.values)->type_name(std::string(row.value));
        option->expected(row.may_be_alone() ? 0 : 1, 1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
        if (!row.choices.empty()) option->check(CLI::IsMember(split(row.choices, ' ')));
    }
}

/// Whether the next argument is an option's value.
bool takes_next(std::string_view option) {
    for (const std::span<const option_row> rows : {std::span<const option_row>(token_options), std::span<const option_row>(run_options)})
        for (const option_row& row : rows)
            for (const std::string& spelling : row.spellings())
                if (spelling == option) return !row.may_be_alone();
    return false;
}

/// The AWS CLI's spelling in ours: its own options may stand before the two words. And `-i=NAME`, which Go's programs take.
std::vector<std::string> normalized(std::span<const std::string_view> arguments) {
    std::vector<std::string> all;
    for (const std::string_view one : arguments) {
        const bool joined = one.size() > 2 && one[0] == '-' && one[1] != '-' && one[2] == '=';
        all.emplace_back(one.substr(0, joined ? 2 : one.npos));
        if (joined) all.emplace_back(one.substr(3));
    }
    std::size_t at = 0;
    while (at < all.size() && all[at].starts_with('-')) at += takes_next(all[at]) ? 2 : 1;
    if (at + 1 >= all.size() || all[at] != "eks" || all[at + 1] != "get-token") return all;
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + static_cast<std::ptrdiff_t>(at) + 2);
    all.insert(all.begin(), "token");
    return all;
}

}  // namespace

credplugin::result<command_line> read_command_line(std::span<const std::string_view> arguments) {
    const auto refused = [](const std::string& why) { return credplugin::error(credplugin::errc::bad_arguments, why); };
    CLI::App app;
    app.set_help_flag();
    app.require_subcommand(0, 1);
    std::list<target> targets;
    std::list<std::pair<CLI::App*, std::list<target>>> behind;
    for (const command_row& command : commands) {
        if (command.name.empty()) {
            add_options(app, command.shared, targets);
            add_options(app, command.own, targets);
            continue;
        }
        CLI::App* const sub = app.add_subcommand(std::string(command.name));
        sub->set_help_flag();
        auto& [owner, of_command] = behind.emplace_back(sub, std::list<target>());
        add_options(*sub, command.own, of_command);
        add_options(*sub, command.shared, of_command);
    }
    const auto missing = [](std::string_view name) {
        return credplugin::error(credplugin::errc::bad_arguments, "its value is missing").within(credbase::escape_controls(name));
    };
    auto given = normalized(arguments);
    // CLI11 would take what follows for the value, even another option.
    for (const std::string& one : given)
        if (one.starts_with("--") && one.find('=') == one.size() - 1) return missing(one.substr(0, one.size() - 1));
    std::reverse(given.begin(), given.end());  // as CLI11 wants it
    try {
        app.parse(std::move(given));
    } catch (const CLI::ExtrasError&) {
        const auto left = app.remaining(true);
        return refused("unknown argument " + credbase::quoted(left.empty() ? "" : left.front()));
    } catch (const CLI::Error& wrong) {
        return refused(wrong.what());
    }

    command_line line;
    for (const auto& [sub, of_command] : behind) {
        if (!sub->parsed()) continue;
        line.command = sub->get_name();
        targets.insert(targets.end(), of_command.begin(), of_command.end());
    }
    for (const target& one : targets) {
        if (one.flag) line.options.push_back({std::string(one.row->name()), ""});
        for (const std::string& value : one.values) {
            if (value.starts_with('-')) return missing((one.row->has_dashes() ? "--" : "") + std::string(one.row->name()));
            line.options.push_back({std::string(one.row->name()), value});
        }
    }
    return line;
}

}  // namespace eks_plugin
