// SPDX-License-Identifier: Apache-2.0
// From credentials, a cluster and a second to the token: no network, no clock.
#pragma once

#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/base/base64.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/percent_encoding.hpp>
#include <eksauth/base/sha256.hpp>
#include <eksauth/eks_token.hpp>
#include <eksauth/sigv4/credential_scope.hpp>
#include <eksauth/sigv4/daily_key.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace eksauth {

/// The tokens of one identity, region and second, for any number of clusters.
///
/// They differ in their signature alone, since the cluster's id is a signed header. So all that stands before the id in the
/// canonical request, and before its hash in the string to sign, is hashed once, and of the token all is encoded once that stands
/// before the signature. A value: copy it for another thread.
class token_batch {
public:
    /// The token of a cluster; valid until the next call. Error: as `check_cluster_id` and `sha256`.
    result<std::string_view> mint(std::string_view cluster_id) {
        if (auto id = check_cluster_id(cluster_id); !id) return id.error();
        sha256_state request = request_;
        request.add(cluster_id);
        request.add(behind_cluster_id);
        const auto request_hash = request.finish();
        if (!request_hash) return request_hash.error();

        std::array<char, signature_size> digits;
        write_hex(*request_hash, digits.data());
        hmac_sha256_state to_sign = to_sign_;
        to_sign.add({digits.data(), digits.size()});
        const auto signature = to_sign.finish();
        if (!signature) return signature.error();

        std::array<char, 2 + signature_size> end;
        std::copy(unencoded_.begin(), unencoded_.end(), end.begin());
        char* const stop = write_hex(*signature, end.data() + unencoded_.size());
        text_.cut(shared_size_);
        append_base64url(text_, {end.data(), static_cast<std::size_t>(stop - end.data())});
        return text_.reveal();
    }

    /// When the tokens stop being good, by what is stated: 14 minutes, and never beyond the credentials' own life.
    std::chrono::sys_seconds expires() const { return expires_; }

private:
    friend class presigner;
    token_batch(std::string_view canonical_request, std::string_view signing_key, std::string_view string_to_sign, std::string_view url,
                std::chrono::sys_seconds expires)
        : to_sign_(signing_key), text_("k8s-aws-v1."), unencoded_(url.substr(url.size() / 3 * 3)), expires_(expires) {
        request_.add(canonical_request);
        to_sign_.add(string_to_sign);
        text_.reserve(token_size(url));
        append_base64url(text_, url.substr(0, url.size() / 3 * 3));
        shared_size_ = text_.size();
    }

    /// The characters of a token whose URL, but for the signature, is that.
    static std::size_t token_size(std::string_view url) {
        return std::string_view("k8s-aws-v1.").size() + ((url.size() + signature_size) * 4 + 2) / 3;
    }

    static constexpr std::size_t signature_size = 2 * sha256_digest().size();
    /// The end of the canonical request: no more headers, their names, and the hash of no body.
    static constexpr std::string_view behind_cluster_id =
        "\n\nhost;x-k8s-aws-id\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    sha256_state request_;          ///< of the canonical request up to the cluster's id
    hmac_sha256_state to_sign_;     ///< of the string to sign up to the request's hash
    credbase::secret_string text_;  ///< the latest token
    std::size_t shared_size_;       ///< of what all tokens begin with
    std::string unencoded_;         ///< what is left of the URL before the signature, less than a group of base64
    std::chrono::sys_seconds expires_;
};

/// Mints the tokens of one identity for the clusters of one region, and keeps what is the same for all of a day.
///
/// A token is the URL of a presigned STS GetCallerIdentity whose header `x-k8s-aws-id` is the cluster's id. Its host is the
/// region's own. `keys` have passed `check_credentials`. Any number of threads may use one presigner; none waits for another.
/// Source: aws-iam-authenticator `pkg/token/token.go`.
class presigner {
public:
    /// `where` is the cluster's region, which is that of the STS too.
    presigner(const region& where, credentials keys)
        : region_(where.name), host_(where.sts_host()), keys_(std::move(keys)), session_token_(percent_encoded(keys_.session_token.reveal())) {}

