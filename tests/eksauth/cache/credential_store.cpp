// SPDX-License-Identifier: Apache-2.0
#include <eksauth/cache/credential_store.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/default_chain.hpp>
#include <eksauth/sources/assume_role.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using std::chrono::minutes;
using std::chrono::seconds;

static constexpr char boot_id[] = "/proc/sys/kernel/random/boot_id";

/// A world with a role, its token and a service that answers any number of calls.
static fake_world world_of(const std::string& role = "r1", const std::string& token = "t1") {
    fake_world world{.env = {{"ROLE", role}, {"TOKEN_FILE", "/token"}}, .files = {{"/token", token}, {boot_id, "b1"}}};
    world.replies.assign(40, eksauth::http_response{.status = 200});
    return world;
}

/// A source that gives each role and token keys of their own, for an hour, by one call.
static eksauth::result<eksauth::credentials> ask(const eksauth::context& ctx) {
    const auto role = ctx.getenv("ROLE").value_or("none");
    const auto token = ctx.read_file(ctx.getenv("TOKEN_FILE").value_or(""), 100);
    if (!token) return token.error();
    if (auto reply = ctx.http({.host = "sts.example"}); !reply) return reply.error().within("AssumeRole");
    const auto later = ctx.getenv("LATER").value_or("");
    return eksauth::credentials{.access_key_id = "ASIA_" + role + "_" + (*token ? std::string((*token)->reveal()) : "none") + later,
                                .secret_access_key = credbase::secret_string(hush_secret),
                                .session_token = credbase::secret_string(hush_token),
                                .expires = ctx.now() + minutes(60),
                                .source = "a role"};
}

/// The key id that a run gets, with its warnings behind it; or the error.
static std::string run(fake_world& world, const std::function<eksauth::result<eksauth::credentials>(const eksauth::context&)>& by = ask,
                       const std::string& arguments = "us-west-2") {
    auto got = eksauth::credential_store(world.folder()).get(world.context(), arguments, by);
    if (!got) return told(got);
    CHECK((got->secret_access_key.reveal() == hush_secret && got->session_token.reveal() == hush_token && got->source == "a role"));
    std::string text = got->access_key_id;
    for (const std::string& warning : got->warnings) text += "; " + without_secrets(warning);
    return text;
}

TEST_CASE("credential store: of runs that read the same, the first makes the calls") {
    fake_world world = world_of();
    for (int i = 0; i < 3; ++i) CHECK(run(world) == "ASIA_r1_t1");
    CHECK(world.requests.size() == 1);
    CHECK(world.kept.size() == 1);
    CHECK(world.locked.empty());
    CHECK(world.pauses.empty());
}

