// SPDX-License-Identifier: Apache-2.0
#include <credplugin/protocol/metav1_status.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <string>

using namespace credplugin;
using namespace std::string_literals;

TEST_CASE("metav1_status: one line with the message and a code that no caller takes for the API server's") {
    CHECK(write_status("KUBERNETES_EXEC_INFO is empty") ==
          R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"KUBERNETES_EXEC_INFO is empty",)"
          R"("reason":"InternalError","code":500})"
          "\n");
}

TEST_CASE("metav1_status: any message is one line of JSON that reads back as it was") {
    for (const std::string& message : {""s, "a \"quoted\" \\ word"s, "two\nlines\r\n"s, "\x1b[31m\0\x7f"s, "\u00e4\u20ac\U0001F600"s,
        std::string(100000, 'x')}) {
        INFO(message.substr(0, 100));
        const std::string line = write_status(message);
        CHECK(std::count(line.begin(), line.end(), '\n') == 1);
        CHECK(line.ends_with("}\n"));
        CHECK(line.find('\x1b') == std::string::npos);
        CHECK(boost::json::parse(line).at("message").as_string() == message);
    }
}
