// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/cached_key.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"

#include <chrono>
#include <memory>
#include <string>

using credplugin::detail::cached_key;
using credplugin::detail::cached_keys;

namespace {

struct waits final : credplugin::detail::credential_request {
    waits() : credential_request(nullptr, false) {}
    void start(std::shared_ptr<credplugin::detail::plugin_run>) override {}
    void finish(credplugin::result<credplugin::held_credential>) override {}
};

cached_key& use(cached_keys& keys, const std::string& text) { return keys.use(credbase::secret_string(text)); }

/// Which of the keys a to d there are.
std::string known(cached_keys& keys) {
    std::string all;
    for (const char* const text : {"a", "b", "c", "d"})
        if (keys.find(text) != nullptr) all += text;
    return all;
}

}  // namespace

TEST_CASE("cached key: one for each text, until it's dropped") {
    cached_keys keys(10, std::chrono::seconds(10));
    cached_key& a = use(keys, "a");
    CHECK(a.text->reveal() == "a");
    CHECK(&use(keys, "a") == &a);
    CHECK(&use(keys, "b") != &a);
    CHECK(keys.find("a") == &a);
    keys.drop(a);
    CHECK(known(keys) == "b");
}

TEST_CASE("cached key: H104 the least recently used idle ones make room for one that becomes idle") {
    cached_keys keys(2, std::chrono::seconds(10));
    cached_keys::list busy;
    cached_key& a = use(keys, "a");
    a.waiting.push_back(std::make_shared<waits>());
    keys.from_idle(a, busy);
    use(keys, "b");
    use(keys, "c");
    use(keys, "a");  // busy: stays where it is
    CHECK(busy.size() == 1);
    use(keys, "b");
    cached_key& d = use(keys, "d");
    keys.from_idle(d, busy);
    CHECK(busy.back() == &d);
    CHECK(known(keys) == "abcd");
    a.waiting.clear();
    keys.to_idle(a, busy);
    CHECK(known(keys) == "ad");  // c is the oldest, then b
    keys.to_idle(d, busy);
    CHECK(known(keys) == "ad");
    use(keys, "a");
    keys.from_idle(use(keys, "b"), busy);
    keys.to_idle(*busy.front(), busy);
    CHECK(known(keys) == "ab");
}
