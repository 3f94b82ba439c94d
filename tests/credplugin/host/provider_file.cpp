// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/provider_file.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"
#include "support/host_fakes.hpp"

#include <string>
#include <string_view>

using namespace credplugin;

namespace {

/// The members of a minimal execConfig.
const std::string least = R"("apiVersion":"client.authentication.k8s.io/v1","command":"c")";

/// A file of one provider `p` with these members in its execConfig, and these beside it.
std::string one(const std::string& exec, const std::string& beside = "") {
    return R"({"providers":[{"name":"p","execConfig":{)" + exec + "}" + beside + "}]}";
}

std::string describe(const provider& p) {
    std::string out = p.exec.name + ": " + std::string(to_string(p.exec.version)).substr(29) + " " + p.exec.command;
    for (const std::string& argument : p.exec.arguments) out += " [" + argument + "]";
    for (const environment_variable& variable : p.exec.environment) out += " " + variable.name + "=" + variable.value;
    if (!p.exec.install_hint.empty()) out += " hint=" + p.exec.install_hint;
    if (p.exec.provide_cluster_info) out += " with cluster";
    if (p.exec.interactive != interactive_mode::never) out += " interactive";
    if (p.profile_args == args_policy::append) out += " append args";
    if (p.profile_env == env_policy::append_if_not_exists) out += " append envs";
    if (p.profile_env == env_policy::replace) out += " replace envs";
    return out + "; ";
}

/// The providers and the warnings, or the refusal.
std::string describe(const result<provider_file>& file) {
    if (!file) return std::string(file.error().code().word) + " " + file.error().text();
    std::string out;
    for (const provider& p : file->providers) out += describe(p);
    for (const std::string& warning : file->warnings) out += "warning: " + warning + "; ";
    return out;
}
std::string parsed(std::string_view text) { return describe(parse_provider_file(text)); }

}  // namespace

TEST_CASE("provider_file: what it says is read") {
    struct row { const char* name; std::string text, read; };
    const row rows[] = {
        {"H1 the seed's example",
         R"({"providers":[{"name":"eks","execConfig":{"apiVersion":"client.authentication.k8s.io/v1beta1",)"
         R"("command":"/path/to/bin/eks-aws-auth-plugin","provideClusterInfo":true}}]})",
         "eks: v1beta1 /path/to/bin/eks-aws-auth-plugin with cluster; "},
        {"H1 H5 upstream's example",
         R"({"providers":[{"name":"secretreader","execConfig":{"apiVersion":"client.authentication.k8s.io/v1","args":null,)"
         R"("command":"./bin/secretreader-plugin","env":null,"provideClusterInfo":true}}]})",
         "secretreader: v1 ./bin/secretreader-plugin with cluster; "},
        {"upstream's example for AKS",
         R"({"providers":[{"name":"aks-workload-identity","execConfig":{"apiVersion":"client.authentication.k8s.io/v1beta1",)"
         R"("command":"kubelogin","args":["get-token","--login","workloadidentity"],"provideClusterInfo":false},)"
         R"("profileSourcedCLIArgsPolicy":"Append","profileSourcedEnvVarsPolicy":"Replace"}]})",
         "aks-workload-identity: v1beta1 kubelogin [get-token] [--login] [workloadidentity] append args replace envs; "},
        {"H4 nothing", "{}", ""},
        {"no providers", R"({"providers":[]})", ""},
        {"null for providers", R"({"providers":null})", ""},
        {"the least", one(least), "p: v1 c; "},
        {"everything",
         one(least + R"(,"args":["a b","","$HOME"],"env":[{"name":"B","value":"2"},{"name":"A","value":""},{"name":"B","value":"3"}],)"
                     R"("installHint":"get it","provideClusterInfo":true)"),
         "p: v1 c [a b] [] [$HOME] B=2 A= B=3 hint=get it with cluster; "},
        {"a variable without value", one(least + R"(,"env":[{"name":"A"},{"name":"B","value":null}])"), "p: v1 c A= B=; "},
        {"null for all that may be absent",
         one(least + R"(,"installHint":null,"provideClusterInfo":null,"interactiveMode":null)",
             R"(,"profileSourcedCLIArgsPolicy":null,"profileSourcedEnvVarsPolicy":null)"),
         "p: v1 c; "},
        {"policies: ignore", one(least, R"(,"profileSourcedCLIArgsPolicy":"Ignore","profileSourcedEnvVarsPolicy":"Ignore")"), "p: v1 c; "},
        {"policies: empty", one(least, R"(,"profileSourcedCLIArgsPolicy":"","profileSourcedEnvVarsPolicy":"")"), "p: v1 c; "},
        {"policies: append", one(least, R"(,"profileSourcedCLIArgsPolicy":"Append","profileSourcedEnvVarsPolicy":"AppendIfNotExists")"),
         "p: v1 c append args append envs; "},
        {"H7 keys in another case",
         R"({"Providers":[{"NAME":"p","EXECCONFIG":{"APIVersion":"client.authentication.k8s.io/v1","Command":"c","Args":["a"],)"
         R"("ENV":[{"Name":"A","VALUE":"1"}]},"ProfileSourcedCliArgsPolicy":"Append"}]})",
         "p: v1 c [a] A=1 append args; "},
        {"several, in their order",
         R"({"providers":[{"name":"b","execConfig":{)" + least + R"(}},{"name":"a","execConfig":{)" + least +
             R"(}},{"name":"B","execConfig":{)" + least + "}}]}",
         "b: v1 c; a: v1 c; B: v1 c; "},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(parsed(r.text) == r.read);
    }
}

