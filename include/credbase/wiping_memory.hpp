// SPDX-License-Identifier: Apache-2.0
// Memory for JSON that may hold secrets, and JSON written without copies that stay behind.
#pragma once

#include <credbase/secret_string.hpp>

#include <boost/json/memory_resource.hpp>
#include <boost/json/serializer.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <string.h>  // explicit_bzero

#include <array>
#include <cstddef>
#include <new>
#include <string_view>

namespace credbase {

namespace detail {

class wiping_resource final : public boost::json::memory_resource {
    void* do_allocate(std::size_t bytes, std::size_t) override { return ::operator new(bytes); }  // JSON needs no extended alignment
    void do_deallocate(void* block, std::size_t bytes, std::size_t) override {
        ::explicit_bzero(block, bytes);
        ::operator delete(block);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace detail

/// Storage whose blocks are wiped when they are given back.
inline boost::json::storage_ptr wiping_storage() {
    static detail::wiping_resource resource;
    return boost::json::storage_ptr(&resource);
}

/// The JSON text of a value.
inline secret_string serialize_secret(const boost::json::value& value) {
    secret_string out;
    boost::json::serializer writer;
    writer.reset(&value);
    std::array<char, 1024> block;
    while (!writer.done()) out.append(std::string_view(writer.read(block.data(), block.size())));
    ::explicit_bzero(block.data(), block.size());
    return out;
}

}  // namespace credbase
