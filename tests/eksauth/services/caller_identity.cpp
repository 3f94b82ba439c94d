// SPDX-License-Identifier: Apache-2.0
#include <eksauth/services/caller_identity.hpp>

#include "eksauth/outcomes.hpp"
#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"

#include <eksauth/base/base64.hpp>

#include <string>
#include <string_view>
#include <vector>

using credbase::secret_string;

static eksauth::http_response reply(const std::string& body, int status = 200) {
    return {.status = status, .body = secret_string(body)};
}

/// A token of any URL.
static secret_string token_of(std::string_view url) {
    secret_string out("k8s-aws-v1.");
    eksauth::append_base64url(out, url);
    return out;
}
static std::string refused(const secret_string& token) {
    const std::string text = told(eksauth::caller_identity_call(token, "c1")), start = "EKS-BAD-CREDENTIALS: not an EKS token: ";
    return text.starts_with(start) ? text.substr(start.size()) : text;
}

TEST_CASE("caller identity: the request is botocore's URL, with the headers of aws-iam-authenticator's verifier") {
    for (const auto& one : vector_cases("tokens.json")) {
        INFO(text_of(one, "name"));
        const auto call = eksauth::caller_identity_call(secret_string(text_of(one, "token")), text_of(one, "cluster"));
        REQUIRE(told(call) == "ok");
        CHECK(call->method == "GET");
        CHECK(call->scheme + "://" + call->authority() + call->target == text_of(one, "url"));
        CHECK(call->host == text_of(one, "host"));
        REQUIRE(call->headers.size() == 2);
        CHECK(call->headers[0].name == "Accept");
        CHECK(call->headers[0].value.reveal() == "application/json");
        CHECK(call->headers[1].name == "x-k8s-aws-id");
        CHECK(call->headers[1].value.reveal() == text_of(one, "cluster"));
        CHECK(call->body.empty());
        CHECK(call->shown() == "GET https://" + std::string(text_of(one, "host")) + "/");
    }
}

TEST_CASE("caller identity: what a peer says back of the token is taken out") {
    for (const auto& one : vector_cases("tokens.json")) {
        INFO(text_of(one, "name"));
        const std::string url(text_of(one, "url")), session(text_of(one, "session_token")), signature(text_of(one, "signature"));
        if (!session.empty() && session.size() < 8) continue;  // too short to be looked for
        const auto call = eksauth::caller_identity_call(secret_string(text_of(one, "token")), "c1");
        REQUIRE(told(call) == "ok");
        for (const std::string& secret : {std::string(text_of(one, "token")), url.substr(url.find('?') + 1), signature, session})
            CHECK(eksauth::words_of_peer("<" + secret + ">", call->secrets) == (secret.empty() ? "<>" : "<[redacted]>"));
        // STS tells the canonical request, which has the session token encoded but no signature.
        const std::string canonical(text_of(one, "canonical_request"));
        const std::string told_back = eksauth::words_of_peer(canonical, call->secrets);
        CHECK((session.empty() || told_back.find("X-Amz-Security-Token=[redacted]&X-Amz-SignedHeaders") != told_back.npos));
    }
}

