// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sigv4/presign.hpp>

#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

TEST_CASE("presign: each stage is the one that botocore computes") {
    int presigned = 0;
    for (const auto& one : vector_cases("sigv4.json")) {
        if (text_of(one, "mode") != "query") continue;
        ++presigned;
        INFO(text_of(one, "name"));
        const auto got = presign(request_of(one), keys_of(one), parameters_of(one), std::chrono::seconds(one.at("expires").as_int64()));
        REQUIRE(got.has_value());
        CHECK(got->signature.canonical_request.reveal() == text_of(one, "canonical_request"));
        CHECK(got->signature.string_to_sign == text_of(one, "string_to_sign"));
        CHECK(got->signature.text == text_of(one, "signature"));

        // The query that is sent is the third line of the canonical request, with the signature behind it.
        std::string_view query = text_of(one, "canonical_request");
        for (int line = 0; line < 2; ++line) query.remove_prefix(query.find('\n') + 1);
        query = query.substr(0, query.find('\n'));
        CHECK(got->query.reveal() == std::string(query).append("&X-Amz-Signature=").append(text_of(one, "signature")));
    }
    CHECK(presigned == 31);
}

TEST_CASE("presign: an empty session token leaves no trace") {
    const eksauth::credentials keys{.access_key_id = "AKID", .secret_access_key = credbase::secret_string("s"), .session_token = {}};
    const auto got = eksauth::presign({.headers = {{"host", "h"}}}, keys, {.at = {}, .region = "us-east-1", .service = "sts"},
                                      std::chrono::seconds(60));
    REQUIRE(got.has_value());
    CHECK(got->query.reveal().find("Security-Token") == std::string_view::npos);
    CHECK(std::count(got->query.reveal().begin(), got->query.reveal().end(), '&') == 5);
}
