// SPDX-License-Identifier: Apache-2.0
#include <credplugin/protocol/metav1_status.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <string>
#include <string_view>

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

TEST_CASE("metav1_status: the message of what a plugin printed is read, H55") {
    const auto with = [](std::string_view members) { return "{\"kind\":\"Status\",\"apiVersion\":\"v1\"" + std::string(members) + "}"; };
    struct row { const char* name; std::string printed, message; };
    const row rows[] = {
        {"our own", write_status("[eks] no role\n"), "[eks] no role\n"},
        {"that of the proposal",
         with(R"(,"metadata":{},"status":"Failure","message":"expired","reason":"Unauthorized","details":{"causes":[]},"code":401)"), "expired"},
        {"white space around", " \r\n" + with(R"(, "message" : "m" )") + "\r\n\t", "m"},
        {"the last of duplicates", with(R"(,"message":"a","message":"b")"), "b"},
        {"another kind", R"({"kind":"status","apiVersion":"v1","message":"m"})", "nothing"},
        {"no kind", R"({"apiVersion":"v1","message":"m"})", "nothing"},
        {"a number as kind", R"({"kind":1,"apiVersion":"v1","message":"m"})", "nothing"},
        {"another version", R"({"kind":"Status","apiVersion":"v1beta1","message":"m"})", "nothing"},
        {"no version", R"({"kind":"Status","message":"m"})", "nothing"},
        {"a number as version", R"({"kind":"Status","apiVersion":1,"message":"m"})", "nothing"},
        {"no message", with(""), "nothing"},
        {"an empty message", with(R"(,"message":"")"), "nothing"},
        {"null as message", with(R"(,"message":null)"), "nothing"},
        {"an object as message", with(R"(,"message":{})"), "nothing"},
        {"an ExecCredential", R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t"}})", "nothing"},
        {"an array", "[" + with(R"(,"message":"m")") + "]", "nothing"},
        {"nothing", "", "nothing"},
        {"a word", "hello", "nothing"},
        {"cut short", with(R"(,"message":"m")").substr(0, 40), "nothing"},
        {"something behind it", with(R"(,"message":"m")") + " x", "nothing"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(read_status_message(r.printed).value_or("nothing") == r.message);
    }
}

TEST_CASE("metav1_status: no more than 1 MiB is read, H55") {
    const std::string status = write_status("m");
    CHECK(read_status_message(status + std::string(1048576 - status.size(), ' ')) == "m");
    CHECK_FALSE(read_status_message(status + std::string(1048577 - status.size(), ' ')).has_value());
}
