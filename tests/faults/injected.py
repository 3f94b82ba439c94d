# SPDX-License-Identifier: Apache-2.0
"""Runs of a program in which one system call fails, by inject.c."""
import collections
import errno
import functools
import pathlib
import re
import signal
import subprocess

from worlds import HANG_SECONDS, Broken, require

HERE = pathlib.Path(__file__).resolve().parent
# What each call may well fail with; a file that is gone is ENOENT.
ERRORS = {
    "open": "EACCES ENOENT EMFILE EIO EINTR", "openat": "EACCES ENOENT EMFILE EIO EINTR", "read": "EIO EINTR", "readv": "EIO EINTR",
    "fstat": "EIO", "stat": "EACCES ENOENT", "newfstatat": "EACCES ENOENT", "statx": "EACCES ENOENT", "lseek": "EINVAL",
    "getdents64": "EIO ENOENT", "faccessat": "EACCES", "faccessat2": "ENOSYS EACCES", "close": "EIO EINTR", "fcntl": "EMFILE",
    "write": "EIO ENOSPC EINTR EPIPE EAGAIN", "fchmod": "EPERM EIO", "fsync": "EIO ENOSPC EINTR", "rename": "EACCES ENOSPC",
    "renameat": "EACCES ENOSPC", "unlink": "EIO", "unlinkat": "EIO",
    "mmap": "ENOMEM", "munmap": "ENOMEM", "brk": "ENOMEM", "mprotect": "ENOMEM", "mremap": "ENOMEM", "madvise": "EINVAL",
    "clone": "EAGAIN", "clone3": "EAGAIN", "fork": "EAGAIN ENOMEM", "vfork": "EAGAIN", "execve": "ENOENT EACCES ENOMEM EIO",
    "pipe2": "EMFILE ENFILE", "pidfd_open": "ENOSYS EMFILE", "close_range": "ENOSYS", "setpgid": "EPERM EACCES", "dup2": "EBUSY EINTR",
    "dup3": "EBUSY EINTR", "waitid": "EINTR ECHILD", "wait4": "EINTR ECHILD", "kill": "EPERM ESRCH", "prlimit64": "EPERM",
    "socket": "EMFILE EAFNOSUPPORT ENOBUFS", "connect": "ECONNREFUSED ETIMEDOUT ENETUNREACH EINTR", "ioctl": "ENOTTY",
    "getsockopt": "ENOBUFS", "setsockopt": "ENOPROTOOPT ENOBUFS", "sendto": "ECONNRESET EPIPE EINTR ENOBUFS",
    "recvfrom": "ECONNRESET EINTR ENOMEM", "poll": "EINTR ENOMEM", "ppoll": "EINTR ENOMEM", "eventfd2": "EMFILE ENOMEM",
    "epoll_create1": "EMFILE", "epoll_ctl": "ENOSPC ENOMEM", "epoll_pwait": "EINTR", "epoll_wait": "EINTR",
    "getrandom": "EINTR ENOSYS", "prctl": "EINVAL", "rt_sigaction": "EINVAL", "rt_sigprocmask": "EINVAL"}
NEVER_FAIL = {"getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "exit", "exit_group", "sched_yield",
              "set_tid_address", "set_robust_list", "rseq", "rt_sigreturn", "futex"}


@functools.cache
def call_names():
    """The number of each system call, and its name."""
    macros = subprocess.run(["cc", "-E", "-dM", "-x", "c", "-"], input="#include <sys/syscall.h>\n", check=True, capture_output=True, text=True)
    return {int(number): name for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", macros.stdout, re.M)}


def compile_inject(folder):
    """The tool, and why it may not be used here, empty where it may."""
    program, report = folder / "inject", folder / "report"
    subprocess.run(["cc", "-std=c17", "-O2", "-o", program, HERE / "inject.c"], check=True)
    tried = subprocess.run([program, report, "calls", "/bin/true"], capture_output=True, text=True)
    may = tried.returncode == 0 and report.read_text() == "exit 0\n"
    return program, "" if may else "nothing may be traced here: " + tried.stderr.strip()


# The call is the `count`th of that name in a task of the program; `first` its first argument.
Call = collections.namedtuple("Call", "task name count first")
Fault = collections.namedtuple("Fault", "call error")  # `error`: an errno's name, or a signal's


class Injector:
    def __init__(self, inject, report, command, env):
        self.inject, self.report, self.command, self.env = inject, report, command, env
        self.numbers = {name: str(number) for number, name in call_names().items()}

    def run(self, *fault):
        """Exit code (-N where signal N ended it), stdout, stderr, and what was called: all of it, or that which failed."""
        process = subprocess.Popen([self.inject, self.report, *fault, *self.command], env=self.env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=HANG_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Broken("it hangs") from None
        if process.returncode != 0:
            raise RuntimeError(f"inject ended with {process.returncode}: {err.decode()}")
        *lines, end = self.report.read_text().splitlines()
        how, number = end.split()
        return int(number) if how == "exit" else -int(number), out, err, [line.split() for line in lines]

    def calls(self, mode="calls"):
        """A run in which nothing fails: its end, and all that was called."""
        *done, lines = self.run(mode)
        counts = collections.Counter()
        found = []
        for task, number, first in lines:
            key = int(task), call_names()[int(number)]
            counts[key] += 1
            found.append(Call(*key, counts[key], int(first)))
        return done, found

    def fail(self, fault):
        """A run with the fault: its end, and whether the program came that far."""
        call, error = fault
        kind, number = ("signal", signal.Signals[error]) if error.startswith("SIG") else ("error", getattr(errno, error))
        *done, lines = self.run(kind, str(call.task), self.numbers[call.name], str(call.count), str(int(number)))
        return done, bool(lines)


def faults_of(calls):
    """All that may fail in such a run."""
    for call in calls:
        if call.name in NEVER_FAIL:
            continue
        require(call.name in ERRORS, "nobody has said how this call may fail:", call.name)
        for error in ERRORS[call.name].split():
            yield Fault(call, error)
