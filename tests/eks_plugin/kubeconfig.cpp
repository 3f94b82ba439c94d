// SPDX-License-Identifier: Apache-2.0
#include "kubeconfig.hpp"

#include "support/catch_shim.hpp"

#include "command_table.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

using eks_plugin::convert_kubeconfig;

static constexpr std::string_view ours = "eks-aws-auth-plugin";

/// The users and what became of them, a line each; or the error.
static std::string outcome(std::string_view text, std::string_view command = ours) {
    const auto made = convert_kubeconfig(text, command);
    if (!made) return made.error().text();
    std::string out;
    for (const auto& user : made->users) {
        using enum eks_plugin::converted_user::outcome;
        out += user.name + (user.became == converted ? " + " : user.became == left ? " - " : " . ") + user.what + "\n";
    }
    return out;
}
/// The new text, or the error.
static std::string text_of(std::string_view text, std::string_view command = ours) {
    const auto made = convert_kubeconfig(text, command);
    return made ? std::string(made->text.reveal()) : made.error().text();
}

/// As `aws eks update-kubeconfig --role-arn ARN` writes it, with a profile; `command` and `version` are what may change.
static std::string by_aws(const std::string& command, const std::string& version) {
    return "apiVersion: v1\n"
           "clusters:\n"
           "- cluster:\n"
           "    certificate-authority-data: LS0tLS1CRUdJTg==\n"
           "    server: https://A0DCCD80A04F01705DD065655C30CC3D.yl4.us-west-2.eks.amazonaws.com\n"
           "  name: arn:aws:eks:us-west-2:123456789012:cluster/prod\n"
           "contexts:\n"
           "- context:\n"
           "    cluster: arn:aws:eks:us-west-2:123456789012:cluster/prod\n"
           "    user: arn:aws:eks:us-west-2:123456789012:cluster/prod\n"
           "  name: arn:aws:eks:us-west-2:123456789012:cluster/prod\n"
           "current-context: arn:aws:eks:us-west-2:123456789012:cluster/prod\n"
           "kind: Config\n"
           "preferences: {}\n"
           "users:\n"
           "- name: arn:aws:eks:us-west-2:123456789012:cluster/prod\n"
           "  user:\n"
           "    exec:\n"
           "      apiVersion: " + version + "\n"
           "      args:\n"
           "      - --region\n"
           "      - us-west-2\n"
           "      - eks\n"
           "      - get-token\n"
           "      - --cluster-name\n"
           "      - prod\n"
           "      - --output\n"
           "      - json\n"
           "      - --role\n"
           "      - arn:aws:iam::123456789012:role/hub\n"
           "      command: " + command + "\n"
           "      env:\n"
           "      - name: AWS_PROFILE\n"
           "        value: dev\n";
}

/// As aws-iam-authenticator's README has it.
static std::string by_authenticator(const std::string& command, const std::string& version) {
    return "# [...]\n"
           "users:\n"
           "- name: kubernetes-admin\n"
           "  user:\n"
           "    exec:\n"
           "      apiVersion: " + version + "\n"
           "      command: " + command + "\n"
           "      args:\n"
           "        - \"token\"\n"
           "        - \"-i\"\n"
           "        - \"prod\"\n"
           "        - \"-r\"\n"
           "        - \"arn:aws:iam::123456789012:role/hub\"\n"
           "  # no client certificate/key needed here!\n";
}

static const std::string v1 = "client.authentication.k8s.io/v1", beta = v1 + "beta1", alpha = v1 + "alpha1";

/// A user in one line; `args` is what is in the brackets.
static std::string user(const std::string& command, const std::string& args, const std::string& version = beta) {
    return "{name: u, user: {exec: {apiVersion: " + version + ", command: " + command + ", args: [" + args + "]}}}";
}
static std::string users(const std::string& command, const std::string& args, const std::string& version = beta) {
    return "users: [" + user(command, args, version) + "]\n";
}
static const std::string get_token = "eks, get-token, --cluster-name, prod", token = "token, -i, prod";

