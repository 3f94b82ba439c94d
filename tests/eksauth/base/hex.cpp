// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/hex.hpp>

#include "support/catch_shim.hpp"

#include <vector>

TEST_CASE("hex: each byte becomes two lower-case digits") {
    struct row { const char* name; std::vector<unsigned char> bytes; const char* text; };
    const row rows[] = {
        {"nothing", {}, ""},
        {"zero keeps both digits", {0x00}, "00"},
        {"the high digit comes first", {0x0F, 0xF0}, "0ff0"},
        {"every digit", {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF}, "0123456789abcdef"},
        {"the highest byte", {0xFF}, "ff"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(eksauth::hex(r.bytes) == r.text);
    }
}
