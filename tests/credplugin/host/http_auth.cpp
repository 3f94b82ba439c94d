// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/http_auth.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <string>

using namespace credplugin;
using credbase::secret_string;

namespace {

/// The header and the certificate with its key, as a client would use them. The secrets here are none.
std::string used(const exec_credential& credential) {
    std::string out;
    if (const auto header = authorization_header(credential)) out += "[" + std::string(header->reveal()) + "]";
    if (const auto pair = client_certificate(credential)) out += "[" + std::string(pair->certificate) + " and " + std::string(pair->key) + "]";
    return out;
}

}  // namespace

TEST_CASE("http_auth: a token is a header, a pair goes to TLS, both are used where there are both") {
    const secret_string token("t.t"), key("K");
    CHECK(used({.token = token}) == "[Bearer t.t]");
    CHECK(used({.client_certificate_data = "C", .client_key_data = key}) == "[C and K]");
    CHECK(used({.token = token, .client_certificate_data = "C", .client_key_data = key}) == "[Bearer t.t][C and K]");
    CHECK(used({}) == "");
}

TEST_CASE("http_auth: a credential goes to https alone") {
    struct row { const char* url; bool may; };
    const row rows[] = {
        {"https://h", true},   {"https://h:443/p", true}, {"HTTPS://h", true},     {"http://h", false},  {"HTTP://h", false},
        {"http://h/https://", false}, {" https://h", false},     {"https:/h", false},     {"h:443", false},     {"", false},
        {"httpsx://h", false}, {"ws://h", false},         {"https:\\\\h", false}, {"//h", false},
    };
    for (const row& r : rows) {
        INFO(r.url);
        CHECK(may_send_to(r.url) == r.may);
    }
}
