// SPDX-License-Identifier: Apache-2.0
// A whole world of eksauth in one input: what the environment, the files, the programs and the peers say, with planted secrets.
#pragma once

#include "json_text.hpp"
#include "parts.hpp"
#include "property.hpp"
#include "sts_reply.hpp"
#include "support/fakes.hpp"
#include "support/p256.hpp"
#include "uri.hpp"

#include <eksauth/context.hpp>

#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fuzz {

/// The parts of an input that describe a world:
///
/// `= env NAME`, `= file PATH`; `= http STATUS NAME:VALUE|NAME:VALUE`, the answer to the next request, or `= lost WORD` instead of
/// one; `= process EXITCODE`, what any program prints, and `= stderr`, what it says beside; `= now SECONDS`, `= fail STEP`, `= readonly`.
/// `%ECHO%` in answers and in what programs say is what they were told, secrets above all; `%KEY%` in files is a key on P-256.
class world {
public:
    explicit world(const std::vector<part>& parts) {
        values_.env["HOME"] = "/h";
        values_.files["/etc/ssl/certs/ca-certificates.crt"] = "";
        for (const part& one : parts) add(one);
        if (!values_.process) return;
        std::string told = values_.env.contains("HTTPS_PROXY") ? values_.env["HTTPS_PROXY"] + "\n" : "";
        for (const char* name : secret_variables) told += values_.env.contains(name) ? values_.env[name] + "\n" : "";
        values_.process->err = replaced(values_.process->err, "%ECHO%", told);
        if (const std::size_t size = values_.process->err.size(); size > 4096) values_.process->err.erase(0, size - 4096);
    }

    fake_world& values() { return values_; }

    /// Refers to this object. Holds each request to what no request may do.
    eksauth::context context() {
        eksauth::context made = values_.context();
        made.http = [answer = made.http](const eksauth::http_request& request) -> eksauth::result<eksauth::http_response> {
            hold_request(request);
            hold(request.secrets.empty() || request.scheme == "https" || is_near(request.host),
                 "a secret goes in clear text to nobody far", request.host);
            hold_line(request.shown());
            auto reply = answer(request);
            if (!reply) return reply;
            std::string told(request.body.reveal());
            for (const auto& header : request.headers) told.append(" ").append(header.value.reveal());
            for (auto& header : reply->headers) echo(header.value, told);
            if (reply->body.reveal().starts_with('<')) told = xml_escaped(told);
            if (reply->body.reveal().starts_with('{')) told = json_string(told).substr(1, json_string(told).size() - 2);
            echo(reply->body, told);
            return reply;
        };
        return made;
    }

private:
    static constexpr std::array<const char*, 4> secret_variables = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
                                                                    "AWS_CONTAINER_AUTHORIZATION_TOKEN"};

    static void echo(credbase::secret_string& text, std::string_view told) {
        text = credbase::secret_string(replaced(std::string(text.reveal()), "%ECHO%", told));
    }
    static long number(std::string_view text) {
        long value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }
    /// Behind each mark stands a secret, and nothing that is ever shown. What begins with a brace is no config file.
    static std::string with_secrets(std::string_view text, bool config_file = false) {
        if (config_file && !text.starts_with('{')) return plant(text, {"\naws_secret_access_key = ", "\naws_session_token = "});
        return plant(text, {"\"SecretAccessKey\":\"", "\"secretAccessKey\":\"", "\"Token\":\"", "\"SessionToken\":\"",
                            "\"sessionToken\":\"", "\"accessToken\":\"", "\"refreshToken\":\"", "\"clientSecret\":\"",
                            "<SecretAccessKey>", "<SessionToken>"});
    }

    void add(const part& one) {
        const std::string argument(one.argument);
        if (one.kind == "env") {
            std::string value(one.text);
            for (const char* name : secret_variables)
                if (argument == name && !value.empty()) value.insert(0, planted);
            const std::size_t at = value.rfind('@');
            if (credbase::same_but_case(argument, "https_proxy") && at != value.npos) value.insert(at, planted);
            values_.env[argument] = value.substr(0, value.find('\0'));
        } else if (one.kind == "file") {
            static const std::string key = replaced(sec1_pem(new_key()), "\n", "\\n");
            values_.files[argument] = replaced(with_secrets(one.text, true), "%KEY%", key);
            if (argument == "/token") values_.files[argument].insert(0, planted);
        } else if (one.kind == "http") {
            eksauth::http_response reply{.status = static_cast<int>(number(one.argument) % 1000), .body = {}};
            reply.body = credbase::secret_string(reply.status == 200 ? with_secrets(one.text) : std::string(one.text));
            for (std::string_view rest = one.argument; rest.find_first_of(" |") != rest.npos;) {
                rest.remove_prefix(rest.find_first_of(" |") + 1);
                const std::string_view header = rest.substr(0, rest.find('|'));
                const std::size_t colon = std::min(header.find(':'), header.size());
                const auto value = credbase::secret_string(header.substr(std::min(colon + 1, header.size())));
                reply.headers.push_back({std::string(header.substr(0, colon)), value});
            }
            values_.replies.push_back(std::move(reply));
        } else if (one.kind == "lost") {
            using namespace eksauth::errc;
            for (const auto code : {http_no_host, http_timeout, http_cut, http_tls, http_proxy, http_malformed, http_too_large,
                                    http_unreachable})
                if (code.word == one.argument) values_.replies.push_back(eksauth::error(code, "lost"));
        } else if (one.kind == "process" || one.kind == "stderr") {
            if (!values_.process) values_.process.emplace();
            if (one.kind == "stderr") {
                values_.process->err = one.text;
            } else {
                values_.process->exit_code = static_cast<int>(number(one.argument) % 256);
                values_.process->out = credbase::secret_string(with_secrets(one.text));
            }
        } else if (one.kind == "now") {
            values_.now = std::chrono::sys_seconds(std::chrono::seconds(number(one.argument) % 253402300800));
        } else if (one.kind == "fail") {
            values_.fail_at = static_cast<int>(number(one.argument) % 64);
        } else if (one.kind == "readonly") {
            values_.read_only = true;
        }
    }

    fake_world values_;
};

}  // namespace fuzz
