// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/es256.hpp>

#include "support/catch_shim.hpp"
#include "support/p256.hpp"

#include <string>
#include <string_view>

template <class Bytes>
static std::string_view text_of(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

TEST_CASE("es256: what a key signs verifies by its public key, and nothing else does") {
    const auto key = eksauth::es256_key::from_pem(sec1_pem(new_key())), other = eksauth::es256_key::from_pem(sec1_pem(new_key()));
    REQUIRE(key.has_value());
    REQUIRE(other.has_value());
    for (const std::string text : {"", "a", "header.payload"}) {
        const auto point = key->public_key(), another = other->public_key();
        const auto signature = key->sign(text);
        REQUIRE(signature.has_value());
        CHECK(es256_verifies(text_of(point->x), text_of(point->y), text, text_of(*signature)));
        CHECK_FALSE(es256_verifies(text_of(point->x), text_of(point->y), text + ".", text_of(*signature)));
        CHECK_FALSE(es256_verifies(text_of(another->x), text_of(another->y), text, text_of(*signature)));
    }
}

TEST_CASE("es256: 110 coordinates and signatures keep their leading zero bytes") {
    bool x = false, y = false, r = false, s = false;
    for (int made = 0; made < 20000 && !(x && y && r && s); ++made) {
        const auto key = eksauth::es256_key::from_pem(sec1_pem(new_key()));
        const auto point = key->public_key();
        const auto signature = key->sign("text");
        const bool now[] = {point->x[0] == 0, point->y[0] == 0, (*signature)[0] == 0, (*signature)[32] == 0};
        x |= now[0], y |= now[1], r |= now[2], s |= now[3];
        if (now[0] || now[1] || now[2] || now[3]) CHECK(es256_verifies(text_of(point->x), text_of(point->y), "text", text_of(*signature)));
    }
    CHECK((x && y && r && s));
}

TEST_CASE("es256: a text that is no such key is refused without being told") {
    const std::string pem = sec1_pem(new_key());
    for (const std::string& text : {std::string(), std::string("hush"), pem.substr(0, pem.size() / 2), sec1_pem(new_key("P-384")),
                                    std::string("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n")}) {
        const auto key = eksauth::es256_key::from_pem(text);
        REQUIRE_FALSE(key.has_value());
        CHECK(key.error().text() == "not a private key on P-256 in PEM");
    }
}
