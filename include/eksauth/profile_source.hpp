// SPDX-License-Identifier: Apache-2.0
// From a profile to the one source that it names, and on to the profiles that this one stands on.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/config/shared_config.hpp>
#include <eksauth/context.hpp>
#include <eksauth/sources/assume_role.hpp>
#include <eksauth/sources/container.hpp>
#include <eksauth/sources/environment.hpp>
#include <eksauth/sources/imds.hpp>
#include <eksauth/sources/login.hpp>
#include <eksauth/sources/process.hpp>
#include <eksauth/sources/source.hpp>
#include <eksauth/sources/sso.hpp>
#include <eksauth/sources/static_keys.hpp>
#include <eksauth/sources/web_identity.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace eksauth {

namespace detail {

/// The kinds of source that a profile can ask for beside its own keys.
enum class profile_kind { none, source_profile, credential_source, web_identity, sso, login, process };

/// The key by which a profile asks for a source; empty where it asks for none.
struct trigger { std::string_view key; profile_kind kind; };

/// What a profile asks for. Error: more than one source, a role without a source that may assume it, or the reverse, so that
/// nobody can tell which identity is meant. `has_keys`: the profile has static keys.
inline result<trigger> find_trigger(const profile& from, bool has_keys) {
    constexpr std::array<trigger, 10> triggers{{{"source_profile", profile_kind::source_profile},
                                                {"credential_source", profile_kind::credential_source},
                                                {"web_identity_token_file", profile_kind::web_identity},
                                                {"sso_session", profile_kind::sso},
                                                {"sso_start_url", profile_kind::sso},
                                                {"sso_region", profile_kind::sso},
                                                {"sso_account_id", profile_kind::sso},
                                                {"sso_role_name", profile_kind::sso},
                                                {"login_session", profile_kind::login},
                                                {"credential_process", profile_kind::process}}};
    const auto refused = [&](const std::string& why) {
        return error(errc::bad_profile, "profile " + credbase::quoted(from.name()) + " has " + why);
    };
    trigger asked{"", profile_kind::none};
    for (const trigger& one : triggers) {
        // Of the SSO keys but the first, an empty value counts as absent.
        const bool may_be_empty = one.kind == profile_kind::sso && one.key != "sso_session";
        auto property = may_be_empty ? result<profile::property>(from.find(one.key)) : from.trigger(one.key);
        if (!property) return property.error();
        if (!*property) continue;
        if (asked.kind != profile_kind::none && asked.kind != one.kind)
            return refused("both " + std::string(asked.key) + " and " + std::string(one.key) + "; only one source of credentials may be given");
        if (asked.kind == profile_kind::none) asked = one;
    }
    auto role = from.trigger("role_arn");
    if (!role) return role.error();
    const bool takes_role = asked.kind == profile_kind::source_profile || asked.kind == profile_kind::credential_source ||
                            asked.kind == profile_kind::web_identity;
    if (*role && !takes_role) return refused("role_arn, which needs source_profile or credential_source");
    if (!*role && takes_role) return refused(std::string(asked.key) + ", which needs role_arn");
    if (has_keys && asked.kind != profile_kind::none && asked.kind != profile_kind::source_profile)
        return refused("both aws_access_key_id and " + std::string(asked.key) + "; which identity is meant can't be told");
    return asked;
}

/// What a profile asks for, and where it says so, for messages. A program's command line and a URL may have secrets in them, so they
/// aren't shown.
inline std::string shown(const profile& from, const trigger& asked, bool has_keys) {
    std::string text;
    const auto add = [&](std::string_view key) {
        const auto property = from.find(key);
        if (!property) return;
        const bool bare = key == "credential_process" || key == "sso_start_url" || property.found->value.empty();
        text += (text.empty() ? "" : ", ") + std::string(key) + (bare ? "" : " " + credbase::quoted(unquoted(property.found->value))) +
                " in " + property.place();
    };
    for (const std::string_view key : {std::string_view("role_arn"), asked.key})
        if (asked.kind != profile_kind::none) add(key);
    if (asked.kind == profile_kind::none && has_keys) add("aws_access_key_id");
    return text.empty() ? "names no source of credentials" : text;
}

/// One run through the profiles that stand on each other.
class profile_resolver {
public:
    profile_resolver(const context& ctx, const profile& selected, const std::string& cluster_region)
        : ctx_(ctx), selected_(selected), cluster_region_(cluster_region) {}

