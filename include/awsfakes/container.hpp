// SPDX-License-Identifier: Apache-2.0
// The endpoint that EKS Pod Identity and ECS give a container.
#pragma once

#include <awsfakes/keys.hpp>
#include <awsfakes/request.hpp>
#include <awsfakes/server.hpp>
#include <awsfakes/service.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace awsfakes {

/// Operation `credentials`, for those who have the token.
class container final : public service<keys> {
public:
    /// What the header Authorization must be.
    static constexpr char authorization_token[] = "cG9kaWRlbnRpdHl0b2tlbg";

    /// Serves from now on.
    explicit container(known_keys& known)
        : known_(known), server_([this](request asked) { return answer_to(std::move(asked)); }) {}

    /// The whole one, as it stands in AWS_CONTAINER_CREDENTIALS_FULL_URI.
    std::string url() const { return server_.url() + path; }

private:
    static constexpr char path[] = "/v1/credentials";

    std::string operation_of(const request& asked) const override { return asked.method == "GET" && asked.path == path ? "credentials" : ""; }
    bool gives(std::string_view operation) const override { return operation == "credentials"; }

    std::variant<http_answer, refusal> serve(const request& asked, const keys* good) override {
        if (asked.operation.empty()) return refusal{"NotFound", "nothing is there", 404};
        if (asked.header("authorization") != authorization_token) return refusal{"AccessDenied", "another authorization token was expected"};
        if (good == nullptr) return refusal{"ResourceNotFoundException", "the test has given the container no keys", 404};
        known_.add(*good);
        return json_answer(json_keys(*good));
    }
    http_answer worded(const refusal& why, const request&) const override {
        return json_answer({{"code", why.code}, {"message", why.message}}, why.status);
    }

    known_keys& known_;
    server server_;  // last: its threads use the others
};

}  // namespace awsfakes
