// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/command_line.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <string>
#include <string_view>

using namespace std::string_view_literals;

/// The words in brackets, or the error.
static std::string words_of(std::string_view line) {
    const auto words = eksauth::split_command_line(line);
    if (!words) return std::string(words.error().code().word) + " " + words.error().text();
    std::string out;
    for (const std::string& word : *words) out += "[" + word + "]";
    return out;
}

TEST_CASE("112 command line: it is split as a shell does, and nothing is expanded") {
    struct row { const char* name; std::string_view line, words; };
    const row rows[] = {
        {"112 quotes around program and value", R"("/p/a b" --x "y z")", "[/p/a b][--x][y z]"},
        {"one word", "aws", "[aws]"},
        {"spaces and tabs around", " \taws \t sso\t", "[aws][sso]"},
        {"single quotes", R"(a 'b "c" \ $d' e)", R"([a][b "c" \ $d][e])"},
        {"single quotes within double ones", R"(a "it's")", "[a][it's]"},
        {"quotes within a word", R"(--x="y z"'!'w)", "[--x=y z!w]"},
        {"empty words", R"(a "" '' b)", "[a][][][b]"},
        {"an empty word at the end", R"(a "")", "[a][]"},
        {"empty quotes beside text", R"(a''b)", "[ab]"},
        {"escapes in double quotes", R"("a\"b\\c")", R"([a"b\c])"},
        {"other backslashes in double quotes stay", R"("a\nb\$c\'d\ e")", R"([a\nb\$c\'d\ e])"},
        {"an escaped backslash before the closing quote", R"("a\\" b)", R"([a\][b])"},
        {"escapes outside of quotes", R"(a\ b \"c\' \\ \n \$)", R"([a b]["c'][\][n][$])"},
        {"an escaped blank alone", R"(a \  b)", "[a][ ][b]"},
        {"an escaped tab", "a\\\tb", "[a\tb]"},
        {"a tab within quotes", "'a\tb'", "[a\tb]"},
        {"no variable, home folder, pattern, pipe or comment", "a $HOME ~/b *.c | d; e && f > g `h` # i",
         "[a][$HOME][~/b][*.c][|][d;][e][&&][f][>][g][`h`][#][i]"},
        {"sh -c for those who need one", "sh -c 'a | b \"$HOME\"'", "[sh][-c][a | b \"$HOME\"]"},
        {"UTF-8 and other bytes", "a \xC3\xA4 \\\xC3\xA4 \xFF", "[a][\xC3\xA4][\xC3\xA4][\xFF]"},
        {"an empty program, which is refused when it is run", "'' a", "[][a]"},
        {"an open double quote", R"(a "b c)", R"(EKS-SETTING a " isn't closed)"},
        {"an open single quote", "a 'b c", "EKS-SETTING a ' isn't closed"},
        {"a quote alone", "'", "EKS-SETTING a ' isn't closed"},
        {"an escaped closing quote", R"("a\")", R"(EKS-SETTING a " isn't closed)"},
        {"a backslash at the end of open quotes", R"("a\)", R"(EKS-SETTING a " isn't closed)"},
        {"a backslash at the end", R"(a b\)", "EKS-SETTING a backslash at the end escapes nothing"},
        {"nothing", "", "EKS-SETTING no program is named"},
        {"blanks alone", " \t ", "EKS-SETTING no program is named"},
        {"a NUL", "a b\0c"sv, "EKS-SETTING control character 0x00 at offset 3"},
        {"a line end", "a\nb", "EKS-SETTING control character 0x0a at offset 1"},
        {"a line end within quotes", "'a\r'", "EKS-SETTING control character 0x0d at offset 2"},
        {"an escaped escape", "a\\\x1b", "EKS-SETTING control character 0x1b at offset 2"},
        {"DEL", "\x7f", "EKS-SETTING control character 0x7f at offset 0"},
        {"US, the last of them", "\x1f", "EKS-SETTING control character 0x1f at offset 0"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(words_of(r.line) == r.words);
    }
}
