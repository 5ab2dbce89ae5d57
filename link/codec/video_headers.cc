// SPDX-License-Identifier: Apache-2.0
#include "link/codec/video_headers.h"

#include <bit>

namespace lucarne::link {

namespace {

constexpr int kHighProfile = 100;  // includes every tool that is used
constexpr int kLevel = 51;         // 5.1: 4096x2304
constexpr int kMacroblock = 16;
constexpr std::uint32_t kOrderInDecoding = 2;  // pic_order_cnt_type
constexpr std::uint32_t kReferences = 1;

// Bits, highest first, with Exp-Golomb numbers (9.1).
class BitWriter {
 public:
  void bits(std::uint32_t value, int count) {
    for (int i = count - 1; i >= 0; --i) {
      byte_ = static_cast<std::uint8_t>(byte_ << 1 | (value >> i & 1));
      if (++used_ == 8) flush();
    }
  }
  void flag(bool value) { bits(value ? 1 : 0, 1); }
  void ue(std::uint32_t value) {
    const int width = std::bit_width(value + 1);
    bits(0, width - 1);
    bits(value + 1, width);
  }
  void se(int value) { ue(value > 0 ? 2u * static_cast<unsigned>(value) - 1 : 2u * static_cast<unsigned>(-value)); }
  // The stop bit, and the whole as a NAL unit behind a start code, with emulation prevention.
  void finish(std::uint8_t head, std::vector<std::uint8_t>& out) {
    flag(true);
    while (used_ != 0) flag(false);
    out.insert(out.end(), {0, 0, 0, 1, head});
    int zeros = 0;
    for (const std::uint8_t b : bytes_) {
      if (zeros == 2 && b <= 3) {
        out.push_back(3);
        zeros = 0;
      }
      out.push_back(b);
      zeros = b == 0 ? zeros + 1 : 0;
    }
  }

