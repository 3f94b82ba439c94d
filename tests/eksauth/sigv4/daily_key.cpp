// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sigv4/daily_key.hpp>

#include "support/catch_shim.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::sys_seconds monday = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5);

std::string derived(std::string_view secret, std::chrono::sys_seconds at) {
    return std::string(eksauth::signing_key(secret, {at, "us-west-2", "sts"})->reveal());
}

std::string asked(eksauth::daily_key& kept, std::string_view secret, std::chrono::sys_seconds at) {
    return std::string(kept.get(credbase::secret_string(secret), {at, "us-west-2", "sts"})->reveal());
}

}  // namespace

TEST_CASE("daily_key: the key of each day, in any order") {
    eksauth::daily_key kept;
    for (const auto after : {0h, 23h, 24h, 47h, 23h, 24h * 400, 0h}) {
        INFO(after.count());
        CHECK(asked(kept, "secret", monday + after) == derived("secret", monday + after));
    }
}

TEST_CASE("daily_key: the key of a day isn't derived again") {
    // Whoever asks with another secret would see a new derivation.
    eksauth::daily_key kept;
    asked(kept, "secret", monday);
    CHECK(asked(kept, "other", monday + 23h) == derived("secret", monday));
    CHECK(asked(kept, "other", monday + 24h) == derived("other", monday + 24h));
    CHECK(asked(kept, "third", monday + 25h) == derived("other", monday + 24h));
}

TEST_CASE("daily_key: threads that disagree on the day see whole keys only") {
    const std::string keys[] = {derived("secret", monday), derived("secret", monday + 24h)};
    eksauth::daily_key kept;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int start = 0; start < 4; ++start)
        threads.emplace_back([&, start] {
            for (int i = start; i < start + 5000; ++i)
                if (asked(kept, "secret", monday + i % 2 * 24h) != keys[i % 2]) ++wrong;
        });
    for (std::thread& one : threads) one.join();
    CHECK(wrong == 0);
}
