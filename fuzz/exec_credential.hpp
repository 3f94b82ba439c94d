// SPDX-License-Identifier: Apache-2.0
// The ExecCredential that a plugin printed.
#pragma once

#include "property.hpp"

#include <credplugin/host/http_auth.hpp>
#include <credplugin/protocol/exec_credential.hpp>
#include <credplugin/protocol/exec_credential_read.hpp>

#include <string_view>

inline void fuzz_exec_credential(std::string_view input) {
    using fuzz::hold;
    const auto text = fuzz::plant(input, {"\"token\":\"", "\"clientKeyData\":\""});
    int read = 0;
    for (const auto version : {credplugin::api_version::v1, credplugin::api_version::v1beta1}) {
        const auto answer = read_exec_credential(text, version);
        if (!fuzz::hold_same_end(answer, read_exec_credential(text, version))) continue;
        ++read;
        if (fuzz::sampled(input)) {
            const auto limit = credplugin::exec_credential_limits.bytes;
            hold(read_exec_credential(fuzz::padded(text, limit), version).has_value(), "an answer of 1 MiB is read");
            hold(read_exec_credential(fuzz::padded(text, limit + 1), version).has_error(), "a larger answer is refused");
        }
        if (const auto header = authorization_header(*answer)) {
            hold(header->reveal().starts_with("Bearer ") && header->size() > 7, "a token is a header's value");
            for (const char c : header->reveal().substr(7)) hold(c > 0x20 && c < 0x7F, "a header's value is one word");
        }
        hold(!answer->token.empty() || client_certificate(*answer).has_value(), "an answer has something to show");

        const auto written = write_exec_credential(*answer, version, false);
        if (!written) {  // certificates that are no PEM and an expiry before 1970 are read, and refused by whoever uses them
            fuzz::hold_error(written.error());
            continue;
        }
        hold(written->reveal().find('\n') == written->size() - 1, "an ExecCredential is one line");
        const auto again = read_exec_credential(written->reveal(), version);
        hold(again && again->token.reveal() == answer->token.reveal() && again->expires == answer->expires &&
                 again->client_certificate_data == answer->client_certificate_data &&
                 again->client_key_data.reveal() == answer->client_key_data.reveal(),
             "what is written can be read, and is the same");
    }
    hold(read < 2, "an answer is of one version");
}
