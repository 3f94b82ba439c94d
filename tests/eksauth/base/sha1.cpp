// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/sha1.hpp>

#include "support/catch_shim.hpp"

TEST_CASE("sha1: the examples of FIPS 180") {
    CHECK(*eksauth::sha1_hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(*eksauth::sha1_hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    CHECK(*eksauth::sha1_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}
