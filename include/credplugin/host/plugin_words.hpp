// SPDX-License-Identifier: Apache-2.0
// What a plugin and its installer say, made fit for the host's own messages.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/redact.hpp>
#include <credbase/utf8.hpp>
#include <credplugin/host/exec_config.hpp>
#include <credplugin/protocol/exec_info_write.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace credplugin {

namespace detail {

/// The password in a URL; empty if there is none.
inline std::string_view url_password(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == url.npos) return {};
    url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    const auto at = url.rfind('@'), colon = url.find(':');
    return at == url.npos || colon >= at ? std::string_view() : url.substr(colon + 1, at - colon - 1);
}

/// What the plugin was told and must not be told to others: as it is, and as it stands in KUBERNETES_EXEC_INFO.
inline std::vector<credbase::secret_string> secrets_of(const plugin_call& call) {
    const std::string_view proxy = call.cluster.proxy_url.reveal();
    std::vector<credbase::secret_string> found;
    for (const std::string_view secret : {proxy, url_password(proxy)}) {
        credbase::secret_string in_json;
        append_go_string(in_json, secret);
        found.emplace_back(secret);
        found.emplace_back(in_json.reveal().substr(1, in_json.size() - 2));
    }
    for (const environment_variable& variable : call.exec.environment) found.emplace_back(variable.value);
    return found;
}

/// The lines without their ends, the last one with what it ends in; one at least.
inline std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    for (;;) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (end != text.npos && line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        if (end == text.npos) return lines;
        text.remove_prefix(end + 1);
    }
}

/// Each line as `escape_controls` makes it; blank space at the end goes.
inline std::string escaped_lines(std::string_view text) {
    text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);  // npos + 1 is 0
    std::string out;
    for (const std::string_view line : lines_of(text)) out.append(credbase::escape_controls(line)).append("\n");
    out.pop_back();
    return out;
}

}  // namespace detail

/// What a plugin wrote, for people: several lines may stay several, other control characters are escaped, and what the
/// call holds of secrets (environment values, the proxy's URL and password, of 8 bytes or more) is replaced.
///
/// `cut`: only the end of what it wrote is there.
inline std::string words_of_plugin(std::string_view text, const plugin_call& call, bool cut = false) {
    return detail::escaped_lines(credbase::redacted(text, detail::secrets_of(call), cut));
}

/// An install hint as client-go shows it: control characters but those of white space as `U+001B`, what isn't UTF-8 as U+FFFD.
///
/// Source: client-go `tools/clientcmd/client_config.go`, `cleanANSIEscapeCodes`.
inline std::string plain_hint(std::string_view hint) {
    std::string out;
    for (std::size_t at = 0; at < hint.size();) {
        const std::size_t length = credbase::utf8_length(hint, at);
        const std::string_view sequence = hint.substr(at, length);
        const char last = hint[at + (length == 2 ? 1 : 0)];
        const bool c0 = length == 1 && ((last < 0x20 && (last < '\t' || last > '\r')) || last == 0x7F);
        const bool c1 = length == 2 && sequence < "\xC2\xA0";  // its code point is the second byte
        if (length == 0) out += "\uFFFD";
        else if (c0 || c1) out += "U+00" + credbase::upper_case(credbase::hex_byte(last).substr(2));
        else out += sequence;
        at += length == 0 ? 1 : length;
    }
    return out;
}

}  // namespace credplugin
