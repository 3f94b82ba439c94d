// SPDX-License-Identifier: Apache-2.0
// Where the two libraries meet: from an ExecCredential's config to an EKS token.
#pragma once

#include <credbase/json_access.hpp>
#include <credplugin/plugin.hpp>
#include <eksauth/cache/credential_store.hpp>
#include <eksauth/default_chain.hpp>
#include <eksauth/describe_cluster.hpp>
#include <eksauth/get_token.hpp>

#include "options.hpp"
#include "verify_cluster.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace eks_plugin {

/// EKS cluster names end here; the library's own limit is that of a header.
inline constexpr std::size_t cluster_id_limit_bytes = 100;

/// The cluster that the extension's config names. It gives `region` and `clusterId` and nothing else.
inline credbase::result<eksauth::token_request> read_config(const credplugin::exec_info& info) {
    using credplugin::errc::bad_config;
    const std::string invalid = "invalid extensions config";
    auto config = require_config(info);
    if (!config) return config.error();
    auto fields = credbase::json_fields::of(**config, "", bad_config);
    if (!fields) return fields.error().within(invalid);

    auto role = fields->find_any_case("roleArn");
    if (!role || *role != nullptr)
        return credbase::error(bad_config, "roleArn: not supported; give the role to the plugin's own environment instead").within(invalid);
    eksauth::token_request request;
    for (const auto& [name, target] : {std::pair("region", &request.region), std::pair("clusterId", &request.cluster)}) {
        auto value = fields->find_any_case(name);
        if (!value) return value.error().within(invalid);
        auto text = fields->as_string(*value, name);
        if (!text) return text.error().within(invalid);
        *target = text->value_or("");
    }
    if (request.region.empty() || request.cluster.empty())
        return credbase::error(bad_config, "extensions must include region and clusterId");
    if (auto region = eksauth::parse_region(request.region); !region) return region.error().within("region").within(invalid);
    if (request.cluster.size() > cluster_id_limit_bytes)
        return credbase::error(bad_config, "has " + std::to_string(request.cluster.size()) + " bytes, limit " +
                                               std::to_string(cluster_id_limit_bytes)).within("clusterId").within(invalid);
    if (auto id = eksauth::check_cluster_id(request.cluster); !id) return id.error().within("clusterId").within(invalid);
    return request;
}

/// The credentials of the chain, or those that the options' folder keeps.
inline credbase::result<eksauth::credentials> find_credentials(const eksauth::context& aws, const options& chosen, const std::string& region) {
    const auto ask = [&region](const eksauth::context& ctx) { return eksauth::default_chain(ctx, region); };
    if (chosen.cache.empty()) return ask(aws);
    auto folder = aws.open_folder(chosen.cache);
    if (!folder) return folder.error().within("--cache");
    return eksauth::credential_store(*std::move(folder)).get(aws, region, ask);
}

/// The credentials for the request's cluster, if the options let it have a token.
inline credbase::result<eksauth::credentials> get_credentials(const eksauth::context& aws, const options& chosen,
                                                              const eksauth::token_request& request, const credplugin::cluster_info& cluster) {
    auto keys = find_credentials(aws, chosen, request.region);
    if (!keys || !chosen.verify_cluster) return keys;
    auto known = describe_cluster(aws, eksauth::parse_region(request.region).value(), request.cluster, *keys);
    if (!known) return known.error().within("--verify-cluster");
    if (auto same = check_described(*known, cluster); !same) return same.error().within("--verify-cluster");
    return keys;
}

/// The plugin; `aws` is what eksauth may touch of the world.
inline credplugin::plugin make_plugin(eksauth::context aws, std::string version) {
    const auto chosen = std::make_shared<options>();
    const auto get_credential = [chosen, aws = std::move(aws)](const credplugin::exec_info& info,
                                                               const credplugin::context&) -> credplugin::result<credplugin::exec_credential> {
        auto request = read_config(info);
        if (!request) return request.error();
        if (auto allowed = check_allowed(*chosen, *request); !allowed) return allowed.error();
        request->get_credentials = [&](const eksauth::context& ctx) { return get_credentials(ctx, *chosen, *request, *info.cluster); };
        auto token = get_token(aws, *request);
        if (!token)
            return token.error().within(token.error().code() == eksauth::errc::cannot_start ? "failed to initialize token generator"
                                                                                             : "failed to get EKS token");
        return credplugin::exec_credential{
            .token = std::move(token->text), .expires = token->expires, .warnings = std::move(token->warnings)};
    };
    return {.name = "eks",
            .get_credential = get_credential,
            .version = "eks-aws-auth-plugin " + std::move(version),
            .help = "eks-aws-auth-plugin: an exec credential plugin for Amazon EKS\n\n"
                    "Kubernetes clients run it without arguments. It reads an ExecCredential from the environment variable\n"
                    "KUBERNETES_EXEC_INFO, takes region and clusterId from spec.cluster.config (the cluster's extension\n"
                    "client.authentication.k8s.io/exec; provideClusterInfo must be true), signs a token with the AWS\n"
                    "credentials of its environment and prints an ExecCredential.\n\n"
                    "usage: eks-aws-auth-plugin [OPTION...]\n"
                    "       eks-aws-auth-plugin --help | --version | --install PATH\n\n" +
                    std::string(options_help) +
                    "\n--install copies the program: PATH is the new file, not its folder, which must exist. An old file is replaced.\n",
            .take_arguments = [chosen](std::span<const std::string_view> arguments) -> credbase::result<> {
                auto read = read_options(arguments);
                if (!read) return read.error();
                *chosen = *std::move(read);
                return {};
            }};
}

}  // namespace eks_plugin
