// SPDX-License-Identifier: Apache-2.0
// The program of each way to use the libraries: both of them, Boost.JSON's compiled half and libcrypto.
#include <credplugin/credplugin.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/sha256.hpp>
#include <eksauth/eksauth.hpp>

#include <iostream>

int main(int, char** arguments) try {
    const auto info = credplugin::parse_exec_info(arguments[1]).value();
    const auto region = eksauth::parse_region(arguments[2]).value();
    std::cout << credplugin::to_string(info.version) << '\n'
              << region.sts_host() << '\n'
              << eksauth::hex(eksauth::sha256("abc").value()) << '\n';
} catch (const std::exception& failure) {
    std::cout << failure.what() << '\n';
    return 1;
}
