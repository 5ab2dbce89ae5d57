// SPDX-License-Identifier: Apache-2.0
// At most 256 colours: text, buttons, icons.
//
//   body := count-1 (u8), count x (B, G, R), form (u8), data
//   form 0..3: an index per pixel of 1, 2, 4 or 8 bits, most significant first, rows start on bytes
//   form 4:    runs in reading order over the whole rectangle: index, or index | 0x80 and the
//              length - 2 as a varint; at most 128 colours
//   form 5:    bands one below the other, as high as lines of text: their heights (u8 each, up to
//              the rectangle's), then band by band, column by column from the left, the indices
//              from top to bottom: two to a byte, upper first, when there are at most 16 colours,
//              (an odd last one alone, in the upper half), else one
//
// Form 5 is for zstd: a letter of a line becomes one run of bytes, the same wherever it stands, and
// a word of the text one match. A page of text is a quarter of what rows give.
#pragma once

#include <array>

#include "link/codec/methods.h"

namespace lucarne::link {

class Palette final : public TileMethod {
 public:
  static constexpr std::size_t kMaxColours = 256;

  /// What the coder after this one likes.
  enum class Shape {
    Narrow,  ///< few bytes before the coder: packed bits or runs
    Wide,    ///< bands of columns, and a palette that grows over many rectangles, so that the same
             ///< letter gives the same bytes and zstd's history finds it
  };

  const char* name() const override { return "palette"; }

  /// Counts the colours: false when there are more than kMaxColours. `forward` on the same pixels
  /// may follow without counting again.
  bool scan(surface::ConstFrame now);
  std::size_t colours() const { return colours_.size(); }

  void setShape(Shape shape) { shape_ = shape; }
  /// Writes what `scan` saw.
  void write(std::vector<std::uint8_t>& out);

  bool forward(surface::ConstFrame now, surface::ConstFrame before,
               std::vector<std::uint8_t>& out) override;
  bool inverse(base::Bytes untrustedBody, surface::Frame pixels) override;
  std::size_t longestBody(surface::Size size) const override;

 private:
  static constexpr std::size_t kTable = 1024;  // four times the colours: short probes

  int indexOf(surface::Pixel colour);
  void writeWide(std::vector<std::uint8_t>& out);
  void writePacked(std::vector<std::uint8_t>& out, int form) const;
  void writeRuns(std::vector<std::uint8_t>& out) const;
  bool adoptIntoSession(std::vector<surface::Pixel>& session, std::size_t most);
  void findBands();

  Shape shape_ = Shape::Narrow;
  surface::Size size_;
  std::vector<surface::Pixel> colours_;
  std::vector<std::uint8_t> indices_;
  std::size_t runBytes_ = 0;  // what form 4 would take
  std::vector<std::uint8_t> bands_;          // Wide: heights
  std::vector<surface::Pixel> session_;      // Wide: the palette so far …
  std::vector<surface::Pixel> session16_;    // … and the one for few colours
  std::array<std::uint8_t, kMaxColours> toSession_{};
  struct Entry {
    surface::Pixel colour = 0;
    std::uint16_t epoch = 0;
    std::uint8_t index = 0;
  };
  std::array<Entry, kTable> table_{};
  std::uint16_t epoch_ = 0;
};

}  // namespace lucarne::link
