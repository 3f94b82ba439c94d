// SPDX-License-Identifier: Apache-2.0
// All targets by name. Each is a header of that name here, with seeds in `seeds/NAME` and what was ever found in `crashes/NAME`.
#pragma once

#include "arguments.hpp"
#include "cluster_profile.hpp"
#include "command_line.hpp"
#include "described_cluster.hpp"
#include "encodings.hpp"
#include "exec_credential.hpp"
#include "exec_info.hpp"
#include "host_run.hpp"
#include "http_response.hpp"
#include "ini.hpp"
#include "json.hpp"
#include "json_credentials.hpp"
#include "kept_entry.hpp"
#include "key_text.hpp"
#include "kubeconfig.hpp"
#include "metav1_status.hpp"
#include "names.hpp"
#include "plugin_run.hpp"
#include "process_output.hpp"
#include "provider_file.hpp"
#include "shared_config.hpp"
#include "sts_reply.hpp"
#include "text.hpp"
#include "timestamp.hpp"
#include "token_cache.hpp"
#include "uri.hpp"

#include <string_view>

namespace fuzz {

struct target {
    const char* name;
    void (*check)(std::string_view input);

    /// An input that tells the planted secret by itself, or would once it is escaped, is none.
    void run(std::string_view input) const {
        if (!tells(credbase::escape_controls(input))) check(input);
    }
};

inline constexpr target targets[] = {
    {"arguments", fuzz_arguments},
    {"cluster_profile", fuzz_cluster_profile},
    {"command_line", fuzz_command_line},
    {"described_cluster", fuzz_described_cluster},
    {"encodings", fuzz_encodings},
    {"exec_credential", fuzz_exec_credential},
    {"exec_info", fuzz_exec_info},
    {"host_run", fuzz_host_run},
    {"http_response", fuzz_http_response},
    {"ini", fuzz_ini},
    {"json", fuzz_json},
    {"json_credentials", fuzz_json_credentials},
    {"kept_entry", fuzz_kept_entry},
    {"key_text", fuzz_key_text},
    {"kubeconfig", fuzz_kubeconfig},
    {"metav1_status", fuzz_metav1_status},
    {"names", fuzz_names},
    {"plugin_run", fuzz_plugin_run},
    {"process_output", fuzz_process_output},
    {"provider_file", fuzz_provider_file},
    {"shared_config", fuzz_shared_config},
    {"sts_reply", fuzz_sts_reply},
    {"text", fuzz_text},
    {"timestamp", fuzz_timestamp},
    {"token_cache", fuzz_token_cache},
    {"uri", fuzz_uri},
};

}  // namespace fuzz
