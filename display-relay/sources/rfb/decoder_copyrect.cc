// SPDX-License-Identifier: Apache-2.0
// CopyRect (RFC 6143, 7.7.2): the pixels are in the picture already, at another place.
#include <fmt/format.h>

#include "display-relay/sources/rfb/decoder.h"

namespace lucarne::relay::rfb {

namespace {

using surface::Frame;
using surface::Rect;

class CopyRectDecoder final : public RectDecoder {
 public:
  void begin(const Rect& rect) override { rect_ = rect; }

  base::Result<Step> take(base::Bytes available, Frame frame) override {
    base::ByteReader reader(available);
    const int x = reader.u16be();
    const int y = reader.u16be();
    if (!reader.ok()) return Step{};
    const Rect from{x, y, rect_.width, rect_.height};
    if (!Rect::of(frame.size).contains(from)) {
      return base::unexpected(
          fmt::format("the server copies from outside the screen: {}x{} at {},{} of {}x{}",
                      from.width, from.height, x, y, frame.size.width, frame.size.height));
    }
    surface::movePixels(frame, from, {rect_.x, rect_.y});
    return Step{4, true};
  }

 private:
  Rect rect_;
};

}  // namespace

std::unique_ptr<RectDecoder> createCopyRectDecoder() { return std::make_unique<CopyRectDecoder>(); }

}  // namespace lucarne::relay::rfb
