// SPDX-License-Identifier: Apache-2.0
// Keys and certificates as PEM: the input is a certificate, and a key from the line `= key` on. `%KEY%` in it is a key on P-256.
#pragma once

#include "parts.hpp"
#include "property.hpp"
#include "support/p256.hpp"

#include <credplugin/system_host_context.hpp>
#include <eksauth/base/es256.hpp>

#include <openssl/err.h>

#include <string>
#include <string_view>

inline void fuzz_key_text(std::string_view input) {
    using fuzz::hold;
    static const std::string good = sec1_pem(new_key());
    const auto parts = fuzz::parts_of(input);
    const std::string key = fuzz::replaced(std::string(fuzz::text_of(parts, "key")), "%KEY%", good);
    if (const auto read = eksauth::es256_key::from_pem(key)) {
        const auto point = read->public_key();
        const auto signature = read->sign(input);
        hold(point && signature, "a key that was read can sign");
        const auto text = [](const auto& bytes) { return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()); };
        hold(es256_verifies(text(point->x), text(point->y), input, text(*signature)), "its signature is good");
    } else {
        hold(read.error().text() == "not a private key on P-256 in PEM", "an error has nothing of a key", read.error().text());
    }
    ERR_clear_error();
    const auto pair = credplugin::detail::check_key_pair_quietly(fuzz::text_of(parts, ""), key);
    if (!pair) fuzz::hold_error(pair.error());
    hold(ERR_peek_error() == 0, "OpenSSL has no notes left");
}
