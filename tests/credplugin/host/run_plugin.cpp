// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/run_plugin.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"
#include "support/host_fakes.hpp"
#include "support/temp_folder.hpp"

#include <credbase/posix_process.hpp>
#include <credbase/posix_run.hpp>

#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using credbase::process_end;
using credbase::process_output;
using credbase::secret_string;
using namespace credplugin;
namespace fs = std::filesystem;

namespace {

const std::string token = "hush.token.hush";
const std::string head = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1")";
const std::string good = head + R"(,"status":{"token":")" + token + "\"}}";
const std::string certificate = R"(,"status":{"clientCertificateData":"-----BEGIN CERTIFICATE-----hush")";
const std::string pair = head + certificate + R"(,"clientKeyData":"-----BEGIN PRIVATE KEY-----hush"}})";

plugin_call call_of(const std::string& command, std::vector<std::string> arguments = {}) {
    plugin_call made;
    made.exec = {.name = "eks", .command = command, .arguments = std::move(arguments)};
    made.cluster.server = "https://prod.example:443";
    return made;
}
process_output printed(std::string_view text, const std::string& err = "") { return {.out = secret_string(text), .err = err}; }

/// What came of a run: the error's word and text, or that there is a credential.
std::string told(const result<exec_credential>& got) {
    return got ? "a credential" : std::string(got.error().code().word) + " " + got.error().text();
}
std::string run(fake_host& host, const plugin_call& call, const run_options& options = {}) {
    return told(run_plugin(host.context(), call, options));
}

}  // namespace

TEST_CASE("run_plugin: a token that a plugin prints is delivered") {
    fake_host host{.outputs = {printed(good)}};
    const auto got = run_plugin(host.context(), call_of("eks"));
    REQUIRE(told(got) == "a credential");
    CHECK(bool(got->token.reveal() == token));
}