TEST_CASE("kubeconfig: what both programs write is converted, and no other byte") {
    for (const std::string& version : {beta, v1}) {
        CHECK(text_of(by_aws("aws", version)) == by_aws("eks-aws-auth-plugin", version));
        CHECK(text_of(by_authenticator("aws-iam-authenticator", version)) == by_authenticator("eks-aws-auth-plugin", version));
    }
    CHECK(text_of(by_aws("aws", alpha)) == by_aws("eks-aws-auth-plugin", beta));
    CHECK(text_of(by_authenticator("aws-iam-authenticator", alpha)) == by_authenticator("eks-aws-auth-plugin", beta));
    CHECK(outcome(by_aws("aws", beta)) == "arn:aws:eks:us-west-2:123456789012:cluster/prod + \"aws\" is now \"eks-aws-auth-plugin\"\n");
    CHECK(outcome(by_authenticator("aws-iam-authenticator", alpha)) ==
          "kubernetes-admin + \"aws-iam-authenticator\" is now \"eks-aws-auth-plugin\", v1alpha1 is now v1beta1\n");
    CHECK(outcome(by_aws("eks-aws-auth-plugin", beta)) ==
          "arn:aws:eks:us-west-2:123456789012:cluster/prod . has the exec plugin \"eks-aws-auth-plugin\"\n");
}

TEST_CASE("kubeconfig: a user for whom `token` would be refused is left as it is") {
    const auto with_info = [](const std::string& value) {
        return "users: [{name: u, user: {exec: {apiVersion: " + beta + ", command: aws, args: [" + get_token + "], provideClusterInfo: " + value + "}}}]\n";
    };
    CHECK(outcome(with_info("false")) == "u + \"aws\" is now \"eks-aws-auth-plugin\"\n");
    CHECK(text_of(with_info("true")) == with_info("true"));
    CHECK(outcome(with_info("true")).find(" its provideClusterInfo brings a cluster") != std::string::npos);
    CHECK(outcome(users("aws", "eks, get-token, --cluster-name, 'a b'")).find(" its cluster's name has a blank") != std::string::npos);
}

TEST_CASE("kubeconfig: the programs by their names, in any folder") {
    for (const char* aws : {"aws", "/usr/local/bin/aws", "./aws", "aws.exe", "'C:\\Program Files\\Amazon\\AWSCLIV2\\aws.exe'"})
        CHECK(text_of(users(aws, get_token)) == users(aws[0] == '\'' ? "'eks-aws-auth-plugin'" : "eks-aws-auth-plugin", get_token));
    for (const char* name : {"aws-iam-authenticator", "heptio-authenticator-aws", "/opt/aws-iam-authenticator", "aws-iam-authenticator.exe"})
        CHECK(text_of(users(name, token)) == users("eks-aws-auth-plugin", token));
    for (const char* other :
         {"aws2", "AWS", "aws-vault", "aws/", "sh", "gke-gcloud-auth-plugin", "eks-aws-auth-plugin", "aws-iam-authenticator-2"}) {
        CHECK(outcome(users(other, get_token)) == "u . has the exec plugin \"" + std::string(other) + "\"\n");
        CHECK(text_of(users(other, get_token)) == users(other, get_token));
    }
}

