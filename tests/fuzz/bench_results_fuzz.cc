// SPDX-License-Identifier: Apache-2.0
// A file of results: refused in words, or readable again after it has been written.
#include <cstdlib>
#include <string>

#include "base/result.h"
#include "bench/document.h"
#include "bench/results_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne;
  try {
    const bench::ResultFile file =
        bench::parseResults(std::string(reinterpret_cast<const char*>(data), size));
    bench::toDocument({file}, "", "");
    if (bench::parseResults(bench::toJson(file)).results.size() != file.results.size())
      std::abort();
  } catch (const base::UsageError&) {
    return 0;
  }
  return 0;
}
