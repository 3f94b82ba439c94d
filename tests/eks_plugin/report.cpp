// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>

#include <chrono>
#include <string>

using eks_plugin::fields;
using eks_plugin::look;
using eks_plugin::run_report;
using eksauth::step_kind;

namespace {

const fields result = {{"arn", "arn:aws:iam::1:user/a"}, {"access entry", "e"}};

run_report success() {
    return {.steps = {{step_kind::request, "c1", "eu-west-1"},
                      {step_kind::variable, "AWS_PROFILE", "set"},
                      {step_kind::call, "POST https://h/", "HTTP 200", std::chrono::milliseconds(12)},
                      {step_kind::source, "web identity", "failed: no"},
                      {step_kind::source, "profile", "not configured: no"},
                      {step_kind::source, "keys", "AKID"},
                      {step_kind::clock, "h", "1 s late"}},
            .warnings = {"the clock is late"},
            .result = result};
}

}  // namespace

TEST_CASE("report: fields in two columns, or as an object") {
    CHECK(shown(result, look::plain) == "arn           arn:aws:iam::1:user/a\naccess entry  e\n");
    CHECK(shown(result, look::terminal) == "\x1b[2marn           \x1b[0marn:aws:iam::1:user/a\n\x1b[2maccess entry  \x1b[0me\n");
    CHECK(shown(result, look::json) == R"({"arn":"arn:aws:iam::1:user/a","accessEntry":"e"})" "\n");
    CHECK(shown(fields{}, look::plain).empty());
    CHECK(shown(fields{}, look::json) == "{}\n");
}

TEST_CASE("report: a run as text, what belongs to a step below it") {
    CHECK(shown(success(), look::plain) ==
          "request c1: eu-west-1\n"
          "source web identity: failed: no\n"
          "  variable AWS_PROFILE: set\n"
          "  call POST https://h/: HTTP 200 in 12 ms\n"
          "source profile: not configured: no\n"
          "source keys: AKID\n"
          "then\n"
          "  clock h: 1 s late\n"
          "warning: the clock is late\n"
          "\n"
          "arn           arn:aws:iam::1:user/a\n"
          "access entry  e\n");
}

TEST_CASE("report: a run on a terminal, as a tree with colours") {
    CHECK(shown(success(), look::terminal) ==
          "request c1: eu-west-1\n"
          "\x1b[31msource web identity: failed: no\x1b[0m\n"
          "\u251c\u2500 variable AWS_PROFILE: set\n"
          "\u2514\u2500 call POST https://h/: HTTP 200 in 12 ms\n"
          "\x1b[2msource profile: not configured: no\x1b[0m\n"
          "\x1b[32msource keys: AKID\x1b[0m\n"
          "then\n"
          "\u2514\u2500 clock h: 1 s late\n"
          "\x1b[31mwarning: the clock is late\x1b[0m\n"
          "\n"
          "\x1b[2marn           \x1b[0marn:aws:iam::1:user/a\n"
          "\x1b[2maccess entry  \x1b[0me\n");
}

TEST_CASE("report: a run as JSON") {
    const auto told = boost::json::parse(shown(success(), look::json)).as_object();
    CHECK(told.at("steps").as_array().size() == 7);
    CHECK(told.at("steps").at(2) == boost::json::parse(R"({"kind":"call","about":"POST https://h/","found":"HTTP 200","milliseconds":12})"));
    CHECK_FALSE(told.at("steps").at(1).as_object().contains("milliseconds"));
    CHECK(told.at("warnings") == boost::json::array{"the clock is late"});
    CHECK(told.at("result") == boost::json::parse(R"({"arn":"arn:aws:iam::1:user/a","accessEntry":"e"})"));
    CHECK_FALSE(told.contains("failure"));
}

TEST_CASE("report: a failure stands in the place of the result") {
    const run_report run{.failure = "nothing is configured (EKS-X)", .result = result};
    CHECK(shown(run, look::plain) == "\nfailed: nothing is configured (EKS-X)\nwhat to do: see that code in docs/errors.md\n");
    CHECK(shown(run, look::terminal) == "\n\x1b[31mfailed: nothing is configured (EKS-X)\x1b[0m\nwhat to do: see that code in docs/errors.md\n");
    CHECK(boost::json::parse(shown(run, look::json)).at("failure") == "nothing is configured (EKS-X)");
}

TEST_CASE("report: control characters in texts are never printed as they are") {
    const std::string bad = "a\x1b[2J\nb\r\x07";
    const run_report rows[] = {
        {.steps = {{step_kind::source, bad, "x"}}},
        {.steps = {{step_kind::source, "x", bad}}},
        {.steps = {{step_kind::file, bad, bad}}},  // belongs to no step
        {.steps = {{step_kind::file, bad, bad}, {step_kind::source, "x", "y"}}},
        {.warnings = {bad}},
        {.failure = bad},
        {.result = {{"arn", bad}}},
    };
    const std::string escaped = "a\\x1b[2J\\nb\\r\\x07";
    for (const run_report& run : rows) {
        const std::string plain = shown(run, look::plain), terminal = shown(run, look::terminal), json = shown(run, look::json);
        INFO(plain);
        for (const std::string* text : {&plain, &terminal}) {
            CHECK(text->find(escaped) != std::string::npos);
            CHECK(text->find("\x1b[2J") == std::string::npos);
            CHECK(text->find_first_of("\r\x07") == std::string::npos);
        }
        CHECK(json.find_first_of("\x1b\r\x07") == std::string::npos);
        CHECK(json.find('\n') == json.size() - 1);
    }
    CHECK(shown(fields{{"arn", bad}}, look::plain) == "arn  " + escaped + "\n");
}
