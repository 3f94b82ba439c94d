// SPDX-License-Identifier: Apache-2.0
// Runs commands in turn, in an order that is shuffled anew each round, and writes what each run cost. To be linked statically: the
// peak memory of a child begins at its parent's, so this parent is small, and leaves statistics to whoever reads it.
//
//     spawn COMMANDS RESULTS ROUNDS WARM_UPS SEED
//
// COMMANDS is a file of strings that end in NUL: a command's path and arguments, an empty string, its environment, an empty string.
// RESULTS gets a line a run, in the order of the runs: command (from 0), wall microseconds, minor faults, peak memory in KB,
// microseconds of processor time. Warm-up rounds aren't written. All programs get this one's stdin and stdout, the latter also as
// stderr. Ends with 1 and a message if a command can't be run or doesn't end with 0.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { most_bytes = 65536, most_strings = 1024, most_commands = 64 };
static char bytes[most_bytes];
static char* strings[most_strings];
static struct { char **arguments, **environment; } commands[most_commands];
static FILE* messages;

static _Noreturn void end(const char* what, const char* why) {
    fprintf(messages, "spawn: %s: %s\n", what, why);
    exit(1);
}

/// Gives the number of commands.
static unsigned read_commands(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) end(path, strerror(errno));
    size_t size = 0;
    for (ssize_t got; (got = read(file, bytes + size, most_bytes - size)) > 0;) size += (size_t)got;
    close(file);
    if (size == most_bytes) end(path, "too long");
    unsigned parts = 0;
    size_t string = 0, start = 0;
    for (size_t at = 0; at < size; at += strlen(bytes + at) + 1) {
        if (string == most_strings || parts == 2 * most_commands) end(path, "too many strings or commands");
        strings[string++] = bytes[at] ? bytes + at : NULL;
        if (bytes[at]) continue;
        if (parts % 2) commands[parts / 2].environment = strings + start;
        else commands[parts / 2].arguments = strings + start;
        ++parts;
        start = string;
    }
    if (parts == 0 || parts % 2 || start != string) end(path, "no whole commands");
    return parts / 2;
}

static uint64_t random_state;

static unsigned random_below(unsigned limit) {  // xorshift64*
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (unsigned)((random_state * 2685821657736338717u >> 32) % limit);
}

static double microseconds(const struct timeval* time) { return (double)time->tv_sec * 1e6 + (double)time->tv_usec; }

static void run(unsigned number, FILE* results) {
    char** const arguments = commands[number].arguments;
    struct timespec before, after;
    struct rusage used;
    int status;
    volatile int failure = 0;  // a vforked child has its parent's memory
    clock_gettime(CLOCK_MONOTONIC, &before);
    const pid_t child = vfork();
    if (child == 0) {
        execve(arguments[0], arguments, commands[number].environment);
        failure = errno;
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) < 0) end("running", strerror(errno));
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (failure) end(arguments[0], strerror(failure));
    if (status != 0) end(arguments[0], WIFEXITED(status) ? "ended with an error" : "was killed");
    if (results == NULL) return;
    fprintf(results, "%u %.2f %ld %ld %.0f\n", number,
            (double)(after.tv_sec - before.tv_sec) * 1e6 + (double)(after.tv_nsec - before.tv_nsec) / 1e3, used.ru_minflt,
            used.ru_maxrss, microseconds(&used.ru_utime) + microseconds(&used.ru_stime));
}

int main(int count, char** arguments) {
    messages = fdopen(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), "w");
    if (messages == NULL || count != 6) return 2;
    dup2(STDOUT_FILENO, STDERR_FILENO);
    const unsigned number = read_commands(arguments[1]);
    FILE* const results = fopen(arguments[2], "we");
    if (results == NULL) end(arguments[2], strerror(errno));
    const long rounds = atol(arguments[3]), warm_ups = atol(arguments[4]);
    random_state = strtoull(arguments[5], NULL, 10) | 1;
    unsigned order[most_commands];
    for (unsigned i = 0; i < number; ++i) order[i] = i;
    for (long round = -warm_ups; round < rounds; ++round) {
        for (unsigned i = number; i > 1; --i) {
            const unsigned other = random_below(i), kept = order[i - 1];
            order[i - 1] = order[other];
            order[other] = kept;
        }
        for (unsigned i = 0; i < number; ++i) run(order[i], round < 0 ? NULL : results);
    }
    if (fclose(results) != 0) end(arguments[2], strerror(errno));
    return 0;
}
