// SPDX-License-Identifier: Apache-2.0
// Another role for credentials that are at hand.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/role.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/config/endpoint.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/config/shared_config.hpp>
#include <eksauth/context.hpp>
#include <eksauth/net/service_route.hpp>
#include <eksauth/net/sts_call.hpp>
#include <eksauth/services/sts.hpp>
#include <eksauth/sources/source.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

namespace detail {

/// The role as the STS of that region takes it, with a session name where none is given.
///
/// Error: `check_role_arn`, `check_role_session_name` or `check_external_id` refuses it.
inline result<assume_role_request> checked_role(const context& ctx, assume_role_request role, const region& sts) {
    if (auto arn = check_role_arn(role.role_arn, sts); !arn) return arn.error();
    if (role.role_session_name.empty()) {
        auto made = default_session_name(ctx);
        if (!made) return made.error();
        role.role_session_name = *std::move(made);
    }
    if (auto name = check_role_session_name(role.role_session_name); !name) return name.error();
    if (!role.external_id.empty())
        if (auto id = check_external_id(role.external_id); !id) return id.error();
    return role;
}

/// `role_arn`, `role_session_name`, `external_id` and `duration_seconds` of a profile, checked.
inline result<assume_role_request> role_settings(const context& ctx, const profile& from, const region& sts) {
    assume_role_request named;
    struct field { std::string_view key; std::string assume_role_request::*member; };
    for (const auto& [key, member] : {field{"role_arn", &assume_role_request::role_arn},
                                      {"role_session_name", &assume_role_request::role_session_name},
                                      {"external_id", &assume_role_request::external_id}})
        if (const auto property = from.find(key)) named.*member = unquoted(property.found->value);
    auto role = checked_role(ctx, std::move(named), sts);
    if (!role) return role;
    if (const auto duration = from.find("duration_seconds")) {
        const std::string_view digits = unquoted(duration.found->value);
        const bool number = !digits.empty() && digits.size() <= 5 && digits.find_first_not_of("0123456789") == digits.npos;
        const int value = number ? std::stoi(std::string(digits)) : 0;
        if (value < 900 || value > 43200)
            return error(errc::bad_setting, "duration_seconds must be a number from 900 to 43200, got " + credbase::quoted(digits)).within(duration.place());
        role->duration = std::chrono::seconds(value);
    }
    return role;
}

/// Makes the call for a checked role. The credentials are the role's, whoever answered for those of the caller (`by_place`).
inline result<credentials> call_for_role(const context& ctx, const service_route& route, const assume_role_request& role,
                                         const credentials& base) {
    const sts_call call{.action = "AssumeRole",
                        .role_arn = role.role_arn,
                        .with = base.source,
                        .build = [&](const http_request& to, std::chrono::sys_seconds at) {
                            return assume_role_call(to, role, base, route.where.name, at);
                        }};
    auto got = call_sts(ctx, route, call);
    if (got) got->source = "role " + role.role_arn;
    return got;
}

}  // namespace detail

/// The refusal of a profile whose role needs a code from a device; nothing where it needs none.
inline result<> refuse_mfa(const profile& from) {
    const auto serial = from.find("mfa_serial");
    if (!serial) return {};
    return error(errc::not_supported, "profile " + credbase::quoted(from.name()) + " needs an MFA code (mfa_serial=" +
                                          credbase::escape_controls(unquoted(serial.found->value)) +
                                          "), which cannot be asked for here; use a session from \"aws sts get-session-token\" or SSO");
}

/// Whether the role of profile `from` can be assumed, as far as that can be told before anything is called.
///
/// Error: as `refuse_mfa`; a setting of the call or of the role that is refused.
inline result<> check_assume_role(const context& ctx, const profile& from, const profile& selected, const std::string& cluster_region) {
    if (auto mfa = refuse_mfa(from); !mfa) return mfa;
    auto where = find_call_region(ctx, &selected, cluster_region);
    if (!where) return where.error();
    if (auto endpoint = find_endpoint(ctx, &selected, sts_service, *where); !endpoint) return endpoint.error();
    auto role = detail::role_settings(ctx, from, *where);
    if (!role) return role.error().within("profile " + credbase::quoted(from.name()));
    return {};
}

/// Credentials for the role that profile `from` names, by `base`, which vouch for the caller.
///
/// The call goes the way that environment and `selected` profile say. Error: always, where it isn't credentials; a role that
/// needs a code from a device (`mfa_serial`) is refused before any call, since there is nobody to ask.
inline outcome assume_role(const context& ctx, const profile& from, const credentials& base, const profile& selected,
                           const std::string& cluster_region) {
    auto route = find_sts_route(ctx, &selected, cluster_region);
    if (!route) return route.error();
    auto role = detail::role_settings(ctx, from, route->where);
    if (!role) return role.error().within("profile " + credbase::quoted(from.name()));
    auto got = detail::call_for_role(ctx, *route, *role, base);
    if (!got) return got.error();
    return *std::move(got);
}

/// Credentials for a role that no profile names, by `base`, which vouch for the caller.
///
/// An empty session name: one is made. The call goes the way that environment and selected profile say, as for a role of a profile;
/// `profile_name` as in `default_chain`. Error: the profile that was asked for doesn't exist; a setting of the call or of the role
/// is refused; STS refuses, or can't be reached.
inline result<credentials> assume_given_role(const context& ctx, const assume_role_request& role, const credentials& base,
                                             const std::string& cluster_region, const std::string& profile_name = "") {
    auto selection = select_profile(ctx, profile_name);
    if (!selection) return selection.error();
    const auto files = load_shared_config(ctx);
    if (!files) return files.error();
    const auto selected = find_profile(*files, *selection);
    if (!selected) return selected.error();
    auto route = find_sts_route(ctx, *selected ? &**selected : nullptr, cluster_region);
    if (!route) return route.error();
    auto given = detail::checked_role(ctx, role, route->where);
    if (!given) return given.error().within("the given role");
    return detail::call_for_role(ctx, *route, *given, base);
}

}  // namespace eksauth
