// SPDX-License-Identifier: Apache-2.0
// The SigV4 suite of aws-c-auth, from the folder that the environment variable SIGV4_SUITE names.
#include <eksauth/sigv4/presign.hpp>
#include <eksauth/sigv4/sign_headers.hpp>

#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using texts = std::vector<std::pair<std::string, std::string>>;

/// A request as `request.txt` writes it.
struct raw_request {
    std::string method, path, body;
    texts query, headers;
};

static std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        out += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
        at += 2;
    }
    return out;
}

static raw_request parse_request(std::string_view text) {
    const auto take = [&text](std::string_view end) {
        const std::string_view taken = text.substr(0, text.find(end));
        text.remove_prefix(std::min(taken.size() + end.size(), text.size()));
        return taken;
    };
    raw_request request;
    request.method = take(" ");
    std::string_view target = take(" HTTP/1.1\n");
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != target.npos) {
        for (std::size_t at = mark + 1; at < target.size();) {
            const std::string_view pair = target.substr(at, target.find('&', at) - at);
            const auto equals = std::min(pair.find('='), pair.size());
            request.query.emplace_back(decoded(pair.substr(0, equals)), decoded(pair.substr(std::min(equals + 1, pair.size()))));
            at += pair.size() + 1;
        }
    }
    while (!text.empty() && !text.starts_with('\n')) {
        const std::string_view line = take("\n");
        if (line.starts_with(' ')) {  // a folded line
            REQUIRE_FALSE(request.headers.empty());
            request.headers.back().second.append("\n").append(line);
        } else {
            const auto colon = line.find(':');
            REQUIRE(colon != line.npos);
            request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
        }
    }
    take("\n");
    request.body = text;
    return request;
}

static std::vector<eksauth::name_value> views(const texts& pairs) {
    std::vector<eksauth::name_value> out;
    for (const auto& [name, value] : pairs) out.push_back({name, value});
    return out;
}

static void check_stages(const eksauth::sigv4_signature& got, const std::string& files) {
    CHECK(got.canonical_request.reveal() == file_text(files + "-canonical-request.txt"));
    CHECK(got.string_to_sign == file_text(files + "-string-to-sign.txt"));
    CHECK(got.text == file_text(files + "-signature.txt"));
}

TEST_CASE("official suite: every case in both forms, stage by stage") {
    const char* const folder = std::getenv("SIGV4_SUITE");
    if (folder == nullptr || !std::filesystem::exists(folder)) {
        WARN("SIGV4_SUITE names no folder: the official suite was not run");
        return;
    }
    int cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (!entry.is_directory()) continue;
        ++cases;
        const std::string files = entry.path().string() + "/";
        INFO(files);
        const boost::json::value settings = boost::json::parse(file_text(files + "context.json"));
        const raw_request raw = parse_request(file_text(files + "request.txt"));

        const boost::json::value& given = settings.at("credentials");
        eksauth::credentials keys{.access_key_id = std::string(text_of(given, "access_key_id")),
                                  .secret_access_key = credbase::secret_string(text_of(given, "secret_access_key"))};
        const auto* omit_token = settings.as_object().if_contains("omit_session_token");
        if (given.as_object().contains("token") && (omit_token == nullptr || !omit_token->as_bool()))
            keys.session_token = credbase::secret_string(text_of(given, "token"));
        const auto at = credbase::parse_rfc3339(text_of(settings, "timestamp"));
        REQUIRE(at.has_value());
        const eksauth::signing_parameters parameters{.at = *at,
                                                     .region = text_of(settings, "region"),
                                                     .service = text_of(settings, "service")};
        eksauth::signable_request request{.method = raw.method,
                                          .path = raw.path,
                                          .query = views(raw.query),
                                          .headers = views(raw.headers),
                                          .body = raw.body,
                                          .normalize_path = settings.at("normalize").as_bool()};

        const auto query = presign(request, keys, parameters, std::chrono::seconds(settings.at("expiration_in_seconds").as_int64()));
        REQUIRE(query.has_value());
        check_stages(query->signature, files + "query");

        const auto payload = eksauth::sha256(raw.body);
        REQUIRE(payload.has_value());
        const std::string payload_hash = eksauth::hex(*payload);
        if (settings.at("sign_body").as_bool()) request.headers.push_back({"x-amz-content-sha256", payload_hash});
        const auto header = sign_headers(request, keys, parameters);
        REQUIRE(header.has_value());
        check_stages(header->signature, files + "header");
        const std::string sent = file_text(files + "header-signed-request.txt");
        CHECK(sent.find("\nAuthorization:" + header->authorization + "\n") != std::string::npos);
        CHECK(sent.find("\nX-Amz-Date:" + header->x_amz_date + "\n") != std::string::npos);
    }
    CHECK(cases == 38);
}
