// SPDX-License-Identifier: Apache-2.0
#include <credbase/timestamp.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <chrono>
#include <optional>
#include <string>

using namespace credbase;
using namespace std::chrono;

namespace {

constexpr sys_seconds second_of(int y, unsigned m, unsigned d, int clock = 0) {
    return sys_days(year(y) / month(m) / day(d)) + seconds(clock);
}

std::string instant(const std::string& text) {
    const auto at = parse_rfc3339(text);
    return at ? std::to_string(at->time_since_epoch().count()) : "refused";
}

}  // namespace

TEST_CASE("timestamps: an instant has one text in each form") {
    struct row { sys_seconds at; std::string rfc3339, basic; };
    const row rows[] = {
        {sys_seconds(), "1970-01-01T00:00:00Z", "19700101T000000Z"},
        {sys_seconds(seconds(-1)), "1969-12-31T23:59:59Z", "19691231T235959Z"},
        {sys_seconds(seconds(1767323045)), "2026-01-02T03:04:05Z", "20260102T030405Z"},
        {second_of(2028, 2, 29, 86399), "2028-02-29T23:59:59Z", "20280229T235959Z"},
        {second_of(9999, 12, 31, 86399), "9999-12-31T23:59:59Z", "99991231T235959Z"},
        {second_of(1, 1, 1), "0001-01-01T00:00:00Z", "00010101T000000Z"},
        {second_of(0, 3, 1), "0000-03-01T00:00:00Z", "00000301T000000Z"},
    };
    for (const row& r : rows) {
        INFO(r.rfc3339);
        CHECK(rfc3339(r.at) == r.rfc3339);
        CHECK(iso8601_basic(r.at) == r.basic);
        CHECK(parse_rfc3339(r.rfc3339) == std::optional(r.at));
    }
}

TEST_CASE("parse_rfc3339: what is written is read again, for every day of four centuries") {
    int lost = 0;
    for (sys_days day = sys_days(year(1800) / 1 / 1); day < sys_days(year(2200) / 1 / 1); day += days(1)) {
        const sys_seconds at = day + seconds(day.time_since_epoch().count() % 43200 + 43200);
        lost += parse_rfc3339(rfc3339(at)) != std::optional(at);
    }
    CHECK(lost == 0);
}

TEST_CASE("parse_rfc3339: the form is exact and ranges are checked") {
    struct row { std::string text, instant; };
    const row rows[] = {
        {"2026-01-02T03:04:05Z", "1767323045"},
        {"2026-01-02T03:04:05.1Z", "1767323045"},
        {"2026-01-02T03:04:05.999999999Z", "1767323045"},  // cut off, not rounded up
        {"2026-01-02T12:04:05+09:00", "1767323045"},
        {"2026-01-01T21:34:05-05:30", "1767323045"},
        {"2026-01-02T03:04:05+00:00", "1767323045"},
        {"2026-01-02T03:04:05-00:00", "1767323045"},
        {"2026-01-02T12:04:05.5+09:00", "1767323045"},
        {"2026-01-02T03:04:05+23:59", "1767236705"},
        {"2028-02-29T00:00:00Z", "1835395200"},
        {"2000-02-29T00:00:00Z", "951782400"},
        {"0000-01-01T00:00:00+00:01", "refused"},  // in the year before 0
        {"9999-12-31T23:59:59-00:01", "refused"},
        {"2027-02-29T00:00:00Z", "refused"},
        {"1900-02-29T00:00:00Z", "refused"},
        {"2026-02-30T00:00:00Z", "refused"},
        {"2026-04-31T00:00:00Z", "refused"},
        {"2026-00-01T00:00:00Z", "refused"},
        {"2026-13-01T00:00:00Z", "refused"},
        {"2026-01-00T00:00:00Z", "refused"},
        {"2026-01-32T00:00:00Z", "refused"},
        {"2026-01-02T24:00:00Z", "refused"},
        {"2026-01-02T03:60:05Z", "refused"},
        {"2026-01-02T03:04:60Z", "refused"},
        {"2026-01-02T03:04:05+24:00", "refused"},
        {"2026-01-02T03:04:05+09:60", "refused"},
        {"2026-01-02T03:04:05+0900", "refused"},
        {"2026-01-02T03:04:05+09", "refused"},
        {"2026-01-02T03:04:05+09:00Z", "refused"},
        {"2026-01-02T03:04:05 09:00", "refused"},
        {"2026-01-02T03:04:05+09-00", "refused"},
        {"2026-01-02T03:04:05.Z", "refused"},
        {"2026-01-02T03:04:05.1234567890Z", "refused"},
        {"2026-01-02T03:04:05,5Z", "refused"},
        {"2026-01-02T03:04:05", "refused"},
        {"2026-01-02T03:04:05.5", "refused"},
        {"2026-01-02T03:04:05z", "refused"},
        {"2026-01-02t03:04:05Z", "refused"},
        {"2026-01-02 03:04:05Z", "refused"},
        {"2026-01-02T3:04:05Z", "refused"},
        {"2026-01-02T03:04Z", "refused"},
        {"2026/01-02T03:04:05Z", "refused"},
        {"2026-01/02T03:04:05Z", "refused"},
        {"2026-01-02T03-04:05Z", "refused"},
        {"2026-01-02T03:04-05Z", "refused"},
        {"10000-01-01T00:00:00Z", "refused"},
        {"-001-01-01T00:00:00Z", "refused"},
        {"+026-01-02T03:04:05Z", "refused"},
        {" 2026-01-02T03:04:05Z", "refused"},
        {"2026-01-02T03:04:05Z ", "refused"},
        {"2026-01-02T03:04:05Z\n", "refused"},
        {"1767323045", "refused"},
        {"never", "refused"},
        {"2026", "refused"},
        {"", "refused"},
    };
    for (const row& r : rows) {
        INFO(r.text);
        CHECK(instant(r.text) == r.instant);
    }
}

