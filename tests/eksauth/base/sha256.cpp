// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/sha256.hpp>

#include "support/catch_shim.hpp"

#include <eksauth/base/hex.hpp>

#include <cstddef>
#include <string>

TEST_CASE("sha256: the examples of FIPS 180") {
    struct row { const char* name; std::string data; const char* digest; };
    const row rows[] = {
        {"nothing", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"one block", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"a million letters", std::string(1000000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto digest = eksauth::sha256(r.data);
        REQUIRE(digest.has_value());
        CHECK(eksauth::hex(*digest) == r.digest);
        CHECK(eksauth::bytes_of(*digest).size() == 32);
    }
}

TEST_CASE("hmac_sha256: the examples of RFC 4231") {
    struct row { const char* name; std::string key, data; const char* mac; };
    const row rows[] = {
        {"case 1", std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"case 2, a short key", "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"case 3, bytes over 0x7F", std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {"case 6, a key longer than a block", std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"an empty key and no data", "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto mac = eksauth::hmac_sha256(r.key, r.data);
        REQUIRE(mac.has_value());
        CHECK(eksauth::hex(*mac) == r.mac);
    }
}

// Each length once, so that every place where a block, a padding or a key may end is met; by Python's hashlib and hmac.
TEST_CASE("sha256 and hmac_sha256: texts and keys of 0 to 200 bytes") {
    std::string digest, mac;
    for (std::size_t length = 0; length <= 200; ++length) {
        digest = eksauth::hex(*eksauth::sha256(digest + std::string(length, 'a')));
        mac = eksauth::hex(*eksauth::hmac_sha256(std::string(length, 'k'), mac + std::string(length, 'a')));
    }
    CHECK(digest == "f556642dd0a93450ce75b8c863d29b6585f602ffccb708f4a206aa7f82407ab6");
    CHECK(mac == "28b45bf63b504e969aa48fbab9c5e26a90579710a4568370d656bbd9f0177971");
}

TEST_CASE("sha256_state and hmac_sha256_state: a text in pieces has the digest of the whole, and copies go their own way") {
    const std::string text(300, 'a');
    for (const std::size_t first : {0U, 1U, 55U, 63U, 64U, 65U, 128U, 300U}) {
        INFO(first);
        eksauth::sha256_state state;
        eksauth::hmac_sha256_state keyed("key");
        state.add(text.substr(0, first));
        keyed.add(text.substr(0, first));
        auto other_state = state;
        auto other_keyed = keyed;
        other_state.add("something else");
        other_keyed.add("something else");
        state.add(text.substr(first));
        keyed.add(text.substr(first));
        CHECK(*state.finish() == *eksauth::sha256(text));
        CHECK(*keyed.finish() == *eksauth::hmac_sha256("key", text));
        CHECK(*other_state.finish() == *eksauth::sha256(text.substr(0, first) + "something else"));
        CHECK(*other_keyed.finish() == *eksauth::hmac_sha256("key", text.substr(0, first) + "something else"));
    }
}

TEST_CASE("sha256_state and hmac_sha256_state: assignment takes over the other's text") {
    eksauth::sha256_state state, other;
    state.add("abc");
    other.add("gone");
    other = state;
    CHECK(*other.finish() == *eksauth::sha256("abc"));
    eksauth::hmac_sha256_state keyed("key"), another("gone");
    another = keyed;
    another.add("abc");
    CHECK(*another.finish() == *eksauth::hmac_sha256("key", "abc"));
}
