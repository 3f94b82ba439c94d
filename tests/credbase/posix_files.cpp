// SPDX-License-Identifier: Apache-2.0
#include <credbase/posix_files.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"
#include "support/temp_folder.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

using namespace credbase;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

constexpr errc refusal{"TEST-FILE"};
constexpr std::size_t limit_bytes = 10000;

/// `ok`, or what stood in the way.
std::string describe(const result<>& got) { return got ? "ok" : std::string(got.error().code().word) + " " + got.error().text(); }

using names = std::vector<std::string>;

/// The content as `<size> bytes`, or what stands in its way.
std::string describe(const result<std::optional<secret_string>>& got) {
    if (!got) return std::string(got.error().code().word) + " " + got.error().text();
    return *got ? std::to_string((*got)->size()) + " bytes" : "no such file";
}

int lowest_free_descriptor() {
    const int descriptor = ::open("/dev/null", O_RDONLY);
    ::close(descriptor);
    return descriptor;
}

}  // namespace

TEST_CASE("read_regular_file: the whole content, byte for byte, of every size") {
    const temp_folder folder;
    for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 8192U, 10000U}) {
        INFO(size);
        std::string text(size, '\0');
        for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 % 256);
        auto got = read_regular_file(folder.write("file", text), limit_bytes, refusal);
        REQUIRE(got.has_value());
        REQUIRE(got->has_value());
        CHECK(bool((*got)->reveal() == text));
    }
}

TEST_CASE("read_regular_file: a limit is the last size that is read") {
    const temp_folder folder;
    struct row { std::size_t size, limit; std::string outcome; };
    const std::string path = (folder.path / "file").string(), refused = "TEST-FILE reading " + path + ": larger than ";
    const row rows[] = {
        {0, 0, "0 bytes"},
        {1, 0, refused + "0 bytes"},
        {100, 100, "100 bytes"},
        {101, 100, refused + "100 bytes"},
        {4096, 4096, "4096 bytes"},
        {4097, 4096, refused + "4096 bytes"},
        {1000000, 5000, refused + "5000 bytes"},
    };
    for (const row& r : rows) {
        INFO(r.size << " with limit " << r.limit);
        folder.write("file", std::string(r.size, 'x'));
        CHECK(describe(read_regular_file(path, r.limit, refusal)) == r.outcome);
    }
}

TEST_CASE("read_regular_file: a file that states no size is read too") {
    auto got = read_regular_file("/proc/self/stat", limit_bytes, refusal);
    REQUIRE(got.has_value());
    REQUIRE(got->has_value());
    CHECK((*got)->size() > 10);
}

TEST_CASE("read_regular_file: what isn't there is no error, what can't be read is") {
    const temp_folder folder;
    const std::string base = folder.path.string() + "/";
    folder.write("file", "12345");
    fs::create_directory(base + "folder");
    fs::create_symlink("file", base + "link");
    fs::create_symlink("gone", base + "dangling");
    fs::create_symlink("loop", base + "loop");
    fs::create_symlink("folder", base + "folder_link");
    REQUIRE(::mkfifo((base + "fifo").c_str(), 0600) == 0);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string socket_path = base + "socket";
    REQUIRE(socket_path.size() < sizeof address.sun_path);
    std::copy(socket_path.begin(), socket_path.end(), address.sun_path);
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);

    struct row { const char* name; std::string path, outcome; };
    const auto refused = [](const std::string& path, const std::string& why) { return "TEST-FILE reading " + path + ": " + why; };
    const row rows[] = {
        {"a file", base + "file", "5 bytes"},
        {"a link to a file", base + "link", "5 bytes"},
        {"nothing of that name", base + "gone", "no such file"},
        {"a folder that isn't there", base + "gone/file", "no such file"},
        {"a file where a folder should be", base + "file/file", "no such file"},
        {"a link to nothing", base + "dangling", "no such file"},
        {"no name at all", "", "no such file"},
        {"a link to itself", base + "loop", refused(base + "loop", "Too many levels of symbolic links")},
        {"a folder", base + "folder", refused(base + "folder", "Is a directory")},
        {"a link to a folder", base + "folder_link", refused(base + "folder_link", "Is a directory")},
        {"a FIFO that nobody writes to", base + "fifo", refused(base + "fifo", "not a regular file")},
        {"a socket", socket_path, refused(socket_path, "No such device or address")},
        {"a device that has no end", "/dev/zero", refused("/dev/zero", "not a regular file")},
        {"a device that has nothing", "/dev/null", refused("/dev/null", "not a regular file")},
        {"a name that is too long", base + std::string(300, 'n'), refused(base + std::string(300, 'n'), "File name too long")},
        {"a file whose content can't be read", "/proc/self/mem", refused("/proc/self/mem", "Input/output error")},
    };
    const int before = lowest_free_descriptor();
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(describe(read_regular_file(r.path, limit_bytes, refusal)) == r.outcome);
    }
    CHECK(lowest_free_descriptor() == before);  // none was left open
    ::close(listener);
}

