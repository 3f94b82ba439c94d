// SPDX-License-Identifier: Apache-2.0
#include <credbase/secret_string.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <concepts>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

using credbase::secret_string;

namespace {

constexpr std::string_view secret = "hunter2-hunter2-hunter2";

// Arrays are allocated here, with their size in front, so that each can be looked at in the moment when it is freed.
constexpr std::size_t front = alignof(std::max_align_t);
static_assert(front >= sizeof(std::size_t));
int blocks_freed = 0, secrets_freed = 0;

void look_and_free(void* block) noexcept {
    if (block == nullptr) return;
    char* const start = static_cast<char*>(block) - front;
    const std::string_view content(static_cast<char*>(block), *reinterpret_cast<std::size_t*>(start));
    ++blocks_freed;
    if (content.find("hunter2") != std::string_view::npos) ++secrets_freed;
    std::free(start);
}

}  // namespace

void* operator new[](std::size_t size) {
    void* const start = std::calloc(1, front + size);
    if (start == nullptr) throw std::bad_alloc();
    *static_cast<std::size_t*>(start) = size;
    return static_cast<char*>(start) + front;
}
void operator delete[](void* block) noexcept { look_and_free(block); }
void operator delete[](void* block, std::size_t) noexcept { look_and_free(block); }

namespace {

template <class T>
concept printable = requires(std::ostream& out, const T& text) { out << text; };
template <class T, class Other>
concept comparable = requires(const T& one, const Other& other) { one == other; } ||
                     requires(const T& one, const Other& other) { one != other; } ||
                     requires(const T& one, const Other& other) { one < other; };
static_assert(printable<std::string> && comparable<std::string, std::string>);  // the concepts see what is there
static_assert(!printable<secret_string>);
static_assert(!comparable<secret_string, secret_string>);
static_assert(!comparable<secret_string, std::string_view> && !comparable<secret_string, const char*>);
// It neither arises from text nor turns into text by accident.
static_assert(!std::convertible_to<std::string_view, secret_string> && !std::convertible_to<const char*, secret_string>);
static_assert(!std::convertible_to<secret_string, std::string_view> && !std::convertible_to<secret_string, std::string>);
static_assert(std::is_nothrow_move_constructible_v<secret_string> && std::is_copy_constructible_v<secret_string>);

/// Whether the text is that; without a comparison that a failing check would print.
bool is(const secret_string& text, std::string_view expected) { return text.reveal() == expected && text.size() == expected.size(); }

struct freed { int blocks, with_secret; };

/// What is freed while `act` runs.
template <class Act>
freed freed_by(Act act) {
    blocks_freed = secrets_freed = 0;
    act();
    return {blocks_freed, secrets_freed};
}

}  // namespace

TEST_CASE("secret_string: the inspection of freed blocks sees a block that isn't wiped") {
    const freed seen = freed_by([] {
        void* const block = operator new[](64);
        volatile char* const bytes = static_cast<char*>(block);
        for (std::size_t i = 0; i < secret.size(); ++i) bytes[20 + i] = secret[i];
        operator delete[](block);
    });
    CHECK(seen.blocks == 1);
    CHECK(seen.with_secret == 1);
}

