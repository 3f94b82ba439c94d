// SPDX-License-Identifier: Apache-2.0
#include <eksauth/presigner.hpp>

#include "eksauth/outcomes.hpp"
#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <eksauth/sigv4/presign.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static eksauth::credentials keys(std::string_view session_token = "", std::optional<std::chrono::sys_seconds> expires = std::nullopt) {
    return {.access_key_id = example_id,
            .secret_access_key = credbase::secret_string(example_secret),
            .session_token = credbase::secret_string(session_token),
            .expires = expires,
            .source = "environment"};
}

static eksauth::result<eksauth::eks_token> sign(const eksauth::credentials& with, std::chrono::sys_seconds at = example_time,
                                                std::string_view cluster = "prod-cluster") {
    const auto region = eksauth::parse_region("us-west-2");
    REQUIRE(region.has_value());
    return eksauth::sign_eks_token(*region, cluster, with, at);
}

/// The URL within a token, decoded as a verifier does it.
static std::string url_of(std::string_view token) {
    const std::string_view symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    token.remove_prefix(std::string_view("k8s-aws-v1.").size());
    std::string url;
    unsigned bits = 0, held = 0;
    for (const char c : token) {
        bits = (bits << 6U | static_cast<unsigned>(symbols.find(c))) & 0xFFFFU;
        held += 6;
        if (held >= 8) url += static_cast<char>(bits >> (held -= 8) & 255U);
    }
    return url;
}

TEST_CASE("presigner: every token is the one that botocore computes, in sorted order") {
    const auto cases = vector_cases("tokens.json");
    CHECK(cases.size() == 60);  // rows 1 to 3 are the first three
    for (const auto& one : cases) {
        INFO(text_of(one, "name"));
        const auto region = eksauth::parse_region(text_of(one, "region"));
        REQUIRE(told(region) == "ok");
        REQUIRE(told(eksauth::check_cluster_id(text_of(one, "cluster"))) == "ok");
        const std::chrono::sys_seconds at{std::chrono::seconds(one.at("time").as_int64())};
        const auto token = sign_eks_token(*region, text_of(one, "cluster"), keys_of(one), at);
        REQUIRE(told(token) == "ok");
        CHECK(token->text.reveal() == text_of(one, "token"));
        CHECK(url_of(token->text.reveal()) == text_of(one, "url"));
        CHECK(token->host == text_of(one, "host"));
        CHECK(token->access_key_id == text_of(one, "access_key_id"));
        CHECK(token->signed_at == at);
        CHECK(token->expires == at + 14min);
    }
}

TEST_CASE("presigner: every token has the form that the verifier asks for") {
    for (const auto& one : vector_cases("tokens.json")) {
        INFO(text_of(one, "name"));
        const auto region = eksauth::parse_region(text_of(one, "region"));
        REQUIRE(told(region) == "ok");
        const auto token = sign_eks_token(*region, text_of(one, "cluster"), keys_of(one), example_time);
        REQUIRE(told(token) == "ok");
        const std::string_view text = token->text.reveal();
        CHECK(text.starts_with("k8s-aws-v1."));
        CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == text.npos);
        CHECK(text.find('.', 11) == text.npos);

        const std::string url = url_of(text);
        CHECK(text.size() == 11 + (4 * url.size() + 2) / 3);
        const auto query = url.find('?');
        REQUIRE(query != url.npos);
        CHECK(url.substr(0, query) == "https://sts." + region->name + "." + std::string(region->of->dns_suffix) + "/");
        std::vector<std::string> names;
        for (std::size_t at = query + 1; at < url.size();) {
            const std::size_t end = std::min(url.find('&', at), url.size());
            names.push_back(url.substr(at, url.find('=', at) - at));
            at = end + 1;
        }
        std::vector<std::string> expected = {"Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
                                             "X-Amz-SignedHeaders", "X-Amz-Signature"};
        if (!one.at("session_token").is_null()) expected.insert(expected.begin() + 6, "X-Amz-Security-Token");
        CHECK(names == expected);
    }
}

TEST_CASE("presigner: without a session token there is no parameter for it") {
    const auto token = sign(keys(""));  // row 6
    REQUIRE(told(token) == "ok");
    CHECK(url_of(token->text.reveal()).find("Security-Token") == std::string::npos);
}

