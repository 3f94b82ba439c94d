// SPDX-License-Identifier: Apache-2.0
// A test of any exec credential plugin for EKS, under services that the kit awsfakes plays on loopback.
//
//     plugin_test PLUGIN [ARGUMENT...]
//
// Says `ok` or `not ok` for each expectation, as TAP does, and ends with 1 if one isn't met. The plugin takes region and clusterId
// from spec.cluster.config, and its credentials from where the AWS SDKs look.
#include <awsfakes/awsfakes.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace {

using awsfakes::source;

const awsfakes::plugin_request cluster{.region = "eu-west-1", .cluster_id = "prod"};

struct named_source {
    source from;
    const char* name;
};
const named_source sources[] = {{source::environment, "environment"},   {source::web_identity, "web identity"},
                                {source::assumed_role, "assumed role"}, {source::sso, "SSO"},
                                {source::container, "container"},       {source::instance_metadata, "instance metadata"}};

/// Counts what isn't met.
class report {
public:
    void expect(bool met, const std::string& what, const std::string& otherwise = "") {
        std::cout << (met ? "ok " : "not ok ") << ++number_ << " - " << what << '\n';
        if (!met && !otherwise.empty()) std::cout << "# " << otherwise << '\n';
        if (!met) ++missed_;
    }
    /// Tells the number of expectations too; the exit code.
    int end() const {
        std::cout << "1.." << number_ << std::endl;
        return missed_ == 0 && std::cout ? 0 : 1;
    }

private:
    int number_ = 0, missed_ = 0;
};

/// Why a run's token is not one that the cluster takes as one of those keys; empty where it is.
std::string fault_of(const awsfakes::plugin_run& run, const awsfakes::keys& by) {
    if (!run.credential) return run.fault + (run.err.empty() ? "" : "; " + run.err.substr(0, run.err.find('\n')));
    return awsfakes::check_token(run.credential->token, {.signed_by = by, .region = cluster.region, .cluster = cluster.cluster_id}).refusal;
}

/// Gives each source an identity of its own, so that a token tells where its keys are from.
awsfakes::keys give(awsfakes::services& fakes, source from) {
    const auto keys = awsfakes::make_keys(std::string("role-of-") + static_cast<char>('a' + static_cast<int>(from)));
    switch (from) {
        case source::environment: return fakes.caller;
        case source::web_identity:
        case source::assumed_role: fakes.sts.give(keys); break;
        case source::sso: fakes.sso.give(keys); break;
        case source::container: fakes.container.give(keys); break;
        case source::instance_metadata: fakes.instance_metadata.give(keys); break;
    }
    return keys;
}

void refuse(awsfakes::services& fakes, source from) {
    switch (from) {
        case source::environment: break;
        case source::web_identity:
        case source::assumed_role: fakes.sts.refuse("AccessDenied", "not-for-this-caller"); break;
        case source::sso: fakes.sso.refuse("ForbiddenException", "not-for-this-caller"); break;
        case source::container: fakes.container.refuse("AccessDenied", "not-for-this-caller"); break;
        case source::instance_metadata: fakes.instance_metadata.refuse("Forbidden", "not-for-this-caller"); break;
    }
}

void gives_tokens(report& tell, const std::vector<std::string>& plugin) {
    for (const auto& [from, name] : sources) {
        awsfakes::services fakes;
        const auto keys = give(fakes, from);
        const auto run = run_plugin(plugin, fakes.environment({from}), cluster);
        const std::string fault = fault_of(run, keys), secret = fakes.secret_in(run.err);
        tell.expect(secret.empty(), std::string(name) + ": no secret on stderr", secret);
        tell.expect(fault.empty(), std::string(name) + ": a token of its identity, which the cluster takes", secret.empty() ? fault : "");
    }
}

void tells_refusals(report& tell, const std::vector<std::string>& plugin) {
    for (const auto& [from, name] : sources) {
        if (from == source::environment) continue;
        awsfakes::services fakes;
        refuse(fakes, from);
        const auto run = run_plugin(plugin, fakes.environment({from}), cluster);
        const std::string secret = fakes.secret_in(run.err);
        tell.expect(secret.empty(), std::string(name) + ", refused: no secret on stderr", secret);
        tell.expect(run.exit_code == 1 && run.out.empty(), std::string(name) + ", refused: exit code 1 and nothing on stdout", run.fault);
        // Instance metadata has no words of its own, and the SDKs leave it out in silence.
        const bool told = from == source::instance_metadata ? !run.err.empty() : run.err.find("not-for-this-caller") != std::string::npos;
        tell.expect(told, std::string(name) + ", refused: stderr tells why");
    }
}

/// A pod whose role fails must not act as the machine that it runs on.
void keeps_to_its_identity(report& tell, const std::vector<std::string>& plugin) {
    for (const source from : {source::web_identity, source::container}) {
        awsfakes::services fakes;
        refuse(fakes, from);
        give(fakes, source::instance_metadata);
        const auto run = run_plugin(plugin, fakes.environment({from, source::instance_metadata}), cluster);
        const std::string name = from == source::web_identity ? "web identity" : "container";
        tell.expect(!run.credential, name + ", refused: no token of the instance instead");
        tell.expect(fakes.instance_metadata.requests().empty(), name + ", refused: instance metadata is not asked");
    }
}

void renews_a_login(report& tell, const std::vector<std::string>& plugin) {
    awsfakes::services fakes;
    const auto keys = give(fakes, source::sso);
    fakes.sso.expire_login();
    const std::string fault = fault_of(run_plugin(plugin, fakes.environment({source::sso}), cluster), keys);
    tell.expect(fault.empty(), "SSO: a login that is over is renewed", fault);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::cerr << "usage: plugin_test PLUGIN [ARGUMENT...]\n";
        return 2;
    }
    const std::vector<std::string> plugin(arguments + 1, arguments + count);
    report tell;
    gives_tokens(tell, plugin);
    tells_refusals(tell, plugin);
    keeps_to_its_identity(tell, plugin);
    renews_a_login(tell, plugin);
    return tell.end();
}
