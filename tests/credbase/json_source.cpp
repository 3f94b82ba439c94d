// SPDX-License-Identifier: Apache-2.0
#include <credbase/json_source.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <credbase/json_access.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace credbase;

namespace {

constexpr json_limits limits{.bytes = 1048576, .depth = 512};

struct row { const char* name; std::string text, source; };

const row rows[] = {
    {"object", R"({"a":{"b":{"x":1}}})", R"({"x":1})"},
    {"string", R"({"a":{"b":"x"}})", R"("x")"},
    {"number as it is written", R"({"a":{"b":123456789012345678901234567890}})", "123456789012345678901234567890"},
    {"number with a fraction of zeros", R"({"a":{"b":1.10e+02 }})", "1.10e+02"},
    {"a double at its limit", R"({"a":{"b":0.1000000000000000055511151231257827}})", "0.1000000000000000055511151231257827"},
    {"true", R"({"a":{"b":true}})", "true"},
    {"null", R"({"a":{"b":null,"c":1}})", "null"},
    {"empty object", R"({"a":{"b":{}}})", "{}"},
    {"empty array", R"({"a":{"b":[]}})", "[]"},
    {"empty string", R"({"a":{"b":""}})", "\"\""},
    {"white space around and inside", " \r\n{\t\"a\" : { \"b\" : { \"x\" : [ 1 , 2 ] } , \"c\" : 2 } } ", R"({ "x" : [ 1 , 2 ] })"},
    {"white space behind a comma", "{\"x\":0,\n\t\"a\":{\"x\":1, \"b\":4}}", "4"},
    {"escapes are kept", R"({"a":{"b":"\u003c\n\"\\"}})", R"("\u003c\n\"\\")"},
    {"brackets, commas and quotes inside texts", R"({"a":{"b":["]},{\"[","\\"],"c":1}})", R"(["]},{\"[","\\"])"},
    {"a text that ends in a backslash", R"({"z":"\\","a":{"z":"\\\"","b":"\\"}})", R"("\\")"},
    {"names with escapes", R"({"\u0061":{"\u0062":7}})", "7"},
    {"a name with other escapes", R"({"\"a":0,"a":{"b\\":0,"b":8}})", "8"},
    {"not the first member", R"({"x":{"a":{"b":1}},"y":[{"a":{"b":2}}],"a":{"x":3,"b":4}})", "4"},
    {"duplicate: the last counts", R"({"a":{"b":1,"b":2}})", "2"},
    {"duplicate by an escape: the last counts", R"({"a":{"b":1,"\u0062":2}})", "2"},
    {"duplicate one level up: the last counts", R"({"a":{"b":1},"a":{"b":2}})", "2"},
    {"duplicate one level up without the member", R"({"a":{"b":1},"a":{}})", ""},
    {"duplicate one level up that is no object", R"({"a":{"b":1},"a":5})", ""},
    {"absent", R"({"a":{"c":1}})", ""},
    {"absent one level up", R"({"c":{"b":1}})", ""},
    {"the level up is an array", R"({"a":[{"b":1}]})", ""},
    {"the level up is null", R"({"a":null})", ""},
    {"the top is an array", R"([{"a":{"b":1}}])", ""},
    {"the top is an empty object", "{ }", ""},
    {"the top is a number", "5", ""},
    {"the name in another case", R"({"A":{"b":1}})", ""},
    {"the name in a value", R"({"x":"a","a":{"x":"b"}})", ""},
    {"letters of several bytes", "{\"\u00e4\":1,\"a\":{\"\U0001F600\":\"\u20ac\",\"b\":\"\u20ac\"}}", "\"\u20ac\""},
};

}  // namespace

TEST_CASE("json_source: the bytes of the member, as they stand") {
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(json_source(r.text, {"a", "b"}) == r.source);
    }
}

TEST_CASE("json_source: reads the member that the parser reads") {
    for (const row& r : rows) {
        INFO(r.name);
        auto document = parse_json(r.text, limits, errc{"TEST"});
        REQUIRE(document.has_value());
        const boost::json::value* found = &*document;
        for (const char* name : {"a", "b"})
            found = found != nullptr && found->is_object() ? found->get_object().if_contains(name) : nullptr;
        REQUIRE((found == nullptr) == r.source.empty());
        if (found == nullptr) continue;
        auto again = parse_json(json_source(r.text, {"a", "b"}), limits, errc{"TEST"});
        REQUIRE(again.has_value());
        CHECK(*again == *found);
    }
}

