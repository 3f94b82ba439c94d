// SPDX-License-Identifier: Apache-2.0
// A hub that keeps a token for each of CLUSTERS clusters, in process: processor time of a quarter of an hour, and memory.
#include <credbase/secret_string.hpp>
#include <eksauth/presigner.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

double processor_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

double peak_megabytes() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_maxrss) / 1024;
}

}  // namespace

int main(int count, char** arguments) {
    const std::size_t clusters = count == 2 ? std::strtoul(arguments[1], nullptr, 10) : 0;
    if (clusters == 0) return std::fputs("usage: fleet CLUSTERS\n", stderr), 2;
    constexpr std::size_t refresh_seconds = 780, quarter_seconds = 900;  // a token is good for 14 minutes
    const eksauth::presigner minting(eksauth::parse_region("ap-northeast-1").value(),
                                     {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                      .secret_access_key = credbase::secret_string("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")});
    constexpr std::chrono::sys_seconds start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);
    std::vector<credbase::secret_string> tokens(clusters);
    const double before_seconds = processor_seconds(), before_megabytes = peak_megabytes();
    std::size_t next = 0, minted = 0;
    for (std::size_t second = 0; second < quarter_seconds; ++second) {
        auto batch = minting.batch(start + std::chrono::seconds(second)).value();
        for (; minted * refresh_seconds < clusters * (second + 1); ++minted, next = (next + 1) % clusters)
            tokens[next] = credbase::secret_string(batch.mint("cluster-" + std::to_string(next)).value());
    }
    std::printf("  %zu clusters: %zu tokens in a quarter of an hour, %.3f processor seconds, %.0f MB for the tokens\n", clusters, minted,
                processor_seconds() - before_seconds, peak_megabytes() - before_megabytes);
}
