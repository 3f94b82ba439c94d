// SPDX-License-Identifier: Apache-2.0
#include "kubeconfig_command.hpp"

#include "support/catch_shim.hpp"
#include "support/temp_folder.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using eks_plugin::convert_kubeconfig_file;
using eks_plugin::kubeconfig_files;
using eks_plugin::kubeconfig_request;

static std::string user(const std::string& name, const std::string& command, const std::string& args = "token, -i, prod") {
    return "- {name: " + name + ", user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: " + command + ", args: [" +
           args + "]}}}\n";
}
static const std::string ours = "eks-aws-auth-plugin", peer = "aws-iam-authenticator", secret = "# hush\n";
static const std::string old_text = secret + "users:\n" + user("a", peer) + user("b", "sh"),
                         new_text = secret + "users:\n" + user("a", ours) + user("b", "sh");
static const std::string told = "[eks] user \"a\" is converted: \"aws-iam-authenticator\" is now \"eks-aws-auth-plugin\"\n"
                                "[eks] user \"b\": has the exec plugin \"sh\"\n";

/// A world of one file; one step of it can fail.
struct fake_files {
    std::map<std::string, std::string> env = {{"HOME", "/home/u"}};
    std::string path = "/home/u/.kube/config", content = old_text;
    int fail_at = -1, steps = 0;
    std::string out = {}, err = {};
    std::vector<std::string> replaced = {};  ///< path, old and new content of each call

    credbase::result<> step(const std::string& what) {
        if (steps++ == fail_at) return credbase::error(eks_plugin::bad_kubeconfig, "no luck").within(what);
        return {};
    }
    kubeconfig_files context() {
        return {.getenv = [this](const std::string& name) { return env.contains(name) ? std::optional(env.at(name)) : std::nullopt; },
                .read = [this](const std::string& asked) -> credbase::result<std::optional<credbase::secret_string>> {
                    if (auto ok = step("reading " + asked); !ok) return ok.error();
                    return asked == path ? std::optional(credbase::secret_string(content)) : std::nullopt;
                },
                .replace = [this](const std::string& asked, std::string_view before, std::string_view after) -> credbase::result<std::string> {
                    if (auto ok = step("writing " + asked); !ok) return ok.error();
                    replaced.insert(replaced.end(), {asked, std::string(before), std::string(after)});
                    return asked + ".bak";
                },
                .write_out = [this](std::string_view text) -> credbase::result<> {
                    if (auto ok = step("stdout"); !ok) return ok.error();
                    out += text;
                    return {};
                },
                .write_err = [this](std::string_view text) { err += text; }};
    }
};

/// Exit code, stderr.
static std::string run(fake_files& world, const kubeconfig_request& request = {}) {
    const int code = convert_kubeconfig_file(request, world.context());
    CHECK(world.err.find("hush") == std::string::npos);
    return std::to_string(code) + " " + world.err;
}

TEST_CASE("kubeconfig command: the new text goes to stdout, what is told to stderr") {
    fake_files world;
    CHECK(run(world) == "0 " + told);
    CHECK(world.out == new_text);
    CHECK(world.replaced.empty());
}

TEST_CASE("kubeconfig command: in place the file is replaced, and stdout stays empty") {
    fake_files world;
    CHECK(run(world, {.in_place = true}) == "0 " + told + "[eks] /home/u/.kube/config is written; /home/u/.kube/config.bak is what it was\n");
    CHECK(world.out.empty());
    CHECK(world.replaced == std::vector<std::string>{"/home/u/.kube/config", old_text, new_text});
}

TEST_CASE("kubeconfig command: the users get the command that is asked for") {
    fake_files world;
    (void)run(world, {.command = "/opt/plugin"});
    CHECK(world.out == secret + "users:\n" + user("a", "/opt/plugin") + user("b", "sh"));
}

TEST_CASE("kubeconfig command: where nothing changes, nothing is written in place") {
    for (const bool in_place : {false, true}) {
        fake_files world{.content = new_text};
        CHECK(run(world, {.in_place = in_place}) == "0 [eks] user \"a\": has the exec plugin \"eks-aws-auth-plugin\"\n"
                                                    "[eks] user \"b\": has the exec plugin \"sh\"\n"
                                                    "[eks] nothing to convert in /home/u/.kube/config\n");
        CHECK(world.replaced.empty());
        CHECK(world.out == (in_place ? "" : new_text));
    }
}

