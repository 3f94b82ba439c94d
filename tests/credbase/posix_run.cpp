// SPDX-License-Identifier: Apache-2.0
#include <credbase/posix_run.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace credbase;
namespace fs = std::filesystem;

namespace {

constexpr errc refusal{"TEST-RUN"};

/// A folder that goes with the test.
struct temp_dir {
    fs::path path;
    temp_dir() {
        std::string name = (fs::temp_directory_path() / "posix_run.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~temp_dir() { fs::remove_all(path); }
    std::string file(const std::string& name, const std::string& text, mode_t mode) const {
        const std::string made = (path / name).string();
        std::ofstream(made) << text;
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

std::string describe(const result<process_output>& got) {
    if (!got) return std::string(got.error().code().word) + " " + got.error().text();
    const std::string end = got->signal != 0 ? "signal " + std::to_string(got->signal) : "exit " + std::to_string(got->exit_code);
    return end + " out=" + std::string(got->out.reveal()) + " err=" + got->err;
}
std::string run(const process_request& request) { return describe(run_process(request, refusal)); }

/// No child is left, neither running nor as a zombie.
bool all_reaped() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

/// Waits until nobody holds the FIFO open for writing, and gives what was written into it.
std::string read_until_abandoned(int fifo) {
    std::string got;
    char block[256];
    for (;;) {
        const ssize_t count = ::read(fifo, block, sizeof block);
        if (count == 0) return got;
        if (count > 0) got.append(block, static_cast<std::size_t>(count));
        pollfd waiting{fifo, POLLIN, 0};
        ::poll(&waiting, 1, -1);
    }
}

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
        CHECK(run(shell(r.script)) == r.outcome);
        CHECK(all_reaped());
    }
}

TEST_CASE("run_process: a child that outlives the program and holds its stderr isn't waited for") {
    const auto got = run_process(shell("echo e >&2; sleep 1000 >/dev/null & echo $!"), refusal);
    REQUIRE(got.has_value());
    CHECK(got->exit_code == 0);
    CHECK(got->err == "e\n");
    CHECK(::kill(std::stoi(std::string(got->out.reveal())), SIGKILL) == 0);  // it was left alone
}

TEST_CASE("112 run_process: arguments arrive as they are") {
    const std::vector<std::string> words = {"y z", "", "\"", "'", "\\", "$HOME", "*", "~", "a\nb", ";|&", "\xC3\xA4\xFF", "-c"};
    process_request request = request_for({"/bin/sh", "-c", "for word; do printf '<%s>' \"$word\"; done", "sh"});
    request.arguments.insert(request.arguments.end(), words.begin(), words.end());
    std::string expected;
    for (const std::string& word : words) expected += "<" + word + ">";
    CHECK(run(request) == "exit 0 out=" + expected + " err=");
}

TEST_CASE("run_process: the program is found as given, or in the absolute folders of PATH") {
    const temp_dir folder;
    const std::string here = folder.path.string();
    folder.file("helper", "#!/bin/sh\necho first\n", 0755);
    folder.file("plain", "#!/bin/sh\necho plain\n", 0644);
    folder.file("text", "echo no magic number\n", 0755);
    folder.file("no interpreter", "#!/nowhere/at/all\n", 0755);
    folder.file("long", "#!/bin/sh\necho \"$0\"\n", 0755);
    fs::create_directory(folder.path / "sub");
    fs::create_directory(folder.path / "sub" / "plain");
    const std::string sub = here + "/sub";
    folder.file("sub/helper", "#!/bin/sh\necho second\n", 0755);
    const fs::path before = fs::current_path();
    fs::current_path(folder.path);  // the relative folders of PATH have it
    const std::string unfound = "TEST-RUN starting ";
    struct row { const char* name; std::string path, program, outcome; };
    const row rows[] = {
        {"as given", "", here + "/helper", "exit 0 out=first\n err="},
        {"as given, relative", "", "sub/helper", "exit 0 out=second\n err="},
        {"the first folder that has it", sub + ":" + here, "helper", "exit 0 out=second\n err="},
        {"folders that don't exist, or have none, are passed over", "/nowhere::" + sub + "/plain:" + here, "helper", "exit 0 out=first\n err="},
        {"a relative folder isn't searched", "sub:.:", "helper", unfound + "helper: not found in any absolute folder of PATH"},
        {"an empty PATH", "", "helper", unfound + "helper: not found in any absolute folder of PATH"},
        {"a folder of that name", sub, "plain", unfound + "plain: not found in any absolute folder of PATH"},
        {"a file that isn't executable is passed over", here, "plain", unfound + "plain: not found in any absolute folder of PATH"},
        {"a name with an escape sequence", "", "a\x1b[2J", unfound + "a\\x1b[2J: not found in any absolute folder of PATH"},
        {"a path that doesn't exist", "", "/nowhere/helper", unfound + "/nowhere/helper: No such file or directory"},
        {"a file that isn't executable", "", here + "/plain", unfound + here + "/plain: Permission denied"},
        {"a folder", "", sub, unfound + sub + ": Permission denied"},
        {"no format that Linux knows; no shell steps in", "", here + "/text", unfound + here + "/text: Exec format error"},
        {"an interpreter that doesn't exist", "", here + "/no interpreter", unfound + here + "/no interpreter: No such file or directory"},
        {"no name", here, "", "TEST-RUN no program is named"},
        {"a NUL in it", here, std::string("helper\0x", 8), "TEST-RUN an argument has a NUL in it"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const variable path("PATH", r.path);
        CHECK(run(request_for({r.program})) == r.outcome);
        CHECK(all_reaped());
    }
    fs::current_path(before);
    CHECK(run(request_for({})) == "TEST-RUN no program is named");
    CHECK(run(request_for({here + "/long", std::string(200000, 'x')})) == unfound + here + "/long: Argument list too long");
    const variable path("PATH", here);
    ::unsetenv("PATH");
    CHECK(run(request_for({"helper"})) == unfound + "helper: not found in any absolute folder of PATH");
}

TEST_CASE("116 run_process: the environment is this process's without the names that are left out") {
    const variable left_out("KUBERNETES_EXEC_INFO", "cluster data");
    const variable near_it("KUBERNETES_EXEC_INFO2", "a=b c"), empty("CREDBASE_TEST", "");
    process_request request = request_for({"/usr/bin/env"});
    const auto has = [](const result<process_output>& got, const std::string& line) {
        REQUIRE(got.has_value());
        return ("\n" + std::string(got->out.reveal())).find("\n" + line + "\n") != std::string::npos;
    };
    const auto whole = run_process(request, refusal);
    CHECK(has(whole, "KUBERNETES_EXEC_INFO=cluster data"));
    request.environment_without = {"KUBERNETES_EXEC_INFO", "NOT_SET"};
    const auto without = run_process(request, refusal);
    REQUIRE(without.has_value());
    CHECK(without->out.reveal().find("KUBERNETES_EXEC_INFO=") == std::string::npos);
    CHECK(has(without, "KUBERNETES_EXEC_INFO2=a=b c"));
    CHECK(has(without, "CREDBASE_TEST="));
    CHECK(without->out.size() == whole->out.size() - std::string("KUBERNETES_EXEC_INFO=cluster data\n").size());
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
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {  // its exit code says what went wrong
        for (int number = 0; number < 3; ++number) ::close(number);
        const auto got = run_process(shell("echo o; echo e >&2; cat && [ -e /proc/$$/fd/0 ] && exit 7"), refusal);
        ::_exit(!got ? 1 : got->exit_code != 7 ? 2 : got->out.reveal() != "o\n" ? 3 : got->err != "e\n" ? 4 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("run_process: no descriptors are left behind, however it ends") {
    const auto open_descriptors = [] {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd")) ++count;
        return count;
    };
    const std::size_t before = open_descriptors();
    process_request greedy = shell("echo too much"), slow = shell("sleep 1000");
    greedy.out_limit_bytes = 1;
    slow.time_limit = std::chrono::milliseconds(1);
    for (const process_request& request : {shell("exit 0"), shell("exit 1"), request_for({"/nowhere"}), greedy, slow}) run(request);
    CHECK(open_descriptors() == before);
}

TEST_CASE("run_process: a system that gives no more descriptors is an error that says so") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    int lowest = ::open("/dev/null", O_RDONLY);
    REQUIRE(lowest >= 0);
    ::close(lowest);
    for (rlim_t more = 0; more < 7; ++more) {  // /dev/null and three pipes are seven
        INFO("descriptors left: " << more);
        const rlimit tight{static_cast<rlim_t>(lowest) + more, before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
        const std::string got = run(shell("exit 0"));
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
        CHECK(got == "TEST-RUN starting /bin/sh: Too many open files");
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
    const auto left = run_process(last_words, refusal);
    REQUIRE(left.has_value());
    CHECK(left->err.size() == 60000);
    request.err_kept_bytes = 3;
    CHECK(run(request) == "exit 0 out=before\nafter\n err=nd\n");
    request.err_kept_bytes = 0;
    CHECK(run(request) == "exit 0 out=before\nafter\n err=");
}

TEST_CASE("114 run_process: one byte more on stdout than allowed ends the program") {
    const auto got = run_process(shell("head -c 65536 /dev/zero | tr '\\0' x"), refusal);
    REQUIRE(got.has_value());
    CHECK(got->out.size() == 65536);
    struct row { const char* name; std::string script; std::size_t limit; };
    const row rows[] = {
        {"65 537 bytes", "head -c 65537 /dev/zero", 65536},
        {"without end", "exec yes", 65536},
        {"without end, by a child", "yes; exit 0", 65536},
        {"nothing is allowed", "printf x", 0},
        {"and then it stays", "printf xx; exec sleep 1000", 1},
        {"and its child stays, too", "sleep 1000 & printf xx; wait", 1},
    };
    for (const row& r : rows) {
        INFO(r.name);
        process_request request = shell(r.script);
        request.out_limit_bytes = r.limit;
        CHECK(run(request) == "TEST-RUN running /bin/sh: more than " + std::to_string(r.limit) + " bytes on stdout");
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
        const temp_dir folder;
        const std::string fifo = (folder.path / "held").string();
        REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
        const int held = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        REQUIRE(held >= 0);
        process_request request = shell("exec 9>'" + fifo + "'; " + r.script);  // all of the group hold it
        request.time_limit = std::chrono::milliseconds(200);
        CHECK(run(request) == "TEST-RUN running /bin/sh: not done within its time limit of 200 ms");
        CHECK(all_reaped());
        CHECK(read_until_abandoned(held).empty());  // comes back when the last of the group is dead
        ::close(held);
    }
    process_request none = shell("exec sleep 1000");
    none.time_limit = std::chrono::milliseconds(0);
    CHECK(run(none) == "TEST-RUN running /bin/sh: not done within its time limit of 0 ms");
    CHECK(all_reaped());
}

TEST_CASE("run_process: a group that is ended may first put its things in order") {
    const temp_dir folder;
    const std::string fifo = (folder.path / "notes").string();
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const int notes = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(notes >= 0);
    // The leader goes at once; its child, which holds the pipes, does something first.
    process_request request = shell("exec 9>'" + fifo + "';"
                                    " (trap 'echo tidied >&9; exit' TERM; printf xx; while :; do sleep 0.01; done) & wait");
    request.out_limit_bytes = 1;
    CHECK(run(request) == "TEST-RUN running /bin/sh: more than 1 bytes on stdout");
    CHECK(read_until_abandoned(notes) == "tidied\n");
    ::close(notes);
}

TEST_CASE("run_process: an exit status that this process throws away is an error") {
    struct sigaction ignored {}, before {};
    ignored.sa_handler = SIG_IGN;
    REQUIRE(::sigaction(SIGCHLD, &ignored, &before) == 0);
    CHECK(run(shell("exit 0")) ==
          "TEST-RUN running /bin/sh: its exit status is lost: this process ignores SIGCHLD or waits for any child");
    CHECK(run(request_for({"/nowhere"})) == "TEST-RUN starting /nowhere: No such file or directory");
    struct sigaction now {};
    REQUIRE(::sigaction(SIGCHLD, &before, &now) == 0);
    CHECK(now.sa_handler == SIG_IGN);  // nobody changed it meanwhile
}

TEST_CASE("run_process: many threads at once each get their own program's answer") {
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number)
        threads.emplace_back([number, &wrong] {
            for (int round = 0; round < 8; ++round) {
                const std::string text = std::to_string(number) + "." + std::to_string(round);
                const std::string script = "echo $0; echo $0 >&2; exit $1";
                const auto got = run_process(request_for({"/bin/sh", "-c", script, text, std::to_string(number)}), refusal);
                if (!got || got->exit_code != number || got->out.reveal() != text + "\n" || got->err != text + "\n") ++wrong;
                const auto missing = run_process(request_for({"/nowhere/" + text}), refusal);
                if (missing || missing.error().text() != "starting /nowhere/" + text + ": No such file or directory") ++wrong;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(all_reaped());
}
