// SPDX-License-Identifier: Apache-2.0
#include <eksauth/net/ca_bundle.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <map>
#include <string>
#include <vector>

/// Files and folders that are trusted by such an environment, such a profile `p`, and such files of the system; or the error.
static std::string trust(const std::map<std::string, std::string>& env, const std::string& config = "",
                         const std::vector<std::string>& system_files = {}) {
    fake_world world{.env = env, .files = {{"/h/.aws/config", config}}};
    world.env["HOME"] = "/h";
    for (const std::string& name : system_files) world.files[name];
    const auto files = eksauth::load_shared_config(world.context());
    REQUIRE(told(files) == "ok");
    const eksauth::profile selected(*files, "p");
    const auto got = eksauth::find_trust(world.context(), config.empty() ? nullptr : &selected);
    if (!got) return told(got);
    std::string out;
    for (const std::string& file : got->files) out += "file " + file + ";";
    for (const std::string& folder : got->folders) out += "folder " + folder + ";";
    return out;
}

static const std::string debian = "/etc/ssl/certs/ca-certificates.crt";

TEST_CASE("ca bundle: what is named stands alone, AWS_CA_BUNDLE first") {
    struct row { const char* name; std::map<std::string, std::string> env; std::string config, outcome; };
    const row rows[] = {
        {"149 AWS_CA_BUNDLE", {{"AWS_CA_BUNDLE", "/ca.pem"}}, "", "file /ca.pem;"},
        {"149 a file that is absent is named all the same, and fails where it is read", {{"AWS_CA_BUNDLE", "/absent"}}, "", "file /absent;"},
        {"the profile's", {}, "[profile p]\nca_bundle = /p.pem\n", "file /p.pem;"},
        {"both", {{"AWS_CA_BUNDLE", "/ca.pem"}}, "[profile p]\nca_bundle = /p.pem\n", "file /ca.pem;"},
        {"an empty variable", {{"AWS_CA_BUNDLE", ""}}, "[profile p]\nca_bundle = /p.pem\n", "file /p.pem;"},
        {"another profile's", {{"SSL_CERT_FILE", "/s"}}, "[profile q]\nca_bundle = /p.pem\n", "file /s;"},
        {"in the home folder", {{"AWS_CA_BUNDLE", "~/ca.pem"}}, "", "file /h/ca.pem;"},
        {"the profile's in the home folder", {}, "[profile p]\nca_bundle = ~/p.pem\n", "file /h/p.pem;"},
        {"the profile's over several lines", {}, "[profile p]\nca_bundle = /p.pem\n  more\n",
         "EKS-BAD-FILE: /h/.aws/config line 2: ca_bundle goes on over several lines"},
        {"AWS_CA_BUNDLE before OpenSSL's", {{"AWS_CA_BUNDLE", "/ca.pem"}, {"SSL_CERT_FILE", "/s"}, {"SSL_CERT_DIR", "/d"}}, "", "file /ca.pem;"},
        {"the profile's before OpenSSL's", {{"SSL_CERT_FILE", "/s"}}, "[profile p]\nca_bundle = /p.pem\n", "file /p.pem;"},
        {"SSL_CERT_FILE", {{"SSL_CERT_FILE", "/s"}}, "", "file /s;"},
        {"SSL_CERT_DIR", {{"SSL_CERT_DIR", "/d"}}, "", "folder /d;"},
        {"several folders", {{"SSL_CERT_DIR", "/d:/e"}}, "", "folder /d;folder /e;"},
        {"empty folder names", {{"SSL_CERT_DIR", ":/d::/e:"}}, "", "folder /d;folder /e;"},
        {"both of OpenSSL's", {{"SSL_CERT_FILE", "/s"}, {"SSL_CERT_DIR", "/d"}}, "", "file /s;folder /d;"},
        {"an empty one of OpenSSL's", {{"SSL_CERT_FILE", ""}, {"SSL_CERT_DIR", "/d"}}, "", "folder /d;"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(trust(r.env, r.config, {debian, "/etc/ssl/certs/0a1b2c3d.0", "/d/0a1b2c3d.0", "/e/0a1b2c3d.1"}) == r.outcome);
    }
}

TEST_CASE("ca bundle: without a name the usual places are searched in their order") {
    const std::string fedora = "/etc/pki/tls/certs/ca-bundle.crt", suse = "/etc/ssl/ca-bundle.pem", old = "/etc/pki/tls/cacert.pem",
                      red_hat = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", bsd = "/etc/ssl/cert.pem";
    struct row { const char* name; std::vector<std::string> files; std::string outcome; };
    const row rows[] = {
        {"Debian", {debian}, "file " + debian + ";"},
        {"Fedora", {fedora}, "file " + fedora + ";"},
        {"SUSE", {suse}, "file " + suse + ";"},
        {"an old one", {old}, "file " + old + ";"},
        {"Red Hat", {red_hat}, "file " + red_hat + ";"},
        {"BSD", {bsd}, "file " + bsd + ";"},
        {"all", {bsd, red_hat, old, suse, fedora, debian}, "file " + debian + ";"},
        {"all but the first", {bsd, red_hat, old, suse, fedora}, "file " + fedora + ";"},
        {"the last two", {bsd, red_hat}, "file " + red_hat + ";"},
        {"hashed names need no bundle to be read", {debian, "/etc/ssl/certs/0a1b2c3d.0"}, "folder /etc/ssl/certs;"},
        {"hashed names elsewhere", {"/etc/pki/tls/certs/0a1b2c3d.0"}, "folder /etc/pki/tls/certs;"},
        {"a folder without hashed names", {"/etc/ssl/certs/Root.pem", fedora}, "file " + fedora + ";"},
        {"a name that is like a hashed one", {"/etc/ssl/certs/readme.0", fedora}, "file " + fedora + ";"},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(trust({}, "", r.files) == r.outcome);
    }
}

TEST_CASE("ca bundle: of the folders of SSL_CERT_DIR those with hashed names are taken, and there must be one unless there is a file") {
    const std::string none = "EKS-HTTP-TLS: no CA certificates found; looked in ", advice = "; set AWS_CA_BUNDLE";
    struct row { const char* name; std::map<std::string, std::string> env; std::vector<std::string> files; std::string outcome; };
    const row rows[] = {
        {"one of two", {{"SSL_CERT_DIR", "/d:/e"}}, {"/d/ca.pem", "/e/0a1b2c3d.0"}, "folder /e;"},
        {"no certificate", {{"SSL_CERT_DIR", "/d:/absent"}}, {"/d/ca.pem"}, none + "/d, /absent" + advice},
        {"but a file", {{"SSL_CERT_DIR", "/d"}, {"SSL_CERT_FILE", "/s"}}, {}, "file /s;"},
        {"no folder", {{"SSL_CERT_DIR", ":"}}, {}, none + "no place" + advice},
        {"seven digits", {{"SSL_CERT_DIR", "/d"}}, {"/d/0a1b2c3.0"}, none + "/d" + advice},
        {"nine digits", {{"SSL_CERT_DIR", "/d"}}, {"/d/0a1b2c3d4.0"}, none + "/d" + advice},
        {"upper case", {{"SSL_CERT_DIR", "/d"}}, {"/d/0A1B2C3D.0"}, none + "/d" + advice},
        {"no number", {{"SSL_CERT_DIR", "/d"}}, {"/d/0a1b2c3d.r0"}, none + "/d" + advice},
        {"nothing behind the dot", {{"SSL_CERT_DIR", "/d"}}, {"/d/0a1b2c3d."}, none + "/d" + advice},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(trust(r.env, "", r.files) == r.outcome);
    }
}

TEST_CASE("ca bundle: 150 where there is none the error names every place") {
    const std::string none =
        "EKS-HTTP-TLS: no CA certificates found; looked in /etc/ssl/certs/ca-certificates.crt, /etc/pki/tls/certs/ca-bundle.crt, "
        "/etc/ssl/ca-bundle.pem, /etc/pki/tls/cacert.pem, /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem, /etc/ssl/cert.pem and for hashed "
        "names in /etc/ssl/certs, /etc/pki/tls/certs; set AWS_CA_BUNDLE";
    CHECK(trust({}) == none);
    CHECK(trust({{"AWS_CA_BUNDLE", ""}, {"SSL_CERT_FILE", ""}, {"SSL_CERT_DIR", ""}}, "[profile p]\nca_bundle =\n") == none);
}
