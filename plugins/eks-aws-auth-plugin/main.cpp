// SPDX-License-Identifier: Apache-2.0
#include "eks_provider.hpp"

#include <credplugin/system_context.hpp>
#include <eksauth/base/version.hpp>
#include <eksauth/beast_transport.hpp>
#include <eksauth/system_context.hpp>

#include <openssl/crypto.h>

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
    eksauth::context aws = eksauth::system_context();
    aws.http = eksauth::beast_transport();
    return credplugin::run_main(eks_plugin::make_plugin(std::move(aws), eksauth::version), count, arguments);
}
