// SPDX-License-Identifier: Apache-2.0
// Where the two libraries meet: from an ExecCredential's config, or from arguments, to an EKS token.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credplugin/plugin.hpp>
#include <eksauth/cache/credential_store.hpp>
#include <eksauth/config/call_settings.hpp>
#include <eksauth/default_chain.hpp>
#include <eksauth/describe_cluster.hpp>
#include <eksauth/get_token.hpp>
#include <eksauth/sources/assume_role.hpp>

#include "options.hpp"
#include "verify_cluster.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eks_plugin {

/// EKS cluster names end here; the library's own limit is that of a header.
inline constexpr std::size_t cluster_id_limit_bytes = 100;

/// A token that is asked for.
struct asked_token {
    eksauth::token_request request = {};
    std::string role_arn = {};  ///< to be assumed for the cluster; empty: none
};

namespace detail {

/// Error: a region that is none, a cluster's name that is too long or can't be signed.
inline credbase::result<> check_request(const eksauth::token_request& request, const char* region_name, const char* cluster_name) {
    if (auto region = eksauth::parse_region(request.region); !region) return region.error().within(region_name);
    if (request.cluster.size() > cluster_id_limit_bytes)
        return credbase::error(credplugin::errc::bad_config, "has " + std::to_string(request.cluster.size()) + " bytes, limit " +
                                                                 std::to_string(cluster_id_limit_bytes)).within(cluster_name);
    if (auto id = eksauth::check_cluster_id(request.cluster); !id) return id.error().within(cluster_name);
    return {};
}

/// The context, with a profile that somebody chose by an argument, for what reads the variable.
inline eksauth::context with_profile(eksauth::context aws, const std::string& profile) {
    aws.getenv = [profile, inner = std::move(aws.getenv)](const std::string& name) {
        return name == "AWS_PROFILE" ? std::optional<std::string>(profile) : inner(name);
    };
    return aws;
}

}  // namespace detail

/// The cluster that the extension's config names: `region`, `clusterId`, and `roleArn`, which the options may allow. It decides
/// nothing else.
inline credbase::result<asked_token> read_config(const credplugin::exec_info& info, const options& chosen) {
    using credplugin::errc::bad_config;
    const std::string invalid = "invalid extensions config";
    auto config = require_config(info);
    if (!config) return config.error();
    auto fields = credbase::json_fields::of(**config, "", bad_config);
    if (!fields) return fields.error().within(invalid);

    asked_token asked;
    for (const auto& [name, target] :
         {std::pair("roleArn", &asked.role_arn), std::pair("region", &asked.request.region), std::pair("clusterId", &asked.request.cluster)}) {
        auto value = fields->find_any_case(name);
        if (!value) return value.error().within(invalid);
        auto text = fields->as_string(*value, name);
        if (!text) return text.error().within(invalid);
        *target = text->value_or("");
        if (*text && target->empty() && target == &asked.role_arn)
            return credbase::error(bad_config, "roleArn: is empty; leave it out for no role").within(invalid);
    }
    if (!asked.role_arn.empty() && chosen.roles.empty())
        return credbase::error(bad_config, "roleArn: " + credbase::quoted(asked.role_arn) +
                                               " is not honoured; whoever runs the plugin may allow it by the argument --allow-role-arn").within(invalid);
    if (asked.request.region.empty() || asked.request.cluster.empty())
        return credbase::error(bad_config, "extensions must include region and clusterId");
    if (auto checked = detail::check_request(asked.request, "region", "clusterId"); !checked) return checked.error().within(invalid);
    return asked;
}

/// The cluster that the options name. Where they name no region, AWS_REGION, AWS_DEFAULT_REGION or the profile does.
inline credbase::result<asked_token> read_named(const eksauth::context& aws, const credplugin::exec_info& info, const options& chosen) {
    const auto refused = [](const std::string& why) { return credbase::error(credplugin::errc::bad_arguments, why); };
    // Or arguments that a ClusterProfile adds could name another profile.
    if (info.cluster)
        return refused("--cluster-name: the request names a cluster too (provideClusterInfo: true); leave the one or the other out");
    if (chosen.verify_cluster) return refused("--verify-cluster: the request names no server, since arguments name the cluster; leave one of them out");
    asked_token asked{{.cluster = chosen.cluster, .region = chosen.region}, chosen.role_arn};
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"})
        if (asked.request.region.empty()) asked.request.region = eksauth::environment_value(aws, variable).value_or("");
    if (asked.request.region.empty()) {
        auto selection = eksauth::select_profile(aws, chosen.profile);
        if (!selection) return selection.error();
        eksauth::detail::selected_profile selected(aws, *std::move(selection));
        auto profile = selected.find();
        if (!profile) return profile.error();
        const auto region = *profile == nullptr ? std::nullopt : std::optional((*profile)->find("region"));
        if (region && *region) asked.request.region = eksauth::unquoted(region->found->value);
    }
    if (asked.request.region.empty())
        return refused("no region: give --region, or set AWS_REGION, AWS_DEFAULT_REGION or the profile's region");
    if (auto checked = detail::check_request(asked.request, "region", "cluster name"); !checked) return checked.error();
    return asked;
}

