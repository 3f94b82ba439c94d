// SPDX-License-Identifier: Apache-2.0
#include <awsfakes/awsfakes.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <credbase/secret_string.hpp>
#include <eksauth/aws/region.hpp>
#include <eksauth/beast_transport.hpp>
#include <eksauth/default_chain.hpp>
#include <eksauth/describe_cluster.hpp>
#include <eksauth/get_token.hpp>
#include <eksauth/system_context.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using awsfakes::source;
using namespace std::chrono_literals;

namespace {

const std::string cluster_name = "prod";

/// eksauth as it is in a process with these variables and no others; it doesn't wait between attempts.
eksauth::context context_of(const awsfakes::variables& environment) {
    eksauth::context ctx = eksauth::system_context();
    ctx.getenv = [environment](const std::string& name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    ctx.sleep = [](std::chrono::milliseconds) {};
    ctx.http = eksauth::beast_transport();
    return ctx;
}

/// A token by eksauth; or why there is none.
struct minted {
    std::string token = {}, error = {};
};
minted mint(const awsfakes::services& fakes, const awsfakes::variables& environment) {
    const auto token = eksauth::get_token(context_of(environment), {.cluster = cluster_name, .region = fakes.region});
    if (token) return {.token = std::string(token->text.reveal())};
    CHECK(fakes.secret_in(token.error().text()) == "");
    return {.error = token.error().text()};
}

/// `good`, or why a token isn't.
std::string check(const awsfakes::services& fakes, const std::string& token, const awsfakes::keys& by) {
    const auto checked = awsfakes::check_token(token, {.signed_by = by, .region = fakes.region, .cluster = cluster_name});
    return checked ? "good" : checked.refusal;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

template <class Service>
std::vector<std::string> operations(const Service& service) {
    std::vector<std::string> out;
    for (const awsfakes::request& one : service.requests()) out.push_back(one.operation);
    return out;
}
using names = std::vector<std::string>;

/// The URL in a token, and a token of a URL.
std::string url_of(const std::string& token) { return awsfakes::decode_base64url(token.substr(token.find('.') + 1)).value(); }
std::string token_of(const std::string& url) {
    std::string encoded = awsfakes::base64(url);
    std::replace(encoded.begin(), encoded.end(), '+', '-');
    std::replace(encoded.begin(), encoded.end(), '/', '_');
    return "k8s-aws-v1." + encoded.substr(0, encoded.find('='));
}
std::string replaced(std::string text, const std::string& what, const std::string& with) {
    REQUIRE(contains(text, what));
    return text.replace(text.find(what), what.size(), with);
}

/// What a server of the kit answers to a request that is sent as it is, by a client that trusts the CA bundle alone.
std::string answer_to(const std::string& address, const std::string& ca_file, const std::string& text) {
    namespace asio = boost::asio;
    asio::io_context io;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.load_verify_file(ca_file);
    asio::ssl::stream<asio::ip::tcp::socket> stream(io, tls);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification("127.0.0.1"));
    const auto colon = address.find(':');
    asio::connect(stream.next_layer(), asio::ip::tcp::resolver(io).resolve(address.substr(0, colon), address.substr(colon + 1)));
    stream.handshake(asio::ssl::stream_base::client);
    asio::write(stream, asio::buffer(text));
    std::string out;
    boost::system::error_code end;
    asio::read(stream, asio::dynamic_buffer(out), end);
    return out;
}

/// As an API server asks STS about a token.
std::string verify(const awsfakes::services& fakes, const std::string& token, const std::string& cluster, const std::string& more = "") {
    const std::string url = url_of(token), host = url.substr(8, url.find('/', 8) - 8);
    return answer_to(fakes.sts.host(), fakes.environment().at("AWS_CA_BUNDLE"),
                     "GET " + url.substr(8 + host.size()) + " HTTP/1.1\r\nHost: " + host + "\r\nx-k8s-aws-id: " + cluster +
                         "\r\nConnection: close\r\n" + more + "\r\n");
}

boost::json::array vector_cases(const std::string& name) {
    std::ifstream file(VECTORS "/" + name, std::ios::binary);
    REQUIRE(file.is_open());
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {})).at("cases").as_array();
}
std::string text_of(const boost::json::value& one, std::string_view name) {
    const boost::json::value& value = one.at(name);
    return value.is_null() ? "" : std::string(value.as_string());
}
std::string text_at(const boost::json::value& array, std::size_t at) { return std::string(array.at(at).as_string()); }
/// As a parser of HTTP gives a header's value.
std::string trimmed(const std::string& text) {
    const std::size_t start = std::min(text.find_first_not_of(" \t"), text.size());
    return text.substr(start, text.find_last_not_of(" \t") + 1 - start);
}
awsfakes::keys keys_of(const boost::json::value& one) {
    return {.access_key_id = text_of(one, "access_key_id"), .secret_access_key = text_of(one, "secret_access_key"),
            .session_token = text_of(one, "session_token")};
}

}  // namespace

