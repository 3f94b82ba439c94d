// SPDX-License-Identifier: Apache-2.0
#include <credplugin/plugin.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <credbase/utf8.hpp>
#include <credplugin/system_context.hpp>

#include <boost/json/parse.hpp>

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace credplugin;
using credbase::secret_string;
using namespace std::string_literals;

namespace {

const std::string request = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}})";
const std::string answer = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false},)"
                           R"("status":{"token":"t"}})"
                           "\n";

using get_credential = std::function<result<exec_credential>(const exec_info&, const context&)>;

get_credential makes(const exec_credential& credential) {
    return [=](const exec_info&, const context&) { return credential; };
}
get_credential fails(const std::string& message) {
    return [=](const exec_info&, const context&) -> result<exec_credential> { return error(errc::provider_failed, message); };
}
result<exec_credential> throws_exception(const exec_info&, const context&) { throw std::runtime_error("thrown\nhere"); }
result<exec_credential> throws_int(const exec_info&, const context&) { throw 5; }
const get_credential makes_token = makes({.token = secret_string("t")});

/// What a run left behind; `out` and `err` are in `process`.
int run_in(fake_process& process, const get_credential& get, const std::string& name = "acme",
    const std::vector<std::string_view>& arguments = {}, const std::function<result<>(const std::string&)>& install = {}) {
    context ctx = process.context();
    ctx.install_program = install;
    return run({.name = name, .get_credential = get, .version = "acme 1.0", .help = "usage: acme\n"}, ctx, arguments);
}

fake_process asked() { return {.env = {{exec_info_variable, request}}}; }

}  // namespace

TEST_CASE("run: the credential is the only thing on stdout, and success says nothing") {
    fake_process process = asked();
    CHECK(run_in(process, makes_token) == 0);
    CHECK(process.out == answer);
    CHECK(process.err.empty());
}

TEST_CASE("run: the plugin gets the request and the context") {
    fake_process process = asked();
    process.env[exec_info_variable] =
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",)"
        R"("spec":{"cluster":{"config":{"tenant":"blue"}},"interactive":true}})";
    const int code = run_in(process, [](const exec_info& info, const context& ctx) -> result<exec_credential> {
        auto tenant = config_string(info, "tenant");
        if (!tenant) return tenant.error();
        return exec_credential{.token = secret_string(*tenant), .expires = ctx.now()};
    });
    CHECK(code == 0);
    CHECK(process.out == R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":true},)"
                         R"("status":{"expirationTimestamp":"2026-01-02T03:04:05Z","token":"blue"}})"
                         "\n");
}