TEST_CASE("kubeconfig: a scalar keeps its quotes, and all around it stays") {
    struct row { std::string before, after; };
    const row rows[] = {
        {"'aws'", "'eks-aws-auth-plugin'"},
        {"\"aws\"", "\"eks-aws-auth-plugin\""},
        {"\"\\u0061ws\"", "\"eks-aws-auth-plugin\""},
        {"\"a\\\n  ws\"", "\"eks-aws-auth-plugin\""},
        {"   aws  ", "   eks-aws-auth-plugin  "},
    };
    for (const row& r : rows) CHECK(text_of(users(r.before, get_token)) == users(r.after, get_token));
    CHECK(text_of(users("aws", get_token, "'" + alpha + "'")) == users("eks-aws-auth-plugin", get_token, "'" + beta + "'"));

    const std::string json = R"({"kind":"Config","users":[{"name":"u\u00e9","user":{"exec":{"args":["token","-i","prod"],)"
                             R"("command":"aws-iam-authenticator",)";
    CHECK(text_of(json + "\n\t\"apiVersion\":\"" + alpha + "\"}}}]}") ==
          text_of(json + "\n\t\"apiVersion\":\"" + beta + "\"}}}]}"));
    CHECK(outcome(json + "\"apiVersion\":\"" + beta + "\"}}}]}") == "u\u00E9 + \"aws-iam-authenticator\" is now \"eks-aws-auth-plugin\"\n");
    CHECK(text_of(json + "\"apiVersion\":\"" + beta + "\"}}}]}").find(R"("command":"eks-aws-auth-plugin",)") != std::string::npos);

    const auto in_all = [](std::string text, const std::string& from, const std::string& to) {
        for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
        return text;
    };
    const auto crlf = [&](const std::string& text) { return in_all(text, "\n", "\r\n"); };
    CHECK(text_of(crlf(by_aws("aws # \u00FC \U0001F600", alpha))) == crlf(by_aws("eks-aws-auth-plugin # \u00FC \U0001F600", beta)));
    const auto foreign = [&](const std::string& text) { return "\xEF\xBB\xBF# \u20AC\u2028# \U0001F600\n" + in_all(text, "dev", "d\u00E9v"); };
    CHECK(text_of(foreign(by_aws("aws", alpha))) == foreign(by_aws("eks-aws-auth-plugin", beta)));
    CHECK(text_of("--- # one\n" + by_aws("aws", beta) + "...\n") == "--- # one\n" + by_aws("eks-aws-auth-plugin", beta) + "...\n");
}

TEST_CASE("kubeconfig: the new command is written so that it is read again") {
    struct row { std::string command, plain, in_double; };
    const row rows[] = {
        {"/opt/eks-aws-auth-plugin", "/opt/eks-aws-auth-plugin", "\"/opt/eks-aws-auth-plugin\""},
        {"./plugin", "'./plugin'", "\"./plugin\""},
        {"on", "'on'", "\"on\""},
        {"Null", "'Null'", "\"Null\""},
        {"8", "'8'", "\"8\""},
        {"/o'brien/a: #{}[],&*", "'/o''brien/a: #{}[],&*'", "\"/o'brien/a: #{}[],&*\""},
        {"C:\\a \"b\"", "'C:\\a \"b\"'", "\"C:\\\\a \\\"b\\\"\""},
        {"/home/jos\u00E9/\U0001F600", "'/home/jos\u00E9/\U0001F600'", "\"/home/jos\u00E9/\U0001F600\""},
    };
    for (const row& r : rows) {
        INFO(r.command);
        CHECK(text_of(users("aws", get_token), r.command) == users(r.plain, get_token));
        CHECK(text_of(users("\"aws\"", get_token), r.command) == users(r.in_double, get_token));
        for (const std::string old : {"aws", "\"aws\"", "'aws'"})
            CHECK(outcome(text_of(users(old, get_token), r.command)) == "u . has the exec plugin " + credbase::quoted(r.command) + "\n");
    }
    for (const char* bad : {"", "a\nb", "a\x7F", "a\u0085", "a\u2028", "\uFEFF" "a", "a\xFF", "\uFFFF"})
        CHECK(text_of("", bad) == "the command must be a text without control characters, got " + credbase::quoted(bad));
}

