// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/sha256.hpp>
#include <eksauth/sigv4/credential_scope.hpp>
#include <eksauth/sigv4/signing_key.hpp>

#include <string.h>  // explicit_bzero

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <tuple>

namespace eksauth {

/// The signing key of one secret, region and service that is kept for the day it was last asked for.
///
/// Any number of threads; none waits for another. A key is read again if one was being stored meanwhile: the version is odd
/// while it is stored, and another one afterwards. Every word is atomic, each load acquires and each store releases, so whoever
/// sees a word of a new key sees its version too.
class daily_key {
public:
    daily_key() = default;
    daily_key(const daily_key&) = delete;
    daily_key& operator=(const daily_key&) = delete;
    ~daily_key() {
        for (word& one : words_) one.store(0);
    }

    /// The key for that scope, derived where the kept one is of another day. Error: as `signing_key`.
    result<credbase::secret_string> get(const credbase::secret_string& secret_access_key, const credential_scope& scope) {
        std::uint64_t day = 0;
        static_assert(sizeof day == std::string_view("yyyymmdd").size());
        std::memcpy(&day, scope.date.data(), sizeof day);

        key_words words;
        const std::uint64_t seen = version_.load(std::memory_order_acquire);
        bool kept = seen % 2 == 0 && day_.load(std::memory_order_acquire) == day;
        for (std::size_t i = 0; kept && i < words.size(); ++i) words[i] = words_[i].load(std::memory_order_acquire);
        kept = kept && version_.load(std::memory_order_relaxed) == seen;
        if (kept) {
            credbase::secret_string key({reinterpret_cast<const char*>(words.data()), sizeof words});
            ::explicit_bzero(words.data(), sizeof words);
            return key;
        }
        auto key = signing_key(secret_access_key.reveal(), scope);
        if (key) store(day, key->reveal(), seen);
        return key;
    }

private:
    using word = std::atomic<std::uint64_t>;
    using key_words = std::array<std::uint64_t, 4>;
    static_assert(word::is_always_lock_free && sizeof(key_words) == std::tuple_size_v<sha256_digest>);

    /// Stores unless somebody else has stored, or is storing, since that version was seen.
    void store(std::uint64_t day, std::string_view key, std::uint64_t seen) {
        if (seen % 2 != 0 || !version_.compare_exchange_strong(seen, seen + 1)) return;
        key_words words;
        std::memcpy(words.data(), key.data(), sizeof words);
        day_.store(day, std::memory_order_release);
        for (std::size_t i = 0; i < words.size(); ++i) words_[i].store(words[i], std::memory_order_release);
        ::explicit_bzero(words.data(), sizeof words);
        version_.store(seen + 2, std::memory_order_release);
    }

    word version_ = 0, day_ = 0;
    std::array<word, 4> words_{};
};

}  // namespace eksauth
