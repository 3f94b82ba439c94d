// SPDX-License-Identifier: Apache-2.0
// A region name that is safe to build a host from, and the host.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/aws/partition.hpp>
#include <eksauth/base/errors.hpp>

#include <string>
#include <string_view>

namespace eksauth {

/// A region of a known partition.
struct region {
    std::string name;     ///< such as `eu-west-1`; safe in a host's name
    const partition* of;  ///< an element of `partitions`

    /// The region's own public STS host, whatever environment and files say: `sts.<region>.<suffix>`.
    std::string sts_host() const { return ("sts." + name + ".").append(of->dns_suffix); }
};

/// Reads a region name: `<prefix of a partition>-<letters and digits>-<one or two digits>`, 1 to 63 bytes.
///
/// New regions of known partitions are accepted. Error: anything else, pseudo regions such as `aws-global` included, since
/// a guessed partition would send a signed proof of identity to a host that nobody chose.
/// Source: the region patterns of botocore `data/partitions.json`, with `[a-z0-9]` for `\w`.
inline result<region> parse_region(std::string_view text) {
    const auto refused = [&](const std::string& why) { return error(errc::bad_region, why); };
    constexpr std::string_view digits = "0123456789", allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (text.empty()) return refused("region is empty");
    if (text.size() > 63) return refused("region has " + std::to_string(text.size()) + " bytes, limit 63");
    if (const auto bad = text.find_first_not_of(allowed); bad != text.npos)
        return refused("region " + credbase::quoted(text) + " has the byte " + credbase::hex_byte(text[bad]) + " at offset " +
                       std::to_string(bad) + "; only a-z, 0-9 and - may stand in a region");

    const auto number = text.rfind('-');
    const auto word = number == text.npos || number == 0 ? text.npos : text.rfind('-', number - 1);
    if (word != text.npos && number - word > 1) {
        const std::string_view prefix = text.substr(0, word), count = text.substr(number + 1);
        if (!count.empty() && count.size() <= 2 && count.find_first_not_of(digits) == count.npos)
            for (const partition& one : partitions)
                for (const std::string_view known : one.region_prefixes)
                    if (!known.empty() && known == prefix) return region{std::string(text), &one};
    }
    return refused("region " + credbase::quoted(text) +
                   " is in no known partition; use a real region such as us-east-1, cn-north-1 or us-gov-west-1");
}

}  // namespace eksauth
