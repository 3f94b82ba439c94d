// SPDX-License-Identifier: Apache-2.0
// SHA-256 and HMAC-SHA256; the one user of libcrypto's hashes.
//
// Two back ends: EVP, which obeys OpenSSL's configuration and its FIPS provider, and with EKSAUTH_SHA256_LOWLEVEL defined, the
// same in all units of a program, libcrypto's bare SHA-256. That one needs nothing set up, which is most of what a process
// that signs one token would do, and copies a state without a heap.
#pragma once

#include <eksauth/base/errors.hpp>

#ifdef EKSAUTH_SHA256_LOWLEVEL
#include <openssl/sha.h>
#ifdef OPENSSL_NO_DEPRECATED_3_0
#error "EKSAUTH_SHA256_LOWLEVEL needs SHA256_Init, which OPENSSL_NO_DEPRECATED hides or this OpenSSL was built without"
#endif
#include <string.h>  // explicit_bzero

#include <algorithm>
#else
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#endif

#include <array>
#include <string_view>

namespace eksauth {

/// The 32 bytes of a SHA-256, or of a MAC that is made by it.
using sha256_digest = std::array<unsigned char, 32>;

/// The digest as a text of 32 bytes, which is valid as long as the digest is.
inline std::string_view bytes_of(const sha256_digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

#ifdef EKSAUTH_SHA256_LOWLEVEL

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // since OpenSSL 3.0, in favour of EVP

/// SHA-256 of a text that comes in pieces; a copy goes on from where the original stands. Wiped, since the text may be a key.
class sha256_state {
public:
    sha256_state() { ::SHA256_Init(&state_); }
    sha256_state(const sha256_state&) = default;
    sha256_state& operator=(const sha256_state&) = default;
    ~sha256_state() { ::explicit_bzero(&state_, sizeof state_); }

    void add(std::string_view text) { ::SHA256_Update(&state_, text.data(), text.size()); }

    /// The digest; afterwards the state is of no use. Never fails with this back end.
    result<sha256_digest> finish() {
        sha256_digest digest;
        ::SHA256_Final(digest.data(), &state_);
        return digest;
    }

private:
    SHA256_CTX state_;
};

#pragma GCC diagnostic pop

/// HMAC (RFC 2104) with SHA-256 of a text that comes in pieces; a copy goes on from where the original stands. Wiped.
class hmac_sha256_state {
public:
    explicit hmac_sha256_state(std::string_view key) {
        std::array<unsigned char, SHA256_CBLOCK> block{};
        const std::string_view padded(reinterpret_cast<const char*>(block.data()), block.size());
        if (key.size() > block.size()) {
            sha256_state longer;
            longer.add(key);
            const sha256_digest shorter = *longer.finish();
            std::copy(shorter.begin(), shorter.end(), block.begin());
        } else {
            std::copy(key.begin(), key.end(), block.begin());
        }
        for (unsigned char& byte : block) byte ^= 0x36U;
        inner_.add(padded);
        for (unsigned char& byte : block) byte ^= 0x36U ^ 0x5CU;
        outer_.add(padded);
        ::explicit_bzero(block.data(), block.size());
    }

    void add(std::string_view text) { inner_.add(text); }

    /// The MAC; afterwards the state is of no use. Never fails with this back end.
    result<sha256_digest> finish() {
        outer_.add(bytes_of(*inner_.finish()));
        return outer_.finish();
    }

private:
    sha256_state inner_, outer_;
};

#else

/// SHA-256 of a text that comes in pieces; a copy goes on from where the original stands. Wiped by libcrypto.
///
/// The algorithm is taken once, by OpenSSL's configuration and default properties at the first use.
class sha256_state {
public:
    sha256_state() : state_(::EVP_MD_CTX_new()) {
        static const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> algorithm(::EVP_MD_fetch(nullptr, "SHA2-256", nullptr), ::EVP_MD_free);
        good_ = state_ && algorithm && ::EVP_DigestInit_ex2(state_.get(), algorithm.get(), nullptr) == 1;
    }
    /// Goes on from where `other` stands.
    sha256_state(const sha256_state& other) : state_(::EVP_MD_CTX_new()) {
        good_ = other.good_ && state_ && ::EVP_MD_CTX_copy_ex(state_.get(), other.state_.get()) == 1;
    }
    sha256_state(sha256_state&&) noexcept = default;
    /// Goes on from where `other` stands.
    sha256_state& operator=(sha256_state other) noexcept {
        state_.swap(other.state_);
        good_ = other.good_;
        return *this;
    }
    ~sha256_state() = default;

    /// The next piece. A failure is told by `finish`.
    void add(std::string_view text) { good_ = good_ && ::EVP_DigestUpdate(state_.get(), text.data(), text.size()) == 1; }

    /// The digest; afterwards the state is of no use. Error: libcrypto has no SHA-256, as under a broken provider configuration.
    result<sha256_digest> finish() {
        sha256_digest digest;
        if (!good_ || ::EVP_DigestFinal_ex(state_.get(), digest.data(), nullptr) != 1)
            return error(errc::cannot_start, "OpenSSL offers no SHA-256; check the providers in its configuration");
        return digest;
    }

private:
    struct closer { void operator()(EVP_MD_CTX* state) const { ::EVP_MD_CTX_free(state); } };
    std::unique_ptr<EVP_MD_CTX, closer> state_;
    bool good_;
};

/// HMAC (RFC 2104) with SHA-256 of a text that comes in pieces, as `sha256_state`.
class hmac_sha256_state {
public:
    /// Of any length; it may go afterwards.
    explicit hmac_sha256_state(std::string_view key) {
        static const std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> algorithm(::EVP_MAC_fetch(nullptr, "HMAC", nullptr), ::EVP_MAC_free);
        if (algorithm) state_.reset(::EVP_MAC_CTX_new(algorithm.get()));
        char digest[] = "SHA2-256";
        const OSSL_PARAM parameters[] = {::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), ::OSSL_PARAM_construct_end()};
        const auto* const bytes = reinterpret_cast<const unsigned char*>(key.empty() ? "" : key.data());  // none would mean the last one
        good_ = state_ && ::EVP_MAC_init(state_.get(), bytes, key.size(), parameters) == 1;
    }
    /// Goes on from where `other` stands.
    hmac_sha256_state(const hmac_sha256_state& other) : state_(other.good_ ? ::EVP_MAC_CTX_dup(other.state_.get()) : nullptr), good_(state_) {}
    hmac_sha256_state(hmac_sha256_state&&) noexcept = default;
    /// Goes on from where `other` stands.
    hmac_sha256_state& operator=(hmac_sha256_state other) noexcept {
        state_.swap(other.state_);
        good_ = other.good_;
        return *this;
    }
    ~hmac_sha256_state() = default;

    /// The next piece. A failure is told by `finish`.
    void add(std::string_view text) {
        good_ = good_ && ::EVP_MAC_update(state_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
    }

    /// The MAC; afterwards the state is of no use. Error: libcrypto has no HMAC with SHA-256.
    result<sha256_digest> finish() {
        sha256_digest digest;
        std::size_t size = 0;
        if (!good_ || ::EVP_MAC_final(state_.get(), digest.data(), &size, digest.size()) != 1)
            return error(errc::cannot_start, "OpenSSL offers no HMAC with SHA-256; check the providers in its configuration");
        return digest;
    }

private:
    struct closer { void operator()(EVP_MAC_CTX* state) const { ::EVP_MAC_CTX_free(state); } };
    std::unique_ptr<EVP_MAC_CTX, closer> state_;
    bool good_;
};

#endif

/// Error: as `sha256_state::finish`.
inline result<sha256_digest> sha256(std::string_view data) {
    sha256_state state;
    state.add(data);
    return state.finish();
}

/// Error: as `hmac_sha256_state::finish`.
inline result<sha256_digest> hmac_sha256(std::string_view key, std::string_view data) {
    hmac_sha256_state state(key);
    state.add(data);
    return state.finish();
}

}  // namespace eksauth
