// SPDX-License-Identifier: Apache-2.0
#include "link/codec/palette.h"

#include <algorithm>
#include <numeric>

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::kColourMask;
using surface::Pixel;

namespace {

constexpr int kRuns = 4;
constexpr int kBands = 5;
// Few colours: two indices to a byte, which halves what zstd has to look at.
constexpr std::size_t kFew = 16;
// A band without a gap for longer than this is cut: pictures, not lines of text.
constexpr int kHighestBand = 48;
constexpr int kCutBand = 16;
constexpr std::uint8_t kRunFlag = 0x80;

int bitsOf(int form) { return 1 << form; }

std::size_t packedBytes(surface::Size size, int form) {
  const auto rowBits = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(bitsOf(form));
  return (rowBits + 7) / 8 * static_cast<std::size_t>(size.height);
}

void putColours(std::vector<std::uint8_t>& out, const std::vector<Pixel>& colours) {
  out.push_back(static_cast<std::uint8_t>(colours.size() - 1));
  for (const Pixel c : colours) {
    out.push_back(static_cast<std::uint8_t>(c));
    out.push_back(static_cast<std::uint8_t>(c >> 8));
    out.push_back(static_cast<std::uint8_t>(c >> 16));
  }
}

}  // namespace

int Palette::indexOf(Pixel colour) {
  std::size_t at = (colour * 0x9e3779b1u) >> 22;
  for (;; at = (at + 1) % kTable) {
    Entry& e = table_[at];
    if (e.epoch != epoch_) {
      if (colours_.size() == kMaxColours) return -1;
      e = {colour, epoch_, static_cast<std::uint8_t>(colours_.size())};
      colours_.push_back(colour);
      return e.index;
    }
    if (e.colour == colour) return e.index;
  }
}

bool Palette::scan(ConstFrame now) {
  size_ = now.size;
  colours_.clear();
  if (++epoch_ == 0) {
    table_.fill({});
    epoch_ = 1;
  }
  const auto width = static_cast<std::size_t>(now.size.width);
  indices_.resize(width * static_cast<std::size_t>(now.size.height));
  std::uint8_t* to = indices_.data();
  Pixel last = ~Pixel{0};  // no colour
  int index = 0;
  std::size_t run = 0;
  runBytes_ = 0;
  for (int y = 0; y < now.size.height; ++y) {
    const Pixel* p = now.row(y);
    for (std::size_t x = 0; x < width; ++x) {
      const Pixel colour = p[x] & kColourMask;
      if (colour != last) {
        runBytes_ += run > 1 ? 2 + (run > 129) : 1;
        run = 0;
        last = colour;
        index = indexOf(colour);
        if (index < 0) {
          colours_.clear();
          return false;
        }
      }
      ++run;
      *to++ = static_cast<std::uint8_t>(index);
    }
  }
  runBytes_ += 3;
  return true;
}

bool Palette::forward(ConstFrame now, ConstFrame, std::vector<std::uint8_t>& out) {
  if (!scan(now)) return false;
  write(out);
  return true;
}

void Palette::write(std::vector<std::uint8_t>& out) {
  if (shape_ == Shape::Wide) {
    writeWide(out);
    return;
  }
  putColours(out, colours_);
  const std::size_t n = colours_.size();
  const int form = n <= 2 ? 0 : n <= 4 ? 1 : n <= 16 ? 2 : 3;
  if (n <= 128 && runBytes_ < packedBytes(size_, form) / 2) {
    writeRuns(out);
  } else {
    writePacked(out, form);
  }
}

// Adds the scanned colours to a session's palette; starts that anew when it would overflow.
bool Palette::adoptIntoSession(std::vector<Pixel>& session, std::size_t most) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    bool fits = true;
    for (std::size_t i = 0; i < colours_.size() && fits; ++i) {
      const auto found = std::find(session.begin(), session.end(), colours_[i]);
      toSession_[i] = static_cast<std::uint8_t>(found - session.begin());
      if (found == session.end()) {
        fits = session.size() < most;
        if (fits) session.push_back(colours_[i]);
      }
    }
    if (fits) return true;
    session.clear();
  }
  return false;
}

