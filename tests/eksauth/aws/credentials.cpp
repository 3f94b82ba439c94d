// SPDX-License-Identifier: Apache-2.0
#include <eksauth/aws/credentials.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <string>

TEST_CASE("credentials: only what can't break a scope, a header or a query passes") {
    using namespace std::string_literals;
    const std::string hush = "hush";
    struct row { const char* name; std::string id, secret, token, outcome; };
    const row rows[] = {
        {"long-term keys", "AKIDEXAMPLE", hush_secret, "", "ok"},
        {"temporary keys", "ASIAEXAMPLE", hush_secret, hush_token, "ok"},
        {"the shortest", "a", "h", "", "ok"},
        {"every kind of character in the id", "aZ09_", hush_secret, "", "ok"},
        {"the longest", std::string(128, 'A'), std::string(512, 'h'), std::string(12288, 'h'), "ok"},
        {"the lowest and the highest visible character", "AKID", "!~", "!~", "ok"},
        {"a token of long-term keys", "AKIDEXAMPLE", hush_secret, hush_token, "ok"},

        {"an empty id", "", hush_secret, "", "EKS-BAD-CREDENTIALS: ID is empty"},
        {"22 an id of 129 bytes", std::string(129, 'A'), hush_secret, "", "EKS-BAD-CREDENTIALS: ID has 129 bytes, limit 128"},
        {"22 an id with a slash", "AKID/hush", hush_secret, "",
         "EKS-BAD-CREDENTIALS: ID has a character other than letters, digits and _"},
        {"22 an id with a comma", "AKID,hush", hush_secret, "",
         "EKS-BAD-CREDENTIALS: ID has a character other than letters, digits and _"},
        {"22 an id with a blank", "AKID hush", hush_secret, "",
         "EKS-BAD-CREDENTIALS: ID has a character at offset 4 that no AWS credential has"},
        {"22 an id with a blank in front", " hush", hush_secret, "",
         "EKS-BAD-CREDENTIALS: ID begins or ends with white space; was it copied with a line end?"},
        {"an id with a dash", "hush-x", hush_secret, "", "EKS-BAD-CREDENTIALS: ID has a character other than letters, digits and _"},

        {"an empty secret", "AKID", "", "", "EKS-BAD-CREDENTIALS: SECRET is empty"},
        {"a secret of 513 bytes", "AKID", std::string(509, 'h') + hush, "", "EKS-BAD-CREDENTIALS: SECRET has 513 bytes, limit 512"},
        {"23 a secret with a line feed behind it", "AKID", hush + "\n", "",
         "EKS-BAD-CREDENTIALS: SECRET begins or ends with white space; was it copied with a line end?"},
        {"23 a secret with a carriage return behind it", "AKID", hush + "\r", "",
         "EKS-BAD-CREDENTIALS: SECRET begins or ends with white space; was it copied with a line end?"},
        {"23 a secret with a tab before it", "AKID", "\t" + hush, "",
         "EKS-BAD-CREDENTIALS: SECRET begins or ends with white space; was it copied with a line end?"},
        {"a secret with a blank inside", "AKID", hush + " x", "",
         "EKS-BAD-CREDENTIALS: SECRET has a character at offset 4 that no AWS credential has"},
        {"a secret with a NUL", "AKID", hush + "\0x"s, "",
         "EKS-BAD-CREDENTIALS: SECRET has a character at offset 4 that no AWS credential has"},
        {"a secret with DEL", "AKID", hush + "\x7F", "",
         "EKS-BAD-CREDENTIALS: SECRET has a character at offset 4 that no AWS credential has"},
        {"a secret beyond ASCII", "AKID", hush + "\u00fc", "",
         "EKS-BAD-CREDENTIALS: SECRET has a character at offset 4 that no AWS credential has"},

        {"a token of 12289 bytes", "AKID", hush_secret, std::string(12285, 'h') + hush,
         "EKS-BAD-CREDENTIALS: TOKEN has 12289 bytes, limit 12288"},
        {"a token with a line feed behind it", "AKID", hush_secret, hush + "\n",
         "EKS-BAD-CREDENTIALS: TOKEN begins or ends with white space; was it copied with a line end?"},
        {"a token that could add a header", "AKID", hush_secret, hush + "\r\nx:y",
         "EKS-BAD-CREDENTIALS: TOKEN has a character at offset 4 that no AWS credential has"},
        {"78 a temporary id without a token", "ASIAEXAMPLE", hush_secret, "",
         "EKS-BAD-CREDENTIALS: ID is a temporary key (ASIA...) but TOKEN is empty"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const eksauth::credentials keys{.access_key_id = r.id,
                                        .secret_access_key = credbase::secret_string(r.secret),
                                        .session_token = credbase::secret_string(r.token)};
        CHECK(told(check_credentials(keys, {"ID", "SECRET", "TOKEN"})) == r.outcome);
    }
}
