// SPDX-License-Identifier: Apache-2.0
// The two files of AWS tools and what each of their profiles comes to, where programs and peers answer as the input says: a world
// (see world.hpp) with the files `/h/.aws/config` and `/h/.aws/credentials`.
#pragma once

#include "keys.hpp"
#include "parts.hpp"
#include "property.hpp"
#include "world.hpp"

#include <eksauth/config/profile.hpp>
#include <eksauth/config/shared_config.hpp>
#include <eksauth/profile_source.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace fuzz {

/// What comes of a profile, in words; nothing of it is a secret.
inline std::string resolved(const std::vector<part>& parts, const std::string& name) {
    world made(parts);
    const eksauth::context ctx = made.context();
    const auto files = load_shared_config(ctx);
    if (!files) return files.error().text();
    const auto selected = find_profile(*files, {name, "the input"});
    if (!selected) return selected.error().text();
    eksauth::outcome got = from_profile(ctx, **selected, "us-west-2");
    std::string out = describe(got);
    if (const auto* found = std::get_if<eksauth::credentials>(&got)) {
        hold_keys(*found);
        hold(!found->source.empty(), "credentials have a source");
        out += " from " + found->source;
        for (const std::string& warning : found->warnings) out += "; " + warning;
    }
    return out + ", " + std::to_string(made.values().requests.size()) + " requests, " +
        std::to_string(made.values().processes.size()) + " programs";
}

}  // namespace fuzz

inline void fuzz_shared_config(std::string_view input) {
    const auto parts = fuzz::parts_of(input);
    fuzz::world made(parts);
    const eksauth::context ctx = made.context();
    const auto files = load_shared_config(ctx);
    if (!files) return fuzz::hold(!fuzz::tells(files.error().text()), "no error tells a secret", files.error().text());
    std::size_t left = 4;
    for (const auto* file : {&files->config, &files->credentials})
        for (const eksauth::ini_section& section : file->sections) {
            if (left == 0) return;
            --left;
            const std::string name(section.name), outcome = fuzz::resolved(parts, name);
            fuzz::hold(!fuzz::tells(outcome), "no outcome tells a secret", outcome);
            fuzz::hold(outcome == fuzz::resolved(parts, name), "equal worlds have an equal outcome", outcome);
        }
}