TEST_CASE("run_plugin: a config that can't be run is refused before anything runs") {
    struct row { const char* name; std::string command; std::vector<environment_variable> environment; std::string outcome; };
    const row rows[] = {
        {"no command", "", {}, "EXEC-CONFIG command must be specified for e\\x1bks to use exec authentication plugin"},
        {"a variable without a name", "eks", {{"A", "1"}, {"", "hush"}},
         "EXEC-CONFIG env variable name must be specified for e\\x1bks to use exec authentication plugin"},
        {"a name with a =", "eks", {{"A=B", "hush"}}, "EXEC-CONFIG env variable name \"A=B\" of e\\x1bks has a = in it"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        plugin_call call = call_of(r.command);
        call.exec.name = "e\x1bks";
        call.exec.environment = r.environment;
        fake_host host{.outputs = {printed(good)}};
        CHECK(run(host, call, {.on_call = [](auto&&...) { FAIL("it wasn't run"); }}) == r.outcome);
        CHECK(host.requests.empty());
    }
}

TEST_CASE("H91 run_plugin: the mode and the terminal decide whether the plugin gets stdin") {
    struct row { const char* name; interactive_mode mode; bool terminal; std::string outcome; bool interactive; };
    const std::string no_terminal = "EXEC-CONFIG exec plugin cannot support interactive mode: standard input is not a terminal";
    const row rows[] = {
        {"never, terminal", interactive_mode::never, true, "a credential", false},
        {"never, none", interactive_mode::never, false, "a credential", false},
        {"if available, terminal", interactive_mode::if_available, true, "a credential", true},
        {"if available, none", interactive_mode::if_available, false, "a credential", false},
        {"always, terminal", interactive_mode::always, true, "a credential", true},
        {"always, none", interactive_mode::always, false, no_terminal, false},
    };
    for (const row& r : rows) {
        INFO(r.name);
        plugin_call call = call_of("eks");
        call.exec.interactive = r.mode;
        fake_host host{.terminal = r.terminal, .outputs = {printed(good)}};
        CHECK(run(host, call) == r.outcome);
        REQUIRE(host.requests.size() == (r.outcome == "a credential" ? 1U : 0U));
        if (host.requests.empty()) continue;
        CHECK(host.requests[0].inherit_stdin == r.interactive);
        CHECK(host.requests[0].inherit_stderr == r.interactive);  // where it asks the user
        const std::string info = host.requests[0].environment.back().value.value();
        CHECK((info.find("\"interactive\":true") != info.npos) == r.interactive);
    }
}

TEST_CASE("H41 H42 H51 run_plugin: command, arguments, environment and limits are handed over as they are") {
    plugin_call call = call_of("./bin/eks", {"a b", "", "$HOME"});
    call.exec.version = api_version::v1beta1;
    call.exec.environment = {{"A", "2"}, {"KUBERNETES_EXEC_INFO", "theirs"}, {"A", "3"}, {"E", ""}};
    fake_host host{.outputs = {printed(good), printed(good)}};
    const auto wanted = std::make_shared<std::atomic<bool>>(false);
    run(host, call, {.time_limit = std::chrono::seconds(7), .inherit_stderr = true, .cancelled = wanted});
    REQUIRE(host.requests.size() == 1);
    const credbase::process_request& request = host.requests[0];
    CHECK(request.arguments == std::vector<std::string>{"./bin/eks", "a b", "", "$HOME"});
    std::string environment;
    for (const credbase::environment_change& change : request.environment) environment += change.name + "=" + change.value.value() + ";";
    const std::string info =
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":false}})";
    CHECK(environment == "A=2;KUBERNETES_EXEC_INFO=theirs;A=3;E=;KUBERNETES_EXEC_INFO=" + info + "\n;");
    CHECK_FALSE(request.inherit_stdin);
    CHECK(request.inherit_stderr);
    CHECK(request.time_limit == std::chrono::seconds(7));
    CHECK(request.grace == std::chrono::seconds(2));
    CHECK(request.stdout_grace == std::chrono::seconds(1));
    CHECK(request.out_limit_bytes == 1048576);
    CHECK(request.err_kept_bytes == 65536);
    CHECK(request.cancelled == wanted);

    call.exec.provide_cluster_info = true;
    run(host, call);
    REQUIRE(host.requests.size() == 2);
    CHECK(host.requests[1].environment.back().value.value().find("https://prod.example:443") != std::string::npos);
    CHECK_FALSE(host.requests[1].inherit_stderr);
    CHECK(host.requests[1].time_limit == std::chrono::seconds(60));
}

TEST_CASE("run_plugin: a cluster that can't be told is an error, and nothing runs") {
    plugin_call call = call_of("eks");
    call.exec.provide_cluster_info = true;
    call.cluster.config = boost::json::array();
    call.cluster.config_raw = "[\"" + std::string(140000, 'x') + "\"]";
    fake_host host{.outputs = {printed(good)}};
    const std::string outcome = run(host, call);
    CHECK(outcome.find("KUBERNETES_EXEC_INFO is too large") != outcome.npos);
    CHECK(host.requests.empty());
}

TEST_CASE("H102 run_plugin: a command that isn't allowed isn't started") {
    fake_host host{.outputs = {printed(good)}};
    std::vector<std::string> asked;
    const run_options options{.allow_command = [&](const std::string& command) {
                                  asked.push_back(command);
                                  return command == "/p/eks";
                              },
                              .on_call = [](auto&&...) {}};
    CHECK(run(host, call_of("bin/\x1b"), options) ==
          "EXEC-CONFIG plugin path \"bin/\\x1b\" is not permitted by the credential plugin allowlist");
    CHECK(host.requests.empty());
    CHECK(run(host, call_of("/p/eks"), options) == "a credential");
    CHECK(asked == std::vector<std::string>{"bin/\x1b", "/p/eks"});
}

TEST_CASE("H100 H101 run_plugin: each run is counted as Kubernetes does, before its answer is read") {
    struct row { const char* name; process_output output; std::string counted; };
    plugin_call call = call_of("eks");
    call.exec.environment = {{"A", std::string("a\0b", 3)}};
    const row rows[] = {
        {"a credential", printed(good), "no_error 0"},
        {"H101 nonsense", printed("hello"), "no_error 0"},
        {"a failure", {.exit_code = 3}, "plugin_execution_error 3"},
        {"a signal", {.exit_code = -1, .signal = 9}, "plugin_execution_error -1"},
        {"a time limit", {.end = process_end::timed_out}, "plugin_execution_error -1"},
        {"no such program", {.end = process_end::not_found}, "plugin_not_found_error 1"},
        {"no program", {.end = process_end::not_started, .system_error = ENOEXEC}, "plugin_not_found_error 1"},
        {"a NUL in the environment", {.end = process_end::not_started, .system_error = EINVAL}, "client_internal_error 1"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        fake_host host{.outputs = {r.output}};
        host.during_run = [&](const auto&) { host.pass(std::chrono::seconds(5)); };
        std::string counted;
        run(host, call, {.on_call = [&](int exit_code, call_status status, std::chrono::milliseconds took) {
                counted += std::string(to_string(status)) + " " + std::to_string(exit_code) + " after " + std::to_string(took.count());
            }});
        CHECK(counted == r.counted + " after 5000");
    }
}

TEST_CASE("H50 run_plugin: the install hint is shown where nothing is installed, ten times an hour") {
    fake_host host;
    plugin_call call = call_of("eks");
    const std::string bare = "EXEC-NOT-FOUND exec: executable eks not found";
    const run_options options{.hints = std::make_shared<hint_limit>()};
    CHECK(run(host, call, options) == bare);  // there is no hint, and that doesn't count
    call.exec.install_hint = "Get it:\n\x1b[1mapt install eks";
    const std::string hint = "\n\nGet it:\nU+001B[1mapt install eks";
    for (int i = 0; i < 10; ++i) CHECK(run(host, call, options) == bare + hint);
    CHECK(run(host, call, options) == bare);
    CHECK(run(host, call) == bare + hint);  // nobody counts
    host.pass(std::chrono::hours(1));
    CHECK(run(host, call, options) == bare + hint);
    const auto ended = [&](process_output output) {
        fake_host other{.outputs = {std::move(output)}};
        return run(other, call);
    };
    const std::string fork = "EXEC-NOT-FOUND exec: fork/exec /p/eks: ";
    process_output refused{.end = process_end::not_started, .system_error = ENOENT, .program = "/p/eks"};
    CHECK(ended(refused) == fork + "no such file or directory" + hint);
    refused.system_error = EACCES;
    CHECK(ended(refused) == fork + "permission denied");
    CHECK(ended({.exit_code = 127}) == "EXEC-FAILED exec: executable eks failed with exit code 127");
}

TEST_CASE("H56 H58 run_plugin: an answer that can't be used is an error, with what stands on stderr") {
    const auto answered = [](const std::string& text, const std::string& err) {
        fake_host host{.outputs = {printed(text, err)}};
        return run(host, call_of("eks"));
    };
    const std::string without = answered("hello", ""), with = answered("hello", "[eks] not\x1b logged in\n");
    CHECK(without.starts_with("EXEC-BAD-ANSWER decoding stdout: "));
    CHECK(with == without + ": [eks] not\\x1b logged in");
    CHECK(answered(R"({"kind":"Status","apiVersion":"v1","message":"m"})", "").starts_with("EXEC-BAD-ANSWER "));
    CHECK(answered(head + "}", "e") ==
          "EXEC-BAD-ANSWER exec plugin didn't return a status field: e");
}

TEST_CASE("run_plugin: what a plugin that succeeds writes to stderr are the credential's warnings") {
    const std::string key = "-----BEGIN PRIVATE KEY-----\\nhush+first+line\\nhush+line+two\\n-----END PRIVATE KEY-----";
    const std::string with_key = head + certificate + R"(,"clientKeyData":")" + key + "\"}}";
    const std::string hidden_key = head + R"(,"status":{"clientCertificateData":"-----BEGIN CERTIFICATE-----hush","clientKeyData":")" +
                                   R"([redacted]\n[redacted]\n[redacted]\n[redacted]"}})";
    using lines = std::vector<std::string>;
    struct row { const char* name; std::string out, err; lines warnings; };
    const row rows[] = {
        {"nothing", good, "", {}},
        {"a line", good, "[eks] warning: an old key\n", {"[eks] warning: an old key"}},
        {"blank lines go", good, "\r\na\r\n\n \t\n b", {"a", " b"}},
        {"control characters", good, "\x1b[1m\rno\xff\n", {"\\x1b[1m\\rno\\xff"}},
        {"secrets of the call", good, "S=hush+environment\n", {"S=[redacted]"}},
        {"its own token", good, "the token " + token + " is new\n", {"the token [redacted] is new"}},
        {"its own answer", good, good, {head + R"(,"status":{"token":"[redacted]"}})"}},
        {"its own key", with_key, with_key, {hidden_key}},
        {"the end of much", good, "begin " + std::string(5000, 'x') + "\nend\n", {std::string(4091, 'x'), "end"}},
        {"an end that begins within the token", good, token + std::string(4090, 'x'), {"[redacted]" + std::string(4090, 'x')}},
    };
    for (const row& r : rows) {
        INFO(r.name);
        plugin_call call = call_of("eks");
        call.exec.environment = {{"S", "hush+environment"}};
        fake_host host{.outputs = {printed(r.out, r.err)}};
        const auto got = run_plugin(host.context(), call);
        REQUIRE(told(got) == "a credential");
        CHECK(got->warnings == r.warnings);
    }
}