TEST_CASE("caller identity: no other text than a token makes a request, and none leaves a region's own STS") {
    const std::string good = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Signature=hush",
                      query = "/?Action=GetCallerIdentity&X-Amz-Signature=hush", host = "its URL leads to another host than the STS of a region",
                      prefix = "it doesn't begin with k8s-aws-v1.", coding = "what follows k8s-aws-v1. is not base64url",
                      character = "its URL has a character that none has", action = "its URL is not for GetCallerIdentity";
    CHECK(refused(token_of(good)) == "ok");
    for (const char* text : {"", "hush", "k8s-aws-v2.aHR0", "K8S-AWS-V1.aHR0"}) CHECK(refused(secret_string(text)) == prefix);
    for (const char* text : {"k8s-aws-v1.a", "k8s-aws-v1.aHR0c", "k8s-aws-v1.aHR0cA==", "k8s-aws-v1.aH+0", "k8s-aws-v1.aH/0", "k8s-aws-v1.aHR0\n",
                             "k8s-aws-v1.aHR1cB", "k8s-aws-v1.aHR0.aHR0"})
        CHECK(refused(secret_string(text)) == coding);
    struct row { std::string url, why; };
    const row rows[] = {
        {"", "its URL is not https"},
        {"http://sts.eu-west-1.amazonaws.com" + query, "its URL is not https"},
        {"HTTPS://sts.eu-west-1.amazonaws.com" + query, "its URL is not https"},
        {"https://evil.example" + query, host},
        {"https://sts.eu-west-1.amazonaws.com.evil.example" + query, host},
        {"https://sts.eu-west-1.amazonaws.com@evil.example" + query, host},
        {"https://sts.eu-west-1.amazonaws.com:8443" + query, host},
        {"https://sts.eu-west-1.amazonaws.com.cn" + query, host},
        {"https://sts.cn-north-1.amazonaws.com" + query, host},
        {"https://STS.eu-west-1.amazonaws.com" + query, host},
        {"https://sts.amazonaws.com" + query, host},
        {"https://sts.aws-global.amazonaws.com" + query, host},
        {"https://sts." + query, host},
        {"https://sts.eu-west-1" + query, host},
        {"https://" + query, host},
        {"https://ec2.eu-west-1.amazonaws.com" + query, host},
        {"https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&", host},
        {"https://sts.eu-west-1.amazonaws.com/x" + query, action},
        {"https://sts.eu-west-1.amazonaws.com/?Action=GetSessionToken&X-Amz-Signature=hush", action},
        {"https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentityX&X-Amz-Signature=hush", action},
        {"https://sts.eu-west-1.amazonaws.com/", action},
        {good + " HTTP/1.1", character},
        {good + "\r\nX: y", character},
        {good + "#f", character},
        {good + "\xC3\xA4", character},
        {good + std::string(1, '\0'), character},
    };
    for (const row& r : rows) {
        INFO(r.url);
        CHECK(refused(token_of(r.url)) == r.why);
    }
}

/// `account arn user_id`, or the error.
static std::string caller(const std::string& body) {
    const auto got = eksauth::parse_caller_identity(reply(body));
    return got ? got->account + " " + got->arn + " " + got->user_id : told(got);
}

static std::string json(const std::string& members) {
    return R"({"GetCallerIdentityResponse":{"GetCallerIdentityResult":{)" + members + R"(},"ResponseMetadata":{"RequestId":"r-1"}}})";
}
static std::string xml(const std::string& elements) {
    return "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>" + elements +
           "</GetCallerIdentityResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>";
}

TEST_CASE("caller identity: the answer is read in JSON, which is asked for, and in XML") {
    const std::string arn = "arn:aws:sts::123456789012:assumed-role/hub/first", good = "123456789012 " + arn + " AROAX:first";
    CHECK(caller(json(R"("Account":"123456789012","Arn":")" + arn + R"(","UserId":"AROAX:first")")) == good);
    CHECK(caller(" \r\n" + json(R"("UserId":"AROAX:first","Other":1,"Arn":")" + arn + R"(","Account":"123456789012")")) == good);
    const std::string elements = "<Arn>" + arn + "</Arn><UserId>AROAX:first</UserId><Account>123456789012</Account>";
    CHECK(caller(xml(elements)) == good);
    CHECK(caller("\xEF\xBB\xBF<?xml version='1.0'?>\n" + xml(elements)) == good);
}

