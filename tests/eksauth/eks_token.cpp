// SPDX-License-Identifier: Apache-2.0
#include <eksauth/eks_token.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <string>

TEST_CASE("eks token: a cluster id is what can be signed as a header and means itself alone") {
    using namespace std::string_literals;
    struct row { const char* name; std::string id, outcome; };
    const row rows[] = {
        {"a name", "prod-cluster", "ok"},
        {"11 empty", "", "EKS-CLUSTER: is empty"},
        {"12 a space inside", "a b", "EKS-CLUSTER: has a blank or control character 0x20 at offset 1"},
        {"12 a space in front", " a", "EKS-CLUSTER: has a blank or control character 0x20 at offset 0"},
        {"12 a tab behind", "a\t", "EKS-CLUSTER: has a blank or control character 0x09 at offset 1"},
        {"12 a second header", "a\r\nx: y", "EKS-CLUSTER: has a blank or control character 0x0d at offset 1"},
        {"12 a line feed", "a\n", "EKS-CLUSTER: has a blank or control character 0x0a at offset 1"},
        {"12 a NUL", "a\0b"s, "EKS-CLUSTER: has a blank or control character 0x00 at offset 1"},
        {"12 DEL", "ab\x7F", "EKS-CLUSTER: has a blank or control character 0x7f at offset 2"},
        {"13 beyond ASCII", "a\xC3\xBC", "EKS-CLUSTER: has a non-ASCII byte 0xc3 at offset 1"},
        {"13 the lowest byte beyond ASCII", "\x80", "EKS-CLUSTER: has a non-ASCII byte 0x80 at offset 0"},
        {"14 256 bytes", std::string(256, 'a'), "ok"},
        {"14 257 bytes", std::string(257, 'a'), "EKS-CLUSTER: has 257 bytes, limit 256"},
        {"15 an ARN", "arn:aws:eks:us-west-2:123456789012:cluster/x",
         "EKS-CLUSTER: must be the name of a cluster, not an ARN or a URL: \"arn:aws:eks:us-west-2:123456789012:cluster/x\""},
        {"15 a URL", "https://x", "EKS-CLUSTER: must be the name of a cluster, not an ARN or a URL: \"https://x\""},
        {"16 colons, dots and slashes", "hub.cn_1:8443/x", "ok"},
        {"arn inside", "my-arn:x", "ok"},
        {"the lowest and the highest visible character", "!~", "ok"},
        {"a UUID, as local clusters on Outposts have", "12345678-90ab-cdef-1234-567890abcdef", "ok"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(told(eksauth::check_cluster_id(r.id)) == r.outcome);
    }
}
