// SPDX-License-Identifier: Apache-2.0
// The libFuzzer program of all targets: the variable FUZZ_TARGET names one. Without it the program prints their names.
#include "targets.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

static const fuzz::target* chosen = nullptr;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* const wanted = std::getenv("FUZZ_TARGET");
    for (const fuzz::target& one : fuzz::targets) {
        if (wanted == nullptr) std::puts(one.name);
        else if (std::string_view(wanted) == one.name) chosen = &one;
    }
    if (chosen != nullptr) return 0;
    if (wanted == nullptr) std::exit(0);
    std::fprintf(stderr, "there is no target %s\n", wanted);
    std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    chosen->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
