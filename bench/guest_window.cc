// SPDX-License-Identifier: Apache-2.0
#include "bench/guest_window.h"

#include <fmt/format.h>

#include <fstream>

#include "base/result.h"

namespace lucarne::bench {

void writePixels(const std::string& path, surface::ConstFrame frame) {
  std::ofstream out(path, std::ios::binary);
  for (int y = 0; y < frame.size.height; ++y) {
    out.write(reinterpret_cast<const char*>(frame.row(y)), std::streamsize{frame.size.width} * 4);
  }
  if (!out.flush()) throw base::SetupError(fmt::format("cannot write {}", path));
}

surface::Stamp stampOf(int counter, const base::Clock& clock) {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(clock.now().time_since_epoch());
  return {static_cast<std::uint32_t>(counter), static_cast<std::uint64_t>(now.count())};
}

}  // namespace lucarne::bench
