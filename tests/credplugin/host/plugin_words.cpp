// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/plugin_words.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <string>

using credplugin::plain_hint;
using credplugin::words_of_plugin;

namespace {

credplugin::plugin_call call_with(const std::string& proxy) {
    credplugin::plugin_call made;
    made.exec.environment = {{"TOKEN", "hush+environment"}, {"LONGER", "hush+environment+longer"}, {"SHORT", "7+bytes"}, {"EMPTY", ""}};
    made.cluster.proxy_url = credbase::secret_string(proxy);
    return made;
}
const credplugin::plugin_call call = call_with("http://user:hush+password@proxy:3128/path");

}  // namespace

TEST_CASE("H103 words_of_plugin: lines stay, all else that could move a cursor is escaped") {
    struct row { const char* name; std::string text, words; };
    const row rows[] = {
        {"nothing", "", ""},
        {"blank", " \n\t\r\n", ""},
        {"a line", "[eks] boom\n", "[eks] boom"},
        {"lines, an empty one between", "one\n\ntwo\n\n", "one\n\ntwo"},
        {"lines of Windows", "one\r\ntwo\r\n", "one\ntwo"},
        {"a line that overwrites itself", "50%\r100%\n", "50%\\r100%"},
        {"colours", "\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"C1, DEL, a tab, a NUL", std::string("a\xC2\x9B" "b\x7F" "c\td\0e", 10), "a\\x9bb\\x7fc\\td\\x00e"},
        {"UTF-8, and what isn't", "\xC3\xA4\xFF", "\xC3\xA4\\xff"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(words_of_plugin(r.text, call) == r.words);
    }
}

TEST_CASE("H103 words_of_plugin: what the call has of secrets is taken out") {
    struct row { const char* name; std::string proxy, text, words; };
    const std::string url = "http://user:hush+password@proxy:3128/path";
    const row rows[] = {
        {"an environment value", url, "a hush+environment b", "a [redacted] b"},
        {"a longer one that begins like another", url, "hush+environment+longer", "[redacted]"},
        {"two, without a gap", url, "hush+environmenthush+environment", "[redacted]"},
        {"several", url, "hush+password, hush+environment;", "[redacted], [redacted];"},
        {"shorter than 8 bytes", url, "7+bytes", "7+bytes"},
        {"the proxy's URL", url, "by " + url, "by [redacted]"},
        {"the proxy's password", url, "password hush+password", "password [redacted]"},
        {"the proxy's password as it stands in KUBERNETES_EXEC_INFO", "http://user:hush&\"password@proxy", "hush\\u0026\\\"password", "[redacted]"},
        {"a password with a colon and an @", "http://user:hush@a:b+c@proxy", "hush@a:b+c", "[redacted]"},
        {"a password alone", "socks5://:hush+password@proxy", "hush+password", "[redacted]"},
        {"no password: a user", "http://username@proxy", "username", "username"},
        {"no password: a port", "http://proxy:31283128", "31283128", "31283128"},
        {"no password: an @ in the path", "http://proxy:3128/longer@path", "3128/longer", "3128/longer"},
        {"no URL", "user:hush+password@proxy", "hush+password", "hush+password"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(words_of_plugin(r.text, call_with(r.proxy)) == r.words);
    }
}

TEST_CASE("H88 H103 words_of_plugin: a text whose beginning is missing may begin within a secret") {
    struct row { const char* name; std::string text, words; };
    const row rows[] = {
        {"within one", "environment is bad", "[redacted] is bad"},
        {"with the last byte of one", "t is bad", "[redacted] is bad"},
        {"within the longer one", "environment+longer is bad", "[redacted] is bad"},
        {"with a whole one, whose first byte is the last of another", "hush+environment is bad", "[redacted] is bad"},
        {"with nothing but a part of one", "environment", "[redacted]"},
        {"within none", "is bad", "is bad"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(words_of_plugin(r.text, call, true) == r.words);
    }
    CHECK(words_of_plugin("environment is bad", call) == "environment is bad");
}

TEST_CASE("H50 plain_hint: as client-go shows it") {
    struct row { const char* name; std::string hint, shown; };
    const row rows[] = {
        {"nothing", "", ""},
        {"white space of all kinds", "a\tb\nc\vd\fe\r\nf", "a\tb\nc\vd\fe\r\nf"},
        {"an escape sequence", "\x1b[31mred", "U+001B[31mred"},
        {"the controls around white space", std::string("\0\b\x0E\x1F\x7F", 5), "U+0000U+0008U+000EU+001FU+007F"},
        {"C1, first and last", "\xC2\x80\xC2\x9F", "U+0080U+009F"},
        {"behind C1", "\xC2\xA0\xC2\xBF\xC3\xA4", "\xC2\xA0\xC2\xBF\xC3\xA4"},
        {"three and four bytes", "\xE2\x82\xAC\xF0\x9F\x98\x80", "\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"what isn't UTF-8", "a\xFFz\xC2", "a\xEF\xBF\xBDz\xEF\xBF\xBD"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(plain_hint(r.hint) == r.shown);
    }
}
