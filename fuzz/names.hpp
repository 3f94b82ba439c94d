// SPDX-License-Identifier: Apache-2.0
// Names that end up in hosts, headers and calls: regions, clusters, roles, sessions.
#pragma once

#include "property.hpp"

#include <credplugin/protocol/api_version.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/aws/role.hpp>
#include <eksauth/eks_token.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace fuzz {

/// That a host is the STS of that region: no other label, and one of the domains of AWS.
inline void hold_sts_host(std::string_view host, std::string_view region) {
    constexpr std::array<std::string_view, 7> domains = {"amazonaws.com",  "amazonaws.com.cn", "c2s.ic.gov",  "sc2s.sgov.gov",
                                                         "cloud.adc-e.uk", "csp.hci.ic.gov",   "amazonaws.eu"};
    const std::string start = "sts." + std::string(region) + ".";
    hold(region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == region.npos && host.starts_with(start) &&
             std::find(domains.begin(), domains.end(), host.substr(std::min(start.size(), host.size()))) != domains.end(),
         "the token's host is the STS of the region", host);
    hold(region.starts_with("cn-") == host.ends_with(".cn"), "China has its own domain", host);
}

}  // namespace fuzz

inline void fuzz_names(std::string_view input) {
    using fuzz::hold;
    const auto where = eksauth::parse_region(input);
    if (fuzz::hold_same_end(where, eksauth::parse_region(input))) {
        hold(where->name == input && input.size() <= 63, "a region is its name");
        fuzz::hold_sts_host(where->sts_host(), input);
    }
    const auto checked = [&](const eksauth::result<>& outcome, std::size_t limit) {
        if (!outcome) fuzz::hold_error(outcome.error());
        hold(!outcome || input.size() <= limit, "a name's limit holds");
        for (const char c : input) hold(!outcome || (c > 0x20 && c < 0x7F), "a name is visible ASCII", input);
    };
    checked(eksauth::check_cluster_id(input), 256);
    checked(eksauth::check_role_session_name(input), 64);
    checked(eksauth::check_external_id(input), 1224);
    for (const char* sts : {"us-east-1", "cn-north-1", "us-gov-west-1"})
        checked(eksauth::check_role_arn(input, *eksauth::parse_region(sts)), 2048);
    if (const auto version = credplugin::parse_api_version(input)) hold(to_string(*version) == input, "a version is its name");
}
