// SPDX-License-Identifier: Apache-2.0
// One profile over both files.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/config/shared_config.hpp>
#include <eksauth/context.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eksauth {

/// Which profile is asked for, and by whom.
struct profile_selection {
    std::string name;       ///< without control characters
    std::string chosen_by;  ///< such as `AWS_PROFILE`; empty for the implied `default`
};

/// `argument` if it isn't empty, else AWS_PROFILE, else AWS_DEFAULT_PROFILE, else `default`.
///
/// Error: a control character in the name.
inline result<profile_selection> select_profile(const context& ctx, const std::string& argument = "") {
    profile_selection selection{.name = argument, .chosen_by = argument.empty() ? "" : "the caller"};
    for (const char* variable : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
        if (!selection.name.empty()) break;
        if (auto value = environment_value(ctx, variable)) selection = {.name = *value, .chosen_by = variable};
    }
    if (selection.name.empty()) selection.name = "default";
    for (const char c : selection.name)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return error(errc::no_profile, "the profile's name " + credbase::quoted(selection.name) + " (from " + selection.chosen_by +
                                               ") has a control character");
    return selection;
}

/// One profile's properties. It points into the files, which must outlive it.
class profile {
public:
    /// A property with the file that it stands in.
    struct property {
        const ini_property* found;  ///< null where there is none
        const config_file* file;    ///< that it stands in, or was looked for in

        /// Whether there is one.
        explicit operator bool() const { return found != nullptr; }
        /// Such as `/home/u/.aws/config line 3`, of one that was found.
        std::string place() const { return file->path + " line " + std::to_string(found->line); }
    };

    /// The profile of that name, which need not exist.
    profile(const shared_config& files, std::string name) : name_(std::move(name)), files_(&files) {
        // `[profile default]` replaces `[default]` altogether, as in AWS SDK for Go v2.
        bool typed_default = false;
        for (const ini_section& section : files.config.sections) typed_default |= section.type == "profile" && section.name == "default";
        for (const ini_section& section : files.config.sections) {
            const bool bare_default = section.type.empty() && section.name == "default" && !typed_default;
            if (section.name == name_ && (section.type == "profile" || bare_default)) in_config_.push_back(&section);
        }
        for (const ini_section& section : files.credentials.sections)
            if (section.name == name_ && section.type.empty()) in_credentials_.push_back(&section);
    }

    const std::string& name() const { return name_; }                                 ///< as it was asked for
    bool exists() const { return !in_config_.empty() || !in_credentials_.empty(); }  ///< whether either file has a section of it
    const shared_config& files() const { return *files_; }                           ///< both files
    /// The sections that it consists of, for messages.
    std::string place() const {
        std::string text;
        for (const auto& [file, sections] : {std::pair(&files_->config, &in_config_), std::pair(&files_->credentials, &in_credentials_)})
            for (const ini_section* section : *sections)
                text += (text.empty() ? "" : ", ") + file->path + " line " + std::to_string(section->line);
        return text;
    }

    /// The property that counts: the credentials file before the config file, in each the last one; empty values don't count.
    property find(std::string_view key) const {
        const property in_credentials = find_in(files_->credentials, key);
        return in_credentials ? in_credentials : find_in(files_->config, key);
    }

    /// As `find`, in one of the two files.
    property find_in(const config_file& file, std::string_view key) const {
        const ini_property* const found = last_in(file, key);
        return {found != nullptr && (!unquoted(found->value).empty() || !found->nested.empty()) ? found : nullptr, &file};
    }

    /// A property whose mere presence asks for a source. Error: present without a value, or with more than one line.
    result<property> trigger(std::string_view key) const {
        for (const config_file* file : {&files_->credentials, &files_->config}) {
            const property last{last_in(*file, key), file};
            if (!last) continue;
            if (unquoted(last.found->value).empty())
                return error(errc::bad_profile, std::string(key) + " is empty").within(last.place());
            if (last.found->continued)
                return error(errc::bad_profile, std::string(key) + " goes on over several lines").within(last.place());
            return last;
        }
        return property{nullptr, &files_->config};
    }

private:
    /// The last property of that key in one of the two files, or null.
    const ini_property* last_in(const config_file& file, std::string_view key) const {
        const ini_property* found = nullptr;
        for (const ini_section* section : &file == &files_->credentials ? in_credentials_ : in_config_)
            for (const ini_property& one : section->properties)
                if (credbase::same_but_case(one.key, key)) found = &one;
        return found;
    }

    std::string name_;
    const shared_config* files_;
    std::vector<const ini_section*> in_config_, in_credentials_;
};

/// The profile that is asked for, if it exists; nothing where only the implied `default` is missing.
///
/// Error: a profile that somebody named is in neither file. `files` must outlive the result.
inline result<std::optional<profile>> find_profile(const shared_config& files, const profile_selection& selection) {
    profile found(files, selection.name);
    if (found.exists()) return std::optional<profile>(std::move(found));
    if (selection.chosen_by.empty()) return std::optional<profile>();
    std::string hint;
    for (const ini_section& section : files.config.sections)
        if (section.type.empty() && section.name == selection.name)
            hint = "; did you mean [profile " + selection.name + "] in line " + std::to_string(section.line) + " of " + files.config.path + "?";
    return error(errc::no_profile, "profile " + credbase::quoted(selection.name) + " (from " + selection.chosen_by + ") not found in " +
                                       files.config.shown() + " or " + files.credentials.shown() + hint);
}

}  // namespace eksauth
