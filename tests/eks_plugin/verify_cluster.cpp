// SPDX-License-Identifier: Apache-2.0
#include "verify_cluster.hpp"

#include "support/catch_shim.hpp"

#include <eksauth/base/base64.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

static std::string base64(std::string_view bytes) {
    credbase::secret_string out;
    eksauth::append_base64(out, bytes);
    return std::string(out.reveal());
}
static std::string pem(std::string_view der) { return "-----BEGIN CERTIFICATE-----\n" + base64(der) + "\n-----END CERTIFICATE-----\n"; }

/// Certificates are compared as bytes, so that any bytes serve as one: EKS's two, and another's.
static const std::string old_der = "of the cluster, and it fills more than a line of sixty-four characters", new_der = "of the cluster, later",
                         other_der = "of another";
static const std::string arn = "arn:aws:eks:us-west-2:012345678910:cluster/prod", place = "https://a0.yl4.us-west-2.eks.amazonaws.com";
static const std::string data = "the request's certificate-authority-data ";

/// What EKS says of a cluster that passes from one certificate authority to another.
static const eksauth::described_cluster known{
    .arn = arn, .endpoint = *eksauth::parse_uri(place), .certificate_authority_data = base64(pem(old_der) + pem(new_der))};

static credplugin::cluster_info request(const std::string& server, const std::string& ca) {
    credplugin::cluster_info made;
    made.server = server;
    made.certificate_authority_data = ca;
    return made;
}

/// `ok`, or the error without its end, which is always the same.
static std::string outcome(const credplugin::cluster_info& asked, const eksauth::described_cluster& described = known) {
    const auto got = eks_plugin::check_described(described, asked);
    if (got) return "ok";
    const std::string text = got.error().text(), end = "; correct the cluster's entry by `aws eks describe-cluster`, or ask who wrote it";
    CHECK(text.ends_with(end));
    CHECK(text.find("hush") == std::string::npos);
    return text.substr(0, text.size() - std::min(end.size(), text.size()));
}
/// That of a request as EKS would have it, but for one change.
static std::string outcome(const std::function<void(credplugin::cluster_info&)>& change) {
    credplugin::cluster_info asked = request(place, known.certificate_authority_data);
    change(asked);
    return outcome(asked);
}

TEST_CASE("verify cluster: only EKS's own endpoint is the server, however it is written") {
    const std::string differs = " is not the endpoint that EKS has for " + arn + ", " + place, but = ", and EKS has " + place + " for " + arn,
                      not_usable = "the request's server is not a usable URL: ";
    const auto another = [&](const std::string& shown) { return "the request's server \"" + shown + "\"" + differs; };
    struct row { std::string server, outcome; };
    const row rows[] = {
        {place, "ok"},
        {place + "/", "ok"},
        {place + ":443", "ok"},
        {place + ":443/", "ok"},
        {"https://A0.YL4.us-west-2.EKS.amazonaws.com", "ok"},
        {"HTTPS" + place.substr(5), "ok"},
        {"https://evil.example", another("https://evil.example")},
        {"https://evil.example:443/", another("https://evil.example")},
        {place + ".evil.example", another(place + ".evil.example")},
        {place + ".", another(place + ".")},
        {place + ":6443", another(place + ":6443")},
        {place + ":0443", another(place + ":0443")},
        {place + "/api", another(place + "/api")},
        {place + "//", another(place + "//")},
        {place + "/\\evil.example", another(place + "/\\evil.example")},
        {place + "?token=hush", another(place)},
        {place + "/?", another(place + "/")},
        {"http" + place.substr(5), another("http" + place.substr(5))},
        {"https://[::1]:7/", another("https://[::1]:7")},
        {"https://" + std::string(150, 'a') + "/" + std::string(150, 'b'),
         another("https://" + std::string(150, 'a') + "/" + std::string(38, 'b') + "\u2026")},
        {"", "the request names no server" + but},
        {"https://user:hush@" + place.substr(8), "the request's server has user information" + but},
        {"https://@" + place.substr(8), "the request's server has user information" + but},
        {place.substr(8), not_usable + "the scheme must be http or https" + but},
        {place + "#hush", not_usable + "a fragment" + but},
        {place + "\n", not_usable + "a blank, control or non-ASCII character" + but},
        {" " + place, not_usable + "a blank, control or non-ASCII character" + but},
        {place + ":", not_usable + "the port is not a number from 1 to 65535" + but},
        {"https://evil.example\\." + place.substr(8), not_usable + "the host is empty or malformed" + but},
    };
    for (const row& r : rows) {
        INFO(r.server);
        CHECK(outcome([&](auto& asked) { asked.server = r.server; }) == r.outcome);
    }
    eksauth::described_cluster at_port = known;
    at_port.endpoint = *eksauth::parse_uri(place + ":8443/");
    CHECK(outcome(request(place + ":8443", known.certificate_authority_data), at_port) == "ok");
    CHECK(outcome(request(place, known.certificate_authority_data), at_port) ==
          "the request's server \"" + place + "\"" + differs + ":8443");
}

