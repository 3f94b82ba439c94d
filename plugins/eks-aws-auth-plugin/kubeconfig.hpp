// SPDX-License-Identifier: Apache-2.0
// A kubeconfig whose users have this plugin in place of the AWS CLI and aws-iam-authenticator.
#pragma once

#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <eksauth/eks_token.hpp>

#include "peer_command.hpp"
#include "yaml_document.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks_plugin {

inline constexpr credbase::errc bad_kubeconfig{"EKS-KUBECONFIG"};  ///< the kubeconfig can't be read, understood or changed

/// A user of a kubeconfig, and what became of it.
struct converted_user {
    enum class outcome {
        converted,
        left,  ///< it has one of the two programs and keeps it
        other  ///< it has another program, or none
    };
    std::string name = {};
    outcome became = outcome::other;
    std::string what = {};  ///< one line: what was replaced, or why nothing was
};

struct converted_kubeconfig {
    credbase::secret_string text;  ///< a kubeconfig may hold tokens and keys
    std::vector<converted_user> users;

    bool has(converted_user::outcome became) const {
        return std::any_of(users.begin(), users.end(), [became](const converted_user& one) { return one.became == became; });
    }
};

namespace detail {

/// Nothing, for YAML and for who reads it into a structure.
inline bool is_null(const yaml_node& node) {
    const std::string_view text = node.value.reveal();
    return node.type == yaml_node::kind::scalar && node.written == yaml_node::style::plain && !node.has_properties &&
           (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL");
}

inline credbase::error wrong_at(const yaml_node& node, const std::string& why) {
    return credbase::error(bad_kubeconfig, why).within("line " + std::to_string(node.line));
}

/// The values of a mapping by their keys.
class yaml_fields {
public:
    /// Error: it is something else; a key is there twice, comes from elsewhere (`<<`) or is no text.
    static credbase::result<yaml_fields> of(const yaml_node& node, std::string_view what) {
        if (node.type != yaml_node::kind::mapping) return wrong_at(node, std::string(what) + " is no mapping");
        yaml_fields out;
        for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
            const yaml_node& key = *node.children[i];
            const std::string_view name = key.value.reveal();
            if (key.type != yaml_node::kind::scalar) return wrong_at(key, std::string(what) + " has a key that is no text");
            if (name == "<<") return wrong_at(key, std::string(what) + " takes keys from elsewhere (<<); write them out");
            if (!out.values_.emplace(name, node.children[i + 1]).second)
                return wrong_at(key, std::string(what) + " has the key " + credbase::quoted(name) + " twice");
        }
        return out;
    }

    /// The value, unless there is none or it is null.
    const yaml_node* find(std::string_view key) const {
        const auto found = values_.find(key);
        return found == values_.end() || is_null(*found->second) ? nullptr : found->second;
    }

    /// Error: it is no text. Empty where there is none.
    credbase::result<std::string_view> text(std::string_view key) const {
        const yaml_node* const value = find(key);
        if (value == nullptr) return std::string_view();
        if (value->type != yaml_node::kind::scalar) return wrong_at(*value, std::string(key) + " is no text");
        return value->value.reveal();
    }

private:
    std::map<std::string_view, const yaml_node*> values_;
};

/// The items of a sequence, or none for null. Error: it is something else.
inline credbase::result<std::vector<const yaml_node*>> yaml_items(const yaml_node* node, std::string_view what) {
    if (node == nullptr) return std::vector<const yaml_node*>();
    if (node->type != yaml_node::kind::sequence) return wrong_at(*node, std::string(what) + " is no sequence");
    return node->children;
}

struct edit {
    std::size_t begin, end;
    std::string text;
};

/// A text as a scalar, quoted as the old one was; one without quotes stays so where it can.
inline std::string as_scalar(std::string_view text, yaml_node::style old) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", others = "0123456789_.-/";
    // Such a word would be no text but a truth or nothing.
    constexpr std::array<std::string_view, 9> words = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"};
    const bool can_be_plain = (letters.find(text.front()) != letters.npos || text.front() == '/') &&
                              text.find_first_not_of(std::string(letters).append(others)) == text.npos &&
                              std::find(words.begin(), words.end(), credbase::lower_case(std::string(text))) == words.end();
    if (old == yaml_node::style::plain && can_be_plain) return std::string(text);
    const bool is_double = old == yaml_node::style::double_quoted;
    std::string out(1, is_double ? '"' : '\'');
    for (const char c : text) {
        if (is_double ? c == '"' || c == '\\' : c == '\'') out += is_double ? '\\' : '\'';
        out += c;
    }
    return out + out.front();
}