TEST_CASE("kubeconfig command: a user that is left is a failure, and the others are converted") {
    fake_files world{.content = "users:\n" + user("a", peer) + user("c", peer, "token")};
    CHECK(run(world, {.in_place = true}) == "1 [eks] user \"a\" is converted: \"aws-iam-authenticator\" is now \"eks-aws-auth-plugin\"\n"
                                            "[eks] user \"c\" is left as it is: its arguments name no cluster\n"
                                            "[eks] /home/u/.kube/config is written; /home/u/.kube/config.bak is what it was\n");
    CHECK(world.replaced.back() == "users:\n" + user("a", ours) + user("c", peer, "token"));

    fake_files alone{.content = "users:\n" + user("c", peer, "token")};
    CHECK(run(alone, {.in_place = true}) == "1 [eks] user \"c\" is left as it is: its arguments name no cluster\n"
                                            "[eks] nothing to convert in /home/u/.kube/config\n");
    CHECK(alone.replaced.empty());
}

TEST_CASE("kubeconfig command: which file it is") {
    const auto several = [](int count) {
        return "1 [eks] KUBECONFIG names " + std::to_string(count) + " files; name the file to convert (EKS-KUBECONFIG)\n";
    };
    struct row { std::map<std::string, std::string> env; std::string file, path, outcome; };
    const row rows[] = {
        {{{"HOME", "/h"}}, "", "/h/.kube/config", "0 " + told},
        {{{"HOME", "/h"}, {"KUBECONFIG", ""}}, "", "/h/.kube/config", "0 " + told},
        {{{"HOME", "/h"}, {"KUBECONFIG", "k"}}, "", "k", "0 " + told},
        {{{"KUBECONFIG", ":/k:/k:"}}, "", "/k", "0 " + told},
        {{{"KUBECONFIG", "/k:/l"}}, "", "", several(2)},
        {{{"HOME", "/h"}, {"KUBECONFIG", ":"}}, "", "", several(0)},
        {{{"KUBECONFIG", "/k:/l"}}, "f", "f", "0 " + told},
        {{}, "f", "f", "0 " + told},
        {{}, "", "", "1 [eks] neither KUBECONFIG nor HOME is set; name the file to convert (EKS-KUBECONFIG)\n"},
        {{}, "f", "", "1 [eks] reading f: there is no such file (EKS-KUBECONFIG)\n"},
    };
    for (const row& r : rows) {
        fake_files world{.env = r.env, .path = r.path};
        CHECK(run(world, {.file = r.file}) == r.outcome);
    }
}

TEST_CASE("kubeconfig command: a file that can't be understood is named with the line") {
    fake_files world{.content = secret + "users: {}\n"};
    CHECK(run(world, {.in_place = true}) == "1 [eks] /home/u/.kube/config: line 2: users is no sequence (EKS-KUBECONFIG)\n");
    CHECK(world.out.empty());
    CHECK(world.replaced.empty());
}

TEST_CASE("kubeconfig command: names and programs can't move the terminal's cursor") {
    fake_files world{.content = "users: [{name: \"\\e[2J\\n\", user: {exec: {command: \"\\a\"}}}]"};
    CHECK(run(world) == "0 [eks] user \"\\x1b[2J\\n\": has the exec plugin \"\\x07\"\n[eks] nothing to convert in /home/u/.kube/config\n");
}

TEST_CASE("kubeconfig command: each step failed in turn") {
    const std::vector<std::string> to_stdout = {"1 [eks] reading /home/u/.kube/config: no luck (EKS-KUBECONFIG)\n",
                                                "1 " + told + "[eks] failed to write the kubeconfig: stdout: no luck (EKS-KUBECONFIG)\n"};
    const std::vector<std::string> in_place = {to_stdout[0],
                                               "1 " + told + "[eks] writing /home/u/.kube/config: no luck (EKS-KUBECONFIG)\n"};
    for (const auto& [request, expected] :
         {std::pair(kubeconfig_request{}, to_stdout), std::pair(kubeconfig_request{.in_place = true}, in_place)}) {
        fake_files whole;
        (void)run(whole, request);
        REQUIRE(whole.steps == static_cast<int>(expected.size()));  // a new step needs a new row
        for (int step = 0; step < whole.steps; ++step) {
            fake_files world{.fail_at = step};
            CHECK(run(world, request) == expected[static_cast<std::size_t>(step)]);
            CHECK(world.out.empty());
            CHECK(world.replaced.empty());
        }
    }
}

/// The real files, with streams that are kept.
struct real_files {
    std::string out = {}, err = {};
    kubeconfig_files context() {
        return eks_plugin::system_kubeconfig_files({.getenv = [](const std::string&) { return std::nullopt; },
                                                    .write_out = [this](std::string_view text) -> credbase::result<> { out += text; return {}; },
                                                    .write_err = [this](std::string_view text) { err += text; }});
    }
    std::string run(const std::string& file) {
        out = err = "";
        return std::to_string(convert_kubeconfig_file({.file = file, .in_place = true}, context()));
    }
};

