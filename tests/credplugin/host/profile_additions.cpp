// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/profile_additions.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

using namespace credplugin;
using namespace std::string_literals;

namespace {

const std::string args_name = "clusterprofiles.multicluster.x-k8s.io/exec/additional-args";
const std::string envs_name = "clusterprofiles.multicluster.x-k8s.io/exec/additional-envs";

struct policies {
    args_policy args = args_policy::ignore;
    env_policy env = env_policy::ignore;
};
constexpr policies append{.args = args_policy::append}, if_absent{.env = env_policy::append_if_not_exists},
    replace{.env = env_policy::replace}, both{.args = args_policy::append, .env = env_policy::replace};

/// A provider with arguments [a] [b] and variables X=1 B=2.
provider configured(policies which) {
    return {.exec = {.name = "p", .command = "c", .arguments = {"a", "b"}, .environment = {{"X", "1"}, {"B", "2"}}},
            .profile_args = which.args,
            .profile_env = which.env};
}

/// An access provider with these extensions; an empty payload is none.
access_provider entry(const std::vector<std::pair<std::string, std::string>>& extensions) {
    access_provider to;
    for (const auto& [name, payload] : extensions)
        to.extensions.push_back({.name = name, .payload = payload.empty() ? nullptr : boost::json::parse(payload), .payload_raw = payload});
    return to;
}

std::string describe(const exec_config& exec) {
    std::string out;
    for (const std::string& argument : exec.arguments) out += "[" + argument + "] ";
    for (const environment_variable& variable : exec.environment) out += variable.name + "=" + variable.value + " ";
    return out;
}
std::string describe(const result<exec_config>& exec) {
    return exec ? describe(*exec) : std::string(exec.error().code().word) + " " + exec.error().text();
}
std::string added(policies which, const std::string& name, const std::string& payload) {
    return describe(with_profile_additions(configured(which), entry({{name, payload}}), default_refused_variables()));
}

const std::string unchanged = "[a] [b] X=1 B=2 ";

}  // namespace

TEST_CASE("profile_additions: what is added follows the file's, as its policies say") {
    struct row { const char* name; policies which; std::string extension, payload, outcome; };
    const row rows[] = {
        {"H21 arguments", append, args_name, R"(["c","b","","$X *"])", "[a] [b] [c] [b] [] [$X *] X=1 B=2 "},
        {"no arguments", append, args_name, "[]", unchanged},
        {"null for arguments", append, args_name, "null", unchanged},
        {"no payload for arguments", append, args_name, "", unchanged},
        {"H23 variables, the file wins", if_absent, envs_name, R"({"X":"2","Y":"3"})", "[a] [b] X=1 B=2 Y=3 "},
        {"H24 variables, the profile wins", replace, envs_name, R"({"X":"2","Y":"3"})", "[a] [b] X=2 B=2 Y=3 "},
        {"H30 the file's order, then sorted by bytes", replace, envs_name, R"({"a":"1","Z":"2","_":"3","B":"4","A":"5"})",
         "[a] [b] X=1 B=4 A=5 Z=2 _=3 a=1 "},
        {"an empty value replaces, too", replace, envs_name, R"({"X":"","Y":""})", "[a] [b] X= B=2 Y= "},
        {"another case is another variable", if_absent, envs_name, R"({"x":"2"})", "[a] [b] X=1 B=2 x=2 "},
        {"H27 no variables", replace, envs_name, "{}", unchanged},
        {"H27 null for variables", replace, envs_name, "null", unchanged},
        {"H27 no payload for variables", if_absent, envs_name, "", unchanged},
        {"H25 arguments ignored, malformed or not", replace, args_name, R"({"x":1})", unchanged},
        {"H25 variables ignored, malformed or not", append, envs_name, "[1]", unchanged},
        {"H25 variables ignored, whatever they set", append, envs_name, R"({"LD_PRELOAD":"/x"})", unchanged},
        {"another extension", both, "clusterprofiles.multicluster.x-k8s.io/exec/additional-arg", R"(["c"])", unchanged},
        {"the name in another case", both, "clusterprofiles.multicluster.x-k8s.io/exec/Additional-Args", R"(["c"])", unchanged},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(added(r.which, r.extension, r.payload) == r.outcome);
    }
}

