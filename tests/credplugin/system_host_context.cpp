// SPDX-License-Identifier: Apache-2.0
#include <credplugin/system_host_context.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"
#include "support/test_certificates.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

using namespace credplugin;

namespace {

/// What a function of OpenSSL writes.
std::string pem_of(const std::function<int(BIO*)>& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(::BIO_new(::BIO_s_mem()), ::BIO_free);
    REQUIRE(write(out.get()) == 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string pkcs8(const identity& who, const char* password = nullptr) {
    return pem_of([&](BIO* out) {
        return ::PEM_write_bio_PKCS8PrivateKey(out, who.key.get(), password == nullptr ? nullptr : ::EVP_aes_128_cbc(), password,
                                               password == nullptr ? 0 : 4, nullptr, nullptr);
    });
}

/// `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
std::string traditional(const identity& who, bool encrypted = false) {
    unsigned char password[] = "hush";
    return pem_of([&](BIO* out) {
        return ::PEM_write_bio_PrivateKey_traditional(out, who.key.get(), encrypted ? ::EVP_aes_128_cbc() : nullptr,
                                                      encrypted ? password : nullptr, encrypted ? 4 : 0, nullptr, nullptr);
    });
}

std::string public_key(const identity& who) {
    return pem_of([&](BIO* out) { return ::PEM_write_bio_PUBKEY(out, who.key.get()); });
}

/// The same certificate for another key, signed with it.
identity with_key(const identity& from, EVP_PKEY* key, const EVP_MD* digest) {
    identity made{{::X509_dup(from.certificate.get()), ::X509_free}, {key, ::EVP_PKEY_free}};
    REQUIRE(::X509_set_pubkey(made.certificate.get(), key) == 1);
    REQUIRE(::X509_sign(made.certificate.get(), key, digest) > 0);
    return made;
}

std::string checked(const std::string& certificate, const std::string& key) {
    const auto got = system_host_context().check_key_pair(certificate, key);
    return got ? "good" : std::string(got.error().code().word) + " " + got.error().text();
}

const std::string parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";  // of P-256

}  // namespace

TEST_CASE("check_key_pair: a certificate and its key are taken in each usual form, H68") {
    const identity authority = make_identity({.common_name = "authority", .authority = true});
    const identity ec = make_identity({.common_name = "user"}, &authority);
    const identity old = make_identity({.common_name = "old", .from_days = -9, .to_days = -1});
    const identity rsa = with_key(ec, ::EVP_RSA_gen(2048), ::EVP_sha256());
    const identity ed25519 = with_key(ec, ::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), nullptr);
    struct row { const char* name; std::string certificate, key; };
    const row rows[] = {
        {"PKCS #8", ec.pem(), pkcs8(ec)},
        {"EC", ec.pem(), traditional(ec)},
        {"EC behind its parameters, as openssl ecparam writes it", ec.pem(), parameters + traditional(ec)},
        {"RSA in PKCS #8", rsa.pem(), pkcs8(rsa)},
        {"RSA", rsa.pem(), traditional(rsa)},
        {"Ed25519", ed25519.pem(), pkcs8(ed25519)},
        {"intermediates behind the leaf", ec.pem() + authority.pem(), pkcs8(ec)},
        {"one file for both, key first", pkcs8(ec) + ec.pem(), pkcs8(ec) + ec.pem()},
        {"one file for both, certificate first", ec.pem() + pkcs8(ec), ec.pem() + pkcs8(ec)},
        {"text between the blocks", "subject=/CN=user\n" + ec.pem() + "\n# end", "Key:\n" + pkcs8(ec)},
        {"a certificate whose time is over, which is the server's to say", old.pem(), pkcs8(old)},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(checked(r.certificate, r.key) == "good");
    }
}

TEST_CASE("check_key_pair: what can't be a pair is refused in Go's words, H67") {
    const identity one = make_identity({.common_name = "one"}), other = make_identity({.common_name = "other"});
    const identity rsa = with_key(one, ::EVP_RSA_gen(2048), ::EVP_sha256());
    const std::string no_certificate = "EXEC-BAD-ANSWER tls: failed to find any PEM data in certificate input";
    const std::string no_key = "EXEC-BAD-ANSWER tls: failed to find any PEM data in key input";
    const std::string no_block = "EXEC-BAD-ANSWER tls: failed to find \"CERTIFICATE\" PEM block in certificate input";
    const std::string malformed = "EXEC-BAD-ANSWER x509: malformed certificate";
    const std::string bad_key = "EXEC-BAD-ANSWER tls: failed to parse private key; it must be PEM and not encrypted";
    const std::string mismatch = "EXEC-BAD-ANSWER tls: private key does not match public key";
    std::string cut = one.pem();
    cut.erase(40, 4);
    std::string cut_key = pkcs8(one);
    cut_key.erase(40, 4);
    struct row { const char* name; std::string certificate, key, refusal; };
    const row rows[] = {
        {"another's key", one.pem(), pkcs8(other), mismatch},
        {"a key of another kind", one.pem(), pkcs8(rsa), mismatch},
        {"the key of an intermediate", one.pem() + other.pem(), pkcs8(other), mismatch},
        {"nothing as certificate", "", pkcs8(one), no_certificate},
        {"base64 of PEM as certificate", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==", pkcs8(one), no_certificate},
        {"a key as certificate", pkcs8(one), pkcs8(one), no_block},
        {"a certificate that lost bytes", cut, pkcs8(one), malformed},
        {"a broken leaf before a good one", cut + one.pem(), pkcs8(one), malformed},
        {"a certificate that is no base64", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", pkcs8(one), malformed},
        {"nothing as key", one.pem(), "", no_key},
        {"base64 of PEM as key", one.pem(), "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCg==", no_key},
        {"a certificate as key", one.pem(), one.pem(), bad_key},
        {"a public key as key", one.pem(), public_key(one), bad_key},
        {"a key that lost bytes", one.pem(), cut_key, bad_key},
        {"an encrypted key, PKCS #8", one.pem(), pkcs8(one, "hush"), bad_key},
        {"an encrypted key, EC", one.pem(), traditional(one, true), bad_key},
        {"an encrypted key, RSA", rsa.pem(), traditional(rsa, true), bad_key},
        {"parameters without a key", one.pem(), parameters, bad_key},
    };
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(checked(r.certificate, r.key) == r.refusal);
    }
}

TEST_CASE("check_key_pair: what OpenSSL had noted in this thread before stays, and nothing is added") {
    const identity one = make_identity({.common_name = "one"});
    ::ERR_clear_error();
    CHECK(checked("-----BEGIN CERTIFICATE-----\n!\n", pkcs8(one)) != "good");
    CHECK(::ERR_peek_error() == 0);
    ERR_raise(ERR_LIB_USER, 7);
    CHECK(checked(one.pem(), "-----BEGIN PRIVATE KEY-----\n!\n") != "good");
    CHECK(checked(one.pem(), pkcs8(one)) == "good");
    CHECK(ERR_GET_LIB(::ERR_get_error()) == ERR_LIB_USER);
    CHECK(::ERR_get_error() == 0);
}

TEST_CASE("system_host_context: clocks, random numbers, files and programs are those of the process") {
    const host_context ctx = system_host_context();
    const auto before = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto now = ctx.now();
    CHECK(now >= before);
    CHECK(now <= std::chrono::system_clock::now());
    const auto steady_before = std::chrono::steady_clock::now();
    const auto steady = ctx.steady_now();
    CHECK(steady >= steady_before);
    CHECK(steady <= std::chrono::steady_clock::now());

    std::set<double> numbers;
    for (int i = 0; i < 100; ++i) {
        numbers.insert(ctx.random());
        CHECK(*numbers.begin() >= 0.0);
        CHECK(*numbers.rbegin() < 1.0);
    }
    CHECK(numbers.size() > 50);

    const temporary_folder folder;
    const auto file = ctx.read_file(folder.put("f", "text"), 4);
    REQUIRE(file.has_value());
    REQUIRE(file->has_value());
    CHECK((*file)->reveal() == "text");
    const auto large = ctx.read_file(folder.path() + "/f", 3);
    REQUIRE(large.has_error());
    CHECK(large.error().code() == errc::bad_provider_file);
    CHECK(large.error().text() == "reading " + folder.path() + "/f: larger than 3 bytes");
    const auto absent = ctx.read_file(folder.path() + "/g", 4);
    REQUIRE(absent.has_value());
    CHECK_FALSE(absent->has_value());

    const auto output = ctx.run_process({.arguments = {"/bin/sh", "-c", "echo \"$1\"; exit 3", "sh", "a b"},
                                         .time_limit = std::chrono::minutes(1),
                                         .out_limit_bytes = 100,
                                         .err_kept_bytes = 100});
    CHECK(output.end == credbase::process_end::exited);
    CHECK(output.exit_code == 3);
    CHECK(output.out.reveal() == "a b\n");
}

TEST_CASE("system_host_context: stdin is a terminal or it isn't") {
    const host_context ctx = system_host_context();
    const int kept = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC),
              nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    REQUIRE(terminal >= 0);
    ::dup2(terminal, STDIN_FILENO);
    CHECK(ctx.stdin_is_terminal());
    ::dup2(nothing, STDIN_FILENO);
    CHECK_FALSE(ctx.stdin_is_terminal());
    ::close(STDIN_FILENO);
    CHECK_FALSE(ctx.stdin_is_terminal());
    if (kept >= 0) ::dup2(kept, STDIN_FILENO);
    for (const int descriptor : {kept, terminal, nothing}) ::close(descriptor);
}