TEST_CASE("presigner: equal inputs give equal bytes, and each input matters") {
    const auto region = eksauth::parse_region("us-west-2"), other_region = eksauth::parse_region("us-west-1");
    REQUIRE((region.has_value() && other_region.has_value()));
    eksauth::credentials other_id = keys(), other_secret = keys();
    other_id.access_key_id = "AKIDOTHER";
    other_secret.secret_access_key = credbase::secret_string(hush_secret);
    const auto signature_of = [](const eksauth::result<eksauth::eks_token>& token) {
        REQUIRE(told(token) == "ok");
        const std::string url = url_of(token->text.reveal());
        return url.substr(url.size() - 64);
    };
    const std::string first = signature_of(sign_eks_token(*region, "prod", keys(), example_time));
    CHECK(signature_of(sign_eks_token(*region, "prod", keys(), example_time)) == first);  // row 17
    CHECK(signature_of(sign_eks_token(*other_region, "prod", keys(), example_time)) != first);
    CHECK(signature_of(sign_eks_token(*region, "Prod", keys(), example_time)) != first);
    CHECK(signature_of(sign_eks_token(*region, "prod", other_id, example_time)) != first);
    CHECK(signature_of(sign_eks_token(*region, "prod", other_secret, example_time)) != first);
    CHECK(signature_of(sign_eks_token(*region, "prod", keys("t"), example_time)) != first);
    CHECK(signature_of(sign_eks_token(*region, "prod", keys(), example_time + 1s)) != first);
}

TEST_CASE("presigner: its expiry is 14 minutes ahead, and never beyond the credentials' own") {
    const auto expired = [](const std::string& at, const std::string& left) {
        return "EKS-BAD-CREDENTIALS: credentials from environment expire at " + at + " (in " + left + " s); renew them";
    };
    struct row { const char* name; std::optional<std::chrono::seconds> left; std::string outcome; };
    const row rows[] = {
        {"1 no expiry", std::nullopt, "2026-01-02T03:18:05Z"},
        {"far away", 1h, "2026-01-02T03:18:05Z"},
        {"14 minutes", 14min, "2026-01-02T03:18:05Z"},
        {"a second less than 14 minutes", 14min - 1s, "2026-01-02T03:18:04Z"},
        {"8 at 03:10:00", 355s, "2026-01-02T03:10:00Z"},
        {"61 seconds", 61s, "2026-01-02T03:05:06Z"},
        {"60 seconds", 60s, expired("2026-01-02T03:05:05Z", "60")},
        {"10 at 03:04:50", 45s, expired("2026-01-02T03:04:50Z", "45")},
        {"now", 0s, expired("2026-01-02T03:04:05Z", "0")},
        {"a day ago", -24h, expired("2026-01-01T03:04:05Z", "-86400")},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto token = sign(keys("", r.left ? std::optional(example_time + *r.left) : std::nullopt));
        CHECK((token ? credbase::rfc3339(token->expires) : told(token)) == r.outcome);
    }
}

TEST_CASE("presigner: a clock that can't be right is refused") {
    const auto wrong = [](const std::string& at) { return "EKS-CLOCK: the system clock says " + at + ", which can't be right; set it"; };
    struct row { const char* name; std::string at; std::string outcome; };
    const row rows[] = {
        {"21 in 2019", "2019-06-01T00:00:00Z", wrong("2019-06-01T00:00:00Z")},
        {"the last second before 2020", "2019-12-31T23:59:59Z", wrong("2019-12-31T23:59:59Z")},
        {"the first second of 2020", "2020-01-01T00:00:00Z", "ok"},
        {"the last second of 2099", "2099-12-31T23:59:59Z", "ok"},
        {"21 in 2101", "2101-01-01T00:00:00Z", wrong("2101-01-01T00:00:00Z")},
        {"21 a clock that was never set", "1970-01-01T00:00:00Z", wrong("1970-01-01T00:00:00Z")},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(told(sign(keys(), *credbase::parse_rfc3339(r.at))) == r.outcome);
    }
}

TEST_CASE("presigner: a long one is emitted with a warning, and one that no server takes is refused") {
    const std::size_t url_bytes = 352 + std::string_view("&X-Amz-Security-Token=").size();  // of vector A with a session token
    const auto size = [](const std::string& bytes, const std::string& of) {
        return "EKS token is " + bytes + " bytes (session token of environment: " + of + " bytes); ";
    };
    const std::string warning = "API servers with an aws-iam-authenticator limit of 4096 answer 401; "
                                "use a session with fewer tags or a smaller policy";
    struct row { const char* name; std::size_t url_bytes, token_bytes; std::string outcome; };
    const row rows[] = {
        {"18 a URL of 3063 bytes", 3063, 4095, ""},
        {"18 a URL of 3064 bytes", 3064, 4097, size("4097", "2690") + warning},
        {"19 a URL of 12279 bytes", 12279, 16383, size("16383", "11905") + warning},
        {"19 a URL of 12280 bytes", 12280, 0,
         "EKS-TOKEN-TOO-LONG: " + size("16385",
             "11906") + "API servers take at most 16384; use a session with fewer tags or a smaller policy"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const auto token = sign(keys(std::string(r.url_bytes - url_bytes, 'h')));
        CHECK((token ? token->text.size() : 0) == r.token_bytes);
        CHECK((!token ? told(token) : token->warnings.empty() ? "" : without_secrets(token->warnings.front())) == r.outcome);
    }
}

TEST_CASE("presigner: it hands on what there is to tell of its credentials") {
    eksauth::credentials keys{.access_key_id = example_id, .secret_access_key = credbase::secret_string(example_secret)};
    keys.warnings = {"they are old"};
    const auto token = eksauth::sign_eks_token(*eksauth::parse_region("us-west-2"), "c1", keys, example_time);
    REQUIRE(token.has_value());
    CHECK(token->warnings == std::vector<std::string>{"they are old"});
}

/// The token by the general form of presigning, which knows nothing of what a presigner keeps.
static std::string token_by_presign(const eksauth::region& where, std::string_view cluster, const eksauth::credentials& with,
                                    std::chrono::sys_seconds at) {
    const std::string host = where.sts_host();
    const auto query = presign({.query = {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}},
                                .headers = {{"host", host}, {"x-k8s-aws-id", cluster}}},
                               with, {.at = at, .region = where.name, .service = "sts"}, 60s);
    REQUIRE(query.has_value());
    credbase::secret_string token("k8s-aws-v1.");
    eksauth::append_base64url(token, "https://" + host + "/?" + std::string(query->query.reveal()));
    return std::string(token.reveal());
}