 private:
  void flush() {
    bytes_.push_back(byte_);
    byte_ = 0;
    used_ = 0;
  }
  std::vector<std::uint8_t> bytes_;
  std::uint8_t byte_ = 0;
  int used_ = 0;
};

// The same backwards; zeros behind the end. Of bytes that our own library made.
class BitReader {
 public:
  explicit BitReader(base::Bytes nal) {
    int zeros = 0;
    for (const std::uint8_t b : nal.subspan(1)) {
      if (zeros == 2 && b == 3) {
        zeros = 0;
        continue;
      }
      bytes_.push_back(b);
      zeros = b == 0 ? zeros + 1 : 0;
    }
  }
  std::uint32_t bits(int count) {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      const bool inside = at_ / 8 < bytes_.size();
      value = value << 1 | (inside ? bytes_[at_ / 8] >> (7 - at_ % 8) & 1u : 0u);
    }
    return value;
  }
  bool flag() { return bits(1) == 1; }
  std::uint32_t ue() {
    int zeros = 0;
    while (zeros < 31 && !flag()) ++zeros;
    return (1u << zeros) - 1 + bits(zeros);
  }
  int se() {
    const std::uint32_t code = ue();
    return code % 2 == 1 ? static_cast<int>(code / 2) + 1 : -static_cast<int>(code / 2);
  }
  bool expect(std::uint32_t value, std::uint32_t wanted) {
    asExpected_ = asExpected_ && value == wanted;
    return asExpected_;
  }
  bool asExpected() const { return asExpected_; }
  // Whether there is more than the stop bit.
  bool more() const {
    std::size_t last = bytes_.size() * 8;
    while (last > 0 && (bytes_[(last - 1) / 8] >> (7 - (last - 1) % 8) & 1) == 0) --last;
    return at_ + 1 < last;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool asExpected_ = true;
};

std::uint32_t macroblocks(int pixels) {
  return static_cast<std::uint32_t>((pixels + kMacroblock - 1) / kMacroblock);
}

std::uint32_t cropped(int pixels) {
  return (macroblocks(pixels) * kMacroblock - static_cast<std::uint32_t>(pixels)) / 2;
}

bool readSequence(BitReader bits, surface::Size size, VideoHeaders& headers) {
  const std::uint32_t profile = bits.bits(8);
  bits.bits(16);  // constraints, level
  bits.expect(bits.ue(), 0);
  if (profile >= 100) {
    bits.expect(bits.ue(), 1);  // 4:2:0
    bits.expect(bits.ue(), 0);  // 8 bits …
    bits.expect(bits.ue(), 0);
    bits.expect(bits.bits(2), 0);  // no lossless bypass, no scaling matrices
  }
  headers.log2MaxFrameNum = static_cast<int>(bits.ue()) + 4;
  bits.expect(bits.ue(), kOrderInDecoding);
  bits.expect(bits.ue(), kReferences);
  bits.expect(bits.bits(1), 0);  // no gaps in frame numbers
  bits.expect(bits.ue() + 1, macroblocks(size.width));
  bits.expect(bits.ue() + 1, macroblocks(size.height));
  bits.expect(bits.bits(2), 3);  // frames only, direct 8x8 inference
  return bits.asExpected();
}

bool readPicture(BitReader bits, VideoHeaders& headers) {
  bits.expect(bits.ue(), 0);
  bits.expect(bits.ue(), 0);
  headers.cabac = bits.flag();
  bits.expect(bits.bits(1), 0);  // no order counts in slices
  bits.expect(bits.ue(), 0);     // one slice group
  bits.expect(bits.ue(), 0);     // one reference unless told
  bits.expect(bits.ue(), 0);
  bits.expect(bits.bits(3), 0);  // no weights
  headers.initialQp = 26 + bits.se();
  bits.se();
  headers.chromaQpOffset = bits.se();
  headers.deblockingControl = bits.flag();
  bits.expect(bits.bits(2), 0);  // intra from anything, no redundant pictures
  headers.transform8x8 = false;
  if (bits.more()) {
    headers.transform8x8 = bits.flag();
    bits.expect(bits.bits(1), 0);
    bits.expect(static_cast<std::uint32_t>(bits.se()), static_cast<std::uint32_t>(headers.chromaQpOffset));
  }
  return bits.asExpected();
}

bool inRange(const VideoHeaders& h) {
  return h.log2MaxFrameNum >= 4 && h.log2MaxFrameNum <= 16 && h.initialQp >= 0 && h.initialQp <= 51 &&
         h.chromaQpOffset >= -12 && h.chromaQpOffset <= 12;
}

}  // namespace

void VideoHeaders::encode(std::vector<std::uint8_t>& out) const {
  out.push_back(static_cast<std::uint8_t>(log2MaxFrameNum));
  out.push_back(static_cast<std::uint8_t>(initialQp));
  out.push_back(static_cast<std::uint8_t>(chromaQpOffset + 12));
  out.push_back(static_cast<std::uint8_t>((cabac ? 1 : 0) | (transform8x8 ? 2 : 0) | (deblockingControl ? 4 : 0)));
}

std::optional<VideoHeaders> VideoHeaders::parse(base::ByteReader& untrusted) {
  VideoHeaders headers;
  headers.log2MaxFrameNum = untrusted.u8();
  headers.initialQp = untrusted.u8();
  headers.chromaQpOffset = untrusted.u8() - 12;
  const unsigned flags = untrusted.u8();
  headers.cabac = (flags & 1) != 0;
  headers.transform8x8 = (flags & 2) != 0;
  headers.deblockingControl = (flags & 4) != 0;
  if (!untrusted.ok() || flags > 7 || !inRange(headers)) return std::nullopt;
  return headers;
}

std::optional<VideoHeaders> VideoHeaders::ofParameterSets(base::Bytes annexB, surface::Size size) {
  VideoHeaders headers;
  bool sequence = false;
  bool picture = false;
  visitNals(annexB, [&](base::Bytes nal) {
    if (nalKind(nal[0]) == NalKind::Sequence) sequence = readSequence(BitReader(nal), size, headers);
    if (nalKind(nal[0]) == NalKind::Picture) picture = readPicture(BitReader(nal), headers);
  });
  if (!sequence || !picture || !inRange(headers)) return std::nullopt;
  return headers;
}

void VideoHeaders::writeParameterSets(surface::Size size, std::vector<std::uint8_t>& out) const {
  BitWriter sequence;
  sequence.bits(kHighProfile, 8);
  sequence.bits(0, 8);
  sequence.bits(kLevel, 8);
  sequence.ue(0);
  sequence.ue(1);
  sequence.ue(0);
  sequence.ue(0);
  sequence.bits(0, 2);
  sequence.ue(static_cast<std::uint32_t>(log2MaxFrameNum - 4));
  sequence.ue(kOrderInDecoding);
  sequence.ue(kReferences);
  sequence.flag(false);
  sequence.ue(macroblocks(size.width) - 1);
  sequence.ue(macroblocks(size.height) - 1);
  sequence.bits(3, 2);
  sequence.flag(true);  // cropping: left, right, top, bottom in units of two pixels
  sequence.ue(0);
  sequence.ue(cropped(size.width));
  sequence.ue(0);
  sequence.ue(cropped(size.height));
  sequence.flag(true);      // usability information (E.1.1): none, …
  sequence.bits(0, 8);      // from aspect ratio to pic_struct
  sequence.flag(true);      // … but that nothing is reordered
  sequence.flag(true);
  sequence.ue(0);
  sequence.ue(0);
  sequence.ue(15);
  sequence.ue(15);
  sequence.ue(0);
  sequence.ue(kReferences);
  sequence.finish(0x60 | static_cast<std::uint8_t>(NalKind::Sequence), out);

  BitWriter picture;
  picture.ue(0);
  picture.ue(0);
  picture.flag(cabac);
  picture.flag(false);
  picture.ue(0);
  picture.ue(0);
  picture.ue(0);
  picture.bits(0, 3);
  picture.se(initialQp - 26);
  picture.se(0);
  picture.se(chromaQpOffset);
  picture.flag(deblockingControl);
  picture.bits(0, 2);
  picture.flag(transform8x8);
  picture.flag(false);
  picture.se(chromaQpOffset);
  picture.finish(0x60 | static_cast<std::uint8_t>(NalKind::Picture), out);
}

bool isOneNal(base::Bytes untrusted) {
  for (std::size_t i = 0; i + 3 <= untrusted.size(); ++i) {
    if (untrusted[i] == 0 && untrusted[i + 1] == 0 && untrusted[i + 2] < 3) return false;
  }
  // Nor may the next start code's zeros be its own.
  return !untrusted.empty() && untrusted.back() != 0;
}

}  // namespace lucarne::link
