// SPDX-License-Identifier: Apache-2.0
// The files in which AWS tools keep logins. `%KEY%` in it is a key on P-256.
#pragma once

#include "json_text.hpp"
#include "keys.hpp"
#include "property.hpp"
#include "world.hpp"

#include <eksauth/config/token_cache.hpp>
#include <eksauth/sources/login.hpp>
#include <eksauth/sources/sso.hpp>

#include <string>
#include <string_view>
#include <vector>

inline void fuzz_token_cache(std::string_view input) {
    using fuzz::hold;
    const std::string path = "/h/cache.json";
    fuzz::world made({{"file", path, input}});
    const eksauth::context ctx = made.context();
    const auto content = read_token_cache(ctx, path);
    if (!fuzz::hold_same_end(content, read_token_cache(ctx, path))) return;

    const auto sso = eksauth::detail::read_sso_token(ctx, path);
    if (!sso) fuzz::hold_error(sso.error());
    else hold(!sso->access_token.empty() && sso->access_token.size() <= 65536, "a login has a token");
    const auto login = eksauth::detail::read_login(ctx, path);
    if (!login) fuzz::hold_error(login.error());
    else fuzz::hold_keys(login->keys);

    const std::string refusal = write_token_cache(ctx, path, *content);
    fuzz::hold_line(refusal);
    const auto again = read_token_cache(ctx, path);
    hold(again && fuzz::same_json(*again, *content), "a file that was written is the same when it is read again", refusal);
    const auto sso_again = eksauth::detail::read_sso_token(ctx, path);
    hold(sso_again.has_value() == sso.has_value(), "a token can be read again, or not");
    hold(!sso || (sso_again->access_token.reveal() == sso->access_token.reveal() && sso_again->expires == sso->expires &&
                  sso_again->refresh.has_value() == sso->refresh.has_value()),
         "a token that was written and read again is the same");
    const auto login_again = eksauth::detail::read_login(ctx, path);
    hold(login_again.has_value() == login.has_value() && (!login || fuzz::same_keys(login_again->keys, login->keys)),
         "a login that was written and read again is the same");
}
