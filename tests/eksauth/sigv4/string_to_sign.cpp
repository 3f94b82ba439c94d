// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sigv4/string_to_sign.hpp>

#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"

TEST_CASE("string to sign: from botocore's canonical request comes botocore's string to sign") {
    const auto cases = vector_cases("sigv4.json");
    CHECK(cases.size() == 70);
    for (const auto& one : cases) {
        INFO(text_of(one, "name"));
        const auto got = string_to_sign(time_of(one), parameters_of(one).scope(), text_of(one, "canonical_request"));
        REQUIRE(got.has_value());
        CHECK(*got == text_of(one, "string_to_sign"));
    }
}

TEST_CASE("string to sign: each byte of the canonical request matters") {
    const auto at = *credbase::parse_rfc3339("2026-01-02T03:04:05Z");
    const eksauth::credential_scope scope(at, "us-west-2", "sts");
    const auto one = eksauth::string_to_sign(at, scope, "GET\n/\n"), other = eksauth::string_to_sign(at, scope, "GET\n/\r");
    REQUIRE((one.has_value() && other.has_value()));
    CHECK(*one != *other);
}
