// SPDX-License-Identifier: Apache-2.0
#include <credplugin/credplugin.hpp>
#include <credplugin/system_context.hpp>

#include <iostream>

int main(int, char** arguments) {
    const auto info = credplugin::parse_exec_info(arguments[1]);
    std::cout << (info ? credplugin::to_string(info->version) : info.error().text()) << '\n';
    return info ? 0 : 1;
}
