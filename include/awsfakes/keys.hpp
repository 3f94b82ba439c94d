// SPDX-License-Identifier: Apache-2.0
// AWS credentials as a test gives them, with the identity that they stand for.
#pragma once

#include <awsfakes/encoding.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <string>

namespace awsfakes {

/// The account of every identity that the kit makes up.
inline constexpr char account[] = "123456789012";

/// Keys of AWS, and whose they are.
struct keys {
    std::string access_key_id,  ///< `AKIA…` or `ASIA…`
        secret_access_key;      ///< a secret
    std::string session_token = {};  ///< empty for long-term keys
    std::chrono::sys_seconds expires = std::chrono::sys_days(std::chrono::year(2999) / 1 / 1);  ///< as the services tell it
    std::string arn = std::string("arn:aws:iam::") + account + ":user/someone";  ///< what GetCallerIdentity answers
};

/// Temporary keys of a role's session. Another name gives other keys, the same name the same ones.
inline keys make_keys(const std::string& name) {
    const std::string digits = upper_case(hex(sha256(name)));
    std::string token;
    for (const char part : {'a', 'b', 'c', 'd', 'e'}) token += sha256(part + name);
    return {.access_key_id = "ASIA" + digits.substr(0, 16),
            .secret_access_key = base64(sha256("secret access key of " + name)).substr(0, 40),
            .session_token = base64(token),  // has +, / and =, which must be encoded on their way
            .arn = std::string("arn:aws:sts::") + account + ":assumed-role/" + name + "/session"};
}

/// As `make_keys`, but the keys of a user, without session token.
inline keys make_long_term_keys(const std::string& name) {
    const std::string digits = upper_case(hex(sha256("user " + name)));
    return {.access_key_id = "AKIA" + digits.substr(0, 16),
            .secret_access_key = base64(sha256("secret access key of user " + name)).substr(0, 40),
            .arn = std::string("arn:aws:iam::") + account + ":user/" + name};
}

/// Keys in the form of the container endpoint and of instance metadata.
inline boost::json::object json_keys(const keys& from) {
    return {{"AccessKeyId", from.access_key_id}, {"SecretAccessKey", from.secret_access_key}, {"Token", from.session_token},
            {"Expiration", rfc3339(from.expires)}};
}

}  // namespace awsfakes
