// SPDX-License-Identifier: Apache-2.0
#include <credbase/posix_files.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace credbase;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

constexpr errc refusal{"TEST-FILE"};
constexpr std::size_t limit_bytes = 10000;

/// A folder of its own for each test, gone afterwards.
struct temp_dir {
    fs::path path;
    temp_dir() {
        std::string name = (fs::temp_directory_path() / "posix_files.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = fs::canonical(name);
    }
    ~temp_dir() { fs::remove_all(path); }

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path / name, std::ios::binary) << text;
        return (path / name).string();
    }
};

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
    const temp_dir folder;
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
    const temp_dir folder;
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
    const temp_dir folder;
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
    const temp_dir folder;
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
    const temp_dir folder;
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
