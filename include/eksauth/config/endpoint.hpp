// SPDX-License-Identifier: Apache-2.0
// Where calls to AWS services go. The token's own host never comes from here.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/base/uri.hpp>
#include <eksauth/config/call_settings.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/context.hpp>
#include <eksauth/http.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eksauth {

/// An AWS service that is called.
struct aws_service {
    std::string_view key;   ///< in a section `[services NAME]`, and in capitals behind `AWS_ENDPOINT_URL_`
    std::string_view host;  ///< first labels of its host
};
inline constexpr aws_service sts_service{"sts", "sts"},  ///< roles
    sso_service{"sso", "portal.sso"},                    ///< credentials of IAM Identity Center
    sso_oidc_service{"sso_oidc", "oidc"},                ///< renews logins of IAM Identity Center
    signin_service{"signin", "signin"},                  ///< renews console logins
    eks_service{"eks", "eks"};                           ///< DescribeCluster

namespace detail {

/// `endpoint_url` of the service in the section `[services NAME]` that the profile names.
inline result<std::optional<setting>> services_endpoint(const profile& selected, const aws_service& of) {
    const auto named = selected.find("services");
    if (!named) return std::optional<setting>();
    const std::string_view name = unquoted(named.found->value);
    std::optional<setting> found;
    bool exists = false;
    const config_file& config = selected.files().config;
    for (const ini_section& section : config.sections) {
        if (section.type != "services" || section.name != name) continue;
        exists = true;
        for (const ini_property& property : section.properties)
            for (const ini_property& nested : property.nested)
                if (credbase::same_but_case(property.key, of.key) && credbase::same_but_case(nested.key, "endpoint_url") && !nested.value.empty())
                    found = setting{std::string(unquoted(nested.value)), config.path + " line " + std::to_string(nested.line)};
    }
    if (!exists)
        return error(errc::bad_setting, "there is no section [services " + credbase::escape_controls(name) + "] in " + config.shown()).within(named.place());
    return found;
}

/// The endpoint that environment or profile configure, the most specific first; nothing where none is or all are to be ignored.
inline result<std::optional<setting>> configured_endpoint(const context& ctx, const profile* selected, const aws_service& of) {
    auto ignored = find_switch(ctx, selected, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
    if (!ignored) return ignored.error();
    if (*ignored) return std::optional<setting>();
    for (const std::string& variable : {"AWS_ENDPOINT_URL_" + credbase::upper_case(of.key), std::string("AWS_ENDPOINT_URL")})
        if (auto value = environment_value(ctx, variable)) return std::optional<setting>({*value, variable});
    if (selected == nullptr) return std::optional<setting>();
    auto service = services_endpoint(*selected, of);
    if (!service || *service) return service;
    return find_setting(ctx, selected, "AWS_ENDPOINT_URL", "endpoint_url");
}

inline result<http_request> request_to(const setting& endpoint) {
    auto url = parse_uri(endpoint.text);
    if (!url) return url.error().within(endpoint.place);
    const auto refused = [&](const char* why) { return error(errc::bad_setting, std::string("not a usable endpoint: ") + why).within(endpoint.place); };
    if (!url->user_info.empty()) return refused("user information");
    if (url->has_target()) return refused("a path or a query");
    if (url->scheme == "http" && !is_loopback_host(url->host)) return refused("http is for loopback hosts only, use https");
    return http_request{.scheme = url->scheme, .host = url->host, .port = url->port, .loopback_only = url->scheme == "http"};
}

/// The regional host in its FIPS and dual-stack forms. Source: the rule sets of the services in both SDKs.
inline std::string service_host(const aws_service& service, const region& where, bool fips, bool dual_stack) {
    const partition& of = *where.of;
    const bool signin = service.key == signin_service.key;
    if (signin && !fips && !dual_stack) {
        struct row { std::string_view partition, suffix; };
        for (const row& one : {row{"aws", ".signin.aws.amazon.com"}, {"aws-cn", ".signin.amazonaws.cn"}, {"aws-us-gov", ".signin.amazonaws-us-gov.com"}})
            if (of.id == one.partition) return where.name + std::string(one.suffix);
    }
    if (service.key == eks_service.key && fips && !dual_stack && of.id == "aws") return ("fips.eks." + where.name + ".").append(of.dns_suffix);
    // In aws-us-gov the plain host is the FIPS one, but for dual-stack and sign-in.
    const bool own_fips_name = fips && (dual_stack || signin || of.id != "aws-us-gov");
    return (std::string(service.host) + (own_fips_name ? "-fips." : ".") + where.name + ".").append(dual_stack ? of.dual_stack_suffix : of.dns_suffix);
}

}  // namespace detail

/// The region for calls that have none of their own: AWS_REGION, AWS_DEFAULT_REGION or the profile's region, else the cluster's.
///
/// `selected` may be null.
inline result<region> find_call_region(const context& ctx, const profile* selected, const std::string& cluster_region) {
    auto name = find_setting(ctx, selected, "AWS_REGION", "region");
    if (!name) return name.error();
    if (auto other = environment_value(ctx, "AWS_DEFAULT_REGION"); other && !environment_value(ctx, "AWS_REGION"))
        *name = setting{*other, "AWS_DEFAULT_REGION"};
    auto where = parse_region(*name ? (*name)->text : cluster_region);
    if (!where && *name) return where.error().within((*name)->place);
    return where;
}

/// A request with scheme, host and port of the service: its host in that region, in the form that the FIPS and dual-stack
/// settings ask for, or the endpoint that is configured.
///
/// `selected` may be null. Error: a setting that can't be understood, or an endpoint together with FIPS or dual-stack.
/// Source: botocore `configprovider.py`; the rule sets of the services in both SDKs.
inline result<http_request> find_endpoint(const context& ctx, const profile* selected, const aws_service& service, const region& where) {
    auto fips = find_switch(ctx, selected, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    if (!fips) return fips.error();
    auto dual_stack = find_switch(ctx, selected, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    if (!dual_stack) return dual_stack.error();
    auto configured = detail::configured_endpoint(ctx, selected, service);
    if (!configured) return configured.error();
    if (!*configured) return http_request{.host = detail::service_host(service, where, *fips, *dual_stack)};
    if (*fips || *dual_stack)
        return error(errc::bad_setting, std::string("an endpoint can't be combined with ") + (*fips ? "FIPS" : "dual-stack") + " endpoints").within((*configured)->place);
    return detail::request_to(**configured);
}

}  // namespace eksauth
