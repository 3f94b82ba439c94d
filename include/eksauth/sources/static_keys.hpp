// SPDX-License-Identifier: Apache-2.0
// Keys written into a profile.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/sources/source.hpp>

#include <string>
#include <string_view>

namespace eksauth {

/// Credentials from the profile's `aws_access_key_id`, `aws_secret_access_key` and `aws_session_token`.
///
/// All are taken from one file, the credentials file if it has either of the first two, so that a stale session token of
/// the other file can't join. `aws_security_token`, the old name, is read where the new one is absent.
/// Not configured: neither file has either key. Error: half a pair; a malformed value.
inline outcome from_static_keys(const profile& from) {
    const auto has_either = [&](const config_file& file) {
        return from.find_in(file, "aws_access_key_id") || from.find_in(file, "aws_secret_access_key");
    };
    const shared_config& files = from.files();
    const config_file& file = has_either(files.credentials) ? files.credentials : files.config;
    if (!has_either(file)) return not_configured{"it has no aws_access_key_id"};

    const auto id = from.find_in(file, "aws_access_key_id"), secret = from.find_in(file, "aws_secret_access_key");
    auto token = from.find_in(file, "aws_session_token");
    if (!token) token = from.find_in(file, "aws_security_token");
    const std::string who = "profile " + credbase::quoted(from.name()) + " in " + file.path;
    if (!secret) return error(errc::bad_profile, who + " has aws_access_key_id but no aws_secret_access_key");
    if (!id) return error(errc::bad_profile, who + " has aws_secret_access_key but no aws_access_key_id");
    for (const auto& property : {id, secret, token})
        if (property && property.found->continued)
            return error(errc::bad_credentials, std::string(property.found->key) + " goes on over several lines").within(property.place());

    const auto text = [](const profile::property& property) { return property ? unquoted(property.found->value) : std::string_view(); };
    credentials found{.access_key_id = std::string(text(id)),
                      .secret_access_key = credbase::secret_string(text(secret)),
                      .session_token = credbase::secret_string(text(token)),
                      .source = "profile " + credbase::quoted(from.name())};
    auto form = check_credentials(found, {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"});
    if (!form) return form.error().within(who);
    return found;
}

}  // namespace eksauth
