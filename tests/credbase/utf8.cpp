// SPDX-License-Identifier: Apache-2.0
#include <credbase/utf8.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <cstddef>
#include <string>
#include <string_view>

using namespace credbase;
using namespace std::string_literals;

TEST_CASE("utf8_length: the well-formed sequences of RFC 3629 and nothing else") {
    struct row { const char* name; std::string text; std::size_t length; };
    const row rows[] = {
        {"nothing", "", 0},
        {"NUL", "\0"s, 1},
        {"ASCII", "ax", 1},
        {"DEL", "\x7f", 1},
        {"first of two bytes, U+0080", "\xc2\x80", 2},
        {"last of two, U+07FF", "\xdf\xbf", 2},
        {"first of three, U+0800", "\xe0\xa0\x80", 3},
        {"before the surrogates, U+D7FF", "\xed\x9f\xbf", 3},
        {"behind them, U+E000", "\xee\x80\x80", 3},
        {"last of three, U+FFFF", "\xef\xbf\xbf", 3},
        {"first of four, U+10000", "\xf0\x90\x80\x80", 4},
        {"last of all, U+10FFFF", "\xf4\x8f\xbf\xbf", 4},
        {"a continuation byte", "\x80", 0},
        {"overlong of two", "\xc1\xbf", 0},
        {"overlong of three", "\xe0\x9f\xbf", 0},
        {"overlong of four", "\xf0\x8f\xbf\xbf", 0},
        {"first surrogate", "\xed\xa0\x80", 0},
        {"last surrogate", "\xed\xbf\xbf", 0},
        {"above U+10FFFF", "\xf4\x90\x80\x80", 0},
        {"a lead byte of five", "\xf8\x88\x80\x80\x80", 0},
        {"two, cut short", "\xc3", 0},
        {"three, cut short", "\xe2\x82", 0},
        {"four, cut short", "\xf0\x9f\x98", 0},
        {"two, the second is a letter", "\xc3" "a", 0},
        {"three, the third is a lead byte", "\xe2\x82\xc3", 0},
        {"four, the fourth is a letter", "\xf0\x9f\x98" "a", 0},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(utf8_length(r.text, 0) == r.length);
        CHECK(utf8_length("ab" + r.text, 2) == r.length);
    }
    CHECK(utf8_length("abc", 3) == 0);
}

TEST_CASE("find_bad_utf8: the offset of the first bad byte") {
    struct row { const char* name; std::string text; std::size_t offset; };
    const row rows[] = {
        {"empty", "", std::string::npos},
        {"all good", "a\u00e4\u20ac\U0001F600", std::string::npos},
        {"at the start", "\xff" "a", 0},
        {"behind a letter of two bytes", "\u00e4\x80", 2},
        {"at the end", "abc\xe2\x82", 3},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(find_bad_utf8(r.text) == r.offset);
    }
}
