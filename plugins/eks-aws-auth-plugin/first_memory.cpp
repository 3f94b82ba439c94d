// SPDX-License-Identifier: Apache-2.0
// The C++ heap of a program that runs for a moment: its first bytes come from a block of the program's own, so that a run which
// needs no more asks the system for none. What is given back of it is not used again. Not for builds with sanitizers, which
// would see nothing of it.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <new>

namespace {

// Counter and bytes begin on the same page.
struct {
    std::atomic<std::size_t> used;
    alignas(__STDCPP_DEFAULT_NEW_ALIGNMENT__) char bytes[65536];
} constinit block{};

}  // namespace

void* operator new(std::size_t size) {
    constexpr std::size_t unit = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
    if (size == 0) size = 1;  // each address is given once
    if (size <= sizeof block.bytes) {
        const std::size_t at = block.used.fetch_add((size + unit - 1) / unit * unit, std::memory_order_relaxed);
        if (at <= sizeof block.bytes - size) return block.bytes + at;
    }
    for (;;) {
        if (void* const more = std::malloc(size)) return more;
        const auto handler = std::get_new_handler();
        if (handler == nullptr) throw std::bad_alloc();
        handler();
    }
}

void operator delete(void* memory) noexcept {
    const std::less<const void*> before;
    if (before(memory, block.bytes) || !before(memory, block.bytes + sizeof block.bytes)) std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept { ::operator delete(memory); }

// The other forms of new and delete come down to these.