/// Whether a command can be written on one line of YAML.
inline bool is_writable(std::string_view command) {
    for (const std::string_view mark : {"\u2028", "\u2029", "\uFEFF", "\uFFFE", "\uFFFF"})  // line ends, and what no YAML has
        if (command.find(mark) != command.npos) return false;
    return !command.empty() && credbase::escape_controls(command) == command;
}

/// What stands in the way of the program's change, where the program is one of the two; empty where nothing does.
inline credbase::result<std::string> why_left(peer program, const yaml_fields& exec) {
    auto arguments = yaml_items(exec.find("args"), "args");
    if (!arguments) return arguments.error();
    std::vector<std::string_view> texts;
    for (const yaml_node* one : *arguments) {
        if (one->type != yaml_node::kind::scalar) return wrong_at(*one, "an argument is no text");
        texts.push_back(one->value.reveal());
    }
    const auto read = read_peer_arguments(texts);
    if (!read) return read.error().text();
    if (std::string why = why_not_ours(program, *read); !why.empty()) return why;

    if (auto name = eksauth::check_cluster_id(read->cluster); !name) return "its cluster's name " + name.error().text();
    auto cluster_info = exec.text("provideClusterInfo");
    if (!cluster_info) return cluster_info.error();
    if (!cluster_info->empty() && *cluster_info != "false")
        return std::string("its provideClusterInfo brings a cluster, and where a request has one this program wants it named there alone; set it to false");

    auto variables = yaml_items(exec.find("env"), "env");
    if (!variables) return variables.error();
    for (const yaml_node* one : *variables) {
        auto fields = yaml_fields::of(*one, "a variable of env");
        if (!fields) return fields.error();
        auto name = fields->text("name");
        if (!name) return name.error();
        if (program == peer::authenticator && *name == role_variable && !read->options.contains("--role"))
            return "its variable " + std::string(role_variable) + " is none that this program reads; give the role as an argument, -r ROLE";
    }
    return std::string();
}

/// Converts one user after another, and gathers the edits.
class kubeconfig_converter {
public:
    explicit kubeconfig_converter(std::string_view command) : command_(command) {}

