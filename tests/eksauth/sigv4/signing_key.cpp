// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sigv4/signing_key.hpp>

#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <span>
#include <string>
#include <string_view>

static std::string hex_key(std::string_view secret, const eksauth::credential_scope& scope) {
    const auto key = eksauth::signing_key(secret, scope);
    REQUIRE(key.has_value());
    const auto bytes = key->reveal();
    return eksauth::hex(std::span(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

TEST_CASE("signing key: keys that botocore derives") {
    struct row { const char* name; std::string_view region, key; };
    const row rows[] = {
        {"vectors A and B", "us-west-2", "b01cfc5a8638909a112436997f42dad63e065131ab0949a326867710c46fbf26"},
        {"vector C", "cn-north-1", "4ad0bd8be976b4114a53516b11d0d6fcd42c2357f9d28539b1f7672d476783ff"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(hex_key(example_secret, {example_time, r.region, "sts"}) == r.key);
    }
}

TEST_CASE("signing key: from botocore's string to sign comes botocore's signature") {
    const auto cases = vector_cases("sigv4.json");
    CHECK(cases.size() == 70);
    for (const auto& one : cases) {
        INFO(text_of(one, "name"));
        const auto key = eksauth::signing_key(text_of(one, "secret_access_key"), parameters_of(one).scope());
        REQUIRE(key.has_value());
        const auto signature = eksauth::signature(*key, text_of(one, "string_to_sign"));
        REQUIRE(signature.has_value());
        CHECK(*signature == text_of(one, "signature"));
    }
}

TEST_CASE("signing key: it follows the secret, the day, the region and the service at once") {
    using std::chrono::hours;
    const std::string first = hex_key(example_secret, {example_time, "us-west-2", "sts"});
    CHECK(hex_key("rotated", {example_time, "us-west-2", "sts"}) != first);  // row 27
    CHECK(hex_key(example_secret, {example_time, "us-west-2", "sts"}) == first);
    CHECK(hex_key(example_secret, {example_time + hours(20), "us-west-2", "sts"}) == first);
    CHECK(hex_key(example_secret, {example_time + hours(21), "us-west-2", "sts"}) != first);  // row 28
    CHECK(hex_key(example_secret, {example_time, "us-west-1", "sts"}) != first);
    CHECK(hex_key(example_secret, {example_time, "us-west-2", "eks"}) != first);
}
