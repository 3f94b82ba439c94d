// SPDX-License-Identifier: Apache-2.0
// Running another program, as plain values.
#pragma once

#include <credbase/secret_string.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace credbase {

/// A variable that a program gets: its value, or nothing where it is not to be passed on.
struct environment_change {
    std::string name;                  ///< without a `=`
    std::optional<std::string> value;  ///< nothing: the program doesn't get the parent's
};

/// A program to run, without a shell and with no descriptor above 2.
struct process_request {
    std::vector<std::string> arguments;  ///< the program first: with a `/` as given, else searched in PATH (absolute entries only)
    std::vector<environment_change> environment = {};  ///< what differs from the parent's; of one name the last counts
    bool inherit_stdin = false;                        ///< the parent's stdin, in its process group; else at its end, in a group of its own
    bool inherit_stderr = false;                       ///< the parent's stderr; else it is kept
    std::chrono::milliseconds time_limit;              ///< then SIGTERM to its process group, and SIGKILL after `grace`
    std::chrono::milliseconds grace = std::chrono::seconds(1);  ///< between the two
    /// How long after its end others may hold its stdout open; then what has come counts.
    std::chrono::milliseconds stdout_grace = std::chrono::milliseconds::max();
    std::size_t out_limit_bytes;  ///< more on stdout ends the program
    std::size_t err_kept_bytes;   ///< the last bytes of stderr are kept
    std::shared_ptr<const std::atomic<bool>> cancelled = {};  ///< once true, the program is ended as at its time limit; null: never
};

/// How a run ended.
enum class process_end {
    exited,           ///< by itself, or by a signal from elsewhere
    not_found,        ///< no such program in PATH
    not_started,      ///< the system refused: `system_error`
    timed_out,        ///< ended at its time limit
    wrote_too_much,   ///< ended, since stdout went over its limit
    cancelled,        ///< ended, since its caller no longer wants it
    status_lost,      ///< this process ignores SIGCHLD, or somebody else in it waits for any child
};

/// What became of it.
struct process_output {
    process_end end = process_end::exited;  ///< which of the members below count
    int exit_code = 0;         ///< of `exited`; -1 where a signal ended it
    int signal = 0;            ///< that signal, or 0
    int system_error = 0;      ///< errno of `not_started`
    std::string program = {};  ///< the path that was run; empty where none was found
    secret_string out = {};    ///< all of stdout, up to its limit
    std::string err = {};      ///< the end of stderr, where that was not inherited
};

}  // namespace credbase
