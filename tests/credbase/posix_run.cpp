// SPDX-License-Identifier: Apache-2.0
#include <credbase/posix_run.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"
#include "support/temp_folder.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace credbase;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

struct temp_dir : temp_folder {
    std::string file(const std::string& name, const std::string& text, mode_t mode) const {
        const std::string made = write(name, text);
        REQUIRE(::chmod(made.c_str(), mode) == 0);
        return made;
    }
};

/// A variable that has its old value again after the test.
struct variable {
    const char* name;
    std::optional<std::string> before;
    variable(const char* called, const std::string& value) : name(called), before(system_getenv(called)) {
        ::setenv(name, value.c_str(), 1);
    }
    ~variable() { before ? ::setenv(name, before->c_str(), 1) : ::unsetenv(name); }
};

process_request request_for(std::vector<std::string> arguments) {
    return {.arguments = std::move(arguments), .time_limit = std::chrono::minutes(5), .out_limit_bytes = 65536, .err_kept_bytes = 4096};
}
process_request shell(const std::string& script) { return request_for({"/bin/sh", "-c", script}); }

/// All that the output says, in words.
std::string describe(const process_output& got) {
    const std::string status = got.signal != 0 ? "signal " + std::to_string(got.signal) : "exit " + std::to_string(got.exit_code);
    const std::string text = status + " out=" + std::string(got.out.reveal()) + " err=" + got.err;
    CHECK((got.signal == 0 || got.exit_code == -1));
    CHECK((got.system_error != 0) == (got.end == process_end::not_started));
    const bool unknown = got.end == process_end::not_found || got.end == process_end::not_started || got.end == process_end::status_lost;
    CHECK((!unknown || (got.exit_code == -1 && got.signal == 0)));
    switch (got.end) {
        case process_end::exited: return text;
        case process_end::not_found: return "not found" + got.program;
        case process_end::not_started: return "not started: " + got.program + ": " + errno_text(got.system_error);
        case process_end::timed_out: return "timed out: " + text;
        case process_end::wrote_too_much: return "wrote too much: " + text;
        case process_end::cancelled: return "cancelled: " + text;
        case process_end::status_lost: return "status lost: " + text;
    }
    return "no such end";
}
std::string run(const process_request& request) { return describe(run_process(request)); }

/// No child is left, neither running nor as a zombie.
bool all_reaped() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

/// A FIFO that programs write into, and that all who hold it open are known by.
struct fifo {
    temp_dir folder;
    std::string path = (folder.path / "fifo").string();
    int reader = -1;
    fifo() {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        REQUIRE(reader >= 0);
    }
    ~fifo() { ::close(reader); }

    /// Shell words that open it as descriptor 9, for all children too.
    std::string opened() const { return "exec 9>'" + path + "'; "; }
    /// Waits for a line.
    std::string line() const { return read_while([](const std::string& got) { return !got.ends_with('\n'); }); }
    /// Waits until nobody holds it open for writing, and gives what was written into it.
    std::string rest() const { return read_while([](const std::string&) { return true; }); }

private:
    template <class Wants>
    std::string read_while(Wants wants) const {
        std::string got;
        for (pollfd waiting{reader, POLLIN, 0}; wants(got);) {
            char byte = 0;
            if (::read(reader, &byte, 1) == 1) got += byte;
            else if (::poll(&waiting, 1, 60000) == 0) return got + "(nothing more within a minute)";
            else if ((waiting.revents & POLLIN) == 0) return got;
        }
        return got;
    }
};

/// A standard stream of this process that is another descriptor until the test is over.
struct stream {
    int place, before;
    stream(int at, int descriptor) : place(at), before(::fcntl(at, F_DUPFD_CLOEXEC, 3)) {
        REQUIRE(before >= 0);
        ::dup3(descriptor, place, O_CLOEXEC);  // handed on nevertheless, where it is asked for
    }
    ~stream() {
        ::dup2(before, place);
        ::close(before);
    }
};

/// Runs the test's body in a process of its own and gives its result, which says what went wrong.
template <class Body>
int in_own_process(Body body) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(body());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A child that a program leaves behind, which holds its stdout and stderr unless told otherwise, and answers when it is asked.
struct helper {
    fifo notes, gate;
    std::string started(const std::string& first = "") const {
        return notes.opened() + "(" + first + "read go <'" + gate.path + "'; echo alive >&9) & ";
    }
    /// What it answers; nothing where it is dead. Either way it is gone afterwards.
    std::string asked() const {
        const int opened = ::open(gate.path.c_str(), O_RDWR | O_CLOEXEC);
        CHECK(::write(opened, "go\n", 3) == 3);
        const std::string answer = notes.rest();
        ::close(opened);
        return answer;
    }
};

}  // namespace

