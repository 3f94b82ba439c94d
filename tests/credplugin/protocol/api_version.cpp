// SPDX-License-Identifier: Apache-2.0
#include <credplugin/protocol/api_version.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <optional>
#include <string>

using namespace credplugin;
using namespace std::string_literals;

TEST_CASE("api_version: each of the two is read back from its text") {
    CHECK(to_string(api_version::v1) == "client.authentication.k8s.io/v1");
    CHECK(to_string(api_version::v1beta1) == "client.authentication.k8s.io/v1beta1");
    for (const api_version version : {api_version::v1, api_version::v1beta1}) CHECK(bool(parse_api_version(to_string(version)) == version));
}

TEST_CASE("api_version: every other text is refused") {
    for (const std::string& text :
         {""s, "v1"s, "v1beta1"s, "client.authentication.k8s.io"s, "client.authentication.k8s.io/"s,
          "client.authentication.k8s.io/v1alpha1"s, "client.authentication.k8s.io/v2"s, "client.authentication.k8s.io/V1"s,
          "Client.authentication.k8s.io/v1"s,
          "client.authentication.k8s.io/v1 "s, " client.authentication.k8s.io/v1"s, "client.authentication.k8s.io/v1\0"s,
          "client.authentication.k8s.io/v1beta"s, "client.authentication.k8s.io/v1beta2"s, "authentication.k8s.io/v1"s}) {
        INFO(text);
        CHECK_FALSE(parse_api_version(text).has_value());
    }
}
