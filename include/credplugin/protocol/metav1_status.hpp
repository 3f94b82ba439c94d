// SPDX-License-Identifier: Apache-2.0
// A failure as a metav1.Status, which hosts may one day read from a failed plugin's stdout.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>

namespace credplugin {

/// One line with a Status of code 500: never 401, so that no caller takes it for an answer of the API server.
///
/// Shape: that of kubernetes/kubernetes pull request 138769, not yet in any release.
inline std::string write_status(std::string_view message) {
    return boost::json::serialize(boost::json::object{{"kind", "Status"},
                                                      {"apiVersion", "v1"},
                                                      {"metadata", boost::json::object()},
                                                      {"status", "Failure"},
                                                      {"message", message},
                                                      {"reason", "InternalError"},
                                                      {"code", 500}}) +
           "\n";
}

}  // namespace credplugin
