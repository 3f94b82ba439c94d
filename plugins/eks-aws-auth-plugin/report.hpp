// SPDX-License-Identifier: Apache-2.0
// How `explain` and `whoami` answer: for people, on a terminal or not, and for programs.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/base/step.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks_plugin {

/// How an answer looks.
enum class look { plain, terminal, json };

/// A name and a text each; a name is a word with blanks between its parts.
using fields = std::vector<std::pair<std::string, std::string>>;

/// What a run did: its steps, and what came of it.
struct run_report {
    std::vector<eksauth::step> steps = {};
    std::string failure = {};  ///< the message with its code; empty: the run was a success
    std::vector<std::string> warnings = {};
    fields result = {};
};

namespace detail {

enum class paint { none, good, bad, faint };

inline std::string painted(const std::string& text, paint how, look as) {
    if (as != look::terminal || how == paint::none) return text;
    return (how == paint::good ? "\x1b[32m" : how == paint::bad ? "\x1b[31m" : "\x1b[2m") + text + "\x1b[0m";
}

/// Whether what was told before a step of this kind belongs to it.
inline bool takes_what_was_before(eksauth::step_kind kind) {
    using enum eksauth::step_kind;
    return kind == request || kind == check || kind == kept || kind == source || kind == token;
}

inline paint paint_of(const eksauth::step& one) {
    if (one.found.starts_with("not configured")) return paint::faint;
    if (one.found.starts_with("failed")) return paint::bad;
    return one.kind == eksauth::step_kind::source || one.kind == eksauth::step_kind::token ? paint::good : paint::none;
}

/// `access entry` as a key of JSON: `accessEntry`.
inline std::string camel_case(std::string_view name) {
    std::string key;
    for (std::size_t at = 0; at < name.size(); ++at)
        if (name[at] != ' ') key += at > 0 && name[at - 1] == ' ' ? credbase::upper_case(name.substr(at, 1)) : std::string(1, name[at]);
    return key;
}

inline boost::json::object as_json(const fields& all) {
    boost::json::object out;
    for (const auto& [name, text] : all) out[camel_case(name)] = credbase::escape_controls(text);
    return out;
}

}  // namespace detail

/// Names and texts in two columns, or as an object.
inline std::string shown(const fields& all, look as) {
    if (as == look::json) return boost::json::serialize(detail::as_json(all)) + "\n";
    std::size_t width = 0;
    for (const auto& [name, text] : all) width = std::max(width, name.size());
    std::string out;
    for (const auto& [name, text] : all)
        out += detail::painted(name + std::string(width - name.size() + 2, ' '), detail::paint::faint, as) + credbase::escape_controls(text) + "\n";
    return out;
}

/// The steps, each under the one that it belongs to, and then what came of them.
inline std::string shown(const run_report& run, look as) {
    if (as == look::json) {
        boost::json::array steps;
        for (const eksauth::step& one : run.steps) {
            boost::json::object entry{{"kind", to_string(one.kind)}, {"about", credbase::escape_controls(one.about)},
                                     {"found", credbase::escape_controls(one.found)}};
            if (one.took) entry["milliseconds"] = one.took->count();
            steps.push_back(std::move(entry));
        }
        boost::json::object out{{"steps", std::move(steps)}, {"result", detail::as_json(run.result)}};
        boost::json::array warnings;
        for (const std::string& warning : run.warnings) warnings.emplace_back(credbase::escape_controls(warning));
        out["warnings"] = std::move(warnings);
        if (!run.failure.empty()) out["failure"] = credbase::escape_controls(run.failure);
        return boost::json::serialize(out) + "\n";
    }
    std::string out;
    std::vector<const eksauth::step*> before;
    const auto show_before = [&] {
        for (const eksauth::step* one : before) {
            const char* const branch = as != look::terminal ? "  " : one == before.back() ? "\u2514\u2500 " : "\u251c\u2500 ";
            out += branch + detail::painted(credbase::escape_controls(one->text()), detail::paint_of(*one), as) + "\n";
        }
        before.clear();
    };
    for (const eksauth::step& one : run.steps) {
        if (!detail::takes_what_was_before(one.kind)) {
            before.push_back(&one);
            continue;
        }
        out += detail::painted(credbase::escape_controls(one.text()), detail::paint_of(one), as) + "\n";
        show_before();
    }
    if (!before.empty()) out += "then\n";
    show_before();
    for (const std::string& warning : run.warnings) out += detail::painted("warning: " + credbase::escape_controls(warning), detail::paint::bad, as) + "\n";
    out += "\n";
    if (!run.failure.empty())
        return out + detail::painted("failed: " + credbase::escape_controls(run.failure), detail::paint::bad, as) + "\nwhat to do: see that code in docs/errors.md\n";
    return out + shown(run.result, as);
}

}  // namespace eks_plugin
