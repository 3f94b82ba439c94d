// SPDX-License-Identifier: Apache-2.0
// Counts the instructions that a program really executes, by stopping it at each: `steps COMMAND [ARGUMENT...]` prints three
// numbers: instructions, the CPUIDs among them, the system calls among them. Of the first thread only, on x86_64, at tens of
// microseconds an instruction.
//
// CPUID is counted since a hypervisor traps it, for microseconds that no profiler shows; valgrind's totals differ also since its
// processor has not all of the real one's extensions.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char* what) {
    fprintf(stderr, "steps: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int count, char** arguments) {
    if (count < 2) return 2;
    // On one processor a step is a switch between two processes, and no message between two processors.
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    personality(ADDR_NO_RANDOMIZE);  // so that counts repeat
    const pid_t child = fork();
    if (child == 0) {
        const int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0) execv(arguments[1], arguments + 1);
        _exit(127);
    }
    long instructions = 0, cpuids = 0, calls = 0;
    unsigned long long last = 0;
    const long most = 400000;
    for (int status; child > 0 && waitpid(child, &status, 0) == child;) {
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && instructions > 0)
            return printf("%ld %ld %ld\n", instructions, cpuids, calls) < 0;
        if (!WIFSTOPPED(status)) break;
        if (instructions > most) {
            fprintf(stderr, "more than %ld instructions, which would take long\n", most);
            return kill(child, SIGKILL) + 1;
        }
        struct user_regs_struct at;
        if (ptrace(PTRACE_GETREGS, child, 0, &at) != 0) return fail("reading registers");
        errno = 0;
        const long code = ptrace(PTRACE_PEEKTEXT, child, at.rip, 0) & 0xffff;
        if (errno != 0) return fail("reading code");
        if (at.rip != last) {  // a repeated string instruction stops in each round
            ++instructions;
            cpuids += code == 0xa20f;
            calls += code == 0x050f;
        }
        last = at.rip;
        if (ptrace(PTRACE_SINGLESTEP, child, 0, 0) != 0) return fail("stepping");
    }
    fprintf(stderr, "steps: %s can't be traced, or doesn't end with 0\n", arguments[1]);
    return 1;
}
