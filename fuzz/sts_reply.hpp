// SPDX-License-Identifier: Apache-2.0
// The XML of STS: credentials and refusals. `%ECHO%` in it is a secret that was sent.
#pragma once

#include "keys.hpp"
#include "property.hpp"

#include <credbase/timestamp.hpp>
#include <eksauth/base/xml.hpp>
#include <eksauth/http.hpp>
#include <eksauth/services/sts.hpp>

#include <string>
#include <string_view>

namespace fuzz {

inline std::string xml_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '<') out += "&lt;";
        else if (c == '&') out += "&#38;";
        else out += c;
    }
    return out;
}

/// A document with that leaf alone. Names get a prefix, which a reader takes off.
inline std::string xml_of(const eksauth::xml_leaf& leaf) {
    std::string open, close;
    for (std::string_view rest = leaf.path; !rest.empty();) {
        const std::string name(rest.substr(0, rest.find('/')));
        open += "<p:" + name + ">";
        close = "</" + ("p:" + name) + ">" + close;
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
    return open + xml_escaped(leaf.text.reveal()) + close;
}

}  // namespace fuzz

inline void fuzz_sts_reply(std::string_view input) {
    using fuzz::hold;
    const auto document = eksauth::parse_xml(input);
    if (fuzz::hold_same_end(document, eksauth::parse_xml(input)))
        for (const eksauth::xml_leaf& leaf : document->leaves) {
            hold(!leaf.path.empty() && std::count(leaf.path.begin(), leaf.path.end(), '/') < 16,
                 "an element has a name and few parents", leaf.path);
            const auto again = eksauth::parse_xml(fuzz::xml_of(leaf));
            hold(again && again->leaves.size() == 1 && again->leaves[0].path == leaf.path &&
                 again->leaves[0].text.reveal() == leaf.text.reveal(),
                 "a leaf that was written and read again is the same", fuzz::xml_of(leaf));
        }

    const auto planted = credbase::secret_string(fuzz::plant(input, {"<SecretAccessKey>", "<SessionToken>"}));
    const eksauth::http_response good{.status = 200, .body = planted};
    for (const char* action : {"AssumeRole", "AssumeRoleWithWebIdentity"}) {
        const auto keys = parse_sts_credentials(good, action);
        if (!fuzz::hold_same_end(keys, parse_sts_credentials(good, action))) continue;
        fuzz::hold_keys(*keys);
        hold(keys->expires && !keys->session_token.empty(), "temporary credentials are whole");
        const std::string response = std::string(action) + "Response", result = std::string(action) + "Result";
        const std::string credentials = "<AccessKeyId>" + keys->access_key_id + "</AccessKeyId><SecretAccessKey>" +
                                        fuzz::xml_escaped(keys->secret_access_key.reveal()) + "</SecretAccessKey><SessionToken>" +
                                        fuzz::xml_escaped(keys->session_token.reveal()) + "</SessionToken><Expiration>" +
                                        credbase::rfc3339(*keys->expires) + "</Expiration>";
        const std::string written =
            "<" + response + "><" + result + "><Credentials>" + credentials + "</Credentials></" + result + "></" + response + ">";
        const auto again = eksauth::parse_sts_credentials({.status = 200, .body = credbase::secret_string(written)}, action);
        hold(again && fuzz::same_keys(*again, *keys), "credentials that were written and read again are the same");
    }

    const std::vector<credbase::secret_string> sent{credbase::secret_string(std::string(fuzz::planted) + "/+=")};
    const eksauth::http_response bad{
        .status = 403, .body = credbase::secret_string(fuzz::replaced(std::string(input), "%ECHO%", sent[0].reveal()))};
    const eksauth::service_error refusal = parse_sts_error(bad, sent);
    fuzz::hold_line(refusal.text());
    hold(refusal.text() == parse_sts_error(bad, sent).text() && refusal.text().size() < 4096, "a refusal is told in a sane length",
         refusal.text());
}
