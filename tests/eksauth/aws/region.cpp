// SPDX-License-Identifier: Apache-2.0
#include <eksauth/aws/region.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <string>
#include <string_view>

TEST_CASE("region: a region of a known partition has that partition's host") {
    struct row { const char* name; std::string region, partition, host; };
    const row rows[] = {
        {"aws", "us-west-2", "aws", "sts.us-west-2.amazonaws.com"},
        {"aws, a later prefix", "mx-central-1", "aws", "sts.mx-central-1.amazonaws.com"},
        {"China", "cn-northwest-1", "aws-cn", "sts.cn-northwest-1.amazonaws.com.cn"},
        {"29 GovCloud", "us-gov-west-1", "aws-us-gov", "sts.us-gov-west-1.amazonaws.com"},
        {"29 ISO", "us-iso-east-1", "aws-iso", "sts.us-iso-east-1.c2s.ic.gov"},
        {"29 ISO B", "us-isob-east-1", "aws-iso-b", "sts.us-isob-east-1.sc2s.sgov.gov"},
        {"29 ISO E", "eu-isoe-west-1", "aws-iso-e", "sts.eu-isoe-west-1.cloud.adc-e.uk"},
        {"29 ISO F", "us-isof-south-1", "aws-iso-f", "sts.us-isof-south-1.csp.hci.ic.gov"},
        {"29 the European sovereign cloud", "eusc-de-east-1", "aws-eusc", "sts.eusc-de-east-1.amazonaws.eu"},
        {"33 a region newer than every list", "us-newplace-9", "aws", "sts.us-newplace-9.amazonaws.com"},
        {"two digits", "eu-west-12", "aws", "sts.eu-west-12.amazonaws.com"},
        {"digits in the word", "ap-2nd0-1", "aws", "sts.ap-2nd0-1.amazonaws.com"},
        {"63 bytes", "us-" + std::string(58, 'a') + "-1", "aws", "sts.us-" + std::string(58, 'a') + "-1.amazonaws.com"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto region = eksauth::parse_region(r.region);
        REQUIRE(told(region) == "ok");
        CHECK(region->name == r.region);
        CHECK(region->of->id == r.partition);
        CHECK(region->sts_host() == r.host);
    }
}

TEST_CASE("region: anything else is refused before a host is formed") {
    const auto bad_byte = [](const std::string& region, const std::string& byte, const std::string& at) {
        return "EKS-REGION: region \"" + region + "\" has the byte " + byte + " at offset " + at +
               "; only a-z, 0-9 and - may stand in a region";
    };
    const auto unknown = [](const std::string& region) {
        return "EKS-REGION: region \"" + region + "\" is in no known partition; "
               "use a real region such as us-east-1, cn-north-1 or us-gov-west-1";
    };
    using namespace std::string_literals;
    struct row { const char* name; std::string region, outcome; };
    const row rows[] = {
        {"30 upper case", "US-EAST-1", bad_byte("US-EAST-1", "0x55", "0")},
        {"30 a leading space", " us-east-1", bad_byte(" us-east-1", "0x20", "0")},
        {"30 a trailing space", "us-east-1 ", bad_byte("us-east-1 ", "0x20", "9")},
        {"30 a trailing line feed", "us-east-1\n", bad_byte("us-east-1\\n", "0x0a", "9")},
        {"30 underscores", "us_east_1", bad_byte("us_east_1", "0x5f", "2")},
        {"30 empty", "", "EKS-REGION: region is empty"},
        {"31 a host", "x.evil.example", bad_byte("x.evil.example", "0x2e", "1")},
        {"31 a path", "us-east-1/", bad_byte("us-east-1/", "0x2f", "9")},
        {"31 a fragment", "us-east-1#", bad_byte("us-east-1#", "0x23", "9")},
        {"31 user info", "us-east-1@h", bad_byte("us-east-1@h", "0x40", "9")},
        {"31 a port", "us-east-1:443", bad_byte("us-east-1:443", "0x3a", "9")},
        {"31 a NUL", "us-east-1\0"s, bad_byte("us-east-1\\x00", "0x00", "9")},
        {"31 64 bytes", "us-" + std::string(59, 'a') + "-1", "EKS-REGION: region has 64 bytes, limit 63"},
        {"32 a word", "attacker", unknown("attacker")},
        {"32 a pseudo region", "aws-global", unknown("aws-global")},
        {"32 local", "local", unknown("local")},
        {"32 without a number", "us-east", unknown("us-east")},
        {"32 a prefix that no partition has", "zz-north-1", unknown("zz-north-1")},
        {"an empty word", "us--1", unknown("us--1")},
        {"a leading dash", "-us-east-1", unknown("-us-east-1")},
        {"a trailing dash", "us-east-1-", unknown("us-east-1-")},
        {"no number behind the last dash", "us-east-", unknown("us-east-")},
        {"three digits", "us-east-123", unknown("us-east-123")},
        {"a letter in the number", "us-east-1a", unknown("us-east-1a")},
        {"a part too many", "us-north-east-1", unknown("us-north-east-1")},
        {"a partition without its second part", "eusc-east-1", unknown("eusc-east-1")},
        {"only dashes", "---", unknown("---")},
        {"one dash", "-", unknown("-")},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(told(eksauth::parse_region(r.region)) == r.outcome);
    }
}