TEST_CASE("awsfakes: the tokens that botocore made are good") {
    for (const auto& one : vector_cases("tokens.json")) {
        INFO(text_of(one, "name"));
        const awsfakes::expected_token expected{.signed_by = keys_of(one),
                                                .region = text_of(one, "region"),
                                                .cluster = text_of(one, "cluster"),
                                                .at = std::chrono::sys_seconds(std::chrono::seconds(one.at("time").as_int64()))};
        const std::string token = text_of(one, "token");
        CHECK(awsfakes::check_token(token, expected).refusal == "");
        auto other = expected;
        other.cluster += "x";
        CHECK(contains(awsfakes::check_token(token, other).refusal, "the token is for another cluster"));
    }
}

TEST_CASE("awsfakes: the signatures that botocore made are the expected ones") {
    int compared = 0;
    for (const auto& one : vector_cases("sigv4.json")) {
        INFO(text_of(one, "name"));
        awsfakes::request asked{.method = text_of(one, "method"), .path = text_of(one, "path"), .body = text_of(one, "body")};
        const std::string canonical = text_of(one, "canonical_request"), time = text_of(one, "time");
        // What no plugin sends to these services.
        if (contains(canonical, "UNSIGNED-PAYLOAD") || contains(asked.path, "//") || contains(asked.path, "/.")) continue;
        if (asked.path.empty()) asked.path = "/";
        for (const auto& pair : one.at("query").as_array()) asked.query.emplace_back(pair.at(0).as_string(), pair.at(1).as_string());
        for (const auto& pair : one.at("headers").as_array()) add_header(asked, pair.at(0).as_string(), trimmed(text_at(pair, 1)));
        std::string host = text_of(one, "host");
        if (host.ends_with(":443")) host.resize(host.size() - 4);
        asked.headers["host"] = host;
        const std::string session_token = text_of(one, "session_token");
        if (text_of(one, "mode") == "query") {
            const std::string signed_names = awsfakes::split(canonical, '\n').end()[-2];
            asked.query.insert(asked.query.end(), {{"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                                                   {"X-Amz-Credential", text_of(one, "access_key_id") + "/" + time.substr(0, 8) + "/" +
                                                                            text_of(one, "region") + "/" + text_of(one, "service") +
                                                                            "/aws4_request"},
                                                   {"X-Amz-Date", time},
                                                   {"X-Amz-Expires", std::to_string(one.at("expires").as_int64())},
                                                   {"X-Amz-SignedHeaders", signed_names},
                                                   {"X-Amz-Signature", text_of(one, "signature")}});
            if (!session_token.empty()) asked.query.emplace_back("X-Amz-Security-Token", session_token);
        } else {
            asked.headers["x-amz-date"] = time;
            if (!session_token.empty()) asked.headers["x-amz-security-token"] = session_token;
            asked.headers["authorization"] = text_of(one, "authorization");
        }
        const auto by = awsfakes::read_signature(asked);
        REQUIRE(by.has_value());
        CHECK(by->value == text_of(one, "signature"));
        CHECK(awsfakes::expected_signature(asked, *by, keys_of(one)) == by->value);
        ++compared;
    }
    CHECK(compared > 50);
}

