// SPDX-License-Identifier: Apache-2.0
// A ClusterProfile: how a cluster describes itself to those who want to reach it.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/json_source.hpp>
#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>
#include <credplugin/protocol/cluster_info.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credplugin {

/// What is read at most of a ClusterProfile: as much as an API server takes of one object.
inline constexpr credbase::json_limits cluster_profile_limits{.bytes = 3145728, .depth = 512};

/// Something that a cluster says to those who know its name; any JSON.
struct cluster_extension {
    std::string name;            ///< such as `client.authentication.k8s.io/exec`
    boost::json::value payload;  ///< null where there is none
    std::string payload_raw;     ///< its bytes as they stand in the profile; empty where there is none
};

/// A way to reach the cluster, for the provider of that name.
struct access_provider {
    std::string name;      ///< of the provider
    cluster_info cluster;  ///< without config: that is one of the extensions
    std::vector<cluster_extension> extensions;  ///< in the profile's order
};

/// A ClusterProfile that was read. All of it is untrusted: it says what its writer wants.
struct cluster_profile {
    std::string name;        ///< of its metadata
    std::string name_space;  ///< empty where it has none
    std::vector<access_provider> access_providers;  ///< of different names
    std::vector<std::string> warnings;              ///< what is out of date or ignored, a line each with its place

    /// `namespace/name`, or the name alone.
    std::string full_name() const { return name_space.empty() ? name : name_space + '/' + name; }
};

namespace detail {

/// Calls `read(fields, source, path)` for each object of an array, in order; nothing is there to call for where the member is absent.
template <class Read>
result<> for_each_object(const credbase::json_fields& fields, std::string_view source, std::string_view name, Read read) {
    const std::string path = fields.path_of(name);
    const boost::json::value* list = fields.find(name);
    if (list == nullptr) return {};
    if (!list->is_array())
        return error(errc::bad_cluster_profile, "expected array, got " + std::string(credbase::json_type(*list))).within(path);
    const auto sources = credbase::json_elements(credbase::json_source(source, {name}));
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const std::string place = path + '[' + std::to_string(i) + ']';
        auto element = credbase::json_fields::of(list->get_array()[i], place, errc::bad_cluster_profile);
        if (!element) return element.error();
        result<> done = read(*element, sources[i], place);
        if (!done) return done;
    }
    return {};
}

inline result<cluster_extension> read_extension(const credbase::json_fields& fields, std::string_view source) {
    auto name = fields.string("name");
    if (!name) return name.error();
    cluster_extension extension{.name = std::string(name->value_or("")), .payload = nullptr, .payload_raw = {}};
    if (const boost::json::value* payload = fields.find("extension")) {
        extension.payload = *payload;
        extension.payload_raw = credbase::json_source(source, {"extension"});
    }
    return extension;
}

inline result<access_provider> read_access_provider(const credbase::json_fields& fields, std::string_view source,
                                                    std::vector<std::string>& warnings) {
    auto name = fields.string("name");
    if (!name) return name.error();
    access_provider provider{.name = std::string(name->value_or("")), .cluster = {}, .extensions = {}};
    auto cluster = fields.object("cluster");
    if (!cluster) return cluster.error();
    if (!*cluster) return provider;
    auto read = read_cluster_fields(**cluster);
    if (!read) return read.error();
    provider.cluster = *std::move(read);
    if ((*cluster)->find("certificate-authority") != nullptr)
        warnings.push_back((*cluster)->path_of("certificate-authority") +
                           ": ignored, no file is opened for a ClusterProfile; use certificate-authority-data");
    auto done = for_each_object(**cluster, credbase::json_source(source, {"cluster"}), "extensions",
                                [&](const credbase::json_fields& element, std::string_view bytes, const std::string&) -> result<> {
                                    auto extension = read_extension(element, bytes);
                                    if (!extension) return extension.error();
                                    provider.extensions.push_back(*std::move(extension));
                                    return {};
                                });
    if (!done) return done.error();
    return provider;
}

