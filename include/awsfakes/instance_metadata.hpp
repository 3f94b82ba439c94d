// SPDX-License-Identifier: Apache-2.0
// The instance metadata service of EC2, as far as a role's credentials go.
#pragma once

#include <awsfakes/encoding.hpp>
#include <awsfakes/keys.hpp>
#include <awsfakes/request.hpp>
#include <awsfakes/server.hpp>
#include <awsfakes/service.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace awsfakes {

/// Operations `token` (IMDSv2), `role` and `credentials`. Without keys to give, the instance has no role.
class instance_metadata final : public service<keys> {
public:
    static constexpr char role_name[] = "node-role",  ///< of the instance
        token[] = "aW5zdGFuY2VtZXRhZGF0YXRva2Vu";     ///< of IMDSv2

    /// Serves from now on.
    explicit instance_metadata(known_keys& known)
        : known_(known), server_([this](request asked) { return answer_to(std::move(asked)); }) {}

    /// Answers those without a token too, as IMDSv1 does; at first they are refused.
    void allow_v1() { v1_ = true; }

    /// For AWS_EC2_METADATA_SERVICE_ENDPOINT.
    std::string url() const { return server_.url(); }

private:
    static constexpr std::string_view base = "/latest/meta-data/iam/security-credentials/";

    std::string operation_of(const request& asked) const override {
        if (asked.method == "PUT" && asked.path == "/latest/api/token") return "token";
        if (asked.method != "GET" || !asked.path.starts_with(base)) return "";
        return asked.path == base ? "role" : "credentials";
    }
    bool gives(std::string_view operation) const override { return operation == "credentials"; }

    std::variant<http_answer, refusal> serve(const request& asked, const keys* good) override {
        if (asked.operation.empty()) return refusal{"NotFound", "nothing is there", 404};
        if (asked.operation == "token") {
            if (asked.header("x-aws-ec2-metadata-token-ttl-seconds").empty())
                return refusal{"BadRequest", "the header x-aws-ec2-metadata-token-ttl-seconds is missing", 400};
            return http_answer{.body = token};
        }
        const std::string given = asked.header("x-aws-ec2-metadata-token");
        if (given != token && !(given.empty() && v1_))
            return refusal{"Unauthorized", given.empty() ? "IMDSv1 is turned off; the token is missing" : "the token is not known", 401};
        const refusal no_role{"NotFound", "the instance has no such role", 404};
        if (asked.operation == "role" && !can_give()) return no_role;
        if (asked.operation == "role") return http_answer{.body = role_name};
        if (good == nullptr || asked.path != std::string(base) + role_name) return no_role;
        known_.add(*good);
        auto document = json_keys(*good);
        document["Code"] = "Success";
        document["Type"] = "AWS-HMAC";
        document["LastUpdated"] = rfc3339(now());
        return json_answer(document);
    }
    http_answer worded(const refusal& why, const request&) const override { return {.status = why.status, .body = why.message}; }

    known_keys& known_;
    std::atomic<bool> v1_ = false;
    server server_;  // last: its threads use the others
};

}  // namespace awsfakes
