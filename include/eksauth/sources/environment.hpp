// SPDX-License-Identifier: Apache-2.0
// Keys in environment variables.
#pragma once

#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>
#include <eksauth/sources/source.hpp>

#include <string>

namespace eksauth {

/// Credentials from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_CREDENTIAL_EXPIRATION.
///
/// AWS_SECURITY_TOKEN, the old name, is read only where AWS_SESSION_TOKEN is empty. Not configured: neither key is set.
/// Error: only one of them is; a value is malformed; the expiry is no RFC 3339 time.
inline outcome from_environment(const context& ctx) {
    const auto id = environment_value(ctx, "AWS_ACCESS_KEY_ID"), secret = environment_value(ctx, "AWS_SECRET_ACCESS_KEY");
    if (!id && !secret) {
        const bool aliases = environment_value(ctx, "AWS_ACCESS_KEY") || environment_value(ctx, "AWS_SECRET_KEY");
        return not_configured{std::string("AWS_ACCESS_KEY_ID is not set") +
                              (aliases ? " (AWS_ACCESS_KEY and AWS_SECRET_KEY are not read)" : "")};
    }
    if (!secret) return error(errc::source_failed, "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is empty");
    if (!id) return error(errc::source_failed, "AWS_SECRET_ACCESS_KEY is set but AWS_ACCESS_KEY_ID is empty");

    auto token = environment_value(ctx, "AWS_SESSION_TOKEN");
    const char* const token_name = token || !environment_value(ctx, "AWS_SECURITY_TOKEN") ? "AWS_SESSION_TOKEN" : "AWS_SECURITY_TOKEN";
    if (!token) token = environment_value(ctx, "AWS_SECURITY_TOKEN");
    credentials found{.access_key_id = *id,
                      .secret_access_key = credbase::secret_string(*secret),
                      .session_token = credbase::secret_string(token.value_or("")),
                      .source = "environment"};
    if (auto form = check_credentials(found, {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", token_name}); !form) return form.error();
    if (const auto expiration = environment_value(ctx, "AWS_CREDENTIAL_EXPIRATION")) {
        found.expires = credbase::parse_rfc3339(*expiration);
        if (!found.expires)
            return error(errc::bad_credentials, "AWS_CREDENTIAL_EXPIRATION is not an RFC 3339 time such as 2026-01-02T03:04:05Z");
    }
    return found;
}

}  // namespace eksauth