TEST_CASE("provider_file: what has no effect is warned of") {
    struct row { const char* name; std::string text, read; };
    const row rows[] = {
        {"H8 unknown keys", R"({"provider":[],"providers":[],"a\u001bb":1})",
         "warning: unknown key \"provider\" is ignored; warning: unknown key \"a\\x1bb\" is ignored; "},
        {"H8 a policy with a typing error", one(least, R"(,"profileSourcedCliArgPolicy":"Append")"),
         "p: v1 c; warning: unknown key \"providers[0].profileSourcedCliArgPolicy\" is ignored; "},
        {"H8 what upstream never reads from the file", one(least + R"(,"config":{},"stdinUnavailable":true)"),
         "p: v1 c; warning: unknown key \"providers[0].execConfig.config\" is ignored; "
         "warning: unknown key \"providers[0].execConfig.stdinUnavailable\" is ignored; "},
        {"H8 inside env", one(least + R"(,"env":[{"name":"A","valueFrom":{"x":1}}])"),
         "p: v1 c A=; warning: unknown key \"providers[0].execConfig.env[0].valueFrom\" is ignored; "},
        {"a duplicate key: the last counts", one(least + R"(,"command":"d")"),
         "p: v1 d; warning: duplicate key \"providers[0].execConfig.command\": the last one counts; "},
        {"H13 interactiveMode Always", one(least + R"(,"interactiveMode":"Always")"),
         "p: v1 c; warning: providers[0].execConfig.interactiveMode: \"Always\" is ignored, plugins of a provider file are never "
         "interactive; "},
        {"H13 interactiveMode in the wrong case", one(least + R"(,"interactiveMode":"never")"),
         "p: v1 c; warning: providers[0].execConfig.interactiveMode: \"never\" is ignored, plugins of a provider file are never "
         "interactive; "},
        {"H13 interactiveMode Never", one(least + R"(,"interactiveMode":"Never")"), "p: v1 c; "},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(parsed(r.text) == r.read);
    }
}

