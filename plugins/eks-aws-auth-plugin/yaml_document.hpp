// SPDX-License-Identifier: Apache-2.0
// A YAML document whose scalars know which bytes of the text they are, so that one can be replaced and all else stays. By libyaml.
#pragma once

#include <credbase/error.hpp>
#include <credbase/secret_string.hpp>
#include <credbase/utf8.hpp>

#include <yaml.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks_plugin {

struct yaml_node {
    enum class kind { scalar, sequence, mapping };
    enum class style { plain, single_quoted, double_quoted, block };  ///< block: `|` or `>`

    kind type = kind::scalar;
    style written = style::plain;
    credbase::secret_string value = {};         ///< of a scalar
    std::vector<const yaml_node*> children = {};  ///< of a mapping: a key, its value, the next key; an alias is the node it stands for
    std::size_t line = 0;                       ///< where it begins, from 1
    std::size_t begin = 0, end = 0;             ///< the bytes of a scalar in the text, quotes included
    bool has_properties = false;                ///< an anchor or a tag, which stands before the scalar in those bytes
    bool aliased = false;                       ///< an alias stands for it elsewhere
};

struct yaml_document {
    std::deque<yaml_node> nodes;      ///< in the order of the text; they stay where they are
    const yaml_node* root = nullptr;  ///< none where the text has no document

    yaml_document() = default;
    yaml_document(yaml_document&&) = default;
    yaml_document& operator=(yaml_document&&) = default;
};

struct yaml_limits {
    std::size_t bytes = std::size_t{16} << 20U, depth = 100, nodes = 500'000;
};

namespace detail {

inline std::string_view yaml_text(const yaml_char_t* text, std::size_t size) { return {reinterpret_cast<const char*>(text), size}; }
inline std::string yaml_text(const yaml_char_t* text) { return reinterpret_cast<const char*>(text); }

inline std::size_t lines_before(std::string_view text, std::size_t at) {
    return static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size())), '\n'));
}

/// From libyaml's count of characters to bytes. Cheap where one question is close to the last.
class byte_offsets {
public:
    explicit byte_offsets(std::string_view text) : text_(text) {}

    std::size_t of(std::size_t character) {
        const auto starts = [&](std::size_t at) { return at == text_.size() || (static_cast<unsigned char>(text_[at]) & 0xC0U) != 0x80U; };
        for (; character_ < character && byte_ < text_.size(); ++character_)
            do ++byte_;
            while (!starts(byte_));
        for (; character_ > character; --character_)
            do --byte_;
            while (!starts(byte_));
        return byte_;
    }

private:
    std::string_view text_;
    std::size_t character_ = 0, byte_ = 0;
};

/// libyaml's parser on a text that outlives it.
class yaml_events {
public:
    yaml_events() = default;
    yaml_events(const yaml_events&) = delete;
    yaml_events& operator=(const yaml_events&) = delete;
    ~yaml_events() {
        drop();
        ::yaml_parser_delete(&parser_);
    }

    bool begin(std::string_view text) {
        if (::yaml_parser_initialize(&parser_) == 0) return false;
        ::yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
        const char* const place = text.empty() ? "" : text.data();  // it takes no null pointer
        ::yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(place), text.size());
        return true;
    }

    /// The next event, until the one after it is asked for; none where the text is no YAML.
    const yaml_event_t* next() {
        drop();
        has_event_ = ::yaml_parser_parse(&parser_, &event_) != 0;
        return has_event_ ? &event_ : nullptr;
    }

    const yaml_parser_t& parser() const { return parser_; }

private:
    void drop() {
        if (has_event_) ::yaml_event_delete(&event_);
        has_event_ = false;
    }

    yaml_parser_t parser_ = {};
    yaml_event_t event_ = {};
    bool has_event_ = false;
};

/// Puts events together to a document.
class yaml_builder {
public:
    yaml_builder(std::string_view text, std::size_t text_begin, const yaml_limits& limits)
        : offsets_(text), text_begin_(text_begin), limits_(limits) {}

