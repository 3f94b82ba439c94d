// SPDX-License-Identifier: Apache-2.0
#include <credbase/posix_folder.hpp>  // first: proves that it stands alone

#include "credbase/private_folders.hpp"
#include "support/catch_shim.hpp"

#include <sched.h>  // unshare
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace credbase;
using namespace std::string_literals;

TEST_CASE("private folder: it is made for its owner alone, and so is each file, whatever the umask") {
    for (const mode_t mask : {0U, 022U, 077U, 0177U, 0277U, 0777U}) {
        INFO("umask " << mask);
        const temp_dir parent;
        const std::string path = (parent.path / "above/made").string();
        const mode_t before = ::umask(mask & 077U);  // who takes rights from themselves gets no folder
        auto folder = open_private_folder(path, limit_bytes, age, refusal);
        const std::string locked = folder ? describe(folder->try_lock("a")) : describe(folder);
        ::umask(mask);
        const std::string written = folder ? describe(folder->replace("a", secret_string("text"))) : "";
        ::umask(before);
        CHECK(locked == "locked");
        CHECK(written == "ok");
        CHECK(mode_of(path) == (S_IFDIR | 0700U));
        CHECK(mode_of(parent.path / "above") == (S_IFDIR | 0700U));
        for (const auto& entry : fs::directory_iterator(path)) CHECK(mode_of(entry.path()) == (S_IFREG | 0600U));
        CHECK(describe(open_private_folder(path, limit_bytes, age, refusal).value().read("a")) == "text");
    }
}

TEST_CASE("private folder: what others could enter, and what is none, is refused with what to do") {
    const temp_dir parent;
    const std::string base = parent.path.string() + "/";
    parent.write("file", "12345");
    fs::create_directory(base + "folder");
    fs::create_directory(base + "shared");
    fs::permissions(base + "folder", fs::perms(0700));
    fs::create_symlink("folder", base + "link");
    fs::create_symlink("gone", base + "dangling");
    REQUIRE(::mkfifo((base + "fifo").c_str(), 0600) == 0);
    const std::string no_folder = "is a link or no folder; name the folder itself", long_name(300, 'n');
    struct row { std::string path, why; };
    const row rows[] = {
        {base + "link", no_folder},
        {base + "dangling", no_folder},
        {base + "file", no_folder},
        {base + "fifo", no_folder},
        {base + "file/folder", "Not a directory"},
        {base + long_name, "File name too long"},
        {"", "No such file or directory"},
    };
    const int before = open_descriptors();
    const auto refused = [](const std::string& path) { return describe(open_private_folder(path, limit_bytes, age, refusal)); };
    for (const row& r : rows) {
        INFO(r.path);
        const std::string shown = r.path.empty() ? fs::current_path().string() + "/" : r.path;
        CHECK(refused(r.path) == "TEST-FOLDER opening the folder " + shown + ": " + r.why);
    }
    for (const unsigned mode : {0701U, 0710U, 0704U, 0755U, 0777U, 01777U}) {
        fs::permissions(base + "shared", fs::perms(mode));
        const std::string said = refused(base + "shared");
        CHECK(said.starts_with("TEST-FOLDER opening the folder " + base + "shared: others may enter it; "));
        CHECK(said.find("chmod 700 " + base + "shared") != said.npos);
        CHECK(mode_of(base + "shared") == (S_IFDIR | mode));
    }
    CHECK(refused(base + "folder") == "ok");
    if (::geteuid() == 0) {
        fs::permissions(base + "shared", fs::perms(0700));
        REQUIRE(::chown((base + "shared").c_str(), nobody, nobody) == 0);
        CHECK(refused(base + "shared") ==
              "TEST-FOLDER opening the folder " + base + "shared: belongs to uid 65532, not to uid 0; name one of your own");
    }
    CHECK(open_descriptors() == before);  // none was left open
    CHECK(parent.names() == names{"dangling", "fifo", "file", "folder", "link", "shared"});
}

TEST_CASE("private folder: a file is what was written last, byte for byte, under its own name alone") {
    const temp_dir temp;
    const auto folder = temp.folder();
    CHECK(describe(folder.read("a")) == "none");
    for (const std::string& text : {"first"s, std::string(limit_bytes, 'x'), ""s, "a\0b\xFF\n"s}) {
        INFO(text.size());
        CHECK(describe(folder.replace("a", secret_string(text))) == "ok");
        CHECK(describe(folder.read("a")) == text);
        CHECK(describe(folder.read("b")) == "none");
        CHECK(temp.names() == names{"a.kept"});
    }
}

