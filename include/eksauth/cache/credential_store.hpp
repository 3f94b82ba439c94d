// SPDX-License-Identifier: Apache-2.0
// Temporary credentials that are kept between runs, in files.
#pragma once

#include <credbase/private_folder.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/sha256.hpp>
#include <eksauth/base/version.hpp>
#include <eksauth/cache/kept_entry.hpp>
#include <eksauth/cache/read_inputs.hpp>
#include <eksauth/context.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

/// A folder of credentials, shared by all runs of one user on one machine.
///
/// An entry serves a run only if the run would read the very same variables and files as the one that made it, by their digests,
/// beyond any doubt about the identity: a list of what decides it can't be incomplete, since nobody writes one. Kept are temporary
/// credentials that came by calls to services, unless a program or the place of an address had a say in whose they are (as with instance
/// metadata), the source keeps them in a file of its own, the clock is wrong, or they came with a warning.
/// Entries are locked, so that of many runs one makes the calls; while it does, the others go on with an entry that is still good.
class credential_store {
public:
    /// Asks for credentials, such as by `default_chain`.
    using question = std::function<result<credentials>(const context&)>;

    /// Entries are files of the folder, an entry each.
    explicit credential_store(credbase::private_folder folder) : folder_(std::move(folder)) {}

    /// The credentials that `ask` would bring: those that are kept, or new ones, which are kept then.
    ///
    /// `arguments` is all that decides what `ask` does beside its context. It is called once without network, for what it reads
    /// before its first call. New ones are asked for when less than 15 to 20 minutes of life are left, or half of a short life;
    /// where that fails, those that are kept serve as long as they live, with a warning, and a minute passes before it is tried
    /// again. A folder that doesn't work is told in a warning. Error: that of `ask`.
    result<credentials> get(const context& ctx, std::string_view arguments, const question& ask) const {
        read_inputs before;
        first_call first = first_call::none;
        auto offline = ask(before.watch(without_calls(ctx, first)));
        if (first == first_call::none) return offline;
        if (first == first_call::program) return ask(ctx);
        auto key = key_of(ctx, before, arguments);
        if (!key) return warned(ask(ctx), "nothing is kept: " + key.error().text());

        std::optional<kept_entry> held = find(ctx, *key, before);
        if (ctx.tell) ctx.tell({step_kind::kept, "credentials of earlier runs", shown(held, ctx.now())});
        if (held && ctx.now() < held->renew) return std::move(held->keys);
        auto lock = wait_for_lock(ctx, *key, held || first == first_call::by_place);
        if (!lock) return warned(ask(ctx), "nothing is kept: " + lock.error().text());
        if (!*lock) {
            if (held) return std::move(held->keys);                // another run renews it
            if (first == first_call::by_place) return ask(ctx);  // unlikely to be kept
            return warned(ask(ctx), "nothing is kept: another run has held the lock of these credentials for too long");
        }
        held = find(ctx, *key, before);  // another run may have renewed it meanwhile
        if (held && ctx.now() < held->renew) return std::move(held->keys);
        return renew(ctx, *key, ask, std::move(held));
    }

private:
    /// What a run calls first that asks for credentials.
    enum class first_call { none, service, by_place, program };

    static constexpr std::size_t file_limit_bytes = 1048576;  // no source reads a larger one

    static std::string shown(const std::optional<kept_entry>& held, std::chrono::sys_seconds now) {
        if (!held) return "none that this run may use";
        return detail::shown(held->keys) + (now < held->renew ? "; they serve until " + credbase::rfc3339(held->renew) : "; they are due for renewal");
    }

    /// The context of a run that ends where its first call would begin.
    static context without_calls(context ctx, first_call& first) {
        const auto refused = [&first](first_call kind, const char* what) {
            if (first == first_call::none) first = kind;
            return error(errc::not_supported, what);
        };
        ctx.http = [refused](const http_request& request) -> result<http_response> {
            return refused(request.by_place ? first_call::by_place : first_call::service, "no request is made");
        };
        ctx.run_process = [refused](const credbase::process_request&) -> result<credbase::process_output> {
            return refused(first_call::program, "no program is run");
        };
        ctx.tell = {};
        return ctx;
    }