// Lines of text: a band begins with the first row that has ink below one that has none. How much a
// row has is how often its colour changes; a window's border on every row counts for nothing.
void Palette::findBands() {
  const auto width = static_cast<std::size_t>(size_.width);
  const auto height = static_cast<std::size_t>(size_.height);
  std::vector<std::size_t> ink(height);
  for (std::size_t y = 0; y < height; ++y) {
    const std::uint8_t* row = indices_.data() + y * width;
    std::size_t changes = 0;
    for (std::size_t x = 1; x < width; ++x) changes += row[x] != row[x - 1];
    ink[y] = changes;
  }
  const std::size_t blank = *std::min_element(ink.begin(), ink.end()) + 2;
  bands_.clear();
  std::size_t begin = 0;
  for (std::size_t y = 1; y <= height; ++y) {
    const bool starts = y < height && ink[y] > blank && ink[y - 1] <= blank;
    if (!starts && y < height) continue;
    while (y - begin > kHighestBand) {
      bands_.push_back(kCutBand);
      begin += kCutBand;
    }
    bands_.push_back(static_cast<std::uint8_t>(y - begin));
    begin = y;
  }
}

void Palette::writeWide(std::vector<std::uint8_t>& out) {
  const bool few = colours_.size() <= kFew;
  std::vector<Pixel>& session = few ? session16_ : session_;
  if (!adoptIntoSession(session, few ? kFew : kMaxColours)) return;  // cannot be: they fit alone
  putColours(out, session);
  out.push_back(kBands);
  findBands();
  out.insert(out.end(), bands_.begin(), bands_.end());
  const auto width = static_cast<std::size_t>(size_.width);
  const std::uint8_t* band = indices_.data();
  for (const std::uint8_t height : bands_) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::uint8_t* p = band + x;
      int y = 0;
      for (; few && y + 1 < height; y += 2, p += 2 * width) {
        out.push_back(static_cast<std::uint8_t>(toSession_[p[0]] << 4 | toSession_[p[width]]));
      }
      for (; y < height; ++y, p += width) {
        out.push_back(static_cast<std::uint8_t>(toSession_[p[0]] << (few ? 4 : 0)));
      }
    }
    band += height * width;
  }
}

void Palette::writePacked(std::vector<std::uint8_t>& out, int form) const {
  out.push_back(static_cast<std::uint8_t>(form));
  if (form == 3) {
    out.insert(out.end(), indices_.begin(), indices_.end());
    return;
  }
  const int bits = bitsOf(form);
  const auto width = static_cast<std::size_t>(size_.width);
  const std::uint8_t* from = indices_.data();
  for (int y = 0; y < size_.height; ++y, from += width) {
    unsigned held = 0;
    int filled = 0;
    for (std::size_t x = 0; x < width; ++x) {
      held = held << bits | from[x];
      filled += bits;
      if (filled == 8) {
        out.push_back(static_cast<std::uint8_t>(held));
        held = 0;
        filled = 0;
      }
    }
    if (filled != 0) out.push_back(static_cast<std::uint8_t>(held << (8 - filled)));
  }
}

void Palette::writeRuns(std::vector<std::uint8_t>& out) const {
  out.push_back(kRuns);
  for (std::size_t i = 0; i < indices_.size();) {
    std::size_t end = i + 1;
    while (end < indices_.size() && indices_[end] == indices_[i]) ++end;
    const std::size_t length = end - i;
    if (length == 1) {
      out.push_back(indices_[i]);
    } else {
      out.push_back(indices_[i] | kRunFlag);
      putVarint(out, static_cast<std::uint32_t>(length - 2));
    }
    i = end;
  }
}

