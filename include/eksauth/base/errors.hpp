// SPDX-License-Identifier: Apache-2.0
// The words for what can go wrong in eksauth, in one table.
#pragma once

#include <credbase/error.hpp>

/// AWS credentials and the bearer tokens of Amazon EKS.
namespace eksauth {

using credbase::error;
using credbase::result;

/// The words of eksauth's errors.
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
inline constexpr credbase::errc bad_setting{"EKS-SETTING"};           ///< a setting of environment or profile can't be understood
inline constexpr credbase::errc call_refused{"EKS-CALL-REFUSED"};     ///< a service answered, and refused
inline constexpr credbase::errc bad_reply{"EKS-BAD-REPLY"};           ///< a service's answer can't be understood
inline constexpr credbase::errc http_no_host{"EKS-HTTP-NO-HOST"};     ///< the name doesn't exist
inline constexpr credbase::errc http_unreachable{"EKS-HTTP-UNREACHABLE"}; ///< no connection: refused, no route, no answer in time
inline constexpr credbase::errc http_timeout{"EKS-HTTP-TIMEOUT"};     ///< connected, and then no answer in time
inline constexpr credbase::errc http_cut{"EKS-HTTP-CUT"};             ///< the connection ended before the answer did
inline constexpr credbase::errc http_tls{"EKS-HTTP-TLS"};             ///< the peer can't be trusted, or there is nothing to check it by
inline constexpr credbase::errc http_proxy{"EKS-HTTP-PROXY"};         ///< the proxy refused
inline constexpr credbase::errc http_malformed{"EKS-HTTP-MALFORMED"}; ///< what came is no HTTP
inline constexpr credbase::errc http_too_large{"EKS-HTTP-TOO-LARGE"}; ///< the answer is larger than its limit
inline constexpr credbase::errc time_limit{"EKS-TIME-LIMIT"};         ///< the whole run's time is over
}  // namespace errc

}  // namespace eksauth
