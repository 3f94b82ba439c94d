// SPDX-License-Identifier: Apache-2.0
#include <eksauth/services/dpop.hpp>

#include "support/catch_shim.hpp"
#include "support/fakes.hpp"
#include "support/p256.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <string>

TEST_CASE("dpop: 110 the proof has the request, the time and the key, and is signed by it") {
    const auto key = eksauth::es256_key::from_pem(sec1_pem(new_key()));
    const auto proof = eksauth::dpop_proof(*key, "POST", "https://h.example/v1/token", example_time, "the-id");
    REQUIRE(proof.has_value());
    const std::string text(proof->reveal());
    const auto first = text.find('.'), second = text.rfind('.');
    REQUIRE(first < second);
    const auto header = boost::json::parse(from_base64url(text.substr(0, first)));
    const auto payload = boost::json::parse(from_base64url(text.substr(first + 1, second - first - 1)));
    const auto& jwk = header.at("jwk");
    CHECK(header.as_object().size() == 3);
    CHECK(header.at("typ").as_string() == "dpop+jwt");
    CHECK(header.at("alg").as_string() == "ES256");
    CHECK(jwk.as_object().size() == 4);
    CHECK(jwk.at("kty").as_string() == "EC");
    CHECK(jwk.at("crv").as_string() == "P-256");
    CHECK(jwk.at("x").as_string().size() == 43);
    CHECK(jwk.at("y").as_string().size() == 43);
    CHECK(boost::json::serialize(payload) == R"({"htm":"POST","htu":"https://h.example/v1/token","iat":1767323045,"jti":"the-id"})");
    CHECK(es256_verifies(from_base64url(jwk.at("x").as_string().c_str()), from_base64url(jwk.at("y").as_string().c_str()), text.substr(0, second),
                         from_base64url(text.substr(second + 1))));
}

TEST_CASE("dpop: an id is a UUID of version 4") {
    CHECK(eksauth::uuid_v4(std::string(16, '\0')) == "00000000-0000-4000-8000-000000000000");
    CHECK(eksauth::uuid_v4(std::string(16, '\xff')) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
}
