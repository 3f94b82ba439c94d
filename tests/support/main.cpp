// SPDX-License-Identifier: Apache-2.0
// main() of the tests under Catch2 version 2; version 3 has a library for it.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
