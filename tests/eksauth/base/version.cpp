// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/version.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <string>

TEST_CASE("version: the headers say what the build says") { CHECK(std::string(eksauth::version) == PROJECT_VERSION); }