TEST_CASE("kubeconfig: arguments that the token command takes too, and those that it doesn't") {
    const std::string ok = "+ ", beside = " - its argument ", not_get_token = " - its arguments are not those of `aws eks get-token`",
                      not_token = " - its arguments are not `token` and options behind it", no_cluster = " - its arguments name no cluster";
    struct row { std::string command, args, became; };
    const row rows[] = {
        {"aws", "--region, eu-west-1, eks, get-token, --cluster-name, prod", ok},
        {"aws", "--region, eu-west-1, eks, get-token, --cluster-name, prod, --output, json, --role, 'arn:aws:iam::1:role/r'", ok},
        {"aws", "--region=eu-west-1, --profile, dev, eks, get-token, --cluster-id=prod, --role-arn=r, --output=json, --session-name, s", ok},
        {"aws", "eks, get-token, --cluster-name, prod, --debug", beside + "\"--debug\": is none that this program takes"},
        {"aws", "eks, get-token, --cluster-name, prod, '--endpoint-url=https://hush'",
         beside + "\"--endpoint-url\": is none that this program takes"},
        {"aws", "eks, get-token, --cluster-name, prod, -f", beside + "\"-f\": is none that this program takes"},
        {"aws", "eks, get-token, --cluster-name, prod, --output, text", beside + "\"--output\": asks for another format than json"},
        {"aws", "eks, get-token, --cluster-name, prod, --output=yaml", beside + "\"--output\": asks for another format than json"},
        {"aws", "eks, get-token, --cluster-name, prod, --cluster-id, q",
         beside + "\"--cluster-id\": is given twice, under this or another name"},
        {"aws", "eks, get-token, --role, a, --cluster-name, prod, --role-arn, a",
         beside + "\"--role-arn\": is given twice, under this or another name"},
        {"aws", "eks, get-token, --cluster-name", beside + "\"--cluster-name\": lacks its value"},
        {"aws", "eks, get-token, --cluster-name, --region, r", beside + "\"--cluster-name\": lacks its value"},
        {"aws", "eks, get-token, --cluster-name=", beside + "\"--cluster-name\": lacks its value"},
        {"aws", "eks, get-token, '', --cluster-name, prod", not_get_token},
        {"aws", "eks, --region, r, get-token, --cluster-name, prod", not_get_token},
        {"aws", "eks, get-token, now, --cluster-name, prod", not_get_token},
        {"aws", "token, -i, prod", not_get_token},
        {"aws", "eks, update-kubeconfig, --cluster-name, prod", not_get_token},
        {"aws", "", not_get_token},
        {"aws", "eks, get-token", no_cluster},
        {"aws", "eks, get-token, --, prod", beside + "\"--\": is none that this program takes"},
        {"aws", "eks, get-token, -", beside + "\"-\": is none that this program takes"},
        {"aws-iam-authenticator", "token, -i, prod", ok},
        {"aws-iam-authenticator", "token, --cluster-id, prod, --role, r, --region, eu-west-1, --session-name, s, --external-id, x, --cache", ok},
        {"aws-iam-authenticator", "token, -iprod, -r=r, -s, s, -e, x", ok},
        {"aws-iam-authenticator", "token, --cache, -i, prod", ok},
        {"aws-iam-authenticator", "token, --cache=false, -i, prod", beside + "\"--cache\": has a value"},
        {"aws-iam-authenticator", "token, -i, prod, --token-only", beside + "\"--token-only\": is none that this program takes"},
        {"aws-iam-authenticator", "token, -i, prod, --forward-session-name",
         beside + "\"--forward-session-name\": is none that this program takes"},
        {"aws-iam-authenticator", "token, -i, prod, -c, /etc/a.yaml", beside + "\"-c\": is none that this program takes"},
        {"aws-iam-authenticator", "token, -i, prod, -r", beside + "\"-r\": lacks its value"},
        {"aws-iam-authenticator", "-i, prod, token", not_token},
        {"aws-iam-authenticator", "token, -i, prod, more", not_token},
        {"aws-iam-authenticator", "verify, -i, prod", not_token},
        {"aws-iam-authenticator", "eks, get-token, --cluster-name, prod", not_token},
        {"aws-iam-authenticator", "token", no_cluster},
    };
    for (const row& r : rows) {
        INFO(r.command << " " << r.args);
        const std::string text = users(r.command, r.args);
        const bool converted = r.became == ok;
        CHECK(outcome(text) == "u" + (converted ? " + \"" + r.command + "\" is now \"eks-aws-auth-plugin\"" : r.became) + "\n");
        CHECK(text_of(text) == (converted ? users("eks-aws-auth-plugin", r.args) : text));
    }
}

TEST_CASE("kubeconfig: each argument of the table is the token command's own") {
    for (const eks_plugin::peer_argument& peer : eks_plugin::peer_arguments) {
        INFO(peer.name);
        std::vector<eks_plugin::option_row> rows(eks_plugin::token_options.begin(), eks_plugin::token_options.end());
        rows.insert(rows.end(), eks_plugin::run_options.begin(), eks_plugin::run_options.end());
        const auto has = [](const eks_plugin::option_row& row, std::string_view name) {
            return ("," + std::string(row.names) + ",").find("," + std::string(name) + ",") != std::string::npos;
        };
        const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return has(row, peer.name); });
        REQUIRE(found != rows.end());
        CHECK(has(*found, peer.option));
        CHECK((peer.takes_value ? !found->value.empty() : found->may_be_alone()));
    }
}

