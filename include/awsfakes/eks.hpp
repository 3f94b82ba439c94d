// SPDX-License-Identifier: Apache-2.0
// EKS: where a cluster's API server stands.
#pragma once

#include <awsfakes/encoding.hpp>
#include <awsfakes/keys.hpp>
#include <awsfakes/request.hpp>
#include <awsfakes/server.hpp>
#include <awsfakes/service.hpp>

#include <boost/asio/ssl/context.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace awsfakes {

/// What DescribeCluster tells.
struct cluster {
    std::string name,                        ///< that is asked for
        region;                              ///< of its ARN
    std::string endpoint;                    ///< `https://host`
    std::string certificate_authority_data;  ///< base64 of PEM
    std::string status = "ACTIVE";           ///< or CREATING, DELETING, FAILED, UPDATING
};

/// DescribeCluster, for keys that are known, and of the one cluster that was given. Over TLS.
class eks final : public service<cluster> {
public:
    /// Serves from now on.
    eks(boost::asio::ssl::context& tls, const known_keys& known)
        : known_(known), server_([this](request asked) { return answer_to(std::move(asked)); }, &tls) {}

    /// For AWS_ENDPOINT_URL_EKS.
    std::string url() const { return server_.url(); }

private:
    static constexpr std::string_view base = "/clusters/";

    std::string operation_of(const request& asked) const override {
        return asked.method == "GET" && asked.path.starts_with(base) && asked.path.size() > base.size() ? "DescribeCluster" : "";
    }
    bool gives(std::string_view operation) const override { return operation == "DescribeCluster"; }

    std::variant<http_answer, refusal> serve(const request& asked, const cluster* good) override {
        if (asked.operation.empty()) return refusal{"NotFoundException", "no such operation", 404};
        if (const auto checked = known_.check_signature(asked, "eks", now()); checked.fault != signature_fault::none) return refused(checked);
        const std::string name = percent_decode(std::string_view(asked.path).substr(base.size()));
        if (good == nullptr || good->name != name || good->region != asked.signature->region)
            return refusal{"ResourceNotFoundException", "the account has no such cluster in that region", 404};
        const std::string arn = "arn:aws:eks:" + good->region + ":" + account + ":cluster/" + good->name;
        return json_answer({{"cluster",
                      {{"name", good->name}, {"arn", arn}, {"status", good->status}, {"endpoint", good->endpoint},
                       {"certificateAuthority", {{"data", good->certificate_authority_data}}}}}});
    }
    http_answer worded(const refusal& why, const request&) const override {
        http_answer out = json_answer({{"message", why.message}}, why.status);
        out.error_type = why.code;
        return out;
    }
    static refusal refused(const signature_check& checked) {
        switch (checked.fault) {
            case signature_fault::missing: return {"MissingAuthenticationTokenException", checked.why};
            case signature_fault::unknown_key: return {"UnrecognizedClientException", checked.why};
            case signature_fault::expired_key: return {"ExpiredTokenException", checked.why};
            default: return {"InvalidSignatureException", checked.why};
        }
    }

    const known_keys& known_;
    server server_;  // last: its threads use the others
};

}  // namespace awsfakes
