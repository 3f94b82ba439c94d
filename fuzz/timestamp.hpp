// SPDX-License-Identifier: Apache-2.0
// Instants as others write them, held against the C library's calendar.
#pragma once

#include "property.hpp"

#include <credbase/timestamp.hpp>
#include <eksauth/config/token_cache.hpp>

#include <time.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace fuzz {

/// The instant in the C library's words.
inline std::string calendar(std::chrono::sys_seconds at, const char* format) {
    const time_t seconds = at.time_since_epoch().count();
    tm fields{};
    ::gmtime_r(&seconds, &fields);
    std::array<char, 64> text;
    return {text.data(), ::strftime(text.data(), text.size(), format, &fields)};
}

}  // namespace fuzz

inline void fuzz_timestamp(std::string_view input) {
    using fuzz::hold;
    if (const auto at = credbase::parse_rfc3339(input)) {
        const std::string written = credbase::rfc3339(*at);
        hold(written.size() == 20 && credbase::parse_rfc3339(written) == at, "a time that was written and read again is the same", written);
        hold(input.back() != 'Z' || (input.substr(0, 19) == written.substr(0, 19)), "a time in UTC is written as it was read", written);
        if (written >= "1000") {  // below it, %Y has fewer digits
            hold(written == fuzz::calendar(*at, "%Y-%m-%dT%H:%M:%SZ"), "the C library has the same calendar", written);
            hold(credbase::iso8601_basic(*at) == fuzz::calendar(*at, "%Y%m%dT%H%M%SZ"), "both forms are of one instant", written);
        }
        hold(eksauth::parse_cache_time(input) == at || input.ends_with("+0000") || input.ends_with("UTC"),
             "token files have RFC 3339, too");
    }
    if (const auto at = credbase::parse_http_date(input); at && input.substr(12, 4) >= "1000" && input.substr(23, 2) != "60")
        hold(input.substr(3) == fuzz::calendar(*at, ", %d %b %Y %H:%M:%S GMT"), "an HTTP date is written as it was read", input);
    if (const auto at = eksauth::parse_cache_time(input))
        hold(credbase::rfc3339(*at).size() == 20, "a time of a token file can be written");
}
