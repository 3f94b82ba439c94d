// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/timestamp.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace eksauth {

/// What the signature is valid for, the third line of the string to sign.
///
/// Shape: `<yyyymmdd>/<region>/<service>/aws4_request`, the date in UTC.
struct credential_scope {
    std::string date,  ///< `yyyymmdd`
        region,        ///< such as `eu-west-1`
        service;       ///< such as `sts`

    /// `at` is when the request is signed; of it the date alone counts.
    credential_scope(std::chrono::sys_seconds at, std::string_view region_name, std::string_view service_name)
        : date(credbase::iso8601_basic(at).substr(0, 8)), region(region_name), service(service_name) {}

    /// The line itself, without its end.
    std::string text() const { return date + "/" + region + "/" + service + "/aws4_request"; }
};

}  // namespace eksauth
