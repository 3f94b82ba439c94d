// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/cancellation.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <atomic>
#include <thread>

using credplugin::cancellation;

TEST_CASE("cancellation: each registration is told once, those that come later at once, those that are gone never") {
    cancellation cancelled;
    int first = 0, second = 0, gone = 0, late = 0;
    const cancellation::registration one(cancelled, [&] { ++first; });
    const cancellation::registration two(cancelled, [&] { ++second; });
    { const cancellation::registration left(cancelled, [&] { ++gone; }); }
    CHECK(!cancelled.requested());
    CHECK(first == 0);
    cancelled.request();
    cancelled.request();
    CHECK(cancelled.requested());
    const cancellation::registration three(cancelled, [&] { ++late; });
    CHECK(first == 1);
    CHECK(second == 1);
    CHECK(gone == 0);
    CHECK(late == 1);
}

TEST_CASE("cancellation: what is told is over before the registration is gone") {
    for (int round = 0; round < 200; ++round) {
        cancellation cancelled;
        int told = 0;  // no atomic: the thread sanitizer sees whether the order holds
        std::thread asking;
        {
            const cancellation::registration watch(cancelled, [&] { ++told; });
            asking = std::thread([&] { cancelled.request(); });
        }
        CHECK(told <= 1);
        asking.join();
    }
}
