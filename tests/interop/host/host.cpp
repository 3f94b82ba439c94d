// SPDX-License-Identifier: Apache-2.0
// A host: a provider file, ClusterProfiles, a plugin run for each, on the real system.
//
//     host TIME_LIMIT_MS PROVIDER_FILE CLUSTER_PROFILE…
//
// The variable ALLOWED_CLUSTERS names a file with an array of clusters, {"server": "…", "ca": "…", "config": …}: then no other
// gets a credential, nor one of these by a way of its own. Without it, all do.
//
// Answers each profile with a line: {"token": "…", "certificate": "…", "expires": "…"}, members that are there, or
// {"error": "…", "word": "…"}.
#include <credbase/timestamp.hpp>
#include <credplugin/host/access.hpp>
#include <credplugin/host/cluster_profile.hpp>
#include <credplugin/host/provider_file.hpp>
#include <credplugin/host/run_plugin.hpp>
#include <credplugin/system_host_context.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// What binds a credential to its cluster: the server, who vouches for it, the way there, and what the plugin is told to make.
bool is_one_of(const boost::json::array& allowed, const credplugin::cluster_info& cluster) {
    const boost::json::value asked = boost::json::object{
        {"server", cluster.server}, {"ca", cluster.certificate_authority_data}, {"config", cluster.config}};
    return cluster.tls_server_name.empty() && cluster.proxy_url.empty() && std::find(allowed.begin(), allowed.end(), asked) != allowed.end();
}
credplugin::access_options options_of_host() {
    const char* const file = std::getenv("ALLOWED_CLUSTERS");
    if (file == nullptr) return {};
    const boost::json::array allowed = boost::json::parse(read_text(file)).as_array();
    return {.allowed_servers = [allowed](const credplugin::plugin_call& call) { return is_one_of(allowed, call.cluster); }};
}

credplugin::result<credplugin::exec_credential> answer(const credplugin::host_context& ctx, const credplugin::provider_file& providers,
                                                       const std::string& profile_path, const credplugin::run_options& options) {
    const auto profile = credplugin::parse_cluster_profile(read_text(profile_path));
    if (!profile) return profile.error();
    const auto call = credplugin::find_access(providers, *profile, options_of_host());
    if (!call) return call.error();
    return credplugin::run_plugin(ctx, *call, options);
}

boost::json::object as_json(const credplugin::error& error) { return {{"error", error.text()}, {"word", error.code().word}}; }

boost::json::object as_json(const credplugin::result<credplugin::exec_credential>& credential) {
    if (!credential) return as_json(credential.error());
    boost::json::object line;
    if (!credential->token.empty()) line["token"] = credential->token.reveal();
    if (!credential->client_certificate_data.empty()) line["certificate"] = credential->client_certificate_data;
    if (credential->expires) line["expires"] = credbase::rfc3339(*credential->expires);
    return line;
}

int run(std::chrono::milliseconds time_limit, const std::string& providers_path, const std::vector<std::string>& profiles) {
    const credplugin::host_context ctx = credplugin::system_host_context();
    const auto providers = credplugin::load_provider_file(ctx, providers_path);
    for (const std::string& profile : profiles) {
        const auto line = providers ? as_json(answer(ctx, *providers, profile, {.time_limit = time_limit})) : as_json(providers.error());
        if (std::puts(boost::json::serialize(line).c_str()) == EOF) return 1;
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments, arguments + count);
    long milliseconds = 0;
    if (count > 1) std::from_chars(words[1].data(), words[1].data() + words[1].size(), milliseconds);
    if (count < 4 || milliseconds <= 0) {
        std::fputs("usage: host TIME_LIMIT_MS PROVIDER_FILE CLUSTER_PROFILE...\n", stderr);
        return 2;
    }
    return run(std::chrono::milliseconds(milliseconds), words[2], {words.begin() + 3, words.end()});
}
