// SPDX-License-Identifier: Apache-2.0
#include <credbase/plain_text.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <cstddef>
#include <string>
#include <string_view>

using namespace credbase;
using namespace std::string_literals;

TEST_CASE("cut_text: what is too long ends in an ellipsis at a UTF-8 boundary") {
    struct row { const char* name; std::string text; std::size_t limit_bytes; std::string cut; };
    const row rows[] = {
        {"empty", "", 10, ""},
        {"short", "abc", 10, "abc"},
        {"exactly the limit", "abcdef", 6, "abcdef"},
        {"one byte over", "abcdefg", 6, "abc\u2026"},
        {"the ellipsis alone", "abcdefg", 3, "\u2026"},
        {"two-byte letters, between two", "\u00e4\u00e4\u00e4\u00e4", 7, "\u00e4\u00e4\u2026"},
        {"two-byte letters, inside one", "\u00e4\u00e4\u00e4\u00e4", 6, "\u00e4\u2026"},
        {"three-byte letters, two bytes in", "\u20ac\u20ac\u20ac", 8, "\u20ac\u2026"},
        {"four-byte letters, three bytes in", "\U0001F600\U0001F600\U0001F600", 10, "\U0001F600\u2026"},
        {"NUL is a byte like any other", "a\0b\0c\0d"s, 6, "a\0b\u2026"s},
        {"continuation bytes alone, which no text has", "\x80\x80\x80\x80\x80\x80\x80", 6, "\u2026"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(cut_text(r.text, r.limit_bytes) == r.cut);
    }
}

TEST_CASE("cut_text: keeps within every limit, and what it keeps is whole letters of the start") {
    const std::string text = "a\u00e4\u20ac\U0001F600b\u00df\u2026\U0010FFFFc";
    for (std::size_t limit = 3; limit < text.size(); ++limit) {
        INFO(limit);
        const std::string cut = cut_text(text, limit);
        CHECK(cut.size() <= limit);
        REQUIRE(cut.ends_with("\u2026"));
        CHECK(text.starts_with(cut.substr(0, cut.size() - 3)));
        CHECK(find_bad_utf8(cut) == std::string::npos);
    }
}

TEST_CASE("escape_controls: control characters and bytes that aren't UTF-8 become visible, all else stays") {
    struct row { const char* name; std::string text, shown; };
    const row rows[] = {
        {"plain", "region us-east-1 \"x\" \\", "region us-east-1 \"x\" \\"},
        {"line ends and tabs", "a\nb\r\nc\td", "a\\nb\\r\\nc\\td"},
        {"an ANSI colour", "\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"a terminal title", "\x1b]0;owned\x07", "\\x1b]0;owned\\x07"},
        {"NUL, DEL, backspace", "a\0b\x7f\b"s, "a\\x00b\\x7f\\x08"},
        {"C1: CSI and NEL as UTF-8", "\u009b31m\u0085", "\\x9b31m\\x85"},
        {"C1: the first and the last", "\u0080\u009f", "\\x80\\x9f"},
        {"the letter behind C1 stays", "\u00a0", "\u00a0"},
        {"CSI as one byte, for terminals of 8 bits", "\x9b"s + "31m", "\\x9b31m"},
        {"bytes that no UTF-8 has", "\xff\xfe\xc0\xaf", "\\xff\\xfe\\xc0\\xaf"},
        {"a letter that is cut short", "a\xe2\x80", "a\\xe2\\x80"},
        {"a letter that is cut short by another", "\xc3\xc3\xa4", "\\xc3\u00e4"},
        {"a surrogate as UTF-8", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"an overlong slash and a code point too high", "\xe0\x80\xaf\xf4\x90\x80\x80", "\\xe0\\x80\\xaf\\xf4\\x90\\x80\\x80"},
        {"letters of every length", "a\u00e4\u20ac\U0001F600", "a\u00e4\u20ac\U0001F600"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(escape_controls(r.text) == r.shown);
    }
}

TEST_CASE("escape_controls: no pair of bytes leaves a control byte or bad UTF-8 behind") {
    int left = 0;
    for (int high = 0; high < 256; ++high)
        for (int low = 0; low < 256; ++low) {
            const std::string shown = escape_controls(std::string{static_cast<char>(high), static_cast<char>(low)});
            for (const char c : shown) left += static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
            for (std::size_t at = 0; at + 1 < shown.size(); ++at)
                left += shown[at] == '\xC2' && static_cast<unsigned char>(shown[at + 1]) < 0xA0;
            left += find_bad_utf8(shown) != std::string::npos;
        }
    CHECK(left == 0);
}

TEST_CASE("hex_byte: two lower-case digits behind 0x, above 0x7f too") {
    CHECK(hex_byte('\0') == "0x00");
    CHECK(hex_byte('\x1b') == "0x1b");
    CHECK(hex_byte('\xff') == "0xff");
}

TEST_CASE("quoted: at most 200 bytes of the text, escaped, in double quotes") {
    struct row { const char* name; std::string text, shown; };
    const row rows[] = {
        {"empty", "", "\"\""},
        {"plain", "blue", "\"blue\""},
        {"control characters", "a\n\x1b[1m", "\"a\\n\\x1b[1m\""},
        {"200 bytes", std::string(200, 'x'), '"' + std::string(200, 'x') + '"'},
        {"201 bytes", std::string(201, 'x'), '"' + std::string(197, 'x') + "\u2026\""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(quoted(r.text) == r.shown);
    }
}

TEST_CASE("lower_case and same_but_case: only ASCII letters have a case") {
    CHECK(credbase::lower_case("AZaz[@`{09-\xC3\x84") == "azaz[@`{09-\xC3\x84");
    CHECK(credbase::same_but_case("Content-Type", "cONTENT-tYPE"));
    CHECK(credbase::same_but_case("", ""));
    CHECK_FALSE(credbase::same_but_case("a", "ab"));
    CHECK_FALSE(credbase::same_but_case("@", "`"));
    CHECK_FALSE(credbase::same_but_case("[", "{"));
}