TEST_CASE("H67 H68 run_plugin: a client certificate is checked with its key") {
    fake_host host{.outputs = {printed(pair), printed(pair, "e"), printed(good)}};
    const auto got = run_plugin(host.context(), call_of("eks"));
    REQUIRE(told(got) == "a credential");
    CHECK(got->client_certificate_data == "-----BEGIN CERTIFICATE-----hush");
    CHECK(bool(got->client_key_data.reveal() == "-----BEGIN PRIVATE KEY-----hush"));
    host.key_pair_fault = "tls: private key does not match public key";
    CHECK(run(host, call_of("eks")) ==
          "EXEC-BAD-ANSWER failed parsing client key/certificate: tls: private key does not match public key: e");
    CHECK(run(host, call_of("eks")) == "a credential");  // a token needs no check
}

TEST_CASE("H103 run_plugin: no message tells a secret, however a run ends and whatever the plugin says") {
    const std::string value = "hush+environment", password = "hush+password", url = "http://user:" + password + "@proxy:3128";
    plugin_call call = call_of("eks", {"hush+argument"});
    call.exec.environment = {{"SECRET", value}};
    call.exec.provide_cluster_info = true;
    call.cluster.proxy_url = secret_string(url);
    const std::string err = "SECRET=" + value + " proxy " + url + " password " + password + "\n";
    const std::string status = R"({"kind":"Status","apiVersion":"v1","message":")" + value + " " + url + "\"}";
    std::vector<process_output> outputs;
    for (const process_end end : {process_end::exited, process_end::not_found, process_end::not_started, process_end::timed_out,
                                  process_end::wrote_too_much, process_end::cancelled, process_end::status_lost})
        outputs.push_back({.end = end, .exit_code = 1, .system_error = EACCES, .out = secret_string(good), .err = err});
    outputs.push_back({.exit_code = 1, .out = secret_string(status), .err = err});
    for (const std::string& text : {token, good.substr(0, good.size() - 1), good + token, "{\"" + token + "\":1}", status,
                                    head + R"(,"status":{"token":"hush hush"}})", head + certificate + "}}", pair})
        outputs.push_back(printed(text, err));
    fake_host host{.key_pair_fault = "tls: bad", .outputs = outputs};
    for (std::size_t number = 0; number < outputs.size(); ++number) {
        const std::string outcome = run(host, call);
        INFO(number << ": " << outcome);
        CHECK(outcome.starts_with("EXEC-"));
        CHECK(bool(outcome.find("hush") == outcome.npos));
    }
}

