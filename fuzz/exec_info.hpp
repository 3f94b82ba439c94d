// SPDX-License-Identifier: Apache-2.0
// KUBERNETES_EXEC_INFO, read by a plugin and written by a host.
#pragma once

#include "cluster.hpp"
#include "property.hpp"

#include <credbase/json_access.hpp>
#include <credplugin/protocol/exec_info.hpp>
#include <credplugin/protocol/exec_info_write.hpp>

#include <string_view>

inline void fuzz_exec_info(std::string_view input) {
    using fuzz::hold;
    const auto info = credplugin::parse_exec_info(input);
    if (fuzz::sampled(input) && info) {
        const auto limit = credplugin::exec_info_limits.bytes;
        hold(credplugin::parse_exec_info(fuzz::padded(input, limit)).has_value(), "a request of 1 MiB is read");
        hold(credplugin::parse_exec_info(fuzz::padded(input, limit + 1)).has_error(), "a larger request is refused");
    }
    if (!fuzz::hold_same_end(info, credplugin::parse_exec_info(input))) return;
    if (const auto server = require_server(*info); !server) fuzz::hold_error(server.error());
    if (const auto text = config_string(*info, "region"); !text) fuzz::hold_error(text.error());
    hold(info->has_config() == require_config(*info).has_value(), "a config is there or required in vain");
    if (info->has_config()) {
        const auto raw = credbase::parse_json(info->cluster->config_raw, credplugin::exec_info_limits, credplugin::errc::bad_config);
        hold(raw && fuzz::same_json(*raw, info->cluster->config), "the config's bytes are those of its value", info->cluster->config_raw);
    }

    const auto written = write_exec_info(*info);
    if (!written) {
        hold(6 * input.size() > credplugin::exec_info_write_limit, "only a large request can't be written", written.error().text());
        return;
    }
    hold(written->size() <= credplugin::exec_info_write_limit, "Linux takes what is written");
    const auto again = credplugin::parse_exec_info(written->reveal());
    hold(again.has_value(), "what is written can be read", written->reveal());
    hold(again->version == info->version && again->interactive == info->interactive, "version and mode are the same");
    hold(again->cluster.has_value() == info->cluster.has_value(), "the cluster is there or not");
    if (info->cluster) fuzz::hold_same_cluster(*info->cluster, *again->cluster);
    const auto twice = write_exec_info(*again);
    hold(twice && twice->reveal() == written->reveal(), "what was read back is written the same", written->reveal());
}
