// SPDX-License-Identifier: Apache-2.0
#include <eksauth/config/endpoint.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <iterator>
#include <map>
#include <string>
#include <utility>

/// Where calls go by such an environment and the profile `p` of such a config file, and for which region they are signed.
static std::string endpoint(const std::map<std::string, std::string>& env, const std::string& config = "",
                            const std::string& cluster_region = "us-west-2", const eksauth::aws_service& service = eksauth::sts_service) {
    fake_world world{.env = env, .files = {{"/c", config}}};
    world.env["AWS_CONFIG_FILE"] = "/c";
    const auto files = eksauth::load_shared_config(world.context());
    REQUIRE(told(files) == "ok");
    const eksauth::profile selected(*files, "p");
    const eksauth::profile* const chosen = config.empty() ? nullptr : &selected;
    const auto where = eksauth::find_call_region(world.context(), chosen, cluster_region);
    if (!where) return told(where);
    const auto got = eksauth::find_endpoint(world.context(), chosen, service, *where);
    if (!got) return told(got);
    CHECK(got->loopback_only == (got->scheme == "http"));
    CHECK(got->target == "/");
    return got->scheme + "://" + got->authority() + " for " + where->name;
}

static const std::string west = "https://sts.us-west-2.amazonaws.com for us-west-2", east = "https://sts.us-east-1.amazonaws.com for us-east-1";