namespace {

/// A folder of plugins, which are scripts of the shell; it goes with the test.
struct plugin_folder : temp_folder {
    std::string file(const std::string& name, const std::string& text, mode_t mode = 0755) const {
        fs::create_directories((path / name).parent_path());
        const std::string made = write(name, text);
        REQUIRE(::chmod(made.c_str(), mode) == 0);
        return made;
    }
    std::string plugin(const std::string& script, const std::string& name = "eks") const {
        return file(name, "#!/bin/sh\n" + script + "\n");
    }
};

/// A variable that has its old value again after the test.
struct variable {
    const char* name;
    std::optional<std::string> before;
    variable(const char* called, const std::string& value) : name(called), before(credbase::system_getenv(called)) {
        ::setenv(name, value.c_str(), 1);
    }
    ~variable() { before ? ::setenv(name, before->c_str(), 1) : ::unsetenv(name); }
};

/// A FIFO that tells what is going on in other processes.
struct fifo {
    std::string path;
    int end = -1;
    explicit fifo(const plugin_folder& folder) : path((folder.path / "fifo").string()) {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        REQUIRE((end = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) >= 0);
    }
    ~fifo() { ::close(end); }
    /// Waits for something; nothing once all who held it open are gone.
    std::string read() const {
        pollfd waiting{end, POLLIN, 0};
        ::poll(&waiting, 1, -1);
        char block[256];
        const ssize_t got = ::read(end, block, sizeof block);
        return got > 0 ? std::string(block, static_cast<std::size_t>(got)) : "";
    }
};

std::string run_real(const plugin_call& call, const run_options& options = {}) {
    fake_host host;
    host_context ctx = host.context();
    ctx.run_process = credbase::run_process;
    return told(run_plugin(ctx, call, options));
}
/// What a script writes to stderr; it fails, so that this is told.
std::string heard(const plugin_folder& folder, const std::string& script, plugin_call call = call_of("")) {
    call.exec.command = folder.plugin("exec >&2\n" + script + "\nexit 1", "heard");
    const std::string outcome = run_real(call), begin = "EXEC-FAILED exec: executable " + call.exec.command + " failed with exit code 1: ";
    return outcome.starts_with(begin) ? outcome.substr(begin.size()) : outcome;
}
bool all_reaped() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

const std::string print_good = "echo '" + good + "'";

}  // namespace

