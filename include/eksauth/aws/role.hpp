// SPDX-License-Identifier: Apache-2.0
// A role as STS takes it: its ARN, and the name of the session.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/aws/partition.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/errors.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace eksauth {

/// Checks `arn:PARTITION:iam::ACCOUNT:role/NAME` before any call is made with it. Error: another form; another partition
/// than that of the STS which is to be asked.
inline result<> check_role_arn(std::string_view arn, const region& sts) {
    const auto refused = [&](const std::string& why) { return error(errc::bad_setting, "role ARN " + credbase::quoted(arn) + " " + why); };
    for (const char c : arn)
        if (c < 0x21 || c > 0x7E) return refused("has a blank, control or non-ASCII character");
    if (arn.size() < 20 || arn.size() > 2048) return refused("has " + std::to_string(arn.size()) + " bytes; 20 to 2048 are possible");
    const std::size_t partition_end = arn.starts_with("arn:") ? arn.find(':', 4) : arn.npos;
    const std::string_view id = partition_end == arn.npos ? "" : arn.substr(4, partition_end - 4);
    const bool known = std::any_of(partitions.begin(), partitions.end(), [&](const partition& one) { return one.id == id; });
    if (!known) return refused("is not of the form arn:aws:iam::123456789012:role/name");
    const std::string_view rest = arn.substr(partition_end);
    if (!rest.starts_with(":iam::") || rest.size() < 25 || rest.substr(6, 12).find_first_not_of("0123456789") != rest.npos ||
        rest.substr(18, 6) != ":role/")
        return refused("is not of the form arn:aws:iam::123456789012:role/name");
    if (id != sts.of->id)
        return refused("is in partition " + std::string(id) + " but the STS region " + sts.name + " is in " + std::string(sts.of->id));
    return {};
}

/// Checks a text that STS takes as 2 to `limit` letters, digits and `also`. Error, within `name`: anything else.
inline result<> check_sts_text(std::string_view text, std::string_view name, std::size_t limit, std::string_view also) {
    const auto allowed = [&](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || also.find(c) != also.npos;
    };
    if (text.size() < 2 || text.size() > limit || !std::all_of(text.begin(), text.end(), allowed))
        return error(errc::bad_setting, credbase::quoted(text) + " must be 2 to " + std::to_string(limit) + " letters, digits and " +
                                            std::string(also)).within(name);
    return {};
}

/// A role session's name: 2 to 64 letters, digits and `_+=,.@-`.
inline result<> check_role_session_name(std::string_view text) { return check_sts_text(text, "role_session_name", 64, "_+=,.@-"); }

/// An external id: 2 to 1224 letters, digits and `_+=,.@:/-`.
inline result<> check_external_id(std::string_view text) { return check_sts_text(text, "external_id", 1224, "_+=,.@:/-"); }

}  // namespace eksauth
