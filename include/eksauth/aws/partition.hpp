// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace eksauth {

/// A part of AWS with regions, identities and domains of its own.
struct partition {
    std::string_view id;          ///< as in ARNs
    std::string_view dns_suffix;  ///< of its regions' hosts
    std::string_view dual_stack_suffix;  ///< of the hosts that IPv6 reaches too
    std::array<std::string_view, 9> region_prefixes;  ///< what its region names begin with; empty ones are unused
};

/// All partitions. Source: botocore `data/partitions.json`.
inline constexpr std::array<partition, 8> partitions{{
    {"aws", "amazonaws.com", "api.aws", {"us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"}},
    {"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", {"cn"}},
    {"aws-us-gov", "amazonaws.com", "api.aws", {"us-gov"}},
    {"aws-iso", "c2s.ic.gov", "api.aws.ic.gov", {"us-iso"}},
    {"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", {"us-isob"}},
    {"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", {"eu-isoe"}},
    {"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", {"us-isof"}},
    {"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", {"eusc-de"}},
}};

}  // namespace eksauth
