// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sinks/vnc_listen/zrle_encoder.h"

#include <algorithm>
#include <array>

#include "base/result.h"

namespace lucarne::relay::vnc_listen {

namespace {

using surface::ConstFrame;
using surface::Pixel;

constexpr int kTile = 64;
constexpr std::uint8_t kPlain = 0;
constexpr std::uint8_t kSolid = 1;
constexpr std::size_t kMaxPalette = 16;

// The colours of a tile, as long as they are few.
class Palette {
 public:
  /// False: one too many.
  bool add(Pixel pixel) {
    if (size_ > 0 && colours_[last_] == pixel) return true;
    for (last_ = 0; last_ < size_; ++last_) {
      if (colours_[last_] == pixel) return true;
    }
    if (size_ == kMaxPalette) return false;
    colours_[size_++] = pixel;
    return true;
  }
  std::uint8_t indexOf(Pixel pixel) {
    if (colours_[last_] != pixel) {
      last_ = static_cast<std::size_t>(
          std::find(colours_.begin(), colours_.begin() + size_, pixel) - colours_.begin());
    }
    return static_cast<std::uint8_t>(last_);
  }
  std::size_t size() const { return size_; }
  const Pixel* colours() const { return colours_.data(); }

 private:
  std::array<Pixel, kMaxPalette> colours_{};
  std::size_t size_ = 0;
  std::size_t last_ = 0;
};

unsigned bitsFor(std::size_t colours) { return colours <= 2 ? 1 : colours <= 4 ? 2 : 4; }

// Rows of indices, each row filled up to a byte.
void appendPacked(const std::vector<Pixel>& pixels, int width, Palette& palette,
                  std::vector<std::uint8_t>& out) {
  const unsigned bits = bitsFor(palette.size());
  for (std::size_t row = 0; row < pixels.size(); row += static_cast<std::size_t>(width)) {
    unsigned byte = 0;
    unsigned filled = 0;
    for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x) {
      byte = byte << bits | palette.indexOf(pixels[row + x]);
      filled += bits;
      if (filled == 8) {
        out.push_back(static_cast<std::uint8_t>(byte));
        byte = filled = 0;
      }
    }
    if (filled > 0) out.push_back(static_cast<std::uint8_t>(byte << (8 - filled)));
  }
}

}  // namespace

ZrleEncoder::ZrleEncoder() {
  // The fastest level: a relay has other things to do, and level 1 already halves a photograph.
  if (deflateInit(&stream_, 1) != Z_OK) throw base::SetupError("zlib: out of memory");
}

ZrleEncoder::~ZrleEncoder() { deflateEnd(&stream_); }

void ZrleEncoder::encode(ConstFrame part, const PixelFormat& format,
                         std::vector<std::uint8_t>& out) {
  plain_.clear();
  for (int y = 0; y < part.size.height; y += kTile) {
    for (int x = 0; x < part.size.width; x += kTile) {
      addTile(part.part({x, y, std::min(kTile, part.size.width - x),
                         std::min(kTile, part.size.height - y)}),
              format);
    }
  }
  const std::size_t head = out.size();
  base::ByteWriter(out).u32be(0);
  const std::size_t begin = out.size();
  stream_.next_in = plain_.data();
  stream_.avail_in = static_cast<uInt>(plain_.size());
  std::size_t room = deflateBound(&stream_, static_cast<uLong>(plain_.size())) + 64;
  do {
    const std::size_t at = out.size();
    out.resize(at + room);
    stream_.next_out = out.data() + at;
    stream_.avail_out = static_cast<uInt>(room);
    deflate(&stream_, Z_SYNC_FLUSH);
    out.resize(at + room - stream_.avail_out);
    room = 4096;
  } while (stream_.avail_out == 0);
  const auto length = static_cast<std::uint32_t>(out.size() - begin);
  for (int i = 0; i < 4; ++i) out[head + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
}

void ZrleEncoder::addTile(ConstFrame tile, const PixelFormat& format) {
  pixels_.clear();
  Palette palette;
  bool few = true;
  for (int y = 0; y < tile.size.height; ++y) {
    for (int x = 0; x < tile.size.width; ++x) {
      const Pixel pixel = tile.at(x, y) & surface::kColourMask;
      pixels_.push_back(pixel);
      few = few && palette.add(pixel);
    }
  }
  if (!few) {
    plain_.push_back(kPlain);
    appendCompactPixels(pixels_.data(), pixels_.size(), format, plain_);
  } else if (palette.size() == 1) {
    plain_.push_back(kSolid);
    appendCompactPixels(palette.colours(), 1, format, plain_);
  } else {
    plain_.push_back(static_cast<std::uint8_t>(palette.size()));
    appendCompactPixels(palette.colours(), palette.size(), format, plain_);
    appendPacked(pixels_, tile.size.width, palette, plain_);
  }
}

}  // namespace lucarne::relay::vnc_listen
