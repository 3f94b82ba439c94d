// SPDX-License-Identifier: Apache-2.0
#include <eksauth/cache/kept_entry.hpp>

#include "eksauth/outcomes.hpp"
#include "support/catch_shim.hpp"
#include "support/fakes.hpp"

#include <chrono>
#include <string>
#include <utility>

using std::chrono::seconds;

static eksauth::kept_entry example() {
    return {.key = "k1",
            .inputs = {{"env AWS_ROLE_ARN", "0123"}, {"file /var/run/\"token\"", "absent"}},
            .keys = {.access_key_id = "ASIAKEPT", .secret_access_key = credbase::secret_string(hush_secret),
                     .session_token = credbase::secret_string(hush_token), .expires = example_time + seconds(3600), .source = "web identity"},
            .made = example_time, .renew = example_time + seconds(2400)};
}

TEST_CASE("kept entry: what is written is read") {
    const auto text = write_kept_entry(example());
    const auto read = eksauth::read_kept_entry(text.reveal(), "k1");
    REQUIRE(read.has_value());
    CHECK(read->key == "k1");
    CHECK(read->inputs == example().inputs);
    CHECK(read->keys.access_key_id == "ASIAKEPT");
    CHECK((read->keys.secret_access_key.reveal() == hush_secret && read->keys.session_token.reveal() == hush_token));
    CHECK(read->keys.expires == example().keys.expires);
    CHECK(read->keys.source == "web identity");
    CHECK(read->made == example().made);
    CHECK(read->renew == example().renew);
}

TEST_CASE("kept entry: whatever is not whole, well-formed and of that key is none") {
    const std::string text(write_kept_entry(example()).reveal());
    CHECK_FALSE(eksauth::read_kept_entry(text, "k2").has_value());
    CHECK_FALSE(eksauth::read_kept_entry("", "k1").has_value());
    CHECK_FALSE(eksauth::read_kept_entry("[]", "k1").has_value());
    for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(eksauth::read_kept_entry(text.substr(0, size), "k1").has_value());
    struct row { std::string from, to; };
    const row rows[] = {
        {"eksauth credentials, 1", "eksauth credentials, 2"}, {"\"Format\"", "\"Other\""}, {"\"Inputs\":{", "\"Inputs\":3,\"x\":{"},
        {"\"0123\"", "123"}, {"\"Made\"", "\"Unmade\""}, {"\"Renew\":\"2026", "\"Renew\":\"yesterday"}, {"ASIAKEPT", "ASIA KEPT"},
        {"\"SecretAccessKey\"", "\"Secret\""}, {"\"Token\":\"", "\"Token\":\"\",\"Other\":\""}, {"\"Expiration\"", "\"End\""},
        {"\"Expiration\":\"2026", "\"Expiration\":\"26"}, {"\"Key\":\"k1\"", "\"Key\":1"},
    };
    for (const row& r : rows) {
        INFO(r.to);
        std::string changed = text;
        REQUIRE(changed.find(r.from) != changed.npos);
        changed.replace(changed.find(r.from), r.from.size(), r.to);
        CHECK_FALSE(eksauth::read_kept_entry(changed, "k1").has_value());
    }
}

TEST_CASE("kept entry: it is of use for more than another minute, and not before it was made") {
    const auto entry = example();
    CHECK_FALSE(entry.usable(example_time - seconds(1)));
    CHECK(entry.usable(example_time));
    CHECK(entry.usable(example_time + seconds(3539)));
    CHECK_FALSE(entry.usable(example_time + seconds(3540)));
}