TEST_CASE("run: every failure is code 1, an empty stdout and one line on stderr") {
    struct row { const char* name; get_credential get; std::string plugin, line; };
    const std::string refused = "[acme] failed to marshal ExecCredential: the plugin ";
    const row rows[] = {
        {"an error", fails("boom"), "acme", "[acme] boom (EXEC-PROVIDER)\n"},
        {"a name with blanks around it", fails("boom"), " \tacme\r\n", "[acme] boom (EXEC-PROVIDER)\n"},
        {"an error of two lines", fails("a\r\nb\n"), "acme", "[acme] a\\r\\nb\\n (EXEC-PROVIDER)\n"},
        {"P71 an error with escape sequences", fails("\x1b[31mred\x1b[0m \u009b1m \x9b"), "acme",
         "[acme] \\x1b[31mred\\x1b[0m \\x9b1m \\x9b (EXEC-PROVIDER)\n"},
        {"an error without a text", fails(""), "acme", "[acme]  (EXEC-PROVIDER)\n"},
        {"P73 an empty name", makes_token, "",
         "[credentialplugin] provider Name() returned empty string; this is not allowed (EXEC-INTERNAL)\n"},
        {"P73 a blank name", makes_token, " \t\r\n",
         "[credentialplugin] provider Name() returned empty string; this is not allowed (EXEC-INTERNAL)\n"},
        {"P74 std::exception", throws_exception, "acme",
         "[acme] internal error: thrown\\nhere (EXEC-INTERNAL)\n"},
        {"P74 an int", throws_int, "acme",
         "[acme] internal error: unknown exception (EXEC-INTERNAL)\n"},
        {"P75 an empty credential", makes({}), "acme", refused + "made neither a token nor a client certificate (EXEC-BAD-CREDENTIAL)\n"},
        {"P76 a certificate without key", makes({.client_certificate_data = "-----BEGIN CERTIFICATE-----\n"}), "acme",
         refused + "made only one of client certificate and key (EXEC-BAD-CREDENTIAL)\n"},
        {"P77 a token with a line end", makes({.token = secret_string("t\n")}), "acme",
         "[acme] failed to marshal ExecCredential: the plugin's token has a character that may not stand in an HTTP header "
         "(EXEC-BAD-CREDENTIAL)\n"},
        {"an expiry in 1969", makes({.token = secret_string("t"), .expires = std::chrono::sys_seconds(std::chrono::seconds(-1))}), "acme",
         "[acme] failed to marshal ExecCredential: the plugin's expiry is outside the years 1970 to 9999 (EXEC-BAD-CREDENTIAL)\n"},
        {"warnings of a credential that can't be used", makes({.warnings = {"w"}}), "acme",
         refused + "made neither a token nor a client certificate (EXEC-BAD-CREDENTIAL)\n"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_process process = asked();
        CHECK(run_in(process, r.get, r.plugin) == 1);
        CHECK(process.out.empty());
        CHECK(process.err == r.line);
    }
}

TEST_CASE("run: the code ends the line, an author's own too, whatever it is") {
    struct row { const char* name; std::string word, message, end; };
    const std::string limit(64, 'X'), e_acute = "\u00e9";
    const row rows[] = {
        {"none", "", "boom", "boom\n"},
        {"one", "ACME-LOCKED", "boom", "boom (ACME-LOCKED)\n"},
        {"control characters", "A\n\x1b[1m", "boom", "boom (A\\n\\x1b[1m)\n"},
        {"64 bytes", limit, "boom", "boom (" + limit + ")\n"},
        {"65 bytes", limit + "X", "boom", "boom (" + limit.substr(3) + "\u2026)\n"},
        {"its limit within a letter", limit.substr(4) + e_acute + "XXX", "boom", "boom (" + limit.substr(4) + "\u2026)\n"},
        {"as long as it gets, in a full line", std::string(64, '\x1b'), std::string(5000, 'm'),
         "m\u2026 (" + credbase::escape_controls(std::string(64, '\x1b')) + ")\n"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_process process = asked();
        process.env["CREDPLUGIN_STATUS_ON_FAILURE"] = "1";
        const error why = error({r.word}, r.message).within("step");
        CHECK(run_in(process, [&](const exec_info&, const context&) -> result<exec_credential> { return why; }) == 1);
        CHECK(process.err.starts_with("[acme] step: "));
        CHECK(process.err.ends_with(r.end));
        CHECK(process.err.size() <= 4096);
        if (r.message == "boom") CHECK(process.out == write_status(process.err.substr(7, process.err.size() - 8)));
    }
}

TEST_CASE("run: a long message is whole in the Status, with its code") {
    fake_process process = asked();
    process.env["CREDPLUGIN_STATUS_ON_FAILURE"] = "1";
    CHECK(run_in(process, fails(std::string(5000, 'x'))) == 1);
    CHECK(process.out == write_status(std::string(5000, 'x') + " (EXEC-PROVIDER)"));
}

TEST_CASE("without memory a line of its own is told, with its code, whatever the plugin's name") {
    for (const std::string& name : {""s, "acme"s, std::string(1000, 'n')}) {
        const std::string line = detail::make_end_of_memory(name).line.data();
        CHECK(line.starts_with("[" + name.substr(0, 64) + "] out of memory: "));
        CHECK(line.ends_with(" (EXEC-MEMORY)\n"));
    }
}

TEST_CASE("run: a plugin without a function is an internal error, not the end of the process") {
    fake_process process = asked();
    CHECK(run_in(process, nullptr) == 1);
    CHECK(process.out.empty());
    CHECK(process.err.starts_with("[acme] internal error: "));
}

TEST_CASE("P1 run: without a request the plugin isn't asked") {
    fake_process process;
    bool called = false;
    const int code = run_in(process, [&](const exec_info&, const context&) -> result<exec_credential> {
        called = true;
        return exec_credential{.token = secret_string("t")};
    });
    CHECK(code == 1);
    CHECK_FALSE(called);
    CHECK(process.out.empty());
    CHECK(process.err == "[acme] KUBERNETES_EXEC_INFO is empty. set provideClusterInfo: true (EXEC-NO-INFO)\n");
}

TEST_CASE("P70 run: a message of any length is one line of at most 4096 bytes, cut at a UTF-8 boundary") {
    for (const std::string& letter : {"x"s, "\u00e4"s, "\u20ac"s, "\U0001F600"s, "\n"s, "\x1b"s, "\xff"s, "\xe2\x82"s})
        for (const std::size_t count : {500U, 1021U, 1022U, 1023U, 1363U, 2044U, 4072U, 4073U, 4074U, 4096U, 100000U}) {
            std::string message;
            for (std::size_t i = 0; i < count; ++i) message += letter;
            fake_process process = asked();
            CHECK(run_in(process, fails(message)) == 1);
            INFO(count << " times " << credbase::quoted(letter));
            const std::string end = " (EXEC-PROVIDER)\n", shown = "[acme] " + credbase::escape_controls(message) + end;
            CHECK(process.err.size() <= 4096);
            CHECK(process.err.find('\n') == process.err.size() - 1);
            CHECK(credbase::find_bad_utf8(process.err) == std::string::npos);
            if (shown.size() <= 4096) CHECK(process.err == shown);
            else CHECK(process.err.ends_with("\u2026" + end));
            if (shown.size() > 4096) CHECK(process.err.size() > 4090);
            if (shown.size() > 4096) CHECK(shown.starts_with(process.err.substr(0, process.err.size() - end.size() - 3)));
        }
}

TEST_CASE("run: each warning is a line on stderr, and the code stays 0") {
    fake_process process = asked();
    CHECK(run_in(process, makes({.token = secret_string("t"), .warnings = {"first\x1b[1m", "second\nline"}})) == 0);
    CHECK(process.out == answer);
    CHECK(process.err == "[acme] warning: first\\x1b[1m\n[acme] warning: second\\nline\n");
}

TEST_CASE("run: a stdout that doesn't take the answer is a failure, told in one line") {
    struct row { const char* name; exec_credential credential; };
    const row rows[] = {
        {"a credential", {.token = secret_string("t")}},
        {"one with a warning", {.token = secret_string("t"), .warnings = {"w"}}},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_process process = asked();
        process.stdout_failure = "No space left on device";
        process.env["CREDPLUGIN_STATUS_ON_FAILURE"] = "1";  // stdout is what failed: no second attempt
        CHECK(run_in(process, makes(r.credential)) == 1);
        CHECK(process.out.empty());
        CHECK(process.err == "[acme] failed to write ExecCredential: No space left on device (EXEC-WRITE)\n");
    }
}

TEST_CASE("run: --version and --help are answered on stdout, any other argument is a misuse") {
    const std::string usage = "usage: acme\n";
    struct row { const char* name; std::vector<std::string_view> arguments; int code; std::string out, err; };
    const row rows[] = {
        {"P81 version", {"--version"}, 0, "acme 1.0\n", ""},
        {"P81 help", {"--help"}, 0, usage, ""},
        {"P80 unknown", {"--verbose"}, 2, "", "[acme] unknown argument \"--verbose\" (EXEC-ARGUMENTS)\n" + usage},
        {"P80 a word", {"token"}, 2, "", "[acme] unknown argument \"token\" (EXEC-ARGUMENTS)\n" + usage},
        {"P80 an empty argument", {""}, 2, "", "[acme] unknown argument \"\" (EXEC-ARGUMENTS)\n" + usage},
        {"P80 short forms", {"-h"}, 2, "", "[acme] unknown argument \"-h\" (EXEC-ARGUMENTS)\n" + usage},
        {"P80 a value", {"--version=1"}, 2, "", "[acme] unknown argument \"--version=1\" (EXEC-ARGUMENTS)\n" + usage},
        {"P80 one behind a known one", {"--version", "x"}, 2, "", "[acme] unknown argument \"x\" (EXEC-ARGUMENTS)\n" + usage},
        {"P80 one before a known one", {"x", "--help"}, 2, "", "[acme] unknown argument \"x\" (EXEC-ARGUMENTS)\n" + usage},
        {"P80 control characters", {"\x1b[2J\n"}, 2, "", "[acme] unknown argument \"\\x1b[2J\\n\" (EXEC-ARGUMENTS)\n" + usage},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_process process = asked();
        CHECK(run_in(process, makes_token, " acme ", r.arguments) == r.code);
        CHECK(process.out == r.out);
        CHECK(process.err == r.err);
    }
}

TEST_CASE("run: --install copies the program where exactly one path is given, and says nothing") {
    const std::string usage = "usage: acme\n";
    struct row { const char* name; std::vector<std::string_view> arguments; int code; std::vector<std::string> paths; std::string err; };
    const row rows[] = {
        {"a path", {"--install", "/plugins/acme"}, 0, {"/plugins/acme"}, ""},
        {"a path that looks like an argument", {"--install", "--help"}, 0, {"--help"}, ""},
        {"no path", {"--install"}, 2, {}, "[acme] --install: PATH is missing (EXEC-ARGUMENTS)\n" + usage},
        {"two paths", {"--install", "a", "b"}, 2, {}, "[acme] unknown argument \"b\" (EXEC-ARGUMENTS)\n" + usage},
        {"a value", {"--install=a"}, 2, {}, "[acme] unknown argument \"--install=a\" (EXEC-ARGUMENTS)\n" + usage},
        {"one behind another", {"--version", "--install"}, 2, {}, "[acme] unknown argument \"--install\" (EXEC-ARGUMENTS)\n" + usage},
        {"one before it", {"a", "--install"}, 2, {}, "[acme] unknown argument \"a\" (EXEC-ARGUMENTS)\n" + usage},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_process process;  // without a request
        std::vector<std::string> paths;
        CHECK(run_in(process, makes_token, "acme", r.arguments, [&](const std::string& path) -> result<> {
            paths.push_back(path);
            return {};
        }) == r.code);
        CHECK(paths == r.paths);
        CHECK(process.out.empty());
        CHECK(process.err == r.err);
    }
}

TEST_CASE("run: a plugin's own arguments are taken before it is asked, or are a misuse") {
    const std::string usage = "usage: acme\n";
    struct row { const char* name; std::vector<std::string_view> arguments; int code; std::vector<std::string_view> taken; std::string err; };
    const row rows[] = {
        {"none", {}, 0, {}, ""},
        {"its own", {"--zone", "a", ""}, 0, {"--zone", "a", ""}, ""},
        {"refused", {"--zone", "bad"}, 2, {"--zone", "bad"}, "[acme] --zone: no\\nsuch zone (EXEC-ARGUMENTS)\n" + usage},
        {"another task", {"zones"}, 3, {"zones"}, ""},
        {"one of ours behind them", {"--zone", "--version"}, 0, {"--zone", "--version"}, ""},
        {"one of ours before them", {"--version", "--zone"}, 2, {}, "[acme] unknown argument \"--zone\" (EXEC-ARGUMENTS)\n" + usage},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_process process = asked();
        std::vector<std::string_view> taken;
        const credplugin::plugin acme{.name = "acme", .get_credential = makes_token, .version = "acme 1.0", .help = usage,
                                      .take_arguments = [&](std::span<const std::string_view> arguments, const context& ctx) -> result<std::optional<int>> {
                                          CHECK(process.out.empty());
                                          taken.assign(arguments.begin(), arguments.end());
                                          if (arguments.back() == "bad") return error(errc::bad_arguments, "no\nsuch zone").within("--zone");
                                          if (arguments.front() != "zones") return std::nullopt;
                                          (void)ctx.write_out("a\n");
                                          return 3;
                                      }};
        CHECK(run(acme, process.context(), r.arguments) == r.code);
        CHECK(taken == r.taken);
        CHECK(process.out.empty() == (r.code != 0 && r.code != 3));
        CHECK((process.out == "a\n") == (r.code == 3));
        CHECK(process.err == r.err);
    }
}

TEST_CASE("run: a program that can't be installed is a failure, told in one line and not on stdout") {
    fake_process process{.env = {{"CREDPLUGIN_STATUS_ON_FAILURE", "1"}}};
    CHECK(run_in(process, makes_token, "acme", {"--install", "/plugins/acme"}, [](const std::string& path) -> result<> {
        return error(errc::write_failed, "No space left\non device").within("writing " + path);
    }) == 1);
    CHECK(process.out.empty());
    CHECK(process.err == "[acme] failed to install: writing /plugins/acme: No space left\\non device (EXEC-WRITE)\n");
}

TEST_CASE("run: a host that is made to hand on --install overwrites no file") {
    fake_process process = asked();
    CHECK(run_in(process, makes_token, "acme", {"--install", "/plugins/acme"}, [](const std::string&) -> result<> {
        FAIL("it was installed");
        return {};
    }) == 2);
    CHECK(process.out.empty());
    CHECK(process.err == "[acme] --install: not for hosts; unset KUBERNETES_EXEC_INFO (EXEC-ARGUMENTS)\nusage: acme\n");
}

TEST_CASE("run: in a context that can't install, --install is unknown") {
    fake_process process;
    CHECK(run_in(process, makes_token, "acme", {"--install", "/plugins/acme"}) == 2);
    CHECK(process.err == "[acme] unknown argument \"--install\" (EXEC-ARGUMENTS)\nusage: acme\n");
}

TEST_CASE("run: an answer to --version or --help that can't be written is a failure") {
    for (const char* argument : {"--version", "--help"}) {
        fake_process process;
        process.stdout_failure = "Broken pipe";
        CHECK(run_in(process, makes_token, "acme", {argument}) == 1);
        CHECK(process.err == "[acme] failed to write the answer: Broken pipe (EXEC-WRITE)\n");
    }
}

TEST_CASE("run: with CREDPLUGIN_STATUS_ON_FAILURE=1 each failure is a Status on stdout too") {
    struct row { const char* name; get_credential get; std::string message; };
    const row rows[] = {
        {"an error", fails("boom"), "boom (EXEC-PROVIDER)"},
        {"an error with control characters and bad UTF-8", fails("a\n\x1b\xff"), "a\\n\\x1b\\xff (EXEC-PROVIDER)"},
        {"an error with quotes", fails("\"x\""), "\"x\" (EXEC-PROVIDER)"},
        {"a credential that can't be used", makes({}),
         "failed to marshal ExecCredential: the plugin made neither a token nor a client certificate (EXEC-BAD-CREDENTIAL)"},
        {"an exception", throws_exception, "internal error: thrown\\nhere (EXEC-INTERNAL)"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_process process = asked();
        process.env["CREDPLUGIN_STATUS_ON_FAILURE"] = "1";
        CHECK(run_in(process, r.get) == 1);
        CHECK(process.err == "[acme] " + r.message + "\n");
        CHECK(process.out == write_status(r.message));
        CHECK(credbase::find_bad_utf8(process.out) == std::string::npos);
    }
}

TEST_CASE("P82 run: the Status of an empty request has the message without the plugin's name") {
    fake_process process{.env = {{"CREDPLUGIN_STATUS_ON_FAILURE", "1"}}};
    CHECK(run_in(process, makes_token) == 1);
    CHECK(process.err == "[acme] KUBERNETES_EXEC_INFO is empty. set provideClusterInfo: true (EXEC-NO-INFO)\n");
    CHECK(process.out == write_status("KUBERNETES_EXEC_INFO is empty. set provideClusterInfo: true (EXEC-NO-INFO)"));
}

TEST_CASE("run: no Status without the exact value 1") {
    for (const char* value : {"", "0", "true", "1 ", "yes"}) {
        INFO(value);
        fake_process process = asked();
        process.env["CREDPLUGIN_STATUS_ON_FAILURE"] = value;
        CHECK(run_in(process, fails("boom")) == 1);
        CHECK(process.out.empty());
    }
}

TEST_CASE("run: a Status that can't be written changes neither the line on stderr nor the code") {
    fake_process process = asked();
    process.env["CREDPLUGIN_STATUS_ON_FAILURE"] = "1";
    process.stdout_failure = "Broken pipe";
    CHECK(run_in(process, fails("boom")) == 1);
    CHECK(process.err == "[acme] boom (EXEC-PROVIDER)\n");
}

TEST_CASE("P83 run: CREDPLUGIN_STATUS_ON_FAILURE changes nothing about a success") {
    fake_process process = asked();
    process.env["CREDPLUGIN_STATUS_ON_FAILURE"] = "1";
    CHECK(run_in(process, makes_token) == 0);
    CHECK(process.out == answer);
    CHECK(process.err.empty());
}

TEST_CASE("P65 run: a token larger than the pipe arrives whole at a reader that takes a little at a time") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const std::string token(1000000, 'x');
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::setenv(exec_info_variable, request.c_str(), 1);
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        ::_exit(run({.name = "acme", .get_credential = makes({.token = secret_string(token)})}, system_context()));
    }
    ::close(ends[1]);
    std::string got;
    std::array<char, 1000> block;
    for (ssize_t count = 0; (count = ::read(ends[0], block.data(), block.size())) > 0;)
        got.append(block.data(), static_cast<std::size_t>(count));
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(bool(got == answer.substr(0, answer.size() - 5) + token + "\"}}\n"));
}