TEST_CASE("json_source: paths of any length, the empty one included") {
    const std::string text = R"({"spec":{"cluster":{"config":{"region":"r"}}}})";
    CHECK(json_source(text, {}) == text);
    CHECK(json_source(text, {"spec"}) == R"({"cluster":{"config":{"region":"r"}}})");
    CHECK(json_source(text, {"spec", "cluster", "config", "region"}) == R"("r")");
    CHECK(json_source(text, {"spec", "cluster", "config", "region", "x"}).empty());
}

TEST_CASE("json_elements: the bytes of each element, as they stand") {
    struct list_row { const char* name; std::string text; std::vector<std::string_view> sources; };
    const list_row lists[] = {
        {"of every type", R"([1.10,"a,]",{"b":[2]},[3,4],null,true])", {"1.10", "\"a,]\"", R"({"b":[2]})", "[3,4]", "null", "true"}},
        {"white space around and inside", " \n[ 1 ,\t{ \"a\" : 2 }\r\n] ", {"1", "{ \"a\" : 2 }"}},
        {"one", "[[]]", {"[]"}},
        {"none", "[ ]", {}},
        {"an object", R"({"a":[1]})", {}},
        {"a text with brackets", R"("[1,2]")", {}},
        {"a number", "12", {}},
        {"nothing", "", {}},
    };
    for (const list_row& r : lists) {
        INFO(r.name);
        CHECK(json_elements(r.text) == r.sources);
    }
}

TEST_CASE("json_elements: of a member, and members of an element") {
    const std::string text = R"({"list":[{"x":{"y":1.0}},{"x":[ ]}]})";
    const auto elements = json_elements(json_source(text, {"list"}));
    REQUIRE(elements.size() == 2);
    CHECK(json_source(elements[0], {"x", "y"}) == "1.0");
    CHECK(json_source(elements[1], {"x"}) == "[ ]");
}

TEST_CASE("json_duplicates: the path of each name that an object has more than once") {
    struct path_row { const char* name; std::string text; std::vector<std::string> paths; };
    const path_row objects[] = {
        {"none", R"({"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]})", {}},
        {"at the top", R"({"a":1,"b":2,"a":3})", {"a"}},
        {"three times", R"({"a":1,"a":2,"a":3})", {"a"}},
        {"two names", R"({"a":1,"b":1,"b":2,"a":2})", {"b", "a"}},
        {"in an object", R"({"x":{"a":1,"a":2}})", {"x.a"}},
        {"in an element", R"({"x":[{},{"a":{"b":1,"b":2}}]})", {"x[1].a.b"}},
        {"in an array of arrays at the top", R"([[],[{"a":1,"a":2}]])", {"[1][0].a"}},
        {"by an escape", R"({"a":1,"\u0061":2})", {"a"}},
        {"an empty name", R"({"":1,"":2})", {""}},
        {"another case is another name", R"({"a":1,"A":2})", {}},
        {"in a member that doesn't count", R"({"x":{"a":1,"a":2},"x":5})", {"x.a", "x"}},
        {"texts that look like it", R"({"x":"{\"a\":1,\"a\":2}"})", {}},
        {"no object", "5", {}},
    };
    for (const path_row& r : objects) {
        INFO(r.name);
        CHECK(json_duplicates(r.text) == r.paths);
    }
}

TEST_CASE("json_duplicates: as deep as the parser goes") {
    std::string text = R"({"a":1,"a":2})";
    for (int i = 0; i < 511; ++i) text = '[' + text + ']';
    REQUIRE(parse_json(text, limits, errc{"TEST"}).has_value());
    std::string path;
    for (int i = 0; i < 511; ++i) path += "[0]";
    CHECK(json_duplicates(text) == std::vector<std::string>{path + ".a"});
}

TEST_CASE("json_source: points into the text") {
    const std::string text = R"({"a":[1,2]})";
    CHECK(json_source(text, {"a"}).data() == text.data() + 5);
}

TEST_CASE("json_source: a member as deep as the parser goes") {
    const std::string deep = std::string(500, '[') + std::string(500, ']');
    CHECK(json_source("{\"x\":" + deep + ",\"a\":{\"b\":" + deep + "}}", {"a", "b"}) == deep);
}
