// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/base/errors.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eksauth {

/// What AWS requests are signed with.
struct credentials {
    std::string access_key_id;  ///< not secret
    credbase::secret_string secret_access_key;             ///< what signs; never sent
    credbase::secret_string session_token = {};            ///< empty for long-term keys
    std::optional<std::chrono::sys_seconds> expires = {};  ///< absent: not known to expire
    bool by_place = false;  ///< whose they are is decided by who answers at an address, and by nothing that was read
    std::string source = {};  ///< where they come from, such as `environment` or `profile "x"`; for messages
    std::vector<std::string> warnings = {};  ///< for the user; no secrets
};

/// How the three values are named where they come from, for messages.
struct credential_names {
    std::string_view access_key_id,  ///< such as `AWS_ACCESS_KEY_ID`
        secret_access_key,           ///< such as `AWS_SECRET_ACCESS_KEY`
        session_token;               ///< such as `AWS_SESSION_TOKEN`
};

namespace detail {

/// Whose key it is and how long it lives, for messages.
inline std::string shown(const credentials& keys) {
    return "key id " + keys.access_key_id + " from " + keys.source +
           (keys.expires ? ", until " + credbase::rfc3339(*keys.expires) : ", without an end");
}

/// Visible ASCII of 1 to `limit` bytes, or why not; the value itself is never told.
inline result<> check_visible(std::string_view value, std::string_view name, std::size_t limit) {
    const auto refused = [&](const std::string& why) { return error(errc::bad_credentials, std::string(name) + " " + why); };
    constexpr std::string_view blank = " \t\r\n\v\f";
    if (value.empty()) return refused("is empty");
    if (value.size() > limit) return refused("has " + std::to_string(value.size()) + " bytes, limit " + std::to_string(limit));
    if (blank.find(value.front()) != blank.npos || blank.find(value.back()) != blank.npos)
        return refused("begins or ends with white space; was it copied with a line end?");
    for (std::size_t at = 0; at < value.size(); ++at)
        if (value[at] < 0x21 || value[at] > 0x7E)
            return refused("has a character at offset " + std::to_string(at) + " that no AWS credential has");
    return {};
}

}  // namespace detail

/// Checks the form of credentials from any source, so that none of them can break a scope, a header or a query.
///
/// Error, naming the value by `names` and never quoting it: an access key id that isn't 1 to 128 of `[A-Za-z0-9_]`, a
/// secret over 512 or a session token over 12288 bytes, bytes outside visible ASCII, a temporary key (`ASIA…`) without a
/// session token.
inline result<> check_credentials(const credentials& given, const credential_names& names) {
    if (auto id = detail::check_visible(given.access_key_id, names.access_key_id, 128); !id) return id;
    for (const char c : given.access_key_id)
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return error(errc::bad_credentials, std::string(names.access_key_id) + " has a character other than letters, digits and _");
    if (auto secret = detail::check_visible(given.secret_access_key.reveal(), names.secret_access_key, 512); !secret) return secret;
    if (!given.session_token.empty())
        if (auto token = detail::check_visible(given.session_token.reveal(), names.session_token, 12288); !token) return token;
    if (given.session_token.empty() && given.access_key_id.starts_with("ASIA"))
        return error(errc::bad_credentials, std::string(names.access_key_id) + " is a temporary key (ASIA...) but " +
                                                std::string(names.session_token) + " is empty");
    return {};
}

}  // namespace eksauth
