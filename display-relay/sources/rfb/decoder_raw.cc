// SPDX-License-Identifier: Apache-2.0
// Raw (RFC 6143, 7.7.1): the pixels, row by row, in the format of our own pictures.
//
// What sits in the input buffer already is copied; the rest is read by the kernel straight into
// the picture's rows.
#include <algorithm>
#include <cstring>

#include "display-relay/sources/rfb/decoder.h"

namespace lucarne::relay::rfb {

namespace {

using surface::Frame;
using surface::Rect;

class RawDecoder final : public RectDecoder {
 public:
  void begin(const Rect& rect) override {
    rect_ = rect;
    rowBytes_ = static_cast<std::size_t>(rect.width) * sizeof(surface::Pixel);
    position_ = 0;
  }

  base::Result<Step> take(base::Bytes available, Frame frame) override {
    std::size_t used = 0;
    while (left() > 0 && used < available.size()) {
      const std::size_t offset = position_ % rowBytes_;
      const std::size_t part = std::min(available.size() - used, rowBytes_ - offset);
      std::memcpy(rowStart(frame) + offset, available.data() + used, part);
      used += part;
      position_ += part;
    }
    return Step{used, left() == 0};
  }

  std::size_t direct(Frame frame, std::size_t maxPieces, std::vector<iovec>& pieces) override {
    // Rows that touch in memory are one piece.
    if (rowBytes_ == static_cast<std::size_t>(frame.strideBytes) && maxPieces > 0 && left() > 0) {
      pieces.push_back({rowStart(frame) + position_ % rowBytes_, left()});
      return left();
    }
    std::size_t total = 0;
    for (std::size_t at = position_; total < left() && maxPieces > 0; --maxPieces) {
      const std::size_t offset = at % rowBytes_;
      std::uint8_t* row = bytesOf(frame, static_cast<int>(at / rowBytes_));
      pieces.push_back({row + offset, rowBytes_ - offset});
      total += rowBytes_ - offset;
      at += rowBytes_ - offset;
    }
    return total;
  }

  bool landed(std::size_t bytes) override {
    position_ += bytes;
    return left() == 0;
  }

 private:
  std::size_t left() const {
    return rowBytes_ * static_cast<std::size_t>(rect_.height) - position_;
  }
  std::uint8_t* bytesOf(Frame frame, int line) const {
    return reinterpret_cast<std::uint8_t*>(frame.row(rect_.y + line) + rect_.x);
  }
  std::uint8_t* rowStart(Frame frame) const {
    return bytesOf(frame, static_cast<int>(position_ / rowBytes_));
  }

  Rect rect_;
  std::size_t rowBytes_ = 0;
  std::size_t position_ = 0;  // bytes of the rectangle that are in the picture
};

}  // namespace

std::unique_ptr<RectDecoder> createRawDecoder() { return std::make_unique<RawDecoder>(); }

}  // namespace lucarne::relay::rfb
