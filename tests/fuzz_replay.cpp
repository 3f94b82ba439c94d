// SPDX-License-Identifier: Apache-2.0
// What fuzzing starts from and what it ever found, in the normal suite. A property that doesn't hold ends the program.
#include "../fuzz/targets.hpp"

#include "support/catch_shim.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

std::string content_of(const std::filesystem::path& path) {
    INFO(path);
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.is_open());
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Runs the target on each file of its folder, and counts them; there may be no such folder.
int replay(const fuzz::target& target, const std::string& kind) {
    int replayed = 0;
    const std::filesystem::path folder = FUZZ + kind + target.name;
    if (!exists(folder)) return 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        INFO(entry.path());
        target.run(content_of(entry.path()));
        ++replayed;
    }
    return replayed;
}

}  // namespace

TEST_CASE("fuzz: the properties of a target hold for its seeds and for every crash that was ever found") {
    for (const fuzz::target& target : fuzz::targets) {
        INFO(target.name);
        CHECK(replay(target, "/seeds/") >= 5);
        replay(target, "/crashes/");
    }
}

TEST_CASE("fuzz: no folder of inputs is without its target") {
    for (const std::string kind : {"/seeds", "/crashes"}) {
        if (!std::filesystem::exists(FUZZ + kind)) continue;
        for (const auto& folder : std::filesystem::directory_iterator(FUZZ + kind)) {
            INFO(folder.path());
            CHECK(std::ranges::any_of(fuzz::targets, [&](const fuzz::target& one) { return folder.path().filename() == one.name; }));
        }
    }
}

TEST_CASE("fuzz: the seeds of the whole path come to a token by each source") {
    for (const char* seed : {"environment", "web", "profile", "role", "sso", "login", "process", "container", "imds"}) {
        INFO(seed);
        const std::string input = content_of(FUZZ "/seeds/plugin_run/" + std::string(seed));
        CHECK(fuzz::run_eks_plugin(fuzz::parts_of(input)).code == 0);
    }
}