TEST_CASE("caller identity: an answer that isn't that document is refused") {
    const std::string bad = "EKS-BAD-REPLY: ", account = R"("Account":"1",)", unfit = " is longer than 2048 bytes or has a character that none has";
    struct row { std::string body, why; };
    const row rows[] = {
        {"", "incomplete JSON at byte 0"},
        {"[]", "expected object, got array"},
        {"{}", "GetCallerIdentityResponse is missing"},
        {R"({"GetCallerIdentityResponse":{}})", "GetCallerIdentityResponse.GetCallerIdentityResult is missing"},
        {R"({"GetCallerIdentityResponse":1})", "GetCallerIdentityResponse: expected object, got number"},
        {json(""), "Account is missing or empty"},
        {json(account + R"("Arn":"","UserId":"u")"), "Arn is missing or empty"},
        {json(account + R"("Arn":"a")"), "UserId is missing or empty"},
        {json(account + R"("Arn":"a","UserId":1)"), "GetCallerIdentityResponse.GetCallerIdentityResult.UserId: expected string, got number"},
        {json(account + R"("Arn":"a\nb","UserId":"u")"), "Arn" + unfit},
        {json(account + R"("Arn":"\u001b[2J","UserId":"u")"), "Arn" + unfit},
        {json(account + R"("Arn":"a","UserId":")" + std::string(2049, 'u') + "\""), "UserId" + unfit},
        {"<html/>", "Account is missing or empty"},
        {xml("<Arn>a</Arn><UserId>u</UserId>"), "Account is missing or empty"},
        {xml("<Account>1</Account><Account>2</Account><Arn>a</Arn><UserId>u</UserId>"),
         "GetCallerIdentityResponse/GetCallerIdentityResult/Account occurs twice"},
        {xml("<Account>1</Account><Arn>a b</Arn><UserId>u</UserId>"), "Arn" + unfit},
    };
    for (const row& r : rows) {
        INFO(r.body);
        CHECK(caller(r.body) == bad + r.why);
    }
    CHECK(caller("<a>").starts_with(bad + "XML: "));
    CHECK(caller(json(R"("Account":"1","Arn":"a","UserId":"u")") + "x").starts_with(bad));
}

static std::string refusal(const std::string& body, int status) {
    const std::vector<secret_string> sent = {secret_string(hush_token)};
    return without_secrets(eksauth::parse_caller_error(reply(body, status), sent).text());
}

TEST_CASE("caller identity: a refusal is read in JSON and in XML, without what was sent in secret") {
    const std::string full = "SignatureDoesNotMatch: why (HTTP 403, request r-1)", none = "HTTP 503 (no error code)";
    CHECK(refusal(R"({"Error":{"Code":"SignatureDoesNotMatch","Message":"why","Type":"Sender"},"RequestId":"r-1"})", 403) == full);
    CHECK(refusal("<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>why</Message></Error>"
                  "<RequestId>r-1</RequestId></ErrorResponse>", 403) == full);
    CHECK(refusal(R"({"Error":{"Code":"c","Message":")" + hush_token + R"("}})", 400) == "c: [redacted] (HTTP 400)");
    for (const char* body : {"", "hush", "[]", "{}", R"({"Error":"x"})", R"({"Error":{"Code":1}})", "<html>hush</html>"})
        CHECK(refusal(body, 503) == none);
}

TEST_CASE("caller identity: what a refusal means for the token") {
    const auto meaning = [](std::string_view code) { return std::string(eksauth::meaning_for_token(code)); };
    CHECK(meaning("SignatureDoesNotMatch").find("secret") != std::string::npos);
    CHECK(meaning("InvalidClientTokenId").find("unknown, inactive or of another partition") != std::string::npos);
    CHECK(meaning("UnrecognizedClientException") == meaning("InvalidClientTokenId"));
    CHECK(meaning("ExpiredToken").find("renew") != std::string::npos);
    CHECK(meaning("ExpiredTokenException") == meaning("ExpiredToken"));
    CHECK(meaning("RequestExpired").find("15 minutes") != std::string::npos);
    CHECK(meaning("RegionDisabled").find("not active in that region") != std::string::npos);
    CHECK(meaning("RegionDisabledException") == meaning("RegionDisabled"));
    CHECK(meaning("AccessDenied").find("VPC endpoint") != std::string::npos);
    CHECK(meaning("Throttling").empty());
    CHECK(meaning("").empty());
}
