// SPDX-License-Identifier: Apache-2.0
// The objects of a provider file, read as Go reads them.
#pragma once

#include <credbase/json_access.hpp>
#include <credbase/plain_text.hpp>
#include <credplugin/base/errors.hpp>

#include <boost/json/value.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credplugin::detail {

inline error refused_at(const std::string& path, std::string message) {
    return error(errc::bad_provider_file, std::move(message)).within(path);
}

inline result<std::string> provider_text(const boost::json::value& value, const std::string& path) {
    if (!value.is_string()) return refused_at(path, "expected string, got " + std::string(credbase::json_type(value)));
    if (std::string_view(value.get_string()).find('\0') != std::string_view::npos) return refused_at(path, "may not contain NUL");
    return std::string(value.get_string());
}

/// An object of the provider file. As in Go its keys may be in any case; what isn't one of `keys` is warned of.
class provider_object {
public:
    static result<provider_object> of(const boost::json::value& value, std::string path, std::initializer_list<std::string_view> keys,
                                      std::vector<std::string>& warnings) {
        auto fields = credbase::json_fields::of(value, path, errc::bad_provider_file);
        if (!fields) return fields.error();
        for (const auto& member : value.get_object()) {
            const bool known = std::any_of(keys.begin(), keys.end(), [&](std::string_view key) {
                return member.key() == key || (credbase::same_but_case(member.key(), key) && !value.get_object().contains(key));
            });
            if (!known) warnings.push_back("unknown key " + credbase::quoted(fields->path_of(member.key())) + " is ignored");
        }
        return provider_object(*fields, std::move(path));
    }

    /// The member, null if absent. Error: it is of another type, or in two spellings of other case.
    result<const boost::json::value*> member(std::string_view name, std::string_view type) const {
        auto found = any_case(name);
        if (found && *found != nullptr && credbase::json_type(**found) != type)
            return refused_at(path_of(name), "expected " + std::string(type) + ", got " + std::string(credbase::json_type(**found)));
        return found;
    }

    /// The text of a member, empty if absent. Error: as `member`, or it has a NUL.
    result<std::string> text(std::string_view name) const {
        auto found = any_case(name);
        if (!found) return found.error();
        if (*found == nullptr) return std::string();
        return provider_text(**found, path_of(name));
    }

    /// Reads each element of an array with `read(element, path)`; none if it is absent.
    template <class T, class Read>
    result<std::vector<T>> list(std::string_view name, Read read) const {
        std::vector<T> all;
        auto found = member(name, "array");
        if (!found) return found.error();
        if (*found == nullptr) return all;
        for (const boost::json::value& element : (*found)->get_array()) {
            result<T> one = read(element, path_of(name) + '[' + std::to_string(all.size()) + ']');
            if (!one) return one.error();
            all.push_back(*std::move(one));
        }
        return all;
    }

    std::string path_of(std::string_view name) const { return fields_.path_of(name); }

private:
    provider_object(credbase::json_fields fields, std::string path) : fields_(std::move(fields)), path_(std::move(path)) {}

    result<const boost::json::value*> any_case(std::string_view name) const {
        auto found = fields_.find_any_case(name);
        if (!found && !path_.empty()) return found.error().within(path_);
        return found;
    }

    credbase::json_fields fields_;
    std::string path_;
};

}  // namespace credplugin::detail
