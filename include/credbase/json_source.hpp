// SPDX-License-Identifier: Apache-2.0
// Where in a JSON text a value stands, for values that must pass on byte for byte.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace credbase {

namespace detail {

/// Walks text that a JSON parser has already accepted; it checks nothing again.
class json_walker {
public:
    explicit json_walker(std::string_view text) : text_(text) {}

    /// The value that starts here, without the white space around it.
    std::string_view value() {
        skip_space();
        const std::size_t start = at_;
        int depth = 0;
        do {
            const char c = text_[at_];
            if (c == '"') {
                string();
            } else if (c == '{' || c == '[') {
                ++depth, ++at_;
            } else if (c == '}' || c == ']') {
                --depth, ++at_;
            } else if (depth > 0) {
                ++at_;
            } else {
                while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
            }
        } while (depth > 0);
        return text_.substr(start, at_ - start);
    }

    /// The last member of that name of the object that starts here; empty if there is none.
    std::string_view last_member(std::string_view name) {
        std::string_view found;
        skip_space();
        if (at_ == text_.size() || text_[at_] != '{') return found;
        for (;;) {
            ++at_;
            skip_space();
            if (text_[at_] == '}') return found;
            const std::string_view key = string();
            skip_space();
            ++at_;  // the colon
            const std::string_view member = value();
            if (is_name(key, name)) found = member;
            skip_space();
            if (text_[at_] == '}') return found;
        }
    }

private:
    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }
    std::string_view string() {
        const std::size_t start = at_++;
        while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        ++at_;
        return text_.substr(start, at_ - start);
    }
    static bool is_name(std::string_view key, std::string_view name) {
        if (key.find('\\') == std::string_view::npos) return key.substr(1, key.size() - 2) == name;
        return boost::json::parse(key).get_string() == name;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace detail

/// The source bytes of the value at a path of member names, as `parse_json` reads it: of duplicate names the last counts.
///
/// `text` must have been accepted by `parse_json`. Empty where there is no such member. The result points into `text`.
inline std::string_view json_source(std::string_view text, std::initializer_list<std::string_view> path) {
    for (std::string_view name : path) text = detail::json_walker(text).last_member(name);
    return text;
}

}  // namespace credbase
