// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sigv4/sign_headers.hpp>

#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"

#include <string_view>

TEST_CASE("sign headers: each stage is the one that botocore computes") {
    int signed_requests = 0;
    for (const auto& one : vector_cases("sigv4.json")) {
        if (text_of(one, "mode") != "header") continue;
        ++signed_requests;
        INFO(text_of(one, "name"));
        const auto got = sign_headers(request_of(one), keys_of(one), parameters_of(one));
        REQUIRE(got.has_value());
        CHECK(got->signature.canonical_request.reveal() == text_of(one, "canonical_request"));
        CHECK(got->signature.string_to_sign == text_of(one, "string_to_sign"));
        CHECK(got->signature.text == text_of(one, "signature"));
        CHECK(got->authorization == text_of(one, "authorization"));
        CHECK(got->x_amz_date == text_of(one, "time"));
    }
    CHECK(signed_requests == 39);
}

TEST_CASE("sign headers: the port of the host is signed unless it is the default") {
    const eksauth::credentials keys{.access_key_id = "AKID", .secret_access_key = credbase::secret_string("s")};
    struct row { const char* name; std::string_view authority, line; };
    const row rows[] = {
        {"25 the default port", "127.0.0.1:443", "\nhost:127.0.0.1\n"},
        {"25 another port", "127.0.0.1:8443", "\nhost:127.0.0.1:8443\n"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto got = eksauth::sign_headers({.headers = {{"Host", eksauth::host_header("https", r.authority)}}}, keys,
                                               {.at = {}, .region = "us-east-1", .service = "sts"});
        REQUIRE(got.has_value());
        CHECK(got->signature.canonical_request.reveal().find(r.line) != std::string_view::npos);
    }
}
