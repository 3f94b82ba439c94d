// SPDX-License-Identifier: Apache-2.0
#include <credplugin/protocol/exec_credential_read.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <cstddef>
#include <string>
#include <string_view>

using namespace credplugin;
using credbase::secret_string;
using namespace std::string_literals;

namespace {

const std::string v1 = "client.authentication.k8s.io/v1", v1beta1 = "client.authentication.k8s.io/v1beta1";
const std::string decoding = "EXEC-BAD-ANSWER decoding stdout: ";
const std::string one_half = "EXEC-BAD-ANSWER exec plugin returned only certificate or key, not both";
const std::string bad_token = "EXEC-BAD-ANSWER exec plugin returned an invalid token";
const std::string nothing = "EXEC-BAD-ANSWER exec plugin didn't return a token or cert/key pair";

/// What was read, or the refusal. The secrets here are none.
std::string read(std::string_view printed, api_version expected = api_version::v1) {
    const auto got = read_exec_credential(printed, expected);
    if (!got) return std::string(got.error().code().word) + " " + got.error().text();
    std::string out;
    const auto show = [&](std::string_view name, std::string_view text) {
        if (!text.empty()) out.append(out.empty() ? "" : " ").append(name).append("=").append(text);
    };
    show("token", got->token.reveal());
    show("certificate", got->client_certificate_data);
    show("key", got->client_key_data.reveal());
    show("until", got->expires ? credbase::rfc3339(*got->expires) : "");
    return out;
}

std::string answer(const std::string& members) { return R"({"kind":"ExecCredential","apiVersion":")" + v1 + "\"" + members + "}"; }
std::string status(const std::string& members) { return answer(R"(,"status":{)" + members + "}"); }
std::string token(const std::string& text) { return status(R"("token":")" + text + "\""); }

struct row { const char* name; std::string printed, read; };

template <std::size_t N>
void check_rows(const row (&rows)[N]) {
    for (const row& r : rows) {
        INFO(r.name);
        CHECK(read(r.printed) == r.read);
    }
}

}  // namespace

TEST_CASE("read_exec_credential: what plugins print is read") {
    check_rows({
        {"a token", R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false},)"
                    R"("status":{"expirationTimestamp":"2026-01-02T03:04:05Z","token":"k8s-aws-v1.x"}})" "\n", "token=k8s-aws-v1.x until=2026-01-02T03:04:05Z"},
        {"H68 a pair", status(R"("clientCertificateData":"C\n","clientKeyData":"K\n")"), "certificate=C\n key=K\n"},
        {"H68 a pair and a token", status(R"("clientKeyData":"K","token":"t","clientCertificateData":"C")"), "token=t certificate=C key=K"},
        {"H68 a pair and an empty token", status(R"("clientKeyData":"K","token":"","clientCertificateData":"C")"), "certificate=C key=K"},
        {"H60 white space around", " \r\n\t" + token("t") + "\r\n \t\n", "token=t"},
        {"H60 CRLF between the parts", "{\r\n\"apiVersion\": \"" + v1 + "\",\r\n\"status\": {\r\n\t\"token\": \"t\"}}\r\n", "token=t"},
        {"H60 a byte order mark", "\xEF\xBB\xBF" + token("t"), "token=t"},
        {"H62 no kind", R"({"apiVersion":")" + v1 + R"(","status":{"token":"t"}})", "token=t"},
        {"H62 kind null", R"({"kind":null,"apiVersion":")" + v1 + R"(","status":{"token":"t"}})", "token=t"},
        {"H62 kind empty", R"({"kind":"","apiVersion":")" + v1 + R"(","status":{"token":"t"}})", "token=t"},
        {"H70 unknown members", answer(R"(,"metadata":{"a":[1]},"spec":[],"x":1e999,"status":{"token":"t","y":{}})"), "token=t"},
        {"H70 the last of duplicates", status(R"("token":5,"token":"a","token":"b")"), "token=b"},
        {"H70 the last status", answer(R"(,"status":{"token":"a"},"status":{"token":"b"})"), "token=b"},
        {"escapes", token("a\\u002fb\\/\\\\\\\""), "token=a/b/\\\""},
    });
    CHECK(read(R"({"apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"t"}})", api_version::v1beta1) == "token=t");
}

