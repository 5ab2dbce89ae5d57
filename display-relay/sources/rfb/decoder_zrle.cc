// SPDX-License-Identifier: Apache-2.0
// ZRLE (RFC 6143, 7.7.6): one zlib stream of tiles of 64x64, each raw, of one colour, palettised
// or run-length encoded.
//
//   u32be length, length × u8 zlib data, which inflates to tiles
//
// The data is inflated as it arrives into a window that holds one tile at its largest, so a
// rectangle that claims gigabytes, or inflates to them, costs no memory.
#include <algorithm>
#include <cstring>
#include <optional>

#include "display-relay/sources/rfb/decoder.h"
#include "display-relay/sources/rfb/inflater.h"

namespace lucarne::relay::rfb {

namespace {

using base::Bytes;
using surface::Frame;
using surface::Pixel;
using surface::Rect;

constexpr int kTileSide = 64;
constexpr std::size_t kPixelBytes = 3;
// The longest tile: runs of one pixel each (3 + 1 bytes) for 4096 pixels after a full palette.
constexpr std::size_t kMaxTileBytes = 1 + 127 * kPixelBytes + kTileSide * kTileSide * 4;
constexpr std::size_t kWindowBytes = 2 * kMaxTileBytes;

enum class Parse { Whole, Short, Wrong };

/// Reads one tile from the front of the inflated bytes. What it paints of a tile that turns out to
/// be short is painted again when the rest is there.
class TileReader {
 public:
  TileReader(Bytes bytes, const Rect& tile, Frame frame)
      : bytes_(bytes), tile_(tile), part_(frame.part(tile)) {}

  Parse read() {
    if (!has(1)) return Parse::Short;
    const unsigned kind = bytes_[at_++];
    const std::size_t colours = kind & 127;
    if (kind == 0) return readRaw();
    if (kind == 128) return readRuns();
    if (kind == 129 || (kind > 16 && kind < 128)) return Parse::Wrong;
    if (!has(colours * kPixelBytes)) return Parse::Short;
    for (std::size_t i = 0; i < colours; ++i) palette_[i] = nextPixel();
    if (kind == 1) {
      surface::fillPixels(part_, Rect::of(part_.size), palette_[0]);
      return Parse::Whole;
    }
    return kind < 128 ? readPacked(colours) : readPaletteRuns(colours);
  }

  std::size_t used() const { return at_; }

 private:
  bool has(std::size_t count) const { return bytes_.size() - at_ >= count; }

  Pixel nextPixel() {
    const Pixel pixel = pixelBgr(bytes_.data() + at_);
    at_ += kPixelBytes;
    return pixel;
  }

  Parse readRaw() {
    if (!has(static_cast<std::size_t>(tile_.pixels()) * kPixelBytes)) return Parse::Short;
    for (int y = 0; y < tile_.height; ++y) {
      Pixel* row = part_.row(y);
      for (int x = 0; x < tile_.width; ++x) row[x] = nextPixel();
    }
    return Parse::Whole;
  }

  Parse readPacked(std::size_t colours) {
    const int bits = colours == 2 ? 1 : colours <= 4 ? 2 : 4;
    const std::size_t rowBytes = static_cast<std::size_t>((tile_.width * bits + 7) / 8);
    if (!has(rowBytes * static_cast<std::size_t>(tile_.height))) return Parse::Short;
    for (int y = 0; y < tile_.height; ++y, at_ += rowBytes) {
      Pixel* row = part_.row(y);
      for (int x = 0; x < tile_.width; ++x) {
        const int bit = x * bits;
        const unsigned byte = bytes_[at_ + static_cast<std::size_t>(bit / 8)];
        const unsigned index = byte >> (8 - bits - bit % 8) & ((1u << bits) - 1);
        if (index >= colours) return Parse::Wrong;
        row[x] = palette_[index];
      }
    }
    return Parse::Whole;
  }

  Parse readRuns() {
    while (position_ < tile_.pixels()) {
      if (!has(kPixelBytes + 1)) return Parse::Short;
      const Pixel colour = nextPixel();
      if (const Parse run = readRun(colour); run != Parse::Whole) return run;
    }
    return Parse::Whole;
  }

  Parse readPaletteRuns(std::size_t colours) {
    while (position_ < tile_.pixels()) {
      if (!has(1)) return Parse::Short;
      const unsigned index = bytes_[at_++];
      if ((index & 127) >= colours) return Parse::Wrong;
      const Pixel colour = palette_[index & 127];
      if (index < 128) {
        paintRun(colour, 1);
      } else if (const Parse run = readRun(colour); run != Parse::Whole) {
        return run;
      }
    }
    return Parse::Whole;
  }

