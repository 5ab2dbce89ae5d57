// SPDX-License-Identifier: Apache-2.0
// RRE (RFC 6143, 7.7.3): a background and coloured rectangles on it.
//
//   u32be count, u32le background, count × { u32le colour, u16be x, y, width, height }
#include <fmt/format.h>

#include "display-relay/sources/rfb/decoder.h"

namespace lucarne::relay::rfb {

namespace {

using surface::Frame;
using surface::Rect;

// Encoders do not paint a pixel twice. Twelve bytes that repaint a whole screen, over and over,
// would let a small line keep a processor busy.
constexpr std::int64_t kMaxCoverage = 16;
constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kSubrectBytes = 12;

class RreDecoder final : public RectDecoder {
 public:
  void begin(const Rect& rect) override {
    rect_ = rect;
    headerRead_ = false;
    painted_ = 0;
  }

  base::Result<Step> take(base::Bytes available, Frame frame) override {
    std::size_t used = 0;
    if (!headerRead_) {
      if (available.size() < kHeaderBytes) return Step{};
      base::ByteReader reader(available);
      left_ = reader.u32be();
      surface::fillPixels(frame, rect_, reader.u32());
      if (left_ > rect_.pixels()) {
        return base::unexpected(fmt::format("RRE: {} parts in a rectangle of {}x{}", left_,
                                            rect_.width, rect_.height));
      }
      headerRead_ = true;
      used = kHeaderBytes;
    }
    for (; left_ > 0 && available.size() - used >= kSubrectBytes; --left_) {
      if (auto painted = paintPart(available.subspan(used, kSubrectBytes), frame); !painted) {
        return base::Unexpected<base::Error>{painted.error()};
      }
      used += kSubrectBytes;
    }
    return Step{used, left_ == 0};
  }

 private:
  base::Result<void> paintPart(base::Bytes bytes, Frame frame) {
    base::ByteReader reader(bytes);
    const surface::Pixel colour = reader.u32();
    const int x = reader.u16be();
    const int y = reader.u16be();
    const int width = reader.u16be();
    const int height = reader.u16be();
    if (!Rect{0, 0, rect_.width, rect_.height}.contains(Rect{x, y, width, height})) {
      return base::unexpected("RRE: a part lies outside its rectangle");
    }
    painted_ += std::int64_t{width} * height;
    if (painted_ > kMaxCoverage * rect_.pixels()) {
      return base::unexpected("RRE: the parts cover their rectangle again and again");
    }
    surface::fillPixels(frame, {rect_.x + x, rect_.y + y, width, height}, colour);
    return {};
  }

  Rect rect_;
  bool headerRead_ = false;
  std::int64_t left_ = 0;
  std::int64_t painted_ = 0;
};

}  // namespace

std::unique_ptr<RectDecoder> createRreDecoder() { return std::make_unique<RreDecoder>(); }

}  // namespace lucarne::relay::rfb
