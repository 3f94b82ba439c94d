// SPDX-License-Identifier: Apache-2.0
// What a run does, told as it happens.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace eksauth {

/// What a step was about.
enum class step_kind {
    request,   ///< what is asked for, as it was read
    check,     ///< whether it is allowed
    kept,      ///< credentials that are kept between runs
    profile,   ///< which profile counts, and what it asks for
    source,    ///< a source of credentials, and what came of it
    variable,  ///< a variable of the environment that is set
    file,      ///< a file that was read
    program,   ///< a program that was run
    call,      ///< a request to a service, and its answer
    clock,     ///< our clock against that of whoever answered
    token,     ///< what was signed
};

/// The word for it, for people and for programs.
constexpr std::string_view to_string(step_kind kind) {
    constexpr std::array<std::string_view, 11> words{"request", "check", "kept", "profile", "source", "variable", "file", "program", "call", "clock", "token"};
    return words[static_cast<std::size_t>(kind)];
}

/// A step of a run, for people. Its texts hold no secret, but are not yet fit for a terminal.
struct step {
    step_kind kind;     ///< decides how the texts below are to be read
    std::string about;  ///< such as `web identity`, `AWS_PROFILE` or `POST https://sts.eu-west-1.amazonaws.com/`
    std::string found;  ///< what came of it, such as `not configured: …` or `200`
    std::optional<std::chrono::milliseconds> took = {};  ///< of calls and programs

    /// All of it in a line: `call GET https://host/: HTTP 200 in 12 ms`.
    std::string text() const {
        return std::string(to_string(kind)) + " " + about + ": " + found + (took ? " in " + std::to_string(took->count()) + " ms" : "");
    }
};

}  // namespace eksauth