  Parse readRun(Pixel colour) {
    std::int64_t length = 1;
    for (bool last = false; !last;) {
      if (!has(1)) return Parse::Short;
      const unsigned byte = bytes_[at_++];
      length += byte;
      if (length > tile_.pixels() - position_) return Parse::Wrong;
      last = byte != 255;
    }
    paintRun(colour, length);
    return Parse::Whole;
  }

  void paintRun(Pixel colour, std::int64_t length) {
    while (length > 0) {
      const int x = static_cast<int>(position_ % tile_.width);
      const int y = static_cast<int>(position_ / tile_.width);
      const std::int64_t part = std::min<std::int64_t>(length, tile_.width - x);
      std::fill_n(part_.row(y) + x, part, colour);
      position_ += part;
      length -= part;
    }
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  Rect tile_;
  Frame part_;
  std::int64_t position_ = 0;  // pixels of the tile that the runs so far cover
  std::array<Pixel, 128> palette_;
};

class ZrleDecoder final : public RectDecoder {
 public:
  void begin(const Rect& rect) override {
    rect_ = rect;
    x_ = rect.x;
    y_ = rect.y;
    compressedLeft_.reset();
    start_ = end_ = 0;
  }

  base::Result<Step> take(Bytes available, Frame frame) override {
    Step step;
    if (!compressedLeft_) {
      base::ByteReader reader(available);
      const std::uint32_t length = reader.u32be();
      if (!reader.ok()) return step;
      compressedLeft_ = length;
      step.used = 4;
    }
    for (;;) {
      auto painted = paintTiles(frame);
      if (!painted) return base::Unexpected<base::Error>{painted.error()};
      if (tilesDone() && *compressedLeft_ == 0) {
        step.done = true;
        return step;
      }
      auto more = inflateMore(available, step);
      if (!more) return base::Unexpected<base::Error>{more.error()};
      if (!*more) return step;
    }
  }

 private:
  bool tilesDone() const { return y_ >= rect_.bottom(); }

  base::Result<void> paintTiles(Frame frame) {
    while (!tilesDone()) {
      const Rect tile{x_, y_, std::min(kTileSide, rect_.right() - x_),
                      std::min(kTileSide, rect_.bottom() - y_)};
      TileReader reader({window_.data() + start_, end_ - start_}, tile, frame);
      const Parse parse = reader.read();
      if (parse == Parse::Short) return {};
      if (parse == Parse::Wrong) return base::unexpected("ZRLE: a tile that cannot be");
      start_ += reader.used();
      x_ += kTileSide;
      if (x_ >= rect_.right()) {
        x_ = rect_.x;
        y_ += kTileSide;
      }
    }
    // After the last tile only the flush marker of zlib may follow, which inflates to nothing.
    if (end_ > start_) return base::unexpected("ZRLE: more pixels than the rectangle has");
    return {};
  }

  /// False: everything that is here has been used.
  base::Result<bool> inflateMore(Bytes available, Step& step) {
    if (start_ > 0) std::memmove(window_.data(), window_.data() + start_, end_ - start_);
    end_ -= start_;
    start_ = 0;
    Bytes in = available.subspan(step.used);
    in = in.first(std::min<std::size_t>(in.size(), *compressedLeft_));
    const std::size_t before = in.size();
    auto produced = inflater_.run(in, std::span(window_).subspan(end_));
    if (!produced) return base::Unexpected<base::Error>{produced.error()};
    const std::size_t eaten = before - in.size();
    step.used += eaten;
    *compressedLeft_ -= static_cast<std::uint32_t>(eaten);
    end_ += *produced;
    if (*produced == 0 && *compressedLeft_ == 0 && !tilesDone()) {
      return base::unexpected("ZRLE: fewer pixels than the rectangle has");
    }
    return *produced > 0 || eaten > 0;
  }

  Rect rect_;
  int x_ = 0;
  int y_ = 0;
  std::optional<std::uint32_t> compressedLeft_;
  Inflater inflater_;
  std::vector<std::uint8_t> window_ = std::vector<std::uint8_t>(kWindowBytes);
  std::size_t start_ = 0;  // inflated bytes that no tile has used: [start_, end_) of the window
  std::size_t end_ = 0;
};

}  // namespace

std::unique_ptr<RectDecoder> createZrleDecoder() { return std::make_unique<ZrleDecoder>(); }

}  // namespace lucarne::relay::rfb
