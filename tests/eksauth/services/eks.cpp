// SPDX-License-Identifier: Apache-2.0
#include <eksauth/services/eks.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <string>
#include <string_view>

static const std::string session_token = "FwoGZXIvYXdzEXAMPLE//////////wEaDKexample+session/token==AbCdEf0123456789";

static eksauth::credentials keys_of(std::string_view token) {
    return {.access_key_id = example_id,
            .secret_access_key = credbase::secret_string(example_secret),
            .session_token = credbase::secret_string(token)};
}

static eksauth::http_request call_for(const std::string& cluster, std::string_view token = "",
                                      const eksauth::http_request& to = {.host = "eks.us-west-2.amazonaws.com"}) {
    auto made = eksauth::describe_cluster_call(to, cluster, keys_of(token), "us-west-2", example_time);
    REQUIRE(made.has_value());
    return *std::move(made);
}

TEST_CASE("eks: DescribeCluster is what botocore's client sends, byte for byte") {
    struct row { std::string cluster; std::string_view token; std::string target, signature; };
    const row rows[] = {
        {"prod", "", "/clusters/prod", "17ecb5600052f89ed5a553f67041a6f5e9a9fbeea2cd8d5eb56b4dc24dad97b2"},
        {"prod", session_token, "/clusters/prod", "1859a6b50b02c5b812070764f7d566d40d1c9b88a3b1eded8df6e576c64baae8"},
        {"a/b?c#d%e+f~g:h@i&j=k\"l'm", "", "/clusters/a%2Fb%3Fc%23d%25e%2Bf~g%3Ah%40i%26j%3Dk%22l%27m",
         "44aa4d0654d71f2bb48599078c70fca66b1f49c84e948b904eac00eadba0f0a0"},
        {"a/../b", "", "/clusters/a%2F..%2Fb", "0a19c8935b84d23e0336400ea3f863ed8cd3cb693510e8ed77f51e736fab2097"},
        {"..", "", "/clusters/..", "eec370ad24be70f6b96ad93f6e40549eb8e58f307656b30ffa4c8d017249d9aa"},
        {"%2e", "", "/clusters/%252e", "d714ee152d3a6f5ff2adadb30f21fb82dee281e3115e7ce48c1ed8d9f2d5f7c9"},
        {"//", "", "/clusters/%2F%2F", "1c2b762367a7463bdb71f4e04d342f37f4e823dad9ba0b8d028f4589dfc94ee0"},
    };
    for (const row& r : rows) {
        INFO(r.cluster);
        const eksauth::http_request call = call_for(r.cluster, r.token);
        CHECK(call.method + " " + call.target == "GET " + r.target);
        CHECK(call.body.empty());
        CHECK(call.keep_connection);
        std::string headers;
        for (const auto& header : call.headers) headers.append(header.name + ": ").append(header.value.reveal()).append("\n");
        CHECK(headers == "X-Amz-Date: 20260102T030405Z\n" + (r.token.empty() ? "" : "X-Amz-Security-Token: " + session_token + "\n") +
                             "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/eks/aws4_request, "
                             "SignedHeaders=host;x-amz-date" + (r.token.empty() ? "" : ";x-amz-security-token") + ", Signature=" + r.signature + "\n");
        REQUIRE(call.secrets.size() == (r.token.empty() ? 0 : 1));
        if (!r.token.empty()) CHECK(call.secrets[0].reveal() == session_token);
    }
}

TEST_CASE("eks: the signature is for the host that is called, and what was given stays") {
    const auto signature = [](const eksauth::http_request& to) {
        const auto call = call_for("prod", "", to);
        CHECK(call.trust == to.trust);
        return std::string(call.headers.back().value.reveal());
    };
    const std::string plain = signature({.host = "h", .trust = {.files = {"/ca"}, .folders = {}}});
    CHECK(signature({.host = "h", .port = "443"}) == plain);
    CHECK(signature({.host = "h", .port = "8443"}) != plain);
    CHECK(signature({.host = "i"}) != plain);
}

static const std::string arn = R"("arn":"arn:aws:eks:us-west-2:012345678910:cluster/devel")", active = R"("status":"ACTIVE")",
                         ca = R"("certificateAuthority":{"data":"QQ==","active":{"id":"x"}})",
                         endpoint = R"("endpoint":"https://A0DCCD80.yl4.us-west-2.eks.amazonaws.com")";

