// SPDX-License-Identifier: Apache-2.0
// What the default chain finds in the process's own environment, files and network, to be compared with what botocore finds.
//
//   chain CLUSTER_REGION [PROFILE]
//
// Prints {"access_key_id", "secret_access_key", "session_token", "expires": epoch or null}, or `CODE: text` on stderr and
// exits with 1. For test keys only: a real program must not print these.
#include <eksauth/beast_transport.hpp>
#include <eksauth/default_chain.hpp>
#include <eksauth/system_context.hpp>

#include <boost/json.hpp>

#include <iostream>
#include <string>

int main(int count, char** arguments) {
    if (count != 2 && count != 3) {
        std::cerr << "usage: chain CLUSTER_REGION [PROFILE]\n";
        return 2;
    }
    eksauth::context ctx = eksauth::system_context();
    ctx.http = eksauth::beast_transport();
    const auto found = eksauth::default_chain(ctx, arguments[1], count == 3 ? arguments[2] : "");
    if (!found) {
        std::cerr << found.error().code().word << ": " << found.error().text() << '\n';
        return 1;
    }
    boost::json::value expires;
    if (found->expires) expires = found->expires->time_since_epoch().count();
    std::cout << boost::json::object{{"access_key_id", found->access_key_id},
                                     {"secret_access_key", found->secret_access_key.reveal()},
                                     {"session_token", found->session_token.reveal()},
                                     {"expires", expires}}
              << '\n';
}
