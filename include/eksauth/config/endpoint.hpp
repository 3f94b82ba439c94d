// SPDX-License-Identifier: Apache-2.0
// Where the calls of credential sources go. The token's own host never comes from here.
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

/// The STS that calls go to.
struct sts_endpoint {
    region where;        ///< what calls are signed for
    http_request request;  ///< scheme, host and port are set; the rest is for the caller
};

namespace detail {

/// `endpoint_url` of `sts` in the section `[services NAME]` that the profile names.
inline result<std::optional<setting>> services_endpoint(const profile& selected) {
    const auto named = selected.find("services");
    if (!named) return std::optional<setting>();
    const std::string_view name = unquoted(named.found->value);
    std::optional<setting> found;
    bool exists = false;
    const config_file& config = selected.files().config;
    for (const ini_section& section : config.sections) {
        if (section.type != "services" || section.name != name) continue;
        exists = true;
        for (const ini_property& service : section.properties)
            for (const ini_property& nested : service.nested)
                if (credbase::same_but_case(service.key, "sts") && credbase::same_but_case(nested.key, "endpoint_url") && !nested.value.empty())
                    found = setting{std::string(unquoted(nested.value)), config.path + " line " + std::to_string(nested.line)};
    }
    if (!exists)
        return error(errc::bad_setting, "there is no section [services " + std::string(name) + "] in " + config.shown()).within(named.place());
    return found;
}

/// The endpoint that environment or profile configure, the most specific first; nothing where none is or all are to be ignored.
inline result<std::optional<setting>> configured_endpoint(const context& ctx, const profile* selected) {
    auto ignored = find_switch(ctx, selected, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
    if (!ignored) return ignored.error();
    if (*ignored) return std::optional<setting>();
    for (const char* variable : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"})
        if (auto value = environment_value(ctx, variable)) return std::optional<setting>({*value, variable});
    if (selected == nullptr) return std::optional<setting>();
    auto service = services_endpoint(*selected);
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

/// The regional host in its FIPS and dual-stack forms.
inline std::string sts_host(const region& where, bool fips, bool dual_stack) {
    const partition& of = *where.of;
    // In aws-us-gov the plain host is the FIPS one, but for dual-stack.
    const bool own_fips_name = fips && (dual_stack || of.id != "aws-us-gov");
    return (std::string(own_fips_name ? "sts-fips." : "sts.") + where.name + ".").append(dual_stack ? of.dual_stack_suffix : of.dns_suffix);
}

}  // namespace detail

/// The STS for the calls of sources: that of AWS_REGION, AWS_DEFAULT_REGION or the profile's region, else of the cluster's,
/// in the form that the FIPS and dual-stack settings ask for, or the endpoint that is configured.
///
/// `selected` may be null. Error: a setting that can't be understood, or an endpoint together with FIPS or dual-stack.
/// Source: botocore `configprovider.py`; the STS rule set of both SDKs.
inline result<sts_endpoint> find_sts_endpoint(const context& ctx, const profile* selected, const std::string& cluster_region) {
    auto name = find_setting(ctx, selected, "AWS_REGION", "region");
    if (!name) return name.error();
    if (auto other = environment_value(ctx, "AWS_DEFAULT_REGION"); other && !environment_value(ctx, "AWS_REGION"))
        *name = setting{*other, "AWS_DEFAULT_REGION"};
    auto where = parse_region(*name ? (*name)->text : cluster_region);
    if (!where) return *name ? where.error().within((*name)->place) : where.error();

    auto fips = find_switch(ctx, selected, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    if (!fips) return fips.error();
    auto dual_stack = find_switch(ctx, selected, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    if (!dual_stack) return dual_stack.error();
    auto configured = detail::configured_endpoint(ctx, selected);
    if (!configured) return configured.error();
    if (!*configured) return sts_endpoint{*where, {.host = detail::sts_host(*where, *fips, *dual_stack)}};
    if (*fips || *dual_stack)
        return error(errc::bad_setting, std::string("an endpoint can't be combined with ") + (*fips ? "FIPS" : "dual-stack") + " endpoints").within((*configured)->place);
    auto request = detail::request_to(**configured);
    if (!request) return request.error();
    return sts_endpoint{*where, *std::move(request)};
}

}  // namespace eksauth
