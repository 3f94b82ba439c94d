// SPDX-License-Identifier: Apache-2.0
#include <credplugin/host/exec_config.hpp>  // first: proves that it stands alone

#include "support/catch_shim.hpp"
#include "support/host_fakes.hpp"

#include <credplugin/host/run_plugin.hpp>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

// Memory is allocated here, with its size in front, so that each block can be looked at in the moment when it is freed.
constexpr std::size_t front = alignof(std::max_align_t);
int secrets_freed = 0;

void look_and_free(void* block) noexcept {
    if (block == nullptr) return;
    char* const start = static_cast<char*>(block) - front;
    const std::string_view content(static_cast<char*>(block), *reinterpret_cast<std::size_t*>(start));
    if (content.find("unter2-") != content.npos) ++secrets_freed;  // a moved short text loses its first byte
    std::free(start);
}

}  // namespace

void* operator new(std::size_t size) {
    void* const start = std::calloc(1, front + size);
    if (start == nullptr) throw std::bad_alloc();
    *static_cast<std::size_t*>(start) = size;
    return static_cast<char*>(start) + front;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return ::operator new(size); }
void* operator new[](std::size_t size) { return ::operator new(size); }
void operator delete(void* block) noexcept { look_and_free(block); }
void operator delete(void* block, std::size_t) noexcept { look_and_free(block); }
void operator delete[](void* block) noexcept { look_and_free(block); }
void operator delete[](void* block, std::size_t) noexcept { look_and_free(block); }

using namespace credplugin;

namespace {

const std::string long_value = "hunter2-" + std::string(40, 'x'), short_value = "hunter2-";

/// How many blocks are freed with a secret in them while `act` runs.
template <class Act>
int freed_by(Act act) {
    secrets_freed = 0;
    act();
    return secrets_freed;
}

}  // namespace

TEST_CASE("exec_config: the inspection of freed blocks sees what isn't wiped, short or long") {
    CHECK(freed_by([] { const std::string text = long_value; }) == 1);
    CHECK(freed_by([] { const std::vector<std::string> texts{short_value}; }) == 1);
}

TEST_CASE("exec_config: no value of a variable stays in memory that was given back") {
    CHECK(freed_by([] {
              std::vector<environment_variable> some{{"A", long_value}};
              some.push_back({"B", short_value});  // the first one moves
              std::vector<environment_variable> others = some;
              others.erase(others.begin());
              some = std::move(others);
          }) == 0);
}

TEST_CASE("exec_config: neither the values of variables nor a proxy's password stay behind after a run") {
    plugin_call call{.exec = {.name = "eks", .command = "eks", .provide_cluster_info = true}, .cluster = {}};
    call.exec.environment = {{"A", long_value}, {"B", short_value}, {"C", ""}};
    call.cluster.proxy_url = credbase::secret_string("http://u:" + long_value + "@proxy");
    fake_host host;
    host_context ctx = host.context();
    std::size_t given = 0;
    ctx.run_process = [&](const credbase::process_request& request) {
        for (const auto& change : request.environment) given += change.value->find("hunter2-") != std::string::npos;
        return credbase::process_output{.exit_code = 1};
    };
    CHECK(freed_by([&] { (void)run_plugin(ctx, call); }) == 0);
    CHECK(given == 3);
}
