// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/ini.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <string>
#include <string_view>

/// `[type:name key=value key=value+ key={nested=value}]` for each section, `+` where the value goes on; or the error.
static std::string parsed(std::string_view text) {
    const auto sections = eksauth::parse_ini(text);
    if (!sections) return told(sections);
    std::string out;
    for (const auto& section : *sections) {
        out.append("[").append(section.type).append(":").append(section.name);
        for (const auto& property : section.properties) {
            out.append(" ").append(property.key).append("=").append(property.value).append(property.continued ? "+" : "");
            for (const auto& nested : property.nested) out.append("{").append(nested.key).append("=").append(nested.value).append("}");
        }
        out += "]";
    }
    return out;
}

TEST_CASE("ini: each form of line means what AWS tools take it for") {
    using namespace std::string_view_literals;
    struct row { const char* name; std::string_view text; std::string_view outcome; };
    const row rows[] = {
        {"nothing", "", ""},
        {"blank lines and comments", "\n \t\n# a=b\n; [x]\n  # c\n", ""},
        {"51 a byte order mark and CRLF", "\xEF\xBB\xBF[default]\r\na = b\r\n\r\n", "[:default a=b]"},
        {"no line end at the end", "[default]\na=b", "[:default a=b]"},
        {"sections with types", "[default]\n[profile x]\n[sso-session s]", "[:default][profile:x][sso-session:s]"},
        {"blanks around and within a header", "  [ \tprofile \t x ] ", "[profile:x]"},
        {"a comment behind a header", "[x] # [y]\n[y];z", "[:x][:y]"},
        {"a name in quotes", "[profile \"my name\"]\n[profile 'x']\n[\"y\"]", "[profile:my name][profile:x][:y]"},
        {"a name in quotes with a blank, without a type", "[\"my name\"]\n['a b c']", "[:my name][:a b c]"},
        {"55 a section that occurs twice stays two", "[x]\na=1\n[x]\na=2", "[:x a=1][:x a=2]"},
        {"56 a key that occurs twice stays twice", "[x]\na=1\na=2", "[:x a=1 a=2]"},
        {"60 a key keeps its case here", "[x]\nAWS_Key = v", "[:x AWS_Key=v]"},
        {"62 a colon separates too", "[x]\nkey : value\nurl = http://h\nk:v=w", "[:x key=value url=http://h k=v=w]"},
        {"57 a comment behind a value", "[x]\na = a/b+c= # note\nb = 1 ; note\nc = 1\t#2", "[:x a=a/b+c= b=1 c=1]"},
        {"58 a comment sign inside a value", "[x]\na = a#b\nb = a;b", "[:x a=a#b b=a;b]"},
        {"59 quotes stay on here", "[x]\na = \"b\"", "[:x a=\"b\"]"},
        {"an empty value", "[x]\na =\nb = # note", "[:x a= b=]"},
        {"properties below an empty value", "[x]\ns3 =\n  a = b # note\n\tc: d\ne = f", "[:x s3={a=b}{c=d} e=f]"},
        {"an indented property below a value", "[x]\na = b\n  c = d", "[:x a=b c=d]"},
        {"an indented property below a header", "[x]\n  c = d", "[:x c=d]"},
        {"a value that goes on", "[x]\na = b\n  more\nc = d", "[:x a=b+ c=d]"},
        {"an indented header", "[x]\na =\n  [y]\n  b = c", "[:x a=][:y b=c]"},
        {"UTF-8", "[profile J\u00fcrgen]\na = \u65e5", "[profile:J\u00fcrgen a=\u65e5]"},

        {"61 a property before a section", "\n a = b\n[x]", "EKS-BAD-FILE: line 2: key = value before any [section]"},
        {"61 garbage in column 1", "[x]\r\na=b\r\ngarbage", "EKS-BAD-FILE: line 3: neither a section, nor key = value, nor a comment"},
        {"indented text below a header", "[x]\n  garbage", "EKS-BAD-FILE: line 2: neither a section, nor key = value, nor a comment"},
        {"a header without its end", "[x", "EKS-BAD-FILE: line 1: neither a section, nor key = value, nor a comment"},
        {"a header cut by a comment", "[x#y]", "EKS-BAD-FILE: line 1: neither a section, nor key = value, nor a comment"},
        {"a section without a name", "[ ]", "EKS-BAD-FILE: line 1: a section needs a name"},
        {"a section with an empty name in quotes", "[profile \"\"]", "EKS-BAD-FILE: line 1: a section needs a name"},
        {"a name with a blank, bare", "[profile my name]",
         "EKS-BAD-FILE: line 1: a section's name with blanks in it must stand in quotes"},
        {"71 a NUL byte", "[x]\na=\0b\n"sv, "EKS-BAD-FILE: line 2: a NUL byte"},
        {"not UTF-8", "[x]\n\n# M\xFCnchen\n", "EKS-BAD-FILE: line 3: not UTF-8"},
        {"a mark of UTF-16", "\xFF\xFE[\0x\0]\0"sv, "EKS-BAD-FILE: line 1: not UTF-8"},
        {"a secret in a line that isn't understood", "[x]\nhush",
         "EKS-BAD-FILE: line 2: neither a section, nor key = value, nor a comment"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(parsed(r.text) == r.outcome);
    }
}

TEST_CASE("ini: a bracket within a section's name is refused") {
    for (const std::string_view text : {"[x][y]", "[x]y]", "[profile x]]"}) {
        INFO(text);
        CHECK(parsed(text).starts_with("EKS-BAD-FILE: line 1: "));
    }
}

TEST_CASE("ini: sections and properties know their lines") {
    const auto sections = eksauth::parse_ini("# one\n[x]\n\na = 1\ns3 =\n  b = 2\n[y]\n");
    REQUIRE(sections.has_value());
    REQUIRE(sections->size() == 2);
    const auto& x = (*sections)[0];
    REQUIRE(x.properties.size() == 2);
    REQUIRE(x.properties[1].nested.size() == 1);
    CHECK(x.line == 2);
    CHECK(x.properties[0].line == 4);
    CHECK(x.properties[1].line == 5);
    CHECK(x.properties[1].nested[0].line == 6);
    CHECK((*sections)[1].line == 7);
}

TEST_CASE("ini: 20000 lines are read and one more is refused") {
    const std::string lines = "[x]\n" + std::string(19999, '\n');
    CHECK(parsed(lines) == "[:x]");
    CHECK(parsed(lines + "a=b") == "EKS-BAD-FILE: line 20001: more than 20000 lines");
}

TEST_CASE("ini: one pair of matching quotes comes off a value") {
    struct row { const char* name; std::string_view value, outcome; };
    const row rows[] = {
        {"nothing", "", ""},
        {"bare", "a", "a"},
        {"59 double quotes", "\"a b\"", "a b"},
        {"single quotes", "'a'", "a"},
        {"only one pair", "\"\"a\"\"", "\"a\""},
        {"quotes that differ", "\"a'", "\"a'"},
        {"one quote", "\"", "\""},
        {"quotes around nothing", "''", ""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(eksauth::unquoted(r.value) == r.outcome);
    }
}
