// SPDX-License-Identifier: Apache-2.0
// The ExecCredential that a plugin printed, as a host reads it.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/timestamp.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/protocol/api_version.hpp>
#include <credplugin/protocol/exec_credential.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace credplugin {

/// What is read at most of a plugin's stdout.
inline constexpr credbase::json_limits exec_credential_limits{.bytes = 1048576, .depth = 512};

namespace detail {

/// The version of the document; nothing where it names none. Error: it isn't an ExecCredential of a version that is known.
inline result<std::optional<api_version>> read_version(const credbase::json_fields& top, api_version expected) {
    const auto version = top.string("apiVersion"), kind = top.string("kind");
    if (!version) return version.error();
    if (!kind) return kind.error();
    const std::string_view named = version->value_or(""), kind_named = kind->value_or("");
    const auto known = parse_api_version(named);
    if ((known || named.empty()) && (kind_named.empty() || kind_named == "ExecCredential")) return known;
    return error(errc::bad_answer, "no kind " + credbase::quoted(kind_named.empty() ? "ExecCredential" : kind_named) +
                                       " is registered for version " + credbase::quoted(named) +
                                       " (want kind \"ExecCredential\" of version " + credbase::quoted(to_string(expected)) + ")");
}

inline result<std::optional<std::chrono::sys_seconds>> read_expiry(const credbase::json_fields& status) {
    const auto text = status.string("expirationTimestamp");
    if (!text) return text.error();
    if (!*text) return std::optional<std::chrono::sys_seconds>();
    const auto at = credbase::parse_rfc3339(**text);
    if (!at) return error(errc::bad_answer, "not a time such as 2026-01-02T03:04:05Z").within(status.path_of("expirationTimestamp"));
    constexpr std::chrono::sys_days never = std::chrono::year(1) / 1 / 1;  // the zero value of Go's time.Time
    return *at == never ? std::optional<std::chrono::sys_seconds>() : at;
}

inline result<exec_credential> read_status(const credbase::json_fields& status) {
    const auto token = status.string("token"), certificate = status.string("clientCertificateData"), key = status.string("clientKeyData");
    const auto expires = read_expiry(status);
    for (const auto* text : {&token, &certificate, &key})
        if (!*text) return text->error();
    if (!expires) return expires.error();
    return exec_credential{.token = credbase::secret_string(token->value_or("")),
                           .client_certificate_data = std::string(certificate->value_or("")),
                           .client_key_data = credbase::secret_string(key->value_or("")),
                           .expires = *expires};
}

/// Source: client-go's `exec.go`, `refreshCredsLocked`; the check of the token is ours: nothing may be smuggled into a header.
inline result<> check_answer(const exec_credential& answer) {
    const auto refused = [](const char* why) { return error(errc::bad_answer, why); };
    const std::string_view token = answer.token.reveal();
    const bool certificate = !answer.client_certificate_data.empty(), key = !answer.client_key_data.empty();
    if (token.empty() && !certificate && !key) return refused("exec plugin didn't return a token or cert/key pair");
    if (certificate != key) return refused("exec plugin returned only certificate or key, not both");
    if (token.size() > 65536 || !all_within(token, 0x21, 0x7E)) return refused("exec plugin returned an invalid token");
    return {};
}

}  // namespace detail

/// Reads what a plugin printed that ended with 0, for a request of that version.
///
/// Checked in client-go's order: syntax, a known version and kind, types (`decoding stdout: …`), the request's version, a
/// status, a token or a key pair, both halves of the pair; then the token (1 to 65536 bytes of visible ASCII). Whether
/// certificate and key are good and belong together is left to `host_context::check_key_pair`. Unknown members are ignored,
/// null counts as absent, of duplicate names the last one counts, a byte order mark is skipped, the kind may be missing. The
/// first instant of year 1, Go's zero time, is no expiry; a fraction of a second is cut off.
/// Error, `bad_answer`: one of these checks; apart from its version and kind it never quotes what was printed.
/// Source: client-go's `exec.go`; unlike there, YAML and text that isn't UTF-8 are refused.
inline result<exec_credential> read_exec_credential(std::string_view printed, api_version expected) {
    constexpr std::string_view decoding = "decoding stdout";
    const auto other_version = [&](const std::string& got) {
        return error(errc::bad_answer, "exec plugin is configured to use API version " + std::string(to_string(expected)) +
                                           ", plugin returned " + got);
    };
    if (printed.starts_with("\xEF\xBB\xBF")) printed.remove_prefix(3);
    if (printed.find_first_not_of(" \t\r\n") == printed.npos) return other_version("no apiVersion: it printed nothing");
    const auto document = credbase::parse_json(printed, exec_credential_limits, errc::bad_answer);
    if (!document) return document.error().within(decoding);
    if (document->is_null()) return other_version("no apiVersion");
    const auto top = credbase::json_fields::of(*document, "", errc::bad_answer);
    if (!top) return top.error().within(decoding);

    const auto version = detail::read_version(*top, expected);
    if (!version) return version.error().within(decoding);
    if (!*version) return other_version("no apiVersion");
    const auto status = top->object("status");
    if (!status) return status.error().within(decoding);
    auto answer = *status ? detail::read_status(**status) : exec_credential();
    if (!answer) return answer.error().within(decoding);

    if (**version != expected) return other_version("version " + std::string(to_string(**version)));
    if (!*status) return error(errc::bad_answer, "exec plugin didn't return a status field");
    if (auto good = detail::check_answer(*answer); !good) return good.error();
    return answer;
}

}  // namespace credplugin
