// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace credplugin {

/// The two live versions of `client.authentication.k8s.io`; their wire fields are the same.
enum class api_version { v1beta1, v1 };

/// The value of `apiVersion`, group included.
constexpr std::string_view to_string(api_version version) {
    return version == api_version::v1 ? "client.authentication.k8s.io/v1" : "client.authentication.k8s.io/v1beta1";
}

/// Reads the value of `apiVersion`; nothing for any other text, `…/v1alpha1` (gone since Kubernetes 1.24) included.
constexpr std::optional<api_version> parse_api_version(std::string_view text) {
    for (const api_version version : {api_version::v1beta1, api_version::v1})
        if (text == to_string(version)) return version;
    return std::nullopt;
}

}  // namespace credplugin
