// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/provider_object.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <vector>

using namespace credplugin;
using credplugin::detail::provider_object;

namespace {

/// The member `command` of an object at `p`, read as a text, and the warnings; or the refusal.
std::string command_of(const std::string& text) {
    const boost::json::value value = boost::json::parse(text);
    std::vector<std::string> warnings;
    auto fields = provider_object::of(value, "p", {"command", "env"}, warnings);
    if (!fields) return std::string(fields.error().code().word) + " " + fields.error().text();
    auto command = fields->text("command");
    if (!command) return std::string(command.error().code().word) + " " + command.error().text();
    for (const std::string& warning : warnings) *command += " | " + warning;
    return *command;
}

}  // namespace

TEST_CASE("provider_object: H7 keys count in any case, the exact one before others, two others not at all") {
    struct row { const char* name; std::string text, outcome; };
    const row rows[] = {
        {"exact", R"({"command":"a"})", "a"},
        {"in another case", R"({"COMMAND":"a"})", "a"},
        {"exact and in another case", R"({"Command":"b","command":"a","COMMAND":"c"})",
         R"(a | unknown key "p.Command" is ignored | unknown key "p.COMMAND" is ignored)"},
        {"in two other cases", R"({"Command":"a","COMMAND":"b"})", "EXEC-PROVIDER-FILE p: ambiguous key \"command\""},
        {"null", R"({"Command":null})", ""},
        {"absent", "{}", ""},
        {"H8 unknown", R"({"command":"a","commands":1,"cmd\n":2})",
         R"(a | unknown key "p.commands" is ignored | unknown key "p.cmd\n" is ignored)"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(command_of(r.text) == r.outcome);
    }
}

TEST_CASE("provider_object: another type, and a NUL, are refused with their place") {
    struct row { const char* name; std::string text, outcome; };
    const row rows[] = {
        {"no object", "[]", "p: expected object, got array"},
        {"no text", R"({"command":5})", "p.command: expected string, got number"},
        {"no text under a key of another case", R"({"Command":{}})", "p.command: expected string, got object"},
        {"NUL", R"({"command":"a\u0000"})", "p.command: may not contain NUL"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(command_of(r.text) == "EXEC-PROVIDER-FILE " + r.outcome);
    }
}

TEST_CASE("provider_object: a list is read element by element, up to the first that is refused") {
    struct row { const char* name; std::string text, outcome; };
    const row rows[] = {
        {"three", R"({"env":["a","","b"]})", "[a][][b]"},
        {"none", R"({"env":[]})", ""},
        {"null", R"({"Env":null})", ""},
        {"absent", "{}", ""},
        {"no list", R"({"env":{"A":"b"}})", "p.env: expected array, got object"},
        {"of another type", R"({"Env":["a",1,2]})", "p.env[1]: expected string, got number"},
        {"of null", R"({"env":["a",null]})", "p.env[1]: expected string, got null"},
        {"NUL", R"({"env":["\u0000"]})", "p.env[0]: may not contain NUL"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const boost::json::value value = boost::json::parse(r.text);
        std::vector<std::string> warnings;
        auto fields = provider_object::of(value, "p", {"env"}, warnings);
        REQUIRE(fields.has_value());
        auto list = fields->list<std::string>("env", detail::provider_text);
        std::string outcome = list ? "" : list.error().text();
        for (const std::string& one : list ? *list : std::vector<std::string>()) outcome += '[' + one + ']';
        CHECK(outcome == r.outcome);
    }
}
