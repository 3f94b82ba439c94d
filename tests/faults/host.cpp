// SPDX-License-Identifier: Apache-2.0
// A host of one cluster: a provider file and a ClusterProfile in, its token out.
//
//     host PROVIDER_FILE CLUSTER_PROFILE
//
// Ends with 0 and the token in a line on stdout, or with 1 and a line on stderr. Built without sanitizers, which don't bear faults.
#include <credbase/plain_text.hpp>
#include <credbase/posix_process.hpp>
#include <credplugin/host/access.hpp>
#include <credplugin/host/cluster_profile.hpp>
#include <credplugin/host/provider_file.hpp>
#include <credplugin/host/run_plugin.hpp>
#include <credplugin/system_host_context.hpp>

#include <unistd.h>

#include <chrono>
#include <exception>
#include <string>

namespace {

credplugin::result<credplugin::exec_credential> credential(const credplugin::host_context& ctx, const std::string& providers_path,
                                                           const std::string& profile_path) {
    const auto providers = load_provider_file(ctx, providers_path);
    if (!providers) return providers.error();
    const auto text = ctx.read_file(profile_path, credplugin::cluster_profile_limits.bytes);
    if (!text) return text.error();
    if (!*text) return credplugin::error(credplugin::errc::bad_cluster_profile, "reading " + profile_path + ": no such file");
    const auto profile = credplugin::parse_cluster_profile((*text)->reveal());
    if (!profile) return profile.error();
    const auto call = find_access(*providers, *profile);
    if (!call) return call.error();
    return run_plugin(ctx, *call, {.time_limit = std::chrono::seconds(20)});
}

}  // namespace

int main(int count, char** arguments) try {
    credbase::protect_memory();
    credbase::protect_standard_streams();
    if (count != 3) return 2;
    const auto found = credential(credplugin::system_host_context(), arguments[1], arguments[2]);
    if (found && credbase::write_all(STDOUT_FILENO, std::string(found->token.reveal()) + "\n", credplugin::errc::write_failed)) return 0;
    const std::string why = found ? "stdout can't be written" : credbase::escape_controls(found.error().text());
    (void)credbase::write_all(STDERR_FILENO, "[host] " + why + "\n", credplugin::errc::write_failed);
    return 1;
} catch (const std::exception&) {
    constexpr char none[] = "[host] the system gives no more memory\n";  // nothing else is thrown
    [[maybe_unused]] const ssize_t told = ::write(STDERR_FILENO, none, sizeof none - 1);
    return 1;
}
