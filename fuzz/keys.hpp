// SPDX-License-Identifier: Apache-2.0
// AWS credentials, held to their form and compared.
#pragma once

#include "property.hpp"

#include <eksauth/aws/credentials.hpp>

namespace fuzz {

inline void hold_keys(const eksauth::credentials& keys) {
    const auto form = check_credentials(keys, {"id", "secret", "token"});
    hold(form.has_value(), "credentials have the form of credentials", form ? "" : form.error().text());
}

inline bool same_keys(const eksauth::credentials& a, const eksauth::credentials& b) {
    return a.access_key_id == b.access_key_id && a.secret_access_key.reveal() == b.secret_access_key.reveal() &&
           a.session_token.reveal() == b.session_token.reveal() && a.expires == b.expires;
}

}  // namespace fuzz
