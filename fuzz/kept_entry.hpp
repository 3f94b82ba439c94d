// SPDX-License-Identifier: Apache-2.0
// A file of the cache of credentials.
#pragma once

#include "keys.hpp"
#include "property.hpp"

#include <eksauth/cache/kept_entry.hpp>

#include <string_view>

inline void fuzz_kept_entry(std::string_view input) {
    using fuzz::hold;
    const auto entry = eksauth::read_kept_entry(input, "k1");
    if (!entry) return;
    hold(!eksauth::read_kept_entry(input, "k2"), "an entry is of one key");
    fuzz::hold_keys(entry->keys);
    hold(!entry->keys.session_token.empty() && entry->keys.expires.has_value(), "what is kept is temporary");
    const auto again = eksauth::read_kept_entry(write_kept_entry(*entry).reveal(), "k1");
    hold(again && fuzz::same_keys(again->keys, entry->keys) && again->inputs == entry->inputs && again->keys.source == entry->keys.source &&
             again->made == entry->made && again->renew == entry->renew,
         "an entry that was written is the same when it is read again");
}
