// SPDX-License-Identifier: Apache-2.0
// STS: roles for those who ask rightly, and who the signer of a request is.
#pragma once

#include <awsfakes/encoding.hpp>
#include <awsfakes/keys.hpp>
#include <awsfakes/request.hpp>
#include <awsfakes/server.hpp>
#include <awsfakes/service.hpp>

#include <boost/asio/ssl/context.hpp>

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace awsfakes {

/// What a request for a role must say. An empty member: whatever it says is good.
struct expected_role {
    std::string role_arn = std::string("arn:aws:iam::") + account + ":role/plugin-test";                      ///< RoleArn
    std::string web_identity_token = "eyJhbGciOiJub25lIn0.YXdzZmFrZXN3ZWJpZGVudGl0eQ.c2ln";  ///< WebIdentityToken
    std::string session_name = {};  ///< RoleSessionName
    std::string external_id = {};   ///< ExternalId
};

/// AssumeRole (signed by keys that are known), AssumeRoleWithWebIdentity and GetCallerIdentity. Over TLS.
///
/// GetCallerIdentity is for headers and for presigned URLs, so it plays the part that STS has for an API server: send it a token's
/// URL with `x-k8s-aws-id` and the Host of the URL. It answers in JSON to those who accept that, else in XML.
class sts final : public service<keys> {
public:
    /// Serves from now on.
    sts(boost::asio::ssl::context& tls, known_keys& known)
        : known_(known), server_([this](request asked) { return answer_to(std::move(asked)); }, &tls) {}

    /// Another role from now on.
    void expect(expected_role role) {
        const std::lock_guard hold(mutex_);
        role_ = std::move(role);
    }
    /// The role that counts.
    expected_role expected() const {
        const std::lock_guard hold(mutex_);
        return role_;
    }

    /// For AWS_ENDPOINT_URL_STS.
    std::string url() const { return server_.url(); }
    /// As it stands in the header Host.
    std::string host() const { return server_.address(); }

private:
    std::string operation_of(const request& asked) const override {
        const std::string action = asked.parameter("Action");
        for (const std::string_view known : {"AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"})
            if (action == known && asked.path == "/") return action;
        return "";
    }
    bool gives(std::string_view operation) const override { return operation.starts_with("AssumeRole"); }

    std::variant<http_answer, refusal> serve(const request& asked, const keys* good) override {
        if (asked.operation.empty()) return refusal{"InvalidAction", "no such action", 400};
        if (asked.parameter("Version") != "2011-06-15") return refusal{"InvalidAction", "the version is not 2011-06-15", 400};
        if (asked.operation != "AssumeRoleWithWebIdentity")
            if (auto checked = known_.check_signature(asked, "sts", now()); checked.fault != signature_fault::none) return refused(checked);
        if (asked.operation == "GetCallerIdentity") return identity(asked);

        const expected_role role = expected();
        const auto differs = [&](const char* name, const std::string& value) { return !value.empty() && asked.parameter(name) != value; };
        if (asked.parameter("RoleArn").empty() || asked.parameter("RoleSessionName").empty())
            return refusal{"ValidationError", "RoleArn and RoleSessionName must be given", 400};
        if (asked.operation == "AssumeRoleWithWebIdentity" && differs("WebIdentityToken", role.web_identity_token))
            return refusal{"InvalidIdentityToken", "another web identity token was expected", 400};
        if (differs("RoleArn", role.role_arn)) return refusal{"AccessDenied", "another role was expected"};
        if (differs("RoleSessionName", role.session_name)) return refusal{"AccessDenied", "another session name was expected"};
        if (asked.operation == "AssumeRole" && differs("ExternalId", role.external_id))
            return refusal{"AccessDenied", "another external id was expected"};
        if (good == nullptr) return refusal{"AccessDenied", "the test has given STS no keys"};
        known_.add(*good);
        return document(asked.operation, "<Credentials><AccessKeyId>" + good->access_key_id + "</AccessKeyId><SecretAccessKey>" +
                                             xml_escaped(good->secret_access_key) + "</SecretAccessKey><SessionToken>" +
                                             xml_escaped(good->session_token) + "</SessionToken><Expiration>" + rfc3339(good->expires) +
                                             "</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:session</AssumedRoleId><Arn>" +
                                             xml_escaped(good->arn) + "</Arn></AssumedRoleUser>");
    }

    http_answer identity(const request& asked) const {
        const auto signer = known_.find(asked.signature->access_key_id);
        if (accepts_json(asked))
            return json_answer({{"GetCallerIdentityResponse",
                                 {{"GetCallerIdentityResult", {{"Account", account}, {"Arn", signer->arn}, {"UserId", user_id}}},
                                  {"ResponseMetadata", {{"RequestId", request_id}}}}}});
        return document("GetCallerIdentity", "<Arn>" + xml_escaped(signer->arn) + "</Arn><UserId>" + user_id + "</UserId><Account>" +
                                                 account + "</Account>");
    }

    http_answer worded(const refusal& why, const request& asked) const override {
        if (accepts_json(asked))
            return json_answer({{"Error", {{"Code", why.code}, {"Message", why.message}, {"Type", "Sender"}}}, {"RequestId", request_id}},
                               why.status);
        return {.status = why.status,
                .body = std::string("<ErrorResponse xmlns=\"") + name_space + "\"><Error><Type>Sender</Type><Code>" + xml_escaped(why.code) +
                        "</Code><Message>" + xml_escaped(why.message) + "</Message></Error><RequestId>" + request_id + "</RequestId></ErrorResponse>",
                .content_type = "text/xml"};
    }

    static refusal refused(const signature_check& checked) {
        switch (checked.fault) {
            case signature_fault::missing: return {"MissingAuthenticationToken", checked.why};
            case signature_fault::unknown_key: return {"InvalidClientTokenId", checked.why};
            case signature_fault::expired_key: return {"ExpiredToken", checked.why};
            default: return {"SignatureDoesNotMatch", checked.why};
        }
    }
    static bool accepts_json(const request& asked) { return asked.header("accept").find("application/json") != std::string::npos; }
    static http_answer document(const std::string& action, const std::string& result) {
        return {.body = "<" + action + "Response xmlns=\"" + name_space + "\"><" + action + "Result>" + result + "</" + action +
                        "Result><ResponseMetadata><RequestId>" + request_id + "</RequestId></ResponseMetadata></" + action + "Response>",
                .content_type = "text/xml"};
    }

    static constexpr char name_space[] = "https://sts.amazonaws.com/doc/2011-06-15/";
    static constexpr char request_id[] = "00000000-0000-0000-0000-000000000000", user_id[] = "AROAEXAMPLE:session";

    known_keys& known_;
    mutable std::mutex mutex_ = {};
    expected_role role_ = {};
    server server_;  // last: its threads use the others
};

}  // namespace awsfakes