TEST_CASE("run_process: how a program ends and what it writes") {
    struct row { const char* name; std::string script, outcome; };
    const row rows[] = {
        {"nothing", "exit 0", "exit 0 out= err="},
        {"stdout", "echo '{\"a\":1}'", "exit 0 out={\"a\":1}\n err="},
        {"113 both streams and a status", "echo o; echo e >&2; exit 3", "exit 3 out=o\n err=e\n"},
        {"the highest status", "exit 255", "exit 255 out= err="},
        {"a signal", "echo o; kill -9 $$", "signal 9 out=o\n err="},
        {"SIGTERM of its own", "kill -15 $$", "signal 15 out= err="},
        {"SIGPIPE, which this process may ignore", "kill -13 $$", "signal 13 out= err="},
        {"stdout closed, and then some work", "echo o; exec >&-; sleep 0.05; exit 4", "exit 4 out=o\n err="},
        {"both closed, and then some work", "exec >&- 2>&-; sleep 0.05; exit 4", "exit 4 out= err="},
        {"stdout handed on to a child that outlives it", "(sleep 0.05; echo late) & exit 5", "exit 5 out=late\n err="},
        {"NUL bytes and bytes that aren't UTF-8", "printf 'a\\000b\\377'", std::string("exit 0 out=a\0b\xFF err=", 20)},
        {"116 stdin is at its end", "cat; echo status $?", "exit 0 out=status 0\n err="},
        {"116 stdin is /dev/null", "readlink /proc/self/fd/0", "exit 0 out=/dev/null\n err="},
        {"a process group of its own", "set -- $(cut -d' ' -f5 /proc/$$/stat); test $1 = $$ && echo own", "exit 0 out=own\n err="},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const process_output got = run_process(shell(r.script));
        CHECK(describe(got) == r.outcome);
        CHECK(got.program == "/bin/sh");
        CHECK(all_reaped());
    }
    process_request endless = shell("echo o");
    endless.time_limit = endless.grace = std::chrono::milliseconds::max();
    CHECK(run(endless) == "exit 0 out=o\n err=");
}

TEST_CASE("run_process: a child that outlives the program and holds its stderr isn't waited for") {
    const helper child;
    CHECK(run(shell(child.started("exec >/dev/null; ") + "echo o; echo e >&2; exit 3")) == "exit 3 out=o\n err=e\n");
    CHECK(child.asked() == "alive\n");  // it was left alone
}

TEST_CASE("112 run_process: arguments arrive as they are") {
    const std::vector<std::string> words = {"y z", "", "\"", "'", "\\", "$HOME", "*", "~", "a\nb", ";|&", "\xC3\xA4\xFF", "-c"};
    process_request request = request_for({"/bin/sh", "-c", "for word; do printf '<%s>' \"$word\"; done", "sh"});
    request.arguments.insert(request.arguments.end(), words.begin(), words.end());
    std::string expected;
    for (const std::string& word : words) expected += "<" + word + ">";
    CHECK(run(request) == "exit 0 out=" + expected + " err=");
    const variable path("PATH", "/nowhere:/usr/bin:/bin");
    const process_output shown = run_process(request_for({"cat", "/proc/self/cmdline"}));
    CHECK(shown.program.starts_with("/"));
    CHECK(describe(shown) == "exit 0 out=" + shown.program + "\0/proc/self/cmdline\0"s + " err=");
}

TEST_CASE("run_process: the program is found as given, or in the absolute folders of PATH") {
    const temp_dir folder;
    const std::string here = folder.path.string();
    folder.file("helper", "#!/bin/sh\necho first\n", 0755);
    folder.file("plain", "#!/bin/sh\necho plain\n", 0644);
    folder.file("text", "echo no magic number\n", 0755);
    folder.file("elf", "\x7f" "ELF broken", 0755);
    fs::create_symlink("helper", folder.path / "link");
    fs::create_symlink("loop", folder.path / "loop");
    folder.file("no interpreter", "#!/nowhere/at/all\n", 0755);
    folder.file("long", "#!/bin/sh\necho \"$0\"\n", 0755);
    fs::create_directory(folder.path / "sub");
    fs::create_directory(folder.path / "sub" / "plain");
    const std::string sub = here + "/sub";
    folder.file("sub/helper", "#!/bin/sh\necho second\n", 0755);
    const fs::path before = fs::current_path();
    fs::current_path(folder.path);  // the relative folders of PATH have it
    const auto refused = [](const std::string& path, const std::string& why) { return "not started: " + path + ": " + why; };
    const std::string name_with_nul = "helper\0x"s;
    struct row { const char* name; std::string path, program, outcome; };
    const row rows[] = {
        {"as given", "", here + "/helper", "exit 0 out=first\n err="},
        {"as given, relative", "", "sub/helper", "exit 0 out=second\n err="},
        {"as given, in the working folder", sub, "./helper", "exit 0 out=first\n err="},
        {"the first folder that has it", sub + ":" + here, "helper", "exit 0 out=second\n err="},
        {"a link", here, "link", "exit 0 out=first\n err="},
        {"folders that don't exist, or have none, are passed over", "/nowhere::" + sub + "/plain:" + here, "helper",
         "exit 0 out=first\n err="},
        {"a relative folder isn't searched", "sub:.:", "helper", "not found"},
        {"an empty PATH", "", "helper", "not found"},
        {"a folder of that name", sub, "plain", "not found"},
        {"a file that isn't executable is passed over", here, "plain", "not found"},
        {"a link to itself is passed over", here, "loop", "not found"},
        {"no name", here, "", "not found"},
        {"a name with a NUL in it", here, name_with_nul, "not found"},
        {"a path that doesn't exist", "", "/nowhere/helper", refused("/nowhere/helper", "No such file or directory")},
        {"a file where a folder should be", "", "./plain/helper", refused("./plain/helper", "Not a directory")},
        {"a file that isn't executable", "", here + "/plain", refused(here + "/plain", "Permission denied")},
        {"a folder", "", sub, refused(sub, "Permission denied")},
        {"no format that Linux knows; no shell steps in", "", here + "/text", refused(here + "/text", "Exec format error")},
        {"the same, from PATH", here, "text", refused(here + "/text", "Exec format error")},
        {"a broken ELF file", "", here + "/elf", refused(here + "/elf", "Exec format error")},
        {"an interpreter that doesn't exist", "", here + "/no interpreter", refused(here + "/no interpreter", "No such file or directory")},
        {"a link to itself", "", "./loop", refused("./loop", "Too many levels of symbolic links")},
        {"a path with a NUL in it", here, "./" + name_with_nul, refused("./" + name_with_nul, "Invalid argument")},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const variable path("PATH", r.path);
        CHECK(run(request_for({r.program})) == r.outcome);
        CHECK(all_reaped());
    }
    CHECK(run_process(request_for({"./helper"})).program == "./helper");
    fs::current_path(before);
    CHECK(run(request_for({})) == "not found");
    CHECK(run(request_for({here + "/long", std::string(200000, 'x')})) == refused(here + "/long", "Argument list too long"));
    CHECK(run(request_for({here + "/helper", "a\0b"s})) == refused(here + "/helper", "Invalid argument"));
    const variable path("PATH", here);
    CHECK(run_process(request_for({"helper"})).program == here + "/helper");
    ::unsetenv("PATH");
    CHECK(run(request_for({"helper"})) == "not found");
}

