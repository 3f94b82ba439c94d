// SPDX-License-Identifier: Apache-2.0
// How the calls to AWS services are made: settings of the environment and of the selected profile.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/base/ini.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/context.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eksauth {

/// A setting's text and where it stands, such as `AWS_REGION` or `/home/u/.aws/config line 3`.
struct setting {
    std::string text,  ///< as it stands there
        place;         ///< for messages
};

/// A setting by its variable, else by the selected profile's key; nothing where neither is set.
///
/// `selected` may be null: no profile. Error: the key's value goes on over several lines.
inline result<std::optional<setting>> find_setting(const context& ctx, const profile* selected, const char* variable, std::string_view key) {
    if (auto value = environment_value(ctx, variable)) return std::optional<setting>({*value, variable});
    if (selected == nullptr) return std::optional<setting>();
    const auto property = selected->find(key);
    if (!property) return std::optional<setting>();
    if (property.found->continued) return error(errc::bad_file, std::string(key) + " goes on over several lines").within(property.place());
    return std::optional<setting>({std::string(unquoted(property.found->value)), property.place()});
}

/// As `find_setting` for true and false in any case; false where neither is set. Error: another text.
inline result<bool> find_switch(const context& ctx, const profile* selected, const char* variable, std::string_view key) {
    auto found = find_setting(ctx, selected, variable, key);
    if (!found) return found.error();
    if (!*found) return false;
    const std::string text = credbase::lower_case((*found)->text);
    if (text == "true" || text == "false") return text == "true";
    return error(errc::bad_setting, std::string(key) + " must be true or false, got " + credbase::quoted((*found)->text)).within((*found)->place);
}

/// As `find_setting` for a decimal number from `low` to `high`; `fallback` where neither is set. Error: anything else.
inline result<int> find_number(const context& ctx, const profile* selected, const char* variable, std::string_view key, int low, int high,
                               int fallback) {
    auto found = find_setting(ctx, selected, variable, key);
    if (!found) return found.error();
    if (!*found) return fallback;
    std::string_view digits = (*found)->text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const bool number = !digits.empty() && digits.size() <= 9 && digits.find_first_not_of("0123456789") == digits.npos;
    const int value = number ? std::stoi(std::string(digits)) : -1;
    if (value < low || value > high)
        return error(errc::bad_setting, std::string(key) + " must be a number from " + std::to_string(low) + " to " + std::to_string(high) +
                                            ", got " + credbase::quoted((*found)->text)).within((*found)->place);
    return value;
}

}  // namespace eksauth
