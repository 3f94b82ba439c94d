// SPDX-License-Identifier: Apache-2.0
// The token library alone: prints a token for the cluster and region of the command line.
#include <eksauth/eksauth.hpp>
#include <eksauth/system_context.hpp>

#include <iostream>

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: eks_token CLUSTER REGION\n";
        return 2;
    }
    auto token = eksauth::get_token(eksauth::system_context(), {.cluster = arguments[1], .region = arguments[2]});
    if (!token) {
        std::cerr << token.error().text() << '\n';
        return 1;
    }
    std::cout << token->text.reveal() << std::endl;
    return std::cout ? 0 : 1;
}
