// SPDX-License-Identifier: Apache-2.0
#include "eks_provider.hpp"

#include <credplugin/system_context.hpp>
#include <eksauth/base/version.hpp>
#include <eksauth/beast_transport.hpp>
#include <eksauth/system_context.hpp>

#include <utility>

int main(int count, char** arguments) {
    eksauth::context aws = eksauth::system_context();
    aws.http = eksauth::beast_transport();
    return credplugin::run_main(eks_plugin::make_plugin(std::move(aws), eksauth::version), count, arguments);
}
