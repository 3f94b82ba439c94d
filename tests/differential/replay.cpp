// SPDX-License-Identifier: Apache-2.0
// Runs the plugin in worlds that other programs describe: a JSON object a line in, its outcome a line out.
//
//   in:  {"env": {NAME: VALUE}, "files": {PATH: TEXT}, "now": EPOCH, "exec_info": TEXT or null, "args": [TEXT]}
//   out: {"code": EXIT CODE, "out": STDOUT, "err": STDERR}
#include "commands.hpp"
#include "support/fakes.hpp"

#include <boost/json.hpp>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const boost::json::value input = boost::json::parse(line);
        fake_world world;
        fake_process process;
        world.now = process.now = std::chrono::sys_seconds(std::chrono::seconds(input.at("now").as_int64()));
        for (const auto& [name, value] : input.at("env").as_object()) world.env[name] = value.as_string();
        for (const auto& [path, text] : input.at("files").as_object()) world.files[path] = text.as_string();
        process.env = world.env;
        if (const auto& info = input.at("exec_info"); info.is_string()) process.env[credplugin::exec_info_variable] = info.as_string();
        std::vector<std::string_view> arguments;
        if (const auto* args = input.as_object().if_contains("args"))
            for (const auto& one : args->as_array()) arguments.push_back(one.as_string());

        const int code = credplugin::run(eks_plugin::make_plugin({.aws = world.context(), .version = "test"}), process.context(), arguments);
        std::cout << boost::json::object{{"code", code}, {"out", process.out}, {"err", process.err}} << std::endl;
    }
}
