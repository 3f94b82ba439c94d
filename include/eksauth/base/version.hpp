// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace eksauth {

/// The version of the headers and the program, also told to services as the User-Agent.
inline constexpr char version[] = "0.1.0";

}  // namespace eksauth
