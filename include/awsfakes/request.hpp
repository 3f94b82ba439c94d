// SPDX-License-Identifier: Apache-2.0
// What a fake was asked, and what it answers.
#pragma once

#include <awsfakes/encoding.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace awsfakes {

/// What a request or a URL says of its SigV4 signature; whether it is right is another question.
struct signature {
    std::string access_key_id;                ///< of the keys that it is said to be by
    std::string date,                         ///< of the scope: `20260102`
        region,                               ///< of the scope: `eu-west-1`
        service;                              ///< of the scope: `sts`
    std::string time;                         ///< X-Amz-Date: `20260102T030405Z`
    std::vector<std::string> signed_headers;  ///< lower-case names
    std::string session_token;                ///< empty for none
    std::string value;                        ///< 64 digits
    bool presigned;                           ///< in the query instead of a header
};

/// A request as it came. It may hold secrets: print what you need of it, not all.
struct request {
    std::string operation = {};  ///< as the service names it, such as AssumeRole; empty where it has no such operation
    std::string method = {},  ///< in capitals
        path = {};            ///< without the query, as it came
    parameter_list query = {};  ///< in its order, decoded
    parameter_list parameters = {};  ///< of the query, then of the form or the texts of a JSON object in the body
    std::map<std::string, std::string> headers = {};  ///< lower-case names
    std::string body = {};  ///< as it came
    std::optional<awsfakes::signature> signature = {};  ///< nothing where it has none
    int status = 0;            ///< of the answer; 0 where the connection was cut instead
    std::string refusal = {};  ///< why the fake refused it; empty where it served

    /// Empty where there is none.
    std::string header(std::string_view name) const {
        const auto found = headers.find(lower_case(name));
        return found == headers.end() ? "" : found->second;
    }
    /// The first of that name; empty where there is none.
    std::string parameter(std::string_view name) const { return first_of(parameters, name); }

    /// As `parameter`, in any list.
    static std::string first_of(const parameter_list& list, std::string_view name) {
        const auto found = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.first == name; });
        return found == list.end() ? "" : found->second;
    }
};

/// Where the name is there already, the values stand with a comma between them.
inline void add_header(request& to, std::string_view name, const std::string& value) {
    std::string& all = to.headers[lower_case(name)];
    all += (all.empty() ? "" : ",") + value;
}

/// An answer with any status and body.
struct http_answer {
    int status = 200;                         ///< of HTTP
    std::string body = {};                    ///< as it is sent
    std::string content_type = "text/plain";  ///< header Content-Type
    std::string error_type = {};  ///< header x-amzn-ErrorType; empty for none
};

/// A refusal, which each service words in its own format: XML or JSON.
struct refusal {
    std::string code,  ///< such as AccessDenied
        message;       ///< for people
    int status = 403;  ///< of HTTP
};

/// The connection ends without an answer.
struct cut_connection {};

}  // namespace awsfakes
