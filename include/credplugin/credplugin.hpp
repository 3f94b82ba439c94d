// SPDX-License-Identifier: Apache-2.0
// The plugin half of credplugin, whole. A program adds <credplugin/system_context.hpp>.
#pragma once

#include <credplugin/plugin.hpp>
