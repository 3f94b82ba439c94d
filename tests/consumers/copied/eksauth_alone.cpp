// SPDX-License-Identifier: Apache-2.0
#include <eksauth/eksauth.hpp>
#include <eksauth/system_context.hpp>

#include <iostream>

int main(int, char** arguments) {
    const auto region = eksauth::parse_region(arguments[1]);
    std::cout << (region ? region->sts_host() : region.error().text()) << '\n';
    return region ? 0 : 1;
}
