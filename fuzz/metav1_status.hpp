// SPDX-License-Identifier: Apache-2.0
// The metav1.Status of a failed plugin, read and shown by a host.
#pragma once

#include "property.hpp"

#include <credbase/plain_text.hpp>
#include <credplugin/host/plugin_words.hpp>
#include <credplugin/protocol/metav1_status.hpp>

#include <string>
#include <string_view>

inline void fuzz_metav1_status(std::string_view input) {
    using fuzz::hold;
    const auto round_trip = [](const std::string& message) {
        const std::string line = credplugin::write_status(message);
        hold(line.find('\n') == line.size() - 1, "a Status is one line", line);
        const auto read = credplugin::read_status_message(line);
        hold(message.empty() ? !read : read == message, "a Status that was written has its message", line);
    };
    round_trip(credbase::escape_controls(input));
    const auto message = credplugin::read_status_message(input);
    hold(message == credplugin::read_status_message(input), "equal input has an equal outcome");
    if (!message) return;
    hold(!message->empty(), "an empty message is none");
    round_trip(*message);
    fuzz::hold_lines(credplugin::words_of_plugin(*message, {}));
    if (!fuzz::sampled(input)) return;
    hold(credplugin::read_status_message(fuzz::padded(input, 1048576)) == message, "a Status of 1 MiB is read");
    hold(!credplugin::read_status_message(fuzz::padded(input, 1048577)), "a larger one isn't");
}