TEST_CASE("verify cluster: the server is verified by its own name, and a proxy may be on the way") {
    CHECK(outcome([](auto& asked) { asked.tls_server_name = "A0.yl4.us-west-2.eks.amazonaws.com"; }) == "ok");
    CHECK(outcome([](auto& asked) { asked.tls_server_name = "ip-10-0-0-1.ec2.internal\n"; }) ==
          "the request's tls-server-name \"ip-10-0-0-1.ec2.internal\\n\" is not the host of the endpoint that EKS has for " + arn + ", " + place);
    CHECK(outcome([](auto& asked) { asked.insecure_skip_tls_verify = true; }) ==
          "the request has insecure-skip-tls-verify: true, so that any server could pose as " + place);
    CHECK(outcome([](auto& asked) { asked.proxy_url = credbase::secret_string("http://user:hush@proxy.example"); }) == "ok");
}

TEST_CASE("verify cluster: every certificate of the request is one of EKS's, however they are written") {
    const std::string begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----", alone = data + "is no base64 of PEM certificates alone: ",
                      text = alone + "it has something else in it", cut = alone + "a certificate in it is cut short, or no base64";
    const auto none = [&](int number, int of) {
        return data + "has a certificate, number " + std::to_string(number) + " of " + std::to_string(of) +
               ", that is none of those that EKS has for " + arn;
    };
    std::string wrapped = pem(old_der);
    wrapped.insert(wrapped.find('\n') + 65, "\n");
    std::string crlf = "\r\n \t" + wrapped;
    for (std::size_t at = 4; (at = crlf.find('\n', at)) != crlf.npos; at += 3) crlf.replace(at, 1, " \r\n");
    struct row { const char* name; std::string pem, outcome; };
    const row rows[] = {
        {"both", pem(old_der) + pem(new_der), "ok"},
        {"in the other order", pem(new_der) + pem(old_der), "ok"},
        {"one twice", pem(new_der) + pem(new_der), "ok"},
        {"the old one alone", pem(old_der), "ok"},
        {"the new one alone", pem(new_der), "ok"},
        {"in lines of 64", wrapped, "ok"},
        {"with other line ends and blanks", crlf, "ok"},
        {"without line ends", begin + base64(new_der) + end, "ok"},
        {"another's", pem(other_der), none(1, 1)},
        {"another's beside them", pem(old_der) + pem(other_der) + pem(new_der), none(2, 3)},
        {"one with bytes behind it", pem(new_der + "x"), none(1, 1)},
        {"its beginning", pem(new_der.substr(0, 18)), none(1, 1)},
        {"blanks", " \n", alone + "it is empty"},
        {"a comment before", "# the cluster's\n" + pem(old_der), text},
        {"a comment behind", pem(old_der) + "# the cluster's\n", text},
        {"bare DER before", other_der + "\n" + pem(old_der), text},
        {"a block of another type",
         pem(old_der) + "-----BEGIN TRUSTED CERTIFICATE-----\n" + base64(other_der) + "\n-----END TRUSTED CERTIFICATE-----\n", text},
        {"a NUL", pem(old_der) + std::string(1, '\0') + pem(other_der), text},
        {"no end", begin + "\n" + base64(old_der) + "\n", text},
        {"a block in a block", begin + "\n" + pem(old_der), cut},
        {"a header", begin + "\nProc-Type: 4,ENCRYPTED\n\n" + base64(old_der) + "\n" + end + "\n", cut},
        {"padding amid", begin + "\nQQ==\n" + base64(old_der) + "\n" + end, cut},
        {"nothing in it", begin + "\n" + end, cut},
        {"no base64 in it", begin + "\n" + base64(old_der) + "=\n" + end, cut},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(outcome([&](auto& asked) { asked.certificate_authority_data = base64(r.pem); }) == r.outcome);
    }
    CHECK(outcome([](auto& asked) { asked.certificate_authority_data = "%"; }) == alone + "it is no base64");
    CHECK(outcome([](auto& asked) { asked.certificate_authority_data.insert(60, "\r\n"); }) == "ok");
    CHECK(outcome([](auto& asked) { asked.certificate_authority_data = ""; }) ==
          data + "is missing, so that the system's authorities could vouch for any server; EKS has an authority of its own for " + arn);
}

TEST_CASE("verify cluster: what EKS has need not be read where the request has just that") {
    eksauth::described_cluster odd = known;
    odd.certificate_authority_data = base64("# one\n" + pem(old_der));
    CHECK(outcome(request(place, odd.certificate_authority_data), odd) == "ok");
    CHECK(outcome(request(place, base64(pem(old_der))), odd) ==
          data + "is not what EKS has for " + arn + ", which can't be read: it has something else in it");
    odd.certificate_authority_data = "";
    CHECK(outcome(request(place, ""), odd).starts_with(data + "is missing"));
    odd.arn = "a\nb";
    CHECK(outcome(request("", ""), odd) == "the request names no server, and EKS has " + place + " for a\\nb");
}