TEST_CASE("awsfakes: what a verifier refuses in a token") {
    const awsfakes::services fakes;
    const auto made = mint(fakes, fakes.environment({source::environment}));
    REQUIRE(made.error == "");
    const std::string good = made.token, url = url_of(good);
    REQUIRE(check(fakes, good, fakes.caller) == "good");
    REQUIRE(token_of(url) == good);

    struct row { const char* name; std::string token, refusal; };
    const auto with = [&](const std::string& what, const std::string& other) { return token_of(replaced(url, what, other)); };
    const row rows[] = {
        {"no prefix", good.substr(1), "does not begin with k8s-aws-v1."},
        {"padding", good + "=", "not base64"},
        {"too long", good + std::string(16384, 'A'), "limit 16384"},
        {"http", with("https://", "http://"), "not https"},
        {"another region's host", with("sts.eu-west-1", "sts.eu-west-2"), "host is not STS"},
        {"a host that only begins well", with(".com/", ".com.evil.example/"), "host is not STS"},
        {"a path", with("/?", "/x?"), "path"},
        {"another parameter", url.empty() ? "" : token_of(url + "&X-Amz-Content-Sha256=x"), "verifiers refuse"},
        {"a parameter twice", token_of(url + "&action=GetCallerIdentity"), "twice"},
        {"another action", with("GetCallerIdentity", "GetSessionToken"), "Action"},
        {"another version", with("2011-06-15", "2011-06-16"), "Version"},
        {"too long a life", with("X-Amz-Expires=60", "X-Amz-Expires=901"), "X-Amz-Expires"},
        {"no life", with("X-Amz-Expires=60&", ""), "X-Amz-Expires"},
        {"the cluster isn't signed", with("host%3Bx-k8s-aws-id", "host"), "x-k8s-aws-id is not signed"},
        {"another scope's region", with("eu-west-1%2Fsts", "eu-west-2%2Fsts"), "scope is for the region"},
        {"another service", with("%2Fsts%2F", "%2Feks%2F"), "service is eks"},
        {"another day", with(url.substr(url.find("X-Amz-Date="), 19), "X-Amz-Date=20200101"), "date"},
        {"another signature", url.ends_with('0') ? token_of(url.substr(0, url.size() - 1) + "1") : token_of(url.substr(0, url.size() - 1) + "0"),
         "the signature is not"},
        {"no signature", token_of(url.substr(0, url.find("&X-Amz-Signature"))), "no signature"},
    };
    for (const row& one : rows) {
        INFO(one.name);
        const std::string refusal = check(fakes, one.token, fakes.caller);
        CHECK(contains(refusal, one.refusal));
        CHECK(fakes.secret_in(refusal) == "");
    }
    const auto verdict = [&](const std::function<void(awsfakes::expected_token&)>& change) {
        awsfakes::expected_token expected{.signed_by = fakes.caller, .region = fakes.region, .cluster = cluster_name};
        change(expected);
        return awsfakes::check_token(good, expected).refusal;
    };
    CHECK(verdict([](auto& expected) { expected.at += 14min; }) == "");
    CHECK(contains(verdict([](auto& expected) { expected.at += 16min; }), "older than 15 minutes"));
    CHECK(contains(verdict([](auto& expected) { expected.at -= 6min; }), "from the future"));
    CHECK(contains(verdict([](auto& expected) { expected.signed_by.secret_access_key += "x"; }), "the signature is not"));
    CHECK(contains(verdict([](auto& expected) { expected.signed_by.expires = expected.at; }), "the key expired"));
    CHECK(contains(verdict([](auto& expected) { expected.signed_by.session_token = "some"; }), "the session token is missing"));
    CHECK(contains(verdict([](auto& expected) { expected.signed_by = awsfakes::make_keys("other"); }), "another access key id"));
    CHECK(contains(verdict([](auto& expected) { expected.region = "eu-west-2"; }), "host is not STS"));
}

TEST_CASE("awsfakes: each source gives its own identity, and nothing else is asked") {
    awsfakes::services fakes;
    std::map<source, awsfakes::keys> by;
    for (const source one : {source::web_identity, source::sso, source::container, source::instance_metadata})
        by[one] = awsfakes::make_keys("role-" + std::to_string(static_cast<int>(one)));
    by[source::assumed_role] = by[source::web_identity];
    by[source::environment] = fakes.caller;
    fakes.sts.give(by[source::web_identity]);
    fakes.sso.give(by[source::sso]);
    fakes.container.give(by[source::container]);
    fakes.instance_metadata.give(by[source::instance_metadata]);
    for (const auto& [from, keys] : by) {
        INFO(static_cast<int>(from));
        const auto made = mint(fakes, fakes.environment({from}));
        CHECK(made.error == "");
        CHECK(check(fakes, made.token, keys) == "good");
        for (const auto& [other, others] : by)
            if (others.access_key_id != keys.access_key_id) CHECK(check(fakes, made.token, others) != "good");
    }
    CHECK(operations(fakes.sts) == names{"AssumeRoleWithWebIdentity", "AssumeRole"});
    CHECK(operations(fakes.sso) == names{"GetRoleCredentials"});
    CHECK(operations(fakes.container) == names{"credentials"});
    CHECK(operations(fakes.instance_metadata) == names{"token", "role", "credentials"});
    CHECK(operations(fakes.eks).empty());
}

