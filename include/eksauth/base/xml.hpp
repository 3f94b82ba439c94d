// SPDX-License-Identifier: Apache-2.0
// The XML of an STS reply, read into paths and texts.
#pragma once

#include <credbase/secret_string.hpp>
#include <credbase/utf8.hpp>
#include <eksauth/base/errors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

/// An element without child elements: its path from the root, such as `ErrorResponse/Error/Code`, and its trimmed text.
struct xml_leaf {
    std::string path;              ///< element names with `/` between them, namespaces taken off
    credbase::secret_string text;  ///< entities resolved
};

/// A document's leaves, in order.
struct xml_document {
    std::vector<xml_leaf> leaves;  ///< a path may come more than once

    /// The text at a path; nothing where there is no such leaf. Error: it occurs more than once.
    result<const credbase::secret_string*> find(std::string_view path) const {
        const credbase::secret_string* found = nullptr;
        for (const xml_leaf& leaf : leaves) {
            if (leaf.path != path) continue;
            if (found != nullptr) return error(errc::bad_reply, std::string(path) + " occurs twice");
            found = &leaf.text;
        }
        return found;
    }
};

namespace detail {

class xml_reader {
public:
    explicit xml_reader(std::string_view text) : text_(text) {}

    result<xml_document> read() {
        if (credbase::find_bad_utf8(text_) != std::string_view::npos) return refused("not UTF-8");
        skip("\xEF\xBB\xBF");
        if (skip("<?xml") && !skip_past("?>")) return refused("an unclosed declaration");
        if (auto blank = between_elements(); !blank) return blank.error();
        if (at_ == text_.size()) return refused("no element");
        if (auto root = element("", 1); !root) return root.error();
        if (auto blank = between_elements(); !blank) return blank.error();
        if (at_ != text_.size()) return refused("content behind the root element");
        return std::move(document_);
    }

private:
    static constexpr std::string_view blank_ = " \t\r\n";
    static constexpr int depth_limit_ = 16;

    error refused(const std::string& why) const { return error(errc::bad_reply, "XML: " + why + " at byte " + std::to_string(at_)); }
    bool skip(std::string_view expected) {
        if (!text_.substr(at_).starts_with(expected)) return false;
        at_ += expected.size();
        return true;
    }
    bool skip_past(std::string_view expected) {
        const std::size_t found = text_.find(expected, at_);
        if (found == text_.npos) return false;
        at_ = found + expected.size();
        return true;
    }
    void skip_blanks() {
        at_ = std::min(text_.find_first_not_of(blank_, at_), text_.size());
    }
    result<> between_elements() {
        for (;;) {
            skip_blanks();
            if (!skip("<!--")) return {};
            if (!skip_past("-->")) return refused("an unclosed comment");
        }
    }
    std::string_view name() {
        const std::size_t start = at_;
        at_ = std::min(text_.find_first_of(" \t\r\n/>=", at_), text_.size());
        std::string_view whole = text_.substr(start, at_ - start);
        return whole.substr(whole.find(':') == whole.npos ? 0 : whole.find(':') + 1);
    }

    /// Reads from `<` to the end of the element's closing tag.
    result<> element(const std::string& parent, int depth) {
        if (depth > depth_limit_) return refused("more than " + std::to_string(depth_limit_) + " levels deep");
        if (!skip("<")) return refused("text outside of the root element");
        const std::string_view own = name();
        if (own.empty() || own.front() == '!' || own.front() == '?') return refused("a declaration where an element is expected");
        const std::string path = (parent.empty() ? "" : parent + "/").append(own);
        for (;;) {
            skip_blanks();
            if (skip("/>")) {
                document_.leaves.push_back({path, {}});
                return {};
            }
            if (skip(">")) break;
            if (name().empty()) return refused("an unclosed tag");
            skip_blanks();
            if (!skip("=")) return refused("an attribute without a value");
            skip_blanks();
            const char quote = at_ < text_.size() ? text_[at_] : '\0';
            if (quote != '"' && quote != '\'') return refused("an attribute without quotes");
            ++at_;
            if (!skip_past({&quote, 1})) return refused("an unclosed attribute");
        }
        return content(path, own, depth);
    }

    result<> content(const std::string& path, std::string_view own, int depth) {
        credbase::secret_string text;
        bool has_children = false;
        for (;;) {
            if (at_ == text_.size()) return refused("an unclosed element");
            if (skip("<!--")) {
                if (!skip_past("-->")) return refused("an unclosed comment");
            } else if (skip("<![CDATA[")) {
                const std::size_t start = at_;
                if (!skip_past("]]>")) return refused("an unclosed CDATA section");
                text.append(text_.substr(start, at_ - 3 - start));
            } else if (skip("</")) {
                if (name() != own) return refused("a closing tag of another element");
                skip_blanks();
                if (!skip(">")) return refused("an unclosed tag");
                break;
            } else if (text_[at_] == '<') {
                has_children = true;
                if (auto child = element(path, depth + 1); !child) return child;
            } else if (text_[at_] == '&') {
                if (auto read = reference(text); !read) return read;
            } else {
                text.append(text_[at_++]);
            }
        }
        if (has_children) return {};
        const std::string_view all = text.reveal();
        const std::size_t first = std::min(all.find_first_not_of(blank_), all.size());
        const std::size_t last = all.find_last_not_of(blank_) + 1;  // npos + 1 is 0
        document_.leaves.push_back({path, credbase::secret_string(all.substr(first, last < first ? 0 : last - first))});
        return {};
    }

    result<> reference(credbase::secret_string& out) {
        const std::size_t end = text_.find(';', at_);
        if (end == text_.npos || end - at_ > 12) return refused("an unclosed reference");
        const std::string_view body = text_.substr(at_ + 1, end - at_ - 1);
        for (const auto& [known, character] : {std::pair("lt", '<'), {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}})
            if (body == known) {
                out.append(character);
                at_ = end + 1;
                return {};
            }
        if (!body.starts_with('#')) return refused("an entity that isn't one of the five");
        const bool hexadecimal = body.starts_with("#x");
        std::uint32_t code = 0;
        const std::string_view digits = body.substr(hexadecimal ? 2 : 1);
        for (const char c : digits) {
            const int value = c >= '0' && c <= '9' ? c - '0' : hexadecimal && (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
            if (value < 0) return refused("a malformed character reference");
            code = code * (hexadecimal ? 16 : 10) + static_cast<std::uint32_t>(value);
            if (code > 0x10FFFF) return refused("a character reference beyond Unicode");
        }
        if (digits.empty() || code == 0 || (code >= 0xD800 && code < 0xE000)) return refused("a malformed character reference");
        append_utf8(out, code);
        at_ = end + 1;
        return {};
    }
    static void append_utf8(credbase::secret_string& out, std::uint32_t code) {
        if (code < 0x80) {
            out.append(static_cast<char>(code));
            return;
        }
        const int extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        const std::uint32_t lead = extra == 1 ? 0xC0 : extra == 2 ? 0xE0 : 0xF0;
        out.append(static_cast<char>(lead | code >> (6 * extra)));
        for (int i = extra - 1; i >= 0; --i) out.append(static_cast<char>(0x80 | (code >> (6 * i) & 0x3F)));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    xml_document document_;
};

}  // namespace detail

/// Reads a document: elements, text, CDATA, the five named entities and character references; attributes, comments and the
/// declaration are skipped, prefixes taken off names.
///
/// Error: text that isn't UTF-8, a document type, any other entity, more than 16 levels, whatever isn't well-formed.
inline result<xml_document> parse_xml(std::string_view text) { return detail::xml_reader(text).read(); }

}  // namespace eksauth
