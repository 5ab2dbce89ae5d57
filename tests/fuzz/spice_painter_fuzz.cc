// SPDX-License-Identifier: Apache-2.0
// What a SPICE server can make the library tell us, with numbers of its choice: surfaces, changes,
// monitors, pointers, dma-bufs.
#include <algorithm>

#include "display-relay/sources/spice/painter.h"

using namespace lucarne;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  surface::Screen screen;
  relay::spice::Painter painter(screen);
  base::ByteReader in(base::Bytes(data, size));
  while (in.ok() && in.left() > 0) {
    const std::uint8_t call = in.u8();
    const std::int32_t x = in.i32();
    const std::int32_t y = in.i32();
    // Small sides often enough that pictures come about.
    const auto side = [&in]() -> std::int32_t { return in.u8() & 1 ? in.i32() : in.u8() % 64; };
    const std::int32_t width = side();
    const std::int32_t height = side();
    const std::int32_t stride = side();
    const int format = in.u8();
    const base::Bytes pixels = in.take(std::min<std::size_t>(in.u16(), in.left()));
    switch (call % 8) {
      case 0:
        painter.invalidate(x, y, width, height);
        break;
      case 1:
        painter.setMonitor(x, y, width, height);
        break;
      case 2:
        painter.unsetMonitor();
        break;
      case 3:
        painter.invalidateAll();
        [[fallthrough]];
      case 4:
        (void)painter.paint({width, height, stride, relay::spice::pixmanOf(format), pixels});
        break;
      case 5: {
        // The library has as many pixels as it says.
        const std::size_t count = pixels.size() / 4;
        if (width > 0 && height > 0 &&
            std::int64_t{width} * height > static_cast<std::int64_t>(count))
          break;
        (void)painter.setCursor(width, height, x, y, pixels.data());
        break;
      }
      case 6:
        painter.moveCursor(x, y);
        break;
      default:
        (void)painter.scanout(base::createMemfd("fuzz", 4096), 0x34325258, (x & 1) != 0, width,
                              height, stride);
        (void)painter.paintShared();
    }
  }
  return 0;
}