TEST_CASE("awsfakes: no source is configured that wasn't named") {
    awsfakes::services fakes;
    fakes.instance_metadata.give(awsfakes::make_keys("node"));
    CHECK(contains(mint(fakes, fakes.environment()).error, "no AWS credentials found"));
    CHECK(operations(fakes.instance_metadata).empty());
}

TEST_CASE("awsfakes: STS tells what it was asked, and refuses another role, token, session and external id") {
    awsfakes::services fakes;
    fakes.sts.give(awsfakes::make_keys("role"));
    fakes.sts.expect({.role_arn = "arn:aws:iam::123456789012:role/hub",
                      .web_identity_token = "a.b.c",
                      .session_name = "me",
                      .external_id = "ext/1"});
    const auto web = fakes.environment({source::web_identity});
    CHECK(mint(fakes, web).error == "");
    CHECK(mint(fakes, fakes.environment({source::assumed_role})).error == "");
    auto seen = fakes.sts.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].method == "POST");
    CHECK(seen[0].header("Host") == fakes.sts.host());
    CHECK(seen[0].parameter("RoleArn") == "arn:aws:iam::123456789012:role/hub");
    CHECK(seen[0].parameter("WebIdentityToken") == "a.b.c");
    CHECK_FALSE(seen[0].signature.has_value());
    CHECK(seen[0].status == 200);
    REQUIRE(seen[1].signature.has_value());
    CHECK(seen[1].parameter("ExternalId") == "ext/1");
    CHECK(seen[1].signature->access_key_id == fakes.caller.access_key_id);
    CHECK(seen[1].signature->region + "/" + seen[1].signature->service == "eu-west-1/sts");
    CHECK_FALSE(seen[1].signature->presigned);

    struct row { const char* name; source from; awsfakes::expected_role role; std::string refusal; };
    const row rows[] = {
        {"role", source::web_identity, {.role_arn = "arn:aws:iam::123456789012:role/other"}, "AccessDenied: another role"},
        {"token", source::web_identity, {.web_identity_token = "d.e.f"}, "InvalidIdentityToken: another web identity token"},
        {"session", source::web_identity, {.session_name = "you"}, "AccessDenied: another session name"},
        {"external id", source::assumed_role, {.external_id = "other"}, "AccessDenied: another external id"},
    };
    for (const row& one : rows) {
        INFO(one.name);
        fakes.sts.expect({});
        const auto environment = fakes.environment({one.from});
        fakes.sts.expect(one.role);
        CHECK(contains(mint(fakes, environment).error, one.refusal));
        CHECK(contains(fakes.sts.requests().back().refusal, one.refusal));
    }
}

TEST_CASE("awsfakes: STS refuses signatures that it can't check") {
    awsfakes::services fakes;
    fakes.sts.give(awsfakes::make_keys("role"));
    const auto environment = fakes.environment({source::assumed_role});
    auto wrong = fakes.caller;
    wrong.secret_access_key += "x";
    fakes.know(wrong);
    CHECK(contains(mint(fakes, environment).error, "SignatureDoesNotMatch"));
    wrong = fakes.caller;
    wrong.expires = awsfakes::now() - 1h;
    fakes.know(wrong);
    CHECK(contains(mint(fakes, environment).error, "ExpiredToken"));
    const awsfakes::services others;
    auto elsewhere = fakes.environment({source::assumed_role});
    std::ofstream(elsewhere.at("AWS_SHARED_CREDENTIALS_FILE"), std::ios::binary)
        << "[awsfakes-caller]\naws_access_key_id = AKIASTRANGER12345678\naws_secret_access_key = strangersecret\n";
    CHECK(contains(mint(fakes, elsewhere).error, "InvalidClientTokenId"));
}

