// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace eksauth {

/// A part of AWS with regions, identities and domains of its own.
struct partition {
    std::string_view id;          ///< as in ARNs
    std::string_view dns_suffix;  ///< of its regions' hosts
    std::array<std::string_view, 9> region_prefixes;  ///< what its region names begin with; empty ones are unused
};

/// All partitions. Source: botocore `data/partitions.json`.
inline constexpr std::array<partition, 8> partitions{{
    {"aws", "amazonaws.com", {"us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"}},
    {"aws-cn", "amazonaws.com.cn", {"cn"}},
    {"aws-us-gov", "amazonaws.com", {"us-gov"}},
    {"aws-iso", "c2s.ic.gov", {"us-iso"}},
    {"aws-iso-b", "sc2s.sgov.gov", {"us-isob"}},
    {"aws-iso-e", "cloud.adc-e.uk", {"eu-isoe"}},
    {"aws-iso-f", "csp.hci.ic.gov", {"us-isof"}},
    {"aws-eusc", "amazonaws.eu", {"eusc-de"}},
}};

}  // namespace eksauth
