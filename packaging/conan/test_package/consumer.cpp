// SPDX-License-Identifier: Apache-2.0
// Both libraries, Boost.JSON's compiled half and libcrypto.
#include <credplugin/plugin.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/sha256.hpp>
#include <eksauth/eks_token.hpp>

#include <exception>
#include <iostream>

int main() try {
    const auto info = credplugin::parse_exec_info(R"({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"})").value();
    eksauth::check_cluster_id("prod").value();
    std::cout << credplugin::to_string(info.version) << ' ' << eksauth::hex(eksauth::sha256("abc").value()) << '\n';
} catch (const std::exception& failure) {
    std::cout << failure.what() << '\n';
    return 1;
}