TEST_CASE("parse_rfc3339: no start of a timestamp is read past its end") {
    const std::string whole = "2026-01-02T03:04:05.123+09:00";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const std::string start = whole.substr(0, length);
        INFO(start);
        CHECK(instant(start) == "refused");
    }
}

static std::string http_instant(const std::string& text) {
    const auto at = parse_http_date(text);
    return at ? rfc3339(*at) : "refused";
}

TEST_CASE("parse_http_date: IMF-fixdate is read, every other form is refused") {
    struct row { std::string text, instant; };
    const row rows[] = {
        {"Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05Z"},
        {"Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"},
        {"Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59Z"},
        {"Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z"},
        {"Xyz, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05Z"},
        {"Sunday, 06-Nov-94 08:49:37 GMT", "refused"},
        {"Sun Nov  6 08:49:37 1994", "refused"},
        {"Fri, 30 Feb 2024 00:00:00 GMT", "refused"},
        {"Wed, 29 Feb 2023 00:00:00 GMT", "refused"},
        {"Fri, 00 Jan 2026 03:04:05 GMT", "refused"},
        {"Fri, 32 Jan 2026 03:04:05 GMT", "refused"},
        {"Fri, 02 Jan 2026 24:00:00 GMT", "refused"},
        {"Fri, 02 Jan 2026 03:60:05 GMT", "refused"},
        {"Fri, 02 Jan 2026 03:04:61 GMT", "refused"},
        {"Fri, 02 jan 2026 03:04:05 GMT", "refused"},
        {"Fri, 02 anF 2026 03:04:05 GMT", "refused"},
        {"Fri, 02 Foo 2026 03:04:05 GMT", "refused"},
        {"Fri, 02 Jan 2026 03:04:05 UTC", "refused"},
        {"Fri, 02 Jan 2026 03:04:05 gmt", "refused"},
        {"Fri, 02 Jan 2026 03:04:05 +00", "refused"},
        {"Fri, 02 Jan 2026 03:04:05 GMT ", "refused"},
        {" Fri, 02 Jan 2026 03:04:05 GMT", "refused"},
        {"Fri, 2 Jan 2026 03:04:05 GMT", "refused"},
        {"Fri,  2 Jan 2026 03:04:05 GMT", "refused"},
        {"Fri, 02 Jan +026 03:04:05 GMT", "refused"},
        {"Fri, 02 Jan 2026 -3:04:05 GMT", "refused"},
        {"Fri; 02 Jan 2026 03:04:05 GMT", "refused"},
        {"Fri, 02-Jan 2026 03:04:05 GMT", "refused"},
        {"Fri, 02 Jan-2026 03:04:05 GMT", "refused"},
        {"Fri, 02 Jan 2026T03:04:05 GMT", "refused"},
        {"Fri, 02 Jan 2026 03.04:05 GMT", "refused"},
        {"Fri, 02 Jan 2026 03:04.05 GMT", "refused"},
        {"2026-01-02T03:04:05Z", "refused"},
        {"", "refused"},
    };
    for (const row& r : rows) {
        INFO(r.text);
        CHECK(http_instant(r.text) == r.instant);
    }
}

TEST_CASE("parse_http_date: each month stands at its number") {
    int number = 0;
    for (const char* month : {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}) {
        INFO(month);
        const std::string digits = std::to_string(100 + ++number).substr(1);
        CHECK(http_instant("Mon, 01 " + std::string(month) + " 2026 00:00:00 GMT") == "2026-" + digits + "-01T00:00:00Z");
    }
}

TEST_CASE("parse_http_date: no start of a date is read past its end") {
    const std::string whole = "Fri, 02 Jan 2026 03:04:05 GMT";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const std::string start = whole.substr(0, length);
        INFO(start);
        CHECK(http_instant(start) == "refused");
    }
}
