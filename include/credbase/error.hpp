// SPDX-License-Identifier: Apache-2.0
// A failure as a value: a stable word for programs, a message and a context for people.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// What both libraries stand on: failures as values, secrets, time, JSON, files and programs.
namespace credbase {

/// What went wrong, for programs: one stable word. Each library has its words in one table.
struct errc {
    std::string_view word;  ///< such as `EXEC-NO-INFO`; the same in every release
    friend bool operator==(errc, errc) = default;
};

/// A failure: a code, a message (what was found, what to do) and a context (what was under way).
///
/// Constructed once, at the place that knows; each layer above may add a step with `within`.
/// Neither message nor context ever holds a secret.
class error {
public:
    error() = default;
    /// A failure that nothing was told of yet but itself.
    error(errc code, std::string message) : code_(code), message_(std::move(message)) {}

    errc code() const noexcept { return code_; }                      ///< what programs decide by
    const std::string& message() const noexcept { return message_; }  ///< what was found, what to do; the words may change
    const std::string& context() const noexcept { return context_; }  ///< the steps under way, the outermost first; may be empty

    /// Context and message joined to one text: `context: message`.
    std::string text() const { return context_.empty() ? message_ : context_ + ": " + message_; }

    /// Adds the step that was under way, from the inside out.
    error within(std::string_view step) && {
        std::string outer(step);
        if (!context_.empty()) outer.append(": ").append(context_);
        context_ = std::move(outer);
        return std::move(*this);
    }

private:
    errc code_;
    std::string message_, context_;
};

/// A value or the error that stood in its way. Test it before `*r`.
template <class T = void>
using result = boost::system::result<T, error>;

/// Called by `result::value()` on an error, for callers who prefer exceptions.
[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location& where) {
    boost::throw_exception(std::runtime_error(e.text()), where);
}

}  // namespace credbase
