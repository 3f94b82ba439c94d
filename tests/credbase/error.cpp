// SPDX-License-Identifier: Apache-2.0
#include <credbase/error.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using credbase::error;
using credbase::result;

namespace {

constexpr credbase::errc first{"TEST-FIRST"}, second{"TEST-SECOND"};

// An error that isn't an rvalue keeps its context: a step can't be added to what others still hold.
template <class Error>
concept takes_step = requires(Error&& e) { std::forward<Error>(e).within("step"); };
static_assert(takes_step<error>);
static_assert(!takes_step<error&> && !takes_step<const error&>);
// As an aggregate it would make result<std::string> ambiguous.
static_assert(!std::is_aggregate_v<error>);

}  // namespace

TEST_CASE("error: the text is the context, outermost step first, and then the message") {
    struct row { const char* name; std::vector<std::string> steps; std::string context, text; };
    const row rows[] = {
        {"no step", {}, "", "boom"},
        {"one", {"reading /a"}, "reading /a", "reading /a: boom"},
        {"two", {"reading /a", "profile"}, "profile: reading /a", "profile: reading /a: boom"},
        {"three", {"c", "b", "a"}, "a: b: c", "a: b: c: boom"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        error e(first, "boom");
        for (const std::string& step : r.steps) e = std::move(e).within(step);
        CHECK(e.context() == r.context);
        CHECK(e.text() == r.text);
        CHECK(e.message() == "boom");
        CHECK(bool(e.code() == first));
    }
}

TEST_CASE("error: one made of nothing has no word and no text") {
    CHECK(error().code().word.empty());
    CHECK(error().text().empty());
}

TEST_CASE("errc: two are equal exactly when their words are") {
    CHECK(bool(first == credbase::errc{"TEST-FIRST"}));
    CHECK_FALSE(bool(first == second));
    CHECK_FALSE(bool(first == credbase::errc{}));
}

TEST_CASE("result: holds the value or the error that it was made of") {
    const result<std::string> value = std::string("x"), failure = error(second, "boom");
    CHECK(value.has_value());
    CHECK(value.error().text().empty());
    CHECK(bool(*value == "x"));
    CHECK(failure.has_error());
    CHECK(bool(failure.error().code() == second));
    CHECK(result<>().has_value());
    CHECK(result<>(error(first, "boom")).has_error());
}

TEST_CASE("result: value() of an error throws a runtime_error with the error's text") {
    const result<int> failure = error(first, "boom").within("step");
    std::string thrown;
    try {
        (void)failure.value();
    } catch (const std::runtime_error& e) {
        thrown = e.what();
    }
    CHECK(thrown == "step: boom");
}