/// Adds the providers of one list, but for those whose names an earlier list had.
inline result<> read_access_providers(const credbase::json_fields& status, std::string_view source, std::string_view list,
                                      cluster_profile& profile) {
    std::set<std::string> before, names;
    for (const access_provider& known : profile.access_providers) before.insert(known.name);
    return for_each_object(
        status, source, list, [&](const credbase::json_fields& fields, std::string_view bytes, const std::string& path) -> result<> {
            if (list == "credentialProviders") profile.warnings.push_back(path + ": deprecated, use status.accessProviders");
            auto provider = read_access_provider(fields, bytes, profile.warnings);
            if (!provider) return provider.error();
            if (!names.insert(provider->name).second)
                return error(errc::bad_cluster_profile, "duplicate access provider " + credbase::quoted(provider->name)).within(path);
            if (!before.contains(provider->name)) profile.access_providers.push_back(*std::move(provider));
            return {};
        });
}

/// Whether it is what it says, if it does: what Go writes of an object that it knows the type of says neither kind nor version.
inline result<> check_kind(const credbase::json_fields& top) {
    const auto kind = top.string("kind"), version = top.string("apiVersion");
    if (!kind) return kind.error();
    if (!version) return version.error();
    const std::string_view named = kind->value_or(""), group = version->value_or("");
    const auto other = [](std::string_view wanted, std::string_view got, const char* member) {
        return error(errc::bad_cluster_profile, "expected " + std::string(wanted) + ", got " + credbase::quoted(got)).within(member);
    };
    if (!named.empty() && named != "ClusterProfile") return other("ClusterProfile", named, "kind");
    if (!group.empty() && !group.starts_with("multicluster.x-k8s.io/")) return other("multicluster.x-k8s.io", group, "apiVersion");
    return {};
}

inline result<cluster_profile> read_profile(std::string_view text) {
    auto document = credbase::parse_json(text, cluster_profile_limits, errc::bad_cluster_profile);
    if (!document) return document.error();
    auto top = credbase::json_fields::of(*document, "", errc::bad_cluster_profile);
    if (!top) return top.error();
    if (auto fit = check_kind(*top); !fit) return fit.error();
    cluster_profile profile;
    auto metadata = top->object("metadata");
    if (!metadata) return metadata.error();
    for (auto [key, member] : {std::pair("name", &cluster_profile::name), {"namespace", &cluster_profile::name_space}}) {
        if (!*metadata) break;
        auto value = (*metadata)->string(key);
        if (!value) return value.error();
        profile.*member = value->value_or("");
    }
    auto status = top->object("status");
    if (!status) return status.error();
    if (!*status) return profile;
    for (const char* list : {"accessProviders", "credentialProviders"})
        if (auto done = read_access_providers(**status, credbase::json_source(text, {"status"}), list, profile); !done) return done.error();
    return profile;
}

}  // namespace detail

/// Reads the JSON text of a ClusterProfile (`multicluster.x-k8s.io/v1alpha1`).
///
/// The providers are those of `status.accessProviders`, and of the deprecated `status.credentialProviders` whose names the
/// former lacks. Null counts as absent, unknown members are ignored, of duplicate members the last one counts; a
/// certificate authority that is named by its path is ignored with a warning. Error: another kind or group, such as a list's
/// (any version is taken, as is none of them); the place of what isn't of its type, such as
/// `status.accessProviders[0].cluster.server`, or of the second provider of one name in a list.
/// Source: cluster-inventory-api `apis/v1alpha1/clusterprofile_types.go`, `pkg/access/config.go`.
inline result<cluster_profile> parse_cluster_profile(std::string_view text) {
    auto profile = detail::read_profile(text);
    if (!profile) return profile.error().within("failed to parse ClusterProfile");
    return profile;
}

}  // namespace credplugin
