// SPDX-License-Identifier: Apache-2.0
// What a token costs in process: singly, in a batch, from threads, beside the SHA-256 compressions that can't be avoided.
#include <eksauth/presigner.hpp>
#include <eksauth/sigv4/presign.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

using std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::sys_seconds start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);
std::atomic<std::size_t> used = 0;  // so that no work is left out

/// Nanoseconds of one call: the least of many rounds, which a busy machine disturbs least.
template <class Work>
double nanoseconds(Work work) {
    constexpr int rounds = 2000, calls = 50;
    double least = 1e18;
    std::size_t bytes = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = steady_clock::now();
        for (int call = 0; call < calls; ++call) bytes += work(call);
        least = std::min(least, std::chrono::duration<double, std::nano>(steady_clock::now() - begin).count() / calls);
    }
    used += bytes;
    return least;
}

eksauth::credentials keys(std::size_t session_token_bytes = 0) {
    std::string session_token;
    while (session_token.size() < session_token_bytes) session_token += "IQoJb3JpZ2luX2VjE/a+";
    return {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
            .secret_access_key = credbase::secret_string("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            .session_token = credbase::secret_string(session_token)};
}

const eksauth::region where = eksauth::parse_region("ap-northeast-1").value();
std::string cluster = "prod-cluster-001";

std::size_t one_of_many(const eksauth::presigner& minting, int call) {
    cluster.back() = static_cast<char>('0' + call % 10);
    return minting.token(cluster, start + call * 1s)->text.size();
}

/// Tokens a microsecond that so many threads mint together with one presigner.
double rate(std::size_t threads) {
    constexpr int tokens = 200000;
    double best = 0;
    for (int round = 0; round < 5; ++round) {
        const eksauth::presigner minting(where, keys());
        std::vector<std::thread> all;
        const auto begin = steady_clock::now();
        for (std::size_t i = 0; i < threads; ++i)
            all.emplace_back([&] {
                std::size_t bytes = 0;
                for (int call = 0; call < tokens; ++call) bytes += minting.token("prod-cluster-001", start + call % 600 * 1s)->text.size();
                used += bytes;
            });
        for (std::thread& one : all) one.join();
        const double microseconds = std::chrono::duration<double, std::micro>(steady_clock::now() - begin).count();
        best = std::max(best, static_cast<double>(threads) * tokens / microseconds);
    }
    return best;
}

}  // namespace

int main() {
    const std::string blocks(std::size_t{6} * 64, 'x');
    eksauth::sha256_state hashing;
    const double six = nanoseconds([&](int) { return hashing.add(blocks), 0U; });
    std::printf("  %-50s %8.0f ns\n", "six compressions of SHA-256", six);
    const auto row = [&](const char* what, double ns) { std::printf("  %-50s %8.0f ns  %6.2f of six compressions\n", what, ns, ns / six); };

    const eksauth::presigner minting(where, keys()), with_session(where, keys(1000));
    eksauth::token_batch batch = *minting.batch(start);
    row("a token of a batch", nanoseconds([&](int call) {
            cluster.back() = static_cast<char>('0' + call % 10);
            return batch.mint(cluster)->size();
        }));
    row("a token of its own second", nanoseconds([&](int call) { return one_of_many(minting, call); }));
    row("the same with a session token of 1000 characters", nanoseconds([&](int call) { return one_of_many(with_session, call); }));
    row("a token with nothing kept before", nanoseconds([&](int call) { return one_of_many({where, keys()}, call); }));
    row("the same signature by the general form", nanoseconds([&](int call) {
            const std::string host = where.sts_host();
            return presign({.query = {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}}, .headers = {{"host", host}, {"x-k8s-aws-id", cluster}}},
                           keys(), {.at = start + call * 1s, .region = where.name, .service = "sts"}, 60s)
                ->query.size();
        }));

    const double alone = rate(1);
    std::printf("  one thread: %.2f tokens a microsecond\n", alone);
    const std::size_t processors = std::thread::hardware_concurrency();
    for (std::size_t threads = 2; threads <= std::max<std::size_t>(processors, 2); threads += std::max<std::size_t>(processors - 2, 1)) {
        const double together = rate(threads);
        std::printf("  %zu threads with one presigner: %.2f tokens a microsecond, %.2f of one thread's\n", threads, together, together / alone);
    }
    return used == 0;
}