TEST_CASE("H43 H44 H45 H46 H47 H48 H49 run_plugin: which command is found and started, and the words where none is") {
    const plugin_folder folder;
    const std::string here = folder.path.string(), fork = "EXEC-NOT-FOUND exec: fork/exec ";
    folder.plugin(print_good, "bin/eks");
    folder.file("plain", "#!/bin/sh\n", 0644);
    folder.file("text", "no magic number\n");
    folder.file("interpreter", "#!/nowhere/at/all\n");
    fs::create_symlink("bin/eks", folder.path / "link");
    const fs::path before = fs::current_path();
    fs::current_path(folder.path);
    struct row { const char* name; std::string path, command, outcome; };
    const row rows[] = {
        {"H43 by PATH", "/nowhere:" + here + "/bin", "eks", "a credential"},
        {"H45 PATH has it in a relative entry", "bin:./bin", "eks", "EXEC-NOT-FOUND exec: executable eks not found"},
        {"H45 PATH has it in the working directory", ".", "link", "EXEC-NOT-FOUND exec: executable link not found"},
        {"H45 or in an empty entry", ":", "link", "EXEC-NOT-FOUND exec: executable link not found"},
        {"H46 relative", "", "./bin/eks", "a credential"},
        {"H46 ./ keeps its meaning", here + "/bin", "./eks", fork + "./eks: no such file or directory"},
        {"absolute", "", here + "/bin/eks", "a credential"},
        {"a link", "", here + "/link", "a credential"},
        {"H47 absent", here + "/bin", "/nowhere/eks", fork + "/nowhere/eks: no such file or directory"},
        {"H48 not executable", "", here + "/plain", fork + here + "/plain: permission denied"},
        {"H48 a directory", "", here + "/bin", fork + here + "/bin: permission denied"},
        {"H49 bad format", "", here + "/text", fork + here + "/text: exec format error"},
        {"an interpreter that isn't there", "", here + "/interpreter", fork + here + "/interpreter: no such file or directory"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const variable path("PATH", r.path);
        CHECK(run_real(call_of(r.command)) == r.outcome);
    }
    const variable path("PATH", "/usr/bin:/bin");
    plugin_call call = call_of("eks");
    call.exec.environment = {{"PATH", here + "/bin"}};
    CHECK(run_real(call) == "EXEC-NOT-FOUND exec: executable eks not found");  // H44
    fs::current_path(before);
}

TEST_CASE("H41 H42 H51 H91 H92 H93 run_plugin: what a plugin sees of its host") {
    const plugin_folder folder;
    const variable a("RUN_PLUGIN_A", "1"), b("RUN_PLUGIN_B", "1"), theirs("KUBERNETES_EXEC_INFO", "from the host");
    plugin_call call = call_of("", {"a b", "", "$HOME", "*"});
    call.exec.environment = {{"RUN_PLUGIN_A", "2"}, {"KUBERNETES_EXEC_INFO", "theirs"}, {"RUN_PLUGIN_A", "3"}, {"RUN_PLUGIN_E", ""}};
    CHECK(heard(folder, "for word; do printf '<%s>' \"$word\"; done; echo $#", call) == "<a b><><$HOME><*>4");
    CHECK(heard(folder, "/usr/bin/env | grep ^RUN_PLUGIN_ | sort", call) == "RUN_PLUGIN_A=3\nRUN_PLUGIN_B=1\nRUN_PLUGIN_E=");
    CHECK(heard(folder, "/usr/bin/env | grep -c ^KUBERNETES_EXEC_INFO=; printf '%s.' \"$KUBERNETES_EXEC_INFO\"", call) ==
          "1\n" R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}})" "\n.");
    CHECK(heard(folder, "readlink /proc/$$/fd/0; cat; echo $?") == "/dev/null\n0");

    const int careless = ::dup(STDERR_FILENO);  // without O_CLOEXEC
    REQUIRE(careless > STDERR_FILENO);
    // The shell reads the script from 10.
    CHECK(heard(folder, "n=0; while [ $n -lt 64 ]; do [ $n != 10 ] && [ -e /proc/$$/fd/$n ] && echo $n; n=$((n+1)); done") == "0\n1\n2");
    ::close(careless);

    struct sigaction ignored {}, pipe_before {};
    ignored.sa_handler = SIG_IGN;
    REQUIRE(::sigaction(SIGPIPE, &ignored, &pipe_before) == 0);
    sigset_t blocked, mask_before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &blocked, &mask_before) == 0);
    CHECK(heard(folder, "grep -E '^Sig(Ign|Blk)' /proc/self/status") == "SigBlk:\\t0000000000000000\nSigIgn:\\t0000000000000000");
    REQUIRE(::pthread_sigmask(SIG_SETMASK, &mask_before, nullptr) == 0);
    REQUIRE(::sigaction(SIGPIPE, &pipe_before, nullptr) == 0);
}

