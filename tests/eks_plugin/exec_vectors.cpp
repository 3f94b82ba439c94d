// SPDX-License-Identifier: Apache-2.0
// The plugin over tests/vectors/exec.json, which plugins in other languages are held to as well.
#include "commands.hpp"

#include "eksauth/vectors.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <credplugin/plugin.hpp>

#include <boost/json/parse.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace {

/// How a message of that kind of failure begins, and how many did.
struct failure_text { std::string_view kind, start; int seen = 0; };

struct ran { int code; std::string out, err; };

ran run_plugin(const boost::json::value& one) {
    fake_world world{.now = std::chrono::sys_seconds(std::chrono::seconds(one.at("time").as_int64()))};
    for (const auto& [name, value] : one.at("env").as_object()) world.env[name] = value.as_string();
    fake_process process{.env = world.env, .now = world.now};
    if (const auto& info = one.at("exec_info"); info.is_string()) process.env[credplugin::exec_info_variable] = info.as_string();
    const int code = credplugin::run(eks_plugin::make_plugin({.aws = world.context(), .version = "test"}), process.context());
    return {code, process.out, process.err};
}

}  // namespace

TEST_CASE("exec vectors: each request is answered as the file says") {
    failure_text texts[] = {
        {"no_exec_info", "[eks] KUBERNETES_EXEC_INFO is empty"},
        {"bad_exec_info", "[eks] failed to parse KUBERNETES_EXEC_INFO: "},
        {"unsupported_version", "[eks] unsupported apiVersion "},
        {"unexpected_kind", "[eks] unexpected kind "},
        {"no_config", "[eks] missing ExecCredential.Spec.Cluster.Config (extensions)"},
        {"bad_config", "[eks] extensions must include region and clusterId"},
        {"bad_config", "[eks] invalid extensions config: "},
        {"no_credentials", "[eks] failed to get EKS token: "},
    };
    int served = 0;
    for (const auto& one : vector_cases("exec.json")) {
        INFO(text_of(one, "name"));
        const ran got = run_plugin(one);
        INFO(got.err);
        REQUIRE(got.code == one.at("exit_code").as_int64());
        if (got.code == 0) {
            ++served;
            CHECK(got.err.empty());
            CHECK(got.out.find('\n') == got.out.size() - 1);
            const bool same = boost::json::parse(got.out) == one.at("answer");  // a log that shows both would show a token
            CHECK(same);
        } else {
            CHECK(got.out.empty());
            bool told = false;
            for (failure_text& text : texts) {
                if (text.kind != text_of(one, "failure") || !got.err.starts_with(text.start)) continue;
                told = true;
                ++text.seen;
            }
            CHECK(told);
        }
    }
    CHECK(served == 38);
    for (const failure_text& text : texts) {
        INFO(text.start);
        CHECK(text.seen > 0);
    }
}