    /// What an entry is looked up by: this version, the machine since its start, the arguments, the variables, and which files are
    /// read. What is in the files is left to the entry's own list, so that a token that is rotated replaces the entry of the one before.
    static result<std::string> key_of(const context& ctx, const read_inputs& before, std::string_view arguments) {
        constexpr char machine[] = "/proc/sys/kernel/random/boot_id";
        const auto boot = ctx.read_file(machine, 4096);
        if (!boot) return boot.error();
        if (!*boot || (*boot)->empty())
            return error(errc::bad_file, "is empty or absent, so that machines that share the folder can't be told apart").within(machine);
        sha256_state state;
        const auto add = [&](std::string_view part) {
            state.add(std::to_string(part.size()) + ":");
            state.add(part);
        };
        add(version);
        add((*boot)->reveal());
        add(arguments);
        for (const auto& [name, digest] : before.noted()) {
            add(name);
            if (!name.starts_with("file ")) add(digest);
        }
        const auto digest = state.finish();
        if (!digest) return digest.error();
        return hex(*digest);
    }

    /// The entry that may serve now a run which has begun like that, if there is one.
    std::optional<kept_entry> find(const context& ctx, const std::string& key, const read_inputs& before) const {
        const auto text = folder_.read(key);
        if (!text || !*text) return std::nullopt;
        auto entry = read_kept_entry((*text)->reveal(), key);
        if (!entry || !entry->usable(ctx.now()) || !before.lead_to(entry->inputs, ctx, file_limit_bytes)) return std::nullopt;
        return entry;
    }

    /// Null where another run holds it, at once or until half of the time is over, ten seconds at most.
    result<std::shared_ptr<void>> wait_for_lock(const context& ctx, const std::string& key, bool at_once) const {
        using std::chrono::milliseconds;
        const auto end = ctx.steady_now() + std::min<milliseconds>(ctx.time_left() / 2, std::chrono::seconds(10));
        for (milliseconds pause(5);; pause = std::min(pause * 2, milliseconds(100))) {
            auto lock = folder_.try_lock(key);
            if (!lock || *lock || at_once || ctx.steady_now() >= end) return lock;
            ctx.sleep(pause);
        }
    }

    /// With the lock held; `old` is what can still serve.
    result<credentials> renew(const context& ctx, const std::string& key, const question& ask, std::optional<kept_entry> old) const {
        using std::chrono::minutes;
        read_inputs all;
        bool other_state = false;  // of a program or a file of its own, which nobody has noted
        context watched = all.watch(ctx);
        watched.run_process = [&other_state, run = ctx.run_process](const credbase::process_request& request) {
            other_state = true;
            return run(request);
        };
        watched.replace_file = [&other_state, replace = ctx.replace_file](const std::string& path, const credbase::secret_string& content) {
            other_state = true;
            return replace(path, content);
        };
        auto got = ask(watched);
        const auto now = ctx.now();
        if (!got && !old) return got;
        if (!got) {
            old->renew = now + minutes(1);
            (void)folder_.replace(key, write_kept_entry(*old));
            const std::string until = credbase::rfc3339(*old->keys.expires);
            return warned(std::move(old->keys), "the kept credentials serve until " + until + ", since new ones couldn't be got: " +
                                                    got.error().text());
        }
        const bool temporary = got->expires && !got->session_token.empty() && got->warnings.empty();
        if (!temporary || got->by_place || other_state || ctx.clock_offset() != std::chrono::seconds(0) || !all.consistent()) return got;
        const auto margin = minutes(15) + std::chrono::seconds(static_cast<long>(ctx.random() * 300));
        const std::chrono::seconds life = std::min<std::chrono::seconds>(*got->expires - now, std::chrono::hours(12));  // of a role's session
        const kept_entry entry{.key = key, .inputs = all.noted(), .keys = *got, .made = now,
                               .renew = now + std::max<std::chrono::seconds>(minutes(1), life - std::min<std::chrono::seconds>(margin, life / 2))};
        const auto text = write_kept_entry(entry);
        if (text.size() > kept_entry_limits.bytes || !entry.usable(now)) return got;
        if (auto written = folder_.replace(key, text); !written) return warned(std::move(got), "nothing is kept: " + written.error().text());
        return got;
    }

    static result<credentials> warned(result<credentials> got, std::string warning) {
        if (got) got->warnings.push_back(std::move(warning));
        return got;
    }

    credbase::private_folder folder_;
};

}  // namespace eksauth
