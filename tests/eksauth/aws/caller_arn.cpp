// SPDX-License-Identifier: Apache-2.0
#include <eksauth/aws/caller_arn.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <string>

/// The ARN for an access entry, with a mark where the role's path is lost; or the error.
static std::string entry(const std::string& caller) {
    const auto got = eksauth::access_entry_arn(caller);
    if (!got) return told(got);
    return *got + (eksauth::lacks_role_path(caller) ? " (without path)" : "");
}

TEST_CASE("caller ARN: the principal is the one that aws-iam-authenticator looks up") {
    struct row { std::string caller, entry; };
    const row rows[] = {
        // Those of its own tests.
        {"arn:aws:iam::123456789012:user/Alice", "arn:aws:iam::123456789012:user/Alice"},
        {"arn:aws:iam::123456789012:role/Users", "arn:aws:iam::123456789012:role/Users"},
        {"arn:aws:sts::123456789012:assumed-role/Admin/Session", "arn:aws:iam::123456789012:role/Admin (without path)"},
        {"arn:aws:sts::123456789012:federated-user/Bob", "arn:aws:sts::123456789012:federated-user/Bob"},
        {"arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:root"},
        {"arn:aws:sts::123456789012:assumed-role/Org/Team/Admin/Session", "arn:aws:iam::123456789012:role/Org/Team/Admin (without path)"},
        {"arn:aws-iso:iam::123456789012:user/Chris", "arn:aws-iso:iam::123456789012:user/Chris"},
        {"arn:aws-iso-b:iam::123456789012:user/Chris", "arn:aws-iso-b:iam::123456789012:user/Chris"},
        // Others.
        {"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/me@example.com",
         "arn:aws:iam::123456789012:role/AWSReservedSSO_Admin_0123456789abcdef (without path)"},
        {"arn:aws:iam::123456789012:user/a:assumed-role/b", "arn:aws:iam::123456789012:user/a:assumed-role/b"},
        {"arn:aws:iam::123456789012:role/path/of/it", "arn:aws:iam::123456789012:role/path/of/it"},
    };
    for (const row& r : rows) CHECK(entry(r.caller) == r.entry);
}

TEST_CASE("caller ARN: every partition that tokens can be of has its own") {
    for (const eksauth::partition& one : eksauth::partitions) {
        const std::string start = "arn:" + std::string(one.id);
        CHECK(entry(start + ":sts::123456789012:assumed-role/r/s") == start + ":iam::123456789012:role/r (without path)");
    }
}

TEST_CASE("caller ARN: what STS doesn't name a caller by is refused") {
    const std::string form = "\" is not of the form arn:aws:iam::123456789012:user/name", kind = "\" is neither of a role nor of a user",
                      session = "\" names no role and session", character = "\" has a blank, control or non-ASCII character";
    struct row { std::string caller, why; };
    const row rows[] = {
        {"", form}, {"NOTANARN", form}, {"arn:aws", form}, {"arn:aws:iam::123456789012", form}, {"arn:aws:iam::123456789012:", form},
        {"arn:aws:iam::12345678901:root", form}, {"arn:aws:iam::12345678901x:root", form}, {"arn:aws:iam:eu-west-1:123456789012:root", form},
        {"arn:aws-xx:iam::123456789012:root", "\" is in no known partition"},
        {"arn::iam::123456789012:root", "\" is in no known partition"},
        {"arn:aws:sts::123456789012:assumed-role", session}, {"arn:aws:sts::123456789012:assumed-role/Admin", session},
        {"arn:aws:sts::123456789012:assumed-role/Admin/", session}, {"arn:aws:sts::123456789012:assumed-role//Session", session},
        {"arn:aws:sts::123456789012:user/moto", kind}, {"arn:aws:sts::123456789012:federated-user/", kind},
        {"arn:aws:iam::123456789012:user/", kind}, {"arn:aws:iam::123456789012:group/g", kind}, {"arn:aws:iam::123456789012:root/", kind},
        {"arn:aws:iam::123456789012:assumed-role/r/s", kind}, {"arn:aws:s3::123456789012:role/r", kind},
        {"NOT AN ARN", character}, {"arn:aws:iam::123456789012:user/\xC3\xA4", character},
    };
    for (const row& r : rows) CHECK(entry(r.caller) == "EKS-BAD-REPLY: caller ARN \"" + r.caller + r.why);
    CHECK(entry("arn:aws:iam::123456789012:user/a\nb") == "EKS-BAD-REPLY: caller ARN \"arn:aws:iam::123456789012:user/a\\nb" + character);
}
