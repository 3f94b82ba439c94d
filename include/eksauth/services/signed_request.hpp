// SPDX-License-Identifier: Apache-2.0
// A request to a service that proves who makes it.
#pragma once

#include <credbase/secret_string.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/http.hpp>
#include <eksauth/sigv4/sign_headers.hpp>

#include <string>
#include <utility>

namespace eksauth {

/// Signs a request that is otherwise whole and has no query: its method, path, body and the headers that it has, and its host.
inline result<http_request> signed_request(http_request to, const credentials& keys, const signing_parameters& parameters) {
    const std::string authority = to.authority();
    signable_request request{.method = to.method, .path = to.target, .headers = {{"host", authority}}, .body = to.body.reveal()};
    for (const http_header& one : to.headers) request.headers.push_back({one.name, one.value.reveal()});
    auto made = sign_headers(std::move(request), keys, parameters);
    if (!made) return made.error();
    to.headers.push_back({"X-Amz-Date", credbase::secret_string(made->x_amz_date)});
    if (!keys.session_token.empty()) {
        to.headers.push_back({"X-Amz-Security-Token", keys.session_token});
        to.secrets.push_back(keys.session_token);
    }
    to.headers.push_back({"Authorization", credbase::secret_string(made->authorization)});
    return to;
}

}  // namespace eksauth
