// SPDX-License-Identifier: Apache-2.0
// Running another program, as plain values.
#pragma once

#include <credbase/secret_string.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace credbase {

/// A program to run: without a shell, with stdin at its end, and with no descriptor above 2.
struct process_request {
    std::vector<std::string> arguments;  ///< the program first: with a `/` as given, else searched in PATH (absolute entries only)
    std::vector<std::string> environment_without = {};  ///< names that the parent's environment passes on all but
    std::chrono::milliseconds time_limit;  ///< then SIGTERM to its process group, and SIGKILL a second later
    std::size_t out_limit_bytes;           ///< more on stdout ends the program
    std::size_t err_kept_bytes;            ///< the last bytes of stderr are kept
};

/// What became of it.
struct process_output {
    int exit_code = 0;  ///< -1 where a signal ended it
    int signal = 0;     ///< that signal, or 0
    secret_string out = {};
    std::string err = {};
};

}  // namespace credbase