TEST_CASE("read_exec_credential: what our own writer prints is read as it was") {
    const exec_credential given{.token = secret_string("t\"\\~!"),
                                .client_certificate_data = "-----BEGIN CERTIFICATE-----\r\n\tMII=\n-----END CERTIFICATE-----\n",
                                .client_key_data = secret_string("-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n"),
                                .expires = credbase::parse_rfc3339("2028-02-29T23:59:59Z")};
    for (const api_version version : {api_version::v1, api_version::v1beta1}) {
        const auto line = write_exec_credential(given, version, true);
        REQUIRE(line.has_value());
        CHECK(read(line->reveal(), version) == "token=t\"\\~! certificate=" + given.client_certificate_data +
                                                   " key=" + std::string(given.client_key_data.reveal()) + " until=2028-02-29T23:59:59Z");
    }
}

TEST_CASE("read_exec_credential: stdout that isn't one JSON object is refused") {
    const std::string whole = token("hush");
    const std::string after = std::to_string(whole.size());
    check_rows({
        {"H58 a word", "hush", decoding + "syntax error at byte 0"},
        {"H58 cut short", whole.substr(0, 50), decoding + "incomplete JSON at byte 50"},
        {"H58 an array", "[" + whole + "]", decoding + "expected object, got array"},
        {"H58 a text", "\"hush\"", decoding + "expected object, got string"},
        {"H58 something behind it", whole + "hush", decoding + "extra data at byte " + after},
        {"H58 two objects", whole + whole, decoding + "extra data at byte " + after},
        {"H58 NUL behind it", whole + '\0', decoding + "extra data at byte " + after},
        {"H58 a line before it", "hush\n" + whole, decoding + "syntax error at byte 0"},
        {"H59 YAML", "apiVersion: " + v1 + "\nkind: ExecCredential\nstatus: {token: hush}\n", decoding + "syntax error at byte 0"},
        {"two byte order marks", "\xEF\xBB\xBF\xEF\xBB\xBF" + whole, decoding + "syntax error at byte 0"},
    });
    CHECK(read(token("hush\xff")).starts_with(decoding + "syntax error at byte "));
}

TEST_CASE("read_exec_credential: no more than 1 MiB and 512 levels are read") {
    const std::string whole = token("t"), spaces(1048576 - whole.size(), ' ');
    CHECK(read(whole + spaces) == "token=t");
    CHECK(read(whole + spaces + " ") == decoding + "too large (1048577 bytes, limit 1048576)");
    const auto nested = [](std::size_t levels) {
        return answer(R"(,"status":{"token":"t"},"x":)" + std::string(levels, '[') + std::string(levels, ']'));
    };
    CHECK(read(nested(511)) == "token=t");
    CHECK(read(nested(512)) == decoding + "more than 512 levels deep");
}

