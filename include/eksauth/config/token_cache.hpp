// SPDX-License-Identifier: Apache-2.0
// The files in which AWS tools keep the tokens of a login.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/timestamp.hpp>
#include <credbase/wiping_memory.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/context.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace eksauth {

/// Of a file of logins.
inline constexpr credbase::json_limits token_cache_limits{.bytes = 262144, .depth = 32};

/// The object in a token file. Error: there is no such file, it can't be read, or holds anything else.
inline result<boost::json::object> read_token_cache(const context& ctx, const std::string& path) {
    const auto refused = [&](const std::string& why) { return error(errc::source_failed, why).within("reading " + path); };
    auto text = ctx.read_file(path, token_cache_limits.bytes);
    if (!text) return text.error();
    if (!*text) return refused("no such file");
    auto document = credbase::parse_json((*text)->reveal(), token_cache_limits, errc::source_failed);
    if (!document) return refused("no JSON: " + document.error().text());
    if (!document->is_object()) return refused("no JSON object");
    return std::move(document->get_object());
}

/// Puts the changed object in the file's place. The text tells the user why that failed, and what it means; empty if it didn't.
inline std::string write_token_cache(const context& ctx, const std::string& path, const boost::json::object& content) {
    const auto text = credbase::serialize_secret(content);
    // A number such as 1e999, of a member that others put there, is read as infinite and would be written so.
    const bool readable = credbase::parse_json(text.reveal(), token_cache_limits, errc::source_failed).has_value();
    const result<> written = readable ? ctx.replace_file(path, text)
                                      : error(errc::source_failed, "it has a number that can't be written").within("writing " + path);
    return written ? "" : "the renewed token is used but can't be kept, so that a new login may be needed soon: " + written.error().text();
}

/// A member of such a file that must be a text which isn't empty. Error: it is none, with its path.
inline result<std::string_view> token_member(const credbase::json_fields& fields, std::string_view name) {
    auto text = fields.string(name);
    if (!text) return text.error();
    if (text->value_or("").empty()) return error(errc::source_failed, fields.path_of(name) + " is missing or empty");
    return **text;
}

/// A time in such a file: RFC 3339, with `UTC` or `+0000` at its end too, as old versions of the AWS CLI wrote it.
inline std::optional<std::chrono::sys_seconds> parse_cache_time(std::string_view text) {
    for (const std::string_view zone : {"UTC", "+0000"})
        if (text.ends_with(zone)) return credbase::parse_rfc3339(std::string(text.substr(0, text.size() - zone.size())) + "Z");
    return credbase::parse_rfc3339(text);
}

/// A member that must be such a time. Error: it is none, with its path.
inline result<std::chrono::sys_seconds> time_member(const credbase::json_fields& fields, std::string_view name) {
    auto text = token_member(fields, name);
    if (!text) return text.error();
    if (const auto time = parse_cache_time(*text)) return *time;
    return error(errc::source_failed, fields.path_of(name) + " is not an RFC 3339 time such as 2026-01-02T03:04:05Z");
}

}  // namespace eksauth
