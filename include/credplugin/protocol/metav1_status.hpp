// SPDX-License-Identifier: Apache-2.0
// A failure as a metav1.Status, which a failed plugin may print on stdout.
//
// Shape and limits: those of kubernetes/kubernetes pull request 138769, not yet in any release.
#pragma once

#include <credbase/json_access.hpp>
#include <credplugin/base/errors.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace credplugin {

/// One line with a Status of code 500: never 401, so that no caller takes it for an answer of the API server.
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

/// The message of the Status that a failed plugin printed, of at most 1 MiB, as it is there: not yet fit for a terminal.
///
/// Nothing where stdout is anything else, or the Status has no message.
inline std::optional<std::string> read_status_message(std::string_view printed) {
    const auto document = credbase::parse_json(printed, {.bytes = 1048576, .depth = 512}, errc::plugin_failed);
    if (!document || !document->is_object()) return std::nullopt;
    const credbase::json_fields fields(document->get_object(), "", errc::plugin_failed);
    const auto kind = fields.string("kind"), version = fields.string("apiVersion"), message = fields.string("message");
    if (!kind || *kind != "Status" || !version || *version != "v1" || !message || message->value_or("").empty()) return std::nullopt;
    return std::string(**message);
}

}  // namespace credplugin
