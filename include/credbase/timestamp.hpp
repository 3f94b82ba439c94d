// SPDX-License-Identifier: Apache-2.0
// Instants as text: RFC 3339 and ISO 8601 basic, in UTC, without the C library's locale or time zone.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace credbase {

namespace detail {

/// `width` decimal digits of `text` at `at`, or -1.
constexpr int digits_at(std::string_view text, std::size_t at, std::size_t width) {
    if (at + width > text.size()) return -1;
    int value = 0;
    for (char c : text.substr(at, width)) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

/// Year to second with the given text between the fields, each of one character or none.
inline std::string utc_text(std::chrono::sys_seconds at, std::string_view date, std::string_view t, std::string_view time) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day ymd(day);
    const std::chrono::hh_mm_ss clock(at - day);
    std::array<char, 20> text;
    char* to = text.data();
    const auto put = [&](unsigned two_digits, std::string_view behind) {
        *to++ = static_cast<char>('0' + two_digits / 10 % 10);
        *to++ = static_cast<char>('0' + two_digits % 10);
        if (!behind.empty()) *to++ = behind[0];
    };
    const auto year = static_cast<unsigned>(static_cast<int>(ymd.year()));
    put(year / 100, "");
    put(year, date);
    put(static_cast<unsigned>(ymd.month()), date);
    put(static_cast<unsigned>(ymd.day()), t);
    put(static_cast<unsigned>(clock.hours().count()), time);
    put(static_cast<unsigned>(clock.minutes().count()), time);
    put(static_cast<unsigned>(clock.seconds().count()), "Z");
    return {text.data(), to};
}

}  // namespace detail

/// `YYYY-MM-DDThh:mm:ssZ`, the form of RFC 3339 that Kubernetes writes; for the years 0 to 9999.
inline std::string rfc3339(std::chrono::sys_seconds at) { return detail::utc_text(at, "-", "T", ":"); }

/// `YYYYMMDDThhmmssZ`, ISO 8601 basic, the form of `X-Amz-Date`; for the years 0 to 9999.
inline std::string iso8601_basic(std::chrono::sys_seconds at) { return detail::utc_text(at, "", "T", ""); }

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|+hh:mm|-hh:mm)`; a fraction of 1 to 9 digits is cut off.
///
/// Ranges are checked, leap years included; second 60 is refused, as Go's parser does. Nothing for any other form, and for an
/// instant that an offset moves out of the years 0 to 9999.
inline std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text) {
    using namespace std::chrono;
    const int year = detail::digits_at(text, 0, 4), month = detail::digits_at(text, 5, 2), day = detail::digits_at(text, 8, 2);
    const int hour = detail::digits_at(text, 11, 2), minute = detail::digits_at(text, 14, 2), second = detail::digits_at(text, 17, 2);
    if (year < 0 || month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return std::nullopt;
    if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return std::nullopt;
    const year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;

    std::string_view rest = text.substr(19);
    if (rest.starts_with('.')) {
        std::size_t end = 1;
        while (end < rest.size() && rest[end] >= '0' && rest[end] <= '9') ++end;
        if (end == 1 || end > 10) return std::nullopt;
        rest.remove_prefix(end);
    }
    seconds offset(0);
    if (rest != "Z") {
        const int hours = detail::digits_at(rest, 1, 2), minutes = detail::digits_at(rest, 4, 2);
        if (rest.size() != 6 || rest[3] != ':' || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
        offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
        if (rest[0] == '-')
            offset = -offset;
        else if (rest[0] != '+')
            return std::nullopt;
    }
    const sys_seconds at = sys_days(date) + hours(hour) + minutes(minute) + seconds(second) - offset;
    if (at < sys_days(std::chrono::year(0) / 1 / 1) || at >= sys_days(std::chrono::year(10000) / 1 / 1)) return std::nullopt;
    return at;
}

/// Reads an HTTP date in the form that servers must send, `Fri, 02 Jan 2026 03:04:05 GMT`; nothing for any other form.
///
/// The name of the day is not checked. Source: RFC 9110 section 5.6.7, IMF-fixdate.
inline std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
    using namespace std::chrono;
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' ||
        text[22] != ':' || text.substr(25) != " GMT")
        return std::nullopt;
    const std::size_t month_at = months.find(text.substr(8, 3));
    if (month_at == months.npos || month_at % 3 != 0) return std::nullopt;
    const int day = detail::digits_at(text, 5, 2), year = detail::digits_at(text, 12, 4), hour = detail::digits_at(text, 17, 2),
              minute = detail::digits_at(text, 20, 2), second = detail::digits_at(text, 23, 2);
    if (day < 0 || year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
    const year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month_at / 3 + 1)),
                              std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;
    return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace credbase
