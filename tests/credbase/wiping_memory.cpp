// SPDX-License-Identifier: Apache-2.0
#include <credbase/wiping_memory.hpp>

#include "support/catch_shim.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>

TEST_CASE("wiping memory: a value of any size is written as Boost.JSON writes it") {
    boost::json::array many(credbase::wiping_storage());
    for (int i = 0; i < 1000; ++i) many.emplace_back(boost::json::object{{"name", std::string(static_cast<std::size_t>(i % 50), 'x')}, {"n", i}});
    for (const boost::json::value& value : {boost::json::value(many), boost::json::value("a\n\"b\""), boost::json::value(nullptr)}) {
        const bool same = credbase::serialize_secret(value).reveal() == boost::json::serialize(value);
        CHECK(same);
    }
}

TEST_CASE("wiping memory: what is parsed into it stays in it, copies included") {
    const boost::json::value wiped = boost::json::parse(R"({"a":["a text that is longer than what fits into a value"]})", credbase::wiping_storage());
    const boost::json::value copy(wiped), elsewhere = boost::json::parse("{}");
    CHECK(*wiped.at("a").storage() == *credbase::wiping_storage());
    CHECK(*copy.at("a").storage() == *credbase::wiping_storage());
    CHECK_FALSE(*elsewhere.storage() == *credbase::wiping_storage());
}
