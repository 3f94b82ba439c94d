// SPDX-License-Identifier: Apache-2.0
// Credentials as they stand in a file of the cache.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <credbase/wiping_memory.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/cache/read_inputs.hpp>
#include <eksauth/services/json_reply.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace eksauth {

/// Credentials that a run got by calls, and what they are good for.
struct kept_entry {
    std::string key;           ///< what the entry was looked up by
    read_inputs::list inputs;  ///< what they were got by
    credentials keys;          ///< temporary: they have an `expires`
    std::chrono::sys_seconds made,  ///< when they were got
        renew;                      ///< when new ones are to be asked for

    /// Whether they may sign a token now. A clock that was set back since makes them useless, since it can't be told how far.
    bool usable(std::chrono::sys_seconds now) const { return made <= now && *keys.expires > now + std::chrono::seconds(60); }
};

/// Larger entries are neither written nor read.
inline constexpr credbase::json_limits kept_entry_limits{.bytes = 131072, .depth = 4};

namespace detail {
inline constexpr std::string_view kept_entry_format = "eksauth credentials, 1";
}

/// The entry as one line of JSON, which `read_kept_entry` reads.
inline credbase::secret_string write_kept_entry(const kept_entry& entry) {
    boost::json::object inputs(credbase::wiping_storage()), all(credbase::wiping_storage());
    for (const auto& [name, digest] : entry.inputs) inputs[name] = digest;
    all["Format"] = detail::kept_entry_format;
    all["Key"] = entry.key;
    all["Inputs"] = std::move(inputs);
    all["Source"] = entry.keys.source;
    all["Made"] = credbase::rfc3339(entry.made);
    all["Renew"] = credbase::rfc3339(entry.renew);
    all["AccessKeyId"] = entry.keys.access_key_id;
    all["SecretAccessKey"] = entry.keys.secret_access_key.reveal();
    all["Token"] = entry.keys.session_token.reveal();
    all["Expiration"] = credbase::rfc3339(*entry.keys.expires);
    return credbase::serialize_secret(all);
}

/// Nothing where the text is no entry of that key, whole and well-formed.
inline std::optional<kept_entry> read_kept_entry(std::string_view text, std::string_view key) {
    const auto document = credbase::parse_json(text, kept_entry_limits, errc::bad_file);
    if (!document || !document->is_object()) return std::nullopt;
    const credbase::json_fields fields(document->get_object(), "", errc::bad_file);
    const auto member = [&](std::string_view name) -> std::string_view {
        const auto* found = fields.find(name);
        return found != nullptr && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
    };
    const auto made = credbase::parse_rfc3339(member("Made")), renew = credbase::parse_rfc3339(member("Renew"));
    const auto* const inputs = fields.find("Inputs");
    if (member("Format") != detail::kept_entry_format || member("Key") != key || !made || !renew || inputs == nullptr || !inputs->is_object())
        return std::nullopt;
    auto keys = read_json_credentials(fields);
    if (!keys || !keys->expires || keys->session_token.empty()) return std::nullopt;
    kept_entry entry{.key = std::string(key), .inputs = {}, .keys = *std::move(keys), .made = *made, .renew = *renew};
    entry.keys.source = member("Source");
    for (const auto& input : inputs->get_object()) {
        if (!input.value().is_string()) return std::nullopt;
        entry.inputs.emplace(input.key(), input.value().get_string());
    }
    return entry;
}

}  // namespace eksauth
