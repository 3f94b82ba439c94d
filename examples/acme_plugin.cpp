// SPDX-License-Identifier: Apache-2.0
// A whole exec credential plugin for another cloud. Its clusters carry the config {"tenant": "blue"}.
#include <credplugin/credplugin.hpp>
#include <credplugin/system_context.hpp>

#include <chrono>

static credplugin::result<credplugin::exec_credential> acme_login(const credplugin::exec_info& info, const credplugin::context& ctx) {
    auto tenant = config_string(info, "tenant");  // its error names spec.cluster.config.tenant
    if (!tenant) return tenant.error();
    if (*tenant != "blue")
        return credplugin::error(credplugin::errc::provider_failed, "tenant \"" + *tenant + "\" is unknown to ACME");
    return credplugin::exec_credential{.token = credbase::secret_string("acme-" + *tenant),
                                       .expires = ctx.now() + std::chrono::minutes(10)};
}

int main(int count, char** arguments) {
    return credplugin::run_main({.name = "acme", .get_credential = acme_login, .version = "acme-plugin 1.0"}, count, arguments);
}
