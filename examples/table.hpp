// SPDX-License-Identifier: Apache-2.0
// What the examples show of texts from elsewhere, in columns.
#pragma once

#include <credbase/plain_text.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

/// A name from elsewhere: nothing in it moves the cursor or fills the screen.
inline std::string shown(std::string_view text) { return credbase::escape_controls(credbase::cut_text(text, 60)); }

/// A message, whose lines become one.
inline std::string one_line(std::string text) {
    text.erase(std::unique(text.begin(), text.end(), [](char a, char b) { return a == '\n' && b == '\n'; }), text.end());
    std::replace(text.begin(), text.end(), '\n', ' ');
    return credbase::escape_controls(text);
}

/// Rows on stdout in columns as wide as they need to be; the last cell of a row, an error perhaps, takes what it takes.
class table {
public:
    using row = std::vector<std::string>;

    void print_all(const std::vector<row>& rows) {
        for (const row& one : rows) {
            widths_.resize(std::max(widths_.size(), one.size()));
            for (std::size_t i = 0; i + 1 < one.size(); ++i) widths_[i] = std::max(widths_[i], one[i].size());
        }
        for (const row& one : rows) print(one);
    }

    /// A row more, in the columns that are there.
    void print(const row& cells) const {
        for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
            const std::size_t width = std::max(widths_[i], cells[i].size());
            std::cout << cells[i] << std::string(width - cells[i].size() + 2, ' ');
        }
        std::cout << cells.back() << std::endl;
    }

private:
    std::vector<std::size_t> widths_;
};