TEST_CASE("run_plugin: a NUL is refused in Go's words") {
    const plugin_folder folder;
    plugin_call call = call_of(folder.plugin(print_good), {std::string("a\0b", 3)});
    CHECK(run_real(call) == "EXEC-NOT-FOUND exec: fork/exec " + call.exec.command + ": invalid argument");
    call.exec.environment = {{"A", std::string("a\0b", 3)}};
    CHECK(run_real(call) == "EXEC-CONFIG exec: exec: environment variable contains NUL");
}

TEST_CASE("H52 H53 H54 H87 H88 H89 H90 run_plugin: how real plugins end") {
    const plugin_folder folder;
    struct row { const char* name; std::string script, outcome; };
    const std::string eks = (folder.path / "eks").string(), executable = "exec: executable " + eks;
    const row rows[] = {
        {"a credential", print_good, "a credential"},
        {"H90 without a look at stdin", "exec <&-; " + print_good, "a credential"},
        {"H52", "echo '[eks] boom' >&2; exit 1", "EXEC-FAILED " + executable + " failed with exit code 1: [eks] boom"},
        {"H53", print_good + "; echo '[eks] boom' >&2; exit 1", "EXEC-FAILED " + executable + " failed with exit code 1: [eks] boom"},
        {"H54", "kill -TERM $$", "EXEC-FAILED " + executable + " failed with exit code -1 (signal 15)"},
        {"H87", "head -c 2097152 /dev/zero", "EXEC-FAILED " + executable + " wrote more than 1048576 bytes to stdout"},
        {"H88", "head -c 10485760 /dev/zero | tr '\\0' x >&2; echo end >&2; exit 1",
         "EXEC-FAILED " + executable + " failed with exit code 1: " + std::string(65532, 'x') + "end"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(bool(run_real(call_of(folder.plugin(r.script))) == r.outcome));
        CHECK(all_reaped());
    }
    folder.plugin("exec >&-; sleep 0.05; echo late > '" + eks + ".late'");
    CHECK(run_real(call_of(eks)).starts_with("EXEC-BAD-ANSWER "));
    CHECK(folder.read("eks.late") == "late\n");  // H89: its end was waited for
}

TEST_CASE("H85 H95 run_plugin: a plugin that hangs, or isn't wanted any more, is ended with its children") {
    const auto hangs = [](const plugin_folder& folder, const fifo& held) {
        return folder.plugin("exec 9>'" + held.path + "'; sleep 1000 & echo running >&9; wait");
    };
    {
        const plugin_folder folder;
        const fifo held(folder);
        ::close(::open(held.path.c_str(), O_WRONLY | O_CLOEXEC));  // even if the plugin doesn't come that far, somebody was there
        const std::string eks = hangs(folder, held);
        CHECK(run_real(call_of(eks), {.time_limit = std::chrono::milliseconds(300)}) ==
              "EXEC-TIMEOUT exec: executable " + eks + " timed out after 300ms");
        CHECK(all_reaped());
        while (!held.read().empty()) {}  // comes back when the child is dead, too
    }
    const plugin_folder folder;
    const fifo held(folder);
    const std::string eks = hangs(folder, held);
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    std::thread canceller([&] {
        held.read();
        *cancelled = true;
    });
    CHECK(run_real(call_of(eks), {.time_limit = std::chrono::minutes(5), .cancelled = cancelled}) ==
          "EXEC-TIMEOUT exec: executable " + eks + " was cancelled");
    canceller.join();
    CHECK(all_reaped());
    CHECK(held.read().empty());
}

TEST_CASE("H86 run_plugin: a child that holds stdout isn't waited for") {
    const plugin_folder folder;
    const std::string child = (folder.path / "child").string();
    CHECK(run_real(call_of(folder.plugin("sleep 1000 & echo $! > '" + child + "'; " + print_good))) == "a credential");
    CHECK(::kill(std::stoi(folder.read("child")), SIGKILL) == 0);  // it was left alone
}

TEST_CASE("H94 run_plugin: the host's own children and its handler for them are left alone") {
    const plugin_folder folder;
    struct sigaction own {}, before {}, after {};
    own.sa_handler = [](int) {};
    REQUIRE(::sigaction(SIGCHLD, &own, &before) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(7);
    CHECK(run_real(call_of(folder.plugin(print_good))) == "a credential");
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 7);
    REQUIRE(::sigaction(SIGCHLD, &before, &after) == 0);
    CHECK(after.sa_handler == own.sa_handler);
}
