// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sources/process.hpp>  // first: proves that it stands alone

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <credbase/posix_run.hpp>
#include <eksauth/net/time_limit.hpp>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

namespace {

const std::string step = "failed: credential_process of profile \"x\": ";

/// A world whose profile x has these lines in the config file.
fake_world world_of(const std::string& config, credbase::process_output output = {}) {
    return {.env = {{"HOME", "/h"}}, .files = {{"/h/.aws/config", "[profile x]\n" + config}}, .process = std::move(output)};
}
eksauth::outcome ask(fake_world& world) {
    const auto files = eksauth::load_shared_config(world.context());
    REQUIRE(told(files) == "ok");
    return eksauth::from_process(world.context(), eksauth::profile(*files, "x"));
}
/// What a program that prints this and ends well gives.
std::string printed(const std::string& text) {
    fake_world world = world_of("credential_process = /p\n", {.out = credbase::secret_string(text)});
    return told(ask(world));
}
/// What a program that ends like this gives.
std::string ended(credbase::process_output output) {
    fake_world world = world_of("credential_process = /p\n", std::move(output));
    return told(ask(world));
}

const std::string good = R"({"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "hush"})";

}  // namespace

TEST_CASE("112 process: the profile's line decides whether and what is run") {
    const std::string place = "failed: /h/.aws/config line 2: ";
    struct row { const char* name; std::string config; std::vector<std::string> arguments; std::string outcome; };
    const row rows[] = {
        {"nothing", "region = eu-west-1\n", {}, "not configured: it has no credential_process"},
        {"112 quotes", "credential_process = \"/p/a b\" --x \"y z\"\n", {"/p/a b", "--x", "y z"}, "credentials: AKID"},
        {"quotes around all of it are those of the program", "credential_process = \"/p/a b\"\n", {"/p/a b"}, "credentials: AKID"},
        {"a key in upper case, a comment behind", "Credential_Process=helper a # b\n", {"helper", "a"}, "credentials: AKID"},
        {"empty", "credential_process =\n", {}, place + "credential_process is empty"},
        {"empty quotes", "credential_process = ''\n", {}, place + "credential_process is empty"},
        {"two lines", "credential_process = /p\n  --hush\n", {}, place + "credential_process goes on over several lines"},
        {"an open quote", "credential_process = /p \"hush\n", {}, place + "credential_process: a \" isn't closed"},
        {"a comment within quotes ends the line, as in AWS SDK for Go v2", "credential_process = sh -c 'a # hush'\n", {},
         place + "credential_process: a ' isn't closed"},
        {"an escape sequence", "credential_process = /p \x1b[2J\n", {}, place + "credential_process: control character 0x1b at offset 3"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of(r.config, {.out = credbase::secret_string(good)});
        CHECK(told(ask(world)) == r.outcome);
        REQUIRE(world.processes.size() == (r.arguments.empty() ? 0 : 1));
        if (!r.arguments.empty()) CHECK(world.processes[0].arguments == r.arguments);
    }
}

TEST_CASE("process: the credentials file's line is run rather than the config file's") {
    fake_world world = world_of("credential_process = /config\n", {.out = credbase::secret_string(good)});
    world.files["/h/.aws/credentials"] = "[x]\ncredential_process = /credentials\n";
    CHECK(told(ask(world)) == "credentials: AKID");
    REQUIRE(world.processes.size() == 1);
    CHECK(world.processes[0].arguments == std::vector<std::string>{"/credentials"});
}

TEST_CASE("114 115 116 process: the program runs within limits and without the cluster's data") {
    fake_world world = world_of("credential_process = /p\n", {.out = credbase::secret_string(good)});
    CHECK(told(ask(world)) == "credentials: AKID");
    REQUIRE(world.processes.size() == 1);
    const credbase::process_request& request = world.processes[0];
    REQUIRE(request.environment.size() == 1);
    CHECK(request.environment[0].name == "KUBERNETES_EXEC_INFO");
    CHECK_FALSE(request.environment[0].value.has_value());
    CHECK_FALSE(request.inherit_stdin);
    CHECK_FALSE(request.inherit_stderr);
    CHECK(request.time_limit == std::chrono::seconds(60));
    CHECK(request.stdout_grace == std::chrono::milliseconds::max());
    CHECK(request.out_limit_bytes == 65536);
    CHECK(request.err_kept_bytes == 4096);
}

TEST_CASE("process: what the program prints are the credentials") {
    fake_world world = world_of("credential_process = /p\n", {.out = credbase::secret_string(
        R"({"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"hush","SessionToken":"hush+t","Expiration":"2026-01-02T04:04:05+00:00"})")});
    const eksauth::outcome got = ask(world);
    CHECK(told(got) == "credentials: AKID with a session token until 2026-01-02T04:04:05Z");
    const auto* found = std::get_if<eksauth::credentials>(&got);
    REQUIRE(found != nullptr);
    CHECK(bool(found->secret_access_key.reveal() == "hush"));
    CHECK(bool(found->session_token.reveal() == "hush+t"));
    CHECK(found->source == "process of profile \"x\"");
}

TEST_CASE("114 process: what the program may print, and each way to get it wrong") {
    const std::string begin = R"({"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"hush")";
    const std::string out = step + "its output: ";
    const auto without_version = [](const std::string& version) {
        return "{" + version + R"("AccessKeyId":"AKID","SecretAccessKey":"hush"})";
    };
    const auto late = [](const std::string& at) {
        return step + "its credentials expire at " + at + ", and it is 2026-01-02T03:04:05Z now; more than a minute must be left";
    };
    struct row { const char* name; std::string text, outcome; };
    const row rows[] = {
        {"the least", begin + "}", "credentials: AKID"},
        {"white space around, unknown members, an account id", " \r\n" + begin + R"(,"AccountId":"1","x":[{}]} )" + "\n", "credentials: AKID"},
        {"null and empty optional members", begin + R"(,"SessionToken":null,"Expiration":null})", "credentials: AKID"},
        {"an empty session token", begin + R"(,"SessionToken":""})", "credentials: AKID"},
        {"the last of duplicates", begin + R"(,"AccessKeyId":"LATER"})", "credentials: LATER"},
        {"Version 1.0, the same number", without_version(R"("Version":1.0,)"), "credentials: AKID"},
        {"114 Version 2", without_version(R"("Version":2,)"), out + "Version is not the number 1"},
        {"Version 1.5", without_version(R"("Version":1.5,)"), out + "Version is not the number 1"},
        {"Version -1", without_version(R"("Version":-1,)"), out + "Version is not the number 1"},
        {"Version as text", without_version(R"("Version":"1",)"), out + "Version is not the number 1"},
        {"Version as truth", without_version(R"("Version":true,)"), out + "Version is not the number 1"},
        {"114 no Version", without_version(""), out + "Version is missing"},
        {"Version null", without_version(R"("Version":null,)"), out + "Version is missing"},
        {"version in lower case", without_version(R"("version":1,)"), out + "Version is missing"},
        {"114 nothing", "", out + "no JSON: incomplete JSON at byte 0"},
        {"114 no JSON", "hush", out + "no JSON: syntax error at byte 0"},
        {"114 half of it", begin, out + "no JSON: incomplete JSON at byte 58"},
        {"114 something behind it", begin + "}hush", out + "no JSON: extra data at byte 59"},
        {"114 an array", "[" + begin + "}]", out + "expected object, got array"},
        {"114 65 537 bytes", begin + "}" + std::string(65537 - begin.size() - 1, ' '),
         out + "no JSON: too large (65537 bytes, limit 65536)"},
        {"65 536 bytes", begin + "}" + std::string(65536 - begin.size() - 1, ' '), "credentials: AKID"},
        {"33 levels", begin + R"(,"x":)" + std::string(32, '[') + std::string(32, ']') + "}", out + "no JSON: more than 32 levels deep"},
        {"no id", R"({"Version":1,"SecretAccessKey":"hush"})", out + "AccessKeyId is missing"},
        {"no secret", R"({"Version":1,"AccessKeyId":"AKID"})", out + "SecretAccessKey is missing"},
        {"a null secret", R"({"Version":1,"AccessKeyId":"AKID","SecretAccessKey":null})", out + "SecretAccessKey is missing"},
        {"an empty id", R"({"Version":1,"AccessKeyId":"","SecretAccessKey":"hush"})", out + "AccessKeyId is empty"},
        {"an empty secret", R"({"Version":1,"AccessKeyId":"AKID","SecretAccessKey":""})", out + "SecretAccessKey is empty"},
        {"an id that is a number", R"({"Version":1,"AccessKeyId":1,"SecretAccessKey":"hush"})", out + "AccessKeyId: expected string, got number"},
        {"a secret that is an array", R"({"Version":1,"AccessKeyId":"AKID","SecretAccessKey":["hush"]})",
         out + "SecretAccessKey: expected string, got array"},
        {"a token that is a truth", begin + R"(,"SessionToken":false})", out + "SessionToken: expected string, got boolean"},
        {"an id with a slash", R"({"Version":1,"AccessKeyId":"hush/","SecretAccessKey":"hush"})",
         out + "AccessKeyId has a character other than letters, digits and _"},
        {"a secret with a line end", R"({"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"hush\n"})",
         out + "SecretAccessKey begins or ends with white space; was it copied with a line end?"},
        {"a token with a blank", begin + R"(,"SessionToken":"hush hush"})",
         out + "SessionToken has a character at offset 4 that no AWS credential has"},
        {"a temporary key without its token", R"({"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"hush"})",
         out + "AccessKeyId is a temporary key (ASIA...) but SessionToken is empty"},
        {"an expiry in another form", begin + R"(,"Expiration":"hush"})",
         out + "Expiration is not an RFC 3339 time such as 2026-01-02T03:04:05Z"},
        {"an empty expiry", begin + R"(,"Expiration":""})", out + "Expiration is not an RFC 3339 time such as 2026-01-02T03:04:05Z"},
        {"an expiry in seconds", begin + R"(,"Expiration":1767323045})", out + "Expiration: expected string, got number"},
        {"expired", begin + R"(,"Expiration":"2026-01-02T03:04:04Z"})", late("2026-01-02T03:04:04Z")},
        {"60 s left", begin + R"(,"Expiration":"2026-01-02T03:05:05Z"})", late("2026-01-02T03:05:05Z")},
        {"61 s left", begin + R"(,"Expiration":"2026-01-02T03:05:06Z"})", "credentials: AKID until 2026-01-02T03:05:06Z"},
        {"an expiry with offset and fraction", begin + R"(,"Expiration":"2026-01-02T04:05:06.999+01:00"})",
         "credentials: AKID until 2026-01-02T03:05:06Z"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(printed(r.text) == r.outcome);
    }
}

