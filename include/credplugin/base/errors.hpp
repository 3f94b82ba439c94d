// SPDX-License-Identifier: Apache-2.0
// The words for what can go wrong in credplugin, in one table.
#pragma once

#include <credbase/error.hpp>

/// The exec credential protocol of Kubernetes, for plugins and for those who run them.
namespace credplugin {

using credbase::error;
using credbase::result;

/// The words of credplugin's errors.
namespace errc {
inline constexpr credbase::errc no_exec_info{"EXEC-NO-INFO"};               ///< KUBERNETES_EXEC_INFO is unset or blank
inline constexpr credbase::errc bad_exec_info{"EXEC-BAD-INFO"};             ///< it isn't a well-formed ExecCredential
inline constexpr credbase::errc unsupported_version{"EXEC-VERSION"};        ///< its apiVersion isn't one of ours
inline constexpr credbase::errc unexpected_kind{"EXEC-KIND"};               ///< its kind isn't ExecCredential
inline constexpr credbase::errc no_cluster{"EXEC-NO-CLUSTER"};              ///< the cluster, or a part of it, is missing
inline constexpr credbase::errc no_config{"EXEC-NO-CONFIG"};                ///< the extension's config is missing
inline constexpr credbase::errc bad_config{"EXEC-BAD-CONFIG"};              ///< the config isn't what the plugin takes
inline constexpr credbase::errc bad_arguments{"EXEC-ARGUMENTS"};           ///< the plugin doesn't take these arguments
inline constexpr credbase::errc provider_failed{"EXEC-PROVIDER"};           ///< the plugin's own work failed
inline constexpr credbase::errc unusable_credential{"EXEC-BAD-CREDENTIAL"}; ///< the plugin made what no host accepts
inline constexpr credbase::errc write_failed{"EXEC-WRITE"};                 ///< stdout, or the file of --install, didn't take all
inline constexpr credbase::errc internal_error{"EXEC-INTERNAL"};            ///< a mistake in the plugin's code: an exception, or no name
inline constexpr credbase::errc out_of_memory{"EXEC-MEMORY"};              ///< the system gives no more memory

// The host half.
inline constexpr credbase::errc bad_provider_file{"EXEC-PROVIDER-FILE"};     ///< the provider file can't be read or understood
inline constexpr credbase::errc bad_cluster_profile{"EXEC-CLUSTER-PROFILE"}; ///< the ClusterProfile can't be understood, or asks for what is refused
inline constexpr credbase::errc no_access{"EXEC-NO-ACCESS"};                 ///< no provider of the file serves the ClusterProfile
inline constexpr credbase::errc bad_exec_config{"EXEC-CONFIG"};              ///< the plugin can't be run as configured
inline constexpr credbase::errc plugin_not_found{"EXEC-NOT-FOUND"};          ///< there is no such plugin, or it can't be started
inline constexpr credbase::errc plugin_failed{"EXEC-FAILED"};                ///< the plugin ended with a failure
inline constexpr credbase::errc plugin_timeout{"EXEC-TIMEOUT"};              ///< the plugin took too long, or was no longer wanted
inline constexpr credbase::errc bad_answer{"EXEC-BAD-ANSWER"};               ///< what the plugin printed is no usable ExecCredential
}  // namespace errc

}  // namespace credplugin
