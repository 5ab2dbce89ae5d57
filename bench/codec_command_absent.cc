// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"
#include "bench/codec_command.h"

namespace lucarne::bench {

int runCodecBench(std::vector<std::string>) {
  throw base::SetupError("lucarne-bench was built without Google Benchmark (libbenchmark-dev)");
}

}  // namespace lucarne::bench
