// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include <credplugin/system_context.hpp>
#include <eksauth/base/version.hpp>
#include <eksauth/beast_transport.hpp>
#include <eksauth/system_context.hpp>

#include <openssl/crypto.h>

#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <utility>

namespace {

// Without this OpenSSL, and Asio on it, would crash or wait for themselves where they get no memory.
void* there(void* memory) {
    if (memory == nullptr) credplugin::end_without_memory();
    return memory;
}

}  // namespace

int main(int count, char** arguments) {
    ::CRYPTO_set_mem_functions([](std::size_t size, const char*, int) { return there(std::malloc(size)); },
                               [](void* old, std::size_t size, const char*, int) { return there(std::realloc(old, size)); },
                               [](void* memory, const char*, int) { std::free(memory); });
    eks_plugin::surroundings around{.aws = eksauth::system_context(),
                                    .files = eks_plugin::system_kubeconfig_files(credplugin::system_context()),
                                    .version = eksauth::version};
    around.aws.http = eksauth::beast_transport();
    if (count < 2) return credplugin::run_main(eks_plugin::make_plugin(std::move(around)), count, arguments);
    around.terminal = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    return credplugin::run_main(eks_plugin::make_plugin(std::move(around), eks_plugin::help_text(), eks_plugin::usage_text()), count, arguments);
}