TEST_CASE("116 run_process: the environment is this process's without the names that are left out") {
    const variable left_out("KUBERNETES_EXEC_INFO", "cluster data");
    const variable near_it("KUBERNETES_EXEC_INFO2", "a=b c"), empty("CREDBASE_TEST", "");
    process_request request = request_for({"/usr/bin/env"});
    const auto has = [](const process_output& got, const std::string& line) {
        return ("\n" + std::string(got.out.reveal())).find("\n" + line + "\n") != std::string::npos;
    };
    const process_output whole = run_process(request);
    CHECK(has(whole, "KUBERNETES_EXEC_INFO=cluster data"));
    request.environment = {{"KUBERNETES_EXEC_INFO", std::nullopt}, {"NOT_SET", std::nullopt}};
    const process_output without = run_process(request);
    CHECK(without.out.reveal().find("KUBERNETES_EXEC_INFO=") == std::string::npos);
    CHECK(has(without, "KUBERNETES_EXEC_INFO2=a=b c"));
    CHECK(has(without, "CREDBASE_TEST="));
    CHECK(without.out.size() == whole.out.size() - std::string("KUBERNETES_EXEC_INFO=cluster data\n").size());
}

TEST_CASE("run_process: changes to the environment, of which the last of a name counts") {
    using changes = std::vector<environment_change>;
    struct row { const char* name; changes environment; std::vector<std::string> outcome; };
    const auto none = std::nullopt;
    const row rows[] = {
        {"none; of a name that stands twice the first counts, as for getenv", {}, {"A=1", "B=", "C=x=y", "ODD"}},
        {"a new one", {{"D", "2"}}, {"A=1", "B=", "C=x=y", "D=2", "ODD"}},
        {"another value", {{"A", "2"}}, {"A=2", "B=", "C=x=y", "ODD"}},
        {"an empty value", {{"A", ""}, {"D", ""}}, {"A=", "B=", "C=x=y", "D=", "ODD"}},
        {"none of that name", {{"A", none}, {"B", none}, {"ODD", none}, {"D", none}}, {"C=x=y"}},
        {"a name that another begins with", {{"", none}}, {}},
        {"the last value", {{"A", "2"}, {"D", "3"}, {"A", "4"}, {"D", "5"}}, {"A=4", "B=", "C=x=y", "D=5", "ODD"}},
        {"set and left out", {{"A", "2"}, {"D", "3"}, {"A", none}, {"D", none}}, {"B=", "C=x=y", "ODD"}},
        {"left out and set", {{"A", none}, {"D", none}, {"A", "2"}, {"D", "3"}}, {"A=2", "B=", "C=x=y", "D=3", "ODD"}},
        {"any bytes", {{"a b", "=\n\xFF=$A"}}, {"A=1", "B=", "C=x=y", "ODD", "a b==\n\xFF=$A"}},
        {"letters in lower case are others", {{"a", "2"}}, {"A=1", "B=", "C=x=y", "ODD", "a=2"}},
    };
    char a[] = "A=1", b[] = "B=", c[] = "C=x=y", again[] = "A=2", odd[] = "ODD";
    char* entries[] = {a, b, c, again, odd, nullptr};
    for (const row& r : rows) {
        INFO(r.name);
        process_request request = request_for({"/usr/bin/env", "-0"});
        request.environment = r.environment;
        char** const before = std::exchange(environ, entries);
        const process_output got = run_process(request);
        environ = before;
        std::vector<std::string> outcome(1);
        for (const char byte : got.out.reveal()) byte != '\0' ? void(outcome.back() += byte) : void(outcome.emplace_back());
        outcome.pop_back();
        std::sort(outcome.begin(), outcome.end());
        CHECK(outcome == r.outcome);
        CHECK(got.end == (r.outcome.empty() ? process_end::not_started : process_end::exited));
    }
}