TEST_CASE("kubeconfig: a role from aws-iam-authenticator's own variable is not lost") {
    const auto with = [](const std::string& command, const std::string& args, const std::string& env) {
        return "users: [{name: u, user: {exec: {apiVersion: " + beta + ", command: " + command + ", args: [" + args + "], env: " + env + "}}}]";
    };
    const std::string role = "[{name: A, value: b}, {name: DEFAULT_ROLE, value: r}]";
    CHECK(outcome(with("aws-iam-authenticator", token, role)) ==
          "u - its variable DEFAULT_ROLE is none that this program reads; give the role as an argument, -r ROLE\n");
    CHECK(outcome(with("aws-iam-authenticator", token + ", -r, s", role)) == "u + \"aws-iam-authenticator\" is now \"eks-aws-auth-plugin\"\n");
    CHECK(outcome(with("aws", get_token, role)) == "u + \"aws\" is now \"eks-aws-auth-plugin\"\n");
    CHECK(outcome(with("aws-iam-authenticator", token, "null")) == "u + \"aws-iam-authenticator\" is now \"eks-aws-auth-plugin\"\n");
}

TEST_CASE("kubeconfig: a user whose program is another, or has another apiVersion, is left") {
    const std::string one_of = ", which is none of client.authentication.k8s.io/v1alpha1, v1beta1 and v1\n";
    struct row { std::string user, became; };
    const row rows[] = {
        {"{name: u}", "u . has no exec plugin\n"},
        {"{name: u, user: null}", "u . has no exec plugin\n"},
        {"{name: u, user: {token: hush}}", "u . has no exec plugin\n"},
        {"{name: u, user: {exec: ~, token: hush}}", "u . has no exec plugin\n"},
        {"{user: {exec: {}}}", " . has the exec plugin \"\"\n"},
        {user("aws", get_token, v1 + "beta2"), "u - its exec apiVersion is \"" + v1 + "beta2\"" + one_of},
        {user("aws", get_token, "v1"), "u - its exec apiVersion is \"v1\"" + one_of},
        {"{name: u, user: {exec: {command: aws, args: [" + get_token + "]}}}", "u - its exec apiVersion is \"\"" + one_of},
    };
    for (const row& r : rows) {
        INFO(r.user);
        CHECK(outcome("users: [" + r.user + "]") == r.became);
        CHECK(text_of("users: [" + r.user + "]") == "users: [" + r.user + "]");
        // Others of the same file are converted.
        CHECK(text_of("users: [" + user("aws", get_token, alpha) + ", " + r.user + "]") ==
              "users: [" + user("eks-aws-auth-plugin", get_token) + ", " + r.user + "]");
    }
}

TEST_CASE("kubeconfig: what can't be changed alone is left") {
    const std::string lead = "u - line ", shared = "an alias has it used elsewhere too; write it out there\n",
                      own = "it has an anchor, a tag or lines of its own; write it without\n";
    const auto exec = [](const std::string& command) {
        return "\n    exec:\n      apiVersion: " + beta + "\n      args: [" + get_token + "]\n      command: " + command + "\n";
    };
    struct row { std::string text, became; };
    const row rows[] = {
        {"users:\n- name: u\n  user:" + exec("&c aws"), lead + "7: " + own},
        {"users:\n- name: u\n  user:" + exec("!!str aws"), lead + "7: " + own},
        {"users:\n- name: u\n  user:" + exec("|-\n        aws"), lead + "7: " + own},
        {"users:\n- name: u\n  user:" + exec(">-\n        aws"), lead + "7: " + own},
        {"x: &c aws\nusers:\n- name: u\n  user:" + exec("*c"), lead + "1: " + shared},
        {"users:\n- name: u\n  user:" + exec("&c aws") + "x: *c\n", lead + "7: " + shared},
        {"users:\n- name: u\n  user: &u" + exec("aws") + "- name: u\n  user: *u\n", lead + "7: " + shared + lead + "7: " + shared},
        {"users:\n- &i\n  name: u\n  user:" + exec("aws") + "- *i\n", lead + "8: " + shared + lead + "8: " + shared},
        {"x: &l\n- name: u\n  user:" + exec("aws") + "users: *l\n", lead + "7: " + shared},
        {"&r\nusers:\n- name: u\n  user:" + exec("aws") + "x: *r\n", lead + "8: " + shared},
        {"v: &v " + alpha + "\n" + users("aws", get_token, "*v"), lead + "1: " + shared},
    };
    for (const row& r : rows) {
        INFO(r.text);
        CHECK(outcome(r.text) == r.became);
        CHECK(text_of(r.text) == r.text);
    }
    // What isn't changed may be shared, and have anchors.
    const std::string common = "a: &a [" + get_token + "]\nv: &v " + beta +
                               "\nc: &c prod\nusers:\n- &u {name: &n u, user: &w {exec: &e {apiVersion: *v, args: *a, command: ";
    CHECK(text_of(common + "aws}}}\n") == common + "eks-aws-auth-plugin}}}\n");
    CHECK(outcome("c: &c prod\n" + users("aws", "eks, get-token, --cluster-name, *c")) == "u + \"aws\" is now \"eks-aws-auth-plugin\"\n");
}

