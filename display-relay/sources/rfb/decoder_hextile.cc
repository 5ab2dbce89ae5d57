// SPDX-License-Identifier: Apache-2.0
// Hextile (RFC 6143, 7.7.4): tiles of 16x16, each raw or a background with small rectangles on it.
#include <algorithm>
#include <cstring>
#include <optional>

#include "display-relay/sources/rfb/decoder.h"

namespace lucarne::relay::rfb {

namespace {

using surface::Frame;
using surface::Pixel;
using surface::Rect;

constexpr int kTileSide = 16;
constexpr unsigned kRaw = 1;
constexpr unsigned kBackground = 2;
constexpr unsigned kForeground = 4;
constexpr unsigned kAnySubrects = 8;
constexpr unsigned kColoured = 16;

class HextileDecoder final : public RectDecoder {
 public:
  void begin(const Rect& rect) override {
    rect_ = rect;
    x_ = rect.x;
    y_ = rect.y;
    // A first tile must name its colours; one that does not gets black rather than what the
    // rectangle before happened to use.
    background_ = 0;
    foreground_ = 0;
  }

  base::Result<Step> take(base::Bytes available, Frame frame) override {
    std::size_t used = 0;
    while (y_ < rect_.bottom()) {
      const Rect tile{x_, y_, std::min(kTileSide, rect_.right() - x_),
                      std::min(kTileSide, rect_.bottom() - y_)};
      auto eaten = takeTile(available.subspan(used), tile, frame);
      if (!eaten) return base::Unexpected<base::Error>{eaten.error()};
      if (*eaten == 0) return Step{used, false};
      used += *eaten;
      x_ += kTileSide;
      if (x_ >= rect_.right()) {
        x_ = rect_.x;
        y_ += kTileSide;
      }
    }
    return Step{used, true};
  }

 private:
  /// Bytes of the tile, or 0 while it is not whole.
  base::Result<std::size_t> takeTile(base::Bytes bytes, const Rect& tile, Frame frame) {
    base::ByteReader reader(bytes);
    const unsigned kind = reader.u8();
    if (kind & kRaw) return takeRawTile(reader, bytes.size(), tile, frame);
    const Pixel background = kind & kBackground ? reader.u32() : background_;
    const Pixel foreground = kind & kForeground ? reader.u32() : foreground_;
    const unsigned count = kind & kAnySubrects ? reader.u8() : 0;
    const bool coloured = (kind & kColoured) != 0;
    const base::Bytes parts = reader.take(count * (coloured ? 6 : 2));
    if (!reader.ok()) return std::size_t{0};

    background_ = background;
    foreground_ = foreground;
    surface::fillPixels(frame, tile, background);
    base::ByteReader part(parts);
    for (unsigned i = 0; i < count; ++i) {
      const Pixel colour = coloured ? part.u32() : foreground;
      const unsigned place = part.u8();
      const unsigned size = part.u8();
      const Rect inside{static_cast<int>(place >> 4), static_cast<int>(place & 15),
                        static_cast<int>(size >> 4) + 1, static_cast<int>(size & 15) + 1};
      if (inside.right() > tile.width || inside.bottom() > tile.height) {
        return base::unexpected("Hextile: a part lies outside its tile");
      }
      surface::fillPixels(
          frame, {tile.x + inside.x, tile.y + inside.y, inside.width, inside.height}, colour);
    }
    return bytes.size() - reader.left();
  }

  base::Result<std::size_t> takeRawTile(base::ByteReader& reader, std::size_t available,
                                        const Rect& tile, Frame frame) {
    const std::size_t rowBytes = static_cast<std::size_t>(tile.width) * sizeof(Pixel);
    const base::Bytes pixels = reader.take(rowBytes * static_cast<std::size_t>(tile.height));
    if (!reader.ok()) return std::size_t{0};
    for (int line = 0; line < tile.height; ++line) {
      std::memcpy(frame.row(tile.y + line) + tile.x,
                  pixels.data() + rowBytes * static_cast<std::size_t>(line), rowBytes);
    }
    return available - reader.left();
  }

  Rect rect_;
  int x_ = 0;
  int y_ = 0;
  Pixel background_ = 0;
  Pixel foreground_ = 0;
};

}  // namespace

std::unique_ptr<RectDecoder> createHextileDecoder() { return std::make_unique<HextileDecoder>(); }

}  // namespace lucarne::relay::rfb
