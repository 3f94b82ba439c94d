// SPDX-License-Identifier: Apache-2.0
#include "yaml_document.hpp"

#include "support/catch_shim.hpp"

#include <string>
#include <string_view>

using eks_plugin::parse_yaml;
using eks_plugin::yaml_node;

static constexpr credbase::errc code{"X"};

/// The tree as flow style; scalars as the bytes of the text that they are, and behind a slash their line.
static std::string shown(const yaml_node& node, std::string_view text) {
    const std::string mark = std::string(node.has_properties ? "&" : "") + (node.aliased ? "*" : "");
    if (node.type == yaml_node::kind::scalar)
        return mark + std::string(text.substr(node.begin, node.end - node.begin)) + "/" + std::to_string(node.line);
    std::string out = mark + (node.type == yaml_node::kind::mapping ? "{" : "[");
    for (const yaml_node* child : node.children) out += (child == node.children.front() ? "" : " ") + shown(*child, text);
    return out + (node.type == yaml_node::kind::mapping ? "}" : "]");
}
static std::string read(std::string_view text, const eks_plugin::yaml_limits& limits = {}) {
    const auto document = parse_yaml(text, code, limits);
    if (!document) return document.error().text();
    return document->root == nullptr ? "nothing" : shown(*document->root, text);
}

TEST_CASE("YAML document: each scalar knows its bytes, quotes included") {
    struct row { std::string text, tree; };
    const row rows[] = {
        {"", "nothing"},
        {"# c\n", "nothing"},
        {"a: b\nc: [d, 'e''f', \"g\\\"h\"] # i\n", "{a/1 b/1 c/2 [d/2 'e''f'/2 \"g\\\"h\"/2]}"},
        {"a: b  \n", "{a/1 b/1}"},
        {"a: b # c\n", "{a/1 b/1}"},
        {"{a: b,c: d}", "{a/1 b/1 c/1 d/1}"},
        {"{\"a\":\"b\",\n\t\"c\" : \"d\"}\n", "{\"a\"/1 \"b\"/1 \"c\"/2 \"d\"/2}"},
        {"a: b\r\nc: d\r\n", "{a/1 b/1 c/2 d/2}"},
        {"a: b\rc: d\r", "{a/1 b/1 c/2 d/2}"},
        {"\xEF\xBB\xBF" "a: b\n", "{a/1 b/1}"},
        {"\xEF\xBB\xBF\xEF\xBB\xBF" "a: b\n", "{a/1 b/1}"},
        // Characters of two, three and four bytes, and the line ends of Unicode, before what is looked for and within it.
        {"\u00E9: \u20AC # \U0001F600\n\U0001F600: [\u00E9, 'a\u00E9', b]\n", "{\u00E9/1 \u20AC/1 \U0001F600/2 [\u00E9/2 'a\u00E9'/2 b/2]}"},
        {"a: b #\u0085c: d #\u2028e: f\n", "{a/1 b/1 c/2 d/2 e/3 f/3}"},
        {"a: &x b\nc: *x\n", "{a/1 &*&x b/1 c/2 &*&x b/1}"},
        {"a: !!str b\n", "{a/1 &!!str b/1}"},
        {"a: &x {b: c}\nd: *x\n", "{a/1 &*{b/1 c/1} d/2 &*{b/1 c/1}}"},
        {"- |\n  a\n  b\n- c\n", "[|\n  a\n  b\n/1 c/4]"},
        {"a:\nb: ''\n", "{a/1 /1 b/2 ''/2}"},
        {"%YAML 1.1\n---\na: b\n...\n# c\n", "{a/3 b/3}"},
    };
    for (const row& r : rows) {
        INFO(r.text);
        CHECK(read(r.text) == r.tree);
    }
}

TEST_CASE("YAML document: a text may be nothing at all") { CHECK(read(std::string_view()) == "nothing"); }

TEST_CASE("YAML document: what is no YAML, or not one document, is refused with its line") {
    struct row { std::string text, why; };
    const row rows[] = {
        {"a: b\nc: 'd\n", "line 3: found unexpected end of stream"},
        {"a: b\n c: d\n", "line 2: mapping values are not allowed in this context"},
        {"a: b\n---\nc: d\n", "line 2: a second document begins; a kubeconfig has one"},
        {"a: *x\n", "line 1: an alias stands for no anchor before it"},
        {"a: b\nc: \xFF\n", "line 2: not UTF-8"},
        {std::string("a\0:\0 \0b\0", 8), "line 1: control characters are not allowed"},
        {std::string("\xFF\xFE" "a\0:\0 \0b\0", 10), "line 1: not UTF-8"},
        {"a: b\n\n\x01\n", "line 3: control characters are not allowed"},
    };
    for (const row& r : rows) {
        INFO(r.text);
        CHECK(read(r.text) == r.why);
        CHECK(parse_yaml(r.text, code).error().code() == code);
    }
}

TEST_CASE("YAML document: limits") {
    const eks_plugin::yaml_limits limits{.bytes = 20, .depth = 3, .nodes = 5};
    CHECK(read("[[[a]]]", limits) == "[[[a/1]]]");
    CHECK(read("[[[[]]]]", limits) == "line 1: nested deeper than 3 levels");
    CHECK(read("[a, b, c, d]", limits) == "[a/1 b/1 c/1 d/1]");
    CHECK(read("[a, b, c, d, e]", limits) == "line 1: more than 5 values");
    CHECK(read("a: b" + std::string(16, ' '), limits) == "{a/1 b/1}");
    CHECK(read("a: b" + std::string(17, ' '), limits) == "larger than 20 bytes");
    CHECK(read(std::string(1000, '[')) == "line 1: nested deeper than 100 levels");
}
