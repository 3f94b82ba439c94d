// SPDX-License-Identifier: Apache-2.0
#include <eksauth/aws/role.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <string>
#include <string_view>

/// `ok`, or what is said of the ARN where it is checked for the STS of a region.
static std::string arn(std::string_view text, std::string_view sts_region = "us-east-1") {
    const auto sts = eksauth::parse_region(sts_region);
    REQUIRE(sts.has_value());
    return told(eksauth::check_role_arn(text, *sts));
}

TEST_CASE("role: an ARN is taken in its form and in the partition of the STS") {
    struct row { const char* name; std::string arn, sts_region; };
    const row rows[] = {
        {"aws", "arn:aws:iam::123456789012:role/r", "us-east-1"},
        {"with a path", "arn:aws:iam::123456789012:role/hub/a/reader", "eu-west-1"},
        {"with all that a name may have", "arn:aws:iam::123456789012:role/a+b=c,d.e@f-g_h", "us-east-1"},
        {"aws-cn", "arn:aws-cn:iam::123456789012:role/r", "cn-north-1"},
        {"aws-us-gov", "arn:aws-us-gov:iam::123456789012:role/r", "us-gov-west-1"},
        {"aws-iso", "arn:aws-iso:iam::123456789012:role/r", "us-iso-east-1"},
        {"aws-iso-b", "arn:aws-iso-b:iam::123456789012:role/r", "us-isob-east-1"},
        {"aws-iso-e", "arn:aws-iso-e:iam::123456789012:role/r", "eu-isoe-west-1"},
        {"aws-iso-f", "arn:aws-iso-f:iam::123456789012:role/r", "us-isof-south-1"},
        {"aws-eusc", "arn:aws-eusc:iam::123456789012:role/r", "eusc-de-east-1"},
        {"2048 bytes", "arn:aws:iam::123456789012:role/" + std::string(2017, 'r'), "us-east-1"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(arn(r.arn, r.sts_region) == "ok");
    }
}

TEST_CASE("role: 47 an ARN of another partition than the STS's is refused") {
    CHECK(arn("arn:aws-cn:iam::123456789012:role/r") ==
          "EKS-SETTING: role ARN \"arn:aws-cn:iam::123456789012:role/r\" is in partition aws-cn but the STS region us-east-1 is in aws");
    CHECK(arn("arn:aws:iam::123456789012:role/r", "us-gov-west-1") ==
          "EKS-SETTING: role ARN \"arn:aws:iam::123456789012:role/r\" is in partition aws but the STS region us-gov-west-1 is in aws-us-gov");
}

TEST_CASE("role: what is no role's ARN is refused") {
    const std::string form = "is not of the form arn:aws:iam::123456789012:role/name",
                      character = "has a blank, control or non-ASCII character";
    struct row { const char* name; std::string arn, why; };
    const row rows[] = {
        {"nothing", "", "has 0 bytes; 20 to 2048 are possible"},
        {"a name alone", "reader", "has 6 bytes; 20 to 2048 are possible"},
        {"19 bytes", std::string(19, 'a'), "has 19 bytes; 20 to 2048 are possible"},
        {"20 bytes of another form", std::string(20, 'a'), form},
        {"no partition", "arn::iam::123456789012:role/r", form},
        {"an unknown partition", "arn:aws-x:iam::123456789012:role/r", form},
        {"another start", "ARN:aws:iam::123456789012:role/r", form},
        {"text before it", "xarn:aws:iam::123456789012:role/r", form},
        {"another service", "arn:aws:sts::123456789012:assumed-role/r/s", form},
        {"a region", "arn:aws:iam:us-east-1:123456789012:role/r", form},
        {"a user", "arn:aws:iam::123456789012:user/reader", form},
        {"no name", "arn:aws:iam::123456789012:role/", form},
        {"no account", "arn:aws:iam:::role/reader", form},
        {"eleven digits", "arn:aws:iam::12345678901:role/r", form},
        {"thirteen digits", "arn:aws:iam::1234567890123:role/r", form},
        {"a letter in the account", "arn:aws:iam::12345678901a:role/r", form},
        {"no colon behind the partition", "arn:awsiamrole/12345678901234567890", form},
        {"a line end", "arn:aws:iam::123456789012:role/r\n", character},
        {"a blank", "arn:aws:iam::123456789012:role/a b", character},
        {"DEL", "arn:aws:iam::123456789012:role/r\x7F", character},
        {"a letter outside of ASCII", "arn:aws:iam::123456789012:role/\xC3\xA4", character},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(arn(r.arn) == "EKS-SETTING: role ARN " + credbase::quoted(r.arn) + " " + r.why);
    }
    const std::string long_arn = "arn:aws:iam::123456789012:role/" + std::string(2018, 'r');
    CHECK(arn(long_arn) == "EKS-SETTING: role ARN " + credbase::quoted(long_arn) + " has 2049 bytes; 20 to 2048 are possible");
}

TEST_CASE("role: a session's name and an external id are texts that STS takes") {
    struct row { const char* name; std::string text, session_name, external_id; };
    const row rows[] = {
        {"letters and digits", "aZ09", "ok", "ok"},
        {"two bytes", "ab", "ok", "ok"},
        {"all other characters", "_+=,.@-", "ok", "ok"},
        {"64 bytes", std::string(64, 'a'), "ok", "ok"},
        {"our own default", "eksauth-1767323045-0a1b2c3d", "ok", "ok"},
        {"colon and slash", "a:b/c", "refused", "ok"},
        {"65 bytes", std::string(65, 'a'), "refused", "ok"},
        {"1224 bytes", std::string(1224, 'a'), "refused", "ok"},
        {"1225 bytes", std::string(1225, 'a'), "refused", "refused"},
        {"one byte", "a", "refused", "refused"},
        {"nothing", "", "refused", "refused"},
        {"a blank", "a b", "refused", "refused"},
        {"a line end", "ab\n", "refused", "refused"},
        {"a NUL", std::string("a\0b", 3), "refused", "refused"},
        {"another sign", "a&b", "refused", "refused"},
        {"a letter outside of ASCII", "a\xC3\xA4", "refused", "refused"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const std::string told_name = told(eksauth::check_role_session_name(r.text)), told_id = told(eksauth::check_external_id(r.text));
        CHECK(told_name == (r.session_name == "ok" ? "ok" : "EKS-SETTING: role_session_name: " + credbase::quoted(r.text) +
                                                                " must be 2 to 64 letters, digits and _+=,.@-"));
        CHECK(told_id == (r.external_id == "ok" ? "ok" : "EKS-SETTING: external_id: " + credbase::quoted(r.text) +
                                                             " must be 2 to 1224 letters, digits and _+=,.@:/-"));
    }
}