TEST_CASE("awsfakes: a refusal, a status and a cut connection, once or from now on, for any service") {
    awsfakes::services fakes;
    const auto keys = awsfakes::make_keys("role");
    const auto environment = fakes.environment({source::web_identity, source::instance_metadata});
    fakes.instance_metadata.give(awsfakes::make_keys("node"));
    fakes.sts.give(keys);
    fakes.sts.give_next(awsfakes::http_answer{.status = 503});
    fakes.sts.give_next(awsfakes::cut_connection{});
    const auto made = mint(fakes, environment);
    CHECK(check(fakes, made.token, keys) == "good");
    std::vector<int> statuses;
    for (const auto& one : fakes.sts.requests()) statuses.push_back(one.status);
    CHECK(statuses == std::vector<int>{503, 0, 200});

    fakes.sts.refuse("AccessDenied", "not <you>");
    for (int time = 0; time < 2; ++time) CHECK(contains(mint(fakes, environment).error, "AccessDenied: not <you> (HTTP 403"));
    CHECK(operations(fakes.instance_metadata).empty());
    const auto newer = awsfakes::make_keys("newer");
    fakes.sts.give_next(newer);
    CHECK(check(fakes, mint(fakes, environment).token, newer) == "good");
    CHECK(contains(mint(fakes, environment).error, "AccessDenied"));

    const auto node = fakes.environment({source::instance_metadata});
    fakes.instance_metadata.give_next(awsfakes::http_answer{.status = 418}, "credentials");
    CHECK(contains(mint(fakes, node).error, "HTTP 418"));
    CHECK(operations(fakes.instance_metadata) == names{"token", "role", "credentials"});
    fakes.sso.refuse("ForbiddenException", "not for you");
    CHECK(contains(mint(fakes, fakes.environment({source::sso})).error, "ForbiddenException: not for you"));
    fakes.container.refuse("AccessDenied", "no association", 400);
    CHECK(contains(mint(fakes, fakes.environment({source::container})).error, "AccessDenied: no association (HTTP 400"));
}

TEST_CASE("awsfakes: an answer that no operation asks for waits for the one that does") {
    awsfakes::services fakes;
    const auto first = awsfakes::make_keys("first"), second = awsfakes::make_keys("second");
    fakes.instance_metadata.give(second);
    fakes.instance_metadata.give_next(first);
    const auto node = fakes.environment({source::instance_metadata});
    CHECK(check(fakes, mint(fakes, node).token, first) == "good");
    CHECK(check(fakes, mint(fakes, node).token, second) == "good");
}

TEST_CASE("awsfakes: instance metadata has no role without keys, and takes IMDSv1 where it is allowed") {
    awsfakes::services fakes;
    auto node = fakes.environment({source::instance_metadata});
    node["AWS_EC2_METADATA_V1_DISABLED"] = "false";
    CHECK(mint(fakes, node).error != "");
    CHECK(operations(fakes.instance_metadata) == names{"token", "role"});

    const auto keys = awsfakes::make_keys("node");
    fakes.instance_metadata.give(keys);
    fakes.instance_metadata.give_next(awsfakes::http_answer{.status = 404}, "token");
    CHECK(mint(fakes, node).error != "");
    CHECK(contains(fakes.instance_metadata.requests().back().refusal, "IMDSv1 is turned off"));
    fakes.instance_metadata.allow_v1();
    fakes.instance_metadata.give_next(awsfakes::http_answer{.status = 404}, "token");
    CHECK(check(fakes, mint(fakes, node).token, keys) == "good");
}

