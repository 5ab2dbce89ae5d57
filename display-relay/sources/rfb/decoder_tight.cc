// SPDX-License-Identifier: Apache-2.0
// Tight (rfbproto.rst, "Tight Encoding"): one colour, a JPEG picture, or pixels that were copied,
// palettised or turned into gradients and then compressed by one of four zlib streams.
//
//   u8 control   bits 0-3: reset stream 0-3; bits 4-7: 1000 fill, 1001 JPEG, 0fss basic
//   fill:  3 bytes R, G, B
//   JPEG:  compact length, JFIF
//   basic: [f: u8 filter (0 copy, 1 palette, 2 gradient)] [palette: u8 count-1, count × R, G, B]
//          fewer than 12 bytes of filtered pixels: as they are; otherwise compact length, zlib
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "display-relay/sources/rfb/decoder.h"
#include "display-relay/sources/rfb/inflater.h"
#include "display-relay/sources/rfb/jpeg.h"

namespace lucarne::relay::rfb {

namespace {

using base::Bytes;
using surface::Frame;
using surface::Pixel;
using surface::Rect;

constexpr std::size_t kPixelBytes = 3;
constexpr std::size_t kMinToCompress = 12;
// Rows are inflated in groups of about this many bytes.
constexpr std::size_t kGroupBytes = 16 * 1024;

enum class Filter : std::uint8_t { Copy = 0, Palette = 1, Gradient = 2 };

/// What a rectangle begins with, read as a whole.
struct Header {
  enum class Kind { Fill, Jpeg, Basic } kind = Kind::Fill;
  unsigned resets = 0;
  std::size_t stream = 0;
  Pixel colour = 0;
  Filter filter = Filter::Copy;
  std::vector<Pixel> palette;
  std::size_t rowBytes = 0;               ///< filtered bytes of a row
  std::optional<std::size_t> compressed;  ///< bytes that follow; nothing: as they are
};

std::size_t readCompactLength(base::ByteReader& reader) {
  std::size_t length = 0;
  for (int shift = 0; shift <= 14; shift += 7) {
    const unsigned byte = reader.u8();
    length |= static_cast<std::size_t>(shift < 14 ? byte & 127 : byte) << shift;
    if (shift < 14 && byte < 128) break;
  }
  return length;
}

/// Nothing while the header is not whole.
base::Result<std::optional<Header>> readHeader(base::ByteReader& reader, const Rect& rect) {
  using Maybe = std::optional<Header>;
  Header header;
  const unsigned control = reader.u8();
  header.resets = control & 15;
  const unsigned kind = control >> 4;
  if (kind == 8) {
    const Bytes colour = reader.take(kPixelBytes);
    if (!reader.ok()) return Maybe{};
    header.colour = pixelRgb(colour.data());
    return Maybe{std::move(header)};
  }
  if (kind == 9) {
    header.kind = Header::Kind::Jpeg;
    header.compressed = readCompactLength(reader);
    return reader.ok() ? Maybe{std::move(header)} : Maybe{};
  }
  if (kind > 9) return base::unexpected("Tight: an unknown kind of compression");
  header.kind = Header::Kind::Basic;
  header.stream = kind & 3;
  const unsigned filter = kind & 4 ? reader.u8() : 0;
  if (filter > 2) return base::unexpected("Tight: an unknown filter");
  header.filter = static_cast<Filter>(filter);
  header.rowBytes = static_cast<std::size_t>(rect.width) * kPixelBytes;
  if (header.filter == Filter::Palette) {
    const std::size_t colours = std::size_t{reader.u8()} + 1;
    const Bytes entries = reader.take(colours * kPixelBytes);
    if (!reader.ok()) return Maybe{};
    for (std::size_t i = 0; i < colours; ++i) {
      header.palette.push_back(pixelRgb(entries.data() + i * kPixelBytes));
    }
    const auto width = static_cast<std::size_t>(rect.width);
    header.rowBytes = colours <= 2 ? (width + 7) / 8 : width;
  }
  if (header.rowBytes * static_cast<std::size_t>(rect.height) >= kMinToCompress) {
    header.compressed = readCompactLength(reader);
  }
  return reader.ok() ? Maybe{std::move(header)} : Maybe{};
}

class TightDecoder final : public RectDecoder {
 public:
  void begin(const Rect& rect) override {
    rect_ = rect;
    header_.reset();
    line_ = 0;
    filled_ = 0;
    jpeg_.clear();
  }

  base::Result<Step> take(Bytes available, Frame frame) override {
    Step step;
    if (!header_) {
      base::ByteReader reader(available);
      auto header = readHeader(reader, rect_);
      if (!header) return base::Unexpected<base::Error>{header.error()};
      if (!*header) return step;
      step.used = available.size() - reader.left();
      start(std::move(**header));
    }
    const Bytes rest = available.subspan(step.used);
    switch (header_->kind) {
      case Header::Kind::Fill:
        surface::fillPixels(frame, rect_, header_->colour);
        step.done = true;
        return step;
      case Header::Kind::Jpeg:
        return takeJpeg(rest, frame, step);
      case Header::Kind::Basic:
        return header_->compressed ? takeCompressed(rest, frame, step)
                                   : takePlain(rest, frame, step);
    }
    return step;
  }

 private:
  void start(Header header) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (header.resets >> i & 1) streams_[i].reset();
    }
    if (header.kind == Header::Kind::Basic) {
      const std::size_t rows = std::clamp<std::size_t>(
          kGroupBytes / header.rowBytes, 1, static_cast<std::size_t>(rect_.height));
      group_.resize(rows * header.rowBytes);
      above_.assign(header.filter == Filter::Gradient ? header.rowBytes : 0, 0);
    }
    header_ = std::move(header);
  }

