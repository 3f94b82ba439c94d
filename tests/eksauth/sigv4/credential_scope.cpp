// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sigv4/credential_scope.hpp>

#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"

#include <string>
#include <string_view>

TEST_CASE("credential scope: it is the third line of the string to sign") {
    for (const auto& one : vector_cases("sigv4.json")) {
        INFO(text_of(one, "name"));
        std::string_view to_sign = text_of(one, "string_to_sign");
        for (int line = 0; line < 2; ++line) to_sign.remove_prefix(to_sign.find('\n') + 1);
        const eksauth::credential_scope scope(time_of(one), text_of(one, "region"), text_of(one, "service"));
        CHECK(scope.text() == to_sign.substr(0, to_sign.find('\n')));
    }
}

TEST_CASE("credential scope: the day is that of UTC") {
    struct row { const char* name; std::string at, text; };
    const row rows[] = {
        {"28 the last second of a day", "2026-01-02T23:59:59Z", "20260102/us-west-2/sts/aws4_request"},
        {"28 the first second of the next", "2026-01-03T00:00:00Z", "20260103/us-west-2/sts/aws4_request"},
        {"the end of a year", "2026-12-31T23:59:59Z", "20261231/us-west-2/sts/aws4_request"},
        {"a leap day", "2028-02-29T00:00:00Z", "20280229/us-west-2/sts/aws4_request"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(eksauth::credential_scope(*credbase::parse_rfc3339(r.at), "us-west-2", "sts").text() == r.text);
    }
}
