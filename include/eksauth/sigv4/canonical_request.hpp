// SPDX-License-Identifier: Apache-2.0
// The first stage of SigV4: a request in its one canonical form.
#pragma once

#include <credbase/plain_text.hpp>
#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/percent_encoding.hpp>
#include <eksauth/base/sha256.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

/// A header or a query parameter. The texts must outlive it.
struct name_value {
    std::string_view name,  ///< of a header in any case
        value;              ///< not encoded
};

/// What a signature covers. The texts must outlive it.
struct signable_request {
    std::string_view method = "GET";       ///< in capitals
    std::string_view path = "/";           ///< as sent
    std::vector<name_value> query = {};    ///< decoded names and values
    std::vector<name_value> headers = {};  ///< `host` included
    std::string_view body = {};            ///< signed by its SHA-256
    bool normalize_path = true;  ///< false for services that, like S3, take the path as it is
};

/// The `host` header for an authority: the scheme's default port is left out.
inline std::string_view host_header(std::string_view scheme, std::string_view authority) {
    const std::string_view port = scheme == "https" ? ":443" : ":80";
    if (authority.ends_with(port)) authority.remove_suffix(port.size());
    return authority;
}

/// The path with dot segments resolved and repeated slashes joined where asked for, then percent-encoded but for `/`.
///
/// A path that is encoded already is encoded again, as every service but S3 expects.
inline std::string canonical_path(std::string_view path, bool normalize) {
    std::string resolved(path.empty() ? "/" : path);
    if (normalize) {
        std::vector<std::string_view> kept;
        for (std::size_t at = 0; at <= path.size();) {
            const std::size_t end = std::min(path.find('/', at), path.size());
            const std::string_view segment = path.substr(at, end - at);
            if (segment == "..") {
                if (!kept.empty()) kept.pop_back();
            } else if (!segment.empty() && segment != ".") {
                kept.push_back(segment);
            }
            at = end + 1;
        }
        resolved = "/";
        for (const std::string_view segment : kept) resolved.append(segment).append("/");
        // RFC 3986 ends `/a/b/..` with a slash; botocore keeps one only if the path itself ends with one.
        if (!kept.empty() && !path.ends_with('/')) resolved.pop_back();
    }
    credbase::secret_string encoded;
    append_percent_encoded(encoded, resolved, "/");
    return std::string(encoded.reveal());
}

/// Names and values encoded, sorted by name and then by value, joined with `=` and `&`.
inline credbase::secret_string canonical_query(const std::vector<name_value>& query) {
    std::vector<std::pair<credbase::secret_string, credbase::secret_string>> encoded;
    encoded.reserve(query.size());
    for (const name_value& one : query) encoded.emplace_back(percent_encoded(one.name), percent_encoded(one.value));
    std::sort(encoded.begin(), encoded.end(), [](const auto& a, const auto& b) {
        const int names = a.first.reveal().compare(b.first.reveal());
        return names != 0 ? names < 0 : a.second.reveal() < b.second.reveal();
    });
    credbase::secret_string out;
    for (const auto& [name, value] : encoded) {
        if (!out.empty()) out.append('&');
        out.append(name.reveal()).append('=').append(value.reveal());
    }
    return out;
}

/// CanonicalHeaders and SignedHeaders.
struct canonical_header_block {
    credbase::secret_string lines;  ///< `name:value` and a line feed each
    std::string names;              ///< joined with `;`
};

/// Names lower-cased and sorted, values trimmed, each run of white space one space, values of one name joined with `,`.
///
/// Headers that a proxy or a client library may change on the way are left out.
inline canonical_header_block canonical_headers(const std::vector<name_value>& headers) {
    constexpr std::array<std::string_view, 7> never_signed = {"authorization", "user-agent", "x-amzn-trace-id", "expect",
                                                              "transfer-encoding", "connection", "accept-encoding"};
    constexpr auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    std::vector<std::pair<std::string, std::string_view>> sorted;
    for (const name_value& header : headers) {
        std::string name = credbase::lower_case(std::string(header.name));
        if (std::find(never_signed.begin(), never_signed.end(), name) == never_signed.end()) sorted.emplace_back(std::move(name), header.value);
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

    canonical_header_block out;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const auto& [name, value] = sorted[i];
        if (i != 0 && sorted[i - 1].first == name) {
            out.lines.append(',');
        } else {
            out.lines.append(i == 0 ? "" : "\n").append(name).append(':');
            out.names.append(i == 0 ? "" : ";").append(name);
        }
        std::string_view between = "";
        for (auto at = value.begin(); at != value.end();) {
            at = std::find_if_not(at, value.end(), is_blank);
            const auto end = std::find_if(at, value.end(), is_blank);
            if (at != end) out.lines.append(std::exchange(between, " ")).append({at, end});
            at = end;
        }
    }
    if (!sorted.empty()) out.lines.append('\n');
    return out;
}

/// The hash of the body in hexadecimal; that of no body is known. Error: as `sha256`.
inline result<std::string> payload_hash(std::string_view body) {
    if (body.empty()) return "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    auto hash = sha256(body);
    if (!hash) return hash.error();
    return hex(*hash);
}

/// The canonical request; secret, since it may hold a session token. Error: as `sha256`.
///
/// Source: AWS SigV4, "Create a canonical request".
inline result<credbase::secret_string> canonical_request(const signable_request& request) {
    auto payload = payload_hash(request.body);
    if (!payload) return payload.error();
    const canonical_header_block headers = canonical_headers(request.headers);
    const credbase::secret_string query = canonical_query(request.query);
    credbase::secret_string out;
    out.reserve(256 + request.path.size() + query.size() + headers.lines.size());
    out.append(request.method).append('\n').append(canonical_path(request.path, request.normalize_path)).append('\n');
    out.append(query.reveal()).append('\n').append(headers.lines.reveal()).append('\n').append(headers.names).append('\n');
    out.append(*payload);
    return out;
}

}  // namespace eksauth
