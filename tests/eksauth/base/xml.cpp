// SPDX-License-Identifier: Apache-2.0
#include <eksauth/base/xml.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// The leaves as `path=text` in brackets, or the error.
static std::string leaves(std::string_view text) {
    const auto got = eksauth::parse_xml(text);
    if (!got) return told(got);
    std::string out;
    for (const eksauth::xml_leaf& leaf : got->leaves) out.append("[" + leaf.path + "=").append(leaf.text.reveal()).append("]");
    return out;
}

static std::string refused(const std::string& why) { return "EKS-BAD-REPLY: XML: " + why; }

TEST_CASE("xml: elements become paths, texts are trimmed") {
    struct row { const char* name; std::string text, outcome; };
    const row rows[] = {
        {"one element", "<a>x</a>", "[a=x]"},
        {"an empty element", "<a></a>", "[a=]"},
        {"a self-closing element", "<a/>", "[a=]"},
        {"a self-closing element with a blank", "<a />", "[a=]"},
        {"nested elements", "<a><b>x</b><c><d>y</d></c></a>", "[a/b=x][a/c/d=y]"},
        {"the same name twice", "<a><b>x</b><b>y</b></a>", "[a/b=x][a/b=y]"},
        {"the same name inside itself", "<a><a>x</a></a>", "[a/a=x]"},
        {"text beside elements is dropped", "<a>\n  <b>x</b>\n  y\n</a>", "[a/b=x]"},
        {"text is trimmed, blanks inside stay", "<a>\r\n\t x  y \n</a>", "[a=x  y]"},
        {"blanks alone", "<a> \n </a>", "[a=]"},
        {"blanks around the root", "\n <a>x</a>\n ", "[a=x]"},
        {"blanks in the closing tag", "<a>x</a \n>", "[a=x]"},
        {"a declaration", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>x</a>", "[a=x]"},
        {"a byte order mark", "\xEF\xBB\xBF<?xml version='1.0'?><a>x</a>", "[a=x]"},
        {"136 comments everywhere", "<!-- < & --><a><!--<b>--><c>x<!-- y -->z</c></a><!---->", "[a/c=xz]"},
        {"attributes are skipped", "<a xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\" b = '>\"/>' c=\"'\"><d e=\"\"/></a>", "[a/d=]"},
        {"prefixes are taken off", "<s:a xmlns:s='u'><s:b>x</s:b></s:a>", "[a/b=x]"},
        {"CDATA is text", "<a>x<![CDATA[<b>&amp;</a>]] ]>]]>y</a>", "[a=x<b>&amp;</a>]] ]>y]"},
        {"an empty CDATA section", "<a><![CDATA[]]></a>", "[a=]"},
        {"a closing bracket before the end of CDATA", "<a><![CDATA[x]]]></a>", "[a=x]]"},
        {"the five entities", "<a>&lt;&gt;&amp;&quot;&apos;</a>", "[a=<>&\"']"},
        {"a reference is read once", "<a>&amp;lt;&#38;gt;</a>", "[a=&lt;&gt;]"},
        {"decimal and hexadecimal references", "<a>&#65;&#x42;&#x6a;&#x6A;</a>", "[a=ABjj]"},
        {"references of two, three and four bytes", "<a>&#xE4;&#x20AC;&#x1F511;</a>", "[a=\xC3\xA4\xE2\x82\xAC\xF0\x9F\x94\x91]"},
        {"the ends of each length", "<a>&#x7F;&#x80;&#x7FF;&#x800;&#xFFFD;&#x10000;&#x10FFFF;</a>",
         "[a=\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBD\xF0\x90\x80\x80\xF4\x8F\xBF\xBF]"},
        {"UTF-8 text", "<a>\xC3\xA4\xF0\x9F\x94\x91</a>", "[a=\xC3\xA4\xF0\x9F\x94\x91]"},
        {"a slash in text", "<a>x/y+z==</a>", "[a=x/y+z==]"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(leaves(r.text) == r.outcome);
    }
}

TEST_CASE("xml: what an STS reply never has is refused with its place") {
    struct row { const char* name; std::string text, outcome; };
    const row rows[] = {
        {"nothing", "", refused("no element at byte 0")},
        {"blanks", " \n", refused("no element at byte 2")},
        {"a declaration alone", "<?xml version='1.0'?>", refused("no element at byte 21")},
        {"a comment alone", "<!-- -->", refused("no element at byte 8")},
        {"JSON", "{\"a\":1}", refused("text outside of the root element at byte 0")},
        {"137 a document type", "<!DOCTYPE a><a/>", refused("a declaration where an element is expected at byte 9")},
        {"137 entities of one's own", "<!DOCTYPE a [<!ENTITY b \"hush\">]><a>&b;</a>",
         refused("a declaration where an element is expected at byte 9")},
        {"137 a document type behind the declaration", "<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
         refused("a declaration where an element is expected at byte 31")},
        {"a document type inside", "<a><!DOCTYPE a></a>", refused("a declaration where an element is expected at byte 12")},
        {"a processing instruction", "<?php hush ?><a/>", refused("a declaration where an element is expected at byte 5")},
        {"a processing instruction inside", "<a><?php?></a>", refused("a declaration where an element is expected at byte 9")},
        {"a second declaration", "<?xml?><?xml?><a/>", refused("a declaration where an element is expected at byte 13")},
        {"an unknown entity", "<a>&hush;</a>", refused("an entity that isn't one of the five at byte 3")},
        {"an entity in upper case", "<a>&LT;</a>", refused("an entity that isn't one of the five at byte 3")},
        {"an empty reference", "<a>&;</a>", refused("an entity that isn't one of the five at byte 3")},
        {"a lone ampersand", "<a>x & y</a>", refused("an unclosed reference at byte 5")},
        {"an endless reference", "<a>&#" + std::string(100, '0') + "65;</a>", refused("an unclosed reference at byte 3")},
        {"NUL by reference", "<a>&#0;</a>", refused("a malformed character reference at byte 3")},
        {"half of a pair", "<a>&#xD800;</a>", refused("a malformed character reference at byte 3")},
        {"the other half", "<a>&#xDFFF;</a>", refused("a malformed character reference at byte 3")},
        {"beyond Unicode", "<a>&#x110000;</a>", refused("a character reference beyond Unicode at byte 3")},
        {"a number that overflows", "<a>&#4294967361;</a>", refused("a character reference beyond Unicode at byte 3")},
        {"no digits", "<a>&#;</a>", refused("a malformed character reference at byte 3")},
        {"no hexadecimal digits", "<a>&#x;</a>", refused("a malformed character reference at byte 3")},
        {"an upper-case X", "<a>&#X41;</a>", refused("a malformed character reference at byte 3")},
        {"a hexadecimal digit in a decimal number", "<a>&#4A;</a>", refused("a malformed character reference at byte 3")},
        {"a sign", "<a>&#-65;</a>", refused("a malformed character reference at byte 3")},
        {"text behind the root", "<a/>hush", refused("content behind the root element at byte 4")},
        {"a second root", "<a/><b/>", refused("content behind the root element at byte 4")},
        {"text before the root", "hush<a/>", refused("text outside of the root element at byte 0")},
        {"a closing tag of another element", "<a><b>hush</a></b>", refused("a closing tag of another element at byte 13")},
        {"a closing tag in another case", "<a>x</A>", refused("a closing tag of another element at byte 7")},
        {"a closing tag with an attribute", "<a>x</a b='c'>", refused("an unclosed tag at byte 8")},
        {"a closing tag first", "</a>", refused("a declaration where an element is expected at byte 1")},
        {"an attribute without a value", "<a b>x</a>", refused("an attribute without a value at byte 4")},
        {"an attribute without quotes", "<a b=c>x</a>", refused("an attribute without quotes at byte 5")},
        {"an attribute with quotes of two kinds", "<a b='c\">x</a>", refused("an unclosed attribute at byte 6")},
        {"an unclosed comment", "<a><!-- </a>", refused("an unclosed comment at byte 7")},
        {"an unclosed CDATA section", "<a><![CDATA[hush</a>", refused("an unclosed CDATA section at byte 12")},
        {"CDATA outside of the root", "<![CDATA[hush]]><a/>", refused("a declaration where an element is expected at byte 15")},
        {"no name", "<>x</>", refused("a declaration where an element is expected at byte 1")},
        {"a blank before the name", "< a>x</a>", refused("a declaration where an element is expected at byte 1")},
        {"Latin-1", "<a>\xE4</a>", refused("not UTF-8 at byte 0")},
        {"an overlong slash", "<a>\xC0\xAF</a>", refused("not UTF-8 at byte 0")},
        {"UTF-16", std::string("\xFF\xFE<\0a\0/\0>\0", 10), refused("not UTF-8 at byte 0")},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(leaves(r.text) == r.outcome);
    }
}

TEST_CASE("xml: sixteen levels are read, seventeen are refused") {
    const auto nested = [](std::size_t levels) {
        std::string out = "x";
        for (std::size_t i = 0; i < levels; ++i) out = "<a>" + out + "</a>";
        return out;
    };
    CHECK(leaves(nested(16)) == "[a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a=x]");
    CHECK(leaves(nested(17)) == refused("more than 16 levels deep at byte 48"));
    std::string opened;
    for (int i = 0; i < 100000; ++i) opened += "<a>";
    CHECK(leaves(opened) == refused("more than 16 levels deep at byte 48"));
}

TEST_CASE("xml: 137 a document that is cut short anywhere is refused, and nothing of it is told") {
    const std::string whole = "\xEF\xBB\xBF<?xml version=\"1.0\"?><!-- hush --><p:a b=\"hush\"><c>hush&amp;&#x41;</c><d><![CDATA[hush]]></d><e/></p:a>";
    REQUIRE(eksauth::parse_xml(whole).has_value());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const std::string start = whole.substr(0, length);  // of its own, so that a sanitizer sees its end
        INFO(start);
        CHECK(leaves(start).starts_with("EKS-BAD-REPLY: XML: "));
    }
}

TEST_CASE("xml: a leaf is found by its full path, and only if it is there once") {
    const auto document = eksauth::parse_xml("<a><b>x</b><c><b>y</b></c><d>z</d><d>z</d><e/></a>");
    REQUIRE(document.has_value());
    struct row { const char* name; std::string path, outcome; };
    const row rows[] = {
        {"there", "a/b", "x"},
        {"there, deeper", "a/c/b", "y"},
        {"there and empty", "a/e", ""},
        {"absent", "a/f", "absent"},
        {"a part of the path", "b", "absent"},
        {"a start of the path", "a/c", "absent"},
        {"another case", "A/b", "absent"},
        {"137 twice", "a/d", "EKS-BAD-REPLY: a/d occurs twice"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto got = document->find(r.path);
        CHECK((got ? (*got == nullptr ? "absent" : std::string((*got)->reveal())) : told(got)) == r.outcome);
    }
}
