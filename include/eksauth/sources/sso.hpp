// SPDX-License-Identifier: Apache-2.0
// A role by a login to IAM Identity Center (SSO).
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/base/sha1.hpp>
#include <eksauth/config/endpoint.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/config/token_cache.hpp>
#include <eksauth/context.hpp>
#include <eksauth/net/json_call.hpp>
#include <eksauth/net/service_route.hpp>
#include <eksauth/services/sso.hpp>
#include <eksauth/sources/source.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

namespace detail {

/// What a profile and its sso-session say.
struct sso_settings {
    std::string session;  ///< empty for the legacy form
    std::string start_url, account, role;
    region where;
    std::string cache_path;
};

/// A property of `[sso-session NAME]` that isn't empty.
inline std::optional<std::string> sso_session_value(const shared_config& files, std::string_view session, std::string_view key) {
    std::optional<std::string> found;
    for (const ini_section& section : files.config.sections)
        if (section.type == "sso-session" && section.name == session)
            for (const ini_property& one : section.properties)
                if (credbase::same_but_case(one.key, key) && !unquoted(one.value).empty()) found = std::string(unquoted(one.value));
    return found;
}

/// The file of the login's token, by the session's name or the start URL. Source: botocore `SSOTokenLoader`.
inline result<std::string> sso_cache_path(const context& ctx, const sso_settings& settings) {
    auto name = sha1_hex(settings.session.empty() ? settings.start_url : settings.session);
    if (!name) return name.error();
    const std::string path = expanded_path(ctx, "~/.aws/sso/cache/" + *name + ".json");
    if (path.empty()) return error(errc::source_failed, "there is no home folder to look for the SSO token in; set HOME");
    return path;
}

inline result<sso_settings> find_sso_settings(const context& ctx, const profile& from) {
    sso_settings out;
    const auto refused = [&](const std::string& why) { return error(errc::bad_profile, "profile " + credbase::quoted(from.name()) + " " + why); };
    const shared_config& files = from.files();
    if (const auto named = from.find("sso_session")) out.session = unquoted(named.found->value);
    const std::string section = "[sso-session " + credbase::escape_controls(out.session) + "]";
    bool exists = out.session.empty();
    for (const ini_section& one : files.config.sections) exists |= one.type == "sso-session" && one.name == out.session;
    if (!exists) return refused("names " + section + ", which is not in " + files.config.shown());

    std::string region_name, missing;
    struct field { std::string_view key; std::string* into; bool of_session; };
    for (const auto& [key, into, of_session] : {field{"sso_start_url", &out.start_url, true}, {"sso_region", &region_name, true},
                                                {"sso_account_id", &out.account, false}, {"sso_role_name", &out.role, false}}) {
        const auto property = from.find(key);
        const auto in_session = out.session.empty() ? std::nullopt : sso_session_value(files, out.session, key);
        if (property) *into = unquoted(property.found->value);
        if (property && in_session && *into != *in_session)
            return refused("has another " + std::string(key) + " than " + section + ": " + credbase::quoted(*into) + " and " + credbase::quoted(*in_session));
        if (in_session) *into = *in_session;
        const bool in_place = in_session || (property && (out.session.empty() || !of_session));
        if (!in_place) missing += (missing.empty() ? "" : ", ") + std::string(key) + (of_session && !out.session.empty() ? " (in " + section + ")" : "");
    }
    if (!missing.empty()) return refused("asks for IAM Identity Center (SSO) and lacks " + missing);
    if (out.account.size() != 12 || out.account.find_first_not_of("0123456789") != out.account.npos)
        return refused("has sso_account_id " + credbase::quoted(out.account) + "; it must be 12 digits");
    auto where = parse_region(region_name);
    if (!where) return where.error().within("sso_region").within("profile " + credbase::quoted(from.name()));
    out.where = *where;
    auto path = sso_cache_path(ctx, out);
    if (!path) return path.error();
    out.cache_path = *std::move(path);
    return out;
}

/// The login's token as its file has it.
struct sso_token {
    boost::json::object content;  ///< all of the file
    credbase::secret_string access_token;
    std::chrono::sys_seconds expires;
    std::optional<sso_refresh> refresh = {};  ///< where it can be renewed
    std::vector<std::string> warnings = {};
};

inline result<sso_token> read_sso_token(const context& ctx, const std::string& path) {
    auto content = read_token_cache(ctx, path);
    if (!content) return content.error();
    sso_token out{.content = *std::move(content), .access_token = {}, .expires = {}};
    const credbase::json_fields fields(out.content, "", errc::source_failed);
    const auto access = token_member(fields, "accessToken");
    if (!access) return access.error().within("reading " + path);
    if (auto form = check_visible(*access, "accessToken", 65536); !form) return form.error().within("reading " + path);
    out.access_token = credbase::secret_string(*access);
    const auto expires = time_member(fields, "expiresAt");
    if (!expires) return expires.error().within("reading " + path);
    out.expires = *expires;
    const auto id = token_member(fields, "clientId"), secret = token_member(fields, "clientSecret"), refresh = token_member(fields, "refreshToken");
    const auto registration = fields.find("registrationExpiresAt") == nullptr ? out.expires + std::chrono::years(1000) : time_member(fields, "registrationExpiresAt");
    if (id && secret && refresh && registration && *registration > ctx.now())
        out.refresh = sso_refresh{std::string(*id), credbase::secret_string(*secret), credbase::secret_string(*refresh)};
    return out;
}

/// Renews the token and puts it back into its file.
inline result<sso_token> renew_sso_token(const context& ctx, const sso_settings& settings, const profile& selected, sso_token token) {
    auto route = find_service_route(ctx, &selected, sso_oidc_service, settings.where);
    if (!route) return route.error();
    const json_call<renewed_token> call{.name = "CreateToken for " + settings.start_url,
                                        .build = [&](const http_request& to) { return create_token_call(to, *token.refresh); },
                                        .read = parse_created_token};
    auto renewed = call_json(ctx, *route, call);
    if (!renewed) return renewed.error();
    token.expires = ctx.now() + renewed->expires_in;
    token.access_token = renewed->access_token;
    token.content["accessToken"] = renewed->access_token.reveal();
    token.content["expiresAt"] = credbase::rfc3339(token.expires);
    if (!renewed->refresh_token.empty()) token.content["refreshToken"] = renewed->refresh_token.reveal();
    if (std::string warning = write_token_cache(ctx, settings.cache_path, token.content); !warning.empty()) token.warnings.push_back(std::move(warning));
    return token;
}

/// A token that is good for another minute at least, renewed where less than five are left and it can be.
///
/// Error: there is none.
inline result<sso_token> find_sso_token(const context& ctx, const sso_settings& settings, const profile& selected) {
    using std::chrono::minutes;
    auto token = read_sso_token(ctx, settings.cache_path);
    if (!token) return token.error();
    const bool usable = token->expires > ctx.now() + minutes(1), can_renew = !settings.session.empty() && token->refresh;
    if (token->expires > ctx.now() + minutes(5) || (usable && !can_renew)) return token;
    if (!can_renew)
        return error(errc::source_failed, "the token in " + settings.cache_path + " has expired at " + credbase::rfc3339(token->expires) +
                                              (settings.session.empty() ? "" : " and can't be renewed"));
    auto renewed = renew_sso_token(ctx, settings, selected, *token);
    if (renewed) return renewed;
    // Another process may have renewed it meanwhile, which makes our refresh token a used one.
    auto again = read_sso_token(ctx, settings.cache_path);
    if (again && again->expires > token->expires && again->expires > ctx.now() + minutes(1)) return again;
    if (!usable) return renewed;
    token->warnings.push_back("the token of IAM Identity Center expires at " + credbase::rfc3339(token->expires) + " and couldn't be renewed: " + renewed.error().text());
    return token;
}

}  // namespace detail