TEST_CASE("secret_string: no block is freed with the secret in it") {
    struct row { const char* name; void (*act)(secret_string& text); };
    // Each starts with a text that holds the secret and lives on a block of its own.
    const row rows[] = {
        {"destroyed", [](secret_string& text) { const secret_string gone = std::move(text); }},
        {"a copy destroyed", [](secret_string& text) { const secret_string copy = text; }},
        {"a short one destroyed", [](secret_string&) { const secret_string gone("hunter2"); }},
        {"assigned over", [](secret_string& text) { text = secret_string("x"); }},
        {"assigned over by a copy", [](secret_string& text) { const secret_string other("x"); text = other; }},
        {"assigned over by nothing", [](secret_string& text) { text = secret_string(); }},
        {"grown by a long text", [](secret_string& text) { text.append(std::string(1000, 'x')); }},
        {"grown by single characters", [](secret_string& text) { for (int i = 0; i < 1000; ++i) text.append('x'); }},
        {"grown by itself", [](secret_string& text) { text.append(text.reveal()); }},
        {"cut to nothing", [](secret_string& text) { text.cut(0); const secret_string gone = std::move(text); }},
        {"extended", [](secret_string& text) { std::memset(text.extend(1000), 'x', 1000); }},
        {"reserved", [](secret_string& text) { text.reserve(1000); }},
        {"destroyed with room to spare", [](secret_string& text) { text.reserve(1000); const secret_string gone = std::move(text); }},
        {"destroyed at the end of a long text",
         [](secret_string&) { secret_string gone(std::string(100, 'x')); gone.reserve(200); gone.append(secret); }},
        {"used after a move", [](secret_string& text) { secret_string other = std::move(text); text.append("x"); other.append("y"); }},
    };
    for (const row& r : rows) {
        INFO(r.name);
        secret_string text(secret);
        const freed seen = freed_by([&] { r.act(text); });
        CHECK(seen.blocks >= 1);
        CHECK(seen.with_secret == 0);
    }
}

TEST_CASE("secret_string: holds what was put in") {
    struct row { const char* name; std::string_view text; };
    using namespace std::string_view_literals;
    for (const row& r : {row{"empty", ""}, {"one byte", "a"}, {"NUL inside", "a\0b"sv}, {"any byte", "\xff\x01\n"}, {"longer", secret}}) {
        INFO(r.name);
        const secret_string text(r.text);
        CHECK(is(text, r.text));
        CHECK(text.empty() == r.text.empty());
    }
    CHECK(secret_string().empty());
}

TEST_CASE("secret_string: appending gives the joined text, whatever was reserved") {
    for (std::size_t reserved = 0; reserved < 12; ++reserved) {
        INFO(reserved);
        secret_string text;
        text.reserve(reserved);
        text.append("").append("ab").append('c').append("").append("def").append('g');
        CHECK(is(text, "abcdefg"));
        text.append(text.reveal().substr(1, 3));  // a part of itself
        CHECK(is(text, "abcdefgbcd"));
        text.append(text.reveal());
        CHECK(is(text, "abcdefgbcdabcdefgbcd"));
    }
}

TEST_CASE("secret_string: appending within what was reserved doesn't move the text") {
    secret_string text("ab");
    text.reserve(100);
    const char* const before = text.reveal().data();
    text.append(std::string(98, 'x'));
    CHECK(text.reveal().data() == before);
    text.reserve(50);  // less than there is: nothing happens
    CHECK(text.reveal().data() == before);
    CHECK(text.size() == 100);
}

TEST_CASE("secret_string: what is cut off is wiped at once, and a place to write in is behind the text") {
    secret_string text(secret);
    const std::string_view whole = text.reveal();
    text.cut(7);
    CHECK(is(text, "hunter2"));
    CHECK(whole.substr(7) == std::string(secret.size() - 7, '\0'));
    text.cut(100);
    CHECK(is(text, "hunter2"));
    for (const std::size_t more : {0U, 3U, 100U}) {
        const std::string before(text.reveal());
        std::memset(text.extend(more), '-', more);
        CHECK(is(text, before + std::string(more, '-')));
    }
}

TEST_CASE("secret_string: a copy is its own text") {
    secret_string one("abc");
    secret_string other = one;
    CHECK(one.reveal().data() != other.reveal().data());
    other.append("def");
    CHECK(is(one, "abc"));
    CHECK(is(other, "abcdef"));
    secret_string empty;
    other = empty;
    CHECK(other.empty());
}

TEST_CASE("secret_string: what was moved from is empty and can be used again") {
    secret_string one("abc");
    const char* const block = one.reveal().data();
    secret_string other = std::move(one);
    CHECK(other.reveal().data() == block);
    CHECK(one.empty());  // NOLINT: this is the promise
    one.append("new");
    CHECK(is(one, "new"));
    CHECK(is(other, "abc"));
    one = std::move(other);
    CHECK(is(one, "abc"));
    secret_string& same = one;
    one = same;
    CHECK(is(one, "abc"));
}
