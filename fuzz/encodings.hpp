// SPDX-License-Identifier: Apache-2.0
// base64, percent-encoding and hexadecimal digits, there and back.
#pragma once

#include "property.hpp"

#include <credbase/secret_string.hpp>
#include <credplugin/protocol/cluster_info.hpp>
#include <eksauth/base/base64.hpp>
#include <eksauth/base/hex.hpp>
#include <eksauth/base/percent_encoding.hpp>
#include <eksauth/net/proxy.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace fuzz {

inline std::string base64(std::string_view bytes) {
    credbase::secret_string out;
    eksauth::append_base64(out, bytes);
    return std::string(out.reveal());
}

/// The bytes of base64, as the decoder of certificate authorities has them. Error: it is none.
inline credplugin::result<std::string> base64_decoded(std::string text) {
    credplugin::cluster_info cluster;
    cluster.certificate_authority_data = std::move(text);
    return cluster.certificate_authority();
}

/// The bytes of base64url without padding.
inline std::string base64url_decoded(std::string text) {
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    const auto bytes = base64_decoded(text);
    hold(bytes.has_value(), "base64url is base64 with other symbols", text);
    return *bytes;
}

}  // namespace fuzz

inline void fuzz_encodings(std::string_view input) {
    using fuzz::hold;
    const std::string encoded = fuzz::base64(input);
    const auto decoded = fuzz::base64_decoded(encoded);
    hold(decoded && *decoded == input && encoded.size() == (input.size() + 2) / 3 * 4, "base64 there and back", encoded);
    credbase::secret_string url;
    eksauth::append_base64url(url, input);
    hold(fuzz::base64url_decoded(std::string(url.reveal())) == input, "base64url there and back", url.reveal());

    const auto given = fuzz::base64_decoded(std::string(input));
    if (!fuzz::hold_same_end(given, fuzz::base64_decoded(std::string(input)))) {
        hold(input.find_first_not_of("\r\n") != input.npos, "nothing but line ends are no bytes, and no error");
    } else {
        // Unused bits of the last symbol are not looked at, as in Go.
        const auto again = fuzz::base64_decoded(fuzz::base64(*given));
        hold(again && *again == *given, "bytes that were read can be written");
    }

    const auto percent = eksauth::percent_encoded(input);
    for (const char c : percent.reveal())
        hold(c > 0x20 && c < 0x7F && std::string_view("&=+?#/:").find(c) == std::string_view::npos, "encoded text is one value");
    const auto basic = eksauth::detail::basic_authorization(percent.reveal());
    const std::string pair = std::string(input) + (input.find(':') == input.npos ? ":" : "");
    hold(basic && basic->reveal() == "Basic " + fuzz::base64(pair), "percent-encoding there and back", percent.reveal());
    if (const auto raw = eksauth::detail::basic_authorization(input); !raw) fuzz::hold_error(raw.error());
    hold(eksauth::hex({reinterpret_cast<const unsigned char*>(input.data()), input.size()}).size() == 2 * input.size(),
         "two digits a byte");
}
