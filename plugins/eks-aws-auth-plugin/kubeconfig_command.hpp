// SPDX-License-Identifier: Apache-2.0
// The command that converts a kubeconfig: which file, where the new text goes, and what is told.
#pragma once

#include <credbase/plain_text.hpp>
#include <credplugin/plugin.hpp>

#include "kubeconfig.hpp"
#include "kubeconfig_files.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks_plugin {

struct kubeconfig_request {
    std::string file = {};  ///< empty: the one of KUBECONFIG, else ~/.kube/config
    bool in_place = false;  ///< else the new text goes to stdout
    std::string command = "eks-aws-auth-plugin";  ///< what the users get; kubectl looks in PATH for a name without a folder
};

namespace detail {

/// The file that the environment names. kubectl passes over empty names and those that it had before.
/// Error: KUBECONFIG names several files, or none; there is no home.
inline credbase::result<std::string> default_kubeconfig(const kubeconfig_files& files) {
    const auto refused = [](const std::string& why) { return credbase::error(bad_kubeconfig, why + "; name the file to convert"); };
    const std::string list = files.getenv("KUBECONFIG").value_or("");
    if (list.empty()) {
        const std::string home = files.getenv("HOME").value_or("");
        if (home.empty()) return refused("neither KUBECONFIG nor HOME is set");
        return home + "/.kube/config";
    }
    std::vector<std::string> names;
    for (std::size_t start = 0; start <= list.size();) {
        const std::size_t end = std::min(list.find(':', start), list.size());
        std::string name = list.substr(start, end - start);
        start = end + 1;
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
    if (names.size() != 1) return refused("KUBECONFIG names " + std::to_string(names.size()) + " files");
    return names.front();
}

struct converted_file {
    std::string path;
    credbase::secret_string old;
    converted_kubeconfig made;
};

inline credbase::result<converted_file> read_and_convert(const kubeconfig_request& request, const kubeconfig_files& files) {
    auto path = request.file.empty() ? default_kubeconfig(files) : request.file;
    if (!path) return path.error();
    auto old = files.read(*path);
    if (!old) return old.error();
    if (!*old) return credbase::error(bad_kubeconfig, "there is no such file").within("reading " + *path);
    if ((*old)->empty())
        return credbase::error(bad_kubeconfig, "is empty; a shell that redirects to a file empties it first, so change one by --in-place").within(*path);
    auto made = convert_kubeconfig((*old)->reveal(), request.command);
    if (!made) return made.error().within(*path);
    return converted_file{*std::move(path), **std::move(old), *std::move(made)};
}

}  // namespace detail

/// Converts a kubeconfig, tells on stderr in a line for each user what became of it, and gives the exit code.
///
/// In place, the old file is kept beside the new one; where no user is converted nothing is written. The code is 1 where something
/// failed, or where a user keeps `aws` or `aws-iam-authenticator`.
inline int convert_kubeconfig_file(const kubeconfig_request& request, const kubeconfig_files& files) {
    using outcome = converted_user::outcome;
    const credplugin::context streams{.getenv = files.getenv, .write_out = files.write_out, .write_err = files.write_err};
    const auto tell = [&streams](const std::string& text) { credplugin::report("eks", text, streams); };
    const auto failed = [&streams](const credbase::error& why) { return credplugin::report_failure("eks", why, streams); };

    auto done = detail::read_and_convert(request, files);
    if (!done) return failed(done.error());
    const converted_kubeconfig& made = done->made;
    for (const converted_user& user : made.users) {
        const char* const became = user.became == outcome::converted ? " is converted: "
                                   : user.became == outcome::left    ? " is left as it is: "
                                                                     : ": ";
        tell("user " + credbase::quoted(user.name) + became + user.what);
    }
    const bool changed = made.has(outcome::converted);
    if (!request.in_place) {
        auto written = files.write_out(made.text.reveal());
        if (!written) return failed(written.error().within("failed to write the kubeconfig"));
    } else if (changed) {
        auto copy = files.replace(done->path, done->old.reveal(), made.text.reveal());
        if (!copy) return failed(copy.error());
        tell(done->path + " is written; " + *copy + " is what it was");
    }
    if (!changed) tell("nothing to convert in " + done->path);
    return made.has(outcome::left) ? credplugin::failure : credplugin::success;
}

}  // namespace eks_plugin
