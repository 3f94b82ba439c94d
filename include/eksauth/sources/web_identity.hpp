// SPDX-License-Identifier: Apache-2.0
// A role for whoever has an identity provider's token, such as a pod with IRSA.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/role.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/config/shared_config.hpp>
#include <eksauth/context.hpp>
#include <eksauth/net/sts_call.hpp>
#include <eksauth/services/sts.hpp>
#include <eksauth/sources/source.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

namespace detail {

/// The token in a file, without the white space that hand-written files end in. Error: no file, or no token in it.
inline result<credbase::secret_string> read_identity_token(const context& ctx, const std::string& path) {
    constexpr std::size_t limit_bytes = 20000;  // of STS
    const auto refused = [&](const std::string& why) { return error(errc::source_failed, why).within("token file " + path); };
    auto text = ctx.read_file(path, limit_bytes);
    if (!text) return text.error();
    if (!*text) return refused("No such file or directory");
    std::string_view token = (*text)->reveal();
    token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);  // npos + 1 is 0
    if (token.empty()) return refused("is empty");
    for (std::size_t at = 0; at < token.size(); ++at)
        if (const char c = token[at]; !((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                        std::string_view("._~+/=-").find(c) != std::string_view::npos))
            return refused("holds no token: a character at offset " + std::to_string(at) + " that none has");
    return credbase::secret_string(token);
}

}  // namespace detail

/// What web identity needs: of the environment, or of a profile, never mixed.
struct web_identity_settings {
    std::string token_file,  ///< a path
        role_arn,            ///< the role that the token is exchanged for
        session_name;        ///< empty: one is made
};

/// Credentials for `role_arn` by the token in `token_file`, which is read anew for each attempt, since it is rotated.
///
/// The call goes the way that environment and `selected` profile (may be null) say. Error: always, where it isn't credentials.
inline outcome assume_web_identity(const context& ctx, const web_identity_settings& settings, const profile* selected,
                                   const std::string& cluster_region) {
    auto route = find_sts_route(ctx, selected, cluster_region);
    if (!route) return route.error();
    if (auto arn = check_role_arn(settings.role_arn, route->where); !arn) return arn.error();
    std::string session = settings.session_name;
    if (session.empty()) {
        auto made = default_session_name(ctx);
        if (!made) return made.error();
        session = *std::move(made);
    }
    if (auto name = check_role_session_name(session); !name) return name.error();
    const sts_call call{.action = "AssumeRoleWithWebIdentity",
                        .role_arn = settings.role_arn,
                        .with = "token file " + settings.token_file,
                        .also_transient = {"IDPCommunicationError", "InvalidIdentityToken"},
                        .build = [&](const http_request& to, std::chrono::sys_seconds) -> result<http_request> {
                            auto token = detail::read_identity_token(ctx, settings.token_file);
                            if (!token) return token.error();
                            return web_identity_call(to, {settings.role_arn, session, *std::move(token)});
                        }};
    auto got = call_sts(ctx, *route, call);
    if (!got) return got.error();
    got->source = "web identity";
    return *std::move(got);
}

/// Web identity by AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME.
///
/// `find_selected` gives the selected profile, or null; it is asked only where the first variable is set.
/// Not configured: it isn't set. Error: it is, and there are no credentials by it.
inline outcome from_web_identity(const context& ctx, const std::function<result<const profile*>()>& find_selected,
                                 const std::string& cluster_region) {
    const auto file = environment_value(ctx, "AWS_WEB_IDENTITY_TOKEN_FILE"), role = environment_value(ctx, "AWS_ROLE_ARN");
    if (!file) return not_configured{std::string("AWS_WEB_IDENTITY_TOKEN_FILE is not set") + (role ? " (AWS_ROLE_ARN is)" : "")};
    if (!role) return error(errc::source_failed, "AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is empty");
    auto selected = find_selected();
    if (!selected) return selected.error();
    return assume_web_identity(ctx, {expanded_path(ctx, *file), *role, environment_value(ctx, "AWS_ROLE_SESSION_NAME").value_or("")},
                               *selected, cluster_region);
}

}  // namespace eksauth
