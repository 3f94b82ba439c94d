// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/call_key.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <boost/json/parse.hpp>

#include <functional>
#include <set>
#include <string>

using credplugin::plugin_call;

namespace {

std::string key_of(const plugin_call& call) { return std::string(credplugin::call_key(call).reveal()); }

plugin_call full_call() {
    plugin_call call{.exec = {.name = "eks",
                              .command = "/bin/eks",
                              .arguments = {"a", "b"},
                              .environment = {{"A", "1"}, {"B", "2"}},
                              .install_hint = "install it",
                              .provide_cluster_info = true},
                     .cluster = {},
                     .cluster_name = "prod/one"};
    call.cluster.server = "https://one";
    call.cluster.certificate_authority_data = "Q0E=";
    call.cluster.config = boost::json::parse(R"({"region":"us-east-1"})");
    call.cluster.config_raw = R"({"region":"us-east-1"})";
    return call;
}

using change = std::function<void(plugin_call&)>;

}  // namespace

TEST_CASE("call key: H96 whatever decides the credential makes a key of its own") {
    const change changes[] = {
        [](plugin_call&) {},
        [](plugin_call& c) { c.exec.version = credplugin::api_version::v1beta1; },
        [](plugin_call& c) { c.exec.command = "/bin/ek"; },
        [](plugin_call& c) { c.exec.arguments = {"a"}; },
        [](plugin_call& c) { c.exec.arguments = {"b", "a"}; },
        [](plugin_call& c) { c.exec.arguments = {"ab"}; },
        [](plugin_call& c) { c.exec.arguments = {"a", "b", ""}; },
        [](plugin_call& c) { c.exec.arguments = {"a", "b", "A", "1"}, c.exec.environment = {{"B", "2"}}; },
        [](plugin_call& c) { c.exec.environment[0].value = "3"; },
        [](plugin_call& c) { c.exec.environment = {{"B", "2"}, {"A", "1"}}; },
        [](plugin_call& c) { c.exec.environment[0] = {"A1", ""}; },
        [](plugin_call& c) { c.exec.interactive = credplugin::interactive_mode::always; },
        [](plugin_call& c) { c.exec.interactive = credplugin::interactive_mode::if_available; },
        [](plugin_call& c) { c.exec.provide_cluster_info = false; },
        [](plugin_call& c) { c.cluster.server = "https://two"; },
        [](plugin_call& c) { c.cluster.tls_server_name = "one"; },
        [](plugin_call& c) { c.cluster.insecure_skip_tls_verify = true; },
        [](plugin_call& c) { c.cluster.certificate_authority_data = "Q0I="; },
        [](plugin_call& c) { c.cluster.proxy_url = credbase::secret_string("http://u:p@proxy"); },
        [](plugin_call& c) { c.cluster.disable_compression = true; },
        [](plugin_call& c) { c.cluster.config_raw = R"({"region":"eu-west-1"})"; },
        [](plugin_call& c) { c.cluster.config_raw.clear(), c.cluster.config = nullptr; },
        [](plugin_call& c) { c.cluster.config_raw.clear(), c.cluster.config = boost::json::parse(R"({"region":"us-east-2"})"); },
    };
    std::set<std::string> keys;
    for (const change& make : changes) {
        plugin_call call = full_call();
        make(call);
        INFO("change " << keys.size());
        CHECK(keys.insert(key_of(call)).second);
    }
}

TEST_CASE("call key: H97 equal calls and those that differ in names or hints share one") {
    plugin_call call = full_call();
    CHECK(key_of(call) == key_of(full_call()));
    call.exec.name = "other";
    call.exec.install_hint = "";
    call.cluster_name = "prod/two";
    CHECK(key_of(call) == key_of(full_call()));
    call.cluster.config_raw.clear();  // made by hand, not read
    CHECK(key_of(call) == key_of(full_call()));
}

TEST_CASE("call key: H98 a cluster that the plugin isn't told of is no part of it") {
    plugin_call one = full_call(), two = full_call();
    one.exec.provide_cluster_info = two.exec.provide_cluster_info = false;
    two.cluster = {};
    CHECK(key_of(one) == key_of(two));
}