TEST_CASE("run_process: an environment that the system can't pass on is refused") {
    for (const environment_change& change : std::vector<environment_change>{
             {"", "a"}, {"", std::nullopt}, {"A=B", "1"}, {"=", "1"}, {"A\0"s, "1"}, {"A\0"s, std::nullopt}, {"A", "b\0c"s}}) {
        process_request request = shell("exit 0");
        request.environment = {{"GOOD", "1"}, change};
        CHECK(run(request) == "not started: /bin/sh: Invalid argument");
        request.arguments = {"/nowhere\0"s};
        CHECK(run(request) == "not started: /nowhere\0: Invalid argument"s);
        request.arguments = {"helper-of-nobody"};
        CHECK(run(request) == "not found");
    }
    process_request request = shell("exit 0");
    request.environment = {{"A", std::string(200000, 'x')}};
    CHECK(run(request) == "not started: /bin/sh: Argument list too long");
}

TEST_CASE("116 run_process: no descriptor above 2 is handed on") {
    // Open without O_CLOEXEC, as a careless library leaves them: low, high, and a pipe's two ends.
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::dup2(ends[0], 200) == 200);
    const process_request list = shell("n=0; while [ $n -lt 256 ]; do [ -e /proc/$$/fd/$n ] && echo $n; n=$((n+1)); done; exit 0");
    CHECK(run(list) == "exit 0 out=0\n1\n2\n err=");
    for (const int number : {ends[0], ends[1], 200}) ::close(number);
}

TEST_CASE("run_process: a process without standard streams of its own can run programs") {
    for (const bool inherits : {false, true}) {
        INFO("inherits: " << inherits);
        CHECK(in_own_process([&] {
            for (int number = 0; number < 3; ++number) ::close(number);
            process_request request = shell("echo o; echo e >&2; cat && [ -e /proc/$$/fd/0 ] && [ -e /proc/$$/fd/2 ] && exit 7");
            request.inherit_stdin = request.inherit_stderr = inherits;
            const process_output got = run_process(request);
            return got.exit_code != 7 ? 1 : got.out.reveal() != "o\n" ? 2 : got.err != (inherits ? "" : "e\n") ? 3 : 0;
        }) == 0);
    }
}

TEST_CASE("run_process: this process's stdin is handed on, to a program in its process group") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    REQUIRE(::write(ends[1], "typed\nmore\n", 11) == 11);
    ::close(ends[1]);
    process_request request = shell("read line; echo $line; cut -d' ' -f5 /proc/$$/stat; ls /proc/$$/fd");
    request.inherit_stdin = true;
    {
        const stream in(STDIN_FILENO, ends[0]);
        CHECK(run(request) == "exit 0 out=typed\n" + std::to_string(::getpgrp()) + "\n0\n1\n2\n err=");
        request.arguments.back() = "cat; exit 3";
        CHECK(run(request) == "exit 3 out=more\n err=");
    }
    ::close(ends[0]);
}

TEST_CASE("run_process: a program that inherits a terminal can read from it") {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(terminal >= 0);
    REQUIRE((::grantpt(terminal) == 0 && ::unlockpt(terminal) == 0));
    char name[100];
    REQUIRE(::ptsname_r(terminal, name, sizeof name) == 0);
    const int other_side = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(other_side >= 0);
    REQUIRE(::write(terminal, "typed\n", 6) == 6);
    CHECK(in_own_process([&] {
        ::setsid();
        ::dup2(::open(name, O_RDWR), STDIN_FILENO);  // it becomes the session's terminal
        process_request request = shell("read line; echo $line");  // is stopped for trying, if it is in the background
        request.inherit_stdin = true;
        request.time_limit = std::chrono::seconds(10);
        return run(request) == "exit 0 out=typed\n err=" ? 0 : 1;
    }) == 0);
    ::close(other_side);
    ::close(terminal);
}