TEST_CASE("read_regular_file: a file without permission is an error, not an absent file") {
    const temp_folder folder;
    fs::permissions(folder.path, fs::perms(0755));
    const std::string path = folder.write("secret", "12345");
    fs::permissions(path, fs::perms::none);
    const uid_t user = ::geteuid();
    if (user == 0) REQUIRE(::seteuid(65532) == 0);  // nothing is forbidden to root
    const std::string outcome = describe(read_regular_file(path, limit_bytes, refusal));
    REQUIRE(::seteuid(user) == 0);
    CHECK(outcome == "TEST-FILE reading " + path + ": Permission denied");
}

TEST_CASE("read_regular_file: an error about a relative path shows it absolute") {
    const temp_folder folder;
    fs::create_directory(folder.path / "keys");
    folder.write("file", "12345");
    const fs::path before = fs::current_path();
    fs::current_path(folder.path);
    const std::string refused = describe(read_regular_file("keys", limit_bytes, refusal));
    const std::string read = describe(read_regular_file("file", limit_bytes, refusal));
    fs::current_path(before);
    CHECK(refused == "TEST-FILE reading " + folder.path.string() + "/keys: Is a directory");
    CHECK(read == "5 bytes");
}

TEST_CASE("replace_file: the content is the new one, byte for byte, whether or not there was a file") {
    const temp_folder folder;
    const std::string path = (folder.path / "file").string();
    std::string large(1000000, 'x');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 % 256);
    for (const std::string& text : {"first"s, large, ""s, "a\0b\xFF\n"s}) {
        INFO(text.size());
        CHECK(describe(replace_file(path, text, refusal)) == "ok");
        CHECK(bool(folder.read("file") == text));
        CHECK(folder.names() == names{"file"});
    }
}

TEST_CASE("replace_file: only its owner may read it, whatever the umask and whoever could before") {
    const temp_folder folder;
    const std::string path = (folder.path / "file").string();
    for (const mode_t mask : {0U, 022U, 077U, 0117U, 0277U, 0777U}) {
        for (const bool there : {false, true}) {
            INFO("umask " << mask << ", there: " << there);
            fs::remove(path);
            if (there) fs::permissions(folder.write("file", "old"), fs::perms(0644));
            const mode_t before = ::umask(mask);
            const std::string outcome = describe(replace_file(path, "new", refusal));
            ::umask(before);
            CHECK(outcome == "ok");
            CHECK(mode_of(path) == (S_IFREG | 0600U));
            CHECK(folder.read("file") == "new");
        }
    }
}

TEST_CASE("replace_file: another mode is the file's, whatever the umask and the old file's mode") {
    const temp_folder folder;
    const std::string path = (folder.path / "file").string();
    for (const mode_t mask : {0U, 022U, 077U, 0777U})
        for (const mode_t mode : {0555U, 0644U, 0400U, 0777U}) {
            INFO("umask " << mask << ", mode " << mode);
            const mode_t before = ::umask(mask);
            const std::string outcome = describe(replace_file(path, "new", refusal, mode));
            ::umask(before);
            CHECK(outcome == "ok");
            CHECK(mode_of(path) == (S_IFREG | mode));
            CHECK(folder.read("file") == "new");
            CHECK(folder.names() == names{"file"});
        }
}

TEST_CASE("replace_file: a link is replaced, not followed") {
    const temp_folder folder;
    folder.write("target", "old");
    fs::create_hard_link(folder.path / "target", folder.path / "second name");
    fs::create_symlink("target", folder.path / "link");
    fs::create_symlink("gone", folder.path / "dangling");
    for (const char* name : {"second name", "link", "dangling"}) {
        INFO(name);
        CHECK(describe(replace_file((folder.path / name).string(), "new", refusal)) == "ok");
        CHECK(mode_of(folder.path / name) == (S_IFREG | 0600U));
        CHECK(folder.read(name) == "new");
        CHECK(folder.read("target") == "old");
    }
    CHECK(folder.names() == names{"dangling", "link", "second name", "target"});
}

TEST_CASE("replace_file: who has the old file open reads the old content on") {
    const temp_folder folder;
    std::ifstream opened(folder.write("file", "old"));
    CHECK(describe(replace_file((folder.path / "file").string(), "new", refusal)) == "ok");
    CHECK(std::string(std::istreambuf_iterator<char>(opened), {}) == "old");
}

TEST_CASE("replace_file: what the system refuses is an error, and nothing is left behind") {
    const temp_folder folder;
    const std::string base = folder.path.string() + "/", long_name(300, 'n');
    folder.write("file", "old");
    fs::create_directories(folder.path / "folder" / "full");
    struct row { const char* name; std::string path, outcome; };
    const auto refused = [](const std::string& path, const std::string& why) { return "TEST-FILE writing " + path + ": " + why; };
    const row rows[] = {
        {"no such folder", base + "gone/file", refused(base + "gone/file", "No such file or directory")},
        {"a file where a folder should be", base + "file/file", refused(base + "file/file", "Not a directory")},
        {"a folder of that name", base + "folder", refused(base + "folder", "Is a directory")},
        {"an empty folder of that name", base + "folder/full", refused(base + "folder/full", "Is a directory")},
        {"a name that is too long", base + long_name, refused(base + long_name, "File name too long")},
    };
    const int before = lowest_free_descriptor();
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(describe(replace_file(r.path, "new", refusal)) == r.outcome);
        CHECK(folder.names() == names{"file", "folder"});
        CHECK(folder.read("file") == "old");
    }
    CHECK(fs::is_empty(folder.path / "folder" / "full"));
    CHECK(lowest_free_descriptor() == before);  // none was left open
}

