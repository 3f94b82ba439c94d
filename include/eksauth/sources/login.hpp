// SPDX-License-Identifier: Apache-2.0
// The session of a console login, as `aws login` keeps it.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/es256.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/base/sha256.hpp>
#include <eksauth/config/endpoint.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/config/shared_config.hpp>
#include <eksauth/config/token_cache.hpp>
#include <eksauth/context.hpp>
#include <eksauth/net/json_call.hpp>
#include <eksauth/net/service_route.hpp>
#include <eksauth/services/signin.hpp>
#include <eksauth/sources/source.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

namespace detail {

/// The file of a login. Source: botocore `utils.py`, `generate_login_cache_key`.
inline result<std::string> login_cache_path(const context& ctx, std::string_view session) {
    auto digest = sha256(session);
    if (!digest) return digest.error();
    const std::string folder = expanded_path(ctx, environment_value(ctx, "AWS_LOGIN_CACHE_DIRECTORY").value_or("~/.aws/login/cache"));
    if (folder.empty()) return error(errc::source_failed, "there is no home folder to look for the login in; set HOME or AWS_LOGIN_CACHE_DIRECTORY");
    return folder + "/" + hex(*digest) + ".json";
}

/// A login as its file has it.
struct login {
    boost::json::object content;  ///< all of the file
    credentials keys;
    login_refresh refresh;
    std::string region_name;  ///< where it was made; empty in the files of older tools
};

inline result<login> read_login(const context& ctx, const std::string& path) {
    auto content = read_token_cache(ctx, path);
    if (!content) return content.error();
    const auto broken = [&](const error& why) { return error(errc::source_failed, why.text()).within("reading " + path); };
    const credbase::json_fields fields(*content, "", errc::source_failed);
    const auto inner = fields.object("accessToken");
    if (!inner) return broken(inner.error());
    if (!*inner) return broken(error(errc::source_failed, "accessToken is missing"));
    auto keys = read_json_keys(**inner, {"accessKeyId", "secretAccessKey", "sessionToken"});
    if (!keys) return broken(keys.error());
    const auto expires = time_member(**inner, "expiresAt");
    if (!expires) return broken(expires.error());
    keys->expires = *expires;
    const auto account = token_member(**inner, "accountId"), refresh = token_member(fields, "refreshToken"), id = token_member(fields, "clientId"),
               pem = token_member(fields, "dpopKey");
    for (const auto* one : {&account, &refresh, &id, &pem})
        if (!*one) return broken(one->error());
    auto key = es256_key::from_pem(*pem);
    if (!key) return broken(key.error().within("dpopKey"));
    const auto region_name = fields.string("signInRegion");
    if (!region_name) return broken(region_name.error());
    login_refresh with{std::string(*id), credbase::secret_string(*refresh), *std::move(key)};
    std::string where(region_name->value_or(""));
    return login{*std::move(content), *std::move(keys), std::move(with), std::move(where)};
}

/// Renews a login and puts it back into its file. `may_pass`: whether a failure may pass by itself.
inline result<credentials> renew_login(const context& ctx, login held, const std::string& path, const profile& selected,
                                       const std::string& cluster_region, const std::string& advice, bool& may_pass) {
    auto where = held.region_name.empty() ? find_call_region(ctx, &selected, cluster_region) : parse_region(held.region_name);
    if (!where) return where.error();
    auto route = find_service_route(ctx, &selected, signin_service, *where);
    if (!route) return route.error();
    service_error last;
    const json_call<renewed_login> call{
        .name = "renewing the login",
        .build = [&](const http_request& to) -> result<http_request> {
            auto random = ctx.random_bytes(16);
            if (!random) return random.error();
            return renew_login_call(to, held.refresh, ctx.now(), *random);
        },
        .read = [&](const http_response& reply) { return parse_renewed_login(reply, ctx.now()); },
        .advice = [&](const service_error& refusal) {
            last = refusal;
            if (refusal.reason == "INSUFFICIENT_PERMISSIONS") return std::string("the identity lacks the permission signin:CreateOAuth2Token");
            return refusal.status >= 400 && refusal.status < 500 && !is_transient(refusal) ? advice : std::string();
        }};
    auto got = call_json(ctx, *route, call);
    if (!got) {
        may_pass = last.status == 0 ? advice_for(got.error()) != retry_advice::none : is_transient(last);
        return got.error();
    }
    held.content["refreshToken"] = got->refresh_token.reveal();
    boost::json::object& keys = held.content["accessToken"].get_object();
    keys["accessKeyId"] = got->keys.access_key_id;
    keys["secretAccessKey"] = got->keys.secret_access_key.reveal();
    keys["sessionToken"] = got->keys.session_token.reveal();
    keys["expiresAt"] = credbase::rfc3339(*got->keys.expires);
    if (std::string warning = write_token_cache(ctx, path, held.content); !warning.empty()) got->keys.warnings.push_back(std::move(warning));
    return std::move(got->keys);
}

/// The login's credentials, renewed where less than five minutes are left.
inline result<credentials> find_login(const context& ctx, const std::string& path, const profile& selected, const std::string& cluster_region,
                                      const std::string& advice) {
    using std::chrono::minutes;
    auto held = read_login(ctx, path);
    if (!held) return error(held.error().code(), held.error().message() + "; " + advice).within(held.error().context());
    credentials old = held->keys;
    if (*old.expires > ctx.now() + minutes(5)) return old;
    bool may_pass = false;
    auto renewed = renew_login(ctx, *std::move(held), path, selected, cluster_region, advice, may_pass);
    if (renewed) return renewed;
    // Another process may have renewed it meanwhile, which makes our refresh token a used one.
    const auto again = read_login(ctx, path);
    if (again && *again->keys.expires > *old.expires && *again->keys.expires > ctx.now() + minutes(1)) return again->keys;
    if (!may_pass || *old.expires <= ctx.now() + minutes(1)) return renewed;
    old.warnings.push_back("the login expires at " + credbase::rfc3339(*old.expires) + " and couldn't be renewed: " + renewed.error().text());
    return old;
}

}  // namespace detail

/// Credentials of the login that the profile's `login_session` names.
///
/// They are renewed where less than five minutes are left, and put back into their file for other tools. The region is that of
/// the login, else that for calls (`cluster_region` at last). Error: there is no login or it is over, with the command to log in.
/// Source: botocore `LoginProvider`; AWS SDK for Go v2, `credentials/logincreds`.
inline outcome from_login(const context& ctx, const profile& from, const profile& selected, const std::string& cluster_region) {
    const auto session = from.trigger("login_session");
    if (!session) return session.error();
    if (!*session) return not_configured{"it has no login_session"};
    auto path = detail::login_cache_path(ctx, unquoted(session->found->value));
    if (!path) return path.error();
    auto got = detail::find_login(ctx, *path, selected, cluster_region, "run: aws login --profile " + credbase::escape_controls(from.name()));
    if (!got) return got.error().within("login_session of profile " + credbase::quoted(from.name()));
    got->source = "login of profile " + credbase::quoted(from.name());
    return *std::move(got);
}

}  // namespace eksauth
