// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <credbase/error.hpp>
#include <credbase/secret_string.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace credbase {

/// A folder of small files that only one user may enter, read or write. See `open_private_folder` for that of the system.
struct private_folder {
    /// A file's content; nothing where there is none that only this user could have written. Error: it can't be read.
    std::function<result<std::optional<secret_string>>(const std::string& name)> read = {};

    /// Replaces a file as a whole. To be called with its lock held. Error: it couldn't be written, and is as it was.
    std::function<result<>(const std::string& name, const secret_string& content)> replace = {};

    /// A file's lock, which is held until the object goes, or its process does; null while another one holds it, in this process or
    /// any other. The file need not exist. Error: there are no locks to be had.
    std::function<result<std::shared_ptr<void>>(const std::string& name)> try_lock = {};
};

}  // namespace credbase