TEST_CASE("profile_additions: a variable that the file has twice is replaced in both places") {
    provider from = configured(replace);
    from.exec.environment.push_back({"X", "3"});
    CHECK(describe(with_profile_additions(from, entry({{envs_name, R"({"X":"9"})"}}), {})) == "[a] [b] X=9 B=2 X=9 ");
}

TEST_CASE("profile_additions: H21 H22 H23 H24 nothing stays behind for the next cluster") {
    for (const policies which : {both, policies{.args = args_policy::append, .env = env_policy::append_if_not_exists}}) {
        const provider from = configured(which);
        const access_provider a = entry({{args_name, R"(["of-a"])"}, {envs_name, R"({"Y":"3"})"}}),
                              b = entry({{envs_name, R"({"Y":"4"})"}, {args_name, R"(["of-b"])"}});
        for (int pass = 0; pass < 2; ++pass) {
            CHECK(describe(with_profile_additions(from, a, {})) == "[a] [b] [of-a] X=1 B=2 Y=3 ");
            CHECK(describe(with_profile_additions(from, b, {})) == "[a] [b] [of-b] X=1 B=2 Y=4 ");
        }
        CHECK(describe(from.exec) == unchanged);
    }
}

TEST_CASE("profile_additions: a payload that isn't texts is refused, with its place and without its values") {
    const std::string of_args = "failed to unmarshal additional CLI args extension: ",
                      of_envs = "failed to unmarshal additional env vars extension: ";
    struct row { const char* name; policies which; std::string payload, refusal; };
    const row rows[] = {
        {"H26 arguments an object", append, R"({"a":"hunter2"})", of_args + "expected array, got object"},
        {"H26 arguments a text", append, R"("hunter2")", of_args + "expected array, got string"},
        {"H26 a number", append, R"(["a",1])", of_args + "[1]: expected string, got number"},
        {"H26 null inside", append, "[null]", of_args + "[0]: expected string, got null"},
        {"H26 a boolean", append, R"(["a","b",true])", of_args + "[2]: expected string, got boolean"},
        {"NUL in an argument", append, R"(["hunter2\u0000"])", of_args + "[0]: may not contain NUL"},
        {"variables an array", replace, R"(["A=hunter2"])", of_envs + "expected object, got array"},
        {"a variable that is a number", replace, R"({"A":1})", of_envs + "\"A\": expected string, got number"},
        {"a variable that is null", if_absent, R"({"A":null})", of_envs + "\"A\": expected string, got null"},
        {"an empty name", replace, R"({"":"hunter2"})", of_envs + "\"\" is no name of a variable"},
        {"a = in a name", replace, R"({"A=B":"hunter2"})", of_envs + "\"A=B\" is no name of a variable"},
        {"NUL in a name", replace, R"({"A\u0000":"hunter2"})", of_envs + "\"A\\x00\" is no name of a variable"},
        {"NUL in a value", replace, R"({"A":"hunter2\u0000"})", of_envs + "\"A\": may not contain NUL"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        const bool of_arguments = r.which.args == args_policy::append;
        CHECK(added(r.which, of_arguments ? args_name : envs_name, r.payload) == "EXEC-CLUSTER-PROFILE " + r.refusal);
    }
}

TEST_CASE("profile_additions: H28 variables that could turn the plugin against its user are refused") {
    for (const char* name :
         {"LD_PRELOAD", "LD_", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "GCONV_PATH", "LOCPATH", "MALLOC_CHECK_", "PATH", "HOME", "IFS",
          "BASH_ENV", "ENV", "KUBERNETES_EXEC_INFO", "OPENSSL_CONF", "SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_ENDPOINT_URL",
          "AWS_ENDPOINT_URL_STS", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "HTTPS_PROXY",
          "https_proxy", "Http_Proxy", "NO_PROXY", "all_proxy", "PYTHONPATH", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "PERL5LIB", "RUBYOPT",
          "GIT_SSH_COMMAND", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
          "AWS_EC2_METADATA_SERVICE_ENDPOINT", "KUBECONFIG", "ld_preload"}) {
        INFO(name);
        for (const policies which : {if_absent, replace})
            CHECK(added(which, envs_name, "{\"A\":\"hunter2\",\""s + name + "\":\"hunter2\"}") ==
                  "EXEC-CLUSTER-PROFILE environment variable \""s + name + "\" may not be set from a ClusterProfile");
    }
    for (const char* name :
         {"AZURE_CLIENT_ID", "AWS_REGION", "AWS_ROLE_ARN", "LD", "MY_LD_PRELOAD", "PATH2", "MYPATH", "HOMES", "ENVS", "MY_ENV", "AWS_FILE",
          "AWS_FILES", "AWS_CONFIG_FILES", "PROXY", "HTTPS_PROXY_X", "KUBERNETES_EXEC_INFO2", "PERL", "GITHUB"}) {
        INFO(name);
        CHECK(added(replace, envs_name, "{\""s + name + "\":\"v\"}") == "[a] [b] X=1 B=2 " + std::string(name) + "=v ");
    }
}

TEST_CASE("profile_additions: a variable of the file may not be set either, and the host may have other rules") {
    provider from = configured(if_absent);
    from.exec.environment.push_back({"PATH", "/bin"});
    const access_provider to = entry({{envs_name, R"({"PATH":"/evil"})"}});
    CHECK(describe(with_profile_additions(from, to, {"*a*h"})) ==
          "EXEC-CLUSTER-PROFILE environment variable \"PATH\" may not be set from a ClusterProfile");
    CHECK(describe(with_profile_additions(from, to, {"A*H", "PAT", "*X*"})) == "[a] [b] X=1 B=2 PATH=/bin ");
    CHECK(describe(with_profile_additions(from, to, {})) == "[a] [b] X=1 B=2 PATH=/bin ");
}

TEST_CASE("profile_additions: the numbers and the size of what is added are limited") {
    std::string args64 = "[\"0\"", envs64 = "{\"V0\":\"\"";
    for (int i = 1; i < 64; ++i) {
        args64 += ",\"0\"";
        envs64 += ",\"V" + std::to_string(i) + "\":\"\"";
    }
    const auto arguments = with_profile_additions(configured(both), entry({{args_name, args64 + "]"}, {envs_name, envs64 + "}"}}), {});
    REQUIRE(arguments.has_value());
    CHECK(arguments->arguments.size() == 66);
    CHECK(arguments->environment.size() == 66);
    CHECK(added(append, args_name, args64 + ",\"\"]") ==
          "EXEC-CLUSTER-PROFILE failed to unmarshal additional CLI args extension: 65 arguments, limit 64");
    CHECK(added(replace, envs_name, envs64 + ",\"W\":\"\"}") ==
          "EXEC-CLUSTER-PROFILE failed to unmarshal additional env vars extension: 65 variables, limit 64");

    const auto sized = [](std::size_t argument, std::size_t value) {
        return with_profile_additions(configured(both),
                                      entry({{args_name, "[\"" + std::string(argument, 'x') + "\"]"},
                                             {envs_name, "{\"VARIABLE\":\"" + std::string(value, 'x') + "\"}"}}),
                                      {});
    };
    CHECK(sized(20000, 12760).has_value());
    CHECK(describe(sized(20000, 12761)) ==
          "EXEC-CLUSTER-PROFILE arguments and environment variables from a ClusterProfile are too large (32769 bytes, limit 32768)");
    CHECK(sized(20001, 12760).has_error());
}
