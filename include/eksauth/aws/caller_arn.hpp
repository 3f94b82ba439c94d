// SPDX-License-Identifier: Apache-2.0
// The ARN that STS calls a caller by, and the one that a cluster knows it by.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/aws/partition.hpp>
#include <eksauth/base/errors.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace eksauth {

namespace detail {

/// `arn:PARTITION:SERVICE::ACCOUNT:TYPE/REST`, as far as it is of that form; the parts point into the text.
struct arn_parts {
    std::string_view partition, service, region, account, type;
    std::string_view rest;  ///< behind the type's slash; empty without one

    explicit arn_parts(std::string_view text) {
        if (!text.starts_with("arn:")) return;
        text.remove_prefix(4);
        for (std::string_view* part : {&partition, &service, &region, &account}) {
            const std::size_t colon = text.find(':');
            if (colon == text.npos) return;
            *part = text.substr(0, colon);
            text.remove_prefix(colon + 1);
        }
        const std::size_t slash = std::min(text.find('/'), text.size());
        type = text.substr(0, slash);
        rest = text.substr(std::min(slash + 1, text.size()));
    }
};

}  // namespace detail

/// Whether the caller has a role that may have a path, which the ARN of its session doesn't tell.
///
/// An access entry wants the role's ARN with the path, as IAM has it; `mapRoles` of the ConfigMap aws-auth wants it without, as
/// `access_entry_arn` gives it. Roles of IAM Identity Center (`AWSReservedSSO_...`) always have one.
/// Source: EKS User Guide, "Create access entries".
inline bool lacks_role_path(std::string_view caller_arn) {
    const detail::arn_parts parts(caller_arn);
    return parts.service == "sts" && parts.type == "assumed-role";
}

/// The ARN of the principal behind a caller: what an API server looks up in the cluster's access entries and in aws-auth.
///
/// The role of a role's session, without its path (`lacks_role_path`); users, federated users, roles and the account's root stay as
/// they are. Error: another form, another partition than those known, or anything else that STS may name.
/// Source: aws-iam-authenticator `pkg/arn/arn.go`.
inline result<std::string> access_entry_arn(std::string_view caller_arn) {
    const auto refused = [&](const char* why) { return error(errc::bad_reply, "caller ARN " + credbase::quoted(caller_arn) + " " + why); };
    if (std::any_of(caller_arn.begin(), caller_arn.end(), [](char c) { return c < 0x21 || c > 0x7E; }))
        return refused("has a blank, control or non-ASCII character");
    const detail::arn_parts parts(caller_arn);
    const bool account = parts.account.size() == 12 && parts.account.find_first_not_of("0123456789") == parts.account.npos;
    if (parts.type.empty() || !parts.region.empty() || !account) return refused("is not of the form arn:aws:iam::123456789012:user/name");
    if (std::none_of(partitions.begin(), partitions.end(), [&](const partition& one) { return one.id == parts.partition; }))
        return refused("is in no known partition");
    if (parts.service == "sts" && parts.type == "assumed-role") {
        const std::size_t session = parts.rest.rfind('/');
        if (session == parts.rest.npos || session == 0 || session + 1 == parts.rest.size()) return refused("names no role and session");
        const std::string role(parts.rest.substr(0, session));
        return std::string("arn:").append(parts.partition).append(":iam::").append(parts.account).append(":role/").append(role);
    }
    const bool named = !parts.rest.empty() && ((parts.service == "sts" && parts.type == "federated-user") ||
                                               (parts.service == "iam" && (parts.type == "user" || parts.type == "role")));
    const bool root = parts.service == "iam" && parts.type == "root" && caller_arn.ends_with(":root");
    if (!named && !root) return refused("is neither of a role nor of a user");
    return std::string(caller_arn);
}

}  // namespace eksauth
