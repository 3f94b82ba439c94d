// SPDX-License-Identifier: Apache-2.0
// The whole kit for tests of plugins that use AWS.
#pragma once

#include <awsfakes/check_token.hpp>
#include <awsfakes/keys.hpp>
#include <awsfakes/request.hpp>
#include <awsfakes/run_plugin.hpp>
#include <awsfakes/services.hpp>
#include <awsfakes/sigv4.hpp>