TEST_CASE("kubeconfig files: the old file is kept beside the new one, with its mode, and no old copy is lost") {
    const temp_folder folder;
    const std::string file = folder.write("config", old_text);
    std::filesystem::permissions(file, std::filesystem::perms(0640));
    real_files world;
    CHECK(world.run(file) == "0");
    CHECK(world.err == told + "[eks] " + file + " is written; " + file + ".bak is what it was\n");
    CHECK(folder.names() == std::vector<std::string>{"config", "config.bak"});
    CHECK(folder.read("config") == new_text);
    CHECK(folder.read("config.bak") == old_text);
    for (const char* name : {"config", "config.bak"}) CHECK((mode_of(folder.path / name) & 07777U) == 0640);

    CHECK(world.run(file) == "0");  // nothing to do
    CHECK(folder.names() == std::vector<std::string>{"config", "config.bak"});

    folder.write("config", old_text + "# later\n");
    CHECK(world.run(file) == "0");
    folder.write("config", old_text + "# last\n");
    CHECK(world.run(file) == "0");
    CHECK(folder.names() == std::vector<std::string>{"config", "config.bak", "config.bak.1", "config.bak.2"});
    CHECK(folder.read("config.bak") == old_text);
    CHECK(folder.read("config.bak.1") == old_text + "# later\n");
    CHECK(folder.read("config.bak.2") == old_text + "# last\n");
}

TEST_CASE("kubeconfig files: a link is followed, and the copy is beside its target") {
    const temp_folder folder;
    std::filesystem::create_directory(folder.path / "real");
    folder.write("real/config", old_text);
    std::filesystem::create_symlink("real/config", folder.path / "link");
    real_files world;
    CHECK(world.run((folder.path / "link").string()) == "0");
    CHECK(std::filesystem::is_symlink(folder.path / "link"));
    CHECK(folder.read("real/config") == new_text);
    CHECK(folder.read("real/config.bak") == old_text);
    CHECK(folder.names() == std::vector<std::string>{"link", "real"});
}

TEST_CASE("kubeconfig files: owner and group are kept") {
    if (::geteuid() != 0) return;  // none else may give files away
    const temp_folder folder;
    const std::string file = folder.write("config", old_text);
    REQUIRE(::chown(file.c_str(), 12345, 23456) == 0);
    real_files world;
    CHECK(world.run(file) == "0");
    for (const char* name : {"config", "config.bak"}) {
        struct stat status {};
        REQUIRE(::stat((folder.path / name).c_str(), &status) == 0);
        CHECK(status.st_uid == 12345);
        CHECK(status.st_gid == 23456);
    }
}

TEST_CASE("kubeconfig files: what stands in the way leaves the file as it was, and nothing beside it") {
    const temp_folder folder;
    const std::string file = folder.write("config", old_text);
    const auto replace = eks_plugin::system_kubeconfig_files({}).replace;
    const auto why = [&](const credbase::result<std::string>& got) { return got ? "ok" : got.error().text(); };
    CHECK(why(replace(file, "other", new_text)) == "writing " + file + ": it was changed at the same time by another program; try again");
    CHECK(why(replace(file + "s", old_text, new_text)) == "writing " + file + "s: No such file or directory");
    CHECK(why(replace(folder.path.string(), old_text, new_text)) == "reading " + folder.path.string() + ": Is a directory");
    CHECK(folder.names() == std::vector<std::string>{"config"});
    CHECK(folder.read("config") == old_text);

    for (int number = 0; number < 1000; ++number) folder.write("config.bak" + (number == 0 ? "" : "." + std::to_string(number)), "");
    CHECK(why(replace(file, old_text, new_text)) == "writing " + file + ".bak: it and 999 more are there already; delete some");
    CHECK(folder.read("config") == old_text);
    CHECK(folder.names().size() == 1001);
}

TEST_CASE("kubeconfig files: a write that stops half-way leaves the file as it was, and nothing beside it") {
    const temp_folder folder;
    const std::string file = folder.write("config", old_text);
    const auto before = ::signal(SIGXFSZ, SIG_IGN);
    for (const std::size_t limit : {old_text.size() - 1, old_text.size()}) {  // of the copy, then of the longer new file
        struct rlimit old {};
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
        const struct rlimit small{limit, old.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
        const auto got = eks_plugin::system_kubeconfig_files({}).replace(file, old_text, new_text + std::string(500, '#'));
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &old) == 0);
        REQUIRE(got.has_error());
        CHECK(got.error().text() == "writing " + file + (limit < old_text.size() ? ".bak" : "") + ": File too large");
        CHECK(folder.names() == std::vector<std::string>{"config"});
        CHECK(folder.read("config") == old_text);
    }
    ::signal(SIGXFSZ, before);
}
