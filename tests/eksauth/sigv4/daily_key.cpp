// SPDX-License-Identifier: Apache-2.0
#include <eksauth/sigv4/daily_key.hpp>

#include "support/catch_shim.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <new>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
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

/// A key of which all words from one on lie on a page of their own, so that whoever next touches one of them can be held up there.
class parted_key {
public:
    static constexpr std::size_t words = sizeof(eksauth::daily_key) / sizeof(std::uint64_t);

    explicit parted_key(std::size_t first) {
        auto* const pages = static_cast<char*>(::mmap(nullptr, 2 * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        REQUIRE(pages != MAP_FAILED);
        page_ = pages + page_size;
        key_ = new (page_ - first * sizeof(std::uint64_t)) eksauth::daily_key;
        struct sigaction acting {};
        acting.sa_sigaction = touched;
        acting.sa_flags = SA_SIGINFO;
        ::sigaction(SIGSEGV, &acting, &before_);
    }
    ~parted_key() {
        ::sigaction(SIGSEGV, &before_, nullptr);
        key_->~daily_key();
        ::munmap(page_ - page_size, 2 * page_size);
    }
    parted_key(const parted_key&) = delete;
    parted_key& operator=(const parted_key&) = delete;

    eksauth::daily_key& operator*() { return *key_; }

    /// Once, before somebody does to those words what `allowed` doesn't allow: then all of it is.
    void hold_up(int allowed, std::function<void()> act) {
        page = page_;
        meanwhile = std::move(act);
        ::mprotect(page_, page_size, allowed);
    }

private:
    static void touched(int number, siginfo_t* info, void*) {
        auto* const where = static_cast<char*>(info->si_addr);
        if (where < page || where >= page + page_size || !meanwhile) {
            ::signal(number, SIG_DFL);  // a fault of another kind: it comes again at once
            return;
        }
        ::mprotect(page, page_size, PROT_READ | PROT_WRITE);
        std::exchange(meanwhile, nullptr)();
    }

    static inline const std::size_t page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    static inline char* page = nullptr;
    static inline std::function<void()> meanwhile;
    char* page_ = nullptr;
    eksauth::daily_key* key_ = nullptr;
    struct sigaction before_ {};
};

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

TEST_CASE("daily_key: a key is whole although another day's is stored while it is read, after whichever word") {
    const std::string mondays = derived("secret", monday);
    for (std::size_t word = 1; word < parted_key::words; ++word) {
        INFO(word);
        parted_key kept(word);
        asked(*kept, "secret", monday);
        bool held_up = false;
        kept.hold_up(PROT_NONE, [&] {
            held_up = true;
            asked(*kept, "secret", monday + 24h);
        });
        CHECK(asked(*kept, "secret", monday) == mondays);
        CHECK(held_up);
    }
}

TEST_CASE("daily_key: a key is whole although it is read while it is stored, after whichever word") {
    const std::string keys[] = {derived("secret", monday), derived("secret", monday + 24h), derived("secret", monday + 48h)};
    for (std::size_t word = 1; word < parted_key::words; ++word) {
        INFO(word);
        parted_key kept(word);
        asked(*kept, "secret", monday);
        std::string seen[3];
        kept.hold_up(PROT_READ, [&] {
            for (int day = 0; day < 3; ++day) seen[day] = asked(*kept, "secret", monday + day * 24h);
        });
        CHECK(asked(*kept, "secret", monday + 24h) == keys[1]);
        for (int day = 0; day < 3; ++day) CHECK(seen[day] == keys[day]);
        CHECK(asked(*kept, "other", monday + 24h) == keys[1]);  // it was stored in the end
    }
}

TEST_CASE("daily_key: who was held up while it read doesn't store over a newer key that somebody reads") {
    const std::string tuesdays = derived("secret", monday + 24h);
    for (std::size_t word = 1; word < parted_key::words; ++word) {
        INFO(word);
        parted_key kept(word);
        asked(*kept, "secret", monday);
        std::binary_semaphore reads(0), goes_on(0);
        kept.hold_up(PROT_NONE, [&] {
            reads.release();
            goes_on.acquire();
        });
        std::thread late([&] { asked(*kept, "secret", monday); });
        reads.acquire();
        asked(*kept, "secret", monday + 24h);
        kept.hold_up(PROT_NONE, [&] {
            goes_on.release();
            late.join();
        });
        CHECK(asked(*kept, "secret", monday + 24h) == tuesdays);
        REQUIRE(!late.joinable());
    }
}