namespace {

bool unpack(base::Bytes data, const std::vector<Pixel>& colours, int form, Frame pixels) {
  if (data.size() != packedBytes(pixels.size, form)) return false;
  const unsigned bits = static_cast<unsigned>(bitsOf(form));
  const std::size_t rowBytes = data.size() / static_cast<std::size_t>(pixels.size.height);
  const unsigned mask = (1u << bits) - 1;
  // A table as long as any index can be: no check per pixel, an index that was not sent is black.
  std::array<Pixel, 256> table{};
  std::copy(colours.begin(), colours.end(), table.begin());
  for (int y = 0; y < pixels.size.height; ++y) {
    const std::uint8_t* row = data.data() + static_cast<std::size_t>(y) * rowBytes;
    Pixel* p = pixels.row(y);
    for (unsigned x = 0; x < static_cast<unsigned>(pixels.size.width); ++x) {
      const unsigned bit = x * bits;
      p[x] = table[row[bit / 8] >> (8 - bits - bit % 8) & mask];
    }
  }
  return true;
}

bool unroll(base::Bytes data, const std::vector<Pixel>& colours, Frame pixels) {
  base::ByteReader reader(data);
  std::int64_t left = pixels.size.pixels();
  int x = 0;
  int y = 0;
  while (left > 0) {
    const std::uint8_t head = reader.u8();
    std::int64_t run = 1;
    if ((head & kRunFlag) != 0) run = std::int64_t{readVarint(reader)} + 2;
    const std::size_t index = head & 0x7fu;
    if (!reader.ok() || index >= colours.size() || run > left) return false;
    left -= run;
    while (run > 0) {
      const int part = static_cast<int>(std::min<std::int64_t>(run, pixels.size.width - x));
      std::fill_n(pixels.row(y) + x, part, colours[index]);
      run -= part;
      x += part;
      if (x == pixels.size.width) {
        x = 0;
        ++y;
      }
    }
  }
  return reader.done();
}

bool unband(base::Bytes data, const std::vector<Pixel>& colours, Frame pixels) {
  const bool few = colours.size() <= kFew;
  std::array<Pixel, 256> table{};
  std::copy(colours.begin(), colours.end(), table.begin());
  base::ByteReader reader(data);
  std::vector<int> heights;
  std::size_t bytes = 0;
  for (int left = pixels.size.height; left > 0; left -= heights.back()) {
    heights.push_back(reader.u8());
    if (!reader.ok() || heights.back() == 0 || heights.back() > left) return false;
    bytes += static_cast<std::size_t>(few ? (heights.back() + 1) / 2 : heights.back());
  }
  if (reader.left() != bytes * static_cast<std::size_t>(pixels.size.width)) return false;
  const std::uint8_t* from = reader.take(reader.left()).data();
  int top = 0;
  for (const int height : heights) {
    for (int x = 0; x < pixels.size.width; ++x) {
      for (int y = 0; y < height; ++y) {
        const unsigned index = !few ? *from++ : y % 2 == 0 ? *from >> 4 : *from++ & 15u;
        pixels.at(x, top + y) = table[index];
      }
      if (few && height % 2 != 0) ++from;
    }
    top += height;
  }
  return true;
}

}  // namespace

bool Palette::inverse(base::Bytes untrustedBody, Frame pixels) {
  base::ByteReader reader(untrustedBody);
  const std::size_t count = std::size_t{reader.u8()} + 1;
  const base::Bytes colours = reader.take(count * 3);
  const int form = reader.u8();
  const base::Bytes data = reader.take(reader.left());
  if (!reader.ok() || form > kBands) return false;
  colours_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    colours_[i] = static_cast<Pixel>(colours[3 * i] | colours[3 * i + 1] << 8 |
                                     colours[3 * i + 2] << 16);
  }
  if (form == kBands) return unband(data, colours_, pixels);
  return form == kRuns ? unroll(data, colours_, pixels) : unpack(data, colours_, form, pixels);
}

std::size_t Palette::longestBody(surface::Size size) const {
  // Runs are only written where they are shorter; a peer's may be up to six bytes for two pixels.
  return 2 + 3 * kMaxColours + 3 * static_cast<std::size_t>(size.pixels()) + 8;
}

}  // namespace lucarne::link