TEST_CASE("presigner: each token is the one that the general form of presigning makes") {
    // Each length of the URL modulo 3, and each place of the cluster's id in a block of the hash.
    const auto region = *eksauth::parse_region("us-west-2");
    for (std::size_t length = 1; length <= 130; ++length) {
        INFO(length);
        const std::string cluster(length, 'c');
        eksauth::credentials with = keys(length % 2 == 0 ? "" : std::string(length, '/'));
        with.access_key_id = "AKID" + std::string(length % 5, 'X');
        const auto at = example_time + length * 1h;
        CHECK(sign_eks_token(region, cluster, with, at)->text.reveal() == token_by_presign(region, cluster, with, at));
    }
}

TEST_CASE("presigner: one presigner mints for clusters and days in any order") {
    const auto region = *eksauth::parse_region("eu-central-1");
    const eksauth::presigner minting(region, keys("of/the=session"));
    const std::chrono::sys_seconds midnight = std::chrono::ceil<std::chrono::days>(example_time);
    for (const auto at : {example_time, midnight - 1s, midnight, midnight + 24h, midnight - 1s, example_time}) {
        INFO(credbase::rfc3339(at));
        auto batch = minting.batch(at);
        REQUIRE(told(batch) == "ok");
        CHECK(batch->expires() == at + 14min);
        for (const std::string cluster : {"one", "another", "one"}) {
            const std::string expected = token_by_presign(region, cluster, keys("of/the=session"), at);
            CHECK(*batch->mint(cluster) == expected);
            CHECK(minting.token(cluster, at)->text.reveal() == expected);
        }
    }
}

TEST_CASE("presigner: a batch refuses what no cluster is called, and mints on") {
    const eksauth::presigner minting(*eksauth::parse_region("us-west-2"), keys());
    auto batch = minting.batch(example_time);
    REQUIRE(told(batch) == "ok");
    const std::string good(*batch->mint("prod"));
    for (const std::string_view id : {"", "a b", "prod\nx-evil:1", "arn:aws:eks:us-west-2:123456789012:cluster/x"}) {
        INFO(id);
        CHECK(told(batch->mint(id)).starts_with("EKS-CLUSTER: "));
    }
    CHECK(*batch->mint("prod") == good);
    CHECK(told(minting.token("a b", example_time)).starts_with("EKS-CLUSTER: "));
}

TEST_CASE("presigner: copies of a batch don't touch each other") {
    const eksauth::presigner minting(*eksauth::parse_region("us-west-2"), keys());
    auto one = *minting.batch(example_time), other = one;
    const std::string_view first = *one.mint("one");
    const std::string before(first);
    CHECK(*other.mint("other") != before);
    CHECK(first == before);
    other = one;
    CHECK(*other.mint("one") == before);
}

TEST_CASE("presigner: threads that mint for several days get the right tokens") {
    const auto region = *eksauth::parse_region("us-west-2");
    std::vector<std::string> expected;
    for (int day = 0; day < 3; ++day) expected.push_back(token_by_presign(region, "prod", keys(), example_time + day * 24h));
    const eksauth::presigner minting(region, keys());
    std::array<std::size_t, 4> wrong{};
    std::vector<std::thread> threads;
    for (std::size_t& mine : wrong)
        threads.emplace_back([&] {
            for (std::size_t i = 0; i < 300; ++i) {
                // Most of the time all ask for the same day, and then for the next.
                const std::size_t day = i / 20 % expected.size();
                const auto token = minting.token("prod", example_time + static_cast<int>(day) * 24h);
                if (!token || token->text.reveal() != expected[day]) ++mine;
            }
        });
    for (std::thread& one : threads) one.join();
    for (const std::size_t mine : wrong) CHECK(mine == 0);
}