TEST_CASE("replace_file: a folder without permission is an error, and the file is as it was") {
    const temp_folder folder;
    const std::string path = folder.write("file", "old");
    fs::permissions(path, fs::perms(0666));  // the file itself would do
    fs::permissions(folder.path, fs::perms(0555));
    const uid_t user = ::geteuid();
    if (user == 0) REQUIRE(::seteuid(65532) == 0);  // nothing is forbidden to root
    const std::string outcome = describe(replace_file(path, "new", refusal));
    REQUIRE(::seteuid(user) == 0);
    fs::permissions(folder.path, fs::perms(0755));
    CHECK(outcome == "TEST-FILE writing " + path + ": Permission denied");
    CHECK(folder.read("file") == "old");
    CHECK(folder.names() == names{"file"});
}

TEST_CASE("replace_file: a disk that takes only a part is an error, and the file is as it was") {
    const temp_folder folder;
    const std::string path = folder.write("file", "old");
    struct sigaction ignored {}, signal_before {};
    ignored.sa_handler = SIG_IGN;
    REQUIRE(::sigaction(SIGXFSZ, &ignored, &signal_before) == 0);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit tight{10000, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    const std::string too_large = describe(replace_file(path, std::string(10001, 'x'), refusal));
    const names left = folder.names();
    const std::string content = folder.read("file");
    const std::string fits = describe(replace_file(path, std::string(10000, 'x'), refusal));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    REQUIRE(::sigaction(SIGXFSZ, &signal_before, nullptr) == 0);
    CHECK(too_large == "TEST-FILE writing " + path + ": File too large");
    CHECK(left == names{"file"});
    CHECK(content == "old");
    CHECK(fits == "ok");
    CHECK(folder.read("file") == std::string(10000, 'x'));
}

TEST_CASE("replace_file: a signal in the middle is taken when nothing is left beside the file") {
    const temp_folder folder;
    const std::string path = folder.write("file", "old");
    static std::string watched;
    static volatile sig_atomic_t found = -1;
    watched = folder.path.string();
    struct sigaction looks {}, before {};
    looks.sa_handler = [](int) { found = static_cast<int>(std::distance(fs::directory_iterator(watched), fs::directory_iterator())); };
    REQUIRE(::sigaction(SIGXFSZ, &looks, &before) == 0);
    rlimit limit_before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit_before) == 0);
    const rlimit tight{10, limit_before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    const std::string outcome = describe(replace_file(path, "more than ten", refusal));  // its write() raises SIGXFSZ
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit_before) == 0);
    REQUIRE(::sigaction(SIGXFSZ, &before, nullptr) == 0);
    CHECK(found == 1);
    CHECK(outcome == "TEST-FILE writing " + path + ": File too large");
    CHECK(folder.read("file") == "old");
}

TEST_CASE("replace_file: an error about a relative path shows it absolute") {
    const temp_folder folder;
    fs::create_directory(folder.path / "keys");
    const fs::path before = fs::current_path();
    fs::current_path(folder.path);
    const std::string refused = describe(replace_file("keys", "new", refusal));
    const std::string written = describe(replace_file("file", "new", refusal));
    fs::current_path(before);
    CHECK(refused == "TEST-FILE writing " + folder.path.string() + "/keys: Is a directory");
    CHECK(written == "ok");
    CHECK(folder.read("file") == "new");
    CHECK(folder.names() == names{"file", "keys"});
}

TEST_CASE("replace_file: of many threads at once each writes a whole file, and readers see nothing else") {
    const temp_folder folder;
    const std::string path = folder.write("file", std::string(100000, 'A'));
    std::atomic<int> wrong = 0, writing = 8;
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number)
        threads.emplace_back([&, letter = static_cast<char>('a' + number)] {
            for (int round = 0; round < 20; ++round)
                if (!replace_file(path, std::string(100000 + static_cast<std::size_t>(round), letter), refusal)) ++wrong;
            --writing;
        });
    const auto is_whole = [](const result<std::optional<secret_string>>& got) {
        if (!got || !*got || (*got)->size() < 100000) return false;
        const std::string_view text = (*got)->reveal();
        return text.find_first_not_of(text.front()) == text.npos;
    };
    do {
        if (!is_whole(read_regular_file(path, 200000, refusal))) ++wrong;
    } while (writing != 0);
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
    const std::string last = folder.read("file");
    CHECK(last.size() == 100019);
    CHECK(folder.names() == names{"file"});
    CHECK(mode_of(path) == (S_IFREG | 0600U));
}
