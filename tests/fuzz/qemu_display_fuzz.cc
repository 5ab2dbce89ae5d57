// SPDX-License-Identifier: Apache-2.0
// The calls that QEMU makes on our listener, with arguments of its choice: a byte for the call,
// then its numbers, then its pixels. Memfds stand in for dma-bufs, and a kiosk whose GPU reads them comes
// and goes.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "display-relay/sources/qemu/display_listener.h"

using namespace lucarne;

namespace {

// Checks what was promised to it, and reads as long as it is there.
struct Taker : surface::ScreenObserver {
  explicit Taker(surface::Screen& of) : screen(of) {}
  ~Taker() override {
    if (here) toggle();
  }
  void toggle() {
    here = !here;
    if (here) {
      screen.addObserver(*this);
      return;
    }
    screen.removeObserver(*this);
    reads.clear();
  }
  bool takesDmabuf(const surface::Dmabuf& dmabuf) override {
    return dmabuf.layout.format.modifier == 0;
  }
  void onDmabufDamage(const surface::Damage& damage, const surface::DmabufRead& read) override {
    if (!screen.dmabuf()) return;
    const surface::Dmabuf& dmabuf = *screen.dmabuf();
    if (!surface::checkDmabuf(dmabuf, sizeOf)) std::abort();
    if (dmabuf.layout.picture.size() != screen.size()) std::abort();
    for (const surface::Rect& r : damage.rects()) {
      if (!surface::Rect::of(screen.size()).contains(r)) std::abort();
    }
    if (reads.size() < 8) reads.push_back(read);
  }
  static base::Result<std::uint64_t> sizeOf(const base::UniqueFd& fd) {
    const off_t size = ::lseek(fd.get(), 0, SEEK_END);
    if (size < 0) return base::unexpected("no size");
    return static_cast<std::uint64_t>(size);
  }

  surface::Screen& screen;
  std::vector<surface::DmabufRead> reads;
  bool here = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  surface::Screen screen;
  Taker taker(screen);
  relay::qemu::DisplayPainter painter(screen, Taker::sizeOf);
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
        (void)painter.updateMemory(x, y, picture.width, picture.height,
                                   std::make_shared<const int>(x));
        (void)painter.paintDue();
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
        planes.modifier = planes.count > 1 ? 1 : 0;
        (void)painter.scanoutPlanes(std::move(planes));
        break;
      }
      case 4:
        (void)painter.defineCursor(picture.width, picture.height, x, y, pixels);
        break;
      default:
        if (x & 1) taker.toggle();
        painter.placeCursor(x, y, (y & 1) != 0);
    }
    (void)painter.takeIncomplete();
  }
  return 0;
}