TEST_CASE("run_process: a program in this process's group is ended alone") {
    struct row { const char* name; std::string script, outcome; };
    const row rows[] = {
        {"by SIGTERM", "printf xx; exec sleep 1000", "signal 15"},
        {"after it has put its things in order", "trap 'exit 7' TERM; printf xx; while :; do :; done", "exit 7"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const helper child;
        process_request request = shell(child.started() + r.script);
        request.inherit_stdin = true;
        request.out_limit_bytes = 1;
        request.grace = std::chrono::minutes(5);  // its child isn't waited for
        CHECK(run(request) == "wrote too much: " + r.outcome + " out=x err=");
        CHECK(child.asked() == "alive\n");
        CHECK(all_reaped());
    }
    process_request stubborn = shell("trap '' TERM; printf xx; exec sleep 1000");
    stubborn.inherit_stdin = true;
    stubborn.out_limit_bytes = 1;
    stubborn.grace = std::chrono::milliseconds(10);
    CHECK(run(stubborn) == "wrote too much: signal 9 out=x err=");
    process_request slow = shell("exec sleep 1000");
    slow.inherit_stdin = true;
    slow.time_limit = std::chrono::milliseconds(20);
    CHECK(run_process(slow).end == process_end::timed_out);
    CHECK(all_reaped());
}

TEST_CASE("run_process: this process's stderr is handed on") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    process_request request = shell("echo o; echo e >&2; exit 3");
    request.inherit_stderr = true;
    std::string outcome;
    {
        const stream err(STDERR_FILENO, ends[1]);
        outcome = run(request);
    }
    ::close(ends[1]);
    CHECK(outcome == "exit 3 out=o\n err=");
    char got[10];
    CHECK(::read(ends[0], got, sizeof got) == 2);
    CHECK(std::string(got, 2) == "e\n");
    CHECK(::read(ends[0], got, sizeof got) == 0);
    ::close(ends[0]);
    request.arguments.back() = "printf xx; exec sleep 1000";
    request.out_limit_bytes = 1;
    request.grace = std::chrono::minutes(5);
    CHECK(run(request) == "wrote too much: signal 15 out=x err=");
}

TEST_CASE("run_process: no descriptors are left behind, however it ends") {
    const auto open_descriptors = [] {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd")) ++count;
        return count;
    };
    const std::size_t before = open_descriptors();
    process_request greedy = shell("echo too much"), slow = shell("sleep 1000"), left = shell("sleep 1000 & exit 0");
    process_request unwanted = shell("exit 0");
    greedy.out_limit_bytes = 1;
    slow.time_limit = left.time_limit = std::chrono::milliseconds(1);
    unwanted.cancelled = std::make_shared<std::atomic<bool>>(true);
    for (const process_request& request : {shell("exit 0"), shell("exit 1"), request_for({"/nowhere"}), greedy, slow, left, unwanted})
        run(request);
    CHECK(open_descriptors() == before);
}

TEST_CASE("run_process: a system that gives no more descriptors is an error that says so") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    int lowest = ::open("/dev/null", O_RDONLY);
    REQUIRE(lowest >= 0);
    ::close(lowest);
    for (const bool inherits : {false, true}) {
        const rlim_t needed = inherits ? 5 : 7;  // /dev/null and three pipes are seven
        for (rlim_t more = 0; more <= needed; ++more) {
            INFO("descriptors left: " << more << ", inherits: " << inherits);
            process_request request = shell("exit 0");
            request.inherit_stderr = inherits;
            const rlimit tight{static_cast<rlim_t>(lowest) + more, before.rlim_max};
            REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
            const std::string got = run(request);
            REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
            CHECK(got == (more < needed ? "not started: /bin/sh: Too many open files" : "exit 0 out= err="));
        }
    }
}

TEST_CASE("run_process: the program starts with default signal dispositions and nothing blocked") {
    struct sigaction ignored {}, pipe_before {}, user_before {};
    ignored.sa_handler = SIG_IGN;
    REQUIRE(::sigaction(SIGPIPE, &ignored, &pipe_before) == 0);
    REQUIRE(::sigaction(SIGUSR1, &ignored, &user_before) == 0);
    sigset_t blocked, before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::sigaddset(&blocked, SIGTERM);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &blocked, &before) == 0);
    CHECK(run(request_for({"/bin/grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"})) ==
          "exit 0 out=SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n err=");
    sigset_t after;
    REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, &after) == 0);
    CHECK(::sigismember(&after, SIGUSR2) == 1);  // and this process's own mask is as it was
    CHECK(::sigismember(&after, SIGUSR1) == 0);
    REQUIRE(::sigaction(SIGPIPE, &pipe_before, nullptr) == 0);
    REQUIRE(::sigaction(SIGUSR1, &user_before, nullptr) == 0);
}

TEST_CASE("113 run_process: of 10 MiB on stderr the end is kept, and nothing blocks") {
    process_request request = shell("echo before; head -c 10485760 /dev/zero | tr '\\0' x >&2; echo end >&2; echo after");
    const std::string all_but_end(4092, 'x');
    CHECK(bool(run(request) == "exit 0 out=before\nafter\n err=" + all_but_end + "end\n"));
    // Nearly all that the pipe takes, left behind by a program that is gone.
    process_request last_words = shell("exec >&-; head -c 60000 /dev/zero >&2");
    last_words.err_kept_bytes = 100000;
    CHECK(run_process(last_words).err.size() == 60000);
    request.err_kept_bytes = 3;
    CHECK(run(request) == "exit 0 out=before\nafter\n err=nd\n");
    request.err_kept_bytes = 0;
    CHECK(run(request) == "exit 0 out=before\nafter\n err=");
}

