// SPDX-License-Identifier: Apache-2.0
#include <credplugin/protocol/cluster_info.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>

#include <string>

using namespace credplugin;
using namespace std::string_literals;

namespace {

std::string authority_of(const std::string& data) {
    cluster_info cluster;
    cluster.certificate_authority_data = data;
    auto pem = cluster.certificate_authority();
    return pem ? *pem : std::string(pem.error().code().word) + " " + pem.error().text();
}

}  // namespace

TEST_CASE("cluster_info: the certificate authority is decoded as Go's standard decoder does") {
    struct row { const char* name; std::string data, pem; };
    const row rows[] = {
        {"none", "", ""},
        {"one byte", "Zg==", "f"},
        {"two bytes", "Zm8=", "fo"},
        {"three bytes", "Zm9v", "foo"},
        {"six bytes", "Zm9vYmFy", "foobar"},
        {"P50 line ends every few letters", "Zm9v\nYm\r\nFy\n", "foobar"},
        {"P50 line ends around the padding", "Zg\n=\r=\n", "f"},
        {"line ends alone", "\r\n\n", ""},
        {"the whole alphabet", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
         "\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97\x61\x96\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a"
         "\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf"s},
        {"bits behind the last byte, which Go ignores", "Zh==", "f"},
        {"a certificate", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==", "-----BEGIN CERTIFICATE-----\n"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(authority_of(r.data) == r.pem);
    }
}

TEST_CASE("cluster_info: a certificate authority that isn't base64 is an error that names the field") {
    struct row { const char* name; std::string data, why; };
    const row rows[] = {
        {"P49 words", "not base64!", "unexpected byte 0x20"},
        {"the URL's alphabet", "_-8=", "unexpected byte 0x5f"},
        {"NUL", "Zm\0v"s, "unexpected byte 0x00"},
        {"an escape character", "Zm9v\x1b", "unexpected byte 0x1b"},
        {"a letter beyond ASCII", "Zm9\xc3\xa4", "unexpected byte 0xc3"},
        {"no padding", "Zg", "cut short"},
        {"half the padding", "Zg=", "cut short"},
        {"one letter", "Z", "cut short"},
        {"padding alone", "====", "unexpected byte 0x3d"},
        {"padding behind one letter", "Z===", "unexpected byte 0x3d"},
        {"padding behind a whole group", "Zm9v=", "unexpected byte 0x3d"},
        {"a letter in the padding", "Zg=v", "text behind the padding"},
        {"a group behind the padding", "Zg==Zm9v", "text behind the padding"},
        {"padding behind the padding", "Zg===", "unexpected byte 0x3d"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(authority_of(r.data) == "EXEC-BAD-INFO spec.cluster.certificate-authority-data: not base64: " + r.why);
    }
}

TEST_CASE("cluster_info: null is no config, any other value is one") {
    cluster_info cluster;
    CHECK_FALSE(cluster.has_config());
    for (const char* text : {"{}", "[]", "\"\"", "0", "false"}) {
        INFO(text);
        cluster.config = boost::json::parse(text);
        CHECK(cluster.has_config());
    }
}
