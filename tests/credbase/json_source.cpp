// SPDX-License-Identifier: Apache-2.0
#include <credbase/json_source.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <credbase/json_access.hpp>

#include <string>
#include <string_view>

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

TEST_CASE("json_source: points into the text") {
    const std::string text = R"({"a":[1,2]})";
    CHECK(json_source(text, {"a"}).data() == text.data() + 5);
}

TEST_CASE("json_source: a member as deep as the parser goes") {
    const std::string deep = std::string(500, '[') + std::string(500, ']');
    CHECK(json_source("{\"x\":" + deep + ",\"a\":{\"b\":" + deep + "}}", {"a", "b"}) == deep);
}
