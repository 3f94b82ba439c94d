// SPDX-License-Identifier: Apache-2.0
// The words for what can go wrong in credplugin, in one table.
#pragma once

#include <credbase/error.hpp>

namespace credplugin {

using credbase::error;
using credbase::result;

namespace errc {
inline constexpr credbase::errc no_exec_info{"EXEC-NO-INFO"};               ///< KUBERNETES_EXEC_INFO is unset or blank
inline constexpr credbase::errc bad_exec_info{"EXEC-BAD-INFO"};             ///< it isn't a well-formed ExecCredential
inline constexpr credbase::errc unsupported_version{"EXEC-VERSION"};        ///< its apiVersion isn't one of ours
inline constexpr credbase::errc unexpected_kind{"EXEC-KIND"};               ///< its kind isn't ExecCredential
inline constexpr credbase::errc no_cluster{"EXEC-NO-CLUSTER"};              ///< the cluster, or a part of it, is missing
inline constexpr credbase::errc no_config{"EXEC-NO-CONFIG"};                ///< the extension's config is missing
inline constexpr credbase::errc bad_config{"EXEC-BAD-CONFIG"};              ///< the config isn't what the plugin takes
inline constexpr credbase::errc provider_failed{"EXEC-PROVIDER"};           ///< the plugin's own work failed
inline constexpr credbase::errc unusable_credential{"EXEC-BAD-CREDENTIAL"}; ///< the plugin made what no host accepts
inline constexpr credbase::errc write_failed{"EXEC-WRITE"};                 ///< stdout didn't take the answer
inline constexpr credbase::errc internal_error{"EXEC-INTERNAL"};            ///< the plugin's code threw an exception
}  // namespace errc

}  // namespace credplugin
