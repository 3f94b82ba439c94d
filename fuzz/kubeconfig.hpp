// SPDX-License-Identifier: Apache-2.0
// A kubeconfig that is converted.
#pragma once

#include "property.hpp"

#include "../plugins/eks-aws-auth-plugin/kubeconfig.hpp"  // not this one

#include <cstddef>
#include <string>
#include <string_view>

namespace fuzz {

/// That a scalar is at the bytes that it claims.
inline void hold_bytes(const eks_plugin::yaml_node& node, std::string_view text) {
    using style = eks_plugin::yaml_node::style;
    if (node.type != eks_plugin::yaml_node::kind::scalar) return;
    hold(node.begin <= node.end && node.end <= text.size(), "a scalar is in the text");
    const std::string_view bytes = text.substr(node.begin, node.end - node.begin);
    if (node.has_properties || node.written == style::block) return;
    const char quote = node.written == style::single_quoted ? '\'' : '"';
    if (node.written != style::plain)
        hold(bytes.size() >= 2 && bytes.front() == quote && bytes.back() == quote, "a quoted scalar has its quotes", bytes);
    else if (bytes.find_first_of("\r\n\xC2\xE2") == bytes.npos)  // those of several lines are joined
        hold(bytes == node.value.reveal(), "a plain scalar is its bytes", bytes);
}

/// How many scalars of two documents differ, which must have the same form.
inline std::size_t differences(const eks_plugin::yaml_document& one, const eks_plugin::yaml_document& other) {
    hold(one.nodes.size() == other.nodes.size(), "a conversion adds and removes nothing");
    std::size_t found = 0;
    for (std::size_t i = 0; i < one.nodes.size(); ++i) {
        const auto &a = one.nodes[i], &b = other.nodes[i];
        hold(a.type == b.type && a.children.size() == b.children.size() && a.aliased == b.aliased && a.has_properties == b.has_properties,
             "a conversion changes scalars alone");
        if (a.value.reveal() != b.value.reveal()) ++found;
    }
    return found;
}

}  // namespace fuzz

inline void fuzz_kubeconfig(std::string_view input) {
    using fuzz::hold;
    constexpr std::string_view ours = "eks-aws-auth-plugin";
    const std::string text = fuzz::plant(input, {"token: ", "\"token\":\"", "client-key-data: "});
    const auto made = eks_plugin::convert_kubeconfig(text, ours);
    if (!fuzz::hold_same_end(made, eks_plugin::convert_kubeconfig(text, ours))) return;
    std::size_t changes = 0;
    for (const auto& user : made->users) {
        using enum eks_plugin::converted_user::outcome;
        hold(!user.what.empty(), "each user is told of");
        fuzz::hold_line(user.what);
        if (user.became == converted) changes += user.what.ends_with("v1beta1") ? 2 : 1;
    }
    const auto new_text = made->text.reveal();
    const auto before = eks_plugin::parse_yaml(text, eks_plugin::bad_kubeconfig);
    const auto after = eks_plugin::parse_yaml(new_text, eks_plugin::bad_kubeconfig);
    hold(before && after, "a new kubeconfig can be read", new_text);
    for (const auto& node : before->nodes) fuzz::hold_bytes(node, text);
    hold(fuzz::differences(*before, *after) == changes, "what is told is what was changed", new_text);
    hold(changes != 0 || new_text == text, "where no user is converted the text is the same", new_text);

    const auto again = eks_plugin::convert_kubeconfig(new_text, ours);
    hold(again && !again->has(eks_plugin::converted_user::outcome::converted) && again->text.reveal() == new_text,
         "a second conversion finds nothing to do", new_text);
    const auto quoted = eks_plugin::convert_kubeconfig(text, "/o'p \"t\": #\\");
    hold(quoted && eks_plugin::parse_yaml(quoted->text.reveal(), eks_plugin::bad_kubeconfig).has_value(), "any command can be written");
}
