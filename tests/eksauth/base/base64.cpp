// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/base64.hpp>

#include "support/catch_shim.hpp"

#include <string>
#include <string_view>

static std::string encoded(std::string_view bytes) {
    credbase::secret_string out;
    eksauth::append_base64url(out, bytes);
    return std::string(out.reveal());
}

TEST_CASE("base64: bytes become base64url without padding") {
    struct row { const char* name; std::string_view bytes; std::string_view text; };
    using namespace std::string_view_literals;
    const row rows[] = {
        {"nothing", "", ""},
        {"RFC 4648, one byte", "f", "Zg"},
        {"RFC 4648, two bytes", "fo", "Zm8"},
        {"RFC 4648, three bytes", "foo", "Zm9v"},
        {"RFC 4648, four bytes", "foob", "Zm9vYg"},
        {"RFC 4648, five bytes", "fooba", "Zm9vYmE"},
        {"RFC 4648, six bytes", "foobar", "Zm9vYmFy"},
        {"zeros", "\0\0\0\0"sv, "AAAAAA"},
        {"the two symbols that differ from base64", "\xFB\xFF\xBF", "-_-_"},
        {"all bits set", "\xFF\xFF\xFF\xFF", "_____w"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(encoded(r.bytes) == r.text);
    }
}

TEST_CASE("base64: every symbol of the alphabet stands at its value") {
    std::string bytes;
    for (unsigned value = 0; value < 64; value += 4) {
        const unsigned group = value << 18U | (value + 1) << 12U | (value + 2) << 6U | (value + 3);
        for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>(group >> shift & 255U);
    }
    CHECK(encoded(bytes) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

TEST_CASE("base64: a long text has no line breaks and is appended to what is there") {
    credbase::secret_string out("k8s-aws-v1.");
    eksauth::append_base64url(out, std::string(3000, '\0'));
    CHECK(out.reveal() == "k8s-aws-v1." + std::string(4000, 'A'));
}

TEST_CASE("base64: bytes become base64 with padding behind what is there") {
    struct row { const char* name; std::string_view bytes; std::string_view text; };
    using namespace std::string_view_literals;
    const row rows[] = {
        {"nothing", "", "Basic "},
        {"RFC 4648, one byte", "f", "Basic Zg=="},
        {"RFC 4648, two bytes", "fo", "Basic Zm8="},
        {"RFC 4648, three bytes", "foo", "Basic Zm9v"},
        {"RFC 4648, four bytes", "foob", "Basic Zm9vYg=="},
        {"RFC 4648, five bytes", "fooba", "Basic Zm9vYmE="},
        {"RFC 4648, six bytes", "foobar", "Basic Zm9vYmFy"},
        {"zeros", "\0\0\0\0"sv, "Basic AAAAAA=="},
        {"the two symbols that differ from base64url", "\xFB\xFF\xBF", "Basic +/+/"},
        {"144 a proxy's user and password", "u:p@", "Basic dTpwQA=="},
    };
    for (const row& r : rows) {
        INFO(r.name);
        credbase::secret_string out("Basic ");
        eksauth::append_base64(out, r.bytes);
        CHECK(out.reveal() == r.text);
    }
}
