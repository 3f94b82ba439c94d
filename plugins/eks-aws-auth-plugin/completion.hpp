// SPDX-License-Identifier: Apache-2.0
// Scripts that complete the command line in a shell, made from the table of commands.
#pragma once

#include "command_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eks_plugin {

namespace detail {

/// Every option that a command takes.
inline std::vector<option_row> options_of(const command_row& command) {
    std::vector<option_row> all(command.own.begin(), command.own.end());
    all.insert(all.end(), command.shared.begin(), command.shared.end());
    return all;
}

inline bool takes_file(const option_row& row) {
    return row.value == "FILE" || row.value == "PATH" || row.value == "[DIR]";
}

/// In single quotes, and a single quote between two such parts: all three shells read that alike.
inline std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

inline std::string command_names() {
    std::string names;
    for (const command_row& command : commands)
        if (!command.name.empty()) names.append(names.empty() ? "" : " ").append(command.name);
    return names;
}

inline std::string bash_completion() {
    std::string cases;
    for (const command_row& command : commands) {
        std::string names, argument = command.name.empty() ? "words='" + command_names() + "'" : "";
        cases += "    " + (command.name.empty() ? "''" : std::string(command.name)) + ")\n        case $previous in\n";
        for (const option_row& row : options_of(command)) {
            const std::string answer = takes_file(row) ? "files=1" : row.choices.empty() ? "" : "words='" + std::string(row.choices) + "'";
            if (!row.has_dashes()) {
                argument = answer;
                continue;
            }
            std::string patterns;
            for (const std::string& name : row.spellings()) {
                patterns.append(patterns.empty() ? "" : "|").append(name);
                names.append(names.empty() ? "" : " ").append(name);
            }
            // Behind a value that may be left out anything else can stand too.
            if (row.value.empty()) continue;
            cases += "        " + patterns + ") " + answer + (answer.empty() ? "" : " ") + (row.may_be_alone() ? ";;&\n" : ";;\n");
        }
        cases += "        *) if [[ $current == -* ]]; then words='" + names + "'" +
                 (argument.empty() ? "" : "; elif [[ ! $joined$given ]]; then " + argument) + "; fi ;;\n        esac ;;\n";
    }
    return "# completes eks-aws-auth-plugin in bash\n"
           "_eks_aws_auth_plugin() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= given= joined= words= files= word\n"
           "    # --output=json is three words here, and arn:aws too\n"
           "    if [[ $current == = ]]; then joined=1 current=\n"
           "    elif [[ $previous == = ]]; then joined=1 previous=${COMP_WORDS[COMP_CWORD-2]}\n"
           "    elif [[ $current == : || $previous == : ]]; then return; fi\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "        if [[ $command ]]; then [[ $word == -* ]] || given=1\n"
           "        elif [[ ' " + command_names() + " ' == *\" $word \"* ]]; then command=$word; fi\n"
           "    done\n"
           "    case $command in\n" + cases +
           "    esac\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\"; [[ $files ]] && compgen -f -- \"$current\")\n"
           "    [[ ! $files ]] || compopt -o filenames 2>/dev/null\n"
           "}\n"
           "complete -F _eks_aws_auth_plugin eks-aws-auth-plugin\n";
}

inline std::string zsh_completion() {
    const auto specs = [](const command_row& command) {
        std::string text;
        for (const option_row& row : options_of(command)) {
            std::string about;
            for (const char c : row.about) about += c == '[' || c == ']' || c == ':' ? std::string("\\") + c : std::string(1, c);
            const std::string action = !row.choices.empty() ? "(" + std::string(row.choices) + ")" : takes_file(row) ? "_files" : " ";
            const std::string value = row.value.empty() ? "" : (row.may_be_alone() ? "::" : ":") + std::string(row.name()) + ":" + action;
            const std::string line = " \\\n            ";
            if (!row.has_dashes()) text += line + in_quotes((row.choices.empty() ? "::" : ":") + std::string(row.name()) + ":" + action);
            else for (const std::string& name : row.spellings())
                text += line + in_quotes("*" + name + (name.starts_with("--") && !value.empty() ? "=[" : "[") + about + "]" + value);
        }
        return text;
    };
    std::string names, cases, main;
    for (const command_row& command : commands) {
        if (command.name.empty()) {
            main = specs(command);
            continue;
        }
        names += " \\\n            " + in_quotes(std::string(command.name) + ":" + std::string(command.about));
        cases += "        " + std::string(command.name) + ") _arguments" + specs(command) + " ;;\n";
    }
    // In a folder of fpath the file has the function's name, and is its body when it is first called.
    return "#compdef eks-aws-auth-plugin\n"
           "_eks-aws-auth-plugin() {\n"
           "    local context state state_descr line\n"
           "    typeset -A opt_args\n"
           "    _arguments -C" + main + " \\\n            '(-)1: :->command' '(-)*:: :->rest'\n"
           "    case $state in\n"
           "    command)\n"
           "        local -a commands=(" + names + ")\n"
           "        _describe command commands ;;\n"
           "    rest)\n"
           "        case $line[1] in\n" + cases +
           "        esac ;;\n"
           "    esac\n"
           "}\n"
           "if [[ $funcstack[1] == _eks-aws-auth-plugin ]]; then _eks-aws-auth-plugin \"$@\"\n"
           "else compdef _eks-aws-auth-plugin eks-aws-auth-plugin; fi\n";
}

inline std::string fish_completion() {
    const std::string complete = "complete -c eks-aws-auth-plugin";
    const auto at = [&](std::string_view command, const std::string& more = "") {
        return complete + " -n '__eks_aws_auth_plugin_at \"" + std::string(command) + "\"" + more + "'";
    };
    std::string text = "# completes eks-aws-auth-plugin in fish\n"
                       "# whether this is behind that command and, where one is named, before its argument\n"
                       "function __eks_aws_auth_plugin_at -a command argument\n"
                       "    set -l words (commandline -opc)\n"
                       "    set -e words[1]\n"
                       "    set -l found ''\n"
                       "    set -l given ''\n"
                       "    for word in $words\n"
                       "        if test -n \"$found\"\n"
                       "            string match -q -- '-*' $word; or set given 1\n"
                       "        else if contains -- $word " + command_names() + "\n"
                       "            set found $word\n"
                       "        end\n"
                       "    end\n"
                       "    test \"$found\" = \"$command\"; and test -z \"$argument\" -o -z \"$given\"\n"
                       "end\n" + complete + " -f\n";
    for (const command_row& command : commands) {
        if (!command.name.empty()) text += at("") + " -a " + std::string(command.name) + " -d " + in_quotes(command.about) + "\n";
        for (const option_row& row : options_of(command)) {
            text += at(command.name, row.has_dashes() ? "" : " " + std::string(row.name()));
            for (const std::string& name : row.spellings())
                if (row.has_dashes()) text += (name.starts_with("--") ? " -l " : " -s ") + name.substr(name.find_first_not_of('-'));
            if (row.has_dashes() && !row.may_be_alone()) text += takes_file(row) ? " -r" : " -x";
            if (takes_file(row)) text += " -F";
            if (!row.choices.empty()) text += " -a '" + std::string(row.choices) + "'";
            text += " -d " + in_quotes(row.about) + "\n";
            // A value that may be left out is for fish one behind `=`.
            if (row.has_dashes() && row.may_be_alone() && takes_file(row))
                text += at(command.name, "; and __fish_prev_arg_in --" + std::string(row.name())) + " -F\n";
        }
    }
    return text;
}

}  // namespace detail

/// The script for bash, zsh or fish.
inline std::string completion(std::string_view shell) {
    return shell == "bash" ? detail::bash_completion() : shell == "zsh" ? detail::zsh_completion() : detail::fish_completion();
}

}  // namespace eks_plugin
