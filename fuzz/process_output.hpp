// SPDX-License-Identifier: Apache-2.0
// What a credential_process prints, and what it says when it fails. `%ECHO%` in it is a secret that it was told.
#pragma once

#include "json_credentials.hpp"
#include "property.hpp"

#include <credbase/process.hpp>
#include <eksauth/sources/process.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

inline void fuzz_process_output(std::string_view input) {
    using fuzz::hold;
    using eksauth::detail::read_process_output;
    const auto now = *credbase::parse_rfc3339("2026-01-02T03:04:05Z");
    const std::string text = fuzz::plant(input, {"\"SecretAccessKey\":\"", "\"SessionToken\":\""});
    const auto keys = read_process_output(text, now);
    if (fuzz::hold_same_end(keys, read_process_output(text, now))) {
        hold(!keys->expires || *keys->expires > now + std::chrono::minutes(1), "credentials have more than a minute to live");
        fuzz::hold_keys(*keys);
        const std::string written = fuzz::keys_json(*keys, "AccessKeyId", "SecretAccessKey", "SessionToken") + ",\"Version\":1" +
                                    (keys->expires ? ",\"Expiration\":\"" + credbase::rfc3339(*keys->expires) + "\"}" : "}");
        const auto again = read_process_output(written, now);
        hold(again && fuzz::same_keys(*again, *keys), "credentials that were written and read again are the same");
    }
    if (fuzz::sampled(input)) {
        const std::size_t limit = eksauth::detail::process_out_limit_bytes;
        hold(read_process_output(fuzz::padded(text, limit), now).has_value() == keys.has_value(), "64 KiB are read");
        hold(read_process_output(fuzz::padded(text, limit + 1), now).has_error(), "more is refused");
    }

    const std::vector<credbase::secret_string> secrets{credbase::secret_string(std::string(fuzz::planted) + "\n\"/+=")};
    const std::string said = fuzz::replaced(std::string(input), "%ECHO%", secrets[0].reveal());
    const std::string words = eksauth::detail::words_of_process(said, secrets);
    fuzz::hold_line(words);
    const credbase::process_request request{
        .arguments = {"program"}, .time_limit = std::chrono::seconds(1), .out_limit_bytes = 1, .err_kept_bytes = 1};
    const std::string program(input.substr(0, 20));
    using enum credbase::process_end;
    for (const auto end : {exited, not_found, not_started, timed_out, wrote_too_much, cancelled, status_lost})
        fuzz::hold_error(eksauth::detail::process_failure(request, {.end = end, .exit_code = 1, .program = program}, words));
}
