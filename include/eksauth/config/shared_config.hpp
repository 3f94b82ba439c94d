// SPDX-License-Identifier: Apache-2.0
// The two files of AWS tools: config and credentials.
#pragma once

#include <credbase/secret_string.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/context.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

/// One of the two files, read and parsed.
struct config_file {
    std::string path;  ///< empty where no home folder is known and no variable names the file
    bool found = false;    ///< a missing file is as an empty one
    credbase::secret_string text = {};       ///< the whole of it
    std::vector<ini_section> sections = {};  ///< point into `text`

    /// The path as messages show it.
    std::string shown() const { return path.empty() ? "(no home folder)" : path + (found ? "" : " (absent)"); }
};

/// Both files. Movable, not copyable, since the sections point into the texts.
struct shared_config {
    config_file config,  ///< sections `[profile NAME]`, `[sso-session NAME]`, `[services NAME]`
        credentials;     ///< sections `[NAME]`

    shared_config() = default;
    shared_config(shared_config&&) = default;
    shared_config& operator=(shared_config&&) = default;
};

/// The user's home folder: HOME, else the system's user table; nothing where neither knows one.
inline std::optional<std::string> home_folder(const context& ctx) {
    auto home = environment_value(ctx, "HOME");
    return home ? home : ctx.passwd_home();
}

/// A path of environment or profile, a leading `~` of its own segment being the home folder; empty where there is none to put in.
inline std::string expanded_path(const context& ctx, const std::string& path) {
    if (path != "~" && !path.starts_with("~/")) return path;
    const auto home = home_folder(ctx);
    return home ? *home + path.substr(1) : "";
}

namespace detail {

inline result<config_file> load_config_file(const context& ctx, std::string path) {
    constexpr std::size_t limit_bytes = 1048576;
    config_file file{.path = std::move(path)};
    if (file.path.empty()) return file;
    auto text = ctx.read_file(file.path, limit_bytes);
    if (!text) return text.error();
    if (!*text) return file;
    file.found = true;
    file.text = **std::move(text);
    auto sections = parse_ini(file.text.reveal());
    if (!sections) return sections.error().within(file.path);
    file.sections = *std::move(sections);
    return file;
}

}  // namespace detail

/// Reads both files: AWS_CONFIG_FILE or `~/.aws/config`, AWS_SHARED_CREDENTIALS_FILE or `~/.aws/credentials`.
///
/// A leading `~` of the variables is the home folder. A file that doesn't exist is empty. Error: one that can't be read or
/// understood, since half of a configuration could mean another identity.
inline result<shared_config> load_shared_config(const context& ctx) {
    shared_config files;
    auto config = detail::load_config_file(ctx, expanded_path(ctx, environment_value(ctx, "AWS_CONFIG_FILE").value_or("~/.aws/config")));
    if (!config) return config.error();
    auto credentials = detail::load_config_file(
        ctx, expanded_path(ctx, environment_value(ctx, "AWS_SHARED_CREDENTIALS_FILE").value_or("~/.aws/credentials")));
    if (!credentials) return credentials.error();
    files.config = *std::move(config);
    files.credentials = *std::move(credentials);
    return files;
}

}  // namespace eksauth
