// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/percent_encoding.hpp>

#include "support/catch_shim.hpp"

#include <string>
#include <string_view>

static std::string encoded(std::string_view text) { return std::string(eksauth::percent_encoded(text).reveal()); }

TEST_CASE("percent encoding: only unreserved characters stay") {
    const std::string unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    const std::string digits = "0123456789ABCDEF";
    CHECK(encoded(unreserved) == unreserved);
    for (unsigned byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        if (unreserved.find(c) != std::string::npos) continue;
        CHECK(encoded({&c, 1}) == std::string("%") + digits[byte / 16] + digits[byte % 16]);
    }
}

TEST_CASE("percent encoding: texts") {
    struct row { const char* name; std::string_view text, encoded; };
    const row rows[] = {
        {"nothing", "", ""},
        {"a space is never a plus", "a b+c", "a%20b%2Bc"},
        {"what is encoded already is encoded again", "%2F", "%252F"},
        {"UTF-8 byte by byte", "\u00fc\u65e5", "%C3%BC%E6%97%A5"},
        {"a credential", "AKID/20260102/us-west-2", "AKID%2F20260102%2Fus-west-2"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(encoded(r.text) == r.encoded);
    }
}

TEST_CASE("percent encoding: further characters can be kept, and the text is appended") {
    credbase::secret_string out("https://host");
    eksauth::append_percent_encoded(out, "/a b/%", "/");
    CHECK(out.reveal() == "https://host/a%20b/%25");
}
