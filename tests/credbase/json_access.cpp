// SPDX-License-Identifier: Apache-2.0
#include <credbase/json_access.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstddef>
#include <string>
#include <string_view>

using namespace credbase;
using namespace std::literals;

namespace {

constexpr errc refusal{"TEST-JSON"};
constexpr json_limits limits{.bytes = 1000, .depth = 4};

/// The parsed value as text, or the refusal.
std::string describe(const result<boost::json::value>& got) {
    if (got) return boost::json::serialize(*got);
    return std::string(got.error().code().word) + " " + got.error().text();
}

/// What a typed access answers, as text.
template <class T>
std::string described(const result<T>& got, std::string (*show)(const T&)) {
    if (!got) return std::string(got.error().code().word) + " " + got.error().text();
    return show(*got);
}
std::string shown_text(const std::optional<std::string_view>& text) { return text ? "text " + std::string(*text) : "absent"; }
std::string shown_flag(const bool& flag) { return flag ? "true" : "false"; }
std::string shown_value(const boost::json::value* const& value) { return value == nullptr ? "absent" : boost::json::serialize(*value); }
std::string shown_object(const std::optional<json_fields>& fields) { return fields ? "object " + fields->path_of("x") : "absent"; }

}  // namespace

TEST_CASE("parse_json: one value with nothing but white space around it") {
    struct row { const char* name; std::string text, value; };
    const row rows[] = {
        {"literal", "true", "true"},
        {"white space around", " \t\r\n{ } \n\r\t", "{}"},
        {"escapes", R"("\u0041\n\"\\\/")", R"("A\n\"\\/")"},
        {"a surrogate pair", R"("\ud83d\ude00")", "\"\U0001F600\""},
        {"NUL as an escape", R"("\u0000")", R"("\u0000")"},
        {"letters of every length", "\"\u00e4\u20ac\U0001F600\"", "\"\u00e4\u20ac\U0001F600\""},
        {"duplicate names: the last counts", R"({"a":1,"b":2,"a":3})", R"({"a":3,"b":2})"},
        {"duplicate names by an escape", R"({"a":1,"\u0061":3})", R"({"a":3})"},
        {"the highest unsigned number", "18446744073709551615", "18446744073709551615"},
        {"the lowest signed number", "-9223372036854775808", "-9223372036854775808"},
        {"exactly as deep as allowed", "[[[[1]]]]", "[[[[1]]]]"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(describe(parse_json(r.text, limits, refusal)) == r.value);
    }
}

TEST_CASE("parse_json: duplicate names count by the last one in objects of any size") {
    std::string text = "{";
    for (int pass = 0; pass < 2; ++pass)
        for (int i = 0; i < 200; ++i) text += "\"k" + std::to_string(i) + "\":" + std::to_string(1000 * pass + i) + ",";
    text.back() = '}';
    auto value = parse_json(text, {.bytes = 100000, .depth = 4}, refusal);
    REQUIRE(value.has_value());
    REQUIRE(value->as_object().size() == 200);
    for (int i = 0; i < 200; ++i) CHECK(value->as_object().at("k" + std::to_string(i)) == 1000 + i);
}

TEST_CASE("parse_json: numbers of any length are read, never a crash") {
    for (const std::string& text : {"123456789012345678901234567890"s, "-123456789012345678901234567890"s, "0." + std::string(500, '1'),
                                   std::string(900, '9'), "1e308"s, "1e-400"s}) {
        INFO(text);
        auto value = parse_json(text, limits, refusal);
        REQUIRE(value.has_value());
        CHECK(json_type(*value) == "number");
    }
    // Whether a number beyond double is infinite or an error is the parser's own affair.
    for (const char* text : {"1e400", "-1e400", "1e99999999999999999999"}) {
        auto value = parse_json(text, limits, refusal);
        CHECK((value.has_value() || !value.error().text().empty()));
    }
}

TEST_CASE("parse_json: what is no JSON is refused, with the offset") {
    struct row { const char* name; std::string text; };
    const row rows[] = {
        {"nothing", ""},
        {"white space", " \n"},
        {"a word", "hello"},
        {"cut short", "{"},
        {"a text cut short", "\"abc"},
        {"an escape cut short", "\"\\u12"},
        {"a trailing comma in an array", "[1,]"},
        {"a trailing comma in an object", "{\"a\":1,}"},
        {"a comment", "// c\n1"},
        {"a name without quotes", "{a:1}"},
        {"single quotes", "'a'"},
        {"YAML", "a: 1\n"},
        {"a leading zero", "01"},
        {"a plus sign", "+1"},
        {"no digit before the point", ".5"},
        {"no digit behind the point", "1."},
        {"a hexadecimal number", "0x10"},
        {"NaN", "NaN"},
        {"Infinity", "Infinity"},
        {"an unknown escape", "\"\\x41\""},
        {"a raw line end in a text", "\"a\nb\""},
        {"a raw NUL in a text", "\"a\0b\""s},
        {"a raw escape character in a text", "\"\x1b\""},
        {"a byte order mark", "\xEF\xBB\xBF{}"},
        {"something behind it", "{}x"},
        {"two values", "{} {}"},
        {"NUL behind it", "{}\0"s},
        {"a byte that no UTF-8 has", "\"\xff\""},
        {"a letter cut short", "\"\xe2\x82\""},
        {"an overlong slash", "\"\xc0\xaf\""},
        {"a surrogate as UTF-8", "\"\xed\xa0\x80\""},
        {"a bad byte in a name", "{\"\xff\":1}"},
        {"a lone high surrogate", R"("\ud800")"},
        {"a lone low surrogate", R"("\udc00")"},
        {"a high surrogate and a letter", R"("\ud800x")"},
        {"two high surrogates", R"("\ud800\ud800")"},
        {"a lone surrogate in a name", R"({"\ud800":1})"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        auto value = parse_json(r.text, limits, refusal);
        REQUIRE(value.has_error());
        CHECK(value.error().text().find(" at byte ") != std::string::npos);
        CHECK(bool(value.error().code() == refusal));
    }
}

TEST_CASE("parse_json: limits hold, and what is at a limit is read") {
    struct row { const char* name; std::string text, outcome; };
    const row rows[] = {
        {"exactly as many bytes", '"' + std::string(998, 'x') + '"', '"' + std::string(998, 'x') + '"'},
        {"one byte more", '"' + std::string(999, 'x') + '"', "TEST-JSON too large (1001 bytes, limit 1000)"},
        {"white space counts", "1" + std::string(1000, ' '), "TEST-JSON too large (1001 bytes, limit 1000)"},
        {"one array too deep", "[[[[[]]]]]", "TEST-JSON more than 4 levels deep"},
        {"one object too deep", R"([[[[{"a":1}]]]])", "TEST-JSON more than 4 levels deep"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(describe(parse_json(r.text, limits, refusal)) == r.outcome);
    }
}

TEST_CASE("parse_json: no nesting overflows the stack") {
    for (const char* open : {"[", "{\"a\":"}) {
        std::string text;
        for (int i = 0; i < 100000; ++i) text += open;
        CHECK(describe(parse_json(text, {.bytes = text.size(), .depth = 512}, refusal)) == "TEST-JSON more than 512 levels deep");
    }
}

TEST_CASE("json_type: a word for each type") {
    struct row { const char *text, *type; };
    for (const row& r : {row{"null", "null"}, {"true", "boolean"}, {"\"\"", "string"}, {"[]", "array"}, {"{}", "object"}, {"1", "number"},
                         {"-1", "number"}, {"18446744073709551615", "number"}, {"0.5", "number"}}) {
        INFO(r.text);
        CHECK(json_type(boost::json::parse(r.text)) == r.type);
    }
}

TEST_CASE("json_fields: only an object has members") {
    struct row { const char* name; std::string text, path, outcome; };
    const row rows[] = {
        {"an object", "{}", "spec", "spec.x"},
        {"an object at the top", "{}", "", "x"},
        {"an array", "[]", "spec", "TEST-JSON spec: expected object, got array"},
        {"null at the top", "null", "", "TEST-JSON expected object, got null"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const boost::json::value value = boost::json::parse(r.text);
        const auto got = json_fields::of(value, r.path, refusal);
        CHECK(described<json_fields>(got, [](const json_fields& fields) { return fields.path_of("x"); }) == r.outcome);
    }
}

TEST_CASE("json_fields: typed access answers the member, its absence, or its path and type") {
    const boost::json::value value = boost::json::parse(
        R"({"t":"x","e":"","nul":"a\u0000b","n":null,"five":5,"yes":true,"no":false,"o":{"i":1},"l":[]})");
    const json_fields fields(value.as_object(), "spec", refusal);
    struct row { const char *member, *string, *boolean, *object; };
    const row rows[] = {
        {"t", "text x", "TEST-JSON spec.t: expected boolean, got string", "TEST-JSON spec.t: expected object, got string"},
        {"e", "text ", "TEST-JSON spec.e: expected boolean, got string", "TEST-JSON spec.e: expected object, got string"},
        {"n", "absent", "false", "absent"},
        {"gone", "absent", "false", "absent"},
        {"T", "absent", "false", "absent"},
        {"five", "TEST-JSON spec.five: expected string, got number", "TEST-JSON spec.five: expected boolean, got number",
         "TEST-JSON spec.five: expected object, got number"},
        {"yes", "TEST-JSON spec.yes: expected string, got boolean", "true", "TEST-JSON spec.yes: expected object, got boolean"},
        {"no", "TEST-JSON spec.no: expected string, got boolean", "false", "TEST-JSON spec.no: expected object, got boolean"},
        {"o", "TEST-JSON spec.o: expected string, got object", "TEST-JSON spec.o: expected boolean, got object", "object spec.o.x"},
        {"l", "TEST-JSON spec.l: expected string, got array", "TEST-JSON spec.l: expected boolean, got array",
         "TEST-JSON spec.l: expected object, got array"},
    };
    for (const row& r : rows) {
        INFO(r.member);
        CHECK(described(fields.string(r.member), shown_text) == r.string);
        CHECK(described(fields.boolean(r.member), shown_flag) == r.boolean);
        CHECK(described(fields.object(r.member), shown_object) == r.object);
    }
    auto nul = fields.string("nul");
    REQUIRE(nul.has_value());
    CHECK(*nul == std::optional<std::string_view>("a\0b"sv));
}

TEST_CASE("json_fields: find takes the exact name, find_any_case also the one other spelling") {
    struct row { const char* name; std::string text, exact, any_case; };
    const row rows[] = {
        {"exact", R"({"clusterId":"a"})", "\"a\"", "\"a\""},
        {"another case", R"({"CLUSTERID":"a"})", "absent", "\"a\""},
        {"exact and another, the other last", R"({"clusterId":"a","CLUSTERID":"b"})", "\"a\"", "\"a\""},
        {"exact and two others", R"({"ClusterId":"c","CLUSTERID":"b","clusterId":"a"})", "\"a\"", "\"a\""},
        {"exact but null, and another", R"({"clusterId":null,"CLUSTERID":"b"})", "absent", "absent"},
        {"another that is null", R"({"CLUSTERID":null})", "absent", "absent"},
        {"two others", R"({"ClusterId":"a","CLUSTERID":"b"})", "absent", "TEST-JSON ambiguous key \"clusterId\""},
        {"two others, one null", R"({"ClusterId":null,"CLUSTERID":"b"})", "absent", "TEST-JSON ambiguous key \"clusterId\""},
        {"one other, twice", R"({"ClusterId":"a","ClusterId":"b"})", "absent", "\"b\""},
        {"none", "{}", "absent", "absent"},
        {"a longer name and a shorter one", R"({"clusterIdx":1,"clusterI":2})", "absent", "absent"},
        {"only ASCII letters have a case", "{\"cluster\u0130d\":1,\"cluster\\u0049D\":2}", "absent", "2"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const boost::json::value value = boost::json::parse(r.text);
        const json_fields fields(value.as_object(), "", refusal);
        CHECK(shown_value(fields.find("clusterId")) == r.exact);
        CHECK(described(fields.find_any_case("clusterId"), shown_value) == r.any_case);
    }
}

TEST_CASE("json_fields: as_string names the member by the name that was asked for") {
    const boost::json::value value = boost::json::parse(R"({"REGION":1,"Zone":"a"})");
    const json_fields fields(value.as_object(), "config", refusal);
    auto region = fields.find_any_case("region"), zone = fields.find_any_case("zone");
    REQUIRE(region.has_value());
    REQUIRE(zone.has_value());
    CHECK(described(fields.as_string(*region, "region"), shown_text) == "TEST-JSON config.region: expected string, got number");
    CHECK(described(fields.as_string(*zone, "zone"), shown_text) == "text a");
    CHECK(described(fields.as_string(nullptr, "zone"), shown_text) == "absent");
}
