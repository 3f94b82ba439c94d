// SPDX-License-Identifier: Apache-2.0
// The order in which sources of credentials are asked.
#pragma once

#include <credbase/plain_text.hpp>
#include <eksauth/aws/credentials.hpp>
#include <eksauth/base/errors.hpp>
#include <eksauth/config/profile.hpp>
#include <eksauth/config/shared_config.hpp>
#include <eksauth/context.hpp>
#include <eksauth/profile_source.hpp>
#include <eksauth/sources/container.hpp>
#include <eksauth/sources/environment.hpp>
#include <eksauth/sources/imds.hpp>
#include <eksauth/sources/source.hpp>
#include <eksauth/sources/web_identity.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eksauth {

namespace detail {

/// The selected profile, looked up when it is first asked for; the files are read only where they can decide something.
class selected_profile {
public:
    selected_profile(const context& ctx, profile_selection selection) : ctx_(ctx), selection_(std::move(selection)) {}
    selected_profile(const selected_profile&) = delete;
    selected_profile& operator=(const selected_profile&) = delete;

    const profile_selection& selection() const { return selection_; }

    /// Null where only the implied `default` is missing.
    result<const profile*> find() {
        if (!files_) {
            auto loaded = load_shared_config(ctx_);
            if (!loaded) return loaded.error();
            files_ = *std::move(loaded);
            auto found = find_profile(*files_, selection_);
            if (!found) return found.error();
            profile_ = *std::move(found);
            if (ctx_.tell)
                ctx_.tell({step_kind::profile, credbase::quoted(selection_.name),
                           (selection_.chosen_by.empty() ? "nobody chose one" : "chosen by " + selection_.chosen_by) + "; " +
                               (profile_ ? profile_->place() : "not in " + files_->config.shown() + " or " + files_->credentials.shown())});
        }
        return profile_ ? &*profile_ : nullptr;
    }

    outcome credentials(const std::string& cluster_region) {
        auto found = find();
        if (!found) return found.error();
        if (*found != nullptr) return from_profile(ctx_, **found, cluster_region);
        return not_configured{"no profile " + credbase::quoted(selection_.name) + " in " + files_->config.shown() + " or " +
                              files_->credentials.shown()};
    }

private:
    const context& ctx_;
    profile_selection selection_;
    std::optional<shared_config> files_;
    std::optional<profile> profile_;  // points into files_
};

}  // namespace detail

/// Credentials from the first source that is configured: environment, web identity, profile, container, instance metadata.
///
/// `cluster_region` is the region for calls where neither environment nor profile names one. `profile_name`, if not empty,
/// is the caller's own choice: then the variables of the first two are not read. A profile that somebody named is looked up
/// first of all, since naming one that doesn't exist is an error even where another source could serve.
/// Source: AWS SDK for Go v2, `config/resolve_credentials.go`.
inline result<credentials> default_chain(const context& ctx, const std::string& cluster_region, const std::string& profile_name = "") {
    auto selection = select_profile(ctx, profile_name);
    if (!selection) return selection.error();
    detail::selected_profile selected(ctx, *std::move(selection));
    if (!selected.selection().chosen_by.empty())
        if (auto found = selected.find(); !found) return found.error();

    std::vector<source> chain;
    if (profile_name.empty()) {
        chain.push_back({"environment", from_environment});
        chain.push_back({"web identity", [&](const context&) { return from_web_identity(ctx, [&] { return selected.find(); }, cluster_region); }});
    }
    chain.push_back({"shared config", [&](const context&) { return selected.credentials(cluster_region); }});
    chain.push_back({"container", from_container});
    chain.push_back({"instance metadata", [&](const context&) -> outcome {
                         auto found = selected.find();
                         if (!found) return found.error();
                         return from_imds(ctx, *found);
                     }});
    return first_of(chain, ctx);
}

}  // namespace eksauth
