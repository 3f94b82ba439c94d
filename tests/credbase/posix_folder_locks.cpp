// SPDX-License-Identifier: Apache-2.0
#include <credbase/posix_folder.hpp>

#include "credbase/private_folders.hpp"
#include "support/catch_shim.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace credbase;

TEST_CASE("private folder: a writer that is killed at any moment leaves the old file or the new one") {
    const temp_dir temp;
    const auto folder = temp.folder();
    for (int round = 0; round < 50; ++round) {
        child writer([&](int out) {
            for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1)) {
                if (!folder.replace("a", secret_string(std::string(limit_bytes, letter)))) return;
                (void)write_all(out, "x", refusal);
            }
        });
        for (int writes = 0; writes <= round; ++writes) CHECK(writer.next_byte() == "x");
        writer.kill();
        const std::string text = describe(folder.read("a"));
        CHECK((text.size() == limit_bytes && text.find_first_not_of(text.front()) == text.npos));
        CHECK(describe(folder.replace("a", secret_string("after"))) == "ok");
        CHECK(temp.names() == names{"a.kept"});
    }
}

TEST_CASE("private folder: a lock is held once, by whoever, until its object or its process goes; each name has one") {
    const temp_dir temp;
    const auto folder = temp.folder(), other = temp.folder();
    auto held = folder.try_lock("a");
    CHECK(describe(held) == "locked");
    CHECK(describe(folder.try_lock("a")) == "held by another");
    CHECK(describe(other.try_lock("a")) == "held by another");
    CHECK(describe(other.try_lock("b")) == "locked");
    CHECK(describe(other.try_lock("b")) == "locked");  // nobody has kept the one before
    child another([&](int out) {
        for (const char* name : {"a", "b"}) (void)write_all(out, describe(temp.folder().try_lock(name)) + " ", refusal);
    });
    CHECK(another.rest() == "held by another locked ");
    another.kill();  // it has our descriptor too
    CHECK(describe(folder.replace("a", secret_string("text"))) == "ok");  // which is another file
    CHECK(describe(other.try_lock("a")) == "held by another");
    *held = nullptr;
    CHECK(describe(other.try_lock("a")) == "locked");

    child holder([&](int out) {
        const auto lock = temp.folder().try_lock("a");
        (void)write_all(out, describe(lock), refusal);
        for (;;) ::pause();
    });
    CHECK(holder.next_byte() == "l");
    CHECK(describe(folder.try_lock("a")) == "held by another");
    CHECK(describe(folder.try_lock("b")) == "locked");
    holder.kill();
    CHECK(describe(folder.try_lock("a")) == "locked");
    CHECK(temp.names() == names{"a.kept", "lock.kept"});
    CHECK(mode_of(temp.path / "lock.kept") == (S_IFREG | 0600U));
}

TEST_CASE("private folder: a program that is started while a lock is held doesn't hold it on") {
    const temp_dir temp;
    const auto folder = temp.folder();
    auto held = folder.try_lock("a");
    const child started([](int out) {
        ::dup2(out, STDOUT_FILENO);
        ::execl("/bin/sh", "sh", "-c", "echo started; exec tail -f /dev/null", nullptr);
    });
    CHECK(started.next_byte() == "s");
    *held = nullptr;
    CHECK(describe(folder.try_lock("a")) == "locked");
}

TEST_CASE("private folder: of many threads one has the lock") {
    const temp_dir temp;
    const auto folder = temp.folder();
    std::atomic<int> inside = 0, wrong = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number)
        threads.emplace_back([&] {
            for (int rounds = 0; rounds < 50;) {
                const auto lock = folder.try_lock("a");
                if (!lock) ++wrong;
                if (!lock || !*lock) {
                    std::this_thread::yield();
                    continue;
                }
                if (++inside != 1) ++wrong;
                if (!folder.replace("a", secret_string("text")) || describe(folder.read("a")) != "text") ++wrong;
                --inside;
                ++rounds;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(temp.names() == names{"a.kept", "lock.kept"});
}
