// SPDX-License-Identifier: Apache-2.0
// One door to Catch2, whichever major version is installed.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif
