// SPDX-License-Identifier: Apache-2.0
// YAML turned into JSON text as Kubernetes does it, which is YAML 1.1: `yes` is true, `0755` is 493, `"0755"` stays text.
#pragma once

#include <credplugin/base/errors.hpp>

#include <string>
#include <string_view>

#ifndef EXAMPLES_HAVE_YAML
inline credplugin::result<std::string> yaml_as_json(std::string_view) {
    return credplugin::error(credplugin::errc::bad_cluster_profile, "built without yaml-cpp: write it as JSON, or install yaml-cpp and build anew");
}
#else

#include <credbase/plain_text.hpp>
#include <credplugin/host/cluster_profile.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace yaml {

/// As Go reads it: `0x`, `0b`, `0o` or `0` in front tell the base. Nothing where it isn't one of 64 bits.
inline std::optional<boost::json::value> whole_number(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    int base = 10;
    if (text.size() > 1 && text[0] == '0') {
        const char mark = credbase::lower_case({text[1]})[0];
        base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
        text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
    }
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number, base);
    constexpr std::uint64_t lowest = std::uint64_t{1} << 63U;
    if (read.ec != std::errc() || read.ptr != end || (negative && number > lowest)) return std::nullopt;
    if (negative) return boost::json::value(static_cast<std::int64_t>(~number + 1));
    return boost::json::value(number);
}

inline std::optional<boost::json::value> real_number(const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (text.find_first_not_of("0123456789+-.eE") != text.npos || *end != '\0' || !std::isfinite(number)) return std::nullopt;
    return boost::json::value(number);
}

/// A scalar without quotes. Source: go-yaml v2, `resolve.go`, as sigs.k8s.io/yaml uses it.
inline boost::json::value plain_scalar(const std::string& text) {
    const auto is = [&](std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), text) != words.end(); };
    if (is({"", "~", "null", "Null", "NULL"})) return nullptr;
    if (is({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) return true;
    if (is({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) return false;
    if (const std::string lower = credbase::lower_case(text); lower.ends_with(".inf") || lower == ".nan")
        throw std::runtime_error(credbase::quoted(text) + " has no JSON");
    if (std::string_view("+-.0123456789").find(text[0]) == std::string_view::npos) return boost::json::value(text);
    std::string digits = text;
    std::erase(digits, '_');
    if (const auto number = whole_number(digits)) return *number;
    if (const auto number = real_number(digits)) return *number;
    return boost::json::value(text);
}

/// Makes JSON of a document, whose aliases may stand for more than there is memory, or for themselves.
class converter {
public:
    boost::json::value convert(const YAML::Node& node, std::size_t depth = 0) {
        constexpr auto limits = credplugin::cluster_profile_limits;
        size_ += 64 + (node.IsScalar() ? node.Scalar().size() : 0);  // what a value takes in memory, more or less
        if (size_ > limits.bytes || depth > limits.depth) throw std::runtime_error("too large or too deep with its aliases put in");
        switch (node.Type()) {
        case YAML::NodeType::Scalar: return scalar(node);
        case YAML::NodeType::Sequence: {
            boost::json::array list;
            for (const YAML::Node& element : node) list.push_back(convert(element, depth + 1));
            return list;
        }
        case YAML::NodeType::Map: {
            boost::json::object members;
            for (const auto& member : node) members.insert_or_assign(key(member.first), convert(member.second, depth + 1));
            return members;
        }
        default: return nullptr;
        }
    }

private:
    /// yaml-cpp marks what stood in quotes with the tag `!`.
    static boost::json::value scalar(const YAML::Node& node) {
        const std::string& tag = node.Tag();
        if (tag == "!" || tag == "tag:yaml.org,2002:str") return boost::json::value(node.Scalar());
        if (tag == "?" || tag.empty()) return plain_scalar(node.Scalar());
        throw std::runtime_error("the tag " + credbase::quoted(tag) + " isn't supported");
    }
    static std::string key(const YAML::Node& node) {
        const boost::json::value name = node.IsScalar() ? scalar(node) : boost::json::value();
        if (name.is_null() || name.is_double()) throw std::runtime_error("a key must be text");
        if (node.Tag() == "?" && node.Scalar() == "<<") throw std::runtime_error("merge keys (<<) aren't supported");
        if (name.is_string()) return std::string(name.get_string());
        return boost::json::serialize(name);  // `1` and `true` as text
    }

    std::size_t size_ = 0;
};

}  // namespace yaml

/// Error: no YAML, more or less than one document, or what has no JSON.
inline credplugin::result<std::string> yaml_as_json(std::string_view text) {
    const auto refused = [](const std::string& why) {
        return credplugin::error(credplugin::errc::bad_cluster_profile, credbase::escape_controls(why)).within("YAML");
    };
    try {
        const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
        if (documents.size() != 1) return refused(std::to_string(documents.size()) + " documents in one file, instead of one");
        return boost::json::serialize(yaml::converter().convert(documents.front()));
    } catch (const std::runtime_error& failure) {  // YAML::Exception is one
        return refused(failure.what());
    }
}
#endif