/// The cluster that EKS describes with these members.
static eksauth::result<eksauth::described_cluster> read(const std::string& members) {
    return eksauth::parse_described_cluster({.status = 200, .headers = {}, .body = credbase::secret_string(R"({"cluster":{)" + members + "}}")});
}

TEST_CASE("eks: an answer of EKS gives ARN, endpoint and certificate authority") {
    const auto got = read(R"("version":"1.10","createdAt":1527807879.988,"tags":{"a":"b"},)" + arn + "," + ca + "," + active + "," + endpoint);
    REQUIRE(told(got) == "ok");
    CHECK(got->arn == "arn:aws:eks:us-west-2:012345678910:cluster/devel");
    CHECK(got->endpoint.host == "a0dccd80.yl4.us-west-2.eks.amazonaws.com");
    CHECK(got->endpoint.port.empty());
    CHECK(got->certificate_authority_data == "QQ==");
    CHECK(told(read(arn + "," + ca + "," + R"("endpoint":"https://h:8443/")")) == "ok");
}

TEST_CASE("eks: an answer without what is asked for is an error that says why") {
    const auto with = [](const std::string& url) { return arn + "," + ca + ",\"endpoint\":\"" + url + "\""; };
    const std::string none = "EKS-CALL-REFUSED: EKS has no endpoint of the cluster, whose status is ", wait = "; wait until it is ACTIVE",
                      no_authority = "EKS-CALL-REFUSED: EKS has no certificate authority of the cluster, whose status is ",
                      bad = "EKS-BAD-REPLY: cluster.", alone = bad + "endpoint: not an https URL of a host alone";
    struct row { const char* name; std::string members, outcome; };
    const row rows[] = {
        {"being made", arn + R"(,"status":"CREATING","certificateAuthority":{})", none + "\"CREATING\"" + wait},
        {"being made, with nulls", arn + R"(,"status":"CREATING","endpoint":null,"certificateAuthority":null)",
         none + "\"CREATING\"" + wait},
        {"pending", arn + R"(,"status":"PENDING")", none + "\"PENDING\"" + wait},
        {"failed", arn + R"(,"status":"FAILED","endpoint":"")", none + "\"FAILED\""},
        {"no status", arn, none + "\"\""},
        {"a status with a line end", arn + R"(,"status":"A\nB")", none + "\"A\\nB\""},
        {"no authority", arn + "," + active + "," + endpoint, no_authority + "\"ACTIVE\""},
        {"an empty authority", arn + R"(,"status":"CREATING","certificateAuthority":{"data":""},)" + endpoint,
         no_authority + "\"CREATING\"" + wait},
        {"no ARN", ca + "," + endpoint, bad + "arn is missing or empty"},
        {"an ARN of another type", R"("arn":5,)" + ca + "," + endpoint, bad + "arn: expected string, got number"},
        {"a status of another type", arn + R"(,"status":[])", bad + "status: expected string, got array"},
        {"an endpoint of another type", arn + "," + ca + R"(,"endpoint":{})", bad + "endpoint: expected string, got object"},
        {"an authority of another type", arn + R"(,"certificateAuthority":"x")", bad + "certificateAuthority: expected object, got string"},
        {"data of another type", arn + R"(,"certificateAuthority":{"data":1})",
         bad + "certificateAuthority.data: expected string, got number"},
        {"an endpoint that is no URL", with("h"), bad + "endpoint: not a usable URL: the scheme must be http or https"},
        {"an endpoint over http", with("http://h"), alone},
        {"an endpoint with a user", with("https://u@h"), alone},
        {"an endpoint with a path", with("https://h/p"), alone},
        {"an endpoint with a query", with("https://h?q"), alone},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(told(read(r.members)) == r.outcome);
    }
    const auto whole = [](const std::string& body) {
        return told(eksauth::parse_described_cluster({.status = 200, .headers = {}, .body = credbase::secret_string(body)}));
    };
    CHECK(whole("{}") == "EKS-BAD-REPLY: cluster is missing");
    CHECK(whole(R"({"cluster":[]})") == "EKS-BAD-REPLY: cluster: expected object, got array");
    CHECK(whole("[]") == "EKS-BAD-REPLY: expected object, got array");
    CHECK(whole("<html>") == "EKS-BAD-REPLY: syntax error at byte 0");
}