TEST_CASE("114 run_process: one byte more on stdout than allowed ends the program") {
    const process_output most = run_process(shell("head -c 65536 /dev/zero | tr '\\0' x"));
    CHECK(most.end == process_end::exited);
    CHECK(most.out.size() == 65536);
    struct row { const char* name; std::string script; std::size_t limit; };
    const row rows[] = {
        {"65 537 bytes", "head -c 65537 /dev/zero", 65536},
        {"without end", "exec yes", 65536},
        {"without end, by a child", "yes; exit 0", 65536},
        {"nothing is allowed", "printf x", 0},
        {"and then it stays", "printf xx; exec sleep 1000", 1},
        {"and its child stays, too", "sleep 1000 & printf xx; wait", 1},
        {"and ends well", "printf xx; exit 0", 1},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const fifo held;
        process_request request = shell(held.opened() + "echo e >&2; " + r.script);
        request.out_limit_bytes = r.limit;
        const process_output got = run_process(request);
        CHECK(got.end == process_end::wrote_too_much);
        CHECK(got.out.size() == r.limit);
        CHECK(got.err.starts_with("e\n"));
        CHECK(held.rest().empty());  // comes back when the last of the group is dead
        CHECK(all_reaped());
    }
}

TEST_CASE("115 run_process: what doesn't end in time is ended with all of its group") {
    struct row { const char* name; std::string script; };
    const row rows[] = {
        {"it sleeps", "exec sleep 1000"},
        {"it waits for a child that holds stdout", "sleep 1000; exit 0"},
        {"it is gone, and a child holds stdout", "sleep 1000 & exit 0"},
        {"it closed stdout", "exec sleep 1000 >&-"},
        {"it writes to stderr without end", "exec yes >&2"},
        {"it was stopped", "kill -STOP $$"},
        {"it and its child ignore SIGTERM", "trap '' TERM; sleep 1000 & sleep 1000"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const fifo held;
        process_request request = shell(held.opened() + r.script);  // all of the group hold it
        request.time_limit = std::chrono::milliseconds(200);
        request.grace = std::chrono::milliseconds(100);
        CHECK(run_process(request).end == process_end::timed_out);
        CHECK(all_reaped());
        CHECK(held.rest().empty());  // comes back when the last of the group is dead
    }
    process_request none = shell("exec sleep 1000");
    for (const auto limit : {std::chrono::milliseconds(0), std::chrono::milliseconds::min()}) {
        none.time_limit = none.grace = limit;
        CHECK(run_process(none).end == process_end::timed_out);
        CHECK(all_reaped());
    }
}

TEST_CASE("run_process: a program doesn't outlive this process, however that is ended") {
    for (const int signal : {SIGTERM, SIGINT, SIGKILL}) {
        for (const bool by_thread : {false, true}) {
            INFO("signal " << signal << ", by a thread: " << by_thread);
            const fifo held;
            const process_request slow = shell("trap '' TERM INT; " + held.opened() + "echo ready >&9; exec sleep 1000");
            const pid_t runner = ::fork();
            REQUIRE(runner >= 0);
            if (runner == 0) {
                ::signal(signal, SIG_DFL);
                if (by_thread) std::thread([&] { run_process(slow); }).join();
                else run_process(slow);
                ::_exit(1);
            }
            CHECK(held.line() == "ready\n");
            REQUIRE(::kill(runner, signal) == 0);
            int status = 0;
            REQUIRE(::waitpid(runner, &status, 0) == runner);
            CHECK(WIFSIGNALED(status));
            CHECK(held.rest().empty());  // comes back when the program is dead
        }
    }
}

TEST_CASE("run_process: a program that shares this process's terminal and group outlives it, for it gets the same signals") {
    const helper gate;
    process_request request = shell(gate.notes.opened() + "echo ready >&9; read go <'" + gate.gate.path + "'; echo alive >&9");
    request.inherit_stdin = true;
    const pid_t runner = ::fork();
    REQUIRE(runner >= 0);
    if (runner == 0) {
        run_process(request);
        ::_exit(1);
    }
    CHECK(gate.notes.line() == "ready\n");
    REQUIRE(::kill(runner, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(runner, &status, 0) == runner);
    CHECK(gate.asked() == "alive\n");
}

TEST_CASE("run_process: what a program wrote before its time was over is kept") {
    process_request request = shell("echo o; echo e >&2; exec sleep 1000");
    process_output got;
    for (request.time_limit = std::chrono::milliseconds(20); got.out.empty() || got.err.empty(); request.time_limit *= 2) {
        REQUIRE(request.time_limit < std::chrono::minutes(1));
        got = run_process(request);
    }
    CHECK(describe(got) == "timed out: signal 15 out=o\n err=e\n");
}

TEST_CASE("run_process: a group that is ended may first put its things in order") {
    const fifo notes;
    // The leader goes at once; its child, which holds the pipes, does something first.
    process_request request = shell(notes.opened() + "(trap 'echo tidied >&9; exit' TERM; printf xx; while :; do :; done) & wait");
    request.out_limit_bytes = 1;
    request.stdout_grace = std::chrono::milliseconds(0);  // is about programs that end by themselves
    request.grace = std::chrono::minutes(5);
    CHECK(run(request) == "wrote too much: signal 15 out=x err=");
    CHECK(notes.rest() == "tidied\n");
}

TEST_CASE("run_process: how long an ended program may take is up to the request") {
    const fifo notes, gate;
    const std::string at_the_end = "echo ending >&9; read go <\"" + gate.path + "\"; exit 7";
    process_request patient = shell(notes.opened() + "trap '" + at_the_end + "' TERM; printf xx; while :; do :; done");
    process_request stubborn = shell("trap '' TERM; printf xx; exec sleep 1000");
    patient.out_limit_bytes = stubborn.out_limit_bytes = 1;
    patient.grace = std::chrono::milliseconds::max();
    stubborn.grace = std::chrono::milliseconds(10);
    process_output ended;
    std::thread other([&] { ended = run_process(patient); });
    CHECK(notes.line() == "ending\n");
    CHECK(run(stubborn) == "wrote too much: signal 9 out=x err=");
    // The patient one began to end before the stubborn one did, and is there when that is gone.
    const int opened = ::open(gate.path.c_str(), O_RDWR | O_CLOEXEC);
    CHECK(::write(opened, "go\n", 3) == 3);
    other.join();
    ::close(opened);
    CHECK(describe(ended) == "wrote too much: exit 7 out=x err=");
}

TEST_CASE("run_process: others who hold stdout are waited for no longer than the request says") {
    const auto with_grace = [](const std::string& script, std::chrono::milliseconds grace) {
        process_request request = shell(script);
        request.stdout_grace = grace;
        return request;
    };
    SECTION("they are left alone") {
        for (const int grace : {-1, 0, 10}) {
            INFO(grace);
            const helper child;
            const std::string script = child.started() + "echo o; echo e >&2; exit 3";
            CHECK(run(with_grace(script, std::chrono::milliseconds(grace))) == "exit 3 out=o\n err=e\n");
            CHECK(child.asked() == "alive\n");
            CHECK(all_reaped());
        }
    }
    SECTION("all that the program itself wrote counts") {
        for (int round = 0; round < 20; ++round) {
            const helper child;
            const std::string script = child.started() + "exec head -c 60000 /dev/zero";
            const process_output got = run_process(with_grace(script, std::chrono::milliseconds(0)));
            CHECK(got.end == process_end::exited);
            CHECK(got.out.size() == 60000);
            CHECK(child.asked() == "alive\n");
        }
    }
    SECTION("until they are done, if that is sooner") {
        const temp_dir folder;
        const std::string path = (folder.path / "fifo").string();
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        const std::string script = "(cat '" + path + "'; echo late) & exec 9>'" + path + "'; exit 5";  // cat ends with the program
        for (const auto grace : {std::chrono::milliseconds(std::chrono::minutes(5)), std::chrono::milliseconds::max()})
            CHECK(run(with_grace(script, grace)) == "exit 5 out=late\n err=");
    }
    SECTION("but never beyond the time limit") {
        const fifo held;
        process_request request = with_grace(held.opened() + "sleep 1000 & exit 0", std::chrono::minutes(5));
        request.time_limit = std::chrono::milliseconds(100);
        CHECK(run_process(request).end == process_end::timed_out);
        CHECK(held.rest().empty());
    }
    SECTION("and within the limit of stdout") {
        const fifo held;
        process_request request = with_grace(held.opened() + "yes & exit 0", std::chrono::minutes(5));
        CHECK(run_process(request).end == process_end::wrote_too_much);
        CHECK(held.rest().empty());
    }
    CHECK(all_reaped());
}

TEST_CASE("run_process: a program that is no longer wanted is ended with all of its group") {
    struct row { const char* name; std::string script, outcome; };
    const row rows[] = {
        {"it sleeps", "running; exec sleep 1000", "signal 15"},
        {"it waits for a child", "running; sleep 1000; exit 0", "signal 15"},
        {"it closed stdout", "exec >&-; running; exec sleep 1000", "signal 15"},
        {"it closed both", "exec >&- 2>&-; running; exec sleep 1000", "signal 15"},
        {"it puts its things in order", "trap 'exit 7' TERM; running; while :; do :; done", "exit 7"},
        {"it is going, and its child holds stdout", "(running; exec sleep 1000) & exit 4", ""},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const fifo notes;
        const auto cancelled = std::make_shared<std::atomic<bool>>(false);
        process_request request = shell(notes.opened() + "running() { echo running >&9; }; echo o; echo e >&2; " + r.script);
        request.cancelled = cancelled;
        request.grace = std::chrono::minutes(5);
        std::string noted;
        std::thread other([&] {
            noted = notes.line();
            *cancelled = true;
        });
        const process_output got = run_process(request);
        other.join();
        CHECK(noted == "running\n");
        if (r.outcome.empty()) CHECK(got.end == process_end::cancelled);
        else CHECK(describe(got) == "cancelled: " + r.outcome + " out=o\n err=e\n");
        CHECK(notes.rest().empty());
        CHECK(all_reaped());
    }
}

TEST_CASE("run_process: a program that is not wanted in the first place isn't started") {
    const fifo notes;
    process_request request = shell(notes.opened() + "echo started >&9");
    const auto cancelled = std::make_shared<std::atomic<bool>>(true);
    request.cancelled = cancelled;
    const process_output got = run_process(request);
    CHECK(describe(got) == "cancelled: exit -1 out= err=");
    CHECK(got.program == "/bin/sh");
    *cancelled = false;
    CHECK(run(request) == "exit 0 out= err=");
    CHECK(notes.rest() == "started\n");  // once
}

TEST_CASE("run_process: an exit status that this process throws away is told as such") {
    struct sigaction ignored {}, before {};
    ignored.sa_handler = SIG_IGN;
    REQUIRE(::sigaction(SIGCHLD, &ignored, &before) == 0);
    CHECK(run(shell("echo o; echo e >&2; exit 0")) == "status lost: exit -1 out=o\n err=e\n");
    CHECK(run(request_for({"/nowhere"})) == "not started: /nowhere: No such file or directory");
    for (const bool inherits : {false, true}) {
        process_request slow = shell("printf xx; exec sleep 1000");
        slow.inherit_stdin = inherits;
        slow.out_limit_bytes = 1;
        CHECK(run(slow) == "wrote too much: exit -1 out=x err=");
    }
    struct sigaction now {};
    REQUIRE(::sigaction(SIGCHLD, &before, &now) == 0);
    CHECK(now.sa_handler == SIG_IGN);  // nobody changed it meanwhile
}

TEST_CASE("run_process: other children and the SIGCHLD handler of this process are left alone") {
    static volatile sig_atomic_t signals = 0;
    struct sigaction counts {}, before {};
    counts.sa_handler = [](int) { signals = signals + 1; };
    REQUIRE(::sigaction(SIGCHLD, &counts, &before) == 0);
    const pid_t other = ::fork();
    REQUIRE(other >= 0);
    if (other == 0) ::_exit(9);
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(other), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {}
    CHECK(run(shell("echo o; exit 3")) == "exit 3 out=o\n err=");
    int status = 0;
    CHECK(::waitpid(other, &status, 0) == other);
    CHECK(WEXITSTATUS(status) == 9);
    CHECK(signals >= 1);
    struct sigaction after {};
    REQUIRE(::sigaction(SIGCHLD, &before, &after) == 0);
    CHECK(after.sa_handler == counts.sa_handler);
    CHECK(all_reaped());
}

#if defined(SYS_close_range) && defined(SYS_pidfd_open)
TEST_CASE("run_process: a system without close_range and pidfd_open will do") {
    CHECK(in_own_process([] {
        sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 1, 0),
                                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
                                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
        const sock_fprog program{5, filter};
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return 1;
        if (::syscall(SYS_pidfd_open, ::getpid(), 0) != -1 || ::syscall(SYS_close_range, 500, 500, 0) != -1) return 2;
        if (::dup2(STDOUT_FILENO, 200) != 200) return 3;
        if (run(shell("ls /proc/$$/fd")) != "exit 0 out=0\n1\n2\n err=") return 4;
        if (run(shell("exec >&- 2>&-; sleep 0.05; exit 4")) != "exit 4 out= err=") return 5;
        const helper child;
        process_request left = shell(child.started() + "exit 6");
        left.stdout_grace = std::chrono::milliseconds(0);
        if (run(left) != "exit 6 out= err=" || child.asked() != "alive\n") return 6;
        process_request slow = shell("exec sleep 1000");
        slow.time_limit = std::chrono::milliseconds(20);
        return run_process(slow).end == process_end::timed_out && all_reaped() ? 0 : 7;
    }) == 0);
}
#endif

TEST_CASE("run_process: many threads at once each get their own program's answer") {
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number)
        threads.emplace_back([number, &wrong] {
            for (int round = 0; round < 8; ++round) {
                const std::string text = std::to_string(number) + "." + std::to_string(round);
                process_request request = request_for({"sh", "-c", "echo $0 $OWN; echo $0 >&2; exit $1", text, std::to_string(number)});
                request.environment = {{"OWN", text}};
                request.cancelled = std::make_shared<std::atomic<bool>>(false);
                const process_output got = run_process(request);
                if (got.end != process_end::exited || got.exit_code != number || got.out.reveal() != text + " " + text + "\n" ||
                    got.err != text + "\n")
                    ++wrong;
                const process_output missing = run_process(request_for({"/nowhere/" + text}));
                if (missing.end != process_end::not_started || missing.system_error != ENOENT) ++wrong;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(all_reaped());
}

TEST_CASE("run_process: many threads at once each end their own program") {
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    const fifo notes;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number)
        threads.emplace_back([&wrong, &cancelled, &notes] {
            process_request request = shell(notes.opened() + "echo ready >&9; exec sleep 1000");
            request.cancelled = cancelled;
            const process_output got = run_process(request);
            if (got.end != process_end::cancelled) ++wrong;
        });
    for (int number = 0; number < 8; ++number) CHECK(notes.line() == "ready\n");
    *cancelled = true;
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(notes.rest().empty());
    CHECK(all_reaped());
}
