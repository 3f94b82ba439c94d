// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/hint_limit.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

TEST_CASE("H50 hint_limit: ten in the hour that the first begins") {
    using namespace std::chrono_literals;
    credplugin::hint_limit limit;
    const std::chrono::steady_clock::time_point first(5h);  // that clock may begin anywhere
    for (int i = 0; i < 10; ++i) {
        INFO(i);
        CHECK(limit.take("eks", first + i * 1min));
    }
    CHECK_FALSE(limit.take("eks", first + 10min));
    CHECK_FALSE(limit.take("eks", first + 1h - 1ns));
    for (int i = 0; i < 10; ++i) CHECK(limit.take("eks", first + 1h));
    CHECK_FALSE(limit.take("eks", first + 2h - 1ns));
    CHECK(limit.take("eks", first + 2h));
}

TEST_CASE("H50 hint_limit: one command's hints don't count for another's") {
    credplugin::hint_limit limit;
    for (int i = 0; i < 10; ++i) CHECK(limit.take("eks", {}));
    CHECK_FALSE(limit.take("eks", {}));
    CHECK(limit.take("gke", {}));
}

TEST_CASE("hint_limit: many threads together get ten") {
    credplugin::hint_limit limit;
    std::atomic<int> taken = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int k = 0; k < 100; ++k)
                if (limit.take("eks", {})) ++taken;
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(taken == 10);
}