TEST_CASE("provider_file: what can't be used is refused where it is loaded, with its place") {
    const std::string version = R"("apiVersion":"client.authentication.k8s.io/v1")", command = R"("command":"c")";
    struct row { const char* name; std::string text, refusal; };
    const row rows[] = {
        {"H3 empty", "", "incomplete JSON at byte 0"},
        {"H3 an array", "[]", "expected object, got array"},
        {"H3 null", "null", "expected object, got null"},
        {"H3 text behind it", "{}x", "extra data at byte 2"},
        {"H3 a comment", "{} // c", "extra data at byte 3"},
        {"H3 a comment inside", "{// c\n}", "syntax error at byte 1"},
        {"H3 providers an object", R"({"providers":{}})", "providers: expected array, got object"},
        {"a provider that is null", R"({"providers":[null]})", "providers[0]: expected object, got null"},
        {"H6 a name that is a number", R"({"providers":[{"name":5}]})", "providers[0].name: expected string, got number"},
        {"no name", R"({"providers":[{"execConfig":{)" + least + "}}]}", "providers[0].name: name must be specified"},
        {"an empty name", R"({"providers":[{"name":""}]})", "providers[0].name: name must be specified"},
        {"H9 a name twice", R"({"providers":[{"name":"p","execConfig":{)" + least + R"(}},{"name":"p","execConfig":{)" + least + "}}]}",
         "providers[1].name: duplicate provider name \"p\""},
        {"H18 execConfig null", R"({"providers":[{"name":"p","execConfig":null}]})",
         "providers[0].execConfig: no exec config found for provider \"p\""},
        {"H18 no execConfig", R"({"providers":[{"name":"p"}]})", "providers[0].execConfig: no exec config found for provider \"p\""},
        {"execConfig a text", R"({"providers":[{"name":"p","execConfig":"c"}]})", "providers[0].execConfig: expected object, got string"},
        {"H6 args with a number", one(least + R"(,"args":["a",1])"), "providers[0].execConfig.args[1]: expected string, got number"},
        {"args a text", one(least + R"(,"args":"a")"), "providers[0].execConfig.args: expected array, got string"},
        {"H6 env a map", one(least + R"(,"env":{"A":"b"})"), "providers[0].execConfig.env: expected array, got object"},
        {"env of texts", one(least + R"(,"env":["A=b"])"), "providers[0].execConfig.env[0]: expected object, got string"},
        {"a value that is a number", one(least + R"(,"env":[{"name":"A","value":1}])"),
         "providers[0].execConfig.env[0].value: expected string, got number"},
        {"H6 provideClusterInfo a text", one(least + R"(,"provideClusterInfo":"true")"),
         "providers[0].execConfig.provideClusterInfo: expected boolean, got string"},
        {"interactiveMode a number", one(least + R"(,"interactiveMode":1)"),
         "providers[0].execConfig.interactiveMode: expected string, got number"},
        {"H10 an unknown policy for arguments", one(least, R"(,"profileSourcedCLIArgsPolicy":"x")"),
         "providers[0].profileSourcedCLIArgsPolicy: unsupported ProfileSourcedCLIArgsPolicy: \"x\""},
        {"H10 the policy of variables for arguments", one(least, R"(,"profileSourcedCLIArgsPolicy":"Replace")"),
         "providers[0].profileSourcedCLIArgsPolicy: unsupported ProfileSourcedCLIArgsPolicy: \"Replace\""},
        {"H10 an unknown policy for variables", one(least, R"(,"profileSourcedEnvVarsPolicy":"replace")"),
         "providers[0].profileSourcedEnvVarsPolicy: unsupported ProfileSourcedEnvVarsPolicy: \"replace\""},
        {"a policy that is a boolean", one(least, R"(,"profileSourcedEnvVarsPolicy":true)"),
         "providers[0].profileSourcedEnvVarsPolicy: expected string, got boolean"},
        {"H11 v1alpha1", one(command + R"(,"apiVersion":"client.authentication.k8s.io/v1alpha1")"),
         "providers[0].execConfig.apiVersion: exec plugin: invalid apiVersion \"client.authentication.k8s.io/v1alpha1\""},
        {"H11 v2", one(command + R"(,"apiVersion":"client.authentication.k8s.io/v2")"),
         "providers[0].execConfig.apiVersion: exec plugin: invalid apiVersion \"client.authentication.k8s.io/v2\""},
        {"H11 no group", one(command + R"(,"apiVersion":"v1")"),
         "providers[0].execConfig.apiVersion: exec plugin: invalid apiVersion \"v1\""},
        {"H11 no apiVersion", one(command), "providers[0].execConfig.apiVersion: exec plugin: invalid apiVersion \"\""},
        {"H12 no command", one(version),
         "providers[0].execConfig.command: command must be specified for p to use exec authentication plugin"},
        {"H12 an empty command", one(version + R"(,"command":"")"),
         "providers[0].execConfig.command: command must be specified for p to use exec authentication plugin"},
        {"H12 no name of a variable", one(least + R"(,"env":[{"name":"A","value":"1"},{"value":"1"}])"),
         "providers[0].execConfig.env[1].name: env variable name must be specified for p to use exec authentication plugin"},
        {"H12 an empty name of a variable", one(least + R"(,"env":[{"name":"","value":"1"}])"),
         "providers[0].execConfig.env[0].name: env variable name must be specified for p to use exec authentication plugin"},
        {"H12 a = in the name of a variable", one(least + R"(,"env":[{"name":"A=B","value":"1"}])"),
         "providers[0].execConfig.env[0].name: may not contain \"=\""},
        {"H12 NUL in the name", R"({"providers":[{"name":"p\u0000"}]})", "providers[0].name: may not contain NUL"},
        {"H12 NUL in the command", one(version + R"(,"command":"c\u0000")"), "providers[0].execConfig.command: may not contain NUL"},
        {"H12 NUL in an argument", one(least + R"(,"args":["\u0000"])"), "providers[0].execConfig.args[0]: may not contain NUL"},
        {"H12 NUL in the name of a variable", one(least + R"(,"env":[{"name":"A\u0000"}])"),
         "providers[0].execConfig.env[0].name: may not contain NUL"},
        {"H12 NUL in a value", one(least + R"(,"env":[{"name":"A","value":"\u0000"}])"),
         "providers[0].execConfig.env[0].value: may not contain NUL"},
        {"a key in two other cases", R"({"Providers":[],"PROVIDERS":[]})", "ambiguous key \"providers\""},
        {"a key in two other cases inside", one(least + R"(,"Args":[],"ARGS":[])"), "providers[0].execConfig: ambiguous key \"args\""},
        {"too large", "{}" + std::string(1048576, ' '), "too large (1048578 bytes, limit 1048576)"},
        {"too deep", R"({"x":)" + std::string(512, '[') + std::string(512, ']') + "}", "more than 512 levels deep"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(parsed(r.text) == "EXEC-PROVIDER-FILE failed to unmarshal access providers: " + r.refusal);
    }
}

TEST_CASE("provider_file: a refusal shows no value of a variable") {
    for (const char* rest :
         {R"(,"args":[1])", R"(,"env":[{"name":"","value":"hunter2"}])", R"(,"env":[{"name":"A=hunter2","value":"hunter2"}])",
          R"(,"env":[{"name":"A","value":"hunter2\u0000"}])", R"(,"env":[{"name":"A","value":["hunter2"]}])", "hunter2"}) {
        const std::string outcome = parsed(one(least + R"(,"env":[{"name":"B","value":"hunter2"}])" + rest));
        INFO(rest);
        CHECK(outcome.starts_with("EXEC-PROVIDER-FILE "));
        CHECK(outcome.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("provider_file: is loaded from the host's files") {
    fake_host host{.files = {{"/f.json", one(least)}, {"/broken.json", "{"}, {"/large.json", std::string(1048577, ' ')}}};
    CHECK(describe(load_provider_file(host.context(), "/f.json")) == "p: v1 c; ");
    CHECK(describe(load_provider_file(host.context(), "/broken.json")) ==
          "EXEC-PROVIDER-FILE failed to unmarshal access providers: incomplete JSON at byte 1");
    CHECK(describe(load_provider_file(host.context(), "/large.json")) ==
          "EXEC-PROVIDER-FILE failed to read access config file: reading /large.json: larger than 1048576 bytes");
    CHECK(describe(load_provider_file(host.context(), "/gone\n")) ==
          "EXEC-PROVIDER-FILE failed to read access config file: open /gone\\n: no such file or directory");  // H2
    host.file_failure = "Permission denied";
    CHECK(describe(load_provider_file(host.context(), "/f.json")) ==
          "EXEC-PROVIDER-FILE failed to read access config file: reading /f.json: Permission denied");  // H2
}
