// SPDX-License-Identifier: Apache-2.0
#include <eksauth/cache/read_inputs.hpp>

#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <cstddef>
#include <functional>
#include <string>

static constexpr std::size_t limit = 100;

/// What a run reads that looks at a variable, at a file that it may name, and at the home folder.
static eksauth::read_inputs read_by(fake_world& world) {
    eksauth::read_inputs inputs;
    const eksauth::context ctx = inputs.watch(world.context());
    const auto path = ctx.getenv("FILE");
    if (path) (void)ctx.read_file(*path, limit);
    (void)ctx.passwd_home();
    return inputs;
}

static fake_world full() { return {.env = {{"FILE", "/f"}}, .files = {{"/f", "hush"}}, .passwd_home = "/home/u"}; }

TEST_CASE("read inputs: names are told, values are not") {
    fake_world world = full();
    const auto inputs = read_by(world);
    CHECK(inputs.consistent());
    REQUIRE(inputs.noted().size() == 3);
    CHECK(inputs.noted().contains("env FILE"));
    CHECK(inputs.noted().contains("home"));
    // SHA-256 of `hush`
    CHECK(inputs.noted().at("file /f") == "dc8331bcb2283e89d275a1c2fe66f7bf5ac3163ec1967f149dd7e27906365f0c");
}

TEST_CASE("read inputs: a run that reads the same leads to the same, any other doesn't") {
    fake_world world = full();
    const auto first = read_by(world);
    CHECK(read_by(world).lead_to(first.noted(), world.context(), limit));
    struct row { const char* name; std::function<void(fake_world&)> change; };
    const row rows[] = {
        {"another value", [](fake_world& w) { w.env["FILE"] = "/g"; w.files["/g"] = "hush"; }},
        {"an empty value", [](fake_world& w) { w.env["FILE"] = ""; }},
        {"no value", [](fake_world& w) { w.env.clear(); }},
        {"another file", [](fake_world& w) { w.files["/f"] = "hushes"; }},
        {"an empty file", [](fake_world& w) { w.files["/f"] = ""; }},
        {"no file", [](fake_world& w) { w.files.clear(); }},
        {"an unreadable file", [](fake_world& w) { w.fail_at = 0; }},
        {"another home", [](fake_world& w) { w.passwd_home = "/home/v"; }},
        {"no home", [](fake_world& w) { w.passwd_home.reset(); }},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world other = full();
        r.change(other);
        CHECK_FALSE(read_by(other).lead_to(first.noted(), other.context(), limit));
        other.steps = 0;
        CHECK_FALSE(read_by(world).lead_to(read_by(other).noted(), world.context(), limit));
    }
}

TEST_CASE("read inputs: what the other run has read later is looked at now") {
    fake_world world = full();
    const eksauth::read_inputs nothing;
    const auto whole = read_by(world);
    CHECK(nothing.lead_to(whole.noted(), world.context(), limit));
    for (const auto& change : {std::function<void()>([&] { world.files["/f"] = "x"; }), std::function<void()>([&] { world.passwd_home = "/x"; }),
                               std::function<void()>([&] { world.env["FILE"] = "/x"; })}) {
        const fake_world before = world;
        change();
        CHECK_FALSE(nothing.lead_to(whole.noted(), world.context(), limit));
        world = before;
    }
    CHECK_FALSE(whole.lead_to({}, world.context(), limit));  // the other run has read less
}

TEST_CASE("read inputs: what changes while it is read is noticed") {
    fake_world world = full();
    eksauth::read_inputs inputs;
    const eksauth::context ctx = inputs.watch(world.context());
    (void)ctx.read_file("/f", limit);
    (void)ctx.read_file("/f", limit);
    CHECK(inputs.consistent());
    world.files["/f"] = "hushes";
    (void)ctx.read_file("/f", limit);
    CHECK_FALSE(inputs.consistent());
}
