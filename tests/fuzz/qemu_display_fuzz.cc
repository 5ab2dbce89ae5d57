// SPDX-License-Identifier: Apache-2.0
// The calls that QEMU makes on our listener, with arguments of its choice: a byte for the call,
// then its numbers, then its pixels.
#include <fcntl.h>
#include <unistd.h>

#include "display-relay/sources/qemu/display_listener.h"

using namespace lucarne;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  surface::Screen screen;
  relay::qemu::DisplayPainter painter(screen);
  base::ByteReader in(base::Bytes(data, size));
  while (in.ok() && in.left() > 0) {
    const std::uint8_t call = in.u8();
    const std::int32_t x = in.i32();
    const std::int32_t y = in.i32();
    // Small sides often enough that pictures come about.
    const auto side = [&in] { return in.u8() & 1 ? in.u32() : in.u32() % 64; };
    relay::UntrustedPicture picture{side(), side(), side(), in.u32(), {}};
    if (in.u8() & 1) picture.format = relay::kPixmanX8R8G8B8;
    const base::Bytes pixels = in.take(std::min<std::size_t>(in.u16(), in.left()));
    picture.pixels = pixels;
    switch (call % 7) {
      case 0:
        // Not slower than it must be: an acceptable size is allocated.
        if (picture.width < 1024 && picture.height < 1024) (void)painter.scanout(picture);
        break;
      case 1:
        (void)painter.update(x, y, picture);
        break;
      case 2: {
        auto memory = base::createMemfd("fuzz", 4096);
        const auto machine = base::UniqueFd::adopt(::dup(memory.get()));
        if ((y & 1) == 0) ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK);
        (void)painter.scanoutMemory(std::move(memory), static_cast<std::uint32_t>(x), picture);
        // Only what is not sealed is cut; updates may follow.
        if ((y & 2) != 0) (void)!::ftruncate(machine.get(), y & 0xfff);
        break;
      }
      case 3:
        (void)painter.updateMemory(x, y, picture.width, picture.height);
        break;
      case 5: {
        relay::qemu::UntrustedPlanes planes;
        planes.count = call >> 6;
        for (std::uint32_t i = 0; i < planes.count; ++i) {
          planes.buffers.push_back(base::createMemfd("fuzz", 4096));
        }
        planes.offsets.assign(planes.count, static_cast<std::uint32_t>(x));
        planes.strides.assign(planes.count, static_cast<std::uint32_t>(picture.strideBytes));
        planes.x = planes.y = static_cast<std::uint32_t>(y);
        planes.width = static_cast<std::uint32_t>(picture.width);
        planes.height = static_cast<std::uint32_t>(picture.height);
        planes.backingHeight = planes.height + planes.y;
        planes.fourcc = 0x34325258;
        planes.bottomUp = (x & 1) != 0;
        (void)painter.scanoutPlanes(std::move(planes));
        break;
      }
      case 4:
        (void)painter.defineCursor(picture.width, picture.height, x, y, pixels);
        break;
      default:
        painter.placeCursor(x, y, (y & 1) != 0);
    }
    (void)painter.takeIncomplete();
  }
  return 0;
}