/// The credentials of the chain, in the role that is asked for; or those that the options' folder keeps.
inline credbase::result<eksauth::credentials> find_credentials(const eksauth::context& aws, const options& chosen, const asked_token& asked) {
    const auto ask = [&](const eksauth::context& ctx) -> credbase::result<eksauth::credentials> {
        auto keys = eksauth::default_chain(ctx, asked.request.region, chosen.profile);
        if (!keys || asked.role_arn.empty()) return keys;
        auto role = eksauth::assume_given_role(ctx, {asked.role_arn, chosen.session_name, chosen.external_id}, *keys, asked.request.region);
        if (ctx.tell)
            ctx.tell({eksauth::step_kind::source, "role " + asked.role_arn, role ? eksauth::detail::shown(*role) : "failed: " + role.error().text()});
        return role;
    };
    if (!chosen.cache) return ask(aws);
    std::string path = *chosen.cache;
    if (path.empty()) {
        const auto home = eksauth::home_folder(aws);
        if (!home) return credbase::error(credplugin::errc::bad_arguments, "no home folder is known; give the absolute path of a folder").within("--cache");
        path = *home + "/.cache/eks-aws-auth-plugin";
    }
    auto folder = aws.open_folder(path);
    if (!folder) return folder.error().within("--cache");
    std::string arguments;
    for (const std::string& part : {asked.request.region, chosen.profile, asked.role_arn, chosen.session_name, chosen.external_id})
        arguments += std::to_string(part.size()) + ":" + part;
    return eksauth::credential_store(*std::move(folder)).get(aws, arguments, ask);
}

/// The credentials for the cluster that is asked for, if the options let it have a token.
inline credbase::result<eksauth::credentials> get_credentials(const eksauth::context& aws, const options& chosen, const asked_token& asked,
                                                              const std::optional<credplugin::cluster_info>& cluster) {
    auto keys = find_credentials(aws, chosen, asked);
    if (!keys || !chosen.verify_cluster) return keys;
    const std::string option = "--verify-cluster";
    auto known = describe_cluster(aws, eksauth::parse_region(asked.request.region).value(), asked.request.cluster, *keys, chosen.profile);
    if (!known) return known.error().within(option);
    auto same = check_described(*known, cluster.value());
    if (aws.tell) aws.tell({eksauth::step_kind::check, option, same ? "server and CA are those that EKS has" : same.error().text()});
    if (!same) return same.error().within(option);
    return keys;
}

/// What the request asks for, or the options do where they name a cluster; if the options allow it.
inline credbase::result<asked_token> find_asked(const eksauth::context& aws, const options& chosen, const credplugin::exec_info& info) {
    auto asked = chosen.cluster.empty() ? read_config(info, chosen) : read_named(aws, info, chosen);
    if (!asked) return asked;
    if (aws.tell)
        aws.tell({eksauth::step_kind::request, std::string(to_string(info.version)),
                  "cluster " + asked->request.cluster + " in " + asked->request.region + (chosen.cluster.empty() ? " by the request's config" : " by arguments") +
                      (info.cluster && !info.cluster->server.empty() ? ", server " + credbase::quoted(info.cluster->server) : "") +
                      (asked->role_arn.empty() ? "" : ", role " + asked->role_arn)});
    if (auto allowed = check_allowed(chosen, asked->request, asked->role_arn); !allowed) return allowed.error();
    return asked;
}

/// The token that is asked for.
inline credbase::result<eksauth::eks_token> mint_token(const eksauth::context& aws, const options& chosen, const asked_token& asked,
                                                       const std::optional<credplugin::cluster_info>& cluster) {
    eksauth::token_request request = asked.request;
    request.get_credentials = [&](const eksauth::context& ctx) { return get_credentials(ctx, chosen, asked, cluster); };
    auto token = get_token(aws, request);
    if (token) return token;
    return token.error().within(token.error().code() == eksauth::errc::cannot_start ? "failed to initialize token generator" : "failed to get EKS token");
}

}  // namespace eks_plugin