TEST_CASE("credential store: whatever decides the identity keeps identities apart") {
    struct row { const char* name; std::function<void(fake_world&)> change; std::string got; };
    const row rows[] = {
        {"a variable", [](fake_world& w) { w.env["ROLE"] = "r2"; }, "ASIA_r2_t1"},
        {"no variable", [](fake_world& w) { w.env.erase("ROLE"); }, "ASIA_none_t1"},
        {"what is in a file", [](fake_world& w) { w.files["/token"] = "t2"; }, "ASIA_r1_t2"},
        {"no file", [](fake_world& w) { w.files.erase("/token"); }, "ASIA_r1_none"},
        {"another file of the same content", [](fake_world& w) { w.env["TOKEN_FILE"] = "/other"; w.files["/other"] = "t1"; }, "ASIA_r1_t1"},
        {"what is read after the first call", [](fake_world& w) { w.env["LATER"] = "x"; }, "ASIA_r1_t1x"},
        {"another machine, or another start of it", [](fake_world& w) { w.files[boot_id] = "b2"; }, "ASIA_r1_t1"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of();
        CHECK(run(world) == "ASIA_r1_t1");
        fake_world other = world_of();
        other.kept = world.kept;
        r.change(other);
        CHECK(run(other) == r.got);
        CHECK(other.requests.size() == 1);
        CHECK(run(other) == r.got);
        CHECK(other.requests.size() == 1);
        world.kept = other.kept;
        CHECK(run(world) == "ASIA_r1_t1");
    }
    fake_world world = world_of();
    CHECK(run(world, ask, "us-west-2") == "ASIA_r1_t1");
    CHECK(run(world, ask, "cn-north-1") == "ASIA_r1_t1");
    CHECK(world.requests.size() == 2);
}

TEST_CASE("credential store: an entry under another name serves nobody") {
    fake_world world = world_of();
    CHECK(run(world) == "ASIA_r1_t1");
    fake_world other = world_of("r2");
    CHECK(run(other) == "ASIA_r2_t1");
    other.kept.begin()->second = world.kept.begin()->second;
    CHECK(run(other) == "ASIA_r2_t1");
    CHECK(other.requests.size() == 2);
}

TEST_CASE("credential store: a token that is rotated leaves one entry") {
    fake_world world = world_of();
    for (const char* token : {"t1", "t2", "t3"}) {
        world.files["/token"] = token;
        CHECK(run(world) == std::string("ASIA_r1_") + token);
    }
    CHECK(world.requests.size() == 3);
    CHECK(world.kept.size() == 1);
}

TEST_CASE("credential store: what isn't kept") {
    const auto with = [](const std::function<void(eksauth::credentials&)>& change) {
        return [change](const eksauth::context& ctx) {
            auto got = ask(ctx);
            if (got) change(*got);
            return got;
        };
    };
    fake_world world = world_of();
    const auto kept = [&](const std::string& expected, const eksauth::credential_store::question& by) {
        CHECK(run(world, by) == expected);
        return world.kept.size();
    };
    const std::string good = "ASIA_r1_t1";
    CHECK(kept(good, with([](auto& keys) { keys.expires.reset(); })) == 0);
    CHECK(kept(good, with([](auto& keys) { keys.expires = example_time + seconds(60); })) == 0);
    CHECK(kept(good + "; stale", with([](auto& keys) { keys.warnings = {"stale"}; })) == 0);
    CHECK(kept(good, with([](auto& keys) { keys.by_place = true; })) == 0);
    CHECK(kept("ASIA_r1_t1xx", [&](const eksauth::context& ctx) {  // the file changes while it is read, in both runs
              (void)ctx.read_file("/token", 100);
              world.files["/token"] += "x";
              return ask(ctx);
          }) == 0);
    world.files["/token"] = "t1";
    CHECK(kept(good, [](const eksauth::context& ctx) {  // a program has a say in it
              (void)ctx.run_process({.arguments = {"/bin/which-account"}, .time_limit = {}, .out_limit_bytes = 1, .err_kept_bytes = 1});
              return ask(ctx);
          }) == 0);
    CHECK(kept(good, [](const eksauth::context& ctx) {  // and later, when the lock is held
              auto got = ask(ctx);
              if (got) (void)ctx.run_process({.arguments = {"/bin/which-account"}, .time_limit = {}, .out_limit_bytes = 1, .err_kept_bytes = 1});
              return got;
          }) == 0);
    CHECK(kept(good, [](const eksauth::context& ctx) {  // a login that is renewed, in its own file
              auto got = ask(ctx);
              if (got) (void)ctx.replace_file("/login", credbase::secret_string("renewed"));
              return got;
          }) == 0);
    CHECK(world.processes.size() == 2);
    CHECK(world.requests.size() == 8);
    CHECK(world.locked.empty());
    CHECK(kept(good, ask) == 1);
    const std::string key = world.kept.begin()->first;
    world.locked = {key};
    CHECK(run(world, [](const eksauth::context& ctx) {  // nobody waits where nothing would be kept
              (void)ctx.run_process({.arguments = {"/bin/which-account"}, .time_limit = {}, .out_limit_bytes = 1, .err_kept_bytes = 1});
              return ask(ctx);
          }) == good);
    CHECK(run(world, [](const eksauth::context& ctx) -> eksauth::result<eksauth::credentials> {
              if (auto reply = ctx.http({.host = "169.254.169.254", .by_place = true}); !reply) return reply.error();
              return ask(ctx);
          }, "place") == good);
    CHECK(world.pauses.empty());

    fake_world late = world_of();
    eksauth::context ctx = late.context();
    ctx.clock_offset = [] { return seconds(600); };
    CHECK(told(eksauth::credential_store(late.folder()).get(ctx, "", ask)) == "ok");
    CHECK(late.kept.empty());

    fake_world lasting = world_of();
    const auto keys = eksauth::credential_store(lasting.folder()).get(lasting.context(), "", with([](auto& k) { k.session_token = {}; }));
    CHECK(told(keys) == "ok");
    CHECK(lasting.kept.empty());
}

TEST_CASE("credential store: what needs no call, and what fails before any, is asked for once and never kept") {
    fake_world world = world_of();
    int asked = 0;
    CHECK(run(world, [&](const eksauth::context& ctx) -> eksauth::result<eksauth::credentials> {
              ++asked;
              (void)ctx.getenv("ROLE");
              return eksauth::credentials{.access_key_id = "AKIDMINE", .secret_access_key = credbase::secret_string(hush_secret),
                                          .session_token = credbase::secret_string(hush_token), .source = "a role"};
          }) == "AKIDMINE");
    CHECK(run(world, [&](const eksauth::context&) -> eksauth::result<eksauth::credentials> {
              ++asked;
              return eksauth::error(eksauth::errc::bad_profile, "half a profile");
          }) == "EKS-BAD-PROFILE: half a profile");
    CHECK(asked == 2);
    CHECK(world.kept.empty());
}

TEST_CASE("credential store: new credentials are asked for a quarter of an hour before the end, or when half of a short life is over") {
    struct row { minutes life, last_kept; };
    const row rows[] = {{minutes(60), minutes(42)}, {minutes(720), minutes(702)}, {minutes(100000), minutes(702)}, {minutes(15), minutes(7)}, {minutes(2), minutes(0)}};
    for (const row& r : rows) {
        INFO(r.life.count());
        const auto by = [&](const eksauth::context& ctx) {
            auto got = ask(ctx);
            if (got) got->expires = ctx.now() + r.life;
            return got;
        };
        fake_world world = world_of();
        CHECK(run(world, by) == "ASIA_r1_t1");
        world.now = example_time + r.last_kept + seconds(29);  // the fake's random number is a half, of five minutes
        CHECK(run(world, by) == "ASIA_r1_t1");
        CHECK(world.requests.size() == 1);
        world.now += seconds(32);
        CHECK(run(world, by) == "ASIA_r1_t1");
        CHECK(world.requests.size() == 2);
    }
}

TEST_CASE("credential store: where new ones can't be got, the old ones serve with a warning, and a minute passes before it is tried again") {
    fake_world world = world_of();
    CHECK(run(world) == "ASIA_r1_t1");
    world.replies.assign(40, eksauth::error(eksauth::errc::http_unreachable, "connection refused"));
    const std::string warning = "ASIA_r1_t1; the kept credentials serve until 2026-01-02T04:04:05Z, since new ones couldn't be got: "
                                "AssumeRole: connection refused";
    world.now = example_time + minutes(43);
    CHECK(run(world) == warning);
    CHECK(world.requests.size() == 2);
    world.now += seconds(59);
    CHECK(run(world) == "ASIA_r1_t1");
    CHECK(world.requests.size() == 2);
    world.now += seconds(1);
    CHECK(run(world) == warning);
    CHECK(world.requests.size() == 3);
    world.now = example_time + minutes(59);
    CHECK(run(world) == "EKS-HTTP-UNREACHABLE: AssumeRole: connection refused");
    world.replies.assign(40, eksauth::http_response{.status = 200});
    CHECK(run(world) == "ASIA_r1_t1");
}

TEST_CASE("credential store: an entry from the future is not believed") {
    fake_world world = world_of();
    CHECK(run(world) == "ASIA_r1_t1");
    world.now -= seconds(1);
    CHECK(run(world) == "ASIA_r1_t1");
    CHECK(world.requests.size() == 2);
}

TEST_CASE("credential store: broken entries and foreign ones are replaced") {
    fake_world world = world_of();
    CHECK(run(world) == "ASIA_r1_t1");
    const std::string good = world.kept.begin()->second;
    for (const std::string& broken : {std::string(), std::string("{}"), good.substr(1), std::string(200000, 'x')}) {
        world.kept.begin()->second = broken;
        const std::size_t before = world.requests.size();
        CHECK(run(world) == "ASIA_r1_t1");
        CHECK(world.requests.size() == before + 1);
        CHECK(world.kept.begin()->second == good);
    }
}

TEST_CASE("credential store: one run renews, the others go on, wait for it, or do without") {
    fake_world world = world_of();
    CHECK(run(world) == "ASIA_r1_t1");
    const std::string key = world.kept.begin()->first, good = world.kept.begin()->second;

    world.now = example_time + minutes(43);  // to be renewed, and still good
    world.locked = {key};
    CHECK(run(world) == "ASIA_r1_t1");
    CHECK(world.requests.size() == 1);
    CHECK(world.pauses.empty());
    world.now = example_time;

    world.kept.clear();  // nothing to go on with
    eksauth::context ctx = world.context();
    ctx.sleep = [&](std::chrono::milliseconds) {
        world.kept[key] = good;
        world.locked.clear();
    };
    CHECK(told(eksauth::credential_store(world.folder()).get(ctx, "us-west-2", ask)) == "ok");
    CHECK(world.requests.size() == 1);

    for (const bool hasty : {false, true}) {
        world.kept.clear();
        world.locked = {key};
        world.pauses.clear();
        world.elapsed = {};
        eksauth::context limited = world.context();
        if (hasty) limited.time_left = [] { return seconds(4); };
        const auto got = eksauth::credential_store(world.folder()).get(limited, "us-west-2", ask);
        REQUIRE(told(got) == "ok");
        CHECK(got->warnings == std::vector<std::string>{"nothing is kept: another run has held the lock of these credentials for too long"});
        const auto waited = hasty ? seconds(2) : seconds(10);
        CHECK((world.elapsed >= waited && world.elapsed < waited + seconds(1)));
        CHECK(world.kept.empty());
    }
}

TEST_CASE("credential store: without a mark of the machine nothing is kept") {
    fake_world world = world_of();
    world.files.erase(boot_id);
    CHECK(run(world) == std::string("ASIA_r1_t1; nothing is kept: ") + boot_id +
                            ": is empty or absent, so that machines that share the folder can't be told apart");
    CHECK(world.kept.empty());
}

TEST_CASE("credential store: each step that fails leaves good credentials and a word, or the error of the source") {
    const std::string good = "ASIA_r1_t1", nothing = "; nothing is kept: ", broken = ": Input/output error";
    fake_world whole = world_of();
    CHECK(run(whole) == good);
    const std::string key = whole.kept.begin()->first;
    const std::vector<std::string> expected = {
        "EKS-BAD-FILE: reading /token" + broken,                    // before the first call
        good + nothing + "reading " + boot_id + broken,
        good,                                                       // looking for an entry
        good + nothing + "locking " + key + broken,
        good,                                                       // looking again
        "EKS-BAD-FILE: reading /token" + broken,
        "EKS-HTTP-CUT: AssumeRole: connection reset",
        good + nothing + "writing " + key + broken,
    };
    REQUIRE(whole.steps == std::ssize(expected));  // a new step needs a new row
    for (int step = 0; step < whole.steps; ++step) {
        INFO(step);
        fake_world world = world_of();
        world.fail_at = step;
        CHECK(run(world) == expected[static_cast<std::size_t>(step)]);
        CHECK(world.locked.empty());
        world.fail_at = -1;
        CHECK(run(world) == good);
    }
    whole.steps = 0;
    whole.now = example_time + minutes(43);
    whole.fail_at = 6;  // a renewal that fails
    CHECK(run(whole).starts_with(good + "; the kept credentials serve until"));
}

/// Asks the chain, and then for a role that the caller gives, in a world whose random bytes are never the same.
class role_runs {
public:
    explicit role_runs(const std::string& session_token = "") {
        world.env = {{"HOME", "/h"}, {"AWS_SECRET_ACCESS_KEY", hush_secret}};
        world.env["AWS_ACCESS_KEY_ID"] = session_token.empty() ? "AKIDEXAMPLE" : "ASIDEXAMPLE";
        if (!session_token.empty()) world.env["AWS_SESSION_TOKEN"] = session_token;
        world.files = {{boot_id, "b1"}, {"/etc/ssl/certs/ca-certificates.crt", ""}};
    }

    /// The key id that a run gets, with its warnings behind it, or the error. Each call to STS brings another key.
    std::string run(const eksauth::assume_role_request& role, const std::string& arguments) {
        world.replies.emplace_back(eksauth::http_response{.status = 200, .body = credbase::secret_string(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA" + std::to_string(world.requests.size()) +
            "</AccessKeyId><SecretAccessKey>" + hush_secret + "</SecretAccessKey><SessionToken>" + hush_token +
            "</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>")});
        eksauth::context ctx = world.context();
        ctx.random_bytes = [this](std::size_t bytes) -> eksauth::result<std::string> { return std::string(bytes, next_++); };
        const auto by_role = [&](const eksauth::context& inner) -> eksauth::result<eksauth::credentials> {
            auto base = eksauth::default_chain(inner, "us-west-2");
            return base ? eksauth::assume_given_role(inner, role, *base, "us-west-2") : base;
        };
        const auto got = eksauth::credential_store(world.folder()).get(ctx, arguments, by_role);
        world.replies.resize(world.requests.size(), eksauth::http_response());
        if (!got) return told(got);
        std::string text = got->access_key_id;
        for (const std::string& warning : got->warnings) text += "; " + without_secrets(warning);
        return text;
    }

    fake_world world;

private:
    char next_ = 1;
};

TEST_CASE("credential store: a role that the caller gives is kept, whatever name is made for its session") {
    const eksauth::assume_role_request hub{"arn:aws:iam::123456789012:role/hub", ""}, spoke{"arn:aws:iam::123456789012:role/spoke", ""};
    role_runs by;
    CHECK(by.run(hub, "us-west-2 hub") == "ASIA0");
    by.world.now += minutes(1);
    CHECK(by.run(hub, "us-west-2 hub") == "ASIA0");
    CHECK(by.world.kept.size() == 1);
    // Another role is told apart by the arguments alone.
    CHECK(by.run(spoke, "us-west-2 spoke") == "ASIA1");
    CHECK(by.run(hub, "us-west-2 hub") == "ASIA0");
    CHECK(by.run({spoke.role_arn, "", "id"}, "us-west-2 spoke id") == "ASIA2");
    CHECK(by.run(spoke, "us-west-2 spoke") == "ASIA1");
    REQUIRE(by.world.requests.size() == 3);
    CHECK(by.world.kept.size() == 3);
    const auto session = [&](std::size_t call) {
        const std::string body(by.world.requests[call].body.reveal());
        return body.substr(body.find("RoleSessionName="));
    };
    CHECK(session(0) != session(1));
    by.world.now += minutes(45);
    CHECK(by.run(hub, "us-west-2 hub") == "ASIA3");
    CHECK(by.world.kept.size() == 3);
}

TEST_CASE("credential store: a given role is kept for the credentials that it was got with, and the settings of the call") {
    const eksauth::assume_role_request hub{"arn:aws:iam::123456789012:role/hub", ""};
    role_runs by;
    CHECK(by.run(hub, "hub") == "ASIA0");
    by.world.env["AWS_ACCESS_KEY_ID"] = "AKIDOTHER";
    CHECK(by.run(hub, "hub") == "ASIA1");
    by.world.env["AWS_REGION"] = "eu-west-1";
    CHECK(by.run(hub, "hub") == "ASIA2");
    by.world.files["/h/.aws/config"] = "[default]\nmax_attempts = 2\n";
    CHECK(by.run(hub, "hub") == "ASIA3");
    CHECK(by.run(hub, "hub") == "ASIA3");
    role_runs session("FwoGhush");
    session.world.kept = by.world.kept;
    CHECK(session.run(hub, "hub") == "ASIA0");
    CHECK(session.world.requests.size() == 1);
}

TEST_CASE("credential store: a given role that is refused before any call is asked for once and never kept") {
    role_runs by;
    CHECK(by.run({"arn:aws:iam::123456789012:user/u", ""}, "u").starts_with("EKS-SETTING: the given role: role ARN "));
    CHECK(by.world.requests.empty());
    CHECK(by.world.kept.empty());
}