TEST_CASE("private folder: what others could have written counts as none, and is replaced with nobody else's file touched") {
    const auto file = [](const char* name, mode_t mode) {
        return [=](const temp_dir& temp) { fs::permissions(temp.write(name, "text"), fs::perms(mode)); };
    };
    struct row { const char* name; std::function<void(const temp_dir&)> prepare; std::string found, replaced = "ok"; };
    const row rows[] = {
        {"a file of one's own", file("a.kept", 0600), "text"},
        {"one that can't be written", file("a.kept", 0400), "text"},
        {"a link", [](const temp_dir& t) { fs::create_symlink("target", t.path / "a.kept"); }, "none"},
        {"a link to nothing", [](const temp_dir& t) { fs::create_symlink("gone", t.path / "a.kept"); }, "none"},
        {"a link to itself", [](const temp_dir& t) { fs::create_symlink("a.kept", t.path / "a.kept"); }, "none"},
        {"a second name", [](const temp_dir& t) { fs::create_hard_link(t.path / "target", t.path / "a.kept"); }, "none"},
        {"a FIFO", [](const temp_dir& t) { REQUIRE(::mkfifo((t.path / "a.kept").c_str(), 0600) == 0); }, "none"},
        {"a folder", [](const temp_dir& t) { fs::create_directory(t.path / "a.kept"); }, "none", "Is a directory"},
        {"the group may read it", file("a.kept", 0640), "none"},
        {"others may read it", file("a.kept", 0604), "none"},
        {"others may write it", file("a.kept", 0602), "none"},
        {"too large a file", [](const temp_dir& t) { t.write("a.kept", std::string(limit_bytes + 1, 'x')); }, "none"},
        {"a rest of a killed writer", file("a.kept.new", 0600), "none"},
        {"a rest that can't be written", file("a.kept.new", 0), "none"},
        {"a link instead", [](const temp_dir& t) { fs::create_symlink("target", t.path / "a.kept.new"); }, "none"},
        {"a second name instead", [](const temp_dir& t) { fs::create_hard_link(t.path / "target", t.path / "a.kept.new"); }, "none"},
        {"a FIFO instead", [](const temp_dir& t) { REQUIRE(::mkfifo((t.path / "a.kept.new").c_str(), 0600) == 0); }, "none"},
        {"a folder instead", [](const temp_dir& t) { fs::create_directory(t.path / "a.kept.new"); }, "none", "File exists"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const temp_dir temp;
        temp.write("target", "of another");
        r.prepare(temp);
        const auto folder = temp.folder();
        CHECK(describe(folder.read("a")) == r.found);
        const std::string path = (temp.path / "a.kept").string(), refused = "TEST-FOLDER writing " + path + ": ";
        CHECK(describe(folder.replace("a", secret_string("new"))) == (r.replaced == "ok" ? "ok" : refused + r.replaced));
        CHECK(temp.read("target") == "of another");
        if (r.replaced != "ok") continue;
        CHECK(describe(folder.read("a")) == "new");
        CHECK(temp.names() == names{"a.kept", "target"});
        CHECK(mode_of(path) == (S_IFREG | 0600U));
    }
    if (::geteuid() != 0) return;
    const temp_dir temp;
    REQUIRE(::chown(temp.write("a.kept", "text").c_str(), nobody, nobody) == 0);
    CHECK(describe(temp.folder().read("a")) == "none");
}

TEST_CASE("private folder: what the system refuses is an error; the file is as it was, and nothing is left behind") {
    const temp_dir temp;
    const std::string path = temp.write("a.kept", "old");
    const auto folder = temp.folder();
    std::string too_large, fits;

    const auto limited = [](auto resource, rlim_t limit, const std::function<void()>& work) {
        rlimit before{};
        REQUIRE(::getrlimit(resource, &before) == 0);
        const rlimit tight{limit, before.rlim_max};
        REQUIRE(::setrlimit(resource, &tight) == 0);
        work();
        REQUIRE(::setrlimit(resource, &before) == 0);
    };
    REQUIRE(::signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    limited(RLIMIT_FSIZE, 100, [&] {
        too_large = describe(folder.replace("a", secret_string(std::string(101, 'x'))));
        fits = describe(folder.replace("b", secret_string(std::string(100, 'x'))));
    });
    REQUIRE(::signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    CHECK(too_large == "TEST-FOLDER writing " + path + ": File too large");
    CHECK(fits == "ok");
    CHECK(temp.names() == names{"a.kept", "b.kept"});

    names said;
    const int free_descriptor = ::dup(0);
    ::close(free_descriptor);
    limited(RLIMIT_NOFILE, static_cast<rlim_t>(free_descriptor), [&] {
        said = {describe(folder.read("a")), describe(folder.replace("a", secret_string("new"))), describe(folder.try_lock("a")),
                describe(temp.open())};
    });
    const std::string too_many = ": Too many open files", where = temp.path.string();
    CHECK(said == names{"TEST-FOLDER reading " + path + too_many, "TEST-FOLDER writing " + path + too_many,
                        "TEST-FOLDER opening " + where + "/lock.kept" + too_many,
                        "TEST-FOLDER opening the folder " + where + too_many});

    fs::create_symlink("b.kept", temp.path / "lock.kept");
    CHECK(describe(folder.try_lock("a")) == "TEST-FOLDER opening " + where + "/lock.kept: Too many levels of symbolic links");
    fs::remove(temp.path / "lock.kept");

    fs::permissions(temp.path, fs::perms(0500));
    const std::string barred = unprivileged(temp.path, [&] {
        const auto own = temp.folder();
        std::string all = describe(own.replace("a", secret_string("new")));
        all += "; " + describe(own.try_lock("a"));
        return all + "; " + describe(own.read("a"));
    });
    fs::permissions(temp.path, fs::perms(0700));
    CHECK(barred == "TEST-FOLDER writing " + path + ": Permission denied; TEST-FOLDER opening " + where +
                        "/lock.kept: Permission denied; old");
    CHECK(temp.names() == names{"a.kept", "b.kept"});
    CHECK(temp.read("a.kept") == "old");

    fs::remove_all(temp.path);
    CHECK(describe(folder.read("a")) == "none");
    CHECK(describe(folder.replace("a", secret_string("new"))) == "TEST-FOLDER writing " + path + ": No such file or directory");
    CHECK(describe(folder.try_lock("a")) == "TEST-FOLDER opening " + where + "/lock.kept: No such file or directory");
}

TEST_CASE("private folder: a full disk is an error; the file is as it was, and nothing is left behind") {
    const temp_dir temp;
    const child alone([&](int out) {  // in a namespace of its own, whose mounts go with it
        const std::string where = temp.path.string();
        std::string said = "no mounts to be had";
        if (::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
            ::mount("none", where.c_str(), "tmpfs", 0, "size=8k,mode=700") == 0) {
            const auto folder = open_private_folder(where, 100000, age, refusal).value();
            said = describe(folder.replace("a", secret_string("old")));
            said += "; " + describe(folder.replace("a", secret_string(std::string(50000, 'x'))));
            said += "; " + describe(folder.read("a"));
            for (const std::string& name : temp.names()) said += "; " + name;
        }
        (void)write_all(out, said, refusal);
    });
    const std::string said = alone.rest();
    if (said == "no mounts to be had") WARN(said);
    else CHECK(said == "ok; TEST-FOLDER writing " + temp.path.string() + "/a.kept: No space left on device; old; a.kept");
}

TEST_CASE("private folder: it stays the one that was opened, whatever becomes of its path") {
    const temp_dir parent;
    const std::string path = (parent.path / "folder").string();
    const auto folder = open_private_folder(path, limit_bytes, age, refusal).value();
    fs::rename(path, parent.path / "moved");
    fs::create_directory(parent.path / "others");
    fs::create_symlink("others", path);
    CHECK(describe(folder.replace("a", secret_string("text"))) == "ok");
    CHECK(describe(folder.try_lock("a")) == "locked");
    CHECK(describe(folder.read("a")) == "text");
    CHECK(fs::is_empty(parent.path / "others"));
    CHECK(parent.read("moved/a.kept") == "text");
}

TEST_CASE("private folder: with each file that is written, old ones of this kind go, and nothing else") {
    const temp_dir temp;
    const auto put = [&](const std::string& name, std::chrono::hours old) {
        const timespec then{(system_now() - old).time_since_epoch().count(), 0}, times[] = {then, then};
        REQUIRE(::utimensat(AT_FDCWD, temp.write(name, "text").c_str(), times, 0) == 0);
    };
    using std::chrono::hours;
    const auto entry = [](char digit) { return std::string(64, digit) + ".kept"; };
    const std::string young = entry('1'), future = entry('2'), inner = entry('3');
    const std::string old = entry('4'), left = entry('5') + ".new", read = entry('6');
    for (const std::string& name : {"config"s, "lock.kept"s, "kept"s, old + ".bak", old, left, read}) put(name, hours(37));
    for (const std::string& name : {young, young + ".new"}) put(name, hours(35));
    put(future, hours(-1000));
    fs::create_directory(temp.path / inner);
    const timespec then{0, 0}, times[] = {then, then};
    REQUIRE(::utimensat(AT_FDCWD, (temp.path / inner).c_str(), times, 0) == 0);

    const auto folder = temp.folder();
    const auto everything = temp.names();
    CHECK(describe(folder.read(std::string(64, '6'))) == "text");  // reading removes nothing, and keeps nothing
    CHECK(describe(folder.try_lock(std::string(64, '4'))) == "locked");
    CHECK(temp.names() == everything);
    const int before = open_descriptors();
    CHECK(describe(folder.replace("a", secret_string("new"))) == "ok");
    CHECK(temp.names() == names{young, young + ".new", future, inner, old + ".bak", "a.kept", "config", "kept", "lock.kept"});
    CHECK(open_descriptors() == before);
}
