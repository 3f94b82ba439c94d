// SPDX-License-Identifier: Apache-2.0
#include <eksauth/system_context.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"

#include <eksauth/default_chain.hpp>
#include <eksauth/get_token.hpp>

#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// A folder that goes away with what is in it.
class temp_home {
public:
    temp_home() {
        std::string name = (std::filesystem::temp_directory_path() / "eksauth-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = std::filesystem::canonical(name);
        std::filesystem::create_directory(path + "/.aws");
    }
    ~temp_home() { std::filesystem::remove_all(path); }
    temp_home(const temp_home&) = delete;
    temp_home& operator=(const temp_home&) = delete;

    void write(const std::string& name, std::string_view text) const { std::ofstream(path + name, std::ios::binary) << text; }

    /// The real context, with this folder as HOME, no instance metadata, and no more than `more` in the environment.
    eksauth::context context(std::map<std::string, std::string> more = {}) const {
        more.insert({"HOME", path});
        more.insert({"AWS_EC2_METADATA_DISABLED", "true"});
        eksauth::context ctx = eksauth::system_context();
        ctx.getenv = [env = std::move(more)](const std::string& name) -> std::optional<std::string> {
            const auto found = env.find(name);
            return found == env.end() ? std::nullopt : std::optional(found->second);
        };
        return ctx;
    }

    std::string path;
};

/// What the default chain gives; the folder's name, which differs each time, is `HOME` in it.
static std::string chain(const temp_home& home, const eksauth::context& ctx) {
    std::string text = without_secrets(describe(eksauth::default_chain(ctx, "us-west-2")));
    for (auto at = text.find(home.path); at != text.npos; at = text.find(home.path)) text.replace(at, home.path.size(), "HOME");
    return text;
}

static const std::string keys = "[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = hush\n";

TEST_CASE("system context: the environment, the clock and the user are those of the process") {
    const eksauth::context ctx = eksauth::system_context();
    REQUIRE(::setenv("EKSAUTH_TEST", "a value", 1) == 0);
    CHECK(ctx.getenv("EKSAUTH_TEST").value_or("") == "a value");
    REQUIRE(::setenv("EKSAUTH_TEST", "", 1) == 0);
    CHECK(ctx.getenv("EKSAUTH_TEST").has_value());
    CHECK_FALSE(eksauth::environment_value(ctx, "EKSAUTH_TEST").has_value());
    REQUIRE(::unsetenv("EKSAUTH_TEST") == 0);
    CHECK_FALSE(ctx.getenv("EKSAUTH_TEST").has_value());

    const auto before = std::chrono::system_clock::now();
    const auto now = ctx.now();
    CHECK(now > before - std::chrono::seconds(1));  // row 7: cut to seconds, never rounded up
    CHECK(now <= std::chrono::system_clock::now());

    const passwd* const user = ::getpwuid(::getuid());
    CHECK(ctx.passwd_home() == (user == nullptr ? std::nullopt : std::optional<std::string>(user->pw_dir)));
}

TEST_CASE("system context: files are read from HOME, a tilde, or the home of the user table") {
    const temp_home home;
    const std::string absent = "failed: no AWS credentials found; tried environment: AWS_ACCESS_KEY_ID is not set; web identity: "
                               "AWS_WEB_IDENTITY_TOKEN_FILE is not set; shared config: no profile \"default\" in HOME/.aws/config (absent) or "
                               "HOME/.aws/credentials (absent); container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
                               "AWS_CONTAINER_CREDENTIALS_FULL_URI is set; instance metadata: disabled by AWS_EC2_METADATA_DISABLED";
    CHECK(chain(home, home.context()) == absent);
    std::filesystem::remove(home.path + "/.aws");
    CHECK(chain(home, home.context()) == absent);  // no folder either
    home.write("/.aws", "a file where the folder would be");
    CHECK(chain(home, home.context()) == absent);
    std::filesystem::remove(home.path + "/.aws");
    std::filesystem::create_directory(home.path + "/.aws");

    home.write("/elsewhere", keys);
    CHECK(chain(home, home.context({{"AWS_SHARED_CREDENTIALS_FILE", "~/elsewhere"}})) == "credentials: AKIDFILE");  // row 69
    home.write("/.aws/credentials", keys);
    CHECK(chain(home, home.context()) == "credentials: AKIDFILE");
    CHECK(chain(home, home.context({{"AWS_CONFIG_FILE", home.path + "/absent"}})) == "credentials: AKIDFILE");

    eksauth::context ctx = home.context({{"HOME", ""}});  // row 70
    ctx.passwd_home = [&home] { return std::optional(home.path); };
    CHECK(chain(home, ctx) == "credentials: AKIDFILE");
    ctx.passwd_home = [] { return std::optional<std::string>(); };
    CHECK(chain(home, ctx).find("no profile \"default\" in (no home folder) or (no home folder)") != std::string::npos);
}

TEST_CASE("system context: a byte order mark and CRLF are read, and links are followed") {
    const temp_home home;
    home.write("/real", "\xEF\xBB\xBF[default]\r\naws_access_key_id = AKIDFILE\r\naws_secret_access_key = hush\r\n");  // row 51
    std::filesystem::create_symlink(home.path + "/real", home.path + "/.aws/credentials");
    CHECK(chain(home, home.context()) == "credentials: AKIDFILE");
}

TEST_CASE("system context: what isn't a readable file of a sensible size is an error with its path") {
    using make = void (*)(const std::string& path);
    struct row { const char* name; make create; std::string outcome; };
    const row rows[] = {
        {"50 a folder", [](const std::string& path) { std::filesystem::create_directory(path); }, "Is a directory"},
        {"71 a FIFO", [](const std::string& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }, "not a regular file"},
        {"71 a FIFO behind a link",
         [](const std::string& path) {
             REQUIRE(::mkfifo((path + "-fifo").c_str(), 0600) == 0);
             std::filesystem::create_symlink(path + "-fifo", path);
         },
         "not a regular file"},
        {"a device", [](const std::string& path) { std::filesystem::create_symlink("/dev/null", path); }, "not a regular file"},
        {"71 a byte over 1 MiB", [](const std::string& path) { std::ofstream(path) << "[x]\n#" << std::string(1048572, 'h'); },
         "larger than 1048576 bytes"},
    };
    for (const row& r : rows) {
        for (const char* const file : {"/.aws/config", "/.aws/credentials"}) {
            INFO(r.name << file);
            const temp_home home;
            if (file == std::string_view("/.aws/config")) home.write("/.aws/credentials", keys);
            r.create(home.path + file);
            CHECK(chain(home,
                home.context()) == std::string("failed: shared config: reading HOME").append(file).append(": ").append(r.outcome));
        }
    }
}

TEST_CASE("system context: a file that others must not read is an error for others") {
    const temp_home home;
    home.write("/.aws/credentials", keys);
    REQUIRE(::chmod((home.path + "/.aws/credentials").c_str(), 0) == 0);
    REQUIRE(::chmod(home.path.c_str(), 0755) == 0);
    const uid_t user = ::geteuid();
    if (user == 0 && ::seteuid(65534) != 0) {  // root may read everything
        WARN("the user can't be changed: a file without permissions was not tried");
        return;
    }
    const std::string outcome = chain(home, home.context());  // row 50
    REQUIRE(::seteuid(user) == 0);
    CHECK(outcome == "failed: shared config: reading HOME/.aws/credentials: Permission denied");
}

TEST_CASE("system context: a relative path is shown absolute where the file can't be read") {
    const temp_home home;
    const auto folder = std::filesystem::current_path();
    std::filesystem::current_path(home.path);
    const std::string outcome = chain(home, home.context({{"AWS_CONFIG_FILE", ".aws"}}));
    std::filesystem::current_path(folder);
    CHECK(outcome == "failed: shared config: reading HOME/.aws: Is a directory");
}

TEST_CASE("system context: it has no network, and says what to do about it") {
    const auto reply = eksauth::system_context().http({});
    REQUIRE(!reply);
    CHECK(reply.error().code() == eksauth::errc::not_supported);
    CHECK(reply.error().text() == "this program has no network; set context.http, for example to beast_transport()");
}

TEST_CASE("system context: a token is minted in a real process") {
    const temp_home home;
    home.write("/.aws/credentials", keys);
    const auto token = eksauth::get_token(home.context(), {.cluster = "prod-cluster", .region = "us-west-2"});
    REQUIRE(told(token) == "ok");
    CHECK(token->text.reveal().starts_with("k8s-aws-v1."));
    CHECK(token->expires == token->signed_at + std::chrono::minutes(14));
}