/// Credentials for the account and role that a profile names, by the login of `aws sso login`.
///
/// The login's token is renewed silently, where its session allows it, and put back into its file for other tools. The calls
/// go the way that environment and `selected` profile say. Error: a setting is missing or contradicts itself; there is no login
/// or it is over, with the command to log in; the service refuses.
/// Source: botocore `credentials.py`, `tokens.py`; AWS SDK for Go v2, `credentials/ssocreds`.
inline outcome from_sso(const context& ctx, const profile& from, const profile& selected) {
    const std::string advice = "run: aws sso login --profile " + credbase::escape_controls(from.name());
    auto settings = detail::find_sso_settings(ctx, from);
    if (!settings) return settings.error();
    auto token = detail::find_sso_token(ctx, *settings, selected);
    if (!token) return error(token.error().code(), token.error().message() + "; " + advice).within(token.error().context());
    auto route = find_service_route(ctx, &selected, sso_service, settings->where);
    if (!route) return route.error();
    const json_call<credentials> call{
        .name = "GetRoleCredentials of account " + settings->account + ", role " + credbase::quoted(settings->role),
        .build = [&](const http_request& to) { return role_credentials_call(to, settings->account, settings->role, token->access_token); },
        .read = parse_role_credentials,
        .advice = [&](const service_error& refusal) {
            if (refusal.status == 401) return "the login is over; " + advice;
            return refusal.status == 403 || refusal.status == 404 ? std::string("has the user that role in that account?") : std::string();
        }};
    auto got = call_json(ctx, *route, call);
    if (!got) return got.error();
    got->source = "SSO of profile " + credbase::quoted(from.name());
    got->warnings = std::move(token->warnings);
    return *std::move(got);
}

}  // namespace eksauth