TEST_CASE("read_exec_credential: the answer must be of the version that was asked for") {
    const auto in = [](const std::string& kind, const std::string& version) {
        return R"({"kind":")" + kind + R"(","apiVersion":")" + version + R"(","status":{"token":"t"}})";
    };
    const auto unknown = [](const std::string& kind, const std::string& version) {
        return decoding + "no kind \"" + kind + "\" is registered for version \"" + version + "\" (want kind \"ExecCredential\" of version \"" + v1 + "\")";
    };
    const std::string asked = "EXEC-BAD-ANSWER exec plugin is configured to use API version " + v1 + ", plugin returned ";
    check_rows({
        {"H57 nothing", "", asked + "no apiVersion: it printed nothing"},
        {"H57 an empty line", "\r\n", asked + "no apiVersion: it printed nothing"},
        {"H57 a byte order mark alone", "\xEF\xBB\xBF", asked + "no apiVersion: it printed nothing"},
        {"H57 null", "null\n", asked + "no apiVersion"},
        {"H57 an empty object", "{}", asked + "no apiVersion"},
        {"H57 no apiVersion", R"({"kind":"ExecCredential","status":{"token":"t"}})", asked + "no apiVersion"},
        {"H57 apiVersion null", R"({"apiVersion":null,"status":{"token":"t"}})", asked + "no apiVersion"},
        {"H57 apiVersion empty", in("ExecCredential", ""), asked + "no apiVersion"},
        {"H57 another case", R"({"ApiVersion":")" + v1 + R"(","status":{"token":"t"}})", asked + "no apiVersion"},
        {"H61 v1beta1", in("ExecCredential", v1beta1), asked + "version " + v1beta1},
        {"H61 v1alpha1", in("ExecCredential", "client.authentication.k8s.io/v1alpha1"), unknown("ExecCredential", "client.authentication.k8s.io/v1alpha1")},
        {"H61 another group", in("ExecCredential", "example.com/v1"), unknown("ExecCredential", "example.com/v1")},
        {"H61 no group", in("ExecCredential", "v1"), unknown("ExecCredential", "v1")},
        {"H61 another version without kind", R"({"apiVersion":"v1","status":{"token":"t"}})", unknown("ExecCredential", "v1")},
        {"H62 another kind", in("Foo", v1), unknown("Foo", v1)},
        {"H62 another case", in("execCredential", v1), unknown("execCredential", v1)},
        {"H62 another kind without version", R"({"kind":"Foo"})", unknown("Foo", "")},
        {"control characters", in("\\u001b[31m", v1), unknown("\\x1b[31m", v1)},
        {"H56 a metav1.Status", R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"hush","code":500})", unknown("Status", "v1")},
        {"a number as kind", R"({"kind":5,"apiVersion":")" + v1 + "\"}", decoding + "kind: expected string, got number"},
        {"a number as version", R"({"apiVersion":1})", decoding + "apiVersion: expected string, got number"},
    });
    CHECK(read(in("ExecCredential", v1), api_version::v1beta1) ==
          "EXEC-BAD-ANSWER exec plugin is configured to use API version " + v1beta1 + ", plugin returned version " + v1);
}

TEST_CASE("read_exec_credential: an answer without a usable credential is refused") {
    check_rows({
        {"H63 no status", answer(""), "EXEC-BAD-ANSWER exec plugin didn't return a status field"},
        {"H63 status null", answer(R"(,"status":null)"), "EXEC-BAD-ANSWER exec plugin didn't return a status field"},
        {"H63 another case", answer(R"(,"Status":{"token":"t"})"), "EXEC-BAD-ANSWER exec plugin didn't return a status field"},
        {"a text as status", answer(R"(,"status":"hush")"), decoding + "status: expected object, got string"},
        {"H64 an empty status", status(""), nothing},
        {"H64 an empty token", token(""), nothing},
        {"H64 token null", status(R"("token":null)"), nothing},
        {"H64 another case", status(R"("Token":"t")"), nothing},
        {"H64 an expiry alone", status(R"("expirationTimestamp":"2026-01-02T03:04:05Z")"), nothing},
        {"H65 a number as token", status(R"("token":5)"), decoding + "status.token: expected string, got number"},
        {"H65 an array as certificate", status(R"("clientCertificateData":["hush"])"), decoding + "status.clientCertificateData: expected string, got array"},
        {"H65 an object as key", status(R"("clientKeyData":{"hush":1})"), decoding + "status.clientKeyData: expected string, got object"},
        {"H66 certificate alone", status(R"("clientCertificateData":"hush")"), one_half},
        {"H66 key alone", status(R"("clientKeyData":"hush")"), one_half},
        {"H66 token and key", status(R"("token":"t","clientKeyData":"hush")"), one_half},
        {"H66 token and certificate", status(R"("token":"t","clientCertificateData":"hush","clientKeyData":"")"), one_half},
    });
}

TEST_CASE("read_exec_credential: a token that can't stand in a header is refused") {
    check_rows({
        {"H69 a blank", token("hush hush"), bad_token},
        {"H69 a line end", token("hush\\n"), bad_token},
        {"H69 a header", token("t\\r\\nX-Remote-User: admin"), bad_token},
        {"H69 beyond ASCII", token("hush\u00e4"), bad_token},
        {"H69 nothing but blanks", token(" \\t "), bad_token},
        {"H69 NUL", token("hush\\u0000"), bad_token},
        {"H69 DEL", token("hush\x7f"), bad_token},
        {"H69 beside a good pair", status(R"("token":"a b","clientCertificateData":"C","clientKeyData":"K")"), bad_token},
    });
    CHECK(read(token(std::string(65536, 'x'))) == "token=" + std::string(65536, 'x'));
    CHECK(read(token(std::string(65537, 'x'))) == bad_token);
}

