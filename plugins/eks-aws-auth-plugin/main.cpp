// SPDX-License-Identifier: Apache-2.0
#include "eks_provider.hpp"

#include <credplugin/system_context.hpp>
#include <eksauth/system_context.hpp>

int main(int count, char** arguments) {
    return credplugin::run_main(eks_plugin::make_plugin(eksauth::system_context(), PLUGIN_VERSION), count, arguments);
}
