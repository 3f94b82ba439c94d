// SPDX-License-Identifier: Apache-2.0
// From a profile to the one source that it names.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/sources/source.hpp>
#include <eksauth/sources/static_keys.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace eksauth {

/// Credentials from the source that a profile asks for.
///
/// Not configured: the profile names no source. Error: it names more than one, or a role without the source that may
/// assume it, so that nobody can tell which identity is meant; or a source that this version doesn't have.
inline outcome from_profile(const profile& from) {
    const std::string who = "profile " + credbase::quoted(from.name());
    struct kind { std::string_view key, name; };
    // The properties that ask for a source; those of one name belong together.
    constexpr std::array<kind, 11> kinds{{{"source_profile", "assumed roles"}, {"credential_source", "assumed roles"},
                                          {"web_identity_token_file", "web identity"}, {"sso_session", "IAM Identity Center (SSO)"},
                                          {"sso_start_url", "IAM Identity Center (SSO)"}, {"sso_region", "IAM Identity Center (SSO)"},
                                          {"sso_account_id", "IAM Identity Center (SSO)"}, {"sso_role_name", "IAM Identity Center (SSO)"},
                                          {"login_session", "console login sessions"}, {"credential_process", "credential processes"},
                                          {"role_arn", "roles"}}};
    std::vector<kind> asked;
    for (const kind& one : kinds) {
        // Of the old form's keys an empty value counts as absent.
        const bool may_be_empty = one.key.starts_with("sso_") && one.key != "sso_session";
        auto property = may_be_empty ? result<profile::property>(from.find(one.key)) : from.trigger(one.key);
        if (!property) return property.error();
        if (*property) asked.push_back(one);
    }
    const bool role = !asked.empty() && asked.back().key == "role_arn";
    if (role) asked.pop_back();
    outcome keys = from_static_keys(from);
    const bool has_keys = !std::holds_alternative<not_configured>(keys);

    for (const kind& one : asked)
        if (one.key != asked.front().key && (one.name != asked.front().name || one.name == "assumed roles"))
            return error(errc::bad_profile, who + " has both " + std::string(asked.front().key) + " and " + std::string(one.key) +
                                                "; only one source of credentials may be given");
    const bool takes_role = !asked.empty() && (asked.front().name == "assumed roles" || asked.front().name == "web identity");
    if (role && !takes_role) return error(errc::bad_profile, who + " has role_arn, which needs source_profile or credential_source");
    if (!role && takes_role) return error(errc::bad_profile, who + " has " + std::string(asked.front().key) + ", which needs role_arn");
    if (has_keys && !asked.empty() && asked.front().key != "source_profile")
        return error(errc::bad_profile, who + " has both aws_access_key_id and " + std::string(asked.front().key) +
                                            "; which identity is meant can't be told");
    if (!asked.empty())
        return error(errc::not_supported, who + " asks for " + std::string(asked.front().key) + ", but this version doesn't support " +
                                              std::string(asked.front().name));
    if (has_keys) return keys;
    return not_configured{who + " names no source of credentials"};
}

}  // namespace eksauth
