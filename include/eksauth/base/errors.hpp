// SPDX-License-Identifier: Apache-2.0
// The words for what can go wrong in eksauth, in one table.
#pragma once

#include <credbase/error.hpp>

namespace eksauth {

using credbase::error;
using credbase::result;

namespace errc {
inline constexpr credbase::errc bad_region{"EKS-REGION"};             ///< the region is none, or in no known partition
inline constexpr credbase::errc bad_cluster{"EKS-CLUSTER"};           ///< the cluster id can't be signed safely
inline constexpr credbase::errc cannot_start{"EKS-CANNOT-START"};     ///< the cryptography of this system is unusable
inline constexpr credbase::errc bad_clock{"EKS-CLOCK"};               ///< the system clock can't be right
inline constexpr credbase::errc no_credentials{"EKS-NO-CREDENTIALS"}; ///< no source is configured
inline constexpr credbase::errc source_failed{"EKS-SOURCE-FAILED"};   ///< a source is configured and failed
inline constexpr credbase::errc bad_credentials{"EKS-BAD-CREDENTIALS"}; ///< what a source gave is malformed or expired
inline constexpr credbase::errc bad_file{"EKS-BAD-FILE"};             ///< a config file can't be read or understood
inline constexpr credbase::errc no_profile{"EKS-NO-PROFILE"};         ///< the profile that was asked for doesn't exist
inline constexpr credbase::errc bad_profile{"EKS-BAD-PROFILE"};       ///< the profile contradicts itself
inline constexpr credbase::errc not_supported{"EKS-NOT-SUPPORTED"};   ///< a source that this version doesn't have
inline constexpr credbase::errc token_too_long{"EKS-TOKEN-TOO-LONG"}; ///< no API server takes a token of that length
}  // namespace errc

}  // namespace eksauth
