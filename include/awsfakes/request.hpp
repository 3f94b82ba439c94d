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
    std::string access_key_id;
    std::string date, region, service;        ///< the scope: `20260102`, `eu-west-1`, `sts`
    std::string time;                         ///< X-Amz-Date: `20260102T030405Z`
    std::vector<std::string> signed_headers;  ///< lower-case names
    std::string session_token;                ///< empty for none
    std::string value;                        ///< 64 digits
    bool presigned;                           ///< in the query instead of a header
};

/// A request as it came. It may hold secrets: print what you need of it, not all.
struct request {
    std::string operation = {};  ///< as the service names it, such as AssumeRole; empty where it has no such operation
    std::string method = {}, path = {};
    parameter_list query = {};
    parameter_list parameters = {};  ///< of the query, then of the form or the texts of a JSON object in the body
    std::map<std::string, std::string> headers = {};  ///< lower-case names
    std::string body = {};
    std::optional<awsfakes::signature> signature = {};
    int status = 0;            ///< of the answer; 0 where the connection was cut instead
    std::string refusal = {};  ///< why the fake refused it; empty where it served

    /// Empty where there is none.
    std::string header(std::string_view name) const {
        const auto found = headers.find(lower_case(name));
        return found == headers.end() ? "" : found->second;
    }
    /// The first of that name; empty where there is none.
    std::string parameter(std::string_view name) const { return first_of(parameters, name); }

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
    int status = 200;
    std::string body = {};
    std::string content_type = "text/plain";
    std::string error_type = {};  ///< header x-amzn-ErrorType; empty for none
};

/// A refusal, which each service words in its own format: XML or JSON.
struct refusal {
    std::string code, message;
    int status = 403;
};

/// The connection ends without an answer.
struct cut_connection {};

}  // namespace awsfakes