TEST_CASE("endpoint: calls go to the region of environment or profile, else to the cluster's") {
    struct row { const char* name; std::map<std::string, std::string> env; std::string config, outcome; };
    const row rows[] = {
        {"no setting", {}, "", west},
        {"45 AWS_REGION", {{"AWS_REGION", "us-east-1"}}, "", east},
        {"AWS_DEFAULT_REGION", {{"AWS_DEFAULT_REGION", "us-east-1"}}, "", east},
        {"46 both differ", {{"AWS_REGION", "us-east-1"}, {"AWS_DEFAULT_REGION", "eu-west-1"}}, "", east},
        {"an empty AWS_REGION is unset", {{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", "us-east-1"}}, "", east},
        {"the profile's region", {}, "[profile p]\nregion = us-east-1\n", east},
        {"AWS_REGION before the profile's", {{"AWS_REGION", "us-east-1"}}, "[profile p]\nregion = eu-west-1\n", east},
        {"AWS_DEFAULT_REGION before the profile's", {{"AWS_DEFAULT_REGION", "us-east-1"}}, "[profile p]\nregion = eu-west-1\n", east},
        {"another profile's region", {}, "[profile q]\nregion = us-east-1\n", west},
        {"another partition", {{"AWS_REGION", "cn-north-1"}}, "", "https://sts.cn-north-1.amazonaws.com.cn for cn-north-1"},
        {"the legacy setting is ignored", {{"AWS_STS_REGIONAL_ENDPOINTS", "legacy"}, {"AWS_REGION", "us-east-1"}}, "", east},
        {"a region that is none", {{"AWS_REGION", "x.evil.example"}}, "",
         "EKS-REGION: AWS_REGION: region \"x.evil.example\" has the byte 0x2e at offset 1; only a-z, 0-9 and - may stand in a region"},
        {"a pseudo region", {{"AWS_DEFAULT_REGION", "aws-global"}}, "",
         "EKS-REGION: AWS_DEFAULT_REGION: region \"aws-global\" is in no known partition; use a real region such as us-east-1, cn-north-1 "
         "or us-gov-west-1"},
        {"a region of the profile that is none", {}, "[profile p]\nregion = attacker\n",
         "EKS-REGION: /c line 2: region \"attacker\" is in no known partition; use a real region such as us-east-1, cn-north-1 or "
         "us-gov-west-1"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(endpoint(r.env, r.config) == r.outcome);
    }
    CHECK(endpoint({}, "", "") == "EKS-REGION: region is empty");
}

TEST_CASE("endpoint: each partition has its FIPS and dual-stack hosts") {
    struct row { std::string region, fips, dual_stack, both; };
    const row rows[] = {
        {"us-west-2", "sts-fips.us-west-2.amazonaws.com", "sts.us-west-2.api.aws", "sts-fips.us-west-2.api.aws"},
        {"cn-north-1", "sts-fips.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.api.amazonwebservices.com.cn",
         "sts-fips.cn-north-1.api.amazonwebservices.com.cn"},
        {"us-gov-west-1", "sts.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.api.aws", "sts-fips.us-gov-west-1.api.aws"},
        {"us-iso-east-1", "sts-fips.us-iso-east-1.c2s.ic.gov", "sts.us-iso-east-1.api.aws.ic.gov", "sts-fips.us-iso-east-1.api.aws.ic.gov"},
        {"us-isob-east-1", "sts-fips.us-isob-east-1.sc2s.sgov.gov", "sts.us-isob-east-1.api.aws.scloud",
         "sts-fips.us-isob-east-1.api.aws.scloud"},
        {"eu-isoe-west-1", "sts-fips.eu-isoe-west-1.cloud.adc-e.uk", "sts.eu-isoe-west-1.api.cloud-aws.adc-e.uk",
         "sts-fips.eu-isoe-west-1.api.cloud-aws.adc-e.uk"},
        {"us-isof-south-1", "sts-fips.us-isof-south-1.csp.hci.ic.gov", "sts.us-isof-south-1.api.aws.hci.ic.gov",
         "sts-fips.us-isof-south-1.api.aws.hci.ic.gov"},
        {"eusc-de-east-1", "sts-fips.eusc-de-east-1.amazonaws.eu", "sts.eusc-de-east-1.api.amazonwebservices.eu",
         "sts-fips.eusc-de-east-1.api.amazonwebservices.eu"},
    };
    CHECK(std::size(rows) == eksauth::partitions.size());
    for (const row& r : rows) {
        INFO("35 and 36 " << r.region);
        const std::pair<const std::string, std::string> fips{"AWS_USE_FIPS_ENDPOINT", "true"}, dual_stack{"AWS_USE_DUALSTACK_ENDPOINT", "true"};
        CHECK(endpoint({fips}, "", r.region) == "https://" + r.fips + " for " + r.region);
        CHECK(endpoint({dual_stack}, "", r.region) == "https://" + r.dual_stack + " for " + r.region);
        CHECK(endpoint({fips, dual_stack}, "", r.region) == "https://" + r.both + " for " + r.region);
    }
}

TEST_CASE("endpoint: IAM Identity Center, Sign-In and EKS have hosts of their own") {
    struct row { const eksauth::aws_service& service; std::string region, plain, fips, dual_stack, both; };
    const row rows[] = {
        {eksauth::sso_service, "us-west-2", "portal.sso.us-west-2.amazonaws.com", "portal.sso-fips.us-west-2.amazonaws.com",
         "portal.sso.us-west-2.api.aws", "portal.sso-fips.us-west-2.api.aws"},
        {eksauth::sso_service, "us-gov-west-1", "portal.sso.us-gov-west-1.amazonaws.com", "portal.sso.us-gov-west-1.amazonaws.com",
         "portal.sso.us-gov-west-1.api.aws", "portal.sso-fips.us-gov-west-1.api.aws"},
        {eksauth::sso_oidc_service, "cn-north-1", "oidc.cn-north-1.amazonaws.com.cn", "oidc-fips.cn-north-1.amazonaws.com.cn",
         "oidc.cn-north-1.api.amazonwebservices.com.cn", "oidc-fips.cn-north-1.api.amazonwebservices.com.cn"},
        {eksauth::sso_oidc_service, "us-gov-west-1", "oidc.us-gov-west-1.amazonaws.com", "oidc.us-gov-west-1.amazonaws.com",
         "oidc.us-gov-west-1.api.aws", "oidc-fips.us-gov-west-1.api.aws"},
        {eksauth::signin_service, "us-west-2", "us-west-2.signin.aws.amazon.com", "signin-fips.us-west-2.amazonaws.com",
         "signin.us-west-2.api.aws", "signin-fips.us-west-2.api.aws"},
        {eksauth::signin_service, "cn-north-1", "cn-north-1.signin.amazonaws.cn", "signin-fips.cn-north-1.amazonaws.com.cn",
         "signin.cn-north-1.api.amazonwebservices.com.cn", "signin-fips.cn-north-1.api.amazonwebservices.com.cn"},
        {eksauth::signin_service, "us-gov-west-1", "us-gov-west-1.signin.amazonaws-us-gov.com", "signin-fips.us-gov-west-1.amazonaws.com",
         "signin.us-gov-west-1.api.aws", "signin-fips.us-gov-west-1.api.aws"},
        {eksauth::signin_service, "us-iso-east-1", "signin.us-iso-east-1.c2s.ic.gov", "signin-fips.us-iso-east-1.c2s.ic.gov",
         "signin.us-iso-east-1.api.aws.ic.gov", "signin-fips.us-iso-east-1.api.aws.ic.gov"},
        {eksauth::eks_service, "us-west-2", "eks.us-west-2.amazonaws.com", "fips.eks.us-west-2.amazonaws.com", "eks.us-west-2.api.aws",
         "eks-fips.us-west-2.api.aws"},
        {eksauth::eks_service, "cn-north-1", "eks.cn-north-1.amazonaws.com.cn", "eks-fips.cn-north-1.amazonaws.com.cn",
         "eks.cn-north-1.api.amazonwebservices.com.cn", "eks-fips.cn-north-1.api.amazonwebservices.com.cn"},
        {eksauth::eks_service, "us-gov-west-1", "eks.us-gov-west-1.amazonaws.com", "eks.us-gov-west-1.amazonaws.com", "eks.us-gov-west-1.api.aws",
         "eks-fips.us-gov-west-1.api.aws"},
        {eksauth::eks_service, "us-iso-east-1", "eks.us-iso-east-1.c2s.ic.gov", "eks-fips.us-iso-east-1.c2s.ic.gov",
         "eks.us-iso-east-1.api.aws.ic.gov", "eks-fips.us-iso-east-1.api.aws.ic.gov"},
        {eksauth::eks_service, "us-isob-east-1", "eks.us-isob-east-1.sc2s.sgov.gov", "eks-fips.us-isob-east-1.sc2s.sgov.gov",
         "eks.us-isob-east-1.api.aws.scloud", "eks-fips.us-isob-east-1.api.aws.scloud"},
        {eksauth::eks_service, "eu-isoe-west-1", "eks.eu-isoe-west-1.cloud.adc-e.uk", "eks-fips.eu-isoe-west-1.cloud.adc-e.uk",
         "eks.eu-isoe-west-1.api.cloud-aws.adc-e.uk", "eks-fips.eu-isoe-west-1.api.cloud-aws.adc-e.uk"},
        {eksauth::eks_service, "us-isof-south-1", "eks.us-isof-south-1.csp.hci.ic.gov", "eks-fips.us-isof-south-1.csp.hci.ic.gov",
         "eks.us-isof-south-1.api.aws.hci.ic.gov", "eks-fips.us-isof-south-1.api.aws.hci.ic.gov"},
        {eksauth::eks_service, "eusc-de-east-1", "eks.eusc-de-east-1.amazonaws.eu", "eks-fips.eusc-de-east-1.amazonaws.eu",
         "eks.eusc-de-east-1.api.amazonwebservices.eu", "eks-fips.eusc-de-east-1.api.amazonwebservices.eu"},
    };
    for (const row& r : rows) {
        INFO(r.plain);
        const std::pair<const std::string, std::string> fips{"AWS_USE_FIPS_ENDPOINT", "true"}, dual_stack{"AWS_USE_DUALSTACK_ENDPOINT", "true"};
        CHECK(endpoint({}, "", r.region, r.service) == "https://" + r.plain + " for " + r.region);
        CHECK(endpoint({fips}, "", r.region, r.service) == "https://" + r.fips + " for " + r.region);
        CHECK(endpoint({dual_stack}, "", r.region, r.service) == "https://" + r.dual_stack + " for " + r.region);
        CHECK(endpoint({fips, dual_stack}, "", r.region, r.service) == "https://" + r.both + " for " + r.region);
    }
    const std::string services = "[profile p]\nservices = s\n[services s]\nsso_oidc =\n  endpoint_url = https://o\nsso =\n  endpoint_url = https://p\n";
    CHECK(endpoint({}, services, "us-west-2", eksauth::sso_oidc_service) == "https://o for us-west-2");
    CHECK(endpoint({}, services, "us-west-2", eksauth::sso_service) == "https://p for us-west-2");
    CHECK(endpoint({{"AWS_ENDPOINT_URL_SSO_OIDC", "https://e"}}, services, "us-west-2", eksauth::sso_oidc_service) == "https://e for us-west-2");
    CHECK(endpoint({{"AWS_ENDPOINT_URL_SIGNIN", "https://s"}}, services, "us-west-2", eksauth::signin_service) == "https://s for us-west-2");
    const std::string of_eks = "[profile p]\nservices = s\nendpoint_url = https://p\n[services s]\neks =\n  endpoint_url = https://k\n";
    CHECK(endpoint({}, of_eks, "us-west-2", eksauth::eks_service) == "https://k for us-west-2");
    CHECK(endpoint({{"AWS_ENDPOINT_URL_EKS", "https://e"}}, of_eks, "us-west-2", eksauth::eks_service) == "https://e for us-west-2");
}

TEST_CASE("endpoint: FIPS and dual-stack are switched by environment, then profile") {
    const std::string fips = "https://sts-fips.us-west-2.amazonaws.com for us-west-2", dual_stack = "https://sts.us-west-2.api.aws for us-west-2";
    struct row { const char* name; std::map<std::string, std::string> env; std::string config, outcome; };
    const row rows[] = {
        {"35 FIPS", {{"AWS_USE_FIPS_ENDPOINT", "TRUE"}}, "", fips},
        {"FIPS by profile", {}, "[profile p]\nuse_fips_endpoint = true\n", fips},
        {"dual-stack by profile", {}, "[profile p]\nuse_dualstack_endpoint = true\n", dual_stack},
        {"the variable switches off", {{"AWS_USE_FIPS_ENDPOINT", "false"}}, "[profile p]\nuse_fips_endpoint = true\n", west},
        {"37 yes", {{"AWS_USE_FIPS_ENDPOINT", "yes"}}, "",
         "EKS-SETTING: AWS_USE_FIPS_ENDPOINT: use_fips_endpoint must be true or false, got \"yes\""},
        {"37 yes for dual-stack", {{"AWS_USE_DUALSTACK_ENDPOINT", "yes"}}, "",
         "EKS-SETTING: AWS_USE_DUALSTACK_ENDPOINT: use_dualstack_endpoint must be true or false, got \"yes\""},
        {"37 yes in the profile", {}, "[profile p]\nuse_fips_endpoint = yes\n",
         "EKS-SETTING: /c line 2: use_fips_endpoint must be true or false, got \"yes\""},
        {"38 FIPS and an endpoint", {{"AWS_USE_FIPS_ENDPOINT", "true"}, {"AWS_ENDPOINT_URL_STS", "https://h"}}, "",
         "EKS-SETTING: AWS_ENDPOINT_URL_STS: an endpoint can't be combined with FIPS endpoints"},
        {"38 dual-stack and an endpoint of the profile", {{"AWS_USE_DUALSTACK_ENDPOINT", "true"}}, "[profile p]\nendpoint_url = https://h\n",
         "EKS-SETTING: /c line 2: an endpoint can't be combined with dual-stack endpoints"},
        {"FIPS and an endpoint that is ignored",
         {{"AWS_USE_FIPS_ENDPOINT", "true"}, {"AWS_ENDPOINT_URL_STS", "https://h"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}}, "", fips},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(endpoint(r.env, r.config) == r.outcome);
    }
}

TEST_CASE("endpoint: of the configured ones the most specific counts, and the region stays") {
    const std::string services = "[profile p]\nservices = s\nendpoint_url = https://p\n[services s]\nsts =\n  endpoint_url = http://127.0.0.1:7\n";
    const std::string nested = "http://127.0.0.1:7 for us-west-2";
    const auto at = [](const std::string& place) { return "https://" + place + " for us-west-2"; };
    struct row { const char* name; std::map<std::string, std::string> env; std::string config, outcome; };
    const row rows[] = {
        {"AWS_ENDPOINT_URL", {{"AWS_ENDPOINT_URL", "https://e"}}, "", at("e")},
        {"39 both variables", {{"AWS_ENDPOINT_URL_STS", "https://s"}, {"AWS_ENDPOINT_URL", "https://e"}}, "", at("s")},
        {"another service's variable", {{"AWS_ENDPOINT_URL_SSO", "https://o"}}, "", west},
        {"40 the services section", {}, services, nested},
        {"40 its quotes and case", {}, "[profile p]\nSERVICES = 's s'\n[services 's s']\nSTS =\n  Endpoint_URL = \"https://q\"\n", at("q")},
        {"41 AWS_ENDPOINT_URL before the services section", {{"AWS_ENDPOINT_URL", "https://e"}}, services, at("e")},
        {"AWS_ENDPOINT_URL_STS before the services section", {{"AWS_ENDPOINT_URL_STS", "https://s"}}, services, at("s")},
        {"42 all are ignored", {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}}, services, west},
        {"42 variables are ignored too",
         {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}, {"AWS_ENDPOINT_URL_STS", "https://s"}, {"AWS_ENDPOINT_URL", "https://e"}}, "", west},
        {"42 all are ignored by the profile", {{"AWS_ENDPOINT_URL_STS", "https://s"}}, "[profile p]\nignore_configured_endpoint_urls = true\n",
         west},
        {"42 neither true nor false", {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "1"}}, "",
         "EKS-SETTING: AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: ignore_configured_endpoint_urls must be true or false, got \"1\""},
        {"43 no such services section", {}, "[profile p]\nservices = absent\n[services s]\n",
         "EKS-SETTING: /c line 2: there is no section [services absent] in /c"},
        {"43 no such services section, but a profile of the name", {}, "[profile p]\nservices = p\n",
         "EKS-SETTING: /c line 2: there is no section [services p] in /c"},
        {"the profile's endpoint", {}, "[profile p]\nendpoint_url = https://p\n", at("p")},
        {"the services section has another service", {},
         "[profile p]\nservices = s\nendpoint_url = https://p\n[services s]\nsso =\n  endpoint_url = https://o\n", at("p")},
        {"the services section has another setting", {},
         "[profile p]\nservices = s\nendpoint_url = https://p\n[services s]\nsts =\n  other = https://o\n", at("p")},
        {"of two the last one counts", {}, services + "[services s]\nsts =\n  endpoint_url = https://last\n", at("last")},
        {"a services section that nobody names", {}, "[profile p]\nregion = us-west-2\n[services s]\nsts =\n  endpoint_url = https://o\n", west},
        {"AWS_REGION is signed for at the endpoint", {{"AWS_REGION", "us-east-1"}, {"AWS_ENDPOINT_URL", "https://e"}}, "",
         "https://e for us-east-1"},
        {"an endpoint that goes on over several lines", {}, "[profile p]\nendpoint_url = https://p\n  more\n",
         "EKS-BAD-FILE: /c line 2: endpoint_url goes on over several lines"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(endpoint(r.env, r.config) == r.outcome);
    }
}

TEST_CASE("endpoint: a configured one is https or a loopback host, and nothing but an authority") {
    const std::string at = "EKS-SETTING: AWS_ENDPOINT_URL_STS: not a usable ", loopback = at + "endpoint: http is for loopback hosts only, use https",
                      path = at + "endpoint: a path or a query", user = at + "endpoint: user information",
                      scheme = at + "URL: the scheme must be http or https";
    const auto good = [](const std::string& place) { return place + " for us-west-2"; };
    struct row { const char* name; std::string url, outcome; };
    const row rows[] = {
        {"https", "https://h.example", good("https://h.example")},
        {"a slash", "https://h/", good("https://h")},
        {"a port", "https://h:8443", good("https://h:8443")},
        {"the default port", "https://h:443", good("https://h")},
        {"upper case", "HTTPS://H", good("https://h")},
        {"IPv6", "https://[fd00::1]:8443/", good("https://[fd00::1]:8443")},
        {"http on IPv4 loopback", "http://127.0.0.1:4566", good("http://127.0.0.1:4566")},
        {"http on all of 127.0.0.0/8", "http://127.9.9.9", good("http://127.9.9.9")},
        {"http on IPv6 loopback", "http://[::1]:80", good("http://[::1]")},
        {"http on localhost", "http://localhost:4566", good("http://localhost:4566")},
        {"44 http elsewhere", "http://10.0.0.1", loopback},
        {"44 another scheme", "ftp://h", scheme},
        {"44 a user", "https://u@h", user},
        {"44 a user and a password", "https://u:hush@h", user},
        {"44 a path", "https://h/x", path},
        {"44 a query", "https://h?q", path},
        {"44 a query behind a slash", "https://h/?", path},
        {"44 a fragment", "https://h#hush", at + "URL: a fragment"},
        {"http on a name", "http://localhost.example", loopback},
        {"http on short IPv4", "http://127.1", loopback},
        {"http on a loopback user", "http://127.0.0.1@10.0.0.1", user},
        {"http on the metadata service", "http://169.254.169.254", loopback},
        {"two slashes", "https://h//", path},
        {"no scheme", "h:8443", scheme},
        {"no host", "https://", at + "URL: the host is empty or malformed"},
        {"a line end", "https://h\r\nX: y", at + "URL: a blank, control or non-ASCII character"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(endpoint({{"AWS_ENDPOINT_URL_STS", r.url}}) == r.outcome);
    }
    CHECK(endpoint({}, "[profile p]\n\nendpoint_url = https://u:hush@h\n") == "EKS-SETTING: /c line 3: not a usable endpoint: user information");
    CHECK(endpoint({}, "[profile p]\nservices = s\n[services s]\nsts =\n  endpoint_url = http://h\n") ==
          "EKS-SETTING: /c line 5: not a usable endpoint: http is for loopback hosts only, use https");
}