  // ---- JPEG -------------------------------------------------------------------------------------

  base::Result<Step> takeJpeg(Bytes rest, Frame frame, Step step) {
    const std::size_t part = std::min(rest.size(), *header_->compressed - jpeg_.size());
    jpeg_.insert(jpeg_.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(part));
    step.used += part;
    if (jpeg_.size() < *header_->compressed) return step;
    if (auto decoded = decodeJpeg(jpeg_, frame, rect_); !decoded) {
      return base::Unexpected<base::Error>{decoded.error()};
    }
    jpeg_.clear();
    step.done = true;
    return step;
  }

  // ---- basic ------------------------------------------------------------------------------------

  base::Result<Step> takePlain(Bytes rest, Frame frame, Step step) {
    const std::size_t all = header_->rowBytes * static_cast<std::size_t>(rect_.height);
    if (rest.size() < all) return step;
    std::memcpy(group_.data(), rest.data(), all);
    filled_ = all;
    if (auto painted = paintRows(frame); !painted) {
      return base::Unexpected<base::Error>{painted.error()};
    }
    step.used += all;
    step.done = true;
    return step;
  }

  base::Result<Step> takeCompressed(Bytes rest, Frame frame, Step step) {
    std::size_t& left = *header_->compressed;
    Inflater& stream = streams_[header_->stream];
    for (;;) {
      const bool painted = line_ == rect_.height;
      if (painted && left == 0) {
        step.done = true;
        return step;
      }
      // After the last row only zlib's flush marker may follow, which inflates to nothing.
      std::uint8_t excess = 0;
      const std::span<std::uint8_t> out =
          painted ? std::span(&excess, 1)
                  : std::span(group_).first(bytesOfThisGroup()).subspan(filled_);
      Bytes in = rest.first(std::min(rest.size(), left));
      const std::size_t before = in.size();
      auto produced = stream.run(in, out);
      if (!produced) return base::Unexpected<base::Error>{produced.error()};
      const std::size_t eaten = before - in.size();
      rest = rest.subspan(eaten);
      step.used += eaten;
      left -= eaten;
      if (painted && *produced > 0) {
        return base::unexpected("Tight: more pixels than the rectangle has");
      }
      filled_ += painted ? 0 : *produced;
      if (*produced == 0 && left == 0 && !painted) {
        return base::unexpected("Tight: fewer pixels than the rectangle has");
      }
      if (!painted && filled_ == bytesOfThisGroup()) {
        if (auto rows = paintRows(frame); !rows) {
          return base::Unexpected<base::Error>{rows.error()};
        }
      } else if (*produced == 0 && eaten == 0) {
        return step;
      }
    }
  }

  std::size_t bytesOfThisGroup() const {
    return std::min(group_.size(),
                    static_cast<std::size_t>(rect_.height - line_) * header_->rowBytes);
  }

  /// Paints the whole rows in the group and empties it.
  base::Result<void> paintRows(Frame frame) {
    for (std::size_t at = 0; at < filled_; at += header_->rowBytes, ++line_) {
      const std::uint8_t* bytes = group_.data() + at;
      Pixel* row = frame.row(rect_.y + line_) + rect_.x;
      switch (header_->filter) {
        case Filter::Copy:
          for (int x = 0; x < rect_.width; ++x) row[x] = pixelRgb(bytes + x * 3);
          break;
        case Filter::Gradient:
          paintGradient(bytes, row);
          break;
        case Filter::Palette:
          if (!paintPalette(bytes, row)) {
            return base::unexpected("Tight: a pixel's colour is not in the palette");
          }
          break;
      }
    }
    filled_ = 0;
    return {};
  }

  bool paintPalette(const std::uint8_t* bytes, Pixel* row) const {
    const std::vector<Pixel>& palette = header_->palette;
    if (palette.size() == 1) {
      std::fill_n(row, rect_.width, palette[0]);
      return true;
    }
    for (int x = 0; x < rect_.width; ++x) {
      const std::size_t index = palette.size() == 2 ? bytes[x / 8] >> (7 - x % 8) & 1 : bytes[x];
      if (index >= palette.size()) return false;
      row[x] = palette[index];
    }
    return true;
  }

  /// Each component is sent as its difference to left + above - above left.
  void paintGradient(const std::uint8_t* bytes, Pixel* row) {
    std::array<int, 3> left{};
    std::array<int, 3> aboveLeft{};
    for (int x = 0; x < rect_.width; ++x) {
      std::uint8_t rgb[3];
      for (std::size_t c = 0; c < 3; ++c) {
        std::uint8_t& above = above_[static_cast<std::size_t>(x) * 3 + c];
        const int predicted = std::clamp(left[c] + above - aboveLeft[c], 0, 255);
        aboveLeft[c] = above;
        rgb[c] = static_cast<std::uint8_t>(bytes[x * 3 + static_cast<int>(c)] + predicted);
        left[c] = above = rgb[c];
      }
      row[x] = pixelRgb(rgb);
    }
  }

  Rect rect_;
  std::optional<Header> header_;
  std::array<Inflater, 4> streams_;
  int line_ = 0;                     // rows painted
  std::vector<std::uint8_t> group_;  // filtered rows that wait for being whole
  std::size_t filled_ = 0;
  std::vector<std::uint8_t> above_;  // the row above, R, G, B (gradient)
  std::vector<std::uint8_t> jpeg_;
};

}  // namespace

std::unique_ptr<RectDecoder> createTightDecoder() { return std::make_unique<TightDecoder>(); }

}  // namespace lucarne::relay::rfb