TEST_CASE("awsfakes: the container endpoint is for those with its token") {
    awsfakes::services fakes;
    fakes.container.give(awsfakes::make_keys("pod"));
    auto pod = fakes.environment({source::container});
    pod["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "another";
    CHECK(contains(mint(fakes, pod).error, "AccessDenied: another authorization token was expected (HTTP 403"));
}

TEST_CASE("awsfakes: a login that is over is renewed by its refresh token") {
    awsfakes::services fakes;
    const auto keys = awsfakes::make_keys("reader");
    fakes.sso.give(keys);
    fakes.sso.expire_login();
    const auto person = fakes.environment({source::sso});
    CHECK(check(fakes, mint(fakes, person).token, keys) == "good");
    CHECK(operations(fakes.sso) == names{"CreateToken", "GetRoleCredentials"});
    CHECK((fakes.sso.requests().back().header("x-amz-sso_bearer_token") == fakes.sso.expected().renewed_access_token));
    CHECK(check(fakes, mint(fakes, person).token, keys) == "good");  // the plugin has kept the renewed token
    CHECK(operations(fakes.sso) == names{"CreateToken", "GetRoleCredentials", "GetRoleCredentials"});

    fakes.sso.expire_login();
    const auto again = fakes.environment({source::sso});
    fakes.sso.give_next(awsfakes::refusal{"invalid_grant", "the session is over", 400}, "CreateToken");
    CHECK(contains(mint(fakes, again).error, "aws sso login"));
    CHECK(fakes.sso.requests().back().refusal == "invalid_grant: the session is over");
    CHECK(fakes.sso.requests().back().status == 400);
}

TEST_CASE("awsfakes: EKS describes its cluster to those that it knows") {
    awsfakes::services fakes;
    fakes.eks.give(awsfakes::cluster{
        .name = cluster_name, .region = "eu-west-1", .endpoint = "https://abc.eks.example", .certificate_authority_data = "Y2E="});
    const auto ctx = context_of(fakes.environment({source::environment}));
    const auto region = eksauth::parse_region("eu-west-1");
    REQUIRE(region.has_value());
    const auto keys = default_chain(ctx, "eu-west-1");
    REQUIRE(keys.has_value());
    const auto got = describe_cluster(ctx, *region, cluster_name, *keys);
    REQUIRE(got.has_value());
    CHECK(got->arn == "arn:aws:eks:eu-west-1:123456789012:cluster/prod");
    CHECK(got->endpoint.host == "abc.eks.example");
    CHECK(got->certificate_authority_data == "Y2E=");

    const auto refusal = [&](const std::string& cluster, const eksauth::credentials& by) {
        const auto described = describe_cluster(ctx, *region, cluster, by);
        return described ? "" : described.error().text();
    };
    CHECK(contains(refusal("other", *keys), "ResourceNotFoundException"));
    auto stranger = *keys;
    stranger.access_key_id = "AKIASTRANGER";
    CHECK(contains(refusal(cluster_name, stranger), "UnrecognizedClientException"));
    auto forger = *keys;
    forger.secret_access_key = credbase::secret_string("guess");
    CHECK(contains(refusal(cluster_name, forger), "InvalidSignatureException"));
    const auto seen = fakes.eks.requests();
    CHECK(seen.front().signature->service == "eks");
    CHECK(seen.front().path == "/clusters/prod");
}

TEST_CASE("awsfakes: STS tells an API server whose token it has") {
    awsfakes::services fakes;
    const auto keys = awsfakes::make_keys("role");
    fakes.sts.give(keys);
    const auto made = mint(fakes, fakes.environment({source::web_identity}));
    REQUIRE(made.error == "");
    const std::string xml = verify(fakes, made.token, cluster_name);
    CHECK(contains(xml, "HTTP/1.1 200"));
    CHECK(contains(xml, "<Arn>" + keys.arn + "</Arn>"));
    CHECK(contains(xml, "<Account>123456789012</Account>"));
    const std::string json = verify(fakes, made.token, cluster_name, "Accept: application/json\r\n");
    CHECK(contains(json, "\"Arn\":\"" + keys.arn + "\""));
    const std::string refused = verify(fakes, made.token, "another");
    CHECK(contains(refused, "HTTP/1.1 403"));
    CHECK(contains(refused, "<Code>SignatureDoesNotMatch</Code>"));
    CHECK(contains(verify(fakes, made.token, "another", "Accept: application/json\r\n"), "\"Code\":\"SignatureDoesNotMatch\""));
    CHECK(fakes.sts.requests().back().signature->presigned);
    const awsfakes::services others;
    CHECK(contains(verify(others, made.token, cluster_name), "<Code>InvalidClientTokenId</Code>"));
}

TEST_CASE("awsfakes: a client that trusts other authorities reads no answer") {
    const awsfakes::services fakes, others;
    CHECK_THROWS(answer_to(fakes.sts.host(), others.environment().at("AWS_CA_BUNDLE"), "GET / HTTP/1.1\r\n\r\n"));
    const std::string own = fakes.environment().at("AWS_CA_BUNDLE");
    CHECK(contains(answer_to(fakes.sts.host(), own, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), "InvalidAction"));
}

TEST_CASE("awsfakes: secrets are found in a text, and what is none isn't") {
    awsfakes::services fakes;
    const auto keys = awsfakes::make_keys("role");
    CHECK(fakes.secret_in("token " + keys.session_token) == "");  // nobody has seen these
    fakes.know(keys);
    CHECK(fakes.secret_in("token " + keys.session_token) == "the session token of " + keys.access_key_id);
    CHECK(fakes.secret_in("in a URL: " + awsfakes::percent_encode(keys.session_token)) == "the session token of " + keys.access_key_id);
    CHECK(fakes.secret_in(fakes.caller.secret_access_key) == "the secret access key of " + fakes.caller.access_key_id);
    CHECK(fakes.secret_in(token_of("https://sts")) == "an EKS token");
    CHECK(fakes.secret_in("AccessDenied for " + keys.access_key_id) == "");
}

TEST_CASE("awsfakes: a plugin inherits nothing of the fakes") {
    const awsfakes::services fakes;
    const awsfakes::plugin_request request{.region = fakes.region, .cluster_id = cluster_name};
    const auto got = run_plugin({"/bin/sh", "-c", "ls -l /proc/self/fd; env"}, {{"PATH", "/usr/bin:/bin"}}, request);
    CHECK(contains(got.out, "pipe:"));
    CHECK_FALSE(contains(got.out, "socket:"));
    CHECK(contains(got.out, "\nKUBERNETES_EXEC_INFO="));
    CHECK_FALSE(contains(got.out, "\nAWS_"));
}

TEST_CASE("awsfakes: how a plugin's run ends") {
    const awsfakes::plugin_request request{.region = "eu-west-1", .cluster_id = cluster_name};
    const auto run = [&](const std::string& script) { return run_plugin({"/bin/sh", "-c", script}, {{"GREETING", "hello"}}, request); };
    const std::string head = R"(echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1)";

    auto got = run(head + R"(","status":{"token":"t","expirationTimestamp":"2026-01-02T03:04:05Z"}}'; echo "$GREETING $HOME" >&2; cat)");
    CHECK(got.fault == "");
    CHECK(got.exit_code == 0);
    REQUIRE(got.credential.has_value());
    CHECK(got.credential->token == "t");
    CHECK(got.credential->expiration_timestamp == "2026-01-02T03:04:05Z");
    CHECK(got.err == "hello \n");

    got = run("printf %s \"$KUBERNETES_EXEC_INFO\" >&2; exit 3");
    CHECK(got.exit_code == 3);
    CHECK(got.fault == "exit code 3");
    CHECK_FALSE(got.credential.has_value());
    const auto asked = boost::json::parse(got.err);
    CHECK(asked.at("apiVersion") == "client.authentication.k8s.io/v1");
    CHECK(asked.at("spec").at("cluster").at("config").at("clusterId") == "prod");
    CHECK(asked.at("spec").at("cluster").at("config").at("region") == "eu-west-1");
    CHECK(asked.at("spec").at("cluster").at("server") == "https://127.0.0.1:6443");

    CHECK(run("echo hello").fault == "stdout is no JSON object");
    CHECK(run("echo '{}'").fault == "stdout is no ExecCredential");
    CHECK(run(head + R"(beta1","status":{"token":"t"}}')").fault == "stdout has another apiVersion than the request");
    CHECK(run(head + R"("}')").fault == "stdout has no status");
    CHECK(run(head + R"(","status":{}}')").fault == "stdout has no status.token");
    CHECK(run("kill -9 $$").fault == "killed by signal 9");
    CHECK(run("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero").out.size() == 300000);
    CHECK(run_plugin({"/nowhere/plugin"}, {}, request).fault == "/nowhere/plugin can't be started: No such file or directory");

    auto hasty = request;
    hasty.limit = 0s;
    got = run_plugin({"/bin/sh", "-c", "cat <&1; read forever <&2"}, {}, hasty);
    CHECK(got.fault == "still running after 0 s");
    CHECK(got.exit_code == -1);
}
