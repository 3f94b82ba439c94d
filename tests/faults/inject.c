// SPDX-License-Identifier: Apache-2.0
// Runs a program in which one system call fails. A tracer of its own, since it has to shorten reads and writes too, and is run
// thousands of times.
//
//     inject REPORT calls PROGRAM [ARGUMENT...]                       nothing fails: a line for each call
//     inject REPORT error TASK CALL COUNT ERRNO PROGRAM [ARGUMENT...] the call fails, and isn't made; but close closes
//     inject REPORT signal TASK CALL COUNT SIGNAL PROGRAM ...         the signal comes to the program as the call begins
//     inject REPORT short PROGRAM [ARGUMENT...]                       all that reads and writes moves one byte
//
// Calls count from the first prctl on, with which main() begins: what fails before is the C library's to tell. TASK is the number
// of a thread or child of the program, in the order of their beginning, from 0 on; a child that becomes another program is let go.
// CALL is the number of a system call, COUNT its place among those that this task makes of it, from 1 on. REPORT gets a line
// `TASK CALL FIRST-ARGUMENT` for each call or for that which failed, and `exit CODE` or `signal NUMBER` at last. Ends with 0 when
// the program and all that it began have ended; with 2 and a message where nothing could be traced. When it is killed, the program is.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { calls, error, signals, shorten };
static enum kind kind;
static int wanted_task, wanted_count, number;
static uint64_t wanted_call;
static FILE* report;

static struct task {
    pid_t pid;
    int count, fails;  // of the wanted call; `fails`: the call under way
} tasks[1024];
static int known, begun;

static _Noreturn void end(const char* what) {
    fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    exit(2);
}

static int task_of(pid_t pid) {
    for (int at = known; at-- > 0;)
        if (tasks[at].pid == pid) return at;
    if (known == sizeof tasks / sizeof *tasks) exit(2);
    tasks[known].pid = pid;
    return known++;
}

typedef struct user_regs_struct registers;
#if defined __x86_64__
#define CALL_NUMBER(r) r.orig_rax
#define RESULT(r) r.rax
#define THIRD(r) r.rdx
#elif defined __aarch64__
#define RESULT(r) r.regs[0]
#define THIRD(r) r.regs[2]
#else
#error "the registers of this processor are not known here"
#endif

/// Reads or writes the registers of a task; false where it has been killed meanwhile.
static int transfer(enum __ptrace_request how, pid_t pid, registers* all) {
    struct iovec place = {all, sizeof *all};
    if (ptrace(how, pid, NT_PRSTATUS, &place) == 0) return 1;
    if (errno != ESRCH) end("registers");
    return 0;
}
static int get(pid_t pid, registers* all) { return transfer(PTRACE_GETREGSET, pid, all); }
static void set(pid_t pid, registers* all) { transfer(PTRACE_SETREGSET, pid, all); }

/// The call that begins is made into none.
static void skip(pid_t pid) {
#ifdef __x86_64__
    registers all;
    if (!get(pid, &all)) return;
    CALL_NUMBER(all) = (unsigned long long)-1;
    set(pid, &all);
#else
    int none = -1;
    struct iovec place = {&none, sizeof none};
    if (ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &place) != 0 && errno != ESRCH) end("changing the call");
#endif
}

/// Not sendto: the system sends less only when it has no room, and tells when it has some again.
static int moves_bytes(uint64_t call) { return call == SYS_read || call == SYS_write || call == SYS_recvfrom; }

static void on_entry(int at, const struct __ptrace_syscall_info* info) {
    struct task* const task = tasks + at;
    const uint64_t call = info->entry.nr;
    if (!begun && call != SYS_prctl) return;
    begun = 1;
    if (kind == calls) fprintf(report, "%d %u %d\n", at, (unsigned)call, (int)info->entry.args[0]);
    if (kind == shorten && moves_bytes(call) && info->entry.args[2] > 8) {  // an eventfd takes eight bytes or none
        registers all;
        if (!get(task->pid, &all)) return;
        THIRD(all) = 1;
        set(task->pid, &all);
    }
    if ((kind != error && kind != signals) || at != wanted_task || call != wanted_call || ++task->count != wanted_count) return;
    fprintf(report, "%d %u %d\n", at, (unsigned)call, (int)info->entry.args[0]);
    if (kind == signals) {
        if (tasks[0].pid > 0) kill(tasks[0].pid, number);
    } else {
        if (call != SYS_close) skip(task->pid);
        task->fails = 1;
    }
}

static void on_system_call(int at) {
    struct __ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tasks[at].pid, sizeof info, &info) < 0) {
        if (errno == ESRCH) return;  // killed meanwhile
        end("asking what is called");
    }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) on_entry(at, &info);
    if (info.op != PTRACE_SYSCALL_INFO_EXIT || !tasks[at].fails) return;
    tasks[at].fails = 0;
    registers all;
    if (!get(tasks[at].pid, &all)) return;
    RESULT(all) = (unsigned long long)-(long long)number;
    set(tasks[at].pid, &all);
}

/// Follows the program to its end.
static void follow(pid_t first) {
    int ended = 0, status;
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
        if (pid < 0) continue;
        const int at = task_of(pid);
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            tasks[at].pid = 0;
            if (pid == first) ended = status;
            continue;
        }
        const int event = status >> 16, stop = WSTOPSIG(status);
        int passed = 0;
        if (stop == (SIGTRAP | 0x80)) {
            on_system_call(at);
        } else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
            unsigned long child = 0;
            if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) == 0) task_of((pid_t)child);
        } else if (event == PTRACE_EVENT_EXEC && pid != first) {
            ptrace(PTRACE_DETACH, pid, 0, 0);
            tasks[at].pid = 0;
            continue;
        } else if (event == 0) {
            passed = stop;
        }
        ptrace(PTRACE_SYSCALL, pid, 0, passed);
    }
    fprintf(report, "%s %d\n", WIFEXITED(ended) ? "exit" : "signal", WIFEXITED(ended) ? WEXITSTATUS(ended) : WTERMSIG(ended));
}

int main(int count, char** words) {
    const int is_calls = count > 3 && strcmp(words[2], "calls") == 0, is_short = count > 3 && strcmp(words[2], "short") == 0;
    const int is_signal = count > 7 && strcmp(words[2], "signal") == 0, is_error = count > 7 && strcmp(words[2], "error") == 0;
    if (!is_calls && !is_short && !is_signal && !is_error) return 2;
    kind = is_calls ? calls : is_short ? shorten : is_signal ? signals : error;
    if (is_signal || is_error) {
        wanted_task = atoi(words[3]);
        wanted_call = (uint64_t)atol(words[4]);
        wanted_count = atoi(words[5]);
        number = atoi(words[6]);
    }
    char** const command = words + (is_signal || is_error ? 7 : 3);
    report = fopen(words[1], "we");
    if (!report) end(words[1]);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) end("prctl");  // children of the program become its own
    int gate[2];                                                      // the program waits behind it
    if (pipe(gate) != 0) end("pipe");
    const pid_t child = fork();
    if (child < 0) end("fork");
    if (child == 0) {
        char go;
        close(gate[1]);
        if (read(gate[0], &go, 1) != 1) _exit(127);
        close(gate[0]);
        execv(command[0], command);
        _exit(127);
    }
    task_of(child);
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                         PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, child, 0, options) != 0) end("tracing");
    if (ptrace(PTRACE_INTERRUPT, child, 0, 0) != 0) end("tracing");
    if (write(gate[1], "", 1) != 1) end("write");
    close(gate[0]);
    close(gate[1]);
    follow(child);
    return fclose(report) == 0 ? 0 : 2;
}
