// SPDX-License-Identifier: Apache-2.0
// What a parsed JSON value no longer tells of its text: the bytes of a member, and names that stood there twice.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

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

    /// Hands each member of the object that starts here to `each`: name, with quotes and escapes, and value. None if it is no object.
    template <class Each>
    void members(Each each) {
        for (bool more = opens('{'); more; more = goes_on()) {
            const std::string_view name = string();
            skip_space();
            ++at_;  // the colon
            each(name, value());
        }
    }

    /// Hands each element of the array that starts here to `each`. None if it is no array.
    template <class Each>
    void elements(Each each) {
        for (bool more = opens('['); more; more = goes_on()) each(value());
    }

    /// A name without its quotes and escapes.
    static std::string decoded(std::string_view name) {
        if (name.find('\\') == std::string_view::npos) return std::string(name.substr(1, name.size() - 2));
        return std::string(boost::json::parse(name).get_string());
    }

private:
    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) ++at_;
    }
    std::string_view string() {
        const std::size_t start = at_++;
        while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        ++at_;
        return text_.substr(start, at_ - start);
    }
    /// Whether that bracket is here and something in it, which is then next.
    bool opens(char bracket) {
        skip_space();
        if (at_ == text_.size() || text_[at_] != bracket) return false;
        ++at_;
        skip_space();
        return text_[at_] != '}' && text_[at_] != ']';
    }
    /// Whether another one follows, which is then next.
    bool goes_on() {
        skip_space();
        if (text_[at_++] != ',') return false;
        skip_space();
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

inline void find_duplicates(std::string_view text, std::string& path, std::vector<std::string>& found) {
    const std::size_t length = path.size();
    std::map<std::string, int> seen;
    json_walker(text).members([&](std::string_view written, std::string_view value) {
        const std::string name = json_walker::decoded(written);
        if (length != 0) path += '.';
        path += name;
        if (++seen[name] == 2) found.push_back(path);
        find_duplicates(value, path, found);
        path.resize(length);
    });
    std::size_t index = 0;
    json_walker(text).elements([&](std::string_view value) {
        path += '[' + std::to_string(index++) + ']';
        find_duplicates(value, path, found);
        path.resize(length);
    });
}

}  // namespace detail

/// The source bytes of the value at a path of member names, as `parse_json` reads it: of duplicate names the last counts.
///
/// `text` must have been accepted by `parse_json`. Empty where there is no such member. The result points into `text`.
inline std::string_view json_source(std::string_view text, std::initializer_list<std::string_view> path) {
    for (const std::string_view name : path) {
        std::string_view found;
        detail::json_walker(text).members([&](std::string_view written, std::string_view value) {
            if (detail::json_walker::decoded(written) == name) found = value;
        });
        text = found;
    }
    return text;
}

/// The source bytes of each element of an array, in order; none where `text`, accepted by `parse_json`, is no array.
inline std::vector<std::string_view> json_elements(std::string_view text) {
    std::vector<std::string_view> found;
    detail::json_walker(text).elements([&](std::string_view value) { found.push_back(value); });
    return found;
}

/// The path, such as `providers[1].name`, of each name that an object of `text` has more than once, each path once.
///
/// `text` must have been accepted by `parse_json`, which drops all but the last of them. Takes time in proportion to size times depth.
inline std::vector<std::string> json_duplicates(std::string_view text) {
    std::string path;
    std::vector<std::string> found;
    detail::find_duplicates(text, path, found);
    return found;
}

}  // namespace credbase