TEST_CASE("read_exec_credential: the expiry is an instant in the form of RFC 3339") {
    const auto expiring = [](const std::string& json) { return read(status(R"("token":"t","expirationTimestamp":)" + json)); };
    const std::string good = "token=t until=2026-01-02T03:04:05Z";
    const std::string refused = decoding + "status.expirationTimestamp: not a time such as 2026-01-02T03:04:05Z";
    struct expiry { const char* json; std::string read; };
    const expiry rows[] = {
        // H71
        {R"("2026-01-02T03:04:05Z")", good},
        {R"("2026-01-02T12:04:05+09:00")", good},
        {R"("2026-01-01T21:34:05-05:30")", good},
        {R"("2026-01-02T03:04:05.9Z")", good},
        {R"("2026-01-02T03:04:05.123456789Z")", good},
        {R"("2026-01-02T12:04:05.5+09:00")", good},
        {R"("2000-01-01T00:00:00Z")", "token=t until=2000-01-01T00:00:00Z"},
        {R"("9999-12-31T23:59:59Z")", "token=t until=9999-12-31T23:59:59Z"},
        {R"("0001-01-01T00:00:01Z")", "token=t until=0001-01-01T00:00:01Z"},
        // H72
        {R"("")", refused},
        {R"("2026-01-02t03:04:05Z")", refused},
        {R"("2026-01-02T03:04:05z")", refused},
        {R"("2026-01-02 03:04:05Z")", refused},
        {R"("2026-01-02T03:04:05")", refused},
        {R"("2026-01-02T03:04:05+0900")", refused},
        {R"("2026-01-02T03:04Z")", refused},
        {R"("10000-01-01T00:00:00Z")", refused},
        {R"("1767323045")", refused},
        {R"("never")", refused},
        {R"("2026-13-02T03:04:05Z")", refused},
        {R"("2026-01-02T24:04:05Z")", refused},
        {R"("2026-01-02T03:04:60Z")", refused},
        {R"("2026-02-30T03:04:05Z")", refused},
        {R"("2026-01-02T03:04:05-24:00")", refused},
        {R"("2026-01-02T03:04:05,5Z")", refused},
        {R"("2026-01-02T3:04:05Z")", refused},
        {R"("2026-01-02T03:04:05.Z")", refused},
        {R"(" 2026-01-02T03:04:05Z")", refused},
        {"1767323045", decoding + "status.expirationTimestamp: expected string, got number"},
        // H73
        {"null", "token=t"},
        {R"("0001-01-01T00:00:00Z")", "token=t"},
        {R"("0001-01-01T09:00:00+09:00")", "token=t"},
        // H74
        {R"("2028-02-29T00:00:00Z")", "token=t until=2028-02-29T00:00:00Z"},
        {R"("2027-02-29T00:00:00Z")", refused},
    };
    for (const expiry& r : rows) {
        INFO(r.json);
        CHECK(expiring(r.json) == r.read);
    }
    CHECK(read(token("t")) == "token=t");  // H73
}

TEST_CASE("read_exec_credential: of several faults the one that client-go finds first is told") {
    check_rows({
        {"syntax before version", R"({"apiVersion":"x/v1",)", decoding + "incomplete JSON at byte 21"},
        {"version before types", R"({"apiVersion":"x/v1","status":5})",
         decoding + "no kind \"ExecCredential\" is registered for version \"x/v1\" (want kind \"ExecCredential\" of version \"" + v1 + "\")"},
        {"no version before types", R"({"status":5})",
         "EXEC-BAD-ANSWER exec plugin is configured to use API version " + v1 + ", plugin returned no apiVersion"},
        {"types before the request's version", R"({"apiVersion":")" + v1beta1 + R"(","status":{"token":5}})",
         decoding + "status.token: expected string, got number"},
        {"the expiry is among the types", R"({"apiVersion":")" + v1beta1 + R"(","status":{"expirationTimestamp":""}})",
         decoding + "status.expirationTimestamp: not a time such as 2026-01-02T03:04:05Z"},
        {"the request's version before the status", R"({"apiVersion":")" + v1beta1 + "\"}",
         "EXEC-BAD-ANSWER exec plugin is configured to use API version " + v1 + ", plugin returned version " + v1beta1},
        {"half of a pair before the token", status(R"("token":"a b","clientKeyData":"K")"), one_half},
    });
}
