// SPDX-License-Identifier: Apache-2.0
// The order in which sources of credentials are asked.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/config/shared_config.hpp>
#include <eksauth/context.hpp>
#include <eksauth/profile_source.hpp>
#include <eksauth/sources/environment.hpp>
#include <eksauth/sources/source.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eksauth {

namespace detail {

/// A source that a variable asks for and that this version doesn't have: skipping it could serve another identity.
inline source unsupported(const std::string& name, const std::vector<std::string>& variables) {
    return {name, [=](const context& ctx) -> outcome {
                for (const std::string& variable : variables)
                    if (environment_value(ctx, variable))
                        return error(errc::not_supported, variable + " is set, but this version doesn't support this source");
                return not_configured{variables.front() + " is not set"};
            }};
}

inline outcome from_instance_metadata(const context& ctx) {
    const auto disabled = environment_value(ctx, "AWS_EC2_METADATA_DISABLED").value_or("");
    const bool off = disabled.size() == 4 && (disabled[0] | 0x20) == 't' && (disabled[1] | 0x20) == 'r' && (disabled[2] | 0x20) == 'u' &&
                     (disabled[3] | 0x20) == 'e';
    return not_configured{off ? "disabled by AWS_EC2_METADATA_DISABLED" : "this version doesn't support it"};
}

}  // namespace detail

/// Credentials from the first source that is configured: environment, web identity, profile, container, instance metadata.
///
/// `profile_name`, if not empty, is the caller's own choice: then the variables of the first two are not read. A profile
/// that somebody named is looked up first of all, since naming one that doesn't exist is an error even where another
/// source could serve. The files are read only where they can decide something.
/// Source: AWS SDK for Go v2, `config/resolve_credentials.go`.
inline result<credentials> default_chain(const context& ctx, const std::string& profile_name = "") {
    auto selection = select_profile(ctx, profile_name);
    if (!selection) return selection.error();
    std::optional<shared_config> files;
    const auto selected = [&]() -> result<std::optional<profile>> {
        if (!files) {
            auto loaded = load_shared_config(ctx);
            if (!loaded) return loaded.error();
            files = *std::move(loaded);
        }
        return find_profile(*files, *selection);
    };
    if (!selection->chosen_by.empty())
        if (auto found = selected(); !found) return found.error();

    const source profile_source{"profile", [&](const context&) -> outcome {
                                    auto found = selected();
                                    if (!found) return found.error();
                                    if (*found) return from_profile(**found);
                                    return not_configured{"no profile " + credbase::quoted(selection->name) + " in " +
                                                          files->config.shown() + " or " + files->credentials.shown()};
                                }};
    std::vector<source> chain;
    if (profile_name.empty()) {
        chain.push_back({"environment", from_environment});
        chain.push_back(detail::unsupported("web identity", {"AWS_WEB_IDENTITY_TOKEN_FILE"}));
    }
    chain.push_back(profile_source);
    chain.push_back(detail::unsupported("container", {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}));
    chain.push_back({"instance metadata", detail::from_instance_metadata});
    return first_of(chain, ctx);
}

}  // namespace eksauth
