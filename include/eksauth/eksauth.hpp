// SPDX-License-Identifier: Apache-2.0
// eksauth, whole. A program adds <eksauth/system_context.hpp>.
#pragma once

#include <eksauth/get_token.hpp>
#include <eksauth/sigv4/sign_headers.hpp>
