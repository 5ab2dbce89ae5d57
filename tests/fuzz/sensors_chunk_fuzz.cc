// SPDX-License-Identifier: Apache-2.0
// A chunk of the history from a damaged database; what is accepted must pack to the same readings.
#include <cstdint>
#include <cstdlib>

#include "sensors/outlets/chunk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using lucarne::sensors::decodeChunk;
  using lucarne::sensors::encodeChunk;
  using lucarne::sensors::Point;
  const auto points = decodeChunk({data, size}, 0.1);
  if (!points) return 0;
  for (const Point& point : *points) {
    // Beyond this steps are no whole numbers of a double any more.
    if (point.value && !(*point.value > -1e14 && *point.value < 1e14)) return 0;
  }
  if (decodeChunk(encodeChunk(*points, 0.1), 0.1) != points) std::abort();
  return 0;
}