    /// `shared`: an alias leads to something that it is in. Error: the kubeconfig is malformed there.
    credbase::result<converted_user> convert(const yaml_node& item, bool shared) {
        using enum converted_user::outcome;
        auto fields = yaml_fields::of(item, "a user");
        if (!fields) return fields.error();
        auto name = fields->text("name");
        if (!name) return name.error();
        converted_user out{.name = std::string(*name)};
        const auto ends = [&out](converted_user::outcome became, const std::string& what) {
            out.became = became;
            out.what = what;
            return out;
        };

        const yaml_node* const user = fields->find("user");
        if (user == nullptr) return ends(other, "has no exec plugin");
        auto user_fields = yaml_fields::of(*user, "user");
        if (!user_fields) return user_fields.error();
        const yaml_node* const plugin = user_fields->find("exec");
        if (plugin == nullptr) return ends(other, "has no exec plugin");
        auto exec = yaml_fields::of(*plugin, "exec");
        if (!exec) return exec.error();
        auto command = exec->text("command"), version = exec->text("apiVersion");
        if (!command) return command.error();
        if (!version) return version.error();

        const peer program = peer_of(*command);
        if (program == peer::none) return ends(other, "has the exec plugin " + credbase::quoted(*command));
        constexpr std::string_view group = "client.authentication.k8s.io/";
        const std::string_view short_version = version->starts_with(group) ? version->substr(group.size()) : "";
        if (short_version != "v1alpha1" && short_version != "v1beta1" && short_version != "v1")
            return ends(left, "its exec apiVersion is " + credbase::quoted(*version) + ", which is none of " + std::string(group) +
                                  "v1alpha1, v1beta1 and v1");
        auto why = why_left(program, *exec);
        if (!why) return why.error();
        if (!why->empty()) return ends(left, *why);

        std::vector<std::pair<const yaml_node*, std::string>> changes = {{exec->find("command"), command_}};
        if (short_version == "v1alpha1") changes.emplace_back(exec->find("apiVersion"), std::string(group) + "v1beta1");
        shared = shared || item.aliased || user->aliased || plugin->aliased;
        for (const auto& [scalar, text] : changes) {
            const std::string place = "line " + std::to_string(scalar->line) + ": ";
            if (shared || scalar->aliased) return ends(left, place + "an alias has it used elsewhere too; write it out there");
            if (scalar->has_properties || scalar->written == yaml_node::style::block)
                return ends(left, place + "it has an anchor, a tag or lines of its own; write it without");
        }
        for (const auto& [scalar, text] : changes) edits_.push_back({scalar->begin, scalar->end, as_scalar(text, scalar->written)});
        return ends(converted, credbase::quoted(*command) + " is now " + credbase::quoted(command_) +
                                   (short_version == "v1alpha1" ? ", v1alpha1 is now v1beta1" : ""));
    }

    /// The text with all that was gathered.
    credbase::secret_string apply(std::string_view text) const {
        credbase::secret_string out;
        std::size_t growth = 0, at = 0;
        for (const edit& one : edits_) growth += one.text.size();
        out.reserve(text.size() + growth);
        auto ordered = edits_;
        std::sort(ordered.begin(), ordered.end(), [](const edit& a, const edit& b) { return a.begin < b.begin; });
        for (const edit& one : ordered) {
            out.append(text.substr(at, one.begin - at)).append(one.text);
            at = one.end;
        }
        out.append(text.substr(at));
        return out;
    }

private:
    std::string command_;
    std::vector<edit> edits_;
};

}  // namespace detail

/// Replaces the program of each user that has `aws eks get-token` or `aws-iam-authenticator token` as its exec plugin with arguments
/// that `token` takes too, and its apiVersion v1alpha1, which no client knows any more, with v1beta1.
///
/// `command` is the new program. No other byte changes. Nothing is guessed: a user is left as it is, and told why, where anything of
/// it would come to mean something else. Error: the text is no kubeconfig in UTF-8 of at most 16 MiB; it has several documents; a
/// mapping on the way to a program has a key twice or takes keys from elsewhere; the command can't be written.
inline credbase::result<converted_kubeconfig> convert_kubeconfig(std::string_view text, std::string_view command) {
    if (!detail::is_writable(command))
        return credbase::error(credplugin::errc::bad_arguments,
                               "the command must be a text without control characters, got " + credbase::quoted(command));
    auto document = parse_yaml(text, bad_kubeconfig);
    if (!document) return document.error();
    converted_kubeconfig out;
    detail::kubeconfig_converter converter(command);
    if (document->root != nullptr && !detail::is_null(*document->root)) {
        auto fields = detail::yaml_fields::of(*document->root, "the kubeconfig");
        if (!fields) return fields.error();
        const yaml_node* const users = fields->find("users");
        auto items = detail::yaml_items(users, "users");
        if (!items) return items.error();
        for (const yaml_node* item : *items) {
            auto user = converter.convert(*item, document->root->aliased || users->aliased);
            if (!user) return user.error();
            out.users.push_back(*std::move(user));
        }
    }
    out.text = converter.apply(text);
    return out;
}

}  // namespace eks_plugin