TEST_CASE("kubeconfig: a file that isn't one, or that can be read in two ways, is refused") {
    struct row { std::string text, why; };
    const row rows[] = {
        {"- a\n", "line 1: the kubeconfig is no mapping"},
        {"aws\n", "line 1: the kubeconfig is no mapping"},
        {"users: {}\n", "line 1: users is no sequence"},
        {"users: [a]\n", "line 1: a user is no mapping"},
        {"users:\n- user: a\n", "line 2: user is no mapping"},
        {"users:\n- user:\n    exec: [a]\n", "line 3: exec is no mapping"},
        {"users: [{name: [a]}]\n", "line 1: name is no text"},
        {"users: [{user: {exec: {command: [aws]}}}]\n", "line 1: command is no text"},
        {"users: [{user: {exec: {command: aws, apiVersion: {}}}}]\n", "line 1: apiVersion is no text"},
        {"users: [{user: {exec: {command: aws, apiVersion: " + v1 + ", args: eks}}}]\n", "line 1: args is no sequence"},
        {users("aws", "[eks]"), "line 1: an argument is no text"},
        {"users: []\nkind: Config\nusers: []\n", "line 3: the kubeconfig has the key \"users\" twice"},
        {"users:\n- name: a\n  'name': b\n", "line 3: a user has the key \"name\" twice"},
        {"users:\n- user:\n    exec: {}\n    exec: {}\n", "line 4: user has the key \"exec\" twice"},
        {"users:\n- user:\n    exec:\n      command: aws\n      command: sh\n", "line 5: exec has the key \"command\" twice"},
        {"b: &b {command: aws}\nusers:\n- user:\n    exec:\n      <<: *b\n", "line 5: exec takes keys from elsewhere (<<); write them out"},
        {"? [a]\n: b\n", "line 1: the kubeconfig has a key that is no text"},
        {"users: []\n---\nusers: []\n", "line 2: a second document begins; a kubeconfig has one"},
        {"users: [\n", "line 2: did not find expected node content"},
    };
    for (const row& r : rows) {
        INFO(r.text);
        CHECK(text_of(r.text) == r.why);
    }
    CHECK(text_of(std::string((16U << 20U) + 1, ' ')) == "larger than 16777216 bytes");
}

TEST_CASE("kubeconfig: one without users is as it was") {
    for (const std::string text : {"", "# nothing\n", "~\n", "{}", "kind: Config\nusers:\n", "users: null\n", "users: []"}) {
        CHECK(outcome(text).empty());
        CHECK(text_of(text) == text);
    }
}

TEST_CASE("kubeconfig: a second conversion changes nothing, whatever the number of users") {
    std::string before = "users:\n", after = before;
    for (int i = 0; i < 200; ++i) {
        const bool aws = i % 2 == 0;
        const std::string args = aws ? get_token : token, end = " # \u00E9\n";
        before += "- " + user(aws ? "aws" : "'/bin/aws-iam-authenticator'", args, i % 3 == 0 ? alpha : beta) + end;
        after += "- " + user(aws ? "eks-aws-auth-plugin" : "'eks-aws-auth-plugin'", args) + end;
    }
    CHECK(text_of(before) == after);
    CHECK(text_of(after) == after);
}
