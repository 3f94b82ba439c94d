// SPDX-License-Identifier: Apache-2.0
// JSON from elsewhere: limits, and typed access whose errors name the member.
#pragma once

#include <credbase/error.hpp>
#include <credbase/plain_text.hpp>
#include <credbase/wiping_memory.hpp>

#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace credbase {

/// How much of a document is read at most.
struct json_limits {
    std::size_t bytes;  ///< of the whole text
    std::size_t depth;  ///< of arrays and objects within each other
};

/// Parses one JSON value that fills `text` but for white space around it. Its memory is wiped when it goes.
///
/// Refused with `code`: more bytes or levels than `limits` allow, a syntax error, anything behind the value, and text
/// that isn't UTF-8 (lone surrogate escapes included). Of duplicate names the last one counts.
inline result<boost::json::value> parse_json(std::string_view text, json_limits limits, errc code) {
    if (text.size() > limits.bytes)
        return error(code, "too large (" + std::to_string(text.size()) + " bytes, limit " + std::to_string(limits.bytes) + ")");
    boost::json::parse_options options;
    options.max_depth = limits.depth;
    boost::json::parser parser(wiping_storage(), options);
    parser.reset(wiping_storage());
    boost::json::error_code failure;
    const std::size_t read = parser.write_some(text, failure);
    if (!failure && text.find_first_not_of(" \t\r\n", read) != std::string_view::npos)
        failure = boost::json::error::extra_data;
    if (failure == boost::json::error::too_deep) return error(code, "more than " + std::to_string(limits.depth) + " levels deep");
    if (failure) return error(code, failure.message() + " at byte " + std::to_string(read));
    return parser.release();
}

/// The word for a JSON type in messages: null, boolean, number, string, array or object.
inline std::string_view json_type(const boost::json::value& value) {
    switch (value.kind()) {
    case boost::json::kind::null: return "null";
    case boost::json::kind::bool_: return "boolean";
    case boost::json::kind::string: return "string";
    case boost::json::kind::array: return "array";
    case boost::json::kind::object: return "object";
    default: return "number";
    }
}

/// Typed access to the members of an object from elsewhere; each error's context is the member's path.
///
/// A member that is JSON null counts as absent. The object must outlive this and whatever points into it.
class json_fields {
public:
    /// `path` is the object's own place, such as `spec.cluster`; empty at the top.
    json_fields(const boost::json::object& object, std::string path, errc code)
        : object_(&object), path_(std::move(path)), code_(code) {}

    /// The object that `value` must be.
    static result<json_fields> of(const boost::json::value& value, std::string path, errc code) {
        if (value.is_object()) return json_fields(value.get_object(), std::move(path), code);
        error wrong(code, "expected object, got " + std::string(json_type(value)));
        return path.empty() ? wrong : std::move(wrong).within(path);
    }

    /// The member of exactly that name, or null where it is absent.
    const boost::json::value* find(std::string_view name) const {
        const boost::json::value* found = object_->if_contains(name);
        return found != nullptr && !found->is_null() ? found : nullptr;
    }

    /// As `find`; where the exact name is absent, the one name that differs only in the case of ASCII letters.
    ///
    /// Error: two or more such names, since parsers differ on which one counts.
    result<const boost::json::value*> find_any_case(std::string_view name) const {
        if (object_->contains(name)) return find(name);
        const boost::json::value* found = nullptr;
        for (const auto& member : *object_) {
            if (!same_but_case(member.key(), name)) continue;
            if (found != nullptr) return error(code_, "ambiguous key \"" + std::string(name) + "\"");
            found = &member.value();
        }
        return found != nullptr && !found->is_null() ? found : nullptr;
    }

    /// The text of a member that `find` or `find_any_case` found; nothing for null. Error: it isn't a string.
    result<std::optional<std::string_view>> as_string(const boost::json::value* value, std::string_view name) const {
        if (value == nullptr) return std::optional<std::string_view>();
        if (!value->is_string()) return unexpected(*value, "string", name);
        return std::optional<std::string_view>(value->get_string());
    }

    /// Error: present, but not a string.
    result<std::optional<std::string_view>> string(std::string_view name) const { return as_string(find(name), name); }

    /// Nothing where it is absent. Error: present, but not a whole number of 64 bits.
    result<std::optional<std::int64_t>> integer(std::string_view name) const {
        const boost::json::value* value = find(name);
        if (value == nullptr) return std::optional<std::int64_t>();
        if (!value->is_number()) return unexpected(*value, "number", name);
        boost::json::error_code failure;
        const auto number = value->to_number<std::int64_t>(failure);
        if (failure) return error(code_, "not a whole number of 64 bits").within(path_of(name));
        return std::optional<std::int64_t>(number);
    }

    /// False where it is absent. Error: present, but neither true nor false.
    result<bool> boolean(std::string_view name) const {
        const boost::json::value* value = find(name);
        if (value == nullptr) return false;
        if (!value->is_bool()) return unexpected(*value, "boolean", name);
        return value->get_bool();
    }

    /// Nothing where it is absent. Error: present, but not an object.
    result<std::optional<json_fields>> object(std::string_view name) const {
        const boost::json::value* value = find(name);
        if (value == nullptr) return std::optional<json_fields>();
        if (!value->is_object()) return unexpected(*value, "object", name);
        return std::optional<json_fields>(json_fields(value->get_object(), path_of(name), code_));
    }

    /// The path of a member, such as `spec.cluster.server`.
    std::string path_of(std::string_view name) const { return (path_.empty() ? "" : path_ + ".").append(name); }

private:
    error unexpected(const boost::json::value& got, std::string_view expected, std::string_view name) const {
        return error(code_, "expected " + std::string(expected) + ", got " + std::string(json_type(got))).within(path_of(name));
    }

    const boost::json::object* object_;
    std::string path_;
    errc code_;
};

}  // namespace credbase
