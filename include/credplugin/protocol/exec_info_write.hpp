// SPDX-License-Identifier: Apache-2.0
// KUBERNETES_EXEC_INFO as a host writes it.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/utf8.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/protocol/api_version.hpp>
#include <credplugin/protocol/cluster_info.hpp>
#include <credplugin/protocol/exec_info.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace credplugin {

/// The longest value of KUBERNETES_EXEC_INFO with which Linux starts a program: one variable has 131072 bytes, name, `=` and NUL included.
inline constexpr std::size_t exec_info_write_limit = 131050;

namespace detail {

/// The characters that Go's encoder escapes for HTML's and JavaScript's sake, wherever they stand; all else as it is.
inline std::string_view html_escaped(std::string_view character) {
    if (character == "<") return "\\u003c";
    if (character == ">") return "\\u003e";
    if (character == "&") return "\\u0026";
    if (character == "\u2028") return "\\u2028";
    if (character == "\u2029") return "\\u2029";
    return character;
}

/// A JSON string with Go's choice of escapes, quotes included; a byte that isn't UTF-8 becomes U+FFFD.
inline void append_go_string(credbase::secret_string& out, std::string_view text) {
    constexpr std::string_view special = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
    out.append('"');
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = credbase::utf8_length(text, at);
        if (length == 0) out.append("\\ufffd");
        else if (const auto found = special.find(text[at]); found != special.npos) out.append('\\').append(letters[found]);
        else if (length == 1 && text[at] < 0x20) out.append("\\u00").append(credbase::hex_byte(text[at]).substr(2));
        else out.append(html_escaped(text.substr(at, length)));
        at += std::max<std::size_t>(length, 1);
    }
    out.append('"');
}

/// JSON text that is known to be valid, as Go's encoder passes it on: without the white space between its parts, and
/// escaped for HTML; else byte for byte.
inline void append_go_json(credbase::secret_string& out, std::string_view json) {
    bool in_string = false;
    for (std::size_t at = 0; at < json.size();) {
        const bool escape = in_string && json[at] == '\\';
        const std::string_view part = json.substr(at, escape ? 2 : std::max<std::size_t>(credbase::utf8_length(json, at), 1));
        if (part == "\"") in_string = !in_string;
        if (in_string || std::string_view(" \t\r\n").find(part) == std::string_view::npos) out.append(html_escaped(part));
        at += part.size();
    }
}

/// Source: client-go `pkg/apis/clientauthentication/v1/types.go`, `Cluster`; members that are empty or false are left out.
inline void append_cluster(credbase::secret_string& out, const cluster_info& cluster) {
    const auto text = [&](std::string_view start, std::string_view value) {
        out.append(start);
        append_go_string(out, value);
    };
    std::string authority = cluster.certificate_authority_data;
    std::erase_if(authority, [](char c) { return c == '\r' || c == '\n'; });  // Go decodes it and encodes it anew
    text(R"({"server":)", cluster.server);
    if (!cluster.tls_server_name.empty()) text(R"(,"tls-server-name":)", cluster.tls_server_name);
    if (cluster.insecure_skip_tls_verify) out.append(R"(,"insecure-skip-tls-verify":true)");
    if (!authority.empty()) text(R"(,"certificate-authority-data":)", authority);
    if (!cluster.proxy_url.empty()) text(R"(,"proxy-url":)", cluster.proxy_url.reveal());
    if (cluster.disable_compression) out.append(R"(,"disable-compression":true)");
    out.append(R"(,"config":)");
    append_go_json(out, cluster.config_raw.empty() ? "null" : std::string_view(cluster.config_raw));
    out.append('}');
}

}  // namespace detail

/// The value of KUBERNETES_EXEC_INFO, byte for byte as client-go writes it, its line end included.
///
/// Of the config only `config_raw` counts, which must be valid JSON; where it is empty, `null` is written.
/// Error, `bad_exec_config`: the value is longer than `exec_info_write_limit`.
/// Source: client-go's `exec.go`, and Go's `encoding/json`, whose escapes for HTML are on.
inline result<credbase::secret_string> write_exec_info(const exec_info& info) {
    credbase::secret_string out;
    out.append(R"({"kind":"ExecCredential","apiVersion":")").append(to_string(info.version)).append(R"(","spec":{)");
    if (info.cluster) {
        out.append(R"("cluster":)");
        detail::append_cluster(out, *info.cluster);
        out.append(',');
    }
    out.append(R"("interactive":)").append(info.interactive ? "true" : "false").append("}}\n");
    if (out.size() > exec_info_write_limit)
        return error(errc::bad_exec_config, "KUBERNETES_EXEC_INFO is too large (" + std::to_string(out.size()) + " bytes, limit " +
                                                std::to_string(exec_info_write_limit) + ")");
    return out;
}

}  // namespace credplugin