    /// Credentials of a profile. In one that another stands on, static keys win over its own role, as in both SDKs.
    outcome resolve(const profile& from) {
        outcome keys = from_static_keys(from);
        const bool has_keys = !std::holds_alternative<not_configured>(keys);
        const bool keys_win = has_keys && !path_.empty();
        auto asked = keys_win ? trigger{"", profile_kind::none} : find_trigger(from, has_keys);
        if (!asked) return asked.error();
        if (ctx_.tell) ctx_.tell({step_kind::profile, credbase::quoted(from.name()), shown(from, *asked, has_keys)});
        if (keys_win) return keys;
        switch (asked->kind) {
        case profile_kind::source_profile: return by_source_profile(from, std::move(keys));
        case profile_kind::credential_source: return by_credential_source(from);
        case profile_kind::web_identity: return by_web_identity(from);
        case profile_kind::sso: return from_sso(ctx_, from, selected_);
        case profile_kind::login: return from_login(ctx_, from, selected_, cluster_region_);
        case profile_kind::process: return from_process(ctx_, from);
        case profile_kind::none: break;
        }
        if (has_keys) return keys;
        return not_configured{who(from) + " names no source of credentials"};
    }

private:
    static std::string who(const profile& from) { return "profile " + credbase::quoted(from.name()); }
    static std::string text(const profile& from, std::string_view key) {
        const auto property = from.find(key);
        return property ? std::string(unquoted(property.found->value)) : "";
    }

    error no_end(const std::string& last) const {
        std::string path;
        for (const std::string& one : path_) path += one + " -> ";
        return error(errc::bad_profile, "source_profile goes round in a circle, or over more than " + std::to_string(roles_limit_) +
                                            " roles: " + credbase::escape_controls(path + last));
    }

    outcome assume(const profile& from, outcome base, const std::string& base_name) {
        if (auto* nothing = std::get_if<not_configured>(&base))
            return error(errc::source_failed, base_name + " of " + who(from) + " has no credentials: " + nothing->reason);
        if (auto* broken = std::get_if<error>(&base)) return std::move(*broken).within(base_name);
        return assume_role(ctx_, from, std::get<credentials>(base), selected_, cluster_region_);
    }

    outcome by_source_profile(const profile& from, outcome own_keys) {
        if (auto role = check_assume_role(ctx_, from, selected_, cluster_region_); !role) return role.error();
        const std::string name = text(from, "source_profile");
        path_.push_back(from.name());
        if (name == from.name()) return assume(from, std::move(own_keys), "source_profile " + credbase::quoted(name));
        if (std::find(path_.begin(), path_.end(), name) != path_.end() || path_.size() > roles_limit_)
            return no_end(name);
        const profile base(from.files(), name);
        if (!base.exists())
            return error(errc::no_profile, "source_profile " + credbase::quoted(name) + " of " + who(from) + " not found in " +
                                               from.files().config.shown() + " or " + from.files().credentials.shown());
        return assume(from, resolve(base), "source_profile " + credbase::quoted(name));
    }

    outcome by_credential_source(const profile& from) {
        if (path_.size() >= roles_limit_) return no_end(from.name());
        if (auto role = check_assume_role(ctx_, from, selected_, cluster_region_); !role) return role.error();
        const std::string name = text(from, "credential_source");
        const std::string shown = "credential_source " + name;
        if (name == "Environment") return assume(from, from_environment(ctx_), shown);
        if (name == "EcsContainer") return assume(from, from_container(ctx_), shown);
        if (name == "Ec2InstanceMetadata") return assume(from, from_imds(ctx_, &selected_), shown);
        return error(errc::bad_profile, who(from) + " has credential_source " + credbase::quoted(name) +
                                            "; it must be Environment, Ec2InstanceMetadata or EcsContainer");
    }

    outcome by_web_identity(const profile& from) {
        if (path_.size() >= roles_limit_) return no_end(from.name());
        const auto session = from.find("role_session_name");
        return assume_web_identity(ctx_, {expanded_path(ctx_, text(from, "web_identity_token_file")), text(from, "role_arn"),
                                          session ? std::string(unquoted(session.found->value)) : ""}, &selected_, cluster_region_);
    }

    static constexpr std::size_t roles_limit_ = 5;
    const context& ctx_;
    const profile& selected_;
    const std::string& cluster_region_;
    std::vector<std::string> path_;  // of the profiles under way, the selected one first
};

}  // namespace detail

/// Credentials from the source that a profile asks for.
///
/// Not configured: the profile names no source. Error: whatever else stands in the way, a profile that contradicts itself
/// above all. `cluster_region` is the region for calls where nothing else names one.
/// Source: AWS SDK for Go v2, `config/resolve_credentials.go`.
inline outcome from_profile(const context& ctx, const profile& selected, const std::string& cluster_region) {
    return detail::profile_resolver(ctx, selected, cluster_region).resolve(selected);
}

}  // namespace eksauth