    /// The tokens of one second. They state 14 minutes, one less than STS grants, and never more than the credentials' own life.
    ///
    /// Error: the clock is off (before 2020, after 2099); the credentials have a minute or less to live; the tokens would have over
    /// 16384 characters; SHA-256 is missing.
    result<token_batch> batch(std::chrono::sys_seconds at) const {
        using namespace std::chrono;
        if (at < sys_days(year(2020) / 1 / 1) || at >= sys_days(year(2100) / 1 / 1))
            return error(errc::bad_clock, "the system clock says " + credbase::rfc3339(at) + ", which can't be right; set it");
        if (keys_.expires && *keys_.expires <= at + seconds(60))
            return error(errc::bad_credentials, "credentials from " + keys_.source + " expire at " + credbase::rfc3339(*keys_.expires) +
                                                    " (in " + std::to_string((*keys_.expires - at).count()) + " s); renew them");
        const credential_scope scope(at, region_, "sts");
        const auto key = key_.get(keys_.secret_access_key, scope);
        if (!key) return key.error();
        const std::string date = credbase::iso8601_basic(at);

        // The parameters in their sorted order, encoded; neither keys' ids nor regions have anything to encode.
        credbase::secret_string url, request, to_sign;
        url.reserve(300 + host_.size() + keys_.access_key_id.size() + region_.size() + session_token_.size());
        add(url, {"https://", host_, "/?"});
        const std::size_t query_at = url.size();
        add(url, {"Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=", keys_.access_key_id, "%2F",
                  scope.date, "%2F", region_, "%2Fsts%2Faws4_request&X-Amz-Date=", date, "&X-Amz-Expires=60"});
        if (!session_token_.empty()) add(url, {"&X-Amz-Security-Token=", session_token_.reveal()});
        add(url, {"&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id"});
        request.reserve(64 + url.size() + host_.size());
        add(request, {"GET\n/\n", url.reveal().substr(query_at), "\nhost:", host_, "\nx-k8s-aws-id:"});
        to_sign.reserve(128);
        add(to_sign, {"AWS4-HMAC-SHA256\n", date, "\n", scope.date, "/", region_, "/sts/aws4_request\n"});
        add(url, {"&X-Amz-Signature="});
        if (const std::size_t size = token_batch::token_size(url.reveal()); size > highest_limit)
            return error(errc::token_too_long, size_warning(size, "API servers take at most " + std::to_string(highest_limit)));
        return token_batch(request.reveal(), key->reveal(), to_sign.reveal(), url.reveal(),
                           std::min(at + minutes(14), keys_.expires.value_or(sys_seconds::max())));
    }

    /// One token, with all that is to be told of it. Error: as `batch` and `token_batch::mint`.
    result<eks_token> token(std::string_view cluster_id, std::chrono::sys_seconds at) const {
        auto all = batch(at);
        if (!all) return all.error();
        if (auto minted = all->mint(cluster_id); !minted) return minted.error();
        eks_token one{.text = std::move(all->text_), .signed_at = at, .expires = all->expires(), .host = host_,
                      .access_key_id = keys_.access_key_id, .warnings = keys_.warnings};
        if (one.text.size() > common_limit)
            one.warnings.push_back(size_warning(one.text.size(), "API servers with an aws-iam-authenticator limit of " +
                                                                     std::to_string(common_limit) + " answer 401"));
        return one;
    }

private:
    static constexpr std::size_t common_limit = 4096, highest_limit = 16384;  // aws-iam-authenticator's in its releases, and the raised one

    static void add(credbase::secret_string& text, std::initializer_list<std::string_view> parts) {
        for (const std::string_view part : parts) text.append(part);
    }

    std::string size_warning(std::size_t size, const std::string& consequence) const {
        return "EKS token is " + std::to_string(size) + " bytes (session token of " + keys_.source + ": " +
               std::to_string(keys_.session_token.size()) + " bytes); " + consequence + "; use a session with fewer tags or a smaller policy";
    }

    const std::string region_, host_;
    const credentials keys_;
    const credbase::secret_string session_token_;  ///< percent-encoded
    mutable daily_key key_;
};

/// One token of credentials that are used once; as `presigner::token`.
inline result<eks_token> sign_eks_token(const region& where, std::string_view cluster_id, credentials keys, std::chrono::sys_seconds at) {
    return presigner(where, std::move(keys)).token(cluster_id, at);
}

}  // namespace eksauth
