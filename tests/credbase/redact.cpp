// SPDX-License-Identifier: Apache-2.0
#include <credbase/redact.hpp>

#include "support/catch_shim.hpp"

#include <string>
#include <string_view>
#include <vector>

TEST_CASE("redact: each secret of eight bytes or more is gone, however they meet") {
    struct row { const char* name; std::string text; std::vector<std::string_view> secrets; std::string outcome; };
    const row rows[] = {
        {"none", "plain", {"secret-01"}, "plain"},
        {"one, twice", "a secret-01 b secret-01", {"secret-01"}, "a [redacted] b [redacted]"},
        {"a short one stays", "seven77", {"seven77"}, "seven77"},
        {"two that overlap", "x12345678abcdy", {"12345678ab", "5678abcd"}, "x[redacted]y"},
        {"one within another", "x-12345678-abc", {"12345678", "12345678-abc"}, "x-[redacted]"},
        {"one that overlaps itself", "abababababab", {"abababab"}, "[redacted]"},
        {"nothing", "", {"secret-01"}, ""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(credbase::redacted(r.text, r.secrets) == r.outcome);
    }
    CHECK(credbase::redacted("a secret-01", std::vector<credbase::secret_string>{credbase::secret_string("secret-01")}) == "a [redacted]");
}

TEST_CASE("redact: a text whose beginning is missing may begin within a secret") {
    const std::vector<std::string_view> secrets = {"secret-01", "other-secret"};
    CHECK(credbase::redacted("t-01 and secret-01", secrets, true) == "[redacted] and [redacted]");
    CHECK(credbase::redacted("t-01 and secret-01", secrets) == "t-01 and [redacted]");
    CHECK(credbase::redacted("1secret-01", secrets, true) == "[redacted]");  // by the text as it came
    CHECK(credbase::redacted("x-01", secrets, true) == "x-01");
}
