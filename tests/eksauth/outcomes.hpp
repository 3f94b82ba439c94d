// SPDX-License-Identifier: Apache-2.0
// Outcomes as text for tables, held free of the secrets that the tests use.
#pragma once

#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/base/errors.hpp>
#include <eksauth/sources/source.hpp>

#include <string>

/// Secrets of these tests; others that a table needs hold the word `hush` too.
inline const std::string hush_secret = "hush+secret/key", hush_token = "hush+session/token";

/// The text, unless it tells a secret: then the running test fails.
inline std::string without_secrets(const std::string& text) {
    const bool told = text.find("hush") != std::string::npos || text.find(example_secret) != std::string::npos;
    CHECK_FALSE(told);
    return told ? "(a secret)" : text;
}

/// `ok`, or code and text of the error.
template <class T>
std::string told(const eksauth::result<T>& got) {
    return got ? "ok" : without_secrets(std::string(got.error().code().word) + ": " + got.error().text());
}
inline std::string told(const eksauth::outcome& got) { return without_secrets(describe(got)); }
