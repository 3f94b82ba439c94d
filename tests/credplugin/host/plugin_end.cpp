// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/plugin_end.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <chrono>
#include <string>
#include <vector>

using credbase::process_end;
using credbase::process_output;
using credbase::secret_string;
using namespace credplugin;

namespace {

constexpr std::string_view status = R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"no such role","code":500})";

plugin_call call_with(std::vector<environment_variable> environment = {}) {
    plugin_call made;
    made.exec.command = "./eks";
    made.exec.environment = std::move(environment);
    return made;
}
std::string told(const plugin_end& end) {
    const std::string counted = std::string(to_string(end.status)) + " " + std::to_string(end.exit_code);
    return counted + (end.failure ? " " + std::string(end.failure->code().word) + " " + end.failure->text() : "");
}
std::string told(const process_output& output, const plugin_call& call = call_with()) {
    const credbase::process_request request{
        .arguments = {}, .time_limit = std::chrono::seconds(60), .out_limit_bytes = 1048576, .err_kept_bytes = 20};
    return told(judge_end(request, output, call, [] { return " HINT"; }));
}

}  // namespace

TEST_CASE("H47 H48 H49 H52 H54 H55 H100 plugin_end: how a run ends decides what is counted and told") {
    const secret_string credential(R"({"kind":"ExecCredential","status":{"token":"hush"}})"), said(status), garbage("hush");
    const std::string failed = "plugin_execution_error 3 EXEC-FAILED exec: executable ./eks failed with exit code 3";
    const std::string not_started = "plugin_not_found_error 1 EXEC-NOT-FOUND exec: fork/exec /p/eks: ";
    const auto refused = [](int number) {
        return process_output{.end = process_end::not_started, .exit_code = -1, .system_error = number, .program = "/p/eks"};
    };
    struct row { const char* name; process_output output; std::string outcome; };
    const row rows[] = {
        {"0, whatever it wrote", {.out = garbage, .err = "warning\n"}, "no_error 0"},
        {"3", {.exit_code = 3}, failed},
        {"H52 3 and a word", {.exit_code = 3, .err = "[eks] boom\n"}, failed + ": [eks] boom"},
        {"H53 3 and a credential", {.exit_code = 3, .out = credential, .err = "[eks] boom\n"}, failed + ": [eks] boom"},
        {"H55 3 and a metav1.Status", {.exit_code = 3, .out = said}, failed + ": no such role"},
        {"H55 and other words", {.exit_code = 3, .out = said, .err = "[eks] boom\n"}, failed + ": no such role: [eks] boom"},
        {"H55 and the same words", {.exit_code = 3, .out = said, .err = "[eks] no such role"}, failed + ": [eks] no such role"},
        {"H54 a signal", {.exit_code = -1, .signal = 15, .err = "e"},
         "plugin_execution_error -1 EXEC-FAILED exec: executable ./eks failed with exit code -1 (signal 15): e"},
        {"not found", {.end = process_end::not_found, .exit_code = -1},
         "plugin_not_found_error 1 EXEC-NOT-FOUND exec: executable ./eks not found HINT"},
        {"H47 absent", refused(ENOENT), not_started + "no such file or directory HINT"},
        {"H48 not allowed", refused(EACCES), not_started + "permission denied"},
        {"H49 no program", refused(ENOEXEC), not_started + "exec format error"},
        {"too much to pass on", refused(E2BIG), not_started + "argument list too long"},
        {"a NUL in an argument", refused(EINVAL), not_started + "invalid argument"},
        {"H85 too slow", {.end = process_end::timed_out, .exit_code = 0, .err = "waiting"},
         "plugin_execution_error -1 EXEC-TIMEOUT exec: executable ./eks timed out after 60s: waiting"},
        {"H95 no longer wanted", {.end = process_end::cancelled, .exit_code = -1},
         "plugin_execution_error -1 EXEC-TIMEOUT exec: executable ./eks was cancelled"},
        {"H87 too much", {.end = process_end::wrote_too_much, .exit_code = -1, .out = garbage, .err = "e"},
         "plugin_execution_error -1 EXEC-FAILED exec: executable ./eks wrote more than 1048576 bytes to stdout: e"},
        {"its exit code is lost", {.end = process_end::status_lost, .exit_code = -1},
         "client_internal_error 1 EXEC-FAILED exec: executable ./eks ended, but its exit code is lost: "
         "this process ignores SIGCHLD or waits for any child"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(told(r.output) == r.outcome);
    }
}

TEST_CASE("H100 plugin_end: a NUL in the environment is told apart from one in an argument") {
    const process_output refused{.end = process_end::not_started, .system_error = EINVAL, .program = "/p/eks"};
    const std::string outcome = "client_internal_error 1 EXEC-CONFIG exec: exec: environment variable contains NUL";
    CHECK(told(refused, call_with({{"A", "1"}, {"B", std::string("a\0b", 3)}})) == outcome);
    CHECK(told(refused, call_with({{std::string("A\0", 2), "1"}})) == outcome);
    // Other faults come first, as in Go.
    const plugin_call call = call_with({{"A", std::string("\0", 1)}});
    CHECK(told(process_output{.end = process_end::not_found}, call) ==
          "plugin_not_found_error 1 EXEC-NOT-FOUND exec: executable ./eks not found HINT");
    CHECK(told(process_output{.end = process_end::not_started, .system_error = EACCES, .program = "/p/eks"}, call) ==
          "plugin_not_found_error 1 EXEC-NOT-FOUND exec: fork/exec /p/eks: permission denied");
}

TEST_CASE("H88 H103 plugin_end: words and names from elsewhere are fit for a message") {
    const plugin_call call = call_with({{"SECRET", "hush+environment"}});
    const auto failed = [&](const std::string& err, std::string_view out = "") {
        return told(process_output{.exit_code = 1, .out = secret_string(out), .err = err}, call);
    };
    const std::string begin = "plugin_execution_error 1 EXEC-FAILED exec: executable ./eks failed with exit code 1";
    CHECK(failed("a\x1b[2J\nb\n") == begin + ": a\\x1b[2J\nb");
    CHECK(failed("hush+environment\n") == begin + ": [redacted]");
    CHECK(failed("ironment 01234567890") == begin + ": [redacted] 01234567890");  // all that is kept, so its beginning is missing
    CHECK(failed("ironment 0123456789") == begin + ": ironment 0123456789");
    CHECK(failed("", R"({"kind":"Status","apiVersion":"v1","message":"a\u001b[2J hush+environment"})") ==
          begin + ": a\\x1b[2J [redacted]");
    CHECK(failed("[e] [redacted]", R"({"kind":"Status","apiVersion":"v1","message":"hush+environment"})") == begin + ": [e] [redacted]");
    plugin_call odd = call;
    odd.exec.command = "./e\x1b[2J";
    CHECK(told(process_output{.exit_code = 1}, odd) ==
          "plugin_execution_error 1 EXEC-FAILED exec: executable ./e\\x1b[2J failed with exit code 1");
    CHECK(told(process_output{.end = process_end::not_started, .system_error = EACCES, .program = "/p\x1b"}) ==
          "plugin_not_found_error 1 EXEC-NOT-FOUND exec: fork/exec /p\\x1b: permission denied");
}

TEST_CASE("H85 plugin_end: a time limit is told in seconds where it has no parts of one") {
    using std::chrono::milliseconds;
    struct row { milliseconds limit; std::string told; };
    const row rows[] = {{milliseconds(120000), "120s"}, {milliseconds(1500), "1500ms"}, {milliseconds(0), "0s"}};
    for (const row& r : rows) {
        const credbase::process_request request{.arguments = {}, .time_limit = r.limit, .out_limit_bytes = 0, .err_kept_bytes = 1};
        CHECK(told(judge_end(request, {.end = process_end::timed_out}, call_with(), {})) ==
              "plugin_execution_error -1 EXEC-TIMEOUT exec: executable ./eks timed out after " + r.told);
    }
}
