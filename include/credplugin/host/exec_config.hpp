// SPDX-License-Identifier: Apache-2.0
// A plugin as a host is told to run it.
#pragma once

#include <credplugin/protocol/api_version.hpp>
#include <credplugin/protocol/cluster_info.hpp>

#include <string.h>  // explicit_bzero

#include <string>
#include <vector>

namespace credplugin {

/// Whether the plugin gets the host's stdin: never, where that is a terminal, or else not run at all.
enum class interactive_mode { never, if_available, always };

/// A variable that the plugin gets beside the host's own.
struct environment_variable {
    std::string name;   ///< without a `=`
    std::string value;  ///< may be a secret: never part of a message, and wiped when this object goes

    ~environment_variable() { ::explicit_bzero(value.data(), value.size()); }
};

/// How to run a plugin: `users[].user.exec` of a kubeconfig, or `providers[].execConfig` of a provider file.
struct exec_config {
    std::string name;  ///< of the provider or user; for messages
    api_version version = api_version::v1;  ///< in which the plugin is asked, and has to answer
    std::string command;  ///< with a `/` a path, as given; else a name that is searched in PATH
    std::vector<std::string> arguments = {};             ///< behind the command
    std::vector<environment_variable> environment = {};  ///< beside the host's own; of one name the last counts
    std::string install_hint = {};                       ///< shown where the command isn't found
    bool provide_cluster_info = false;                   ///< whether the plugin is told of the cluster, config included
    interactive_mode interactive = interactive_mode::never;  ///< what the plugin gets as stdin
};

/// A plugin and the cluster that it is run for: all that decides which credential comes out.
struct plugin_call {
    exec_config exec;      ///< of the plugin
    cluster_info cluster;  ///< told to the plugin where `exec.provide_cluster_info` is true
    std::string cluster_name = {};  ///< such as `namespace/name` of a ClusterProfile; for messages
};

}  // namespace credplugin