TEST_CASE("113 process: a program that fails is told by its status and the end of its stderr, never by its stdout") {
    struct row { const char* name; credbase::process_output output; std::string outcome; };
    const row rows[] = {
        {"113 status and stderr", {.exit_code = 3, .out = credbase::secret_string(good), .err = "no login\n"}, "exit status 3; stderr: no login"},
        {"a status alone", {.exit_code = 1, .out = credbase::secret_string("hush")}, "exit status 1, nothing on stderr"},
        {"a signal", {.exit_code = -1, .signal = 9, .out = credbase::secret_string(good), .err = "a\r\nb\t\x1b[2J\r\n\n"},
         "ended by signal 9; stderr: a\\r\\nb\\t\\x1b[2J"},
        {"line ends alone", {.exit_code = 1, .err = "\n\n"}, "exit status 1, nothing on stderr"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(ended(r.output) == step + r.outcome);
    }
    CHECK(ended({.out = credbase::secret_string(good), .err = "a warning\n"}) == "credentials: AKID");
}

TEST_CASE("113 114 115 process: each way not to end by itself is told, with what is on stderr, and never gives credentials") {
    using credbase::process_end;
    const std::string over_time = "not done within its time limit of 60000 ms", over_size = "more than 65536 bytes on stdout";
    const std::string lost = "its exit status is lost: this process ignores SIGCHLD or waits for any child";
    struct row { const char* name; credbase::process_output output; std::string outcome; };
    const row rows[] = {
        {"not found", {.end = process_end::not_found}, "starting helper\xC3\xA4: not found in any absolute folder of PATH"},
        {"no such file", {.end = process_end::not_started, .system_error = ENOENT, .program = "/p/helper"},
         "starting /p/helper: No such file or directory"},
        {"not to be executed", {.end = process_end::not_started, .system_error = EACCES, .program = "/p/a\x1b"},
         "starting /p/a\\x1b: Permission denied"},
        {"no descriptors", {.end = process_end::not_started, .system_error = EMFILE}, "starting helper\xC3\xA4: Too many open files"},
        {"115 no end", {.end = process_end::timed_out, .exit_code = -1, .signal = 15, .program = "/p/helper"},
         "running /p/helper: " + over_time},
        {"115 no end, but words", {.end = process_end::timed_out, .program = "/p/helper", .err = "waiting for\n\x1b[1myou\n"},
         "running /p/helper: " + over_time + "; stderr: waiting for\\n\\x1b[1myou"},
        {"114 too much", {.end = process_end::wrote_too_much, .program = "/p/helper"}, "running /p/helper: " + over_size},
        {"114 too much, with words and a secret", {.end = process_end::wrote_too_much, .program = "/p/helper", .err = "config+hush\n"},
         "running /p/helper: " + over_size + "; stderr: [redacted]"},
        {"cancelled", {.end = process_end::cancelled, .program = "/p/helper", .err = "e"},
         "running /p/helper: ended, since its answer is no longer wanted; stderr: e"},
        {"no status", {.end = process_end::status_lost, .exit_code = -1, .program = "/p/a\n"}, "running /p/a\\n: " + lost},
        {"no status, but words", {.end = process_end::status_lost, .program = "/p/helper", .err = "e"},
         "running /p/helper: " + lost + "; stderr: e"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of("credential_process = helper\xC3\xA4 --hush\naws_secret_access_key = config+hush\n", r.output);
        world.process->out = credbase::secret_string(good);
        CHECK(told(ask(world)) == step + r.outcome);
    }
}

TEST_CASE("115 process: the program gets what is left of the run's time, and an error tells how much that was") {
    fake_world world = world_of("credential_process = /p\n", {.end = credbase::process_end::timed_out});
    const auto files = eksauth::load_shared_config(world.context());
    REQUIRE(told(files) == "ok");
    const eksauth::context limited = eksauth::with_time_limit(world.context(), std::chrono::seconds(70));
    const auto after = [&](std::chrono::milliseconds elapsed) {
        world.elapsed = elapsed;
        return told(eksauth::from_process(limited, eksauth::profile(*files, "x")));
    };
    const std::string running = step + "running /p: not done within its time limit of ";
    CHECK(after(std::chrono::seconds(10)) == running + "60000 ms");
    CHECK(after(std::chrono::milliseconds(10001)) == running + "59999 ms");
    CHECK(after(std::chrono::milliseconds(69999)) == running + "1 ms");
    CHECK(after(std::chrono::seconds(70)) == step + "the time limit of 70000 ms is over; next was running /p");
    REQUIRE(world.processes.size() == 3);
    CHECK(world.processes[0].time_limit == std::chrono::seconds(60));
    CHECK(world.processes[1].time_limit == std::chrono::milliseconds(59999));
    CHECK(world.processes[2].time_limit == std::chrono::milliseconds(1));
}

TEST_CASE("113 process: the secrets known here are taken out of stderr") {
    const std::string in_config = "config+hush", in_credentials = "credentials+hush", longer = "config+hush+longer";
    const auto told_of = [&](const std::string& err) {
        fake_world world = world_of("credential_process = /p\n[profile y]\naws_secret_access_key = " + in_config +
                                        "\n[profile z]\nAWS_Session_Token = '" + longer + "'\n[profile short]\naws_secret_access_key = 7+bytes\n",
                                    {.exit_code = 1, .err = err});
        world.files["/h/.aws/credentials"] = "[y]\naws_security_token = " + in_credentials + "\n";
        world.env["AWS_SECRET_ACCESS_KEY"] = example_secret;
        world.env["AWS_SESSION_TOKEN"] = hush_token;
        world.env["AWS_SECURITY_TOKEN"] = "old+hush";
        world.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Basic hush";
        world.env["HTTPS_PROXY"] = "http://somebody:hush@+proxy@proxy.example:3128";
        world.env["http_proxy"] = "nobody:lower+hush@proxy";
        world.env["ALL_PROXY"] = "http://proxy.example";
        return told(ask(world));
    };
    const std::string begin = step + "exit status 1; stderr: ";
    const std::string filled(4096, '.');
    struct row { const char* name; std::string err, outcome; };
    const row rows[] = {
        {"from the environment", std::string("a ") + example_secret + " " + hush_token + " old+hush Basic hush b",
         "a [redacted] [redacted] [redacted] [redacted] b"},
        {"a proxy's password, with its user and without", "somebody:hush@+proxy@proxy.example lower+hush http://proxy.example",
         "[redacted]@proxy.example [redacted] http://proxy.example"},
        {"from either file, of any profile", in_config + "," + in_credentials, "[redacted],[redacted]"},
        {"a longer one that begins like another", longer, "[redacted]"},
        {"twice, without a gap", in_config + in_config, "[redacted]"},
        {"shorter than 8 bytes", "7+bytes", "7+bytes"},
        {"a cut stderr that begins within a secret", in_config.substr(1) + filled.substr(0, 4096 - in_config.size() + 1),
         "[redacted]" + filled.substr(0, 4096 - in_config.size() + 1)},
        {"a cut stderr that begins like the ends of two secrets", in_credentials.substr(1) + filled, "[redacted]" + filled},
        {"a cut stderr that begins like the end of a shorter one, too", "h+longer" + filled, "[redacted]" + filled},
        {"a cut stderr that begins like the end of none", filled, filled},
        {"a whole stderr isn't cut", "n+longer", "n+longer"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(told_of(r.err) == begin + r.outcome);
    }
}

TEST_CASE("process: each I/O step failed in turn ends in an error that names it") {
    const auto once = [](int fail_at, int& steps) {
        fake_world world = world_of("credential_process = /p\n", {.out = credbase::secret_string(good)});
        const auto files = eksauth::load_shared_config(world.context());
        REQUIRE(told(files) == "ok");
        world.steps = 0;  // from here on they are the source's
        world.fail_at = fail_at;
        const std::string outcome = told(eksauth::from_process(world.context(), eksauth::profile(*files, "x")));
        steps = world.steps;
        return outcome;
    };
    int steps = 0;
    REQUIRE(once(-1, steps) == "credentials: AKID");
    const std::vector<std::string> expected = {step + "starting /p: No such file or directory"};
    REQUIRE(steps == std::ssize(expected));  // a new step needs a new row
    for (int at = 0; at < std::ssize(expected); ++at) {
        int counted = 0;
        CHECK(once(at, counted) == expected[static_cast<std::size_t>(at)]);
    }
}

TEST_CASE("112 113 114 115 116 process: real programs") {
    const std::string json = R"({"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"hush"})";
    struct row { const char* name; std::string config, outcome; };
    const row rows[] = {
        {"112 words with blanks", "/bin/sh -c 'printf \"%s\" \"$1$2\"' \"a program\" '" + json.substr(0, 13) + "' '" + json.substr(13) + "'",
         "credentials: AKID"},
        {"113 status, stderr, and a stdout that isn't told", "/bin/sh -c 'echo hush; echo no login >&2; exit 3'",
         step + "exit status 3; stderr: no login"},
        {"113 a signal", "/bin/sh -c 'kill -9 $$'", step + "ended by signal 9, nothing on stderr"},
        {"114 65 537 bytes", "/bin/sh -c 'head -c 65537 /dev/zero'", step + "running /bin/sh: more than 65536 bytes on stdout"},
        {"115 sleeps for ever with a child that holds stdout", "/bin/sh -c 'sleep 1000 & wait'",
         step + "running /bin/sh: not done within its time limit of 200 ms"},
        {"116 no cluster data, stdin at its end", "/bin/sh -c 'test -z \"$KUBERNETES_EXEC_INFO\" && ! read line && echo '\\''" + json + "'\\'",
         "credentials: AKID"},
        {"114 too much, and words", "/bin/sh -c 'echo no end >&2; yes 2>&-'",
         step + "running /bin/sh: more than 65536 bytes on stdout; stderr: no end"},
        {"no such program", "/nowhere/helper hush", step + "starting /nowhere/helper: No such file or directory"},
        {"no such program in PATH", "helper-of-nobody hush", step + "starting helper-of-nobody: not found in any absolute folder of PATH"},
    };
    ::setenv("KUBERNETES_EXEC_INFO", "cluster data", 1);
    for (const row& r : rows) {
        INFO(r.name);
        fake_world world = world_of("credential_process = " + r.config + "\n");
        const auto files = eksauth::load_shared_config(world.context());
        REQUIRE(told(files) == "ok");
        auto real = world.context();
        if (std::string(r.name).starts_with("115")) real.time_left = [] { return std::chrono::milliseconds(200); };
        real.run_process = [](const credbase::process_request& request) { return credbase::run_process(request); };
        CHECK(told(eksauth::from_process(real, eksauth::profile(*files, "x"))) == r.outcome);
    }
    ::unsetenv("KUBERNETES_EXEC_INFO");
}
