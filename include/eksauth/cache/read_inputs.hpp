// SPDX-License-Identifier: Apache-2.0
// All that a run of the credential chain has read, so that another run can tell whether it would read the same.
#pragma once

#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/sha256.hpp>
#include <eksauth/context.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

/// What was read, and a digest of what it was: variables (`env NAME`), files (`file PATH`) and the home folder (`home`).
///
/// A file that is absent and one that can't be read have marks of their own. Digests stand in for secrets.
class read_inputs {
public:
    using list = std::map<std::string, std::string>;  ///< from what was read to its digest or mark

    /// The context, whose reads are noted here; this object must outlive it.
    context watch(context ctx) {
        ctx.getenv = [this, inner = std::move(ctx.getenv)](const std::string& name) {
            auto value = inner(name);
            note("env " + name, value ? std::optional<std::string_view>(*value) : std::nullopt);
            return value;
        };
        ctx.read_file = [this, inner = std::move(ctx.read_file)](const std::string& path, std::size_t limit_bytes) {
            auto content = inner(path, limit_bytes);
            if (!content)
                note_mark("file " + path, "unreadable");
            else
                note("file " + path, *content ? std::optional<std::string_view>((*content)->reveal()) : std::nullopt);
            return content;
        };
        ctx.passwd_home = [this, inner = std::move(ctx.passwd_home)] {
            auto home = inner();
            note("home", home ? std::optional<std::string_view>(*home) : std::nullopt);
            return home;
        };
        return ctx;
    }

    /// False where something changed while it was read, or couldn't be noted.
    bool consistent() const { return consistent_; }
    /// What was read so far.
    const list& noted() const { return noted_; }

    /// Whether a run in `ctx` that has begun like this one would go on to read what `expected` says, neither more nor less.
    bool lead_to(const list& expected, const context& ctx, std::size_t file_limit_bytes) const {
        read_inputs now = *this;
        const context watched = now.watch(ctx);
        for (const auto& [name, digest] : expected) {
            if (noted_.contains(name)) continue;
            if (name.starts_with("env ")) (void)watched.getenv(name.substr(4));
            if (name.starts_with("file ")) (void)watched.read_file(name.substr(5), file_limit_bytes);
            if (name == "home") (void)watched.passwd_home();
        }
        return now.consistent_ && now.noted_ == expected;
    }

private:
    void note(const std::string& name, std::optional<std::string_view> value) {
        if (!value) return note_mark(name, "absent");
        const auto digest = sha256(*value);
        if (digest)
            note_mark(name, hex(*digest));
        else
            consistent_ = false;
    }
    void note_mark(const std::string& name, std::string mark) {
        const auto [entry, is_new] = noted_.try_emplace(name, mark);
        consistent_ = consistent_ && (is_new || entry->second == mark);
    }

    list noted_;
    bool consistent_ = true;
};

}  // namespace eksauth