    /// Why the event can't be taken; empty where it is.
    std::string take(const yaml_event_t& event) {
        switch (event.type) {
        case YAML_DOCUMENT_START_EVENT:
            return document_.root == nullptr ? "" : "a second document begins; a kubeconfig has one";
        case YAML_SCALAR_EVENT: {
            yaml_node& made = add(event, yaml_node::kind::scalar);
            const auto& scalar = event.data.scalar;
            made.written = scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE   ? yaml_node::style::single_quoted
                           : scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE ? yaml_node::style::double_quoted
                           : scalar.style == YAML_PLAIN_SCALAR_STYLE         ? yaml_node::style::plain
                                                                             : yaml_node::style::block;
            made.value = credbase::secret_string(yaml_text(scalar.value, scalar.length));
            made.begin = text_begin_ + offsets_.of(event.start_mark.index);
            made.end = text_begin_ + offsets_.of(event.end_mark.index);
            return name(made, scalar.anchor, scalar.tag);
        }
        case YAML_SEQUENCE_START_EVENT:
            return open(event, yaml_node::kind::sequence, event.data.sequence_start.anchor, event.data.sequence_start.tag);
        case YAML_MAPPING_START_EVENT:
            return open(event, yaml_node::kind::mapping, event.data.mapping_start.anchor, event.data.mapping_start.tag);
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
            open_.pop_back();
            return "";
        case YAML_ALIAS_EVENT: {
            const auto found = anchors_.find(yaml_text(event.data.alias.anchor));
            if (found == anchors_.end()) return "an alias stands for no anchor before it";
            found->second->aliased = true;
            place(*found->second);
            return "";
        }
        default: return "";
        }
    }

    yaml_document done() && { return std::move(document_); }

private:
    yaml_node& add(const yaml_event_t& event, yaml_node::kind type) {
        yaml_node& made = document_.nodes.emplace_back();
        made.type = type;
        made.line = event.start_mark.line + 1;
        place(made);
        return made;
    }

    void place(const yaml_node& node) {
        if (!open_.empty()) open_.back()->children.push_back(&node);
        else document_.root = &node;
    }

    std::string name(yaml_node& node, const yaml_char_t* anchor, const yaml_char_t* tag) {
        node.has_properties = anchor != nullptr || tag != nullptr;
        if (anchor != nullptr) anchors_[yaml_text(anchor)] = &node;
        return document_.nodes.size() > limits_.nodes ? "more than " + std::to_string(limits_.nodes) + " values" : "";
    }

    std::string open(const yaml_event_t& event, yaml_node::kind type, const yaml_char_t* anchor, const yaml_char_t* tag) {
        yaml_node& made = add(event, type);
        open_.push_back(&made);
        if (open_.size() > limits_.depth) return "nested deeper than " + std::to_string(limits_.depth) + " levels";
        return name(made, anchor, tag);
    }

    byte_offsets offsets_;
    std::size_t text_begin_;
    yaml_limits limits_;
    yaml_document document_;
    std::vector<yaml_node*> open_;
    std::map<std::string, yaml_node*> anchors_;
};

}  // namespace detail

/// Reads the one document of a text in UTF-8, with or without a byte order mark. Error: `line N: ` and what is wrong there; a limit.
inline credbase::result<yaml_document> parse_yaml(std::string_view text, credbase::errc code, const yaml_limits& limits = {}) {
    const auto refused = [code](const std::string& why) { return credbase::error(code, why); };
    const auto refused_at = [&](std::size_t line, const std::string& why) { return refused("line " + std::to_string(line) + ": " + why); };
    if (text.size() > limits.bytes) return refused("larger than " + std::to_string(limits.bytes) + " bytes");
    if (const std::size_t bad = credbase::find_bad_utf8(text); bad != text.npos)
        return refused_at(detail::lines_before(text, bad) + 1, "not UTF-8");
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    const std::size_t begin = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    const std::string_view body = text.substr(begin);

    detail::yaml_events events;
    detail::yaml_builder builder(body, begin, limits);
    if (!events.begin(body)) return refused("no memory to read it");
    for (;;) {
        const yaml_event_t* const event = events.next();
        if (event == nullptr) {
            const yaml_parser_t& parser = events.parser();
            if (parser.problem == nullptr) return refused("no memory to read it");
            const bool at_offset = parser.error == YAML_READER_ERROR;
            return refused_at(1 + (at_offset ? detail::lines_before(body, parser.problem_offset) : parser.problem_mark.line), parser.problem);
        }
        if (event->type == YAML_STREAM_END_EVENT) return std::move(builder).done();
        if (const std::string why = builder.take(*event); !why.empty()) return refused_at(event->start_mark.line + 1, why);
    }
}

}  // namespace eks_plugin
