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
#include <eksauth/context.hpp>
#include <eksauth/net/sts_call.hpp>
#include <eksauth/services/sts.hpp>
#include <eksauth/sources/source.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

namespace detail {

/// `role_arn`, `role_session_name`, `external_id` and `duration_seconds` of a profile, checked.
inline result<assume_role_request> role_settings(const context& ctx, const profile& from, const region& sts) {
    assume_role_request role;
    struct field { std::string_view key; std::string assume_role_request::*member; };
    for (const auto& [key, member] : {field{"role_arn", &assume_role_request::role_arn},
                                      {"role_session_name", &assume_role_request::role_session_name},
                                      {"external_id", &assume_role_request::external_id}})
        if (const auto property = from.find(key)) role.*member = unquoted(property.found->value);
    if (auto arn = check_role_arn(role.role_arn, sts); !arn) return arn.error();
    if (role.role_session_name.empty()) {
        auto made = default_session_name(ctx);
        if (!made) return made.error();
        role.role_session_name = *std::move(made);
    }
    if (auto name = check_role_session_name(role.role_session_name); !name) return name.error();
    if (!role.external_id.empty())
        if (auto id = check_external_id(role.external_id); !id) return id.error();
    if (const auto duration = from.find("duration_seconds")) {
        const std::string_view digits = unquoted(duration.found->value);
        const bool number = !digits.empty() && digits.size() <= 5 && digits.find_first_not_of("0123456789") == digits.npos;
        const int value = number ? std::stoi(std::string(digits)) : 0;
        if (value < 900 || value > 43200)
            return error(errc::bad_setting, "duration_seconds must be a number from 900 to 43200, got " + credbase::quoted(digits)).within(duration.place());
        role.duration = std::chrono::seconds(value);
    }
    return role;
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
    const sts_call call{.action = "AssumeRole",
                        .role_arn = role->role_arn,
                        .with = base.source,
                        .build = [&](const http_request& to, std::chrono::sys_seconds at) {
                            return assume_role_call(to, *role, base, route->where.name, at);
                        }};
    auto got = call_sts(ctx, *route, call);
    if (!got) return got.error();
    got->source = "role " + role->role_arn;
    return *std::move(got);
}

}  // namespace eksauth
