// SPDX-License-Identifier: Apache-2.0
// The vectors that botocore computed, as values.
#pragma once

#include "support/catch_shim.hpp"

#include <credbase/timestamp.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/sigv4/canonical_request.hpp>
#include <eksauth/sigv4/sign.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

/// The whole of a file that must be there.
inline std::string file_text(const std::string& path) {
    INFO(path);
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.is_open());
    return std::string(std::istreambuf_iterator<char>(file), {});
}

inline boost::json::array vector_cases(const std::string& name) {
    return boost::json::parse(file_text(VECTORS "/" + name)).at("cases").as_array();
}

/// A text of a case; empty where it is null.
inline std::string_view text_of(const boost::json::value& one, std::string_view name) {
    const boost::json::value& value = one.at(name);
    return value.is_null() ? std::string_view() : std::string_view(value.as_string());
}

inline eksauth::credentials keys_of(const boost::json::value& one) {
    return {.access_key_id = std::string(text_of(one, "access_key_id")),
            .secret_access_key = credbase::secret_string(text_of(one, "secret_access_key")),
            .session_token = credbase::secret_string(text_of(one, "session_token"))};
}

/// The second of a case of sigv4.json, there in the form of `X-Amz-Date`.
inline std::chrono::sys_seconds time_of(const boost::json::value& one) {
    std::string text(text_of(one, "time"));
    for (const std::size_t at : {13U, 11U}) text.insert(at, ":");
    for (const std::size_t at : {6U, 4U}) text.insert(at, "-");
    const auto time = credbase::parse_rfc3339(text);
    REQUIRE(time.has_value());
    return *time;
}

inline eksauth::signing_parameters parameters_of(const boost::json::value& one) {
    return {.at = time_of(one), .region = text_of(one, "region"), .service = text_of(one, "service")};
}

/// The request of a case of sigv4.json before it is signed. Points into the case.
inline eksauth::signable_request request_of(const boost::json::value& one) {
    eksauth::signable_request request{.method = text_of(one, "method"), .path = text_of(one, "path"), .body = text_of(one, "body")};
    request.headers.push_back({"host", eksauth::host_header("https", text_of(one, "host"))});
    for (const auto& pair : one.at("headers").as_array())
        request.headers.push_back({pair.at(0).as_string(), pair.at(1).as_string()});
    for (const auto& pair : one.at("query").as_array()) request.query.push_back({pair.at(0).as_string(), pair.at(1).as_string()});
    return request;
}
