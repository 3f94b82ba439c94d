// SPDX-License-Identifier: Apache-2.0
// A plugin that misbehaves as it is told, and starts fast.
//
//     misbehave print OUT ERR    writes both, and ends with 0
//     misbehave fail ERR         writes it to stderr, and ends with 1
//     misbehave kill SIGNAL      ends by that signal
//     misbehave flood            prints more than a host takes
//     misbehave hang             waits, as does a child of it
//     misbehave stubborn         the same, and SIGTERM is ignored
//
// As long as it or its child lives, it holds a shared lock on the file that the variable SOAK_LEASE names.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace {

bool write_all(int descriptor, const char* text, std::size_t size) {
    while (size > 0) {
        const ssize_t written = ::write(descriptor, text, size);
        if (written <= 0) return false;
        text += written;
        size -= static_cast<std::size_t>(written);
    }
    return true;
}
bool say(int descriptor, const char* text) { return write_all(descriptor, text, std::strlen(text)); }

[[noreturn]] void hang() {
    (void)!::fork();
    ::alarm(600);  // not for the tests: nothing stays on the machine when the host is killed
    for (;;) ::pause();
}

}  // namespace

int main(int count, char** words) {
    const char* const lease = std::getenv("SOAK_LEASE");
    const int held = lease != nullptr ? ::open(lease, O_RDONLY | O_CLOEXEC) : -1;
    if (held < 0 || ::flock(held, LOCK_SH) != 0 || count < 2) return 125;
    const auto told = [&](const char* what) { return std::strcmp(words[1], what) == 0; };
    if (told("print") && count == 4) return say(STDOUT_FILENO, words[2]) && say(STDERR_FILENO, words[3]) ? 0 : 124;
    if (told("fail") && count == 3) return say(STDERR_FILENO, words[2]) ? 1 : 124;
    if (told("kill") && count == 3) return ::raise(std::atoi(words[2]));
    if (told("flood")) {
        static char much[1048577];
        return write_all(STDOUT_FILENO, much, sizeof much) ? 0 : 124;
    }
    if (told("stubborn")) ::signal(SIGTERM, SIG_IGN);
    if (told("hang") || told("stubborn")) hang();
    return 125;
}
